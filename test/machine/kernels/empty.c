/* SPDX-License-Identifier: MIT */
/*
 * The smallest kernel: no .bss, so that nothing that PiBoot does on the way to alive waits for what it stored before.
 */
#include "piboot.h"

__asm__(".globl __heap_end\n\t.set __heap_end, 0x100000"); /* as in kernel.c */

static void alive(uint32_t core) { (void)core; }

static void running(uint32_t core) {
    static const uint64_t block[2] = {0x20026, 0};
    register uint64_t x0 __asm__("x0") = 0x18;
    register const uint64_t *x1 __asm__("x1") = block;
    if (core == (PIBOOT_MULTICORE ? 3 : 0))
        __asm__ volatile("hlt #0xf000" : "+r"(x0) : "r"(x1) : "memory");
    for (;;)
        __asm__ volatile("wfe");
}

PIBOOT_ALIVE(alive);
PIBOOT_RUNNING(running);
