// SPDX-License-Identifier: MIT
//
// firmware: what the Raspberry Pi's own stub does to a Pi 3, written from its documentation. Below 256 bytes.
//   EL3, every core   LOCAL_CONTROL 0, LOCAL_PRESCALER 0x80000000; L2CTLR_EL1 |= 0x22; CNTFRQ 19.2 MHz (or CNTFRQ);
//                     CNTVOFF_EL2 0; CPTR_EL3 0; SCR_EL3 RW|HCE|SMD|RES1|NS; ACTLR_EL3 0x73; CPUECTLR_EL1.SMPEN;
//                     SCTLR_EL2 0x30c50830
//   EL2, core 0       x0 = X0, x1 to x3 = 0; jumps to KERNEL; HCR_EL2 as at reset
//   EL2, cores 1-3    wait in WFE for their slot at 0xd8 + 8 n, jump there with x0 to x3 = 0
// With LOST_CORE or LATE_CORE, that core's pen does not answer, or answers late. With ENTERED_AT core 0 jumps when the
// counter is there.
#include "stub.h"

#ifndef CNTFRQ
#define CNTFRQ 19200000
#endif

    .text
    .globl _start
_start:
    set x1, 0x40000000 // LOCAL_CONTROL
    str wzr, [x1]
    set x0, 0x80000000
    str w0, [x1, #8] // LOCAL_PRESCALER
    mrs x0, S3_1_C11_C0_2 // L2CTLR_EL1
    mov x1, #0x22
    orr x0, x0, x1
    msr S3_1_C11_C0_2, x0
    set x0, CNTFRQ
    msr cntfrq_el0, x0
    msr cntvoff_el2, xzr
    msr cptr_el3, xzr
    set x0, SCR_EL3_FIRMWARE
    msr scr_el3, x0
    mov x0, #0x73
    msr actlr_el3, x0
    mov x0, #0x40 // SMPEN
    msr S3_1_C15_C2_1, x0 // CPUECTLR_EL1
    set x0, SCTLR_EL2_RES1
    msr sctlr_el2, x0
    leave_el3 SPSR_DAIF | SPSR_EL2H

    core_number x6
    cbz x6, .Lkernel
    pen
    mov x0, #0
    b .Lgo
.Lkernel:
#ifdef ENTERED_AT
    set x5, ENTERED_AT
.Lnot_yet:
    yield
    mrs x1, cntpct_el0
    cmp x1, x5
    b.lo .Lnot_yet
#endif
    ldr w5, kernel
    ldr w0, tree
.Lgo:
    mov x1, #0
    mov x2, #0
    mov x3, #0
    br x5

    .org SPIN_TABLE
    .quad 0, 0, 0, 0
tree:
    .word X0 // 0xf8: the firmware writes the device tree's address here,
kernel:
    .word KERNEL // 0xfc: and the kernel's here
