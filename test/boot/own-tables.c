// SPDX-License-Identifier: MIT
//
// PIBOOT_MMU, and alive(OWN) goes over to the kernel's own translation tables, in which nothing is as in PiBoot's: blocks
// of 2 MiB, RAM not shareable. All cores come.
#include "cores.h"

#define BLOCK_SHIFT 21
#define ACCESSED (UINT64_C(1) << 10)
#define NO_EXECUTE (UINT64_C(3) << 53)
#define NORMAL (UINT64_C(1) << 2) // byte 1 of PiBoot's MAIR_EL1; byte 0 is Device
#define TABLE UINT64_C(3)
#define BLOCK UINT64_C(1)
#define RAM_BLOCKS 504u
#define SCTLR_WXN (UINT64_C(1) << 19)

static uint64_t level1[512] __attribute__((__aligned__(4096)));
static uint64_t level2[512] __attribute__((__aligned__(4096)));
static volatile uint32_t ran[4];

static void own_tables(void) {
    uint64_t sctlr = READ_SYSREG(sctlr_el1) & ~SCTLR_WXN; // blocks are writable and executable here
    for (uint64_t i = 0; i < 512; i++) {
        level2[i] = i << BLOCK_SHIFT | ACCESSED | BLOCK | (i < RAM_BLOCKS ? NORMAL : NO_EXECUTE);
    }
    level1[0] = (uint64_t)level2 | TABLE;
    level1[1] = UINT64_C(1) << 30 | NO_EXECUTE | ACCESSED | BLOCK;
    __asm__ volatile(
        "dsb sy\n\tmsr sctlr_el1, %1\n\tmsr ttbr0_el1, %0\n\tisb\n\ttlbi vmalle1\n\tdsb "
        "sy\n\tisb"
        :
        : "r"(level1), "r"(sctlr)
        : "memory");
}

static void alive(uint32_t core) {
    if (core == OWN) {
        own_tables();
    }
}

static void running(uint32_t core) {
    set_flag(&ran[core], 1);
    if (core != 0) {
        idle();
    }
    for (uint32_t n = 0; n < CORES; n++) {
        while (get_flag(&ran[n]) == 0) {
        }
    }
    piboot_test_exit(0);
}

static void lost(uint32_t core) {
    (void)core;
    piboot_test_exit(1);
}

PIBOOT_ALIVE(alive);
PIBOOT_RUNNING(running);
PIBOOT_CORE_LOST(lost);
