// SPDX-License-Identifier: MIT
//
// A device tree that the loader put where the heap is: the tree of piboot_dtb() is the same, and stays so when the heap is
// used. TREE is where it was; a copy of it lies behind the heap.
#include "cores.h"

#ifdef HEAP
__asm__(".globl __heap_start, __heap_end\n\t"
        ".set __heap_start, " HEAP "\n\t"
        ".set __heap_end, " HEAP " + 0x10000");
#endif
extern unsigned char _start[];
extern unsigned char __heap_start[] __attribute__((__weak__)),
    __heap_end[] __attribute__((__weak__)); // user.ld tells neither

#define COPY UINT64_C(0x3c000000)
#define AROUND UINT64_C(0x10000)

static void fill(uint64_t from, uint64_t to) {
    for (; from < to; from += 8) {
        *(volatile uint64_t *)from = UINT64_C(0xa5a5a5a5a5a5a5a5);
    }
}

static void check_tree(const volatile unsigned char *tree) {
    const volatile unsigned char *copy = (const volatile unsigned char *)COPY;
    for (uint64_t i = 0; i < TREE_SIZE; i++) {
        PIBOOT_CHECK_EQ(tree[i], copy[i]);
    }
}

static void alive(uint32_t core) {
    const uint64_t start = (uintptr_t)__heap_start, end = (uintptr_t)__heap_end;
    const uint64_t tree = (uintptr_t)piboot_dtb();
    (void)core;
    PIBOOT_CHECK_EQ(tree, EXPECTED);
    if (tree != 0) {
        check_tree(piboot_dtb());
        if (TREE >= start && TREE < end) {
            PIBOOT_CHECK(tree + TREE_SIZE <= (uintptr_t)_start || tree >= end);
            fill(start, start + AROUND);
            fill(TREE - AROUND, TREE + AROUND);
            fill(end - AROUND, end);
        }
        check_tree(piboot_dtb());
    }
    piboot_test_exit(0);
}

static void running(uint32_t core) { (void)core; }

PIBOOT_ALIVE(alive);
PIBOOT_RUNNING(running);
