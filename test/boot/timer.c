// SPDX-License-Identifier: MIT
//
// The generic timer belongs to the kernel, on every core: both counters count and agree (CNTVOFF is
// 0), both timers are off at first, can be set from EL1, and fire.
#include "cores.h"

enum { ENABLE = 1, MASKED = 2, FIRED = 4 };

static volatile uint32_t seen[4];

static int fires(void) {
    uint64_t start = READ_SYSREG(cntpct_el0);
    while (READ_SYSREG(cntpct_el0) - start < ticks_of_ms(20000)) {
        if (READ_SYSREG(cntp_ctl_el0) == (ENABLE | MASKED | FIRED) &&
            READ_SYSREG(cntv_ctl_el0) == (ENABLE | MASKED | FIRED)) {
            return 1;
        }
    }
    return 0;
}

static void alive(uint32_t core) {
    uint64_t before, between, after;

    PIBOOT_CHECK(piboot_timer_hz() != 0);
    PIBOOT_CHECK_EQ(piboot_timer_hz(), READ_SYSREG(cntfrq_el0));

    before = READ_SYSREG(cntpct_el0);
    between = READ_SYSREG(cntvct_el0);
    after = READ_SYSREG(cntpct_el0);
    PIBOOT_CHECK(before <= between && between <= after);
    delay_ms(1);
    PIBOOT_CHECK(READ_SYSREG(cntpct_el0) > after);
    PIBOOT_CHECK(READ_SYSREG(cntvct_el0) > after);

    PIBOOT_CHECK_EQ(READ_SYSREG(cntp_ctl_el0) & ENABLE, 0);
    PIBOOT_CHECK_EQ(READ_SYSREG(cntv_ctl_el0) & ENABLE, 0);
    WRITE_SYSREG(cntp_tval_el0, ticks_of_ms(100000));
    WRITE_SYSREG(cntp_ctl_el0, ENABLE | MASKED);
    WRITE_SYSREG(cntv_tval_el0, ticks_of_ms(100000));
    WRITE_SYSREG(cntv_ctl_el0, ENABLE | MASKED);
    PIBOOT_CHECK_EQ(READ_SYSREG(cntp_ctl_el0), ENABLE | MASKED);
    PIBOOT_CHECK_EQ(READ_SYSREG(cntv_ctl_el0), ENABLE | MASKED);

    WRITE_SYSREG(cntp_tval_el0, ticks_of_ms(1));
    WRITE_SYSREG(cntv_tval_el0, ticks_of_ms(1));
    PIBOOT_CHECK(fires());
    set_flag(&seen[core], 1);
}

static void running(uint32_t core) {
    if (core != CORES - 1) {
        idle();
    }
    for (uint32_t n = 0; n < CORES; n++) {
        PIBOOT_CHECK_EQ(get_flag(&seen[n]), 1);
    }
    piboot_test_exit(0);
}

PIBOOT_ALIVE(alive);
PIBOOT_RUNNING(running);
