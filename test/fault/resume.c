// SPDX-License-Identifier: MIT
//
// Handlers that return, on all cores at once: nothing is lost over 1,000 SVCs, HVCs and timer interrupts though the
// handler writes over all that C may; and what a handler changes in the frame is what is resumed.
#include "resume.h"

#include "../cores.h"

#include <stddef.h>

#define ROUNDS 1000u
#define TICKS 5000u // between interrupts: 80 microseconds

#define NZCV_BITS (UINT64_C(15) << 28)
#define FPSR_BITS UINT64_C(0x0800009f) // QC and the exception flags
#define FPCR_BITS UINT64_C(0x07c00000) // AHP, DN, FZ, RMode

struct state {
    uint64_t x[31], reserved, nzcv, fpsr, fpcr, caller;
    uint64_t q[32][2];
};
#define OFFSET(member, value) _Static_assert(offsetof(struct state, member) == (value), #member)
OFFSET(x, STATE_X);
OFFSET(nzcv, STATE_NZCV);
OFFSET(fpsr, STATE_FPSR);
OFFSET(fpcr, STATE_FPCR);
OFFSET(caller, STATE_CALLER);
OFFSET(q, STATE_Q);
_Static_assert(sizeof(struct state) == STATE_SIZE, "size");

// A state with a stack below it, where its exceptions go.
static struct arena {
    uint8_t stack[8192];
    struct state state;
} arenas[4] __attribute__((__aligned__(16)));
static uint64_t other_stacks[4][64] __attribute__((__aligned__(16)));

static volatile uint32_t svcs[4], irqs[4], skipped[4], from_el0[4], from_el1t[4], done[4];
static uint64_t el0_sp[4];

void exchange_svc(struct state *), exchange_hvc(struct state *), exchange_change(struct state *),
    exchange_skip(struct state *), exchange_spin(struct state *);
uint64_t move_sp(void), jump(void), at_el1t(uint64_t sp_el0, uint64_t n),
    at_el0(uint64_t sp_el0, uint64_t n, uint64_t pstate);
void trash(void);
extern const char at_skip[], at_spin[];

// What DO_CHANGE makes of a register.
#define CHANGED(value) (~(uint64_t)(value))

static void change(struct piboot_frame *frame) {
    for (uint32_t n = 0; n < 31; n++) {
        frame->x[n] = CHANGED(frame->x[n]);
    }
    frame->spsr ^= NZCV_BITS;
#if PIBOOT_FRAME_FP
    frame->fpsr ^= FPSR_BITS;
    frame->fpcr ^= FPCR_BITS;
    for (uint32_t n = 0; n < 32; n++) {
        frame->q[n] = ~frame->q[n];
    }
#endif
}

static void on_sync(struct piboot_frame *frame) {
    uint32_t core = piboot_core_id();
    uint64_t class = frame->esr >> 26;
    from_el0[core] += frame->vector == 8;
    from_el1t[core] += frame->vector == 0;
    if (class == 0x00) {
        PIBOOT_CHECK_EQ(frame->elr, (uintptr_t)at_skip);
        skipped[core]++;
        frame->elr += 4;
    } else {
        PIBOOT_CHECK(class == 0x15 || class == 0x16);
        svcs[core]++;
        switch (frame->esr & 0xffff) {
        case DO_CHANGE: change(frame); break;
        case DO_MOVE_SP: frame->sp -= SP_MOVE; break;
        case DO_JUMP: frame->elr = frame->x[0]; break;
        case DO_LEAVE_EL0:
            PIBOOT_CHECK_EQ(frame->vector, 8);
            PIBOOT_CHECK_EQ(frame->sp, el0_sp[core]);
            frame->sp = frame->x[19];
            frame->elr = frame->x[30];
            frame->spsr = (frame->spsr & NZCV_BITS) | UINT64_C(0x3c5);
            break;
        default: break;
        }
    }
    if (frame->vector < 4 || frame->vector >= 8) {
        WRITE_SYSREG(sp_el0, 0x6b6b); // the frame has it
    }
    trash();
}

// Ends a spin; an interrupt that comes elsewhere only starts the timer again.
static void on_irq(struct piboot_frame *frame) {
    irqs[piboot_core_id()]++;
    WRITE_SYSREG(cntp_tval_el0, TICKS);
    if (frame->elr == (uintptr_t)at_spin) {
        frame->elr += 4;
    }
    trash();
}

// A value for each register of each round, and never twice the same.
static uint64_t pattern(uint64_t round, uint64_t n) {
    uint64_t value = (round << 8 | n) * UINT64_C(0x9e3779b97f4a7c15);
    return value ^ value >> 29;
}

static void fill(struct state *state, uint64_t round) {
    for (uint32_t n = 0; n < 31; n++) {
        state->x[n] = pattern(round, n);
    }
    for (uint32_t n = 0; n < 32; n++) {
        state->q[n][0] = pattern(round, 64 + n);
        state->q[n][1] = pattern(round, 96 + n);
    }
    state->nzcv = pattern(round, 32) & NZCV_BITS;
    state->fpsr = pattern(round, 33) & FPSR_BITS;
    state->fpcr = pattern(round, 34) & FPCR_BITS;
}

static void check(const struct state *state, uint64_t round) {
    for (uint32_t n = 0; n < 31; n++) {
        PIBOOT_CHECK_EQ(state->x[n], pattern(round, n));
    }
    for (uint32_t n = 0; n < 32; n++) {
        PIBOOT_CHECK_EQ(state->q[n][0], pattern(round, 64 + n));
        PIBOOT_CHECK_EQ(state->q[n][1], pattern(round, 96 + n));
    }
    PIBOOT_CHECK_EQ(state->nzcv, pattern(round, 32) & NZCV_BITS);
    PIBOOT_CHECK_EQ(state->fpsr, pattern(round, 33) & FPSR_BITS);
    PIBOOT_CHECK_EQ(state->fpcr, pattern(round, 34) & FPCR_BITS);
}

static void check_changed(const struct state *state, uint64_t round) {
    for (uint32_t n = 0; n < 31; n++) {
        PIBOOT_CHECK_EQ(state->x[n], CHANGED(pattern(round, n)));
    }
    PIBOOT_CHECK_EQ(state->nzcv, (pattern(round, 32) & NZCV_BITS) ^ NZCV_BITS);
#if PIBOOT_FRAME_FP
    for (uint32_t n = 0; n < 32; n++) {
        PIBOOT_CHECK_EQ(state->q[n][0], CHANGED(pattern(round, 64 + n)));
        PIBOOT_CHECK_EQ(state->q[n][1], CHANGED(pattern(round, 96 + n)));
    }
    PIBOOT_CHECK_EQ(state->fpsr, (pattern(round, 33) & FPSR_BITS) ^ FPSR_BITS);
    PIBOOT_CHECK_EQ(state->fpcr, (pattern(round, 34) & FPCR_BITS) ^ FPCR_BITS);
#endif
}

static void kept(struct state *state, void (*exchange)(struct state *), uint64_t rounds) {
    for (uint64_t round = 0; round < rounds; round++) {
        fill(state, round);
        exchange(state);
        check(state, round);
    }
}

static void test(uint32_t core) {
    struct state *state = &arenas[core].state;

    kept(state, exchange_svc, ROUNDS);
    PIBOOT_CHECK_EQ(svcs[core], ROUNDS);
    kept(state, exchange_hvc, ROUNDS);
    PIBOOT_CHECK_EQ(svcs[core], 2 * ROUNDS);
    kept(state, exchange_skip, 10);
    PIBOOT_CHECK_EQ(skipped[core], 10);

    // Interrupts come at any time from here on: in the spin, and while registers are loaded, stored and compared.
    TIMER_ROUTE(core) = TIMER_IS_IRQ;
    WRITE_SYSREG(cntp_tval_el0, TICKS);
    WRITE_SYSREG(cntp_ctl_el0, 1);
    __asm__ volatile("msr daifclr, #2" : : : "memory");
    kept(state, exchange_spin, ROUNDS);
    PIBOOT_CHECK(irqs[core] >= ROUNDS);
    kept(state, exchange_svc, ROUNDS);
    __asm__ volatile("msr daifset, #2" : : : "memory");
    WRITE_SYSREG(cntp_ctl_el0, 0);
    PIBOOT_CHECK_EQ(READ_SYSREG(tpidrro_el0), 0); // by SVC, HVC and IRQ; EL0 could read it

    // What a handler changes.
    for (uint64_t round = 0; round < 10; round++) {
        fill(state, round);
        exchange_change(state);
        check_changed(state, round);
    }
    PIBOOT_CHECK_EQ(move_sp(), SP_MOVE);
    PIBOOT_CHECK_EQ(jump(), 1);

    // On SP_EL0, at EL1 and at EL0. With the MMU nothing is mapped for EL0.
    uint64_t sp = (uintptr_t)&other_stacks[core][32];
    PIBOOT_CHECK_EQ(at_el1t(sp, 100), 0);
    PIBOOT_CHECK_EQ(from_el1t[core], 100);
#if !PIBOOT_MMU
    el0_sp[core] = sp + 8; // at EL0 it may be anything
    PIBOOT_CHECK_EQ(at_el0(sp + 8, 100, 0x3c0), 0);
    PIBOOT_CHECK_EQ(from_el0[core], 101);
#endif
}

static void alive(uint32_t core) { (void)core; }

static void running(uint32_t core) {
    test(core);
    end_when_all_are_done(core, done);
}

PIBOOT_ALIVE(alive);
PIBOOT_RUNNING(running);
PIBOOT_SYNC(on_sync);
PIBOOT_IRQ(on_irq);
PIBOOT_CONSOLE(piboot_test_putc);

static void hook(const char *message, const struct piboot_frame *frame) {
    (void)message;
    (void)frame;
    piboot_test_exit(2);
}
PIBOOT_PANIC(hook);
