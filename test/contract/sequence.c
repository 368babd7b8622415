// SPDX-License-Identifier: MIT
//
// The shortest kernel that sees whether the cores come alive in order, once each: it is booted 200
// times in a row.
#include "cores.h"

static volatile uint32_t alive_calls;
static volatile uint32_t in_alive;

static void alive(uint32_t core) {
    PIBOOT_CHECK_EQ(get_flag(&in_alive), 0);
    set_flag(&in_alive, 1);
    PIBOOT_CHECK_EQ(get_flag(&alive_calls), core);
    set_flag(&alive_calls, core + 1);
    set_flag(&in_alive, 0);
}

static void running(uint32_t core) {
    if (core != CORES - 1) {
        idle();
    }
    PIBOOT_CHECK_EQ(get_flag(&alive_calls), CORES);
    piboot_test_exit(0);
}

PIBOOT_ALIVE(alive);
PIBOOT_RUNNING(running);
