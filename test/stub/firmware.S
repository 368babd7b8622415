// SPDX-License-Identifier: MIT
//
// firmware: what the Raspberry Pi's own stub does to a Pi 3, written from its documentation. Below 256 bytes. And with
// BCM2711 to a Pi 4: its addresses, 54 MHz, and each core gives the GIC-400's interrupts to the non-secure world.
//   EL3, every core   LOCAL_CONTROL 0, LOCAL_PRESCALER 0x80000000; L2CTLR_EL1 |= 0x22; CNTFRQ 19.2 MHz (or CNTFRQ);
//                     CNTVOFF_EL2 0; CPTR_EL3 0; SCR_EL3 RW|HCE|SMD|RES1|NS; ACTLR_EL3 0x73; CPUECTLR_EL1.SMPEN;
//                     SCTLR_EL2 0x30c50830
//   EL2, core 0       x0 = X0, x1 to x3 = 0; jumps to KERNEL; HCR_EL2 as at reset
//   EL2, cores 1-3    wait in WFE for their slot at 0xd8 + 8 n, jump there with x0 to x3 = 0
// With LOST_CORE or LATE_CORE, that core's pen does not answer, or answers late. With ENTERED_AT core 0 jumps when the
// counter is there.
#include "stub.h"

#ifdef BCM2711
#define LOCAL_CONTROL 0xff800000
#define CRYSTAL 54000000
#else
#define LOCAL_CONTROL 0x40000000
#define CRYSTAL 19200000
#endif
#ifndef CNTFRQ
#define CNTFRQ CRYSTAL
#endif

    .text
    .globl _start
_start:
    set x1, LOCAL_CONTROL
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
#ifdef BCM2711
    b gic
.Lgic_done:
#endif
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

#ifdef BCM2711
gic: // GIC Architecture Specification v2, chapter 4: bank 0 is each core's own, and so is the interface
    set x0, 0xff841000 // distributor
    mov w1, #3
    str w1, [x0] // GICD_CTLR: both groups
    mov w1, #-1
    mov x2, #8 // 256 interrupts
    add x3, x0, #0x80 // GICD_IGROUPR
.Lgroup:
    str w1, [x3], #4
    subs x2, x2, #1
    b.ne .Lgroup
    set x0, 0xff842000 // interface
    mov w1, #0x1e7
    str w1, [x0] // GICC_CTLR: both groups, no bypass
    mov w1, #0xff
    str w1, [x0, #4] // GICC_PMR
    b .Lgic_done
#endif
