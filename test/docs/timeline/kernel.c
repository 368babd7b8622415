// SPDX-License-Identifier: MIT
//
// The kernel whose boot script/timeline draws. The last core to run ends QEMU.
#include "cores.h"

#define BSS_SIZE 4096

volatile unsigned char bss[BSS_SIZE];
static volatile uint32_t lost_cores, runs[4];

__attribute__((constructor)) static void constructor(void) { bss[0] = 0; }

static void alive(uint32_t core) { (void)core; }

static void running(uint32_t core) {
    set_flag(&runs[core], 1);
    for (uint32_t n = 0; core == 3 && n < 3; n++) {
        while (get_flag(&runs[n]) == 0 && (lost_cores >> n & 1) == 0) {
        }
    }
    if (core == 3) {
        piboot_test_exit(0);
    }
    idle();
}

// On a busy machine a core may come too late that should not: then it is not the boot to be drawn.
static void lost(uint32_t core) {
    if (core != 2) {
        piboot_test_exit(1);
    }
    lost_cores = lost_cores | UINT32_C(1) << core;
}

PIBOOT_ALIVE(alive);
PIBOOT_RUNNING(running);
PIBOOT_CORE_LOST(lost);
