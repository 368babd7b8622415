// SPDX-License-Identifier: MIT
// Stand-in for the firmware's boot stub of a Raspberry Pi 3, written from that one's documentation:
// ../stub/firmware.S lists what it does. It is linked at 0 and executed by all four cores from reset, at EL3.
// STUB_EL1: a loader that goes on to EL1. STUB_EL3: one that stays at EL3.

#define L2CTLR_EL1 S3_1_C11_C0_2
#define CPUECTLR_EL1 S3_1_C15_C2_1

.macro set reg, value
    mov     x0, #((\value) & 0xffff)
    movk    x0, #((\value) >> 16 & 0xffff), lsl #16
    msr     \reg, x0
.endm

.globl _start
_start:
    mov     x0, #0x40000000             // local peripherals: timer runs from the crystal, at its own rate
    str     wzr, [x0]
    mov     w1, #0x80000000
    str     w1, [x0, #8]
    set     CNTFRQ_EL0, 19200000
    mov     x0, #0x40                   // SMPEN
    msr     CPUECTLR_EL1, x0
#ifdef STUB_EL3
    isb
    b       ready
#endif
    mrs     x0, L2CTLR_EL1
    mov     x1, #0x22
    orr     x0, x0, x1
    msr     L2CTLR_EL1, x0
    msr     CNTVOFF_EL2, xzr
    msr     CPTR_EL3, xzr
    mov     x0, #0x5b1                  // RW, HCE, SMD, RES1, NS
    msr     SCR_EL3, x0
    mov     x0, #0x73
    msr     ACTLR_EL3, x0
    set     SCTLR_EL2, 0x30c50830
    mov     x0, #0x3c9                  // EL2h, DAIF masked
    msr     SPSR_EL3, x0
    adr     x0, in_el2
    msr     ELR_EL3, x0
    eret
in_el2:
#ifdef STUB_EL1
    b       go_to_el1
#endif
ready:
    mrs     x6, MPIDR_EL1
    and     x6, x6, #3
    cbz     x6, primary
    adr     x5, spin
wait:
    wfe
    ldr     x4, [x5, x6, lsl #3]
    cbz     x4, wait
    mov     x0, #0
    b       leave
primary:
    ldr     w4, kernel
    ldr     w0, tree
leave:
    mov     x1, #0
    mov     x2, #0
    mov     x3, #0
    br      x4

.org 0xd8
spin:   .quad 0, 0, 0, 0
tree:   .word 0
kernel: .word 0

#ifdef STUB_EL1
go_to_el1:
    mrs     x0, MIDR_EL1
    msr     VPIDR_EL2, x0
    mrs     x0, MPIDR_EL1
    msr     VMPIDR_EL2, x0
    msr     VTTBR_EL2, xzr
    msr     HSTR_EL2, xzr
    msr     MDCR_EL2, xzr
    mov     x0, #3
    msr     CNTHCTL_EL2, x0
    set     CPTR_EL2, 0x33ff
    mov     x0, #0x80000000             // RW
    msr     HCR_EL2, x0
    set     SCTLR_EL1, 0x30d00800
    mov     x0, #0x3c5                  // EL1h, DAIF masked
    msr     SPSR_EL2, x0
    adr     x0, ready
    msr     ELR_EL2, x0
    eret
#endif
