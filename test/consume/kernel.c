/* SPDX-License-Identifier: MIT
 *
 * A stranger's kernel: knows PiBoot by its header only. Says how many cores it found and whether
 * the MMU is on, and ends.
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

static uint64_t mmu_on(void) {
    uint64_t sctlr;
    __asm__ volatile("mrs %0, sctlr_el1" : "=r"(sctlr));
    return sctlr & 1;
}

static void running(uint32_t core) {
    if (core + 1 == CORES) {
        PIBOOT_CHECK_EQ(seen, CORES);
        piboot_test_puts(CORES == 4 ? "4 cores" : "1 core");
        piboot_test_puts(mmu_on() ? ", MMU on\n" : ", MMU off\n");
        piboot_test_exit(0);
    }
    for (;;) {
        __asm__ volatile("wfi"); // takes no time from others
    }
}

PIBOOT_ALIVE(alive);
PIBOOT_RUNNING(running);
