// SPDX-License-Identifier: MIT
//
// All 16 vectors, each with a stack and, with the MMU, each without, from within a handler, too; a handler in
// which EL0 faults; an HVC from EL1t; AArch32 at EL0. What this machine cannot be made to take, vectors.S enters.
#include "cores.h"

// An SP whose frame would be in page 0, which is not mapped; one whose frame would begin in the guard of this core's
// stack and end above it; one whose frame would begin in another core's stack and end in this guard.
#define GUARD 0x2000u
#define MY_GUARD ((uint64_t)piboot_stacks + piboot_core_id() * (GUARD + PIBOOT_STACK_SIZE))
#define IN_PAGE_0(vector) (0xff0 - 16 * (vector))
#define ABOVE_GUARD(vector) (MY_GUARD + GUARD + 16 + 16 * (vector))
#define LOW_IN_GUARD(vector) (MY_GUARD + 16 + 16 * (vector))
// Synchronous exceptions, by where they come from.
#define EL1T 0
#define EL1H 4
#define EL0 8
#define AARCH32 12
#define EL1H_MASKED 0x3c5
#define KERNELS_SP_EL0 0x5afe0
#define KERNELS_CONTEXTIDR 0x1d1d1d1d
#define EC(esr) ((esr) >> 26)
#define EC_HVC 0x16
#define HVC_SPSR 0x600003c4 // Z and C, masked, EL1t

void enter_vector(uint64_t vector);
void enter_vector_without_stack(uint64_t vector, uint64_t sp);
void go_on(void);
void hvc_from_el1t(uint64_t x0, uint64_t x1);
void enter_aarch32(uint64_t sp_el0);
void back_from_aarch32(void);

static uint64_t expected, handled, bad_sp;
static uint32_t nested, hvc, aarch32;

static void check_x0_and_x1(const struct piboot_frame *frame) {
    PIBOOT_CHECK_EQ(frame->x[0], 0x100 + expected);
    PIBOOT_CHECK_EQ(frame->x[1], READ_SYSREG(vbar_el1) + 0x80 * expected + 1);
}

static void handle(const struct piboot_frame *frame, uint64_t kind) {
    PIBOOT_CHECK_EQ(frame->vector, expected);
    PIBOOT_CHECK_EQ(frame->vector % 4, kind);
    if (hvc != 0) {
        PIBOOT_CHECK_EQ(EC(frame->esr), EC_HVC);
        PIBOOT_CHECK_EQ(frame->spsr, HVC_SPSR);
        PIBOOT_CHECK_EQ(frame->x[0], 0x1234);
        PIBOOT_CHECK_EQ(frame->x[1], 0x5678);
    } else if (aarch32 == 0) {
        check_x0_and_x1(frame);
    }
    handled++;
    if (nested != 0) { // as a scheduler would that goes on at EL0 from its handler
        nested = 0;
        expected = EL0;
        enter_vector(EL0);
    }
}

static void sync(struct piboot_frame *frame) {
    handle(frame, 0);
    if (aarch32 != 0) {
        aarch32++;
        if (aarch32 == 3) { // once it went back to AArch32
            frame->elr = (uint64_t)back_from_aarch32;
            frame->spsr = EL1H_MASKED;
        }
    }
}

static void irq(struct piboot_frame *frame) { handle(frame, 1); }

static void fiq(struct piboot_frame *frame) { handle(frame, 2); }

static void serror(struct piboot_frame *frame) { handle(frame, 3); }

static void panicked(const char *message, const struct piboot_frame *frame) {
    PIBOOT_CHECK(message[0] == 's' || message[0] == 'S'); // stack overflow, SP is not a stack
    PIBOOT_CHECK(frame != 0);
    PIBOOT_CHECK_EQ(frame->vector, expected);
    PIBOOT_CHECK_EQ(frame->sp, bad_sp);
    check_x0_and_x1(frame);
    // In this core's emergency stack.
    PIBOOT_CHECK_EQ((uint64_t)frame / 4096, (uint64_t)piboot_stacks / 4096 - 4 + piboot_core_id());
    handled++;
    piboot_panics.count[piboot_core_id()] = 0; // it may report again
    go_on();
}

static void alive(uint32_t core) {
    if (core != 0) {
        return;
    }
    for (expected = 0; expected < 16; expected++) {
        enter_vector(expected);
        PIBOOT_CHECK_EQ(handled, expected + 1);
    }
    handled = 0;
    nested = 1;
    expected = EL1H;
    enter_vector(EL1H);
    PIBOOT_CHECK_EQ(handled, 2);

    hvc = 1;
    expected = EL1T;
    hvc_from_el1t(0x1234, 0x5678);
    PIBOOT_CHECK_EQ(handled, 3);
    hvc = 0;

#if !PIBOOT_MMU // else EL0 may not fetch
    aarch32 = 1;
    expected = AARCH32;
    WRITE_SYSREG(contextidr_el1, KERNELS_CONTEXTIDR);
    enter_aarch32(KERNELS_SP_EL0);
    PIBOOT_CHECK_EQ(handled, 5);
    PIBOOT_CHECK_EQ(READ_SYSREG(sp_el0), KERNELS_SP_EL0);
    PIBOOT_CHECK_EQ(READ_SYSREG(contextidr_el1), KERNELS_CONTEXTIDR);
    aarch32 = 0;
#endif
}

static void running(uint32_t core) {
    if (core != CORES - 1) {
        idle();
    }
#if PIBOOT_MMU
    handled = 0;
    // The first as from the kernel, the others as from its handler.
    for (expected = 0; expected < 16; expected++) {
        bad_sp = IN_PAGE_0(expected);
        enter_vector_without_stack(expected, bad_sp);
    }
    for (expected = 0; expected < 16; expected++) {
        bad_sp = ABOVE_GUARD(expected);
        enter_vector_without_stack(expected, bad_sp);
    }
    for (expected = 0; expected < 16; expected++) {
        bad_sp = LOW_IN_GUARD(expected);
        enter_vector_without_stack(expected, bad_sp);
    }
    PIBOOT_CHECK_EQ(handled, 48);
#endif
    piboot_test_exit(0);
}

PIBOOT_ALIVE(alive);
PIBOOT_RUNNING(running);
PIBOOT_SYNC(sync);
PIBOOT_IRQ(irq);
PIBOOT_FIQ(fiq);
PIBOOT_SERROR(serror);
PIBOOT_PANIC(panicked);
PIBOOT_CONSOLE(piboot_test_putc);
