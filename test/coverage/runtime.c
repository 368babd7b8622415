// SPDX-License-Identifier: MIT
//
// What a compiler or a library may call and no other test does: __cxa_atexit, __cxa_pure_virtual,
// __stack_chk_fail (CALL is one of the latter two), and each way to stop, with interrupts let in and one
// pending: who is parked takes none.
#include "cores.h"

#define TEXT(name) #name
#define TEXT_OF(name) TEXT(name)
#define CALLS 0  // this core calls CALL,
#define PARKS 1  // this one piboot_park(),
#define ENDS 2   // this one comes back from running(),
#define PANICS 3 // and this one from its panic hook

int __cxa_atexit(void (*destructor)(void *), void *object, void *handle);
void __cxa_pure_virtual(void);
void __stack_chk_fail(void);

static volatile uint32_t stops[4], interrupts, returned;

// An interrupt of this core's own timer, routed to it, and let in: late enough for the core to be parked by then,
// also one instruction at a time with a trace.
static void let_an_interrupt_in(uint32_t core) {
    volatile uint32_t *control = (volatile uint32_t *)(UINT64_C(0x40000040) + UINT64_C(4) * core);
    *control = 1 << 1;
    WRITE_SYSREG(cntp_tval_el0, ticks_of_ms(200));
    WRITE_SYSREG(cntp_ctl_el0, 1);
    set_flag(&stops[core], 1);
    __asm__ volatile("msr daifclr, #2" : : : "memory");
}

static void irq(struct piboot_frame *frame) {
    (void)frame;
    WRITE_SYSREG(cntp_ctl_el0, 0);
    set_flag(&interrupts, 1);
}

static void panicked(const char *message, const struct piboot_frame *frame) {
    PIBOOT_CHECK(frame == 0);
    if (piboot_core_id() == PANICS) {
        let_an_interrupt_in(PANICS);
        return;
    }
    piboot_test_puts(message);
    piboot_test_exit(returned != 0);
}

static void destructor(void *object) { (void)object; }

static void alive(uint32_t core) {
    PIBOOT_CHECK_EQ(__cxa_atexit(destructor, (void *)stops, 0), 0);
    (void)core;
}

static void running(uint32_t core) {
    if (core == PARKS) {
        let_an_interrupt_in(PARKS);
        piboot_park();
    }
    if (core == ENDS) {
        let_an_interrupt_in(ENDS);
        return;
    }
    if (core == PANICS) {
        piboot_panic("on purpose");
    }
    PIBOOT_CHECK(wait_for_flag(&stops[PARKS], 1));
    PIBOOT_CHECK(wait_for_flag(&stops[ENDS], 1));
    PIBOOT_CHECK(wait_for_flag(&stops[PANICS], 1));
    delay_ms(300);
    PIBOOT_CHECK_EQ(interrupts, 0);
    CALL();
    set_flag(&returned, 1);
    panicked(TEXT_OF(CALL) " returned", 0);
}

PIBOOT_ALIVE(alive);
PIBOOT_RUNNING(running);
PIBOOT_PANIC(panicked);
PIBOOT_IRQ(irq);
