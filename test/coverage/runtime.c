// SPDX-License-Identifier: MIT
//
// What a compiler or a library may call and no other test does: __cxa_atexit, __cxa_pure_virtual, operator delete,
// __stack_chk_fail (CALL is one of the latter three), and each way to stop, with interrupts let in and one
// pending: who is parked takes none, nor who panics, and that is on its emergency stack, wherever it came from.
#include "cores.h"

#define TEXT(name) #name
#define TEXT_OF(name) TEXT(name)
#define CALLS 0  // this core calls CALL,
#define PARKS 1  // this one piboot_park(),
#define ENDS 2   // this one comes back from running(),
#define PANICS 3 // and this one from its panic hook

int __cxa_atexit(void (*destructor)(void *), void *object, void *handle);
void __cxa_pure_virtual(void);
void _ZdlPv(void);
void __stack_chk_fail(void);

#define EMERGENCY_SIZE UINT64_C(4096) // below the stacks, core by core

static volatile uint32_t stops[4], interrupts, returned;
static uint64_t threads_stack[512] __attribute__((aligned(16)));

// An interrupt of this core's own timer, routed to it, and let in: late enough for the core to be parked by then,
// also one instruction at a time with a trace.
static void let_an_interrupt_in(uint32_t core) {
    TIMER_ROUTE(core) = TIMER_IS_IRQ;
    WRITE_SYSREG(cntp_tval_el0, ticks_of_ms(200));
    WRITE_SYSREG(cntp_ctl_el0, 1);
    set_flag(&stops[core], 1);
    __asm__ volatile("msr daifclr, #2" : : : "memory");
}

static void check_emergency_stack(uint32_t core) {
    const uint64_t bottom = (uint64_t)piboot_stacks - (CORES - core) * EMERGENCY_SIZE;
    uint64_t sp;
    __asm__ volatile("mov %0, sp" : "=r"(sp));
    PIBOOT_CHECK(sp > bottom && sp <= bottom + EMERGENCY_SIZE);
}

static void irq(struct piboot_frame *frame) {
    (void)frame;
    WRITE_SYSREG(cntp_ctl_el0, 0);
    set_flag(&interrupts, 1);
}

static void panicked(const char *message, const struct piboot_frame *frame) {
    PIBOOT_CHECK(frame == 0);
    if (piboot_core_id() == PANICS) {
        check_emergency_stack(PANICS);
        delay_ms(300);
        PIBOOT_CHECK_EQ(interrupts, 0); // it was let in before, and is pending now
        let_an_interrupt_in(PANICS);
        return;
    }
    if (returned == 0) {
        check_emergency_stack(CALLS);
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
        let_an_interrupt_in(PANICS);
        set_flag(&stops[PANICS], 0);
        __asm__ volatile("mov sp, %0\n\tmov x0, %1\n\tb piboot_panic"
                         :
                         : "r"(threads_stack + 512), "r"("on purpose")
                         : "x0", "memory");
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
