// SPDX-License-Identifier: MIT
//
// What the MMU and the caches are for, on every core: from the first line of alive on atomics work and
// unaligned accesses do; what alive(n) wrote is seen by alive(n + 1); in running all cores count together.
#include "map.h"

#include <stdatomic.h>

enum { ROUNDS = 5000, WORDS = 4096 };

/* ---- From core to core --------------------------------------------------------------------------- */

static uint64_t written[WORDS]; // plain memory, in 512 cache lines
static uint32_t arrived;

static uint64_t pattern(uint32_t core, uint32_t i) {
    return (core + UINT64_C(1)) * UINT64_C(0x9e3779b97f4a7c15) + i;
}

static void check_what_was_written(uint32_t core) {
    PIBOOT_CHECK_EQ(arrived, core);
    for (uint32_t i = 0; i < WORDS; i++) {
        PIBOOT_CHECK_EQ(written[i], core == 0 ? 0 : pattern(core - 1, i));
        written[i] = pattern(core, i);
    }
    arrived++;
}

/* ---- Unaligned accesses -------------------------------------------------------------------------- */

static unsigned char bytes[2 * PAGE] __attribute__((aligned(4096)));

struct __attribute__((packed)) unaligned {
    uint16_t half;
    uint32_t word;
    uint64_t doubleword;
};

// Stores and loads of each size at each alignment: within a line, across two, across two pages.
static void check_unaligned(unsigned char *place) {
    for (uint32_t offset = 0; offset < 17; offset++) {
        volatile struct unaligned *at_offset = (volatile struct unaligned *)(place + offset);
        uint64_t low, high;
        at_offset->half = (uint16_t)(0x1122 + offset);
        at_offset->word = 0x33445566 + offset;
        at_offset->doubleword = UINT64_C(0x778899aabbccddee) + offset;
        PIBOOT_CHECK_EQ(at_offset->half, 0x1122 + offset);
        PIBOOT_CHECK_EQ(at_offset->word, 0x33445566 + offset);
        PIBOOT_CHECK_EQ(at_offset->doubleword, UINT64_C(0x778899aabbccddee) + offset);
        PIBOOT_CHECK_EQ(place[offset + 6], (0xee + offset) & 0xff);
        __asm__ volatile("str q1, [%2]\n\t"
                         "ldp %0, %1, [%2]\n\t"
                         "stp %1, %0, [%2]\n\t"
                         "ldr q0, [%2]"
                         : "=&r"(low), "=&r"(high)
                         : "r"(place + offset)
                         : "memory", "v0", "v1");
    }
}

static uint32_t alignment_faults[4];

static void handler(struct piboot_frame *frame) {
    PIBOOT_CHECK_EQ(frame->esr & 0x3f, 0x21); // an alignment fault, and nothing else
    alignment_faults[piboot_core_id()]++;
    frame->elr += 4;
}

// The compiler does use unaligned accesses, so -mstrict-align is off: with SCTLR_EL1.A they fault.
static void check_compiler(uint32_t core) {
    const uint64_t sctlr = READ_SYSREG(sctlr_el1);
    volatile struct unaligned *unaligned = (volatile struct unaligned *)bytes;
    WRITE_SYSREG(sctlr_el1, sctlr | 2);
    unaligned->word = core;
    WRITE_SYSREG(sctlr_el1, sctlr);
    PIBOOT_CHECK_EQ(alignment_faults[core], 1);
}

/* ---- Atomics ------------------------------------------------------------------------------------- */

static _Atomic uint8_t eight;
static _Atomic uint16_t sixteen;
static _Atomic uint32_t thirty_two;
static _Atomic uint64_t sixty_four;
static _Atomic uint64_t by_exchange;
static atomic_flag lock = ATOMIC_FLAG_INIT;
static uint64_t locked[3]; // plain words, in the lock's keeping
static _Atomic uint32_t ready, done;

static void count_together(void) {
    for (uint32_t i = 0; i < ROUNDS; i++) {
        uint64_t before = atomic_load_explicit(&by_exchange, memory_order_relaxed);
        atomic_fetch_add_explicit(&eight, 1, memory_order_relaxed);
        atomic_fetch_add_explicit(&sixteen, 1, memory_order_relaxed);
        atomic_fetch_add(&thirty_two, 1);
        atomic_fetch_add(&sixty_four, UINT64_C(0x100000001));
        while (!atomic_compare_exchange_weak(&by_exchange, &before, before + 3)) {
        }
        while (atomic_flag_test_and_set_explicit(&lock, memory_order_acquire)) {
        }
        locked[0]++;
        locked[1] += locked[0];
        locked[2] ^= locked[1];
        atomic_flag_clear_explicit(&lock, memory_order_release);
    }
}

static void check_counts(void) {
    const uint64_t n = UINT64_C(1) * CORES * ROUNDS;
    uint64_t sum = 0, mix = 0;
    for (uint64_t i = 1; i <= n; i++) {
        sum += i;
        mix ^= sum;
    }
    PIBOOT_CHECK_EQ(eight, n & 0xff);
    PIBOOT_CHECK_EQ(sixteen, n & 0xffff);
    PIBOOT_CHECK_EQ(thirty_two, n);
    PIBOOT_CHECK_EQ(sixty_four, n * UINT64_C(0x100000001));
    PIBOOT_CHECK_EQ(by_exchange, 3 * n);
    PIBOOT_CHECK_EQ(locked[0], n);
    PIBOOT_CHECK_EQ(locked[1], sum);
    PIBOOT_CHECK_EQ(locked[2], mix);
}

/* ---- A kernel ------------------------------------------------------------------------------------ */

static void alive(uint32_t core) {
    unsigned char stack[64];
    PIBOOT_CHECK_EQ(atomic_fetch_add(&ready, 1), core);
    check_what_was_written(core);
    check_unaligned(bytes + 1);
    check_unaligned(bytes + 64 - 8);
    check_unaligned(bytes + PAGE - 8);
    check_unaligned(stack);
    check_compiler(core);
}

static void running(uint32_t core) {
    while (atomic_load(&ready) != CORES) {
    }
    count_together();
    atomic_fetch_add(&done, 1);
    while (core != 0 || atomic_load(&done) != CORES) {
    }
    check_counts();
    piboot_test_puts("memory is memory\n");
    piboot_test_exit(0);
}

PIBOOT_ALIVE(alive);
PIBOOT_RUNNING(running);
PIBOOT_SYNC(handler);
