// SPDX-License-Identifier: MIT
//
// A kernel that uses page 0 as it likes from alive(0) on, the spin table and the firmware's pen in it: all cores come.
#include "cores.h"

static volatile uint32_t ran[4];

static void fill_page_0(void) {
    volatile uint64_t *word = (volatile uint64_t *)UINT64_C(0);
    __asm__("" : "+r"(word)); // nothing that a compiler could know to be a null pointer
    for (uint64_t i = 0; i < 0x1000 / sizeof *word; i++) {
        word[i] = UINT64_C(0x0000000008000000) + i;
    }
}

static void alive(uint32_t core) {
    if (core == 0) {
        fill_page_0();
    }
}

static void running(uint32_t core) {
    if (core == 0) {
        fill_page_0();
    }
    set_flag(&ran[core], 1);
    if (core != 0) {
        idle();
    }
    for (uint32_t n = 0; n < CORES; n++) {
        while (get_flag(&ran[n]) == 0) {
        }
    }
    piboot_test_exit(0);
}

static void lost(uint32_t core) {
    (void)core;
    piboot_test_exit(1);
}

PIBOOT_ALIVE(alive);
PIBOOT_RUNNING(running);
PIBOOT_CORE_LOST(lost);
