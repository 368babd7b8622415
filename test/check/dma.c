/* SPDX-License-Identifier: MIT
 *
 * The DMA controller copies: from memory that is dirty in a cache (1), to memory of which a cache has the old line (2).
 * A framebuffer is drawn through the cache, and never cleaned (3).
 */
#include "check_test.h"

#define DMA(offset) (*(volatile uint32_t *)(0x3f007000UL + (offset)))
#define CS 0x00
#define CONBLK_AD 0x04
#define ACTIVE 1U
#define INCREMENT (1U << 4 | 1U << 8)
#define MAILBOX(offset) (*(volatile uint32_t *)(0x3f00b880UL + (offset)))

static volatile uint32_t block[16] __attribute__((__aligned__(64)));
static volatile uint32_t from[16] __attribute__((__aligned__(64)));
static volatile uint32_t to[16] __attribute__((__aligned__(64)));
static volatile uint32_t request[32] __attribute__((__aligned__(64)));

static inline void clean(const volatile uint32_t *line) {
    __asm__ volatile("dc civac, %0\n\tdsb sy" ::"r"(line) : "memory");
}

static void copy(void) {
    for (unsigned i = 0; i < 16; i++) {
        /* 1 stale-memory second */
        from[i] = i;
    }
#if BUG != 1
    clean(from);
#endif
    block[0] = INCREMENT;
    block[1] = (uint32_t)(uintptr_t)from;
    block[2] = (uint32_t)(uintptr_t)to;
    block[3] = sizeof to;
    block[5] = 0;
    clean(block);
    clean(to);
    DMA(CONBLK_AD) = (uint32_t)(uintptr_t)block;
    /* 1 stale-memory first, 2 stale-line second */
    DMA(CS) = ACTIVE;
    while (DMA(CS) & ACTIVE) {
    }
#if BUG != 2
    clean(to);
#endif
    /* 2 stale-line first */
    (void)to[0];
}

static void draw(void) {
    static const uint32_t tags[] = {88, 0, 0x48003, 8, 0,       64, 64, 0x48005, 4,  0, 32, 0x40001,
                                    8,  0, 0x1000,  0, 0x48004, 8,  0,  64,      64, 0};
    for (unsigned i = 0; i < sizeof tags / sizeof tags[0]; i++)
        request[i] = tags[i];
    clean(request);
    clean(request + 16);
    MAILBOX(0x20) = (uint32_t)(uintptr_t)request | 8U;
    while (MAILBOX(0x18) & 0x40000000U) {
    }
    clean(request);
    clean(request + 16);
    volatile uint32_t *pixels = (volatile uint32_t *)(uint64_t)(request[14] & 0x3fffffff);
    (void)request[15];
    PIBOOT_CHECK(pixels != 0);
    /* 3 stale-memory second */
    pixels[0] = 0xffffff;
#if BUG != 3
    clean(pixels);
#endif
}

static void alive(uint32_t core) {
    (void)core;
    copy();
    draw();
    leave();
}
