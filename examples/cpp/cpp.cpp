// SPDX-License-Identifier: MIT
//
// A kernel in C++: objects with constructors, one of them global, a template, a virtual function.
// No exceptions, no RTTI, no library.

#include "piboot.h"
#include "uart.h"

namespace {

// Where a value came from: the base has no virtual destructor, as nothing is ever deleted here.
class Source {
public:
    virtual uint64_t value() const = 0;

protected:
    ~Source() = default;
};

class Timer final : public Source {
public:
    uint64_t value() const override { return piboot_timer_hz(); }
};

// One slot for each core: no two cores write the same one.
template <typename T, unsigned Cores = 4> class PerCore {
public:
    explicit PerCore(T first) {
        for (T &slot : slots_) {
            slot = first;
        }
    }
    T &operator[](uint32_t core) { return slots_[core]; }

private:
    T slots_[Cores];
};

const Timer timer;
PerCore<uint32_t> visits(41); // filled by a constructor, before alive(0)

void alive(uint32_t core) {
    if (core == 0) {
        uart_init();
        const Source &source = timer;
        uart_puts("timer: ");
        uart_dec(source.value());
        uart_puts(" Hz\n");
    }
    visits[core]++;
    uart_puts("core ");
    uart_dec(core);
    uart_puts(": visits ");
    uart_dec(visits[core]);
    uart_puts("\n");
}

void running(uint32_t core) {
    (void)core;
    for (;;) {
        __asm__ volatile("wfe");
    }
}

} // namespace

PIBOOT_ALIVE(alive);
PIBOOT_RUNNING(running);
PIBOOT_CONSOLE(uart_putc); // a fault is reported here
