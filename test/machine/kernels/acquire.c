/* SPDX-License-Identifier: MIT */
/*
 * Each alive reads at once what the one before wrote last: status 9, if it sees something older. The LDAR and the DSB of
 * piboot_wait_for_turn order the same, so that it takes the loss of both to show.
 */
#include "piboot.h"

#define LINES 20

static volatile uint64_t data[LINES][8] __attribute__((aligned(64)));

__attribute__((noreturn)) static void leave(uint64_t status) {
    volatile uint64_t block[2] = {0x20026, status};
    register uint64_t x0 __asm__("x0") = 0x18;
    register uint64_t x1 __asm__("x1") = (uint64_t)block;
    __asm__ volatile("dsb sy\n\thlt #0xf000" : "+r"(x0) : "r"(x1) : "memory");
    for (;;)
        ;
}

static void alive(uint32_t core) {
    uint64_t last = data[LINES - 1][0];
    if (last != core)
        leave(9);
    for (unsigned i = 0; i < LINES; i++)
        data[i][0] = core + 1;
    if (core == 3)
        leave(0);
}

static void running(uint32_t core) {
    (void)core;
    for (;;)
        __asm__ volatile("wfe");
}

PIBOOT_ALIVE(alive);
PIBOOT_RUNNING(running);
