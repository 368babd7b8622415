// SPDX-License-Identifier: MIT
//
// What C relies on, on every core, in alive() and in running(): EL1 on its own stack pointer,
// interrupts masked, the stack aligned and below the local variables, the hardware's own core
// number, floating point and SIMD usable. (test/contract compares every register; this is the short
// form that a hobby kernel would notice.)
#include <stdarg.h>

#include "cores.h"

static volatile double half = 0.5;
static volatile float third = 3.0f;
static volatile uint32_t seen[4];

// Integers to SIMD registers and back, through all 32 of them.
static uint64_t through_every_q_register(uint64_t value) {
    __asm__ volatile(
        "dup v0.2d, %0\n\t"
        ".irp n, "
        "1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31\n\t"
        "add v\\n\\().2d, v0.2d, v0.2d\n\t"
        "mov v0.16b, v\\n\\().16b\n\t"
        ".endr\n\t"
        "mov %0, v31.d[1]"
        : "+r"(value)
        :
        : "v0", "v1", "v2", "v3", "v4", "v5", "v6", "v7", "v8", "v9", "v10", "v11", "v12", "v13",
          "v14", "v15", "v16", "v17", "v18", "v19", "v20", "v21", "v22", "v23", "v24", "v25", "v26",
          "v27", "v28", "v29", "v30", "v31");
    return value;
}

static double sum_of(int count, ...) // va_start saves q0 to q7
{
    va_list arguments;
    double sum = 0;
    va_start(arguments, count);
    for (int i = 0; i < count; i++) {
        sum += va_arg(arguments, double);
    }
    va_end(arguments);
    return sum;
}

static void check(uint32_t core) {
    volatile uint64_t local = 0;
    uint64_t sp;

    __asm__ volatile("mov %0, sp" : "=r"(sp));
    PIBOOT_CHECK_EQ(READ_SYSREG(CurrentEL), 1 << 2);
    PIBOOT_CHECK_EQ(READ_SYSREG(SPSel), 1);
    PIBOOT_CHECK_EQ(READ_SYSREG(DAIF), 0x2c0); // SError is not masked
    PIBOOT_CHECK_EQ(sp % 16, 0);
    PIBOOT_CHECK((uint64_t)&local >= sp && (uint64_t)&local < sp + 4096);
    PIBOOT_CHECK_EQ(READ_SYSREG(mpidr_el1), 0x80000000 | core);
    PIBOOT_CHECK_EQ(piboot_core_id(), core);
    PIBOOT_CHECK_EQ(through_every_q_register(core + 1), (core + UINT64_C(1)) << 31);
    PIBOOT_CHECK(half * 4 == 2.0 && third / 2 == 1.5f);
    PIBOOT_CHECK(sum_of(3, half, 1.0, 2.0) == 3.5);
}

static void alive(uint32_t core) { check(core); }

static void running(uint32_t core) {
    check(core);
    set_flag(&seen[core], 1);
    if (core != 0) {
        idle();
    }
    for (uint32_t n = 0; n < CORES; n++) {
        PIBOOT_CHECK(wait_for_flag(&seen[n], 1));
    }
    piboot_test_exit(0);
}

PIBOOT_ALIVE(alive);
PIBOOT_RUNNING(running);
