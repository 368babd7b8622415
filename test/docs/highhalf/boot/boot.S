// SPDX-License-Identifier: MIT
// Boot code at its physical address and a kernel at a high one: core 0, from EL2 to EL1, one map for both ranges, MMU on,
// and up.
    .section ".boot.text", "ax"
    .global _start
_start:
    mrs     x0, mpidr_el1
    tst     x0, #3
    b.ne    park
    mov     x0, #1 << 31        // HCR_EL2: EL1 is AArch64
    msr     hcr_el2, x0
    mov     x0, #0x3c5
    msr     spsr_el2, x0
    adr     x0, at_el1
    msr     elr_el2, x0
    eret
at_el1:
    ldr     x0, =level0         // level 0, 1 and 2 of the first GiB
    ldr     x1, =level1
    ldr     x2, =level2
    orr     x3, x1, #3
    str     x3, [x0]
    orr     x3, x2, #3
    str     x3, [x1]
    ldr     x3, =0x705          // RAM: block, attribute 1, inner shareable, accessed
    mov     x4, #504
1:  str     x3, [x2], #8
    add     x3, x3, #1 << 21
    subs    x4, x4, #1
    b.ne    1b
    ldr     x3, =0x3f000401     // peripherals: attribute 0
    mov     x4, #8
2:  str     x3, [x2], #8
    add     x3, x3, #1 << 21
    subs    x4, x4, #1
    b.ne    2b
    msr     ttbr0_el1, x0
    msr     ttbr1_el1, x0
    ldr     x0, =0xff04
    msr     mair_el1, x0
    ldr     x0, =0x1b5103510    // TCR_EL1: 48 bits each, 4 KiB, walks cached
    msr     tcr_el1, x0
    tlbi    vmalle1
    dsb     sy
    isb
    ldr     x0, =0x30d01805     // SCTLR_EL1: M, C, I
    msr     sctlr_el1, x0
    isb
    ldr     x0, =high
    br      x0
park:
    wfe
    b       park

    .section ".boot.tables", "aw"
    .balign 4096
level0: .space 4096
level1: .space 4096
level2: .space 4096

    .text
high:
    msr     ttbr0_el1, xzr      // nothing is low any more
    tlbi    vmalle1
    dsb     sy
    isb
    ldr     x0, =stack_end
    mov     sp, x0
    ldr     x0, =__bss_start
    ldr     x1, =__bss_end
3:  cmp     x0, x1
    b.hs    4f
    str     xzr, [x0], #8
    b       3b
4:  bl      main
    b       4b
