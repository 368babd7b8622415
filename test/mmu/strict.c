// SPDX-License-Identifier: MIT
//
// Without the MMU the compiler must not use unaligned accesses; memory.c shows that with it it does.
#include "cores.h"

struct __attribute__((packed)) packed {
    uint8_t first;
    uint64_t second;
};
static volatile struct packed packed;

static void alive(uint32_t core) {
    // With SCTLR_EL1.A even QEMU faults on an unaligned access.
    WRITE_SYSREG(sctlr_el1, READ_SYSREG(sctlr_el1) | 2);
    packed.second = core + UINT64_C(0x1122334455667788);
    PIBOOT_CHECK_EQ(packed.second, core + UINT64_C(0x1122334455667788));
}

static void running(uint32_t core) {
    if (core == 0) {
        piboot_test_exit(0);
    }
}

PIBOOT_ALIVE(alive);
PIBOOT_RUNNING(running);
