// SPDX-License-Identifier: MIT
//
// Constructors run once, on core 0, in the order of their priorities, after .bss is zero and before
// alive(0).
#include "cores.h"

static volatile uint32_t calls; // in .bss: it counts from 0 only if that was cleared first
static volatile uint32_t order[4];
static volatile uint32_t data = 7; // .data is there already
static volatile double quotient;
static volatile uint32_t alive_seen;

static void note(uint32_t which) {
    PIBOOT_CHECK_EQ(piboot_core_id(), 0);
    PIBOOT_CHECK_EQ(alive_seen, 0);
    PIBOOT_CHECK_EQ(data, 7);
    PIBOOT_CHECK(calls < 4);
    order[calls] = which;
    calls = calls + 1;
}

__attribute__((constructor)) static void without_priority(void) {
    quotient = (double)data / 2; // floating point is on
    note(3);
}

__attribute__((constructor(2000))) static void second(void) { note(2); }

__attribute__((constructor(1000))) static void first(void) { note(1); }

static void by_hand(void) { note(3); }
__attribute__((section(".init_array"), used)) static void (*by_hand_entry)(void) = by_hand;

static void alive(uint32_t core) {
    alive_seen = alive_seen + 1;
    PIBOOT_CHECK_EQ(alive_seen, core + 1);
    PIBOOT_CHECK_EQ(calls, 4);
    PIBOOT_CHECK(order[0] == 1 && order[1] == 2 && order[2] == 3 && order[3] == 3);
    PIBOOT_CHECK(quotient == 3.5);
}

static void running(uint32_t core) {
    if (core != CORES - 1) {
        idle();
    }
    PIBOOT_CHECK_EQ(calls, 4);
    piboot_test_exit(0);
}

PIBOOT_ALIVE(alive);
PIBOOT_RUNNING(running);
