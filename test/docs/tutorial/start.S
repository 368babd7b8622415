// SPDX-License-Identifier: MIT
// A start file in the shape of the tutorials: core 0 only, down to EL1, stack, .bss, main.
    .section ".text.boot", "ax"
    .global _start
_start:
    mrs     x1, mpidr_el1
    and     x1, x1, #3
    cbz     x1, 2f
1:  wfe                         // the other cores never leave
    b       1b
2:  ldr     x1, =_start
    mrs     x0, CurrentEL
    and     x0, x0, #12
    cmp     x0, #12
    bne     5f
    mov     x2, #0x5b1          // EL3: down to EL2
    msr     scr_el3, x2
    mov     x2, #0x3c9
    msr     spsr_el3, x2
    adr     x2, 5f
    msr     elr_el3, x2
    eret
5:  cmp     x0, #4
    beq     6f
    msr     sp_el1, x1
    mov     x0, #(1 << 31)      // EL2: EL1 is AArch64
    msr     hcr_el2, x0
    mov     x2, #0x3c5
    msr     spsr_el2, x2
    adr     x2, 6f
    msr     elr_el2, x2
    eret
6:  mov     sp, x1              // the stack grows down from the image
    ldr     x1, =__bss_start
    ldr     w2, =__bss_size     // in units of 8 bytes
3:  cbz     w2, 4f
    str     xzr, [x1], #8
    sub     w2, w2, #1
    cbnz    w2, 3b
4:  bl      main
    b       1b
