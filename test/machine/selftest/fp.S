// SPDX-License-Identifier: MIT
// FP and SIMD: an element to a scalar, arithmetic, and the flags; CSET with the condition NV is CSINC.
#include "selftest.h"
    setup_vectors 2
    mmu_on  2
    mov     x0, #0x33ff
    msr     cptr_el2, x0
    isb
    msr     fpcr, xzr
    movz    x1, #0x1111
    movk    x1, #0x2222, lsl #32
    fmov    d1, x1
    mov     s0, v1.s[1]
    fmov    x2, d0
    mov     x3, #0x2222
    check   x2, x3, 1
    fmov    d2, #1.5
    fadd    d3, d2, d2
    fcvtzs  x4, d3
    mov     x5, #3
    check   x4, x5, 2
    fcmp    d3, d2
    b.gt    1f
    leave   3
1:  .inst   0x9a9ff7e7                  // csinc x7, xzr, xzr, nv: NV holds always
    check   x7, xzr, 4
    leave   0
