/* SPDX-License-Identifier: MIT */
#include "piboot.h"
#include "piboot_test.h"

static void alive(uint32_t core) {
    piboot_test_puts("first\n");
    piboot_test_puts("second\n");
#if defined(GOOD)
    piboot_test_exit(0);
#elif defined(STATUS)
    piboot_test_exit(42);
#elif defined(CHECK)
    PIBOOT_CHECK_EQ(core + 1, 7);
#endif
    (void)core;
}

static void running(uint32_t core) {
    (void)core;
    for (;;) {
        __asm__ volatile("wfi"); // takes no time from others
    }
}

PIBOOT_ALIVE(alive);
PIBOOT_RUNNING(running);
