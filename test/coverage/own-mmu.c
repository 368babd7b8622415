// SPDX-License-Identifier: MIT
//
// A kernel without PIBOOT_MMU that turned its own MMU on takes a breakpoint on a stack at a high address: a good one, of
// which it comes back, or with BAD_STACK, SP, one that cannot take a frame.
#include "cores.h"

#define HIGH                                                                                       \
    UINT64_C(                                                                                      \
        0xffffff8000000000) // TTBR1, 39 bits: the second 2 MiB from here are mapped, to 0x600000, and no more
#define SP_GOOD 0x300000

#ifdef BAD_STACK
#define STACK (HIGH + BAD_STACK)
#else
#define STACK (HIGH + SP_GOOD)
#endif

#define BLOCK 1
#define TABLE 3
#define ACCESSED (1 << 10)

static uint64_t low_level1[512] __attribute__((aligned(4096)));
static uint64_t high_level1[512] __attribute__((aligned(4096)));
static uint64_t high_level2[512] __attribute__((aligned(4096)));
static volatile uint32_t breakpoints;

static void sync(struct piboot_frame *frame) {
    PIBOOT_CHECK_EQ(frame->esr >> 26, 0x3c); // BRK
    PIBOOT_CHECK_EQ(frame->sp, STACK);
    breakpoints = breakpoints + 1;
    frame->elr += 4;
}

static void alive(uint32_t core) { (void)core; }

static void running(uint32_t core) {
    (void)core;
    low_level1[0] = ACCESSED | BLOCK; // the first GiB; memory attributes do not matter on QEMU
    high_level1[0] = (uint64_t)(uintptr_t)high_level2 | TABLE;
    high_level2[1] = 0x600000 | ACCESSED | BLOCK;
    uint64_t tcr = UINT64_C(2) << 30 | 25 << 16 | 25; // T1SZ, T0SZ: from level 1, 4 KiB
    __asm__ volatile("msr mair_el1, %0\n\t"
                     "msr tcr_el1, %1\n\t"
                     "msr ttbr0_el1, %2\n\t"
                     "msr ttbr1_el1, %3\n\t"
                     "dsb sy\n\t"
                     "tlbi vmalle1\n\t"
                     "dsb sy\n\t"
                     "isb\n\t"
                     "mrs x9, sctlr_el1\n\t"
                     "orr x9, x9, #1\n\t"
                     "msr sctlr_el1, x9\n\t"
                     "isb"
                     :
                     : "r"(UINT64_C(0x44)), "r"(tcr), "r"(low_level1), "r"(high_level1)
                     : "x9", "memory");
    __asm__ volatile("mov x9, sp\n\t"
                     "mov sp, %0\n\t"
                     "brk #1\n\t"
                     "mov sp, x9"
                     :
                     : "r"(STACK)
                     : "x9", "memory");
    PIBOOT_CHECK_EQ(breakpoints, 1);
    piboot_test_exit(0);
}

static void panicked(const char *message, const struct piboot_frame *frame) {
    (void)message;
    PIBOOT_CHECK_EQ(frame->sp, STACK);
    piboot_test_exit(0);
}

PIBOOT_ALIVE(alive);
PIBOOT_RUNNING(running);
PIBOOT_SYNC(sync);
PIBOOT_PANIC(panicked);
PIBOOT_CONSOLE(piboot_test_putc);
