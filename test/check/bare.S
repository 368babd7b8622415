// SPDX-License-Identifier: MIT
//
// A kernel without PiBoot, as the firmware starts it: one core at EL2. It goes to EL1, and has not written SCTLR_EL1
// (1); it sets a bit in HCR_EL2 (2) or CPACR_EL1 (3), of which nobody wrote the others; it uses FP, and has not written
// CPTR_EL2 (4: a note, as a Cortex-A53 and the firmware leave it usable). It changes code and tells no instruction cache
// (5: a note, while fetches are not cached). It maintains caches by set and way before any is on (6: a note).
#ifndef BUG
#define BUG 0
#endif

    .section .text.boot, "ax"
    .globl _start
_start:
#if BUG != 4
    mov     x0, #0x33ff                 // RES1, no trap
    msr     cptr_el2, x0
#endif
#if BUG == 2
    // 2 register-unknown first
    mrs     x0, hcr_el2
    orr     x0, x0, #0x80000000
    msr     hcr_el2, x0
#else
    mov     x0, #0x80000000             // RW: EL1 is AArch64
    msr     hcr_el2, x0
#endif
#if BUG != 1
    movz    x0, #0x0800
    movk    x0, #0x30d0, lsl #16        // RES1
    msr     sctlr_el1, x0
#endif
#if BUG == 3
    // 3 register-unknown first
    mrs     x0, cpacr_el1
    orr     x0, x0, #3 << 20
    msr     cpacr_el1, x0
#else
    mov     x0, #3 << 20
    msr     cpacr_el1, x0
#endif
#if BUG == 6
    // 6 set-way-early first
    dc      cisw, xzr
#endif
    mov     x0, #0x3c5                  // EL1h, all masked
    msr     spsr_el2, x0
    adr     x0, at_el1
    msr     elr_el2, x0
    // 1 register-unknown first
    eret

at_el1:
    // 4 register-reset first
    fmov    d0, xzr
    adr     x1, code
    ldr     w2, new
    // 5 stale-code-uncached second
    str     w2, [x1]
    dsb     sy
#if BUG != 5
    ic      ivau, x1
    dsb     sy
#endif
    isb
    b       code

    .balign 64
code:                                   // status 0, by semihosting
    // 5 stale-code-uncached first
    nop
    mov     w0, #0x18
    adr     x1, block
    hlt     #0xf000
    .balign 8
block:
    .quad   0x20026, 0
new:
    nop
