/* SPDX-License-Identifier: MIT
 *
 * Core 0 tells core 1 by a flag that data is there. No barrier between the stores (1), none between the loads (2). And
 * a counter that both change with no atomic and no lock (3).
 */
#define RUNNING
#include "check_test.h"

static volatile uint32_t data __attribute__((__aligned__(64)));
static volatile uint32_t flag __attribute__((__aligned__(64)));
static volatile uint32_t counter __attribute__((__aligned__(64)));
static volatile uint32_t done __attribute__((__aligned__(64)));

static void alive(uint32_t core) { (void)core; }

static void count(void) {
    for (uint32_t i = 0; i < 200000; i++) {
#if BUG == 3
        /* 3 lost-update first, 3 lost-update second */
        counter++;
#else
        __atomic_fetch_add(&counter, 1, __ATOMIC_RELAXED);
#endif
    }
}

static void running(uint32_t core) {
    if (core == 0) {
        /* 1 order-stores second, 2 order-loads second */
        data = 42;
#if BUG != 1
        __asm__ volatile("dmb ishst" ::: "memory");
#endif
        flag = 1;
        count();
        while (!__atomic_load_n(&done, __ATOMIC_ACQUIRE)) {
        }
        leave();
    } else if (core == 1) {
        while (flag == 0) {
        }
#if BUG != 2
        __asm__ volatile("dmb ishld" ::: "memory");
#endif
        /* 1 order-stores first, 2 order-loads first */
        (void)data;
        count();
        __atomic_store_n(&done, 1, __ATOMIC_RELEASE);
    }
    for (;;)
        __asm__ volatile("wfe");
}
