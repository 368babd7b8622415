// SPDX-License-Identifier: MIT
//
// The contract: what each register holds when alive(core) and running(core) begin, on every core,
// from every way in. REGISTER(name, how it is read, mask, expected value under the mask, what it
// means). README.md shows the same table.
#ifndef PIBOOT_TEST_CONTRACT_H
#define PIBOOT_TEST_CONTRACT_H

// RES1 | SA | I; with the MMU also M | C | WXN.
#define CONTRACT_SCTLR (UINT64_C(0x30d01808) | (PIBOOT_MMU ? UINT64_C(0x00080005) : 0))

#define ALL UINT64_C(0xffffffffffffffff)

#define CONTRACT(REGISTER)                                                                         \
    REGISTER("CurrentEL", READ_SYSREG(CurrentEL), ALL, 1 << 2, "EL1")                              \
    REGISTER("SPSel", READ_SYSREG(SPSel), ALL, 1, "EL1's own stack pointer")                       \
    REGISTER("DAIF", READ_SYSREG(DAIF), ALL, 0x2c0, "debug, IRQ, FIQ masked; SError is not")       \
    REGISTER("SP", stack_pointer(), 0xf, 0, "a multiple of 16")                                    \
    REGISTER("SP's stack", stack_of(stack_pointer()), ALL, core, "this core's own")                \
    REGISTER("SCTLR_EL1", READ_SYSREG(sctlr_el1), ALL, CONTRACT_SCTLR,                             \
             "written whole; little-endian")                                                       \
    REGISTER("CPACR_EL1", READ_SYSREG(cpacr_el1), ALL, 3 << 20, "FP and SIMD do not trap")         \
    REGISTER("FPCR", READ_SYSREG(fpcr), ALL, 0, "round to nearest, no flush to zero, no traps")    \
    REGISTER("FPSR", READ_SYSREG(fpsr), ALL, 0, "nothing has happened yet")                        \
    REGISTER("VBAR_EL1", vectors(), ALL, 1, "PiBoot's vectors")                                    \
    REGISTER("MPIDR_EL1", READ_SYSREG(mpidr_el1), ALL, UINT64_C(0x80000000) | core,                \
             "the hardware's own")                                                                 \
    REGISTER("MIDR_EL1", READ_SYSREG(midr_el1), 0xff0fff00, 0x410fd000, "the hardware's own")      \
    REGISTER("MDSCR_EL1", READ_SYSREG(mdscr_el1), ALL, 0, "no single step, no breakpoints")        \
    REGISTER("CNTKCTL_EL1", READ_SYSREG(cntkctl_el1), ALL, 0, "no event stream; EL0 has no timer") \
    REGISTER("CNTP_CTL_EL0", READ_SYSREG(cntp_ctl_el0), 3, 0, "physical timer off")                \
    REGISTER("CNTV_CTL_EL0", READ_SYSREG(cntv_ctl_el0), 3, 0, "virtual timer off")                 \
    REGISTER("CNTVOFF_EL2", virtual_counter_is_physical(), ALL, 1, "0: both counters agree")       \
    REGISTER("CNTFRQ_EL0", READ_SYSREG(cntfrq_el0), ALL, piboot_timer_hz(),                        \
             "as piboot_timer_hz() says")                                                          \
    REGISTER("CNTHCTL_EL2", physical_timer_works(), ALL, 1, "physical timer usable, and it fires") \
    REGISTER("HCR_EL2.IMO", irq_reaches_el1(), ALL, 1, "an IRQ comes to EL1, and ends a WFI")      \
    REGISTER("HCR_EL2.FMO", fiq_reaches_el1(), ALL, is_pi4() ? NOT_SEEN : 1,                       \
             "an FIQ comes to EL1")                                                                \
    REGISTER("HCR_EL2.T*", el1_may_do_what_hcr_can_trap(), ALL, 1,                                 \
             "no trap: ID registers, caches, TLB, WFE, ACTLR")                                     \
    REGISTER("MDCR_EL2", el1_may_use_debug_and_pmu(), ALL, 1,                                      \
             "no trap: debug registers, OS lock, PMU")                                             \
    REGISTER("CPTR_EL2", fp_works(), ALL, 1, "no trap: FP, SIMD, CPACR_EL1")                       \
    REGISTER(".bss", bss_is_zero(), ALL, 1, "zero")                                                \
    REGISTER(".data", data_is_intact(), ALL, 1, "as linked")                                       \
    REGISTER(".init_array", constructor_calls, ALL, 1, "ran once, on core 0, before alive(0)")     \
    REGISTER("TPIDRRO_EL0", READ_SYSREG(tpidrro_el0), ALL, 0, "0: EL0 may read it")                \
    REGISTER("piboot_peripherals()", piboot_peripherals(), ALL,                                    \
             of_this_board(0x3f000000, 0xfe000000), "0x3f000000, Pi 4 0xfe000000")                 \
    REGISTER("piboot_local_peripherals()", piboot_local_peripherals(), ALL,                        \
             of_this_board(0x40000000, 0xff800000), "0x40000000, Pi 4 0xff800000")

// With PIBOOT_MMU: REGISTER(name, how it is read, mask, expected without a base, with one, what it means, and with one).
#define CONTRACT_MMU(REGISTER)                                                                     \
    REGISTER("PC", program_counter(), BASE_BITS, 0, BASE, "where the kernel is in memory",         \
             "PIBOOT_KERNEL_BASE + that")                                                          \
    REGISTER("SP and VBAR_EL1", stack_pointer() & READ_SYSREG(vbar_el1), BASE_BITS, 0, BASE,       \
             "likewise", "likewise")                                                               \
    REGISTER("TTBR0_EL1", READ_SYSREG(ttbr0_el1), ALL, (uint64_t)__piboot_tables, 0,               \
             "PiBoot's map", "0, and the kernel's to use")                                         \
    REGISTER("TTBR1_EL1", BASE == 0 ? 0 : READ_SYSREG(ttbr1_el1), ALL, 0,                          \
             (uint64_t)__piboot_tables - BASE, "undefined", "PiBoot's map, ASID 0")                \
    REGISTER("TCR_EL1.EPD0", READ_SYSREG(tcr_el1) >> 7, 1, 0, 1, "0",                              \
             "1: every access by TTBR0 faults, until the kernel clears it")                        \
    REGISTER("TCR_EL1.EPD1", READ_SYSREG(tcr_el1) >> 23, 1, 1, 0, "1", "0")                        \
    REGISTER("TCR_EL1.T0SZ", READ_SYSREG(tcr_el1), 0x3f, 31, 25, "31: 8 GiB, from level 1",        \
             "25: 512 GiB, from level 1")                                                          \
    REGISTER("TCR_EL1.TG0", READ_SYSREG(tcr_el1) >> 14, 3, 0, 0, "4 KiB", "4 KiB")                 \
    REGISTER("TCR_EL1.IRGN0, ORGN0, SH0", READ_SYSREG(tcr_el1) >> 8, 0x3f, 0x35, 0x35,             \
             "write-back, inner shareable", "write-back, inner shareable")                         \
    REGISTER("TCR_EL1.IPS", READ_SYSREG(tcr_el1) >> 32, 7, READ_SYSREG(id_aa64mmfr0_el1) & 7,      \
             READ_SYSREG(id_aa64mmfr0_el1) & 7, "the hardware's", "the hardware's")                \
    REGISTER("TCR_EL1.AS, A1",                                                                     \
             (READ_SYSREG(tcr_el1) >> 22 & 1) | (READ_SYSREG(tcr_el1) >> 35 & 2), ALL, 0, 2,       \
             "ASIDs of 8 bits", "ASIDs of 16 bits, in TTBR0_EL1")                                  \
    REGISTER("MAIR_EL1", READ_SYSREG(mair_el1), 0xffff, 0xff04, 0xff04,                            \
             "0 Device-nGnRE, 1 Normal write-back", "0 Device-nGnRE, 1 Normal write-back")

#endif
