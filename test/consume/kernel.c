/* SPDX-License-Identifier: MIT
 *
 * A stranger's kernel: knows PiBoot by its header only. Says how many cores it found, and ends.
 */

#include "piboot.h"
#include "piboot_test.h"

#define CORES (PIBOOT_MULTICORE ? 4U : 1U)

static uint32_t seen;

static void alive(uint32_t core) {
    PIBOOT_CHECK_EQ(core, seen);
    PIBOOT_CHECK_EQ(core, piboot_core_id());
    seen++;
}

static void running(uint32_t core) {
    if (core + 1 == CORES) {
        PIBOOT_CHECK_EQ(seen, CORES);
        piboot_test_puts(CORES == 4 ? "4 cores\n" : "1 core\n");
        piboot_test_exit(0);
    }
    for (;;) {
        __asm__ volatile("wfe");
    }
}

PIBOOT_ALIVE(alive);
PIBOOT_RUNNING(running);
