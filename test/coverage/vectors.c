// SPDX-License-Identifier: MIT
//
// All 16 vectors, each with a stack and, with the MMU, each without; a handler in which EL0 faults; an HVC
// from EL1t. No AArch32 code runs here and no SError comes from EL0: vectors.S enters as they would.
#include "cores.h"

#define NO_STACK 0x1000 // the frame would be in page 0, which is not mapped
#define EL1T 0          // synchronous, from EL1t, EL1h and EL0
#define EL1H 4
#define EL0 8
#define EC(esr) ((esr) >> 26)
#define EC_HVC 0x16

void enter_vector(uint64_t vector);
void enter_vector_without_stack(uint64_t vector, uint64_t sp);
void go_on(void);
void hvc_from_el1t(void);

static uint64_t expected, handled;
static uint32_t nested, hvc;

static void handle(const struct piboot_frame *frame, uint64_t kind) {
    PIBOOT_CHECK_EQ(frame->vector, expected);
    PIBOOT_CHECK_EQ(frame->vector % 4, kind);
    if (hvc != 0) {
        PIBOOT_CHECK_EQ(EC(frame->esr), EC_HVC);
    } else {
        PIBOOT_CHECK_EQ(frame->x[0], expected);
        PIBOOT_CHECK_EQ(frame->x[1], READ_SYSREG(vbar_el1) + 0x80 * expected);
    }
    handled++;
    if (nested != 0) { // as a scheduler would that goes on at EL0 from its handler
        nested = 0;
        expected = EL0;
        enter_vector(EL0);
    }
}

static void sync(struct piboot_frame *frame) { handle(frame, 0); }

static void irq(struct piboot_frame *frame) { handle(frame, 1); }

static void fiq(struct piboot_frame *frame) { handle(frame, 2); }

static void serror(struct piboot_frame *frame) { handle(frame, 3); }

static void panicked(const char *message, const struct piboot_frame *frame) {
    PIBOOT_CHECK(message[0] == 's' && message[1] == 't'); // stack overflow
    PIBOOT_CHECK(frame != 0);
    PIBOOT_CHECK_EQ(frame->vector, expected);
    PIBOOT_CHECK_EQ(frame->sp, NO_STACK);
    PIBOOT_CHECK_EQ(frame->x[0], expected);
    PIBOOT_CHECK_EQ(frame->x[1], READ_SYSREG(vbar_el1) + 0x80 * expected);
    handled++;
    piboot_panics.count[0] = 0; // it may report again
    go_on();
}

static void alive(uint32_t core) {
    (void)core;
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
    hvc_from_el1t();
    PIBOOT_CHECK_EQ(handled, 3);
}

static void running(uint32_t core) {
    (void)core;
#ifdef FIRST // of EL1's two: after it PiBoot takes what comes for a fault in a handler
    handled = 0;
    expected = FIRST;
    enter_vector_without_stack(FIRST, NO_STACK);
    for (expected = 0; expected < 16; expected++) {
        if (expected != EL1T && expected != EL1H) {
            enter_vector_without_stack(expected, NO_STACK);
        }
    }
    PIBOOT_CHECK_EQ(handled, 15);
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
