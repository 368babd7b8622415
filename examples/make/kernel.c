/* SPDX-License-Identifier: MIT
 *
 * The smallest kernel that shows something: QEMU's UART needs no set-up. For a board, see ../uart.c.
 */

#include "piboot.h"

static void print(const char *text) {
    while (*text != '\0') {
        *(volatile uint32_t *)UINT64_C(0x3f201000) = (unsigned char)*text++;
    }
}

static void alive(uint32_t core) {
    char line[] = "core 0 is alive\n";
    line[5] = (char)('0' + core);
    print(line);
}

static void running(uint32_t core) {
    (void)core;
    for (;;) {
        __asm__ volatile("wfe");
    }
}

PIBOOT_ALIVE(alive);
PIBOOT_RUNNING(running);
