/* SPDX-License-Identifier: MIT
 *
 * A property buffer in cached memory, not cleaned before the VideoCore is told of it (1), not invalidated before the
 * answer is read (2), or uncached, and not complete as the VideoCore is told (3): the question of every forum. With the MMU off that is a
 * note (4).
 */
#include "check_test.h"
#include "own_mmu.h"

#define MAILBOX(offset) (*(volatile uint32_t *)(0x3f00b880UL + (offset)))
#define STATUS 0x18
#define WRITE 0x20
#define WRITE_STATUS 0x38
#define CHANNEL 8U

static uint32_t cached[16] __attribute__((__aligned__(64)));
static volatile uint32_t *buffer = cached;

static inline void maintain(void) {
    __asm__ volatile("dc civac, %0\n\tdsb sy" ::"r"(cached) : "memory");
}

static void alive(uint32_t core) {
    (void)core;
    static const uint32_t request[8] = {32, 0, 0x10005, 8, 0, 0, 0, 0}; /* the ARM's memory */
#if BUG == 3
    make_tables(NORMAL | INNER_SHAREABLE, DEVICE_MEMORY);
    level1[EXPERIMENTS >> 30] = UNCACHED_MEMORY;
    own_mmu();
    maintain();
    buffer = (volatile uint32_t *)(EXPERIMENTS + (uint64_t)cached);
#endif
    while (MAILBOX(WRITE_STATUS) & 0x80000000U) {
    }
    for (unsigned i = 0; i < 8; i++) {
        /* 1 stale-memory second, 3 mailbox-dsb second, 4 mailbox-order second */
        buffer[i] = request[i];
    }
#if BUG == 0 || BUG == 2
    maintain();
#endif
    /* 1 stale-memory first, 2 stale-line second, 3 mailbox-dsb first, 4 mailbox-order first */
    MAILBOX(WRITE) = (uint32_t)(uintptr_t)cached | CHANNEL;
    while (MAILBOX(STATUS) & 0x40000000U) {
    }
#if BUG < 2
    maintain();
#endif
    /* 2 stale-line first */
    (void)buffer[1];
    leave();
}
