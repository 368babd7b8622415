// SPDX-License-Identifier: MIT
//
// A kernel of less than 4096 bytes, loaded elsewhere: it moves in one piece. x0 points into its stacks, where
// something that looks like a device tree lies: that is not handed out.
#include "piboot.h"
#include "piboot_test.h"

extern unsigned char _start[], __bss_start[];

static volatile uint32_t data[2] = {0x11111111, 0x22222222};

static void alive(uint32_t core) {
    // PIBOOT_CHECK's words would not fit. Ends with the number of what is not right.
    piboot_test_exit(core != 0                                               ? 1
                     : __bss_start - _start > 4096                           ? 2
                     : *(volatile uint32_t *)UINT64_C(0x90000) != 0xedfe0dd0 ? 3
                     : piboot_dtb() != 0                                     ? 4
                     : data[0] != 0x11111111 || data[1] != 0x22222222        ? 5
                                                                             : 0);
}

static void running(uint32_t core) { (void)core; }

PIBOOT_ALIVE(alive);
PIBOOT_RUNNING(running);
