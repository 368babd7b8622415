// SPDX-License-Identifier: MIT
// A start file in the shape of the Rust crate ruspiro-boot's: on each core all data caches invalidated by set and way,
// down to EL1, a stack; .bss on core 0, 16 bytes at a time; then alive, and the next core by its slot of the spin table.
    .section ".text.boot", "ax"
    .global _start
_start:
    mrs     x19, mpidr_el1
    and     x19, x19, #3
    mov     x20, #0             // the level of cache, twice
1:  msr     csselr_el1, x20
    isb
    mrs     x1, ccsidr_el1
    and     x2, x1, #7
    add     x2, x2, #4          // log2 of the line
    ubfx    x3, x1, #3, #10     // ways - 1
    clz     w4, w3              // where the way goes
2:  ubfx    x5, x1, #13, #15    // sets - 1
    lsl     w6, w3, w4
    orr     w6, w6, w20
3:  lsl     w7, w5, w2
    orr     w7, w7, w6
    dc      isw, x7
    subs    w5, w5, #1
    b.ge    3b
    subs    w3, w3, #1
    b.ge    2b
    dsb     sy
    add     x20, x20, #2
    cmp     x20, #4
    b.lo    1b
    mrs     x0, CurrentEL
    cmp     x0, #8
    b.lo    6f
    b.eq    5f
    mov     x2, #0x5b1          // EL3: down to EL2
    msr     scr_el3, x2
    mov     x2, #0x3c9
    msr     spsr_el3, x2
    adr     x2, 5f
    msr     elr_el3, x2
    eret
5:  mov     x0, #(1 << 31)      // EL2: EL1 is AArch64
    msr     hcr_el2, x0
    mov     x2, #0x3c5
    msr     spsr_el2, x2
    adr     x2, 6f
    msr     elr_el2, x2
    eret
6:  mov     x0, #(3 << 20)
    msr     cpacr_el1, x0
    adrp    x1, _start          // the stacks grow down from the image, 64 KiB each
    sub     x1, x1, x19, lsl #16
    mov     sp, x1
    cbnz    x19, 8f
    adrp    x1, __bss_start
    add     x1, x1, :lo12:__bss_start
    adrp    x2, __bss_end
    add     x2, x2, :lo12:__bss_end
7:  stp     xzr, xzr, [x1], #16
    cmp     x1, x2
    b.lo    7b
8:  mov     x0, x19
    bl      main
    add     x1, x19, #1
    cmp     x1, #4
    b.hs    9f
    mov     x0, #0xd8
    adr     x2, _start
    str     x2, [x0, x1, lsl #3]
    dsb     sy
    sev
9:  mov     x0, x19
    bl      running
    b       .
