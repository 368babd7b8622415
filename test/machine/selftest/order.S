// SPDX-License-Identifier: MIT
// Stores become visible in order only with DMB (1), and loads are satisfied in order only with DMB (2).
#include "selftest.h"
    setup_vectors 2
    mmu_on  2
    adr     x10, data
    adr     x11, flag
    release one
    mov     x5, #60
1:  str     x5, [x10]
#if BROKEN != 1
    dmb     ish
#endif
    str     x5, [x11]
    mov     x6, #20
2:  subs    x6, x6, #1
    b.ne    2b
    subs    x5, x5, #1
    b.ne    1b
    dsb     sy
    sleep
one:
    setup_vectors 2
    mmu_on  2
    adr     x10, data
    adr     x11, flag
    mov     x6, #3000                   // data counts down: never above flag
3:  ldr     x1, [x11]
#if BROKEN != 2
    dmb     ish
#endif
    ldr     x2, [x10]
    cbz     x1, 4f
    cmp     x2, x1
    b.hi    5f
4:  subs    x6, x6, #1
    b.ne    3b
    leave   0
5:  leave   1
