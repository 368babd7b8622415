// SPDX-License-Identifier: MIT
//
// .noinit is left as it was found, also where the image was moved home from elsewhere: RAM is 0xa5 all over here.
#include "cores.h"

extern unsigned char _start[], __bss_start[];

__attribute__((section(".noinit"))) static volatile unsigned char kept[8192];
static volatile uint32_t data = 0x15926;

static void alive(uint32_t core) {
    (void)core;
    PIBOOT_CHECK_EQ(__bss_start - _start < 4096, !PIBOOT_EXCEPTIONS); // a small image, a large one
    PIBOOT_CHECK_EQ(data, 0x15926);
    for (uint32_t i = 0; i < sizeof kept; i++) {
        PIBOOT_CHECK_EQ(kept[i], 0xa5);
    }
    piboot_test_exit(0);
}

static void running(uint32_t core) { (void)core; }

PIBOOT_ALIVE(alive);
PIBOOT_RUNNING(running);
