// SPDX-License-Identifier: MIT
// What a core with caches on writes for one with the MMU off must be cleaned to memory.
#include "selftest.h"
    setup_vectors 2
    mmu_on  2
    adr     x3, data
    mov     x4, #42
    str     x4, [x3]
#if BROKEN != 1
    dc      cvac, x3
#endif
    dsb     sy
    release one
    sleep
one:
    adr     x3, data
    ldr     x4, [x3]
    mov     x5, #42
    check   x4, x5, 1
    leave   0
