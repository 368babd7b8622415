// SPDX-License-Identifier: MIT
//
// Each core has a stack of PIBOOT_STACK_SIZE bytes to itself: all fill theirs to the last byte at
// the same time, then look whether anybody wrote into it. What lies beside the stacks (.data, .bss)
// is looked at too.
#include "cores.h"

enum {
    USED_ABOVE = 384, // at most: PiBoot's own frame and those of running() and fill()
    BELOW_SP = 64,    // left alone: the compiler may keep something there while fill() works
    FILLED = (PIBOOT_STACK_SIZE)-USED_ABOVE
};

static volatile uint32_t filled[4];
static volatile uint64_t sp_in_alive[4];
static volatile uint64_t sp_in_running[4];
static volatile uint64_t zeros[512];
static volatile uint64_t ones[512] = {[0 ... 511] = ~UINT64_C(0)};

static uint64_t stack_pointer(void) {
    uint64_t sp;
    __asm__ volatile("mov %0, sp" : "=r"(sp));
    return sp;
}

static uint64_t pattern(uint32_t core, uint64_t address) {
    return address ^ ((core + UINT64_C(1)) * UINT64_C(0x0123456789abcdef));
}

static void alive(uint32_t core) {
    sp_in_alive[core] = stack_pointer();
    PIBOOT_CHECK_EQ(sp_in_alive[core] % 16, 0);
}

static void running(uint32_t core) {
    uint64_t sp = stack_pointer();
    uint64_t top = sp - BELOW_SP;
    uint64_t bottom = (sp & ~UINT64_C(15)) - FILLED;

    PIBOOT_CHECK_EQ(sp % 16, 0);
    sp_in_running[core] = sp;
    for (uint64_t address = bottom; address < top; address += 8) {
        *(volatile uint64_t *)address = pattern(core, address);
    }
    set_flag(&filled[core], 1);
    for (uint32_t n = 0; n < CORES; n++) {
        while (get_flag(&filled[n]) == 0) {
        }
    }
    for (uint64_t address = bottom; address < top; address += 8) {
        if (*(volatile uint64_t *)address != pattern(core, address)) {
            piboot_test_puts("core ");
            piboot_test_hex(core);
            piboot_test_puts(": somebody wrote into its stack at ");
            piboot_test_hex(address);
            piboot_test_puts("\n");
            piboot_test_exit(1);
        }
    }
    set_flag(&filled[core], 2);
    if (core != 0) {
        idle();
    }
    for (uint32_t n = 0; n < CORES; n++) {
        PIBOOT_CHECK(wait_for_flag(&filled[n], 2));
        PIBOOT_CHECK(sp_in_alive[n] - sp_in_running[n] + USED_ABOVE <=
                     2 * USED_ABOVE); // the same stack
        for (uint32_t other = 0; other < n; other++) {
            uint64_t apart = sp_in_running[n] > sp_in_running[other]
                                 ? sp_in_running[n] - sp_in_running[other]
                                 : sp_in_running[other] - sp_in_running[n];
            PIBOOT_CHECK(apart >= PIBOOT_STACK_SIZE);
        }
    }
    for (uint32_t i = 0; i < 512; i++) {
        PIBOOT_CHECK_EQ(zeros[i], 0);
        PIBOOT_CHECK_EQ(ones[i], ~UINT64_C(0));
    }
    piboot_test_exit(0);
}

PIBOOT_ALIVE(alive);
PIBOOT_RUNNING(running);
