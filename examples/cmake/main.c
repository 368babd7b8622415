/* SPDX-License-Identifier: MIT
 *
 * QEMU's UART needs no set-up. For a board, see ../uart.c.
 */

#include "greeting.h"
#include "piboot.h"

static void alive(uint32_t core) {
    char line[20];
    greeting(line, core);
    for (const char *c = line; *c != '\0'; c++) {
        *(volatile uint32_t *)UINT64_C(0x3f201000) = (unsigned char)*c;
    }
}

static void running(uint32_t core) {
    (void)core;
    for (;;) {
        __asm__ volatile("wfe");
    }
}

PIBOOT_ALIVE(alive);
PIBOOT_RUNNING(running);
