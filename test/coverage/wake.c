// SPDX-License-Identifier: MIT
//
// How long PiBoot waits for a core. Core 2 never comes: alive(0) begins when its time is up, counted from the call and not
// from reset, and it is reported on core 1 at once when alive(1) has returned. With LATE all cores come, core 1 a little
// late, and nobody set CNTFRQ: no limit, and no ticks, either. With SLOW nobody goes on when it is his turn, as alive(0) made
// their compare one that nothing meets: one after the other is reported, and what it was told is taken back. With MOMENT
// core 0 is made blind for core 1's answer, until it has taken back what it told: it finds then that core 1 has gone.
#include "cores.h"

#define NONE 4
#if defined LATE || defined SLOW || defined MOMENT
#define LOST NONE
#else
#define LOST 2
#endif

#ifdef SLOW
#define LAST 0
#else
#define LAST 3
#endif
#ifndef ENTERED_AT
#define ENTERED_AT 0 // of the counter
#endif

// Of piboot_start.S, step 2
#define CALLED 1
#define HERE 1
#define GO 2
#define GONE 2
#define CMP(register, immediate) (0xf100001fu | (immediate) << 10 | (register) << 5)
#define NEVER 0xfffu
#define LOOK CMP(11, GO)      // twice in piboot_wait_for_turn
#define ANSWERED CMP(9, HERE) // in piboot_let_next_go, behind one with CALLED, which is the same

extern uint32_t _start[];
extern const uint32_t __bss_start[];
extern const volatile uint64_t piboot_calls[2][4][8]; // calls, answers

static volatile uint64_t returned; // when the alive before this did
static volatile uint32_t lost_cores;

static void check_wait(uint64_t waited) {
    PIBOOT_CHECK(waited >= ticks_of_ms(PIBOOT_WAKE_TIMEOUT_MS));
    PIBOOT_CHECK(waited < ticks_of_ms(3 * PIBOOT_WAKE_TIMEOUT_MS)); // the host may be busy
}

#if defined SLOW || defined MOMENT
static volatile uint32_t *patched;

// There is no cache to maintain: the MMU is off, and the cores are QEMU's.
static void patch(unsigned nth, uint32_t from, uint32_t to) {
    unsigned found = 0;
    for (uint32_t *code = _start; code < __bss_start; code++) {
        if (*code == from && ++found == nth) {
            patched = code;
        }
    }
    PIBOOT_CHECK_EQ(found, 2);
    *patched = to;
}
#endif

static void alive(uint32_t core) {
    PIBOOT_CHECK(core <= LAST);
    PIBOOT_CHECK(core != LOST);
#ifdef SLOW
    patch(1, LOOK, CMP(11, NEVER));
#endif
#ifdef MOMENT
    if (core == 0) {
        patch(1, LOOK, CMP(11, CALLED)); // core 1 answers, and finds that it need not have
        while (piboot_calls[1][1][0] != GONE) {
        }
        *patched = LOOK;
        patch(2, ANSWERED, CMP(11, GO)); // no answer, until what it told is taken back
    } else if (core == 1) {
        while (READ_SYSREG(cntpct_el0) - returned < 2 * ticks_of_ms(PIBOOT_WAKE_TIMEOUT_MS)) {
        }
        *patched = ANSWERED;
    }
#endif
    if (core == 0 && LOST != NONE) {
        check_wait(READ_SYSREG(cntpct_el0) - ENTERED_AT);
    }
    returned = READ_SYSREG(cntpct_el0);
    __asm__ volatile("mov x0, xzr" : : : "x0"); // nobody's answer
}

static void lost(uint32_t core) {
#ifdef SLOW
    check_wait(READ_SYSREG(cntpct_el0) - returned);
    PIBOOT_CHECK_EQ(piboot_calls[0][core][0], CALLED);
    returned = READ_SYSREG(cntpct_el0);
#else
    PIBOOT_CHECK_EQ(core, LOST);
    PIBOOT_CHECK_EQ(piboot_core_id(), 1);
    PIBOOT_CHECK(READ_SYSREG(cntpct_el0) - returned <
                 ticks_of_ms(PIBOOT_WAKE_TIMEOUT_MS)); // no second wait
#endif
    lost_cores = lost_cores | UINT32_C(1) << core;
}

static void running(uint32_t core) {
    if (core == LAST) {
        PIBOOT_CHECK_EQ(lost_cores, LAST == 0 ? 0xe : LOST == NONE ? 0 : 1 << 2);
        piboot_test_exit(0);
    }
}

PIBOOT_ALIVE(alive);
PIBOOT_RUNNING(running);
PIBOOT_CORE_LOST(lost);
PIBOOT_CONSOLE(piboot_test_putc);
