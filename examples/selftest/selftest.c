/* SPDX-License-Identifier: MIT
 *
 * For people with a board: checks on every core, in alive and in running, the machine state that
 * PiBoot promises, and prints PASS or FAIL for each line of it on the UART.
 */

#include "piboot.h"
#include "uart.h"

#define CORES (PIBOOT_MULTICORE ? 4U : 1U)
#define DATA UINT64_C(0x0123456789abcdef)

/* SCTLR_EL1: what must be 1 in ARMv8.0, and the bits that PiBoot decides. */
#define SCTLR_RES1 (1U << 29 | 1U << 28 | 1U << 23 | 1U << 22 | 1U << 20 | 1U << 11)
#define SCTLR_M (1U << 0)
#define SCTLR_C (1U << 2)
#define SCTLR_SA (1U << 3)
#define SCTLR_I (1U << 12)
#define SCTLR_EE (1U << 25)

#define READ(name)                                                                                 \
    __extension__({                                                                                \
        uint64_t value_;                                                                           \
        __asm__ volatile("mrs %0, " #name : "=r"(value_));                                         \
        value_;                                                                                    \
    })

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

static void check_state(uint32_t core) {
    const uint64_t sctlr = READ(sctlr_el1);
    const uint64_t sctlr_mmu = SCTLR_M | SCTLR_C | SCTLR_I;
    const uint64_t sp = (uint64_t)(uintptr_t)__builtin_frame_address(0);
    const uint64_t before = READ(cntpct_el0);
    volatile double third = 1.0;

    check("CurrentEL: EL1", READ(CurrentEL) == 1U << 2, READ(CurrentEL));
    check("SPSel: EL1h", READ(SPSel) == 1, READ(SPSel));
    check("DAIF: all masked", READ(daif) == 15U << 6, READ(daif));
    check("MPIDR_EL1: this core", (READ(mpidr_el1) & 0xff) == core, READ(mpidr_el1));
    check("MIDR_EL1: an Arm core", READ(midr_el1) >> 24 == 0x41, READ(midr_el1));
    check("SP: a multiple of 16", sp % 16 == 0, sp);
    check("SCTLR_EL1: RES1 bits", (sctlr & SCTLR_RES1) == SCTLR_RES1, sctlr);
    check("SCTLR_EL1: little-endian, SP checked", (sctlr & (SCTLR_EE | SCTLR_SA)) == SCTLR_SA,
          sctlr);
    check(PIBOOT_MMU ? "SCTLR_EL1: MMU and caches on" : "SCTLR_EL1: MMU and caches off",
          (sctlr & sctlr_mmu) == (PIBOOT_MMU ? sctlr_mmu : 0), sctlr);
    check("CPACR_EL1: FP and SIMD on", (READ(cpacr_el1) >> 20 & 3) == 3, READ(cpacr_el1));
    third /= 3.0;
    check("FP: 1 / 3", third > 0.333 && third < 0.334, (uint64_t)(third * 1e6));
    check("FPCR: 0", READ(fpcr) == 0, READ(fpcr));
    check("MDSCR_EL1: no debug traps", READ(mdscr_el1) == 0, READ(mdscr_el1));
    check("CNTKCTL_EL1: 0", READ(cntkctl_el1) == 0, READ(cntkctl_el1));
    check("CNTV_CTL_EL0: virtual timer off", (READ(cntv_ctl_el0) & 1) == 0, READ(cntv_ctl_el0));
    check("CNTFRQ_EL0: not 0", piboot_timer_hz() != 0, piboot_timer_hz());
    check("CNTPCT_EL0: counts", READ(cntpct_el0) > before, READ(cntpct_el0));
    check("CNTVOFF_EL2: 0", READ(cntvct_el0) - READ(cntpct_el0) + 1000000 < 2000000,
          READ(cntvct_el0) - READ(cntpct_el0));
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
