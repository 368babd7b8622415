// SPDX-License-Identifier: MIT
//
// running() must not return. If it does on core RETURNS, that core is parked, is not called again,
// and the others go on.
#include "cores.h"

static volatile uint32_t calls[4];
static volatile uint32_t heartbeat[4];

static void alive(uint32_t core) { calls[core] = calls[core] + 1; }

static int beats_within_five_seconds(uint32_t core) {
    uint32_t before = get_flag(&heartbeat[core]);
    uint64_t start = READ_SYSREG(cntpct_el0);
    while (get_flag(&heartbeat[core]) == before) {
        if (READ_SYSREG(cntpct_el0) - start > ticks_of_ms(5000)) {
            return 0;
        }
    }
    return 1;
}

static void running(uint32_t core) {
    uint32_t last = RETURNS == 3 ? 2 : 3; // the core that looks at the others

    calls[core] = calls[core] + 1;
    if (core == RETURNS) {
        return;
    }
    while (core != last) {
        set_flag(&heartbeat[core], get_flag(&heartbeat[core]) + 1);
    }
    delay_ms(50);
    for (uint32_t n = 0; n < 4; n++) {
        if (n != RETURNS && n != last) {
            PIBOOT_CHECK(beats_within_five_seconds(n));
        }
    }
    for (uint32_t n = 0; n < 4; n++) {
        PIBOOT_CHECK(wait_for_flag(&calls[n], 2));
    }
    delay_ms(50); // a core that is called again is seen
    for (uint32_t n = 0; n < 4; n++) {
        PIBOOT_CHECK_EQ(calls[n], 2);
    }
    PIBOOT_CHECK_EQ(get_flag(&heartbeat[RETURNS]), 0);
    piboot_test_exit(0);
}

PIBOOT_ALIVE(alive);
PIBOOT_RUNNING(running);
