// SPDX-License-Identifier: MIT
//
// Without exceptions a forbidden access parks the core that did it, and the others go on: core n does
// its own in running. stops.py looks where they are then.
#include "map.h"

static void alive(uint32_t core) { (void)core; }

static void running(uint32_t core) {
    static const uint64_t addresses[4] = {0, 0x80000, 0x40200000, 0xff8};
    *(volatile uint32_t *)addresses[core] = 1;
    piboot_test_exit(1); // it was allowed
}

PIBOOT_ALIVE(alive);
PIBOOT_RUNNING(running);
