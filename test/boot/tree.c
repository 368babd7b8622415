// SPDX-License-Identifier: MIT
//
// x0 points at a device tree within .bss, which the linker script puts behind the stacks: the tree is cleared with it,
// and must not be handed out.
#include "cores.h"

extern unsigned char __bss_end[];

// From 0x200000 to 0x200800. It ends .bss, in the page of the tree.
static volatile unsigned char last[0x800] __attribute__((aligned(0x100000)));

static void alive(uint32_t core) {
    (void)core;
    PIBOOT_CHECK((uintptr_t)last < TREE && TREE + 8 < (uintptr_t)last + sizeof last);
    PIBOOT_CHECK_EQ((uintptr_t)__bss_end, (uintptr_t)last + sizeof last);
    PIBOOT_CHECK(piboot_dtb() == 0);
    PIBOOT_CHECK_EQ(*(const volatile uint32_t *)TREE, 0);
}

static void running(uint32_t core) {
    (void)core;
    piboot_test_exit(0);
}

PIBOOT_ALIVE(alive);
PIBOOT_RUNNING(running);
