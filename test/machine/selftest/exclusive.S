// SPDX-License-Identifier: MIT
// Exclusives need Normal cacheable memory (1: the MMU is off).
#include "selftest.h"
    setup_vectors 2
#if BROKEN != 1
    mmu_on  2
#endif
    adr     x3, data
    mov     x5, #1000
1:  ldxr    x4, [x3]
    add     x4, x4, #1
    stxr    w6, x4, [x3]
    cbz     w6, 2f
    subs    x5, x5, #1
    b.ne    1b
    leave   37                          // as an abort does
2:  ldr     x5, [x3]
    check   x4, x5, 1
    leave   0
