// SPDX-License-Identifier: MIT
//
// Core 2 does not come, and nobody set CNTFRQ: PiBoot counts how often it looked.
#include "piboot.h"
#include "piboot_test.h"

static volatile uint32_t lost_cores;

static void alive(uint32_t core) { PIBOOT_CHECK(core != 2); }

static void lost(uint32_t core) { lost_cores = lost_cores | UINT32_C(1) << core; }

static void running(uint32_t core) {
    (void)core;
    if ((lost_cores >> 2 & 1) != 0) { // on a busy host others may be lost as well
        PIBOOT_CHECK_EQ(piboot_timer_hz(), 0);
        piboot_test_exit(0);
    }
}

PIBOOT_ALIVE(alive);
PIBOOT_RUNNING(running);
PIBOOT_CORE_LOST(lost);
