// SPDX-License-Identifier: MIT
//
// The least kernel: what is looked at is the boot code that is linked to it, and what piboot.h makes of these calls.
#include "piboot.h"

static uint64_t buffer[8];

static void alive(uint32_t core) {
    (void)core;
    piboot_clean(buffer, sizeof buffer);
    piboot_invalidate(buffer, sizeof buffer);
}

static void running(uint32_t core) {
    (void)core;
    for (;;) {
        __asm__ volatile("wfe");
    }
}

PIBOOT_ALIVE(alive);
PIBOOT_RUNNING(running);
