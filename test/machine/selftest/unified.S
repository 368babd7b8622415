// SPDX-License-Identifier: MIT
// The instruction cache is on and the MMU off: fetches may leave lines in the unified L2 cache, while stores go past it.
// After code is written: DC to the point of coherency (1), behind the stores (2), IC (3), ISB (4).
#include "selftest.h"
    setup_vectors 2
    mrs     x0, sctlr_el2
    orr     x0, x0, #1 << 12
    msr     sctlr_el2, x0
    isb
    mov     x9, #20
    adr     x10, code
    ldr     w11, change                 // movz w0, #1
    mov     x12, #0
1:  add     x12, x12, #1
    bl      code                        // what is there is in the caches
    bfi     w11, w12, #5, #16
#if BROKEN == 2
    dc      civac, x10
    dsb     sy
    str     w11, [x10]
    dsb     sy
#else
    str     w11, [x10]
    dsb     sy
#if BROKEN != 1
    dc      civac, x10
    dsb     sy
#endif
#endif
#if BROKEN != 3
    ic      iallu
#endif
    dsb     sy
#if BROKEN != 4
    isb
#endif
    bl      code
    check   x0, x12, 1
    cmp     x12, x9
    b.ne    1b
    leave   0
change: movz    w0, #0
    .balign 64
code:   movz    w0, #0
    ret
    .balign 64
