/* SPDX-License-Identifier: MIT
 *
 * Core 0 has its caches on, core 1 has not, and they share memory. What core 0 wrote is not cleaned before core 1 reads
 * (1); what core 1 wrote is read from a line that was not invalidated (2); core 1 writes to a line that is dirty (3);
 * core 0 writes beside it, to a line that is older than memory (4); DC IVAC throws away what core 0 wrote (5).
 */
#define RUNNING
#include "check_test.h"
#include "own_mmu.h"

/* Each alone in its line: the turn, which core 0 reads and writes past its cache by maintenance, and the data. */
static volatile uint32_t turn __attribute__((__aligned__(64)));
static volatile uint32_t line[16] __attribute__((__aligned__(64)));
#define data line[0]
#define beside line[1]
static volatile uint32_t other __attribute__((__aligned__(64)));

static void pass_to(uint32_t next) {
    __asm__ volatile("dsb sy" ::: "memory");
    turn = next;
    clean(&turn);
}

/* With the old line thrown away each time: core 1 writes to memory. */
static void wait_for(uint32_t value) {
    uint32_t now;
    do {
        __asm__ volatile("dc ivac, %0\n\tdsb sy" ::"r"(&turn) : "memory");
        now = turn;
    } while (now != value);
    barrier();
}

static void alive(uint32_t core) {
    if (core == 0) {
        make_tables(NORMAL | INNER_SHAREABLE, DEVICE_MEMORY);
        __asm__ volatile("dsb sy" ::: "memory");
    }
}

static void running(uint32_t core) {
    if (core == 1) { /* without caches */
        while (turn != 1) {
        }
        barrier();
#if BUG == 1
        /* 1 stale-memory first */
        (void)data;
#elif BUG == 3
        /* 3 dirty-line first */
        data = 2;
#else
        (void)data;
        /* 2 stale-line second, 4 old-line second */
        data = 2;
#endif
        __asm__ volatile("dsb sy" ::: "memory");
        turn = 2;
        __asm__ volatile("dsb sy" ::: "memory");
    } else if (core == 0) {
        own_mmu();
        /* 1 stale-memory second, 3 dirty-line second */
        data = 1;
#if BUG != 1 && BUG != 3
        clean(&data);
#endif
        pass_to(1);
        wait_for(2);
#if BUG == 0 || BUG == 5
        __asm__ volatile("dc ivac, %0\n\tdsb sy" ::"r"(&data) : "memory");
#endif
#if BUG == 5
        /* 5 discarded second */
        other = 3;
        /* 5 discarded first */
        __asm__ volatile("dc ivac, %0\n\tdsb sy" ::"r"(&other) : "memory");
#endif
#if BUG == 4
        /* 4 old-line first */
        beside = 4;
#elif BUG != 1 && BUG != 3
        /* 2 stale-line first */
        (void)data;
#endif
        leave();
    }
    for (;;)
        __asm__ volatile("wfe");
}
