// SPDX-License-Identifier: MIT
//
// piboot_resume(): threads that are started from running() and from a handler, with all registers of their frames, at EL1h,
// EL1t and, without the MMU, EL0. Their SVCs are normal exceptions, though the handler that started them never returned.
#include "../cores.h"

#define EL1H UINT64_C(0x3c5)
#define EL1T UINT64_C(0x3c4)
#define EL0 UINT64_C(0x3c0)

static const uint64_t modes[] = {EL1H, EL1T, PIBOOT_MMU ? EL1H : EL0, EL1T};
#define STARTS (sizeof modes / sizeof modes[0])

static uint8_t stacks[4][STARTS][4096] __attribute__((__aligned__(16)));
static struct piboot_frame elsewhere[4];
static volatile uint32_t started[4], again[4], done[4];

// Twice an SVC, and what the handler finds in the frames are the registers that this thread began with.
__asm__(".globl thread\n"
        "thread: svc #0\n"
        "svc #1\n"
        "b .\n");
extern const char thread[];

static uint64_t pattern(uint32_t core, uint32_t n) {
    return (started[core] + 1) * UINT64_C(0x0101010101010101) + n;
}

static void fill(struct piboot_frame *frame, uint32_t core) {
    for (uint32_t n = 0; n < 31; n++) {
        frame->x[n] = pattern(core, n);
    }
    frame->elr = (uint64_t)thread;
    frame->spsr = modes[started[core]];
    frame->sp = (uint64_t)&stacks[core][started[core]][4096];
#if PIBOOT_FRAME_FP
    for (uint32_t n = 0; n < 32; n++) {
        frame->q[n] = pattern(core, 64 + n);
    }
    frame->fpsr = 1;
    frame->fpcr = UINT64_C(3) << 22;
#endif
}

// The frame is in the stack that piboot_resume() gives up, or elsewhere.
__attribute__((__noreturn__)) static void start(uint32_t core) {
    struct piboot_frame here; // fill() writes it
    // cppcheck-suppress uninitvar
    struct piboot_frame *frame = started[core] % 2 == 0 ? &here : &elsewhere[core];
    fill(frame, core);
    piboot_resume(frame);
}

static void on_sync(struct piboot_frame *frame) {
    const uint32_t core = piboot_core_id();
    const uint64_t mode = modes[started[core]];
    PIBOOT_CHECK_EQ(frame->esr >> 26, 0x15);
    PIBOOT_CHECK_EQ(frame->esr & 0xffff, again[core]);
    PIBOOT_CHECK_EQ(frame->vector, mode == EL1H ? 4 : mode == EL1T ? 0 : 8);
    PIBOOT_CHECK_EQ(frame->spsr, mode);
    PIBOOT_CHECK_EQ(frame->sp, &stacks[core][started[core]][4096]);
    for (uint32_t n = 0; n < 31; n++) {
        PIBOOT_CHECK_EQ(frame->x[n], pattern(core, n));
    }
#if PIBOOT_FRAME_FP
    for (uint32_t n = 0; n < 32; n++) {
        PIBOOT_CHECK(frame->q[n] == pattern(core, 64 + n));
    }
    PIBOOT_CHECK_EQ(frame->fpsr, 1);
    PIBOOT_CHECK_EQ(frame->fpcr, UINT64_C(3) << 22);
#endif
    again[core] = again[core] + 1;
    if (again[core] == 1) {
        return;
    }
    again[core] = 0;
    started[core] = started[core] + 1;
    if (started[core] < STARTS) {
        start(core);
    }
    end_when_all_are_done(core, done);
}

static void alive(uint32_t core) { (void)core; }

PIBOOT_ALIVE(alive);
PIBOOT_RUNNING(start);
PIBOOT_SYNC(on_sync);
PIBOOT_CONSOLE(piboot_test_putc);

static void hook(const char *message, const struct piboot_frame *frame) {
    (void)message;
    (void)frame;
    piboot_test_exit(2);
}
PIBOOT_PANIC(hook);
