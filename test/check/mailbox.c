/* SPDX-License-Identifier: MIT
 *
 * A property buffer in cached memory, not cleaned before the VideoCore is told of it (1), not invalidated before the
 * answer is read (2), or not complete as the VideoCore is told (3): the question of every forum.
 */
#include "check_test.h"

#define MAILBOX(offset) (*(volatile uint32_t *)(0x3f00b880UL + (offset)))
#define STATUS 0x18
#define WRITE 0x20
#define WRITE_STATUS 0x38
#define CHANNEL 8U

static volatile uint32_t buffer[16] __attribute__((__aligned__(64)));

static inline void maintain(void) {
    __asm__ volatile("dc civac, %0\n\tdsb sy" ::"r"(buffer) : "memory");
}

static void alive(uint32_t core) {
    (void)core;
    static const uint32_t request[8] = {32, 0, 0x10005, 8, 0, 0, 0, 0}; /* the ARM's memory */
    while (MAILBOX(WRITE_STATUS) & 0x80000000U) {
    }
    for (unsigned i = 0; i < 8; i++) {
        /* 1 stale-memory second, 3 mailbox-dsb second */
        buffer[i] = request[i];
    }
#if BUG == 0 || BUG == 2
    maintain();
#endif
    /* 1 stale-memory first, 2 stale-line second, 3 mailbox-dsb first */
    MAILBOX(WRITE) = (uint32_t)(uintptr_t)buffer | CHANNEL;
    while (MAILBOX(STATUS) & 0x40000000U) {
    }
#if BUG != 2 && BUG != 3
    maintain();
#endif
    /* 2 stale-line first */
    uint32_t answer = buffer[1];
    (void)answer;
    leave();
}
