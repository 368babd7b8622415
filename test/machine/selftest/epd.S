// SPDX-License-Identifier: MIT
// EL1, walks by TTBR1 switched off by TCR_EL1.EPD1: what the TLB has of it is used further (1), until a TLBI.
#include "selftest.h"
    el1_mmu 1
    mov     x24, #0xffffff8000000000
    adr     x23, pages
    adr     x25, place
    mov     x0, #0x703
    orr     x0, x0, x25
    str     x0, [x23]
    dsb     ishst
    isb
    ldr     x1, [x24]
    ldr     x2, [x25]
    check   x1, x2, 2
    mrs     x0, tcr_el1
    orr     x0, x0, #1 << 23
    msr     tcr_el1, x0
    isb
#if BROKEN != 1
    tlbi    vmalle1
    dsb     nsh
    isb
#endif
    at      s1e1r, x24
    isb
    mrs     x0, par_el1
    and     x0, x0, #1
    mov     x1, #1
    check   x0, x1, 1
    leave   0
    .balign 0x1000
place:  .quad   0x1111
