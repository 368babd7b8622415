// SPDX-License-Identifier: MIT
//
// entry: a plain loader that enters at EL3, EL2 or EL1 (EL).
//   ALL undefined   core 0 jumps to KERNEL, cores 1 to 3 wait for their slot, as with the firmware
//   ALL             every core jumps to KERNEL at once
//   x0 is X0, all 64 bits of it; CNTFRQ is QEMU's unless CNTFRQ is given
//   SLOTS           what the four slots hold when the kernel is entered (default 0)
//   EL2             SCR_EL3 as the firmware; SCTLR_EL2 RES1; the rest as at reset
//   EL1             also HCR_EL2 RW, CNTHCTL_EL2 3, CNTVOFF_EL2 0, VMPIDR/VPIDR right, as a sane loader leaves them; and
//                   what EL1 can mend at its worst
#include "stub.h"

    .text
    .globl _start
_start:
    b .Lreset
    .org SPIN_TABLE
#ifdef SLOTS
    .quad SLOTS, SLOTS, SLOTS, SLOTS
#else
    .quad 0, 0, 0, 0
#endif
    .org 0x100
.Lreset:
#ifdef CNTFRQ
    set x0, CNTFRQ
    msr cntfrq_el0, x0
#endif
    core_number x6
#if EL < 3
    set x0, SCR_EL3_FIRMWARE
    msr scr_el3, x0
    msr cptr_el3, xzr
    set x0, SCTLR_EL2_RES1
    msr sctlr_el2, x0
    leave_el3 SPSR_DAIF | SPSR_EL2H
#endif
#if EL < 2
    set x0, HCR_EL2_RW
    msr hcr_el2, x0
    mov x0, #3
    msr cnthctl_el2, x0
    msr cntvoff_el2, xzr
    mrs x0, mpidr_el1
    msr vmpidr_el2, x0
    mrs x0, midr_el1
    msr vpidr_el2, x0
    set x0, SCTLR_EL1_RES1
    msr sctlr_el1, x0
    worst_el1
    leave_el2 SPSR_DAIF | SPSR_EL1H
#endif
#ifndef ALL
    cbz x6, .Lkernel
    pen
    br x5
.Lkernel:
#endif
    set x5, KERNEL
    set x0, X0
    br x5
