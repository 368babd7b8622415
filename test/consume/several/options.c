/* SPDX-License-Identifier: MIT */
#include "piboot.h"
#include "piboot_test.h"

void shared_end(void);

#ifndef BASE
#define BASE 0
#endif

static volatile uint64_t stacks[4];

/* Copied in q registers, where a compiler may use them. */
struct words {
    uint64_t word[8];
} __attribute__((__aligned__(16)));
struct words from, to;

static void alive(uint32_t core) {
    uint64_t sctlr;
    PIBOOT_CHECK_EQ(PIBOOT_MULTICORE, MULTI);
    PIBOOT_CHECK_EQ(PIBOOT_STACK_SIZE, STACK);
    PIBOOT_CHECK_EQ(PIBOOT_KERNEL_BASE, BASE);
    __asm__ volatile("mrs %0, sctlr_el1" : "=r"(sctlr));
    PIBOOT_CHECK_EQ(sctlr & 1, PIBOOT_MMU);
    PIBOOT_CHECK_EQ((uint64_t)&from >> 30, (PIBOOT_KERNEL_BASE) >> 30);
    to = from;
    stacks[core] = (uint64_t)(uintptr_t)__builtin_frame_address(0);
    /* piboot_start.S was given the same number, and with the MMU there are guard pages. */
    if (core != 0) {
        const uint64_t apart = stacks[core] - stacks[core - 1];
        PIBOOT_CHECK(apart >= STACK && apart < 2 * STACK);
    }
}

static void running(uint32_t core) {
    if (core == (MULTI ? 3 : 0)) {
        shared_end();
    }
    for (;;) {
        __asm__ volatile("wfi"); // takes no time from others
    }
}

PIBOOT_ALIVE(alive);
PIBOOT_RUNNING(running);
