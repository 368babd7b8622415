// SPDX-License-Identifier: MIT
//
// mmu: U-Boot's "go": the kernel is entered at EL3, EL2 or EL1 (EL) with the MMU and the caches on, in an identity map of
// 1 GiB blocks: RAM and peripherals below 0x40000000, the core-local peripherals above. Cores 1 to 3 wait for their
// slot with their MMU off, as the firmware left them. At EL1 the rest of its state is at its worst. The table is at 0x1000.
#include "stub.h"

#define BLOCK (1 << 10 | 3 << 8 | 1) // access flag, inner shareable, a block
#define NORMAL (0 << 2)              // attribute 0 of MAIR
#define DEVICE (1 << 2)              // attribute 1
#define MAIR 0x04ff                  // 0: write-back, 1: Device-nGnRE
#define TCR (32 | 1 << 8 | 1 << 10 | 3 << 12) // 4 GiB, 4 KiB granule, write-back, inner shareable
#define TCR_EL2_RES1 (1 << 31 | 1 << 23)
#define TCR_EL1_NO_TTBR1 (1 << 23)
#define ON (SCTLR_M | SCTLR_C | SCTLR_I)

    .text
    .globl _start
_start:
    core_number x6
    set x0, SCR_EL3_FIRMWARE
    msr scr_el3, x0
    msr cptr_el3, xzr
    set x0, SCTLR_EL2_RES1
    msr sctlr_el2, x0
#if EL < 3
    leave_el3 SPSR_DAIF | SPSR_EL2H
#endif
    b .Lentered

    .org SPIN_TABLE
    .quad 0, 0, 0, 0

    .org 0x100
.Lentered:
#if EL == 1
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
    cbnz x6, .Lpen
    set x0, MAIR
    adr x1, .Ltable
#if EL == 1
    set x2, TCR | TCR_EL1_NO_TTBR1
    set x3, SCTLR_EL1_RES1 | ON
    msr mair_el1, x0
    msr ttbr0_el1, x1
    msr tcr_el1, x2
    isb
    msr sctlr_el1, x3
#else
    set x2, TCR | TCR_EL2_RES1 // EL3's as well
    set x3, SCTLR_EL2_RES1 | ON
.macro mmu_on el
    msr mair_el\el, x0
    msr ttbr0_el\el, x1
    msr tcr_el\el, x2
    isb
    msr sctlr_el\el, x3
.endm
#if EL == 2
    mmu_on 2
#else
    mmu_on 3
#endif
#endif
    isb
    set x5, KERNEL
    set x0, X0
    br x5
.Lpen:
    pen
    br x5

    .org 0x1000
.Ltable:
    .quad 0x00000000 | BLOCK | NORMAL
    .quad 0x40000000 | BLOCK | DEVICE
    .quad 0, 0
