// SPDX-License-Identifier: MIT
//
// How long PiBoot waits for a core: core 2 never comes, and the wait begins with the call, not with the
// machine. alive leaves 0 in x0, which is nobody's answer. With LATE all cores come, core 1 a little late,
// and nobody set CNTFRQ: no limit, and no ticks, either. With SLOW core 1 answers in time and is then slow to go on:
// it is not lost, and nobody is woken in its place.
#include "cores.h"

#define LONGER_MS 600 // than the wait may take
#define NONE 4
#if defined LATE || defined SLOW
#define LOST NONE
#else
#define LOST 2
#endif

static volatile uint64_t called;
static volatile uint32_t lost_cores;

#ifdef SLOW
#define LAST 0
#else
#define LAST 3
#endif

static void alive(uint32_t core) {
    PIBOOT_CHECK(core <= LAST);
    PIBOOT_CHECK(core != LOST);
    if (core == 0 && LOST != NONE) {
        delay_ms(LONGER_MS);
    }
    called = READ_SYSREG(cntpct_el0);
    __asm__ volatile("mov x0, xzr" : : : "x0");
}

static void lost(uint32_t core) {
    const uint64_t waited = READ_SYSREG(cntpct_el0) - called;
    PIBOOT_CHECK_EQ(core, LOST);
    PIBOOT_CHECK_EQ(piboot_core_id(), 1);
    PIBOOT_CHECK(waited >= ticks_of_ms(PIBOOT_WAKE_TIMEOUT_MS));
    PIBOOT_CHECK(waited < ticks_of_ms(3 * PIBOOT_WAKE_TIMEOUT_MS)); // the host may be busy
    lost_cores = lost_cores | UINT32_C(1) << core;
}

static void running(uint32_t core) {
    if (core == LAST) {
        PIBOOT_CHECK_EQ(lost_cores, LOST == NONE ? 0 : 1 << 2);
        piboot_test_exit(0);
    }
}

PIBOOT_ALIVE(alive);
PIBOOT_RUNNING(running);
PIBOOT_CORE_LOST(lost);
PIBOOT_CONSOLE(piboot_test_putc);
