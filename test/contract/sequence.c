// SPDX-License-Identifier: MIT
//
// Whether the cores come alive in order, once each, a hundred times in a row: a race shows once in many times. The boots
// are counted below the image, where nothing is loaded, as QEMU loads an ELF's segments anew with each reset.
#include "cores.h"

#define BOOTS 100

static volatile uint32_t *const boots = (volatile uint32_t *)UINT64_C(0x70000);

static volatile uint32_t alive_calls;
static volatile uint32_t in_alive;

static void alive(uint32_t core) {
    PIBOOT_CHECK_EQ(get_flag(&in_alive), 0);
    set_flag(&in_alive, 1);
    PIBOOT_CHECK_EQ(get_flag(&alive_calls), core);
    set_flag(&alive_calls, core + 1);
    set_flag(&in_alive, 0);
}

static void running(uint32_t core) {
    if (core != CORES - 1) {
        idle();
    }
    PIBOOT_CHECK_EQ(get_flag(&alive_calls), CORES);
    *boots = *boots + 1;
    if (*boots < BOOTS) {
        reset_machine();
    }
    piboot_test_puts("boots in a row, each with its cores in order: ");
    piboot_test_hex(*boots);
    piboot_test_puts("\n");
    piboot_test_exit(0);
}

PIBOOT_ALIVE(alive);
PIBOOT_RUNNING(running);
