// SPDX-License-Identifier: MIT
//
// junk: a loader that leaves nothing as one would wish it; entered at EL3, EL2 or EL1 (EL).
//   every EL1 register that can be written, junk: SCTLR_EL1 with M, A, C, SA, I, WXN, E0E, EE on; CPACR_EL1 traps FP;
//   MDSCR_EL1 with MDE, KDE and (at EL3) SS; breakpoint and watchpoint 0 on; TTBR0/1, TCR, MAIR, AMAIR, VBAR, CONTEXTIDR,
//   TPIDR*, PAR, CSSELR, ELR, SPSR, SP_EL0, SP_EL1, CNTKCTL, both timers on, the PMU on and open to EL0, FPCR, FPSR
//   (entered at EL1: M off, and EE on core 0 only, at the last moment)
//   EL3 and EL2: every EL2 register that can be written: HCR_EL2 all ones (TGE, VM, every trap, RW 0), CPTR_EL2, HSTR_EL2,
//   MDCR_EL2 all traps, CNTHCTL_EL2 0 (traps the counter), CNTVOFF_EL2, VMPIDR_EL2 (core 3 - n), VPIDR_EL2, VTTBR, VTCR,
//   TTBR0, TCR, MAIR, VBAR, SP, ELR, SPSR, DACR32, IFSR32, FPEXC32, the hypervisor's timer on; SCTLR_EL2 with A, C, SA, I, WXN, and EE
//   (on core 0 only, at the last moment)
//   EL3: also M of SCTLR_EL2, SCR_EL3, CPTR_EL3 and MDCR_EL3 with all traps, SCTLR_EL3 with A, C, SA, I, WXN, VBAR_EL3, TPIDR_EL3
//   x0 to x30, q0 to q31, SP, NZCV junk; SPSel 0; DAIF clear
//   EL1: what EL1 cannot mend is as a sane loader leaves it: HCR_EL2 RW, no traps, VMPIDR right
//   EL3: all cores go to KERNEL at once; else cores 1 to 3 wait for their slot, whose table holds 0
// The code lies from 0x400 on, out of the way of the table.
#include "stub.h"

#define JUNK 0xa5a55a5ac3c3fcff     // odd, and an address that nobody maps
#define JUNK_SCTLR (SCTLR_A | SCTLR_C | SCTLR_SA | SCTLR_I | SCTLR_WXN)
#define JUNK_SCTLR_EL1 (SCTLR_EL1_RES1 | JUNK_SCTLR | SCTLR_M | SCTLR_E0E | SCTLR_EE)
#define MDSCR_MDE (1 << 15)
#define MDSCR_KDE (1 << 13)
#define MDSCR_TDCC (1 << 12)
#define MDSCR_SS (1 << 0)
#define TIMER_ON 1

    .text
    .globl _start
_start:
    b .Lreset

    .org SPIN_TABLE
    .quad 0, 0, 0, 0

    .org 0x400
.Lreset:
    core_number x6
    set x0, JUNK

    // EL1's registers, from EL3, where nothing traps yet.
    .irp register, ttbr0_el1, ttbr1_el1, tcr_el1, mair_el1, amair_el1, vbar_el1, contextidr_el1, tpidr_el0, tpidr_el1, \
        tpidrro_el0, par_el1, csselr_el1, elr_el1, esr_el1, far_el1, afsr0_el1, afsr1_el1, sp_el0, sp_el1, actlr_el1, \
        cntp_cval_el0, cntv_cval_el0, pmccntr_el0, pmselr_el0, pmccfiltr_el0
    msr \register, x0
    .endr
    set x1, 0xffffffff
    .irp register, cntkctl_el1, pmcntenset_el0, pmintenset_el1, pmovsset_el0, pmuserenr_el0, pmcr_el0, spsr_el1
    msr \register, x1
    .endr
    // The last PMCR_EL0 write above resets the counters; now they run.
    mov x1, #1
    msr pmcr_el0, x1
    set x1, 0xf7c09f00              // rounding, flush to zero, all the exceptions that can trap
    msr fpcr, x1
    set x1, 0xf800009f
    msr fpsr, x1
    msr cpacr_el1, xzr
#if EL == 3
    set x1, MDSCR_MDE | MDSCR_KDE | MDSCR_TDCC | MDSCR_SS
#else
    set x1, MDSCR_MDE | MDSCR_KDE | MDSCR_TDCC
#endif
    msr oslar_el1, xzr
    msr mdscr_el1, x1
    set x1, 0x1e5                   // enabled, all privileges, any address that matches
    msr dbgbcr0_el1, x1
    msr dbgbvr0_el1, x0
    set x1, 0x1ff5
    msr dbgwcr0_el1, x1
    msr dbgwvr0_el1, x0
    mov x1, #TIMER_ON
    msr cntp_ctl_el0, x1
    msr cntv_ctl_el0, x1
#if EL > 1
    set x1, JUNK_SCTLR_EL1
    msr sctlr_el1, x1
#else
    set x1, SCTLR_EL1_RES1 | JUNK_SCTLR
    msr sctlr_el1, x1               // mmu.S has M
#endif
    .irp n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
    dup v\n\().2d, x0
    .endr

#if EL > 1
    .irp register, actlr_el2, afsr0_el2, afsr1_el2, amair_el2, elr_el2, esr_el2, far_el2, hacr_el2, hpfar_el2, \
        mair_el2, tcr_el2, tpidr_el2, ttbr0_el2, vbar_el2, vtcr_el2, vttbr_el2, cntvoff_el2, cnthp_cval_el2, \
        dacr32_el2, ifsr32_el2, vpidr_el2, spsr_abt, spsr_und, spsr_irq, spsr_fiq, sp_el2
    msr \register, x0
    .endr
    mov x1, #TIMER_ON
    msr cnthp_ctl_el2, x1
    msr cnthctl_el2, xzr            // the physical counter and timer trap from EL1
    mov x1, #3
    sub x1, x1, x6
    msr vmpidr_el2, x1              // core n says that it is core 3 - n
    set x1, 0xffff
    msr hstr_el2, x1
    set x1, 0xfe0                   // TDRA, TDOSA, TDA, TDE, HPME, TPM, TPMCR, and HPMN 0
    msr mdcr_el2, x1
#if EL == 3
    set x1, SCTLR_EL2_RES1 | JUNK_SCTLR | SCTLR_M | SCTLR_EE
#else
    set x1, SCTLR_EL2_RES1 | JUNK_SCTLR
#endif
    msr sctlr_el2, x1
#else
    set x1, HCR_EL2_RW
    msr hcr_el2, x1
    mov x1, #3
    msr cnthctl_el2, x1
    msr cntvoff_el2, xzr
    mrs x1, mpidr_el1
    msr vmpidr_el2, x1
    mrs x1, midr_el1
    msr vpidr_el2, x1
    set x1, SCTLR_EL2_RES1
    msr sctlr_el2, x1
#endif

#if EL == 3
    set x1, 0x33ff | 1 << 31 | 1 << 20 | 1 << 10
    msr cptr_el2, x1
    mov x1, #-1
    msr hcr_el2, x1
    set x1, 0x3f0e                  // TWE, TWI, ST, SIF, SMD, EA, FIQ, IRQ; RW, HCE and NS 0
    msr scr_el3, x1
    set x1, 0x00010640              // TPM, TDA, TDOSA, SPME
    msr mdcr_el3, x1
    msr vbar_el3, x0
    msr tpidr_el3, x0
    set x1, SCTLR_EL2_RES1 | JUNK_SCTLR
    msr sctlr_el3, x1
    set x1, 1 << 31 | 1 << 20 | 1 << 10
    msr cptr_el3, x1                // TCPAC, TTA, TFP
    set x5, KERNEL
#else
    set x1, SCR_EL3_FIRMWARE
    msr scr_el3, x1
    msr cptr_el3, xzr
    msr mdcr_el3, xzr
#if EL == 2
    leave_el3 SPSR_EL2T             // DAIF clear, SPSel 0
    set x1, 0x33ff | 1 << 31 | 1 << 20 | 1 << 10
    msr cptr_el2, x1                // TCPAC, TTA, TFP
    mov x1, #-1
    msr hcr_el2, x1
#else
    leave_el3 SPSR_DAIF | SPSR_EL2H
    mov x0, #0x33ff
    msr cptr_el2, x0
    leave_el2 4                     // EL1t, DAIF clear
#endif
    cbz x6, .Lkernel
    pen
    b .Lgo
.Lkernel:
    set x5, KERNEL
#if EL == 2
    set x1, SCTLR_EL2_RES1 | JUNK_SCTLR | SCTLR_EE
    msr sctlr_el2, x1
#else
    set x1, SCTLR_EL1_RES1 | JUNK_SCTLR | SCTLR_E0E | SCTLR_EE
    msr sctlr_el1, x1
#endif
    isb
.Lgo:
#endif
    // The general registers last; x5 is where to go.
    set x0, JUNK
    .irp n, 1,2,3,4,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30
    mov x\n, x0
    .endr
#if EL == 3
    msr spsel, #0
    msr daifclr, #0xf
#endif
    mov sp, x0
    msr nzcv, x0
    br x5
