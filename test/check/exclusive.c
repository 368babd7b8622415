/* SPDX-License-Identifier: MIT
 *
 * A spinlock by exclusives before the MMU is on: SerenityOS issue 18846, zephyr issue 33515. On a board the exclusive
 * aborts, or the store-exclusive never succeeds.
 */
#include "check_test.h"

static char lock;

static void alive(uint32_t core) {
    (void)core;
    /* 1 exclusive first */
    while (__atomic_test_and_set(&lock, __ATOMIC_ACQUIRE)) {
    }
    __atomic_clear(&lock, __ATOMIC_RELEASE);
    leave();
}
