// SPDX-License-Identifier: MIT
//
// The same image begins again in place, from running() on all four cores at once, with the words of the handshake as this
// boot left them, and then with each value, that it knows or does not know, left over in every word.
#include "cores.h"

#define BOOTS 12u
#define AS_THEY_ARE 2u                                 // boots
#define LEFT_OVER(boot) ((uint64_t)(boot)-AS_THEY_ARE) // 0 to 9

extern const uint32_t _start[];
extern volatile uint64_t piboot_calls[2][4][8]; // calls, answers: piboot_start.S, step 2

// What outlives a boot: not in the image, its .bss or its stacks.
static volatile uint64_t *const boots = (volatile uint64_t *)UINT64_C(0x2000);

static volatile uint32_t alive_calls, ready[4], again;

static void alive(uint32_t core) {
    PIBOOT_CHECK_EQ(alive_calls, core);
    PIBOOT_CHECK_EQ(piboot_entry_el() == 1, *boots != 0);
    alive_calls = alive_calls + 1;
}

static void begin_again(void) { ((void (*)(uint64_t))(uintptr_t)_start)(0); }

static void running(uint32_t core) {
    set_flag(&ready[core], 1);
    if (core == 0) {
        for (uint32_t n = 0; n < CORES; n++) {
            while (get_flag(&ready[n]) == 0) {
            }
        }
        *boots = *boots + 1;
        if (*boots == BOOTS) {
            piboot_test_exit(0);
        }
        for (uint32_t n = 0; *boots >= AS_THEY_ARE && n < CORES; n++) {
            piboot_calls[0][n][0] = LEFT_OVER(*boots);
            piboot_calls[1][n][0] = LEFT_OVER(*boots);
        }
        set_flag(&again, 1);
    }
    while (get_flag(&again) == 0) {
    }
    begin_again();
}

static void lost(uint32_t core) {
    PIBOOT_CHECK_EQ(core, 4); // nobody is
}

PIBOOT_ALIVE(alive);
PIBOOT_RUNNING(running);
PIBOOT_CORE_LOST(lost);
PIBOOT_CONSOLE(piboot_test_putc);
