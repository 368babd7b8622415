// SPDX-License-Identifier: MIT
//
// What the cost is counted on: a kernel that does nothing, with BSS_SIZE bytes of .bss. The last
// core ends QEMU: when it runs, all the others have been alive. With EMPTY it does nothing at all, for the size of
// what PiBoot itself needs.
#include "piboot.h"
#include "piboot_test.h"

volatile unsigned char bss[BSS_SIZE] __attribute__((aligned(64)));

static void alive(uint32_t core) { (void)core; }

static void running(uint32_t core) {
#ifdef EMPTY
    (void)core;
#else
    if (core == 3) {
        piboot_test_exit(bss[0]);
    }
#endif
}

PIBOOT_ALIVE(alive);
PIBOOT_RUNNING(running);
