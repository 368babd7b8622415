/* SPDX-License-Identifier: MIT */
/*
 * The kernel that the hostile machine runs: what PiBoot promises, checked from inside on every core, then an exit with
 * status 0. Built with each setting of PiBoot's options, and with
 *   OWN_MMU     core 0's alive(0) turns its own MMU and caches on, so that PiBoot's wake-up runs cached on the
 *               waker and uncached on the woken core; with LOSES_CORE it is core 1, which calls the lost core
 *   NOT_MODELLED  alive executes an instruction that the machine does not know
 *   LOSES_CORE  core 2 never answers (ways lost2 and late2): it must be reported and stay out
 */
#include "piboot.h"

#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition))                                                                          \
            fail(__LINE__);                                                                        \
    } while (0)

#ifndef OWN_MMU
#define OWN_MMU 0
#endif
#ifndef LOSES_CORE
#define LOSES_CORE 0
#endif

/* The end of the heap, and of what PiBoot cleans behind a loader whose caches are on: a small machine. */
__asm__(".globl __heap_end\n\t.set __heap_end, " PIBOOT_TEXT(PIBOOT_KERNEL_BASE) " + 0x100000");

/* A physical address as the kernel sees it. */
#define AT(address) (PIBOOT_KERNEL_BASE + UINT64_C(address))

static uint64_t semihost(uint64_t call, uint64_t argument) {
    register uint64_t x0 __asm__("x0") = call;
    register uint64_t x1 __asm__("x1") = argument;
    __asm__ volatile("hlt #0xf000" : "+r"(x0) : "r"(x1) : "memory");
    return x0;
}

__attribute__((noreturn)) static void leave(uint64_t status) {
    volatile uint64_t block[2];
    block[0] = 0x20026;
    block[1] = status;
    semihost(0x18, (uint64_t)block);
    for (;;)
        ;
}

__attribute__((noreturn)) static void fail(uint64_t line) { leave(line); }

#define READ(name)                                                                                 \
    __extension__({                                                                                \
        uint64_t value_;                                                                           \
        __asm__ volatile("mrs %0, " #name : "=r"(value_));                                         \
        value_;                                                                                    \
    })

static volatile uint64_t zeros[331];                      /* .bss */
static volatile uint64_t numbers[4] = {3, 1, 4, 0x15926}; /* .data */
static volatile uint64_t *const pointers[2] = {&numbers[3], &zeros[0]};
static volatile uint64_t chain[32] __attribute__((aligned(64))) = {0x5eed};
static volatile uint64_t ran[4][8] __attribute__((aligned(64)));
static volatile uint64_t constructed;
static volatile uint64_t lost;

__attribute__((constructor)) static void construct(void) { constructed += 1 + zeros[7]; }

/* Cores with caches on and cores with the MMU off meet in memory. */
static void publish(const volatile void *p) {
    if (OWN_MMU)
        __asm__ volatile("dc civac, %0\n\tdsb sy" : : "r"(p) : "memory");
    else
        __asm__ volatile("" : : : "memory");
}

static void look(const volatile void *p) {
    if (OWN_MMU)
        __asm__ volatile("dmb sy\n\tdc civac, %0\n\tdsb sy" : : "r"(p) : "memory");
}

static void check_state(uint32_t core) {
    uint64_t sp, here = 0x123456789abcdef0, back;
    __asm__ volatile("mov %0, sp" : "=r"(sp));
    CHECK(READ(CurrentEL) == 1 << 2);
    CHECK(READ(DAIF) == 0xb << 6);
    CHECK(READ(SPSel) == 1);
    CHECK(sp % 16 == 0);
    CHECK((READ(MPIDR_EL1) & 0xff) == core);
    CHECK((READ(MIDR_EL1) & 0xfff0) == 0xd030);
    CHECK(READ(SCTLR_EL1) == (PIBOOT_MMU ? 0x30d8180d : 0x30d01808));
    CHECK((READ(CPACR_EL1) >> 20 & 3) == 3);
    CHECK(READ(CNTFRQ_EL0) == 19200000);
    CHECK(READ(CNTPCT_EL0) - READ(CNTVCT_EL0) + 1000000 < 2000000);
    CHECK(READ(MDSCR_EL1) == 0);
    CHECK(READ(FPCR) == 0);
    __asm__ volatile(".arch_extension fp\n\t"
                     ".arch_extension simd\n\t"
                     "fmov d9, %1\n\t"
                     "mov v9.d[1], %1\n\t"
                     "str q9, [sp, #-16]!\n\t"
                     "ldr %0, [sp, #8]\n\t"
                     "add sp, sp, #16"
                     : "=&r"(back)
                     : "r"(here)
                     : "memory");
    CHECK(back == here);
}

#if OWN_MMU
static uint64_t level1[512] __attribute__((aligned(4096)));
static uint64_t level2[512] __attribute__((aligned(4096)));

extern char _start[], __piboot_image_end[];

static void own_mmu(void) {
    /* Whatever was written past the caches, old lines of it may be in them (piboot.h, LIMITS). */
    for (const char *line = _start; line < __piboot_image_end; line += 64)
        __asm__ volatile("dc civac, %0" : : "r"(line) : "memory");
    for (uint64_t i = 0; i < 512; i++)
        level2[i] =
            i << 21 | (i < 504 ? 3 << 8 | 1 << 10 | 1 : (uint64_t)3 << 53 | 1 << 10 | 1 << 2 | 1);
    level1[0] = (uint64_t)level2 | 3;
    level1[1] = (uint64_t)1 << 30 | (uint64_t)3 << 53 | 1 << 10 | 1 << 2 | 1;
    for (uint64_t i = 2; i < 512; i++)
        level1[i] = 0;
    __asm__ volatile("msr mair_el1, %0\n\t"
                     "msr tcr_el1, %1\n\t"
                     "msr ttbr0_el1, %2\n\t"
                     "dsb sy\n\t"
                     "isb\n\t"
                     "tlbi vmalle1\n\t"
                     "dsb sy\n\t"
                     "isb\n\t"
                     "msr sctlr_el1, %3\n\t"
                     "isb"
                     :
                     : "r"((uint64_t)0x00ff),
                       "r"((uint64_t)2 << 32 | 1 << 23 | 3 << 12 | 1 << 10 | 1 << 8 | 25),
                       "r"(level1), "r"((uint64_t)0x30d0180d)
                     : "memory");
}
#endif

#if PIBOOT_MMU
/* Mapped how: AT answers, without a fault. The first one may be the first access of its core's kernel. */
static int readable(uint64_t va, int write) {
    if (write)
        __asm__ volatile("at s1e1w, %0\n\tisb" : : "r"(va) : "memory");
    else
        __asm__ volatile("at s1e1r, %0\n\tisb" : : "r"(va) : "memory");
    return !(READ(PAR_EL1) & 1);
}

static volatile uint32_t counter;

static void count(void) {
    uint32_t value, failed;
    do
        __asm__ volatile("ldaxr %w0, [%2]\n\t"
                         "add %w0, %w0, #1\n\t"
                         "stlxr %w1, %w0, [%2]"
                         : "=&r"(value), "=&r"(failed)
                         : "r"(&counter)
                         : "memory");
    while (failed);
}

extern char __piboot_image_end[];

/* Two entries in each line of the tables that no other check reads: what the walks find is what PiBoot stored. */
static void check_tables(uint32_t core) {
    uint64_t end = ((uint64_t)__piboot_image_end + 0x1fffff) & ~(uint64_t)0x1fffff;
    for (uint64_t at = (uint64_t)__piboot_image_end + core * 0x1000; at < end; at += 0x4000)
        CHECK(readable(at, 1) && (READ(PAR_EL1) & 0xfffffffff000) == at - PIBOOT_KERNEL_BASE);
    for (uint64_t at = end + core * 0x200000; at < PIBOOT_KERNEL_BASE + 0x3f000000; at += 0x800000)
        CHECK(readable(at, 1) && (READ(PAR_EL1) & 0xfffffffff000) == at - PIBOOT_KERNEL_BASE);
}

static void check_map(void) {
    typedef volatile uint64_t __attribute__((aligned(1))) unaligned;
    unaligned *odd = (unaligned *)((volatile char *)&zeros[0] + 3);
    CHECK(!readable(0, 0) && !readable(0, 1));
    CHECK(readable((uint64_t)&check_map, 0) && !readable((uint64_t)&check_map, 1));
    CHECK(readable((uint64_t)numbers, 1) && readable((uint64_t)pointers, 0) &&
          !readable((uint64_t)pointers, 1));
    CHECK(readable(AT(0x3f201000), 1) && readable(AT(0x40000000), 1) &&
          !readable(AT(0x80000000), 0));
#if PIBOOT_KERNEL_BASE != 0
    CHECK(!readable(AT(0), 0) && !readable(AT(0), 1));
    CHECK(!readable(0x80000, 0) && !readable((uint64_t)numbers - PIBOOT_KERNEL_BASE, 0) &&
          !readable(0x40000000, 0));
    CHECK(READ(TTBR0_EL1) == 0);
#endif
    CHECK(*odd == 0);
}
#endif

#if PIBOOT_EXCEPTIONS
static volatile uint64_t expected_class[4][8];

static volatile uint64_t expected_vector[4][8];

/* From EL0 back to where x21 says, at EL1h. */
static void come_back(struct piboot_frame *frame) {
    frame->elr = frame->x[21];
    frame->spsr = 0xf << 6 | 5;
    frame->sp = (uint64_t)(frame + 1);
}

static void sync(struct piboot_frame *frame) {
    uint32_t core = piboot_core_id();
    CHECK(frame->esr >> 26 == expected_class[core][0]);
    CHECK(frame->x[20] == 0x20202020 && frame->vector == expected_vector[core][0]);
    frame->x[20]++;
    if (frame->vector >= 8)
        come_back(frame);
    else if (frame->esr >> 26 != 0x15 && frame->esr >> 26 != 0x16)
        frame->elr += 4;
}
PIBOOT_SYNC(sync);

static void interrupted(struct piboot_frame *frame) {
    CHECK(frame->x[20] == 0x20202020 && frame->vector == expected_vector[piboot_core_id()][0]);
    __asm__ volatile("msr cntp_ctl_el0, xzr\n\tisb" : : : "memory");
    frame->x[20]++;
    frame->spsr |= 0xf << 6;
    if (frame->vector >= 8)
        come_back(frame);
}
PIBOOT_IRQ(interrupted);
PIBOOT_FIQ(interrupted);
PIBOOT_SERROR(interrupted);

#if PIBOOT_MMU
#define FAIL_TRANSLATION readable(0, 0) /* PAR_EL1 holds a failure */
#else
#define FAIL_TRANSLATION (void)0
#endif

#define RAISE(class_, instruction) RAISE_AT(4, class_, instruction)
#define RAISE_AT(vector_, class_, instruction)                                                     \
    do {                                                                                           \
        register uint64_t x20 __asm__("x20") = 0x20202020;                                         \
        expected_class[core][0] = class_;                                                          \
        expected_vector[core][0] = vector_;                                                        \
        FAIL_TRANSLATION;                                                                          \
        __asm__ volatile(instruction : "+r"(x20) : "r"(sp_el0) : "x21", "x22", "memory");          \
        CHECK(x20 == 0x20202021);                                                                  \
    } while (0)

/* An exception return to wherever spsr says, where an interrupt that prepare made is pending, or the fetch faults. */
#define ENTER(vector_, class_, prepare, spsr_)                                                     \
    do {                                                                                           \
        sp_el0 = spsr_;                                                                            \
        prepare;                                                                                   \
        RAISE_AT(vector_, class_,                                                                  \
                 "msr spsr_el1, %1\n\tadr x21, 1f\n\tmsr elr_el1, x21\n\tmov x22, sp\n\tmsr "      \
                 "sp_el0, x22\n\teret\n"                                                           \
                 "1:\tmsr spsel, #1");                                                             \
    } while (0)
#define START_TIMER                                                                                \
    __asm__ volatile("dsb sy\n\tmsr cntp_cval_el0, xzr\n\tmsr cntp_ctl_el0, %0\n\tisb"             \
                     :                                                                             \
                     : "r"((uint64_t)1)                                                            \
                     : "memory")
#define ABORT_STORE __asm__ volatile("str wzr, [%0]\n\tdsb sy" : : "r"(AT(0x40100000)) : "memory")

static void check_exceptions(uint32_t core) {
    uint64_t sp_el0 = (uint64_t)&expected_class[core][8];
    volatile uint32_t *route = (volatile uint32_t *)(uintptr_t)(AT(0x40000040) + 4 * core);
    RAISE(0x15, "svc #1");
    RAISE(0x3c, "brk #2");
    RAISE(0x00, ".inst 0");
    if (piboot_entry_el() > 1) {
        RAISE(0x16, "hvc #3");
        RAISE(0x17, "smc #4");
    }
    RAISE_AT(0, 0x15, "msr sp_el0, %1\n\tmsr spsel, #0\n\tsvc #5\n\tmsr spsel, #1");
    for (unsigned from = 0; from < (PIBOOT_MMU ? 16 : 8); from += 4) {
        static const uint64_t state[4] = {4, 5, 0, 0x10}; /* EL1t, EL1h, EL0, EL0 in AArch32 */
        uint64_t spsr = state[from / 4];
        if (from >= 8)
            ENTER(from, 0x20, (void)0, 0xf << 6 | spsr);
        *route = 2;
        ENTER(from + 1, 0, START_TIMER, 0xd << 6 | spsr);
        *route = 0x20;
        ENTER(from + 2, 0, START_TIMER, 0xe << 6 | spsr);
        *route = 0;
        ENTER(from + 3, 0, ABORT_STORE, 0xb << 6 | spsr);
    }
}
#endif

/* Copies and fills with no two ends aligned alike: with the MMU off an unaligned access is a fault. */
void *memmove(void *to, const void *from, __SIZE_TYPE__ size);
void *memset(void *to, int byte, __SIZE_TYPE__ size);

static void check_memory(void) {
    static volatile unsigned char bytes[64];
    static const unsigned char text[24] = "unaligned and aligned.";
    for (unsigned at = 0; at < 9; at++) {
        memset((unsigned char *)bytes + at, 0xa5, sizeof text + 2);
        memmove((unsigned char *)bytes + at + 1, text, sizeof text);
        CHECK(bytes[at] == 0xa5 && bytes[at + 1 + sizeof text] == 0xa5);
        for (unsigned i = 0; i < sizeof text; i++)
            CHECK(bytes[at + 1 + i] == text[i]);
        memmove((unsigned char *)bytes + at + 8, (unsigned char *)bytes + at,
                8); /* just behind itself */
        for (unsigned i = 0; i < 8; i++)
            CHECK(bytes[at + 8 + i] == bytes[at + i]);
    }
}

static void alive(uint32_t core) {
#if PIBOOT_KERNEL_BASE != 0
    for (uint64_t low = 0x80000; low < 0x82000;
         low += 0x800) /* where PiBoot was before the MMU was on */
        CHECK(!readable(low, 0));
#endif
    check_state(core);
#ifdef NOT_MODELLED
    __asm__ volatile(".arch_extension simd\n\tld2 {v0.2d, v1.2d}, [%0]" : : "r"(chain) : "memory");
#endif
    if (core == 0)
        check_memory();
    look(chain);
    if (core == 0) {
        for (unsigned i = 0; i < sizeof zeros / sizeof zeros[0]; i++)
            CHECK(zeros[i] == 0);
        CHECK(constructed == 1);
        CHECK(chain[0] == 0x5eed);
    }
    CHECK(numbers[0] == 3 && numbers[1] == 1 && numbers[2] == 4 && numbers[3] == 0x15926);
    CHECK(*pointers[0] == 0x15926 && *pointers[1] == 0);
    uint32_t previous = LOSES_CORE && core == 3 ? 1 : core - 1;
    CHECK(core == 0 || chain[1] == previous + 100);
    CHECK(core == 0 || chain[2 + previous] == 0x1000 + previous);
    CHECK(chain[2 + core] == 0);
#if OWN_MMU
    if (core == LOSES_CORE)
        own_mmu();
#endif
    chain[2 + core] = 0x1000 + core;
    chain[1] = core + 100;
    publish(chain);
    if (core != 0)
        __asm__ volatile("dsb sy\n\tsev" : : : "memory"); /* for whoever waits in running() */
#if PIBOOT_EXCEPTIONS
    check_exceptions(core);
#endif
#if PIBOOT_MMU
    check_map();
    check_tables(core);
#endif
}

#if PIBOOT_MULTICORE
/* Each core waits, with no barrier and no event of its own, for the one that PiBoot let in for it. */
static void wait_for(const volatile uint64_t *p) {
    for (;;) {
        look(p);
        if (*p)
            return;
        __asm__ volatile("wfe" : : : "memory");
    }
}
#endif

#if LOSES_CORE
__attribute__((used)) static const char kernel_loses_core[] =
    "tells the machine which ways in to take";
#endif

/* The core that tells the end: 0, or 1 where core 0 faults to see whether it parks. */
#define FINISHER (PIBOOT_MULTICORE && !PIBOOT_EXCEPTIONS)

static const char goodbye[] = "goodbye";
#define LOW_IN_GUARD ((uint64_t)piboot_stacks + 3 * (0x2000 + PIBOOT_STACK_SIZE) + 512)

#if PIBOOT_MMU && PIBOOT_EXCEPTIONS
/* Core 3: each vector, entered by a branch, with an SP whose frame would begin in core 2's stack and end in the guard of
   this one. The hook comes back. */
static volatile uint64_t vector, frame_and_stack[2];
void back_from_vector(void);

__attribute__((noinline)) static void without_stack(void) {
    register uint64_t x1 __asm__("x1") = (uint64_t)frame_and_stack, x2 __asm__("x2") = LOW_IN_GUARD;
    register uint64_t x3 __asm__("x3") = READ(VBAR_EL1) + 0x80 * vector;
    __asm__ volatile("mov x0, sp\n\t"
                     "stp x29, x0, [x1]\n\t"
                     "mov sp, x2\n\t"
                     "br x3\n\t"
                     ".globl back_from_vector\n"
                     "back_from_vector:\n\t"
                     "ldp x29, x0, [x0]\n\t"
                     "mov sp, x0"
                     : "+r"(x1), "+r"(x2), "+r"(x3)
                     :
                     : "x0", "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12", "x13", "x14",
                       "x15", "x16", "x17", "x18", "x19", "x20", "x21", "x22", "x23", "x24", "x25",
                       "x26", "x27", "x28", "x30", "memory", "cc");
}
#endif

static void running(uint32_t core) {
#if PIBOOT_MULTICORE
    if (core < 3)
        wait_for(&chain[2 + (LOSES_CORE && core == 1 ? 3 : core + 1)]);
#endif
#if PIBOOT_MMU
    for (unsigned i = 0; i < 10; i++)
        count();
#endif
    ran[core][0] = 1;
    publish(&ran[core]);
    __asm__ volatile("dsb sy\n\tsev" : : : "memory");
    if (core == 1 - FINISHER) {
        if (PIBOOT_EXCEPTIONS)
            return;
        __asm__ volatile("brk #1"); /* this core wrote the vectors that park it */
    }
    if (core == 2)
        piboot_park();
#if PIBOOT_MMU && PIBOOT_EXCEPTIONS
    if (core == 3) {
        for (vector = 0; vector < 16; vector++)
            without_stack();
        __asm__ volatile("mov sp, %0\n\tsvc #7" : : "r"(LOW_IN_GUARD) : "memory");
    }
#endif
    if (core == 3 && PIBOOT_EXCEPTIONS) {
        __asm__ volatile("msr cpacr_el1, xzr\n\tisb" : : : "memory");
        piboot_panic(goodbye);
    }
    if (core == 3)
        __asm__ volatile("brk #1");
#if PIBOOT_MULTICORE
    for (uint32_t other = 0; other < 4; other++) {
        if (LOSES_CORE && other == 2)
            continue;
        wait_for(&ran[other][0]);
        __asm__ volatile("dmb sy" : : : "memory");
        look(chain);
        CHECK(chain[2 + other] == 0x1000 + other);
    }
#endif
#if PIBOOT_MMU && PIBOOT_MULTICORE
    CHECK(counter == (LOSES_CORE ? 30 : 40));
#endif
#if LOSES_CORE
    /* The late core has its time: then it sleeps, in PiBoot's code, and was never alive. */
    look(&lost);
    CHECK(lost == 1);
    for (unsigned i = 0; i < 25000; i++)
        READ(CNTVCT_EL0);
    look(chain);
    look(&ran[2]);
    CHECK(chain[2 + 2] == 0 && ran[2][0] == 0);
#endif
    /*
     * Whoever has nothing to do sleeps. A core may just be awake after an event, or still be on its way to sleep: some
     * looks. This loop may be inlined in piboot_running; the look at the counter says that it does not spin (R15).
     */
    unsigned asleep = 0, idle = LOSES_CORE ? 10 : 15 - (1 << core);
    for (unsigned i = 0; asleep < 3 && i < 20000; i++) {
        asleep += (semihost(0x101, 0) & idle) == idle;
        READ(CNTVCT_EL0);
    }
    CHECK(asleep == 3);
    leave(0);
}

static void core_lost(uint32_t core) {
    CHECK(LOSES_CORE && core == 2 && piboot_core_id() == 1);
#if OWN_MMU
    /* Until it comes, and sleeps again: all the while our cache holds the word that it no longer shall obey. */
    extern const volatile uint64_t piboot_calls[4][8];
    const volatile uint64_t *word = piboot_calls[2];
    for (unsigned asleep = 1, i = 0; i < 6000; i++) {
        unsigned was = asleep;
        (void)*word;
        READ(CNTVCT_EL0);
        asleep = semihost(0x101, 0) >> 2 & 1;
        if (asleep && !was)
            break;
    }
#endif
    lost++;
    publish(&lost);
}

static void panic(const char *message, const struct piboot_frame *frame) {
    if (message == goodbye && frame == PIBOOT_NULL && piboot_core_id() == 3) {
        __asm__ volatile(".arch_extension fp\n\tfmov d9, xzr"); /* a hook may use FP */
        return;
    }
#if PIBOOT_MMU && PIBOOT_EXCEPTIONS
    if (frame != PIBOOT_NULL && frame->sp == LOW_IN_GUARD && message[0] == 's') {
        if (vector < 16 && frame->vector == vector) {
            piboot_panics.count[3] = 0; /* it may panic again */
            __asm__ volatile("mov x0, %0\n\tb back_from_vector"
                             :
                             : "r"(frame_and_stack)
                             : "x0", "memory");
        }
        if (vector == 16 && frame->vector == 4)
            return;
    }
#endif
    semihost(4, (uint64_t)message);
    leave(999);
}

PIBOOT_ALIVE(alive);
PIBOOT_RUNNING(running);
PIBOOT_CORE_LOST(core_lost);
PIBOOT_PANIC(panic);
