/* SPDX-License-Identifier: MIT
 *
 * For the kernels of this group. Each is right with BUG 0; with 1, 2, ... it has a bug, of which the lines that a report
 * must name have a comment: the number of the bug, the rule, and "first" or "second" for the place in the report.
 */
#ifndef CHECK_TEST_H
#define CHECK_TEST_H

#include "piboot.h"
#include "piboot_test.h"

#ifndef BUG
#define BUG 0
#endif

static void alive(uint32_t core);

/* The kernel ends QEMU with status 0, whatever it got: plain QEMU does not show these bugs. */
static inline void leave(void) { piboot_test_exit(0); }

#ifndef RUNNING
static void running(uint32_t core) {
    (void)core;
    for (;;)
        __asm__ volatile("wfe");
}
#else
static void running(uint32_t core);
#endif

PIBOOT_ALIVE(alive);
PIBOOT_RUNNING(running);

#endif
