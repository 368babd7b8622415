/* SPDX-License-Identifier: MIT
 *
 * Two cores share memory that is mapped Non-shareable (1); peripherals are mapped as Normal memory (2); an exclusive to
 * memory that is mapped uncached (3).
 */
#define RUNNING
#include "check_test.h"
#include "own_mmu.h"

static volatile uint32_t data __attribute__((__aligned__(64)));

static void alive(uint32_t core) {
    if (core == 0) {
        uint64_t shareability = BUG == 1 ? 0 : INNER_SHAREABLE;
        make_tables(NORMAL | shareability, BUG == 2 ? NORMAL | INNER_SHAREABLE : DEVICE_MEMORY);
        level1[EXPERIMENTS >> 30] = UNCACHED_MEMORY;
        __asm__ volatile("dsb sy" ::: "memory");
    }
}

static volatile uint32_t arrived;

static void running(uint32_t core) {
    /* Core 1's stack is written before any cache is on. */
    if (core == 1)
        arrived = 1;
    while (!arrived) {
    }
    own_mmu();
    if (core == 1) {
        /* 1 not-shareable second */
        __atomic_store_n(&data, 1, __ATOMIC_RELEASE);
    } else if (core == 0) {
        /* 2 peripheral-normal first */
        (void)*(volatile uint32_t *)0x3f003004;
#if BUG == 3
        *(volatile uint32_t *)(EXPERIMENTS + 0x10000000) = 0;
        /* 3 exclusive first */
        __atomic_fetch_add((volatile uint32_t *)(EXPERIMENTS + 0x10000000), 1, __ATOMIC_RELAXED);
#endif
        /* 1 not-shareable first */
        while (!__atomic_load_n(&data, __ATOMIC_ACQUIRE)) {
        }
        leave();
    }
    for (;;)
        __asm__ volatile("wfe");
}
