// SPDX-License-Identifier: MIT
//
// Makes core 0 and then core 3 fault as the command line says (-append "udf"), and compares each report, letter
// by letter, with the one that this fault must give there. Core 1 looks on: a core that panicked must not go on,
// and the others must.
//
//   -append "<case>"      cores 0 and 3, in running()
//   -append "<case> <n>"  core n alone, in alive()
#include "../cores.h"
#include "provoke.h"

#define LOOKER_ON 1u
#define ALL 4u
#define SYS_GET_CMDLINE 0x15 // semihosting

// SPSR: what the faulting code runs with. Some flags are set so that the report shows them.
#define FLAGS (UINT64_C(10) << 28)
#define MASKED (UINT64_C(15) << 6)
#define NO_IRQ_MASK (UINT64_C(13) << 6)
#define NO_FIQ_MASK (UINT64_C(14) << 6)
#define NO_SERROR_MASK (UINT64_C(11) << 6)
#define ILLEGAL (UINT64_C(1) << 20)
#define EL0 UINT64_C(0)
#define EL1T UINT64_C(4)
#define EL1H UINT64_C(5)

// ESR: the class, IL (a 32-bit instruction), and what is special about it.
#define ESR(class, rest) ((uint64_t)(class) << 26 | UINT64_C(1) << 25 | (rest))
#define WRITE 0x40u
#define PATIENCE_MS 20000u // the machine may be busy

// BCM2836 core-local interrupts: the pending bit of the physical timer, mailbox 0.
#define PENDING_IRQ(core) (*(volatile uint32_t *)(piboot_local_peripherals() + 0x60 + 4 * (core)))
#define PENDING_FIQ(core) (*(volatile uint32_t *)(piboot_local_peripherals() + 0x70 + 4 * (core)))
#define MAILBOX_IS_IRQ(core)                                                                       \
    (*(volatile uint32_t *)(piboot_local_peripherals() + 0x50 + 4 * (core)))
#define MAILBOX_SET(core) (*(volatile uint32_t *)(piboot_local_peripherals() + 0x80 + 16 * (core)))
#define MAILBOX_CLEAR(core)                                                                        \
    (*(volatile uint32_t *)(piboot_local_peripherals() + 0xc0 + 16 * (core)))
#define TIMER_IS_FIQ 0x20u
#define TIMER_PENDING 0x02u

// What ELR is: the place, the instruction behind it, or what x1 points at.
enum where { AT, BEHIND, AT_X1 };

struct fault {
    const char *name;
    const char *words; // the report's first line, behind the core, up to the address
    int has_far;       // x1 ends the words, and is FAR
    const char *place; // what faults, in provoke.S
    const void *x1;
    uint64_t pstate;
    enum where elr;
    uint32_t vector;
    uint64_t esr;
    void (*prepare)(uint32_t core);
    void (*run)(uint32_t core); // instead of provoke()
    void (*judge)(uint32_t core, const char *message, const struct piboot_frame *frame);
    int no_hook; // the hook is not to be called: core 1 judges
};

#define ADDRESS(value) ((const void *)(uintptr_t)(value))
#define TEXT_SIZE 4096

static const struct fault *fault;
static uint32_t lone_core = ALL;

static volatile uint32_t turn[4], judged[4], hook_calls[4], asked, answered;
static uint64_t sp_before[4];
static uint64_t other_stacks[5][64] __attribute__((__aligned__(16))); // SP_EL0, not used

static char printed[TEXT_SIZE];
static volatile uint32_t printed_length;
static uint32_t break_at[2]; // the console faults when so many characters are printed, if not 0
static char expected[TEXT_SIZE];
static uint32_t expected_length;

// ---- The report that is expected ----

static void expect(const char *text) {
    while (*text != '\0') {
        PIBOOT_CHECK(expected_length < TEXT_SIZE - 1);
        expected[expected_length++] = *text++;
    }
    expected[expected_length] = '\0';
}

static void expect_decimal(uint64_t value) {
    char digit[2] = {(char)('0' + value % 10), '\0'};
    if (value >= 10) {
        expect_decimal(value / 10);
    }
    expect(digit);
}

static void expect_hex(uint64_t value) {
    char digit[2] = {0, 0};
    expect("0x");
    for (int shift = 60; shift >= 0; shift -= 4) {
        digit[0] = "0123456789abcdef"[value >> shift & 15];
        expect(digit);
    }
}

static void expect_first_line(uint32_t core, const char *words) {
    expect("\npiboot: panic on core ");
    expect_decimal(core);
    expect(": ");
    expect(words);
}

static void expect_frame(const struct piboot_frame *frame) {
    static const char *const vectors[16] = {
        "EL1t, synchronous", "EL1t, IRQ", "EL1t, FIQ", "EL1t, SError",
        "EL1h, synchronous", "EL1h, IRQ", "EL1h, FIQ", "EL1h, SError",
        "EL0, synchronous",  "EL0, IRQ",  "EL0, FIQ",  "EL0, SError",
    };
    expect("  vector ");
    expect_decimal(frame->vector);
    expect(" (");
    expect(vectors[frame->vector]);
    expect(")\n  ELR  ");
    expect_hex(frame->elr);
    expect("  SPSR ");
    expect_hex(frame->spsr);
    expect("  ESR  ");
    expect_hex(frame->esr);
    expect("\n  FAR  ");
    expect_hex(frame->far);
    expect("  SP   ");
    expect_hex(frame->sp);
    for (uint32_t n = 0; n < 31; n++) {
        expect(n % 3 == 0 ? "\n  x" : "  x");
        expect_decimal(n);
        expect(n < 10 ? "   " : "  ");
        expect_hex(frame->x[n]);
    }
    expect("\n");
}

static void compare_texts(void) {
    uint32_t n = 0;
    printed[printed_length] = '\0';
    while (printed[n] == expected[n] && printed[n] != '\0') {
        n++;
    }
    if (printed[n] != expected[n]) {
        piboot_test_puts("printed:");
        piboot_test_puts(printed);
        piboot_test_puts("\nexpected:");
        piboot_test_puts(expected);
        piboot_test_puts("\nthey differ from here on: ");
        piboot_test_puts(&printed[n]);
        piboot_test_puts("\n");
    }
    PIBOOT_CHECK_EQ(printed[n], expected[n]);
}

// The frame as the fault must have made it; as it is where the architecture leaves that open (FAR without an
// address, ESR at an interrupt).
static struct piboot_frame right;

static void expect_state(uint32_t core, const struct piboot_frame *frame) {
    right = *frame;
    for (uint32_t n = 0; n < 31; n++) {
        right.x[n] = PATTERN(n);
    }
    right.x[1] = (uintptr_t)fault->x1;
    right.sp = (fault->pstate & 15) == EL1H ? sp_before[core] : READ_SYSREG(sp_el0);
    right.elr =
        fault->elr == AT_X1 ? right.x[1] : (uintptr_t)fault->place + (fault->elr == AT ? 0 : 4);
    right.spsr = fault->pstate;
    right.esr = (fault->vector & 3) == 0 || (fault->vector & 3) == 3 ? fault->esr : frame->esr;
    right.vector = fault->vector;
    if (fault->has_far) {
        right.far = right.x[1];
    }
}

static void expect_cause(uint32_t core) {
    expect_first_line(core, fault->words);
    if (fault->has_far) {
        expect_hex(right.far);
    }
    expect(", at ");
    expect_hex(right.elr);
    expect("\n");
}

static void judge_fault(uint32_t core, const char *message, const struct piboot_frame *frame) {
    PIBOOT_CHECK(message != 0);
    PIBOOT_CHECK(frame != 0);
    expect_state(core, frame);
    expect_cause(core);
    expect_frame(&right);
    compare_texts();
}

// ---- Preparations ----

static void start_timer(uint32_t core, uint32_t route, const volatile uint32_t *pending) {
    uint64_t start = READ_SYSREG(cntpct_el0);
    TIMER_ROUTE(core) = route;
    WRITE_SYSREG(cntp_tval_el0, 0);
    WRITE_SYSREG(cntp_ctl_el0, 1);
    while ((*pending & TIMER_PENDING) == 0) {
        PIBOOT_CHECK(READ_SYSREG(cntpct_el0) - start < ticks_of_ms(PATIENCE_MS));
    }
}

// ESR and FAR are as an access to the guard left them: an IRQ changes neither, and is no overflow.
static void pend_irq(uint32_t core) {
    WRITE_SYSREG(esr_el1, ESR(0x25, 0x07));
    WRITE_SYSREG(far_el1,
                 (uintptr_t)piboot_stacks + core * (PIBOOT_STACK_SIZE + PIBOOT_STACK_GUARD));
    start_timer(core, TIMER_IS_IRQ, &PENDING_IRQ(core));
}

static void pend_fiq(uint32_t core) { start_timer(core, TIMER_IS_FIQ, &PENDING_FIQ(core)); }

#if !PIBOOT_MMU
static void pend_serror(uint32_t core) {
    (void)core;
    pend_virtual_serror();
}
#endif

static void turn_fp_off(uint32_t core) {
    (void)core;
    WRITE_SYSREG(cpacr_el1, 0);
}

#if PIBOOT_MMU
// A descriptor of level 2 for 0x60000000, found as the hardware finds it: TTBR0, level 1, level 2.
#define SPARE ADDRESS(0x60000000)
#define TO_TABLE UINT64_C(0xfffffffff000)

static void map_spare(uint64_t descriptor) {
    uint64_t *level1 = (uint64_t *)(READ_SYSREG(ttbr0_el1) & TO_TABLE);
    uint64_t *level2 = (uint64_t *)(level1[(uintptr_t)SPARE >> 30] & TO_TABLE);
    level2[(uintptr_t)SPARE >> 21 & 511] = descriptor;
    __asm__ volatile("dsb sy\n\ttlbi vmalle1\n\tdsb sy\n\tisb" : : : "memory");
}

#define BLOCK_AF UINT64_C(0x401) // Device memory, accessed
static void map_outside_ram(uint32_t core) {
    (void)core;
    map_spare(UINT64_C(0x80000000) | BLOCK_AF);
}
static void map_too_high(uint32_t core) {
    (void)core;
    map_spare(UINT64_C(1) << 44 | BLOCK_AF);
}
static void map_unaccessed(uint32_t core) {
    (void)core;
    map_spare(1);
}
static void map_table_outside_ram(uint32_t core) {
    (void)core;
    map_spare(UINT64_C(0x80000000) | 3);
}
#endif

// ---- Cases that are more than one instruction ----

static void run_panic(uint32_t core) {
    (void)core;
    piboot_panic("no fuel");
}

static void judge_panic(uint32_t core, const char *message, const struct piboot_frame *frame) {
    PIBOOT_CHECK(frame == 0);
    PIBOOT_CHECK(message[0] == 'n' && message[6] == 'l');
    expect_first_line(core, "no fuel\n");
    compare_texts();
}

// The console faults in the middle of a report: after 40 characters, and after 50 of the next one.
#define FIRST_BREAK 40u
#define SECOND_BREAK 90u

static void break_console(uint32_t core) {
    (void)core;
    break_at[0] = FIRST_BREAK;
}

static void break_console_twice(uint32_t core) {
    (void)core;
    break_at[0] = FIRST_BREAK;
    break_at[1] = SECOND_BREAK;
}

static void expect_broken_report(uint32_t core) {
    expect_first_line(core, fault->words);
    PIBOOT_CHECK(expected_length >= FIRST_BREAK);
    expected_length = FIRST_BREAK;
    expect_first_line(core, "fault during the report: undefined instruction, at ");
    expect_hex((uintptr_t)at_console);
    expect("\n");
}

static void judge_broken_console(uint32_t core, const char *message,
                                 const struct piboot_frame *frame) {
    PIBOOT_CHECK(message[0] == 'f');
    PIBOOT_CHECK_EQ(frame->vector, 4);
    PIBOOT_CHECK_EQ(frame->elr, (uintptr_t)at_console);
    expect_broken_report(core);
    expect_frame(frame);
    compare_texts();
}

static void judge_console_broken_twice(uint32_t core, const char *message,
                                       const struct piboot_frame *frame) {
    (void)message;
    (void)frame;
    expect_broken_report(core);
    PIBOOT_CHECK(expected_length >= SECOND_BREAK);
    expected_length = SECOND_BREAK;
    expected[SECOND_BREAK] = '\0';
    compare_texts();
}

// The second call of the hook, which the first one's fault led to.
static void judge_broken_hook(uint32_t core, const char *message,
                              const struct piboot_frame *frame) {
    const char *behind = printed;
    if (hook_calls[core] == 1) {
        at_hook();
    }
    PIBOOT_CHECK(message[0] == 'f');
    PIBOOT_CHECK_EQ(frame->elr, (uintptr_t)at_hook);
    while (behind[0] != '\n' || behind[1] != '\n') { // the first report's end
        PIBOOT_CHECK(*behind != '\0');
        behind++;
    }
    expect("\n");
    expect_first_line(core, "fault during the report: undefined instruction, at ");
    expect_hex((uintptr_t)at_hook);
    expect("\n");
    expect_frame(frame);
    for (uint32_t n = 0; n <= expected_length; n++) {
        PIBOOT_CHECK_EQ(behind[n], expected[n]);
    }
}

#if PIBOOT_FRAME_FP
// FP is off, and the frame of the SVC has room for q0 to q31: saving them faults, and that is told.
static void judge_fp_off(uint32_t core, const char *message, const struct piboot_frame *frame) {
    (void)message;
    __asm__ volatile("movi v0.2d, #0" : : : "v0"); // the hook may use FP
    right = *frame;
    right.vector = fault->vector;
    right.esr = fault->esr;
    PIBOOT_CHECK(frame->elr - READ_SYSREG(vbar_el1) < 0x1000); // PiBoot's code, behind the vectors
    expect_cause(core);
    expect_frame(&right);
    compare_texts();
}
#endif

// ---- Stacks ----

// Beyond the stack's end, wherever in it SP is.
#define PUSHED (PIBOOT_STACK_SIZE + 16)

#define OVERFLOWED "  this core's stack has overflowed: raise PIBOOT_STACK_SIZE\n"
// SP is back in the stack: the stack may have been there, or somebody else.
#define OVERWRITTEN                                                                                \
    "  the word below this core's stack was overwritten: raise PIBOOT_STACK_SIZE, or find who "    \
    "writes there\n"

// The fault came when pushing had gone past the stack's end. SP is as far down as was pushed.
__attribute__((__unused__)) static void judge_overflow(uint32_t core, const char *message,
                                                       const struct piboot_frame *frame) {
    PIBOOT_CHECK(message[0] == 's');
    expect_state(core, frame);
    right.x[1] = 0;
    right.sp = sp_before[core] - PUSHED;
    right.elr = (uintptr_t)at_push_svc + 4;
    right.spsr = frame->spsr & ~(UINT64_C(15) << 28);
    right.spsr |= UINT64_C(6) << 28; // SUBS reached zero
    expect_cause(core);
    expect(OVERFLOWED);
    expect_frame(&right);
    compare_texts();
}

__attribute__((__unused__)) static void run_push_and_return(uint32_t core) {
    (void)core;
    push_and_return(PUSHED);
}

__attribute__((__unused__)) static void judge_alive_overflow(uint32_t core, const char *message,
                                                             const struct piboot_frame *frame) {
    (void)message;
    PIBOOT_CHECK(frame == 0);
    expect_first_line(core, "stack overflow, or a stray write\n");
    expect(OVERWRITTEN);
    compare_texts();
}

__attribute__((__unused__)) static void run_push_and_panic(uint32_t core) {
    (void)core;
    push_and_panic(PUSHED, "no fuel");
}

__attribute__((__unused__)) static void judge_panic_overflow(uint32_t core, const char *message,
                                                             const struct piboot_frame *frame) {
    (void)message;
    PIBOOT_CHECK(frame == 0);
    expect_first_line(core, "no fuel\n");
    expect(OVERWRITTEN);
    compare_texts();
}

// Where this core's guard page ends and its stack begins.
__attribute__((__unused__)) static uint64_t guard_end(uint32_t core) {
    return ((sp_before[core] + 4095) & ~UINT64_C(4095)) - PIBOOT_STACK_SIZE;
}

// With the MMU: the last push that fitted ended at the guard page, a multiple of 4096.
__attribute__((__unused__)) static void judge_guard(uint32_t core, const char *message,
                                                    const struct piboot_frame *frame) {
    PIBOOT_CHECK(message[0] == 's');
    expect_state(core, frame);
    right.sp = guard_end(core) + (sp_before[core] & 15);
    right.far = right.sp - 16;
    expect_cause(core);
    expect(OVERFLOWED);
    expect_frame(&right);
    compare_texts();
}

// A leap to where the guard ends.
__attribute__((__unused__)) static void judge_leap(uint32_t core, const char *message,
                                                   const struct piboot_frame *frame) {
    PIBOOT_CHECK(message[0] == 's');
    expect_state(core, frame);
    right.sp = right.x[1] = guard_end(core) - 2 * 4096 + 512;
    right.elr = (uintptr_t)at_leap_svc + 4;
    expect_cause(core);
    expect_frame(&right);
    compare_texts();
}

// A large frame of a function's: SP is beyond the guard, on another core's stack.
__attribute__((__unused__)) static void judge_large(uint32_t core, const char *message,
                                                    const struct piboot_frame *frame) {
    (void)message;
    expect_state(core, frame);
    right.sp = sp_before[core] - PIBOOT_STACK_SIZE - 3 * 4096;
    right.far = right.x[1] = guard_end(core) - 16;
    right.elr = (uintptr_t)at_large_store;
    expect_cause(core);
    expect(OVERFLOWED);
    expect_frame(&right);
    compare_texts();
}

// An SVC when there is no stack for it: SP is not aligned, or far away.
static void judge_bad_sp(uint32_t core, const char *message, const struct piboot_frame *frame) {
    PIBOOT_CHECK(message != 0);
    expect_state(core, frame);
    if (fault->place == at_odd_sp) {
        right.sp = sp_before[core] + 8;
        right.elr = (uintptr_t)at_odd_sp_svc + 4;
    } else {
        right.sp = (uintptr_t)fault->x1;
        right.elr = (uintptr_t)at_wild_sp_svc + 4;
    }
    expect_cause(core);
    expect_frame(&right);
    compare_texts();
}

// ---- Handlers that fault themselves ----

#if defined(FAULTY_IRQ) || defined(FAULTY_SYNC)
static void faulty(struct piboot_frame *frame) {
    (void)frame;
    at_handler();
}

static void judge_handler(uint32_t core, const char *message, const struct piboot_frame *frame) {
    (void)message;
    PIBOOT_CHECK_EQ(frame->elr, (uintptr_t)at_handler);
    PIBOOT_CHECK_EQ(frame->vector, 4);
    PIBOOT_CHECK_EQ(frame->esr, ESR(0, 0));
    expect_first_line(core, "fault in a handler: undefined instruction, at ");
    expect_hex((uintptr_t)at_handler);
    expect("\n");
    expect_frame(frame);
    compare_texts();
}
#endif
#ifdef FAULTY_IRQ
PIBOOT_IRQ(faulty);
#endif
#ifdef FAULTY_SYNC
PIBOOT_SYNC(faulty);
#endif

// ---- The table ----

#define EL1(class, rest) .pstate = FLAGS | MASKED | EL1H, .vector = 4, .esr = ESR(class, rest)
#define FROM_EL0(class, rest) .pstate = FLAGS | MASKED | EL0, .vector = 8, .esr = ESR(class, rest)
#define WORDS(text) .words = (text)
#define WORDS_FAR(text) .words = (text), .has_far = 1

static const struct fault faults[] = {
#if defined(FAULTY_IRQ)
    {"handler", WORDS("fault in a handler: undefined instruction"), .place = at_wait,
     .pstate = NO_IRQ_MASK | EL1H, .prepare = pend_irq, .judge = judge_handler},
#elif defined(FAULTY_SYNC)
    {"handler", WORDS("fault in a handler: undefined instruction"), .place = at_svc,
     .pstate = MASKED | EL1H, .judge = judge_handler},
#endif
    // Instructions.
    {"udf", WORDS("undefined instruction"), .place = at_udf, EL1(0x00, 0)},
    {"brk", WORDS("BRK #7"), .place = at_brk, EL1(0x3c, 7)},
    {"svc", WORDS("SVC #42"), .place = at_svc, .elr = BEHIND, EL1(0x15, 42)},
    {"hvc", WORDS("HVC #5"), .place = at_hvc, .elr = BEHIND, EL1(0x16, 5)},
    {"smc", WORDS("SMC #9"), .place = at_smc, EL1(0x17, 9)},
    {"pc", WORDS_FAR("misaligned PC, fetching from "), .place = at_execute, .x1 = at_udf + 2,
     .elr = AT_X1, EL1(0x22, 0)},
    {"illegal", WORDS("illegal execution state"), .place = at_udf, .vector = 4,
     .pstate = FLAGS | MASKED | ILLEGAL | EL1H, .esr = ESR(0x0e, 0)},
    {"el1t", WORDS("SVC #42"), .place = at_svc, .elr = BEHIND, .vector = 0,
     .pstate = FLAGS | MASKED | EL1T, .esr = ESR(0x15, 42)},
#if PIBOOT_FRAME_FP
    {"fp-off", WORDS("fault in a handler: trapped FP or SIMD access"), .place = at_svc,
     EL1(0x07, 0x1e00000), .prepare = turn_fp_off, .judge = judge_fp_off},
#else
    {"fp-off", WORDS("trapped FP or SIMD access"), .place = at_fp, EL1(0x07, 0x1e00000),
     .prepare = turn_fp_off},
#endif

    // Interrupts.
    {"irq", WORDS("unexpected IRQ"), .place = at_wait, .vector = 5,
     .pstate = FLAGS | NO_IRQ_MASK | EL1H, .prepare = pend_irq},
    {"irq-el1t", WORDS("unexpected IRQ"), .place = at_wait, .vector = 1,
     .pstate = FLAGS | NO_IRQ_MASK | EL1T, .prepare = pend_irq},
    {"fiq", WORDS("unexpected FIQ"), .place = at_wait, .vector = 6,
     .pstate = FLAGS | NO_FIQ_MASK | EL1H, .prepare = pend_fiq},
#if !PIBOOT_MMU
    {"irq-el0", WORDS("unexpected IRQ"), .place = at_wait, .vector = 9,
     .pstate = FLAGS | NO_IRQ_MASK | EL0, .prepare = pend_irq},
    {"serror", WORDS("SError"), .place = at_wait, .vector = 7,
     .pstate = FLAGS | NO_SERROR_MASK | EL1H, .esr = ESR(0x2f, 0), .prepare = pend_serror},
#endif

    // Memory.
    {"exclusive", WORDS_FAR("data abort, alignment fault, reading "), .place = at_exclusive,
     .x1 = &printed[1], EL1(0x25, 0x21)},
#if PIBOOT_MMU
    {"abort", WORDS_FAR("data abort, external abort, reading "), .place = at_read, .x1 = SPARE,
     EL1(0x25, 0x10), .prepare = map_outside_ram},
    {"size", WORDS_FAR("data abort, address size fault level 2, reading "), .place = at_read,
     .x1 = SPARE, EL1(0x25, 0x02), .prepare = map_too_high},
    {"flag", WORDS_FAR("data abort, access flag fault level 2, reading "), .place = at_read,
     .x1 = SPARE, EL1(0x25, 0x0a), .prepare = map_unaccessed},
    {"walk", WORDS_FAR("data abort, external abort on a table walk, level 3, reading "),
     .place = at_read, .x1 = SPARE, EL1(0x25, 0x17), .prepare = map_table_outside_ram},
    {"null", WORDS_FAR("data abort, translation fault level 3, reading "), .place = at_read,
     .x1 = ADDRESS(8), EL1(0x25, 0x07)},
    {"unmapped", WORDS_FAR("data abort, translation fault level 2, writing "), .place = at_write,
     .x1 = SPARE, EL1(0x25, 0x06 | WRITE)},
    {"outside", WORDS_FAR("data abort, translation fault level 1, reading "), .place = at_read,
     .x1 = ADDRESS(0x80000000), EL1(0x25, 0x05)},
    {"text", WORDS_FAR("data abort, permission fault level 3, writing "), .place = at_write,
     .x1 = at_udf, EL1(0x25, 0x0f | WRITE)},
    {"execute", WORDS_FAR("instruction abort, permission fault level 3, fetching from "),
     .place = at_execute, .x1 = printed, .elr = AT_X1, EL1(0x21, 0x0f)},
    {"el0", WORDS_FAR("instruction abort, permission fault level 3, fetching from "),
     .place = at_execute, .x1 = at_execute, FROM_EL0(0x20, 0x0f)},
#else
    {"abort", WORDS_FAR("data abort, external abort, reading "), .place = at_read,
     .x1 = ADDRESS(0x80000000), EL1(0x25, 0x10)},
    {"abort-write", WORDS_FAR("data abort, external abort, writing "), .place = at_write,
     .x1 = ADDRESS(0x80000000), EL1(0x25, 0x10 | WRITE)},
    {"abort-fetch", WORDS_FAR("instruction abort, external abort, fetching from "),
     .place = at_execute, .x1 = ADDRESS(0x80000000), .elr = AT_X1, EL1(0x21, 0x10)},
    {"size", WORDS_FAR("data abort, address size fault level 0, reading "), .place = at_read,
     .x1 = ADDRESS(UINT64_C(1) << 44), EL1(0x25, 0)},
    {"el0", WORDS("SVC #42"), .place = at_svc, .elr = BEHIND, FROM_EL0(0x15, 42)},
    {"el0-abort", WORDS_FAR("data abort, external abort, reading "), .place = at_read,
     .x1 = ADDRESS(0x80000000), FROM_EL0(0x24, 0x10)},
    {"el0-fetch", WORDS_FAR("instruction abort, external abort, fetching from "),
     .place = at_execute, .x1 = ADDRESS(0x80000000), .elr = AT_X1, FROM_EL0(0x20, 0x10)},
    {"el0-counter", WORDS("trapped MSR, MRS or system instruction"), .place = at_counter,
     FROM_EL0(0x18, 0x32f801)},
    {"el0-wfi", WORDS("trapped WFI or WFE"), .place = at_wfi, FROM_EL0(0x01, 0x1e00000)},
#endif

// Stacks.
#if PIBOOT_MMU
    {"overflow", WORDS_FAR("stack overflow: data abort, translation fault level 3, writing "),
     .place = at_push, EL1(0x25, 0x07 | WRITE), .judge = judge_guard},
    {"leap", WORDS("stack overflow: SVC #96"), .place = at_leap, EL1(0x15, 96),
     .judge = judge_leap},
    {"large", WORDS_FAR("data abort, translation fault level 3, writing "), .place = at_large,
     EL1(0x25, 0x07 | WRITE), .judge = judge_large},
#else
    {"overflow", WORDS("stack overflow: SVC #99"), .place = at_push_some, .x1 = ADDRESS(PUSHED),
     EL1(0x15, 99), .judge = judge_overflow},
    {"overflow-in-alive", .run = run_push_and_return, .judge = judge_alive_overflow},
    {"overflow-panic", .run = run_push_and_panic, .judge = judge_panic_overflow},
#endif
    {"odd-sp", WORDS("SP is not a stack: SVC #98"), .place = at_odd_sp, EL1(0x15, 98),
     .judge = judge_bad_sp},
    {"wild-sp", WORDS("SP is not a stack: SVC #97"), .place = at_wild_sp,
     .x1 = ADDRESS(0xdeadbeef00000000), EL1(0x15, 97), .judge = judge_bad_sp},

    // The report itself.
    {"panic", .run = run_panic, .judge = judge_panic},
    {"console", WORDS("undefined instruction"), .place = at_udf, EL1(0, 0),
     .prepare = break_console, .judge = judge_broken_console},
    {"console-twice", WORDS("undefined instruction"), .place = at_udf, EL1(0, 0),
     .prepare = break_console_twice, .judge = judge_console_broken_twice, .no_hook = 1},
    {"hook", WORDS("undefined instruction"), .place = at_udf, EL1(0, 0),
     .judge = judge_broken_hook},
};

// ---- The test ----

static void console(char c) {
    for (uint32_t n = 0; n < 2; n++) {
        if (break_at[n] != 0 && printed_length == break_at[n]) {
            break_at[n] = 0;
            at_console();
        }
    }
    if (printed_length < TEXT_SIZE - 1) {
        printed[printed_length++] = c;
    }
}

static void judge(uint32_t core, const char *message, const struct piboot_frame *frame) {
    (fault->judge != 0 ? fault->judge : judge_fault)(core, message, frame);
}

static void hook(const char *message, const struct piboot_frame *frame) {
    uint32_t core = piboot_core_id();
    hook_calls[core]++;
    PIBOOT_CHECK(!fault->no_hook);
    judge(core, message, frame);
    if (core == lone_core) {
        piboot_test_exit(0);
    }
    set_flag(&judged[core], 1); // and park
}

void nothing_happened(void) { PIBOOT_CHECK(!"what was provoked came"); }

static void run(uint32_t core) {
    if (fault->prepare != 0) {
        fault->prepare(core);
    }
    if (fault->run != 0) {
        fault->run(core);
        return;
    }
    WRITE_SYSREG(sp_el0, (uintptr_t)&other_stacks[core + 1]);
    provoke(fault->place, fault->x1, fault->pstate, &sp_before[core]);
}

// Flags between cores. Who waits sleeps, and takes no time from the others: a masked interrupt ends a WFI too.
static void send(uint32_t core, volatile uint32_t *flag, uint32_t value) {
    set_flag(flag, value);
    MAILBOX_SET(core) = 1;
}

static void sleep_until(uint32_t core, const volatile uint32_t *flag, uint32_t value) {
    MAILBOX_IS_IRQ(core) = 1;
    while (get_flag(flag) != value) {
        __asm__ volatile("dsb sy\n\twfi");
        MAILBOX_CLEAR(core) = 1;
    }
    MAILBOX_CLEAR(core) = 1;
    MAILBOX_IS_IRQ(core) = 0;
}

// One core's turn, as core 1 sees it.
static void look_on(uint32_t core) {
    printed_length = expected_length = 0;
    send(core, &turn[core], 1);
    if (fault->no_hook) {
        PIBOOT_CHECK(wait_ms_for_flag(PATIENCE_MS, &printed_length, SECOND_BREAK));
        delay_ms(10);
        judge(core, 0, 0);
    } else {
        PIBOOT_CHECK(wait_ms_for_flag(PATIENCE_MS, &judged[core], 1));
    }
    uint32_t calls = hook_calls[core];
    uint32_t length = printed_length;
    send(2, &asked, core + 1);
    PIBOOT_CHECK(wait_ms_for_flag(PATIENCE_MS, &answered, core + 1)); // core 2 goes on
    delay_ms(2);
    PIBOOT_CHECK_EQ(hook_calls[core], calls); // the one that panicked does not
    PIBOOT_CHECK_EQ(printed_length, length);
}

static int same(const char *left, const char *right_) {
    while (*left == *right_ && *left != '\0') {
        left++;
        right_++;
    }
    return *left == *right_;
}

// "path udf 3" or "path udf": the last words, for the path may have spaces in it.
static void read_command_line(void) {
    static char line[1024];
    struct {
        char *text;
        uint64_t size;
    } block = {line, sizeof line};
    PIBOOT_CHECK_EQ(piboot_test_call(SYS_GET_CMDLINE, &block), 0);
    char *end = line + block.size;
    if (end[-1] >= '0' && end[-1] <= '3' && end[-2] == ' ') {
        lone_core = (uint32_t)(end[-1] - '0');
        end -= 2;
    }
    *end = '\0';
    while (end > line && end[-1] != ' ') {
        end--;
    }
    for (uint32_t n = 0; n < sizeof faults / sizeof faults[0]; n++) {
        if (same(end, faults[n].name)) {
            fault = &faults[n];
        }
    }
    PIBOOT_CHECK(fault != 0);
}

static void alive(uint32_t core) {
    if (core == 0) {
        read_command_line();
    }
    if (core == lone_core) {
        run(core); // with overflow-in-alive it comes back, and PiBoot looks at the stack
    }
}

static void running(uint32_t core) {
    if (lone_core != ALL) {
        delay_ms(20000);
        nothing_happened();
    } else if (core == LOOKER_ON) {
        look_on(0);
        look_on(3);
        piboot_test_exit(0);
    } else if (core == 2) {
        sleep_until(core, &asked, 0 + 1);
        set_flag(&answered, 0 + 1);
        sleep_until(core, &asked, 3 + 1);
        set_flag(&answered, 3 + 1);
        idle();
    }
    sleep_until(core, &turn[core], 1);
    run(core);
    nothing_happened();
}

PIBOOT_ALIVE(alive);
PIBOOT_RUNNING(running);
PIBOOT_CONSOLE(console);
PIBOOT_PANIC(hook);
