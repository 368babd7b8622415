// SPDX-License-Identifier: MIT
//
// What the test kernels share: how many cores come up, time, and flags that one core sets for
// another. Flags are plain words: with the MMU off there are no exclusives, so each has one writer.
#ifndef PIBOOT_TEST_CORES_H
#define PIBOOT_TEST_CORES_H

#include "piboot.h"
#include "piboot_test.h"

#define CORES (PIBOOT_MULTICORE ? 4u : 1u)

// BCM2836 ARM-local peripherals (QA7), section 4.6: where a core's physical timer interrupts it.
#define TIMER_ROUTE(core) (*(volatile uint32_t *)(piboot_local_peripherals() + 0x40 + 4 * (core)))
#define TIMER_IS_IRQ 0x02u

// System register NAME, read now: the ISB keeps the read from being done early.
#define READ_SYSREG(name)                                                                          \
    __extension__({                                                                                \
        uint64_t value_;                                                                           \
        __asm__ volatile("isb\n\tmrs %0, " #name : "=r"(value_) : : "memory");                     \
        value_;                                                                                    \
    })

#define WRITE_SYSREG(name, value)                                                                  \
    __asm__ volatile("msr " #name ", %0\n\tisb" : : "r"((uint64_t)(value)) : "memory")

// Ticks of the physical counter in this many milliseconds. 62.5 MHz is QEMU's own, for a way in
// that leaves CNTFRQ at 0.
static inline uint64_t ticks_of_ms(uint64_t ms) {
    uint64_t hz = READ_SYSREG(cntfrq_el0);
    return (hz != 0 ? hz : 62500000u) * ms / 1000u;
}

static inline void delay_ms(uint64_t ms) {
    uint64_t start = READ_SYSREG(cntpct_el0);
    while (READ_SYSREG(cntpct_el0) - start < ticks_of_ms(ms)) {
        __asm__ volatile("yield");
    }
}

// For a core that has nothing to do: in QEMU a core in WFI takes no time from the others, one in a
// loop does.
__attribute__((__noreturn__)) static inline void idle(void) {
    for (;;) {
        __asm__ volatile("wfi");
    }
}

// Begins again: the power management block's watchdog resets the machine, all but its RAM, which QEMU loads anew where
// it had loaded something.
__attribute__((__noreturn__)) static inline void reset_machine(void) {
    volatile uint32_t *rstc =
        (volatile uint32_t *)(PIBOOT_KERNEL_BASE + UINT64_C(0x3f10001c)); // PM_RSTC
    *rstc = 0x5a000020; // the password, and a full reset
    __asm__ volatile("dsb sy" : : : "memory");
    idle();
}

static inline void set_flag(volatile uint32_t *flag, uint32_t value) {
    __asm__ volatile("dmb sy" : : : "memory");
    *flag = value;
    __asm__ volatile("dmb sy" : : : "memory");
}

// Who asks again and again lets the other cores go on: QEMU's YIELD, which with one thread is a switch.
static inline uint32_t get_flag(const volatile uint32_t *flag) {
    uint32_t value = *flag;
    __asm__ volatile("dmb sy\n\tyield" : : : "memory");
    return value;
}

// 1 as soon as the flag has the value, 0 when it has not within this many milliseconds.
static inline int wait_ms_for_flag(uint64_t ms, const volatile uint32_t *flag, uint32_t value) {
    uint64_t start = READ_SYSREG(cntpct_el0);
    while (get_flag(flag) != value) {
        if (READ_SYSREG(cntpct_el0) - start > ticks_of_ms(ms)) {
            return 0;
        }
    }
    return 1;
}

static inline int wait_for_flag(const volatile uint32_t *flag, uint32_t value) {
    return wait_ms_for_flag(20000, flag, value);
}

// Core 0 ends QEMU, with status 0, when each core has been here; a flag of done belongs to each.
static inline void end_when_all_are_done(uint32_t core, volatile uint32_t *done) {
    set_flag(&done[core], 1);
    if (core != 0) {
        idle();
    }
    for (uint32_t other = 0; other < CORES; other++) {
        while (get_flag(&done[other]) == 0) {
        }
    }
    piboot_test_exit(0);
}

#endif
