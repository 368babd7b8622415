// SPDX-License-Identifier: MIT
//
// Compares every line of contract.h on every core, when alive() and when running() begins, prints
// the table with PASS or FAIL, and says how it came in. It is the same kernel for every way in;
// CMakeLists.txt has what each way must print.
#include "cores.h"

#include "contract.h"

#ifndef LATE_MS
#define LATE_MS 0 // for this long running() goes on looking for cores that were reported as lost
#endif

enum { AT_ALIVE, AT_RUNNING, PHASES };

#ifdef HEAP_END
__asm__(".globl __heap_end\n\t.set __heap_end, " HEAP_END);
#endif

// test/fuzz/fuzz.S boots this kernel again and again.
#define FIRMWARE_HAS_MORE UINT64_C(0x6e69616761)
static const volatile uint64_t *const firmware_says =
    (volatile uint64_t *)(PIBOOT_KERNEL_BASE + UINT64_C(0x5000));

// test/handover hands over to a copy of this kernel again and again, so many times.
#ifdef HAND_OVERS
static volatile uint64_t *const hand_overs = (volatile uint64_t *)UINT64_C(0x5008);
#endif

extern unsigned char _start[], __bss_start[], __bss_end[];
#if PIBOOT_MMU
extern unsigned char __piboot_tables[];
#endif

static volatile uint32_t in_bss[16];
static volatile uint32_t in_data[4] = {0x11111111, 0x22222222, 0x33333333, 0x44444444};
static volatile uint32_t *volatile pointer_in_data = &in_data[2];
static volatile uint32_t constructor_calls;
static volatile double half = 0.5;

static volatile uint32_t alive_calls[4], running_calls[4], done[4];
static volatile uint32_t called_after_loss;
static volatile uint32_t lost_cores;   // bit n: core n was reported
static volatile uint32_t order_broken; // bit n: alive(n) began too early, or came too often
static volatile uint64_t stack_tops[4];

/* ---- The lines of the contract that are not the value of a register at EL1
 * ----------------------------- */

static inline uint64_t stack_pointer(void) {
    uint64_t sp;
    __asm__ volatile("mov %0, sp" : "=r"(sp));
    return sp;
}

#if PIBOOT_MMU
// What of an address is the base.
#define BASE ((uint64_t)PIBOOT_KERNEL_BASE)
#define BASE_BITS UINT64_C(0xffffffffc0000000)

static inline uint64_t program_counter(void) {
    uint64_t pc;
    __asm__ volatile("adr %0, ." : "=r"(pc));
    return pc;
}
#endif

// The core whose stack it is: near the first SP seen there, and a stack's size away from all
// others.
#define FRAMES 512
static uint64_t stack_of(uint64_t sp) {
    uint32_t core = piboot_core_id();
    stack_tops[core] = stack_tops[core] != 0 ? stack_tops[core] : sp;
    for (uint32_t n = 0; n < 4; n++) {
        uint64_t apart = sp > stack_tops[n] ? sp - stack_tops[n] : stack_tops[n] - sp;
        if (stack_tops[n] != 0 &&
            (n == core ? apart > FRAMES : apart + FRAMES < PIBOOT_STACK_SIZE)) {
            return n + 100;
        }
    }
    return sp >= (uint64_t)__bss_end ? core : 99;
}

static uint64_t vectors(void) {
    uint64_t vbar = READ_SYSREG(vbar_el1);
    return vbar % 2048 == 0 && vbar >= (uint64_t)_start && vbar < (uint64_t)__bss_start;
}

static uint64_t virtual_counter_is_physical(void) {
    uint64_t before = READ_SYSREG(cntpct_el0);
    uint64_t between = READ_SYSREG(cntvct_el0);
    uint64_t after = READ_SYSREG(cntpct_el0);
    return before <= between && between <= after;
}

#define TIMER_ON UINT64_C(1)
#define TIMER_FIRED UINT64_C(4)

static uint64_t physical_timer_works(void) {
    uint64_t fired;
    WRITE_SYSREG(cntp_tval_el0, 0);
    WRITE_SYSREG(cntp_ctl_el0, TIMER_ON);
    fired = READ_SYSREG(cntp_ctl_el0) & TIMER_FIRED;
    WRITE_SYSREG(cntp_ctl_el0, 0);
    return fired != 0;
}

// A Pi 4's GIC-400 has the timers (GIC Architecture Specification v2, chapter 4): bank 0 of the distributor and the
// interface are each core's own. Non-secure code has its interrupts as IRQs. Both groups: on a board bit 0 enables those of
// the non-secure world, the others are not ours to enable; to QEMU's GIC, which has one world, theirs is bit 1.
#define GICD_CTLR (piboot_local_peripherals() + 0x41000)
#define GICD_ISENABLER0 (piboot_local_peripherals() + 0x41100)
#define GICC_CTLR (piboot_local_peripherals() + 0x42000)
#define GICC_PMR (piboot_local_peripherals() + 0x42004)
#define GIC_PHYSICAL_TIMER 30

static void write_device(uint64_t address, uint32_t value) {
    *(volatile uint32_t *)address = value;
}

static uint32_t is_pi4(void) {
    return (READ_SYSREG(midr_el1) >> 4 & 0xfff) == 0xd08; // Cortex-A72
}

// Where the kernel sees a Pi 3's device or a Pi 4's. With less than 4 GiB from its base, a Pi 4's 2 GiB lower.
#if PIBOOT_KERNEL_BASE > 0xffffffff00000000
#define LOWER UINT64_C(0x80000000)
#else
#define LOWER 0
#endif
static uint64_t of_this_board(uint64_t pi3, uint64_t pi4) {
    return PIBOOT_KERNEL_BASE + (is_pi4() ? pi4 - LOWER : pi3);
}

// The core-local interrupt controller of a Pi 3 lets a core's physical timer interrupt it as an IRQ or as an
// FIQ. ISR_EL1 shows physical interrupts only if they are EL1's: with HCR_EL2.IMO or FMO it would
// show virtual ones. The WFI comes when one waits, and ends at once: before, it might never end.
static uint64_t interrupt_reaches_el1(uint32_t route, uint64_t isr) {
    uint64_t control = piboot_local_peripherals() + 0x40 + 4 * piboot_core_id();
    uint64_t start, seen;
    if (is_pi4()) {
        write_device(GICD_CTLR, 3);
        write_device(GICD_ISENABLER0, UINT32_C(1) << GIC_PHYSICAL_TIMER);
        write_device(GICC_PMR, 0xff);
        write_device(GICC_CTLR, 3);
    } else {
        write_device(control, route);
    }
    WRITE_SYSREG(cntp_tval_el0, ticks_of_ms(1) / 10);
    WRITE_SYSREG(cntp_ctl_el0, TIMER_ON);
    start = READ_SYSREG(cntpct_el0);
    do { // long, as an emulator's timer on a busy machine may be late
        seen = READ_SYSREG(isr_el1) & isr;
    } while (seen == 0 && READ_SYSREG(cntpct_el0) - start < ticks_of_ms(10000));
    if (seen != 0) {
        __asm__ volatile("wfi" : : : "memory");
    }
    WRITE_SYSREG(cntp_ctl_el0, 0);
    if (is_pi4()) {
        write_device(GICC_CTLR, 0);
    } else {
        write_device(control, 0);
    }
    return seen != 0;
}

static uint64_t irq_reaches_el1(void) { return interrupt_reaches_el1(1 << 1, 1 << 7); }

// A Pi 4 has no FIQ for non-secure code: there is nothing to be seen, and the table says so.
#define NOT_SEEN UINT64_C(0x6e6f6e65)
static uint64_t fiq_reaches_el1(void) {
    return is_pi4() ? NOT_SEEN : interrupt_reaches_el1(1 << 5, 1 << 6);
}

// Each line below is undefined or trapped when EL2 keeps one of HCR_EL2's traps on; then this
// kernel never ends.
static uint64_t el1_may_do_what_hcr_can_trap(void) {
    uint64_t sctlr = READ_SYSREG(sctlr_el1);
    volatile uint64_t word = 0;
    (void)READ_SYSREG(ctr_el0);                                                          // TID2
    (void)READ_SYSREG(id_aa64pfr0_el1);                                                  // TID3
    (void)READ_SYSREG(revidr_el1);                                                       // TID1
    (void)READ_SYSREG(actlr_el1);                                                        // TACR
    (void)READ_SYSREG(contextidr_el1);                                                   // TRVM
    WRITE_SYSREG(sctlr_el1, sctlr);                                                      // TVM
    __asm__ volatile("tlbi vmalle1\n\tdsb sy" : : : "memory");                           // TTLB
    __asm__ volatile("dc civac, %0\n\tic ivau, %0\n\tdsb sy" : : "r"(&word) : "memory"); // TPC, TPU
    __asm__ volatile("at s1e1r, %0\n\tisb"
                     :
                     : "r"(&word)
                     : "memory");                   // AT is never trapped in v8.0
    __asm__ volatile("sevl\n\twfe" : : : "memory"); // TWE
    return word == 0;
}

static uint64_t el1_may_use_debug_and_pmu(void) {
    (void)READ_SYSREG(mdscr_el1);   // TDA
    (void)READ_SYSREG(oslsr_el1);   // TDOSA
    (void)READ_SYSREG(mdrar_el1);   // TDRA
    (void)READ_SYSREG(pmccntr_el0); // TPM
    (void)READ_SYSREG(pmcr_el0);    // TPMCR
    return 1;
}

static uint64_t fp_works(void) {
    (void)READ_SYSREG(cpacr_el1); // TCPAC
    return half * 3 == 1.5;
}

static uint64_t bss_is_zero(void) {
    uint32_t sum = 0;
    for (uint32_t i = 0; i < 16; i++) {
        sum |= in_bss[i];
    }
    return sum == 0;
}

static uint64_t data_is_intact(void) {
    return in_data[0] == 0x11111111 && in_data[1] == 0x22222222 && *pointer_in_data == 0x33333333 &&
           in_data[3] == 0x44444444;
}

/* ---- Collecting
 * --------------------------------------------------------------------------------------- */

#define COUNT_ONE(name, read, mask, expected, meaning) +1
#if PIBOOT_MMU
#define OF_THIS_BASE(low, high) (BASE == 0 ? (low) : (high))
#define COUNT_ONE_OF_MMU(name, read, mask, low, high, meaning_low, meaning_high) +1
enum { REGISTERS = 0 CONTRACT(COUNT_ONE) CONTRACT_MMU(COUNT_ONE_OF_MMU) };
#else
enum { REGISTERS = 0 CONTRACT(COUNT_ONE) };
#endif

static volatile uint64_t found[PHASES][4][REGISTERS];
static volatile uint64_t wanted[PHASES][4][REGISTERS];

static void collect(uint32_t phase, uint32_t core) {
    uint32_t i = 0;
#define COLLECT_ONE(name, read, mask, expected, meaning)                                           \
    found[phase][core][i] = (uint64_t)(read) & (mask);                                             \
    wanted[phase][core][i] = (uint64_t)(expected);                                                 \
    i++;
    CONTRACT(COLLECT_ONE)
#if PIBOOT_MMU
#define COLLECT_ONE_OF_MMU(name, read, mask, low, high, meaning_low, meaning_high)                 \
    COLLECT_ONE(name, read, mask, OF_THIS_BASE(low, high), )
    // NOLINTNEXTLINE(bugprone-branch-clone): as this kernel is built here
    CONTRACT_MMU(COLLECT_ONE_OF_MMU)
#undef COLLECT_ONE_OF_MMU
#endif
#undef COLLECT_ONE
}

__attribute__((constructor)) static void constructor(void) {
    PIBOOT_CHECK_EQ(piboot_core_id(), 0);
    constructor_calls = constructor_calls + 1;
}

static void alive(uint32_t core) {
    PIBOOT_CHECK(core < CORES);
    if ((lost_cores >> core & 1) != 0) {
        called_after_loss = 1;
    }
    for (uint32_t n = 0; n < 4; n++) {
        uint32_t calls = n < core && (lost_cores >> n & 1) == 0 ? 1 : 0;
        if (get_flag(&alive_calls[n]) != calls) {
            order_broken |= UINT32_C(1) << core;
        }
    }
    collect(AT_ALIVE, core);
    delay_ms(1); // anybody who comes too early is seen
    for (uint32_t n = core + 1; n < 4; n++) {
        if (get_flag(&alive_calls[n]) != 0) {
            order_broken |= UINT32_C(1) << core;
        }
    }
    set_flag(&alive_calls[core], alive_calls[core] + 1);
}

/* ---- The table
 * ---------------------------------------------------------------------------------------- */

static void add_padded(struct piboot_test_line *line, const char *text, unsigned until) {
    piboot_test_add(line, text);
    while (line->length < until) {
        piboot_test_add(line, " ");
    }
}

static uint32_t print_register(uint32_t i, const char *name, uint64_t mask, const char *meaning) {
    struct piboot_test_line line = {0};
    uint32_t failures = 0;

    for (uint32_t phase = 0; phase < PHASES; phase++) {
        for (uint32_t core = 0; core < CORES; core++) {
            failures +=
                (lost_cores >> core & 1) == 0 && found[phase][core][i] != wanted[phase][core][i];
        }
    }
    add_padded(&line,
               failures != 0                        ? "FAIL"
               : wanted[AT_ALIVE][0][i] == NOT_SEEN ? "----"
                                                    : "PASS",
               6);
    add_padded(&line, name, 20);
    piboot_test_add_number(&line, mask, 16);
    add_padded(&line, "", 40);
    piboot_test_add_number(&line, wanted[AT_ALIVE][0][i], 16);
    add_padded(&line, "", 54);
    piboot_test_add(&line, meaning);
    piboot_test_add(&line, "\n");
    piboot_test_puts(line.text);
    for (uint32_t phase = 0; phase < PHASES && failures != 0; phase++) {
        for (uint32_t core = 0; core < CORES; core++) {
            line.length = 0;
            add_padded(&line, "", 6);
            piboot_test_add(&line, phase == AT_ALIVE ? "at alive(" : "at running(");
            piboot_test_add_number(&line, core, 10);
            piboot_test_add(&line, ") ");
            piboot_test_add_number(&line, found[phase][core][i], 16);
            piboot_test_add(&line,
                            found[phase][core][i] == wanted[phase][core][i] ? "\n" : " is wrong\n");
            piboot_test_puts(line.text);
        }
    }
    return failures;
}

static uint32_t print_table(void) {
    uint32_t failures = 0, i = 0;
    piboot_test_puts("      register      mask                expected      on every core, at "
                     "alive and at running\n");
#define PRINT_ONE(name, read, mask, expected, meaning)                                             \
    failures += print_register(i++, name, mask, meaning);
    CONTRACT(PRINT_ONE)
#if PIBOOT_MMU
#define PRINT_ONE_OF_MMU(name, read, mask, low, high, meaning_low, meaning_high)                   \
    PRINT_ONE(name, read, mask, , OF_THIS_BASE(meaning_low, meaning_high))
    // NOLINTNEXTLINE(bugprone-branch-clone): as this kernel is built here
    CONTRACT_MMU(PRINT_ONE_OF_MMU)
#undef PRINT_ONE_OF_MMU
#endif
#undef PRINT_ONE
    return failures;
}

static void print_way(const char *verdict) {
    struct piboot_test_line line = {0};
    piboot_test_add(&line, "entered at EL");
    piboot_test_add_number(&line, piboot_entry_el(), 10);
    piboot_test_add(&line, ", device tree ");
    piboot_test_add_number(&line,
                           piboot_dtb() == 0 ? 0 : (uint64_t)piboot_dtb() - PIBOOT_KERNEL_BASE,
                           16); // in memory
    piboot_test_add(&line, ", counter at ");
    piboot_test_add_number(&line, piboot_timer_hz(), 10);
    piboot_test_add(&line, " Hz, lost cores ");
    piboot_test_add_number(&line, lost_cores, 16);
    piboot_test_add(&line, ": ");
    piboot_test_add(&line, verdict);
    piboot_test_add(&line, "\n");
    piboot_test_puts(line.text);
}

static void lost(uint32_t core) {
    PIBOOT_CHECK(core > 0 && core < CORES);
    PIBOOT_CHECK((lost_cores >> core & 1) == 0);
    PIBOOT_CHECK_EQ(alive_calls[core], 0);
    lost_cores = lost_cores | UINT32_C(1) << core;
}

static void running(uint32_t core) {
    uint32_t failures;

    collect(AT_RUNNING, core);
    set_flag(&running_calls[core], running_calls[core] + 1);
    set_flag(&done[core], 1);
    if (core != 0) {
#ifdef HAND_OVERS
        piboot_hand_over(0, 0);
#endif
        idle();
    }
    for (uint32_t n = 0; n < CORES; n++) {
        uint64_t start = READ_SYSREG(cntpct_el0);
        while (get_flag(&done[n]) == 0 && (get_flag(&lost_cores) >> n & 1) == 0) {
            if (READ_SYSREG(cntpct_el0) - start > ticks_of_ms(20000)) {
                piboot_test_puts("a core neither came nor was reported as lost\n");
                piboot_test_exit(1);
            }
        }
    }
    delay_ms(LATE_MS);
    failures = print_table();
    for (uint32_t n = 0; n < 4; n++) {
        uint32_t calls = n < CORES && (lost_cores >> n & 1) == 0 ? 1 : 0;
        failures += alive_calls[n] != calls || running_calls[n] != calls;
    }
    failures += order_broken != 0 || called_after_loss != 0;
    print_way(failures == 0 ? "the contract holds" : "the contract is broken");
    if (failures == 0 && *firmware_says == FIRMWARE_HAS_MORE) {
        reset_machine();
    }
#ifdef HAND_OVERS
    if (failures == 0 && *hand_overs < HAND_OVERS) {
        *hand_overs = *hand_overs + 1;
        piboot_hand_over(NEXT, (uint64_t)piboot_dtb());
    }
    PIBOOT_CHECK_EQ(*hand_overs, HAND_OVERS);
#endif
    piboot_test_exit(failures != 0);
}

PIBOOT_ALIVE(alive);
PIBOOT_RUNNING(running);
PIBOOT_CORE_LOST(lost);
