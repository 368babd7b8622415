// SPDX-License-Identifier: MIT
//
// Core 1's console faults at each character: it gives its report up, and holds up nobody else's.
#include "cores.h"

static volatile uint32_t tries;
static volatile uint64_t begin;

static void put(char c) {
    (void)c;
    if (piboot_core_id() == 1) {
        set_flag(&tries, tries + 1);
        __asm__ volatile("udf #0");
    }
    // Otherwise it has waited its second for core 1.
    PIBOOT_CHECK(READ_SYSREG(cntpct_el0) - begin < ticks_of_ms(700));
    piboot_test_exit(0);
}

static void alive(uint32_t core) { (void)core; }

static void running(uint32_t core) {
    if (core == 1) {
        piboot_panic("with nothing to say it with");
    }
    if (core == 0) {
        PIBOOT_CHECK(wait_for_flag(&tries, 2)); // its report, and that of the fault in it
        delay_ms(100);
        begin = READ_SYSREG(cntpct_el0);
        piboot_panic("after it");
    }
}

PIBOOT_ALIVE(alive);
PIBOOT_RUNNING(running);
PIBOOT_CONSOLE(put);
