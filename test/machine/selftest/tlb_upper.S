// SPDX-License-Identifier: MIT
// EL1, a mapping of TTBR1 changed by break before make, and TLBI of its address: the new one is used; without the TLBI
// (1) it may not be.
#include "selftest.h"
    el1_mmu 1
    mov     x24, #0xffffff8000000000
    adr     x23, pages
    adr     x25, place0
    adr     x26, place1
    mov     x0, #0x703
    orr     x0, x0, x25
    str     x0, [x23]
    dsb     ishst
    isb
    mov     x9, #30
again:
    ldr     x1, [x24]
    ldr     x2, [x25]
    check   x1, x2, 2
    str     xzr, [x23]                  // break
    dsb     ishst
#if BROKEN != 1
    ubfx    x0, x24, #12, #44
    tlbi    vae1is, x0
#endif
    dsb     ish
    isb
    mov     x1, x25
    mov     x25, x26
    mov     x26, x1
    mov     x0, #0x703
    orr     x0, x0, x25
    str     x0, [x23]                   // make
    dsb     ishst
    isb
    ldr     x1, [x24]
    ldr     x2, [x25]
    check   x1, x2, 1
    subs    x9, x9, #1
    b.ne    again
    leave   0
    .balign 0x1000
place0: .quad   0x1111
    .balign 0x1000
place1: .quad   0x2222
