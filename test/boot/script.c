// SPDX-License-Identifier: MIT
//
// With a script of the user's, which knows nothing of PiBoot: all is where it should be, .bss is zero around the stacks,
// and the heap that begins at the script's end is free. Run raw with junk behind the image.
#include "cores.h"

extern unsigned char HEAP[]; // the name that the script has for it

static volatile uint64_t table[4] = {1, 2, 3, UINT64_C(0x123456789abcdef0)};
static const volatile uint32_t constant = 0x15926;
static volatile unsigned char zero[5000];
volatile uint32_t common[100]; // with -fcommon, if the script has a place for it
static volatile uint32_t arrived;
static volatile uint32_t handled;

static void sync(struct piboot_frame *frame) {
    (void)frame;
    handled = handled + 1;
}

static void alive(uint32_t core) {
    if (core == 0) {
        PIBOOT_CHECK_EQ(table[0], 1);
        PIBOOT_CHECK_EQ(table[3], UINT64_C(0x123456789abcdef0));
        PIBOOT_CHECK_EQ(constant, 0x15926);
        for (uint32_t i = 0; i < sizeof zero; i++) {
            PIBOOT_CHECK_EQ(zero[i], 0);
        }
        for (uint32_t i = 0; i < 100; i++) {
            PIBOOT_CHECK_EQ(common[i], 0);
        }
    }
    PIBOOT_CHECK_EQ(core, arrived);
    for (uint32_t i = 0; i < 0x80000; i += 4) { // the first that somebody allocates
        *(volatile uint32_t *)(HEAP + i) = ~0u;
    }
    __asm__ volatile("svc #1"); // the stack is one, and the vectors are there
    arrived = core + 1;
}

static void running(uint32_t core) {
    if (core != CORES - 1) {
        idle();
    }
    PIBOOT_CHECK_EQ(arrived, CORES);
    PIBOOT_CHECK_EQ(handled, CORES);
    piboot_test_exit(0);
}

PIBOOT_ALIVE(alive);
PIBOOT_RUNNING(running);
PIBOOT_SYNC(sync);
PIBOOT_CONSOLE(piboot_test_putc);
