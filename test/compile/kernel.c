// SPDX-License-Identifier: MIT
//
// Boots all cores and ends well; built by hand-written command lines with every compiler and
// linker.
#include "piboot.h"
#include "piboot_test.h"

static volatile uint32_t alive_calls;

static void alive(uint32_t core) {
    PIBOOT_CHECK_EQ(alive_calls, core);
    alive_calls = alive_calls + 1;
}

static void running(uint32_t core) {
    if (core != 3) {
        piboot_park();
    }
    PIBOOT_CHECK_EQ(alive_calls, 4);
    piboot_test_exit(0);
}

PIBOOT_ALIVE(alive);
PIBOOT_RUNNING(running);
