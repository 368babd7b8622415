// SPDX-License-Identifier: MIT
//
// Lazy FP: with PIBOOT_FRAME_FP=0 the kernel has FP off for EL0 (CPACR_EL1.FPEN 1), and gets the first use of it by a thread
// as PIBOOT_SYNC, with exception class 0x07. It keeps the registers of who had them, gives them to who wants them, and the
// instruction is executed then. Two threads on each core; a thread that uses no FP costs no FP registers.
#include "../cores.h"

#define TRAPPED 0x07 // ESR_EL1.EC
#define SVC 0x15
#define EL0 UINT64_C(0x3c0)
#define FP_OFF_AT_EL0 (UINT64_C(1) << 20)
#define FP_ON (UINT64_C(3) << 20)

// A value into d0, the other thread's turn, and it is there still.
__asm__(".arch_extension fp\n"
        "thread: fmov d0, x19\n"
        "svc #0\n"
        "second: fmov x20, d0\n"
        "svc #1\n"
        "b .\n");
extern const char thread[], second[];

struct state {
    uint32_t current, traps, finished;
    int owner; // of the FP registers, or -1
    struct piboot_frame frame[2];
    uint64_t q0[2][2];
};
static struct state states[4];
static volatile uint32_t done[4];

static uint64_t value(uint32_t core, uint32_t n) { return (core + 1) * 0x1000100 + n; }

// Of q0, which stands for all of them here.
// NOLINTNEXTLINE(readability-non-const-parameter): the assembly writes there
static void keep(uint64_t *to) {
    __asm__ volatile(".arch_extension fp\n\t.arch_extension simd\n\tstr q0, [%0]"
                     :
                     : "r"(to)
                     : "memory");
}
static void give(const uint64_t *from) {
    __asm__ volatile(".arch_extension fp\n\t.arch_extension simd\n\tldr q0, [%0]"
                     :
                     : "r"(from)
                     : "memory");
}

// Where EL0 finds a function of the kernel's. At a high address: what it reads by TTBR0, at its physical address.
static uint64_t at_el0(const char *function) { return (uint64_t)function - PIBOOT_KERNEL_BASE; }

#if PIBOOT_KERNEL_BASE != 0
#define EL0_READS (UINT64_C(3) << 6) // AP: and nobody writes
#define BLOCK                                                                                      \
    (UINT64_C(1) << 53 | 1 << 10 | 3 << 8 | EL0_READS | 1 << 2 |                                   \
     1) // PXN, AF, inner shareable, Normal
static uint64_t level1[512] __attribute__((__aligned__(4096))) = {BLOCK};

static void map_el0(void) {
    __asm__ volatile("dsb ishst" : : : "memory"); // the table, before the walks
    WRITE_SYSREG(ttbr0_el1, (uint64_t)level1 - PIBOOT_KERNEL_BASE);
    WRITE_SYSREG(tcr_el1, READ_SYSREG(tcr_el1) & ~(UINT64_C(1) << 7)); // EPD0
}
#else
static void map_el0(void) {}
#endif

static void on_sync(struct piboot_frame *frame) {
    const uint32_t core = piboot_core_id();
    struct state *s = &states[core];
    PIBOOT_CHECK_EQ(frame->vector, 8);
    if (frame->esr >> 26 == TRAPPED) {
        PIBOOT_CHECK_EQ(frame->elr, at_el0(s->traps < 2 ? thread : second));
        PIBOOT_CHECK(s->owner != (int)s->current);
        WRITE_SYSREG(cpacr_el1, FP_ON);
        if (s->owner >= 0) {
            keep(s->q0[s->owner]);
        }
        give(s->q0[s->current]);
        s->owner = (int)s->current;
        s->traps++;
        return; // to the same instruction
    }
    PIBOOT_CHECK_EQ(frame->esr >> 26, SVC);
    if ((frame->esr & 0xffff) == 1) {
        PIBOOT_CHECK_EQ(frame->x[20], value(core, s->current));
        s->finished++;
        if (s->finished == 2) {
            PIBOOT_CHECK_EQ(s->traps, 4); // each thread twice
            end_when_all_are_done(core, done);
        }
    }
    s->frame[s->current] = *frame;
    s->current ^= 1;
    WRITE_SYSREG(cpacr_el1, FP_OFF_AT_EL0);
    piboot_resume(&s->frame[s->current]);
}

static void alive(uint32_t core) {
    struct state *s = &states[core];
    s->owner = -1;
    for (uint32_t n = 0; n < 2; n++) {
        s->frame[n].x[19] = value(core, n);
        s->frame[n].elr = at_el0(thread);
        s->frame[n].spsr = EL0;
    }
    map_el0();
}

static void running(uint32_t core) {
    WRITE_SYSREG(cpacr_el1, FP_OFF_AT_EL0);
    piboot_resume(&states[core].frame[0]);
}

PIBOOT_ALIVE(alive);
PIBOOT_RUNNING(running);
PIBOOT_SYNC(on_sync);
PIBOOT_CONSOLE(piboot_test_putc);

static void hook(const char *message, const struct piboot_frame *frame) {
    (void)message;
    (void)frame;
    piboot_test_exit(2);
}
PIBOOT_PANIC(hook);
