// SPDX-License-Identifier: MIT
//
// How long PiBoot waits for a core. Core 2 never comes: alive(0) begins when its time is up, counted from the call and not
// from reset, and it is reported on core 1 at once when alive(1) has returned. With LATE all cores come, core 1 a little
// late, and nobody set CNTFRQ: no limit, and no ticks, either. With SLOW core 1 is ready and does not go on when it is
// its turn, as alive(0) made its compare one that nothing meets: it is not lost, and nobody is let go in its place.
#include "cores.h"

#define NONE 4
#if defined LATE || defined SLOW
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

#define CMP_X10_GO 0xf100115fu    // in piboot_wait_for_turn
#define CMP_X10_NEVER 0xf13ffd5fu // #0xfff

extern uint32_t _start[];
extern const uint32_t __bss_start[];
extern const volatile uint64_t piboot_calls[4][8]; // READY 3, GO 4: piboot_start.S, step 2

static volatile uint64_t returned; // when the alive before this did
static volatile uint32_t lost_cores;

static void check_wait(uint64_t waited) {
    PIBOOT_CHECK(waited >= ticks_of_ms(PIBOOT_WAKE_TIMEOUT_MS));
    PIBOOT_CHECK(waited < ticks_of_ms(3 * PIBOOT_WAKE_TIMEOUT_MS)); // the host may be busy
}

// There is no cache to maintain: the MMU is off, and the cores are QEMU's.
static void let_nobody_go(void) {
    unsigned found = 0;
    for (uint32_t *code = _start; code < __bss_start; code++) {
        if (*code == CMP_X10_GO) {
            *code = CMP_X10_NEVER;
            found++;
        }
    }
    PIBOOT_CHECK_EQ(found, 1);
}

static void alive(uint32_t core) {
    PIBOOT_CHECK(core <= LAST);
    PIBOOT_CHECK(core != LOST);
    if (LAST == 0) {
        let_nobody_go();
    }
    if (core == 0 && LOST != NONE) {
        check_wait(READ_SYSREG(cntpct_el0) - ENTERED_AT);
    }
    returned = READ_SYSREG(cntpct_el0);
    __asm__ volatile("mov x0, xzr" : : : "x0"); // nobody's answer
}

static void lost(uint32_t core) {
    PIBOOT_CHECK_EQ(core, LOST);
    PIBOOT_CHECK_EQ(piboot_core_id(), 1);
    PIBOOT_CHECK(READ_SYSREG(cntpct_el0) - returned <
                 ticks_of_ms(PIBOOT_WAKE_TIMEOUT_MS)); // no second wait
    lost_cores = lost_cores | UINT32_C(1) << core;
}

static void running(uint32_t core) {
    if (LAST == 0) {
        check_wait(READ_SYSREG(cntpct_el0) - returned);
        PIBOOT_CHECK_EQ(piboot_calls[1][0], 4);
        PIBOOT_CHECK_EQ(piboot_calls[2][0], 3);
        PIBOOT_CHECK_EQ(piboot_calls[3][0], 3);
    }
    if (core == LAST) {
        PIBOOT_CHECK_EQ(lost_cores, LOST == NONE ? 0 : 1 << 2);
        piboot_test_exit(0);
    }
}

PIBOOT_ALIVE(alive);
PIBOOT_RUNNING(running);
PIBOOT_CORE_LOST(lost);
PIBOOT_CONSOLE(piboot_test_putc);
