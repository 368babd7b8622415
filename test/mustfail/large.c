// SPDX-License-Identifier: MIT
//
// A kernel whose .bss is LARGE.
#include "piboot.h"

volatile unsigned char large[LARGE];

static void alive(uint32_t core) { large[core] = 1; }

static void running(uint32_t core) {
    (void)core;
    for (;;) {
    }
}

PIBOOT_ALIVE(alive);
PIBOOT_RUNNING(running);
