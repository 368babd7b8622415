// SPDX-License-Identifier: MIT
// Two cores count under exclusives, a hundred times each; an ordinary read and write loses counts (1).
#include "selftest.h"
    setup_vectors 2
    mmu_on  2
    release one
    bl      count
1:  adr     x3, flag
    ldar    x4, [x3]
    cbnz    x4, 2f
    wfe
    b       1b
2:  adr     x3, data
    ldr     x4, [x3]
    mov     x5, #200
    check   x4, x5, 1
    leave   0
one:
    setup_vectors 2
    mmu_on  2
    bl      count
    adr     x3, flag
    mov     x4, #1
    stlr    x4, [x3]
    dsb     sy
    sev
    sleep
count:
    adr     x3, data
    mov     x5, #100
1:
#if BROKEN == 1
    ldr     x4, [x3]
    add     x4, x4, #1
    str     x4, [x3]
#else
    ldaxr   x4, [x3]
    add     x4, x4, #1
    stlxr   w6, x4, [x3]
    cbnz    w6, 1b
#endif
    subs    x5, x5, #1
    b.ne    1b
    ret
