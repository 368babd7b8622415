// SPDX-License-Identifier: MIT
//
// Each alive(n) is done before alive(n+1) starts; each is called once, with its own core's number;
// running() is reached on every core. Single-core: nothing is ever heard of cores 1 to 3.
#include "cores.h"

enum { ASLEEP = 0, IN_ALIVE = 1, ALIVE_DONE = 2, RUNNING = 3 };

static volatile uint32_t state[4];
static volatile uint32_t alive_calls[4];
static volatile uint32_t running_calls[4];

static void check_the_others(uint32_t core) {
    for (uint32_t lower = 0; lower < core; lower++) {
        PIBOOT_CHECK(get_flag(&state[lower]) >= ALIVE_DONE);
    }
    for (uint32_t higher = core + 1; higher < 4; higher++) {
        PIBOOT_CHECK_EQ(get_flag(&state[higher]), ASLEEP);
    }
}

static void alive(uint32_t core) {
    PIBOOT_CHECK(core < CORES);
    PIBOOT_CHECK_EQ(core, READ_SYSREG(mpidr_el1) & 0xff);
    PIBOOT_CHECK_EQ(core, piboot_core_id());
    PIBOOT_CHECK_EQ(state[core], ASLEEP);

    set_flag(&state[core], IN_ALIVE);
    set_flag(&alive_calls[core], alive_calls[core] + 1);
    check_the_others(core);
    delay_ms(30); // a core that does not wait its turn has all the time to show itself
    check_the_others(core);
    set_flag(&state[core], ALIVE_DONE);
}

static void running(uint32_t core) {
    PIBOOT_CHECK_EQ(core, READ_SYSREG(mpidr_el1) & 0xff);
    PIBOOT_CHECK_EQ(state[core], ALIVE_DONE);
    set_flag(&running_calls[core], running_calls[core] + 1);
    set_flag(&state[core], RUNNING);

    if (core != 0) {
        idle();
    }
    for (uint32_t n = 0; n < CORES; n++) {
        PIBOOT_CHECK(wait_for_flag(&state[n], RUNNING));
    }
    delay_ms(50);
    for (uint32_t n = 0; n < 4; n++) {
        PIBOOT_CHECK_EQ(alive_calls[n], n < CORES ? 1 : 0);
        PIBOOT_CHECK_EQ(running_calls[n], n < CORES ? 1 : 0);
    }
    piboot_test_exit(0);
}

PIBOOT_ALIVE(alive);
PIBOOT_RUNNING(running);
