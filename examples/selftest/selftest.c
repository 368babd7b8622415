/* SPDX-License-Identifier: MIT
 *
 * For people with a board: checks on every core, in alive and in running, the machine state that
 * PiBoot promises, and prints PASS or FAIL for each line of it on the UART.
 */

#include "piboot.h"
#include "uart.h"

#define CORES (PIBOOT_MULTICORE ? 4U : 1U)
#define DATA UINT64_C(0x0123456789abcdef)

/* SCTLR_EL1: what must be 1 in ARMv8.0, the check of SP, the instruction cache; with the MMU also M, C, WXN. Little-endian. */
#define SCTLR_RES1 (1U << 29 | 1U << 28 | 1U << 23 | 1U << 22 | 1U << 20 | 1U << 11)
#define SCTLR_SA (1U << 3)
#define SCTLR_I (1U << 12)
#define SCTLR_MMU (1U << 0 | 1U << 2 | 1U << 19)

/* CNTP_CTL_EL0, and ISR_EL1. */
#define TIMER_ENABLE UINT64_C(1)
#define TIMER_FIRED UINT64_C(4)
#define ISR_IRQ (1U << 7)
#define ISR_FIQ (1U << 6)

/* BCM2836 ARM-local peripherals (QA7), section 4.6: how the timer of EL1 interrupts core n. */
#define TIMER_CONTROL(core) (piboot_local_peripherals() + 0x40 + 4 * (uint64_t)(core))
#define TIMER_AS_IRQ (1U << 1)
#define TIMER_AS_FIQ (1U << 5)

/* A Pi 4's GIC-400 (GIC Architecture Specification v2, chapter 4), where code that is not secure has IRQs alone. */
#define GICD_CTLR (piboot_local_peripherals() + 0x41000)
#define GICD_ISENABLER0 (piboot_local_peripherals() + 0x41100)
#define GICC_CTLR (piboot_local_peripherals() + 0x42000)
#define GICC_PMR (piboot_local_peripherals() + 0x42004)
#define GIC_BOTH_GROUPS                                                                            \
    3U /* on a board bit 0 alone is ours, and is for group 1; on QEMU both are */
#define GIC_TIMER_EL1 30U

#define READ(name)                                                                                 \
    __extension__({                                                                                \
        uint64_t value_;                                                                           \
        __asm__ volatile("mrs %0, " #name : "=r"(value_));                                         \
        value_;                                                                                    \
    })
#define WRITE(name, value)                                                                         \
    __asm__ volatile("msr " #name ", %0\n\tisb" : : "r"(UINT64_C(0) + (value)))

static uint64_t zeroes[1000];
static volatile uint64_t data = DATA;
static volatile uint32_t constructed;
static volatile uint32_t arrived; /* cores that came alive or were lost: as in hello.c */
static volatile uint32_t done[4];
static volatile uint64_t stacks[4];
static volatile uint32_t passed;
static volatile uint32_t failed;

__attribute__((__constructor__)) static void construct(void) { constructed++; }

static void check(const char *what, int holds, uint64_t value) {
    if (holds) {
        passed++;
    } else {
        failed++;
    }
    uart_puts(holds ? "  PASS  " : "  FAIL  ");
    uart_puts(what);
    uart_puts(": ");
    uart_hex(value);
    uart_puts("\n");
}

static int is_pi4(void) { return (READ(midr_el1) >> 4 & 0xfff) == 0xd08; /* Cortex-A72 */ }

static void put(uint64_t address, uint32_t value) { *(volatile uint32_t *)address = value; }

/* What ISR_EL1 says of an interrupt, which stays masked, when the timer fires: with HCR_EL2.IMO or FMO set it
 * would be EL2's and not be seen. A WFI would then never end, so it comes when an interrupt waits. */
static uint64_t interrupt(uint32_t core, uint32_t as) {
    const uint64_t start = READ(cntpct_el0);
    uint64_t seen;

    if (is_pi4()) {
        put(GICD_CTLR, GIC_BOTH_GROUPS);
        put(GICD_ISENABLER0, 1U << GIC_TIMER_EL1);
        put(GICC_PMR, 0xff);
        put(GICC_CTLR, GIC_BOTH_GROUPS);
    } else {
        put(TIMER_CONTROL(core), as);
    }
    WRITE(cntp_tval_el0, 100);
    WRITE(cntp_ctl_el0, TIMER_ENABLE);
    do {
        seen = READ(isr_el1) & (ISR_IRQ | ISR_FIQ);
    } while (seen == 0 && READ(cntpct_el0) - start < piboot_timer_hz());
    if (seen != 0) {
        __asm__ volatile("wfi" ::: "memory");
    }
    WRITE(cntp_ctl_el0, 0);
    if (is_pi4()) {
        put(GICC_CTLR, 0);
    } else {
        put(TIMER_CONTROL(core), 0);
    }
    return seen;
}

/* Ten times half a number, without rounding, which FPSR would show. */
static uint64_t halved(uint32_t number) {
#if PIBOOT_FRAME_FP
    volatile double half = number;
    half /= 2;
    return (uint64_t)(half * 10);
#else
    return 5 * (uint64_t)number; /* this file is compiled without FP */
#endif
}

static uint64_t timer_fires(void) {
    uint64_t control;
    WRITE(cntp_tval_el0, 0);
    WRITE(cntp_ctl_el0, TIMER_ENABLE);
    control = READ(cntp_ctl_el0);
    WRITE(cntp_ctl_el0, 0);
    return control & TIMER_FIRED;
}

/* What EL2 could have kept for itself: it comes back from each line, or the output ends here. */
static uint64_t untrapped_by_hcr(void) {
    const uint64_t sctlr = READ(sctlr_el1);
    volatile uint64_t word = 0;

    (void)READ(ctr_el0);                                            /* TID2 */
    (void)READ(id_aa64pfr0_el1);                                    /* TID3 */
    (void)READ(revidr_el1);                                         /* TID1 */
    (void)READ(actlr_el1);                                          /* TACR */
    (void)READ(contextidr_el1);                                     /* TRVM */
    WRITE(sctlr_el1, sctlr);                                        /* TVM */
    __asm__ volatile("tlbi vmalle1\n\tdsb sy\n\tisb" ::: "memory"); /* TTLB */
    __asm__ volatile("dc civac, %0\n\tic ivau, %0\n\tdsb sy"
                     :
                     : "r"(&word)
                     : "memory");                 /* TPC, TPU */
    __asm__ volatile("sevl\n\twfe" ::: "memory"); /* TWE */
    return word;
}

static uint64_t untrapped_by_mdcr(void) {
    (void)READ(mdscr_el1);   /* TDA */
    (void)READ(oslsr_el1);   /* TDOSA */
    (void)READ(mdrar_el1);   /* TDRA */
    (void)READ(pmccntr_el0); /* TPM */
    (void)READ(pmcr_el0);    /* TPMCR */
    return 0;
}

static void check_state(uint32_t core) {
    const uint64_t sctlr = SCTLR_RES1 | SCTLR_SA | SCTLR_I | (PIBOOT_MMU ? SCTLR_MMU : 0);
    const uint64_t sp = (uint64_t)(uintptr_t)__builtin_frame_address(0);
    const uint64_t before = READ(cntpct_el0);
    uint64_t value;

    check("CurrentEL: EL1", READ(CurrentEL) == 1U << 2, READ(CurrentEL));
    check("SPSel: EL1h", READ(SPSel) == 1, READ(SPSel));
    check("DAIF: all masked but SError", READ(daif) == 11U << 6, READ(daif));
    check("MPIDR_EL1: this core", (READ(mpidr_el1) & 0xff) == core, READ(mpidr_el1));
    check("MIDR_EL1: an Arm core", READ(midr_el1) >> 24 == 0x41, READ(midr_el1));
    check("SP: a multiple of 16", sp % 16 == 0, sp);
    check(PIBOOT_MMU ? "SCTLR_EL1: written whole, MMU and caches on"
                     : "SCTLR_EL1: written whole, MMU and data cache off",
          READ(sctlr_el1) == sctlr, READ(sctlr_el1));
    check("CPACR_EL1: FP and SIMD on", (READ(cpacr_el1) >> 20 & 3) == 3, READ(cpacr_el1));
    check("FPCR: 0", READ(fpcr) == 0, READ(fpcr));
    check("FPSR: 0", READ(fpsr) == 0, READ(fpsr));
    value = halved(3);
    check("FP: 3 / 2 is 1.5", value == 15, value);
    check("MDSCR_EL1: no debug traps", READ(mdscr_el1) == 0, READ(mdscr_el1));
    check("CNTKCTL_EL1: 0", READ(cntkctl_el1) == 0, READ(cntkctl_el1));
    check("CNTP_CTL_EL0: physical timer off", (READ(cntp_ctl_el0) & 1) == 0, READ(cntp_ctl_el0));
    check("CNTV_CTL_EL0: virtual timer off", (READ(cntv_ctl_el0) & 1) == 0, READ(cntv_ctl_el0));
    check("CNTFRQ_EL0: not 0", piboot_timer_hz() != 0, piboot_timer_hz());
    check("CNTPCT_EL0: counts", READ(cntpct_el0) > before, READ(cntpct_el0));
    check("CNTVOFF_EL2: 0", READ(cntvct_el0) - READ(cntpct_el0) + 1000000 < 2000000,
          READ(cntvct_el0) - READ(cntpct_el0));
    value = timer_fires();
    check("CNTHCTL_EL2: the physical timer fires", value != 0, value);
    value = interrupt(core, TIMER_AS_IRQ);
    check("HCR_EL2.IMO: an IRQ comes to EL1", value == ISR_IRQ, value);
    if (!is_pi4()) {
        value = interrupt(core, TIMER_AS_FIQ);
        check("HCR_EL2.FMO: an FIQ comes to EL1", value == ISR_FIQ, value);
    }
    value = untrapped_by_hcr();
    check("HCR_EL2.T*: no traps", value == 0, value);
    value = untrapped_by_mdcr();
    check("MDCR_EL2: no traps", value == 0, value);
#if PIBOOT_EXCEPTIONS
    check("VBAR_EL1: set, 2 KiB aligned", READ(vbar_el1) != 0 && READ(vbar_el1) % 2048 == 0,
          READ(vbar_el1));
#endif
}

static void alive(uint32_t core) {
    const uint64_t sp = (uint64_t)(uintptr_t)__builtin_frame_address(0);
    uint64_t ones = 0;

    if (core == 0) {
        for (unsigned i = 0; i < sizeof zeroes / sizeof zeroes[0]; i++) {
            ones |= zeroes[i];
        }
        uart_init();
        uart_puts("\nPiBoot selftest\n");
        check("entered at EL1, EL2 or EL3", piboot_entry_el() - 1 < 3, piboot_entry_el());
        check("device tree (0: none was given)", 1, (uint64_t)(uintptr_t)piboot_dtb());
        check(".bss: zero", ones == 0, ones);
        check(".data: as linked", data == DATA, data);
        check("constructors: have run once", constructed == 1, constructed);
    }
    uart_puts("core ");
    uart_dec(core);
    uart_puts(" in alive\n");
    check("alive: in the order of the cores", arrived == core, arrived);
    check("argument: this core's number", core == piboot_core_id(), core);
    stacks[core] = sp;
    for (uint32_t other = 0; other < core; other++) {
        const uint64_t apart = sp > stacks[other] ? sp - stacks[other] : stacks[other] - sp;
        check("stack: PIBOOT_STACK_SIZE or more from another core's", apart >= PIBOOT_STACK_SIZE,
              apart);
    }
    check_state(core);
    arrived++;
}

/* Is no core after this one still to come? */
static int last(uint32_t core) {
    do {
        core++;
    } while (core < CORES && done[core]);
    return core == CORES;
}

static void running(uint32_t core) {
    while (arrived != CORES) {
    }
    for (uint32_t before = 0; before < core; before++) {
        while (!done[before]) {
        }
    }
    uart_puts("core ");
    uart_dec(core);
    uart_puts(" in running\n");
    check_state(core);
    if (last(core)) {
        uart_puts("selftest: ");
        uart_dec(passed);
        uart_puts(" passed, ");
        uart_dec(failed);
        uart_puts(" failed\n");
    }
    __asm__ volatile("dsb sy" ::: "memory");
    done[core] = 1;
    for (;;) {
        __asm__ volatile("wfe");
    }
}

static void lost(uint32_t core) {
    check("this core answers its wake-up", 0, core);
    arrived++;
    done[core] = 1;
}

PIBOOT_ALIVE(alive);
PIBOOT_RUNNING(running);
PIBOOT_CORE_LOST(lost);
PIBOOT_CONSOLE(uart_putc); /* a fault is reported here */
