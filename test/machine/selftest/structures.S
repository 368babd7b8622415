// SPDX-License-Identifier: MIT
// ST1 and LD1 of four registers: with the MMU off, to an address that is a multiple of an element alone. One that is none
// faults (1).
#include "selftest.h"
    setup_vectors 2
    mov     x0, #0x33ff
    msr     cptr_el2, x0
    isb
    mov     x1, #0x55
    dup     v0.2d, x1
    dup     v1.2d, x1
    dup     v2.2d, x1
    mov     x2, #0xaa
    dup     v3.2d, x2
    adr     x3, data
#if BROKEN == 1
    add     x3, x3, #4
#else
    add     x3, x3, #8
#endif
    mov     x4, x3
    st1     {v0.2d-v3.2d}, [x3], #64
    sub     x5, x3, x4
    mov     x6, #64
    check   x5, x6, 1
    ldr     x5, [x4, #40]
    check   x5, x1, 2
    ldr     x5, [x4, #56]
    check   x5, x2, 3
    ld1     {v4.2d, v5.2d}, [x4]
    fmov    x5, d5
    check   x5, x1, 4
    leave   0
