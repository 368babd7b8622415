// SPDX-License-Identifier: MIT
//
// The least kernel: what is looked at is the boot code that is linked to it.
#include "piboot.h"

static void alive(uint32_t core) { (void)core; }

static void running(uint32_t core) {
    (void)core;
    for (;;) {
        __asm__ volatile("wfe");
    }
}

PIBOOT_ALIVE(alive);
PIBOOT_RUNNING(running);
