// SPDX-License-Identifier: MIT
// What a core with the MMU off writes is not seen through a line that the cache holds: it must be invalidated (1).
#include "selftest.h"
    setup_vectors 2
    mmu_on  2
    adr     x2, flag
    adr     x3, data
    ldr     x4, [x3]                    // now it may be cached
    dc      civac, x2
    dc      civac, x3
    dsb     sy
    ldr     x4, [x3]
    release one
1:  dc      civac, x2
    dsb     sy
    ldr     x4, [x2]
    cbz     x4, 1b
#if BROKEN != 1
    dc      civac, x3
    dsb     sy
#endif
    ldr     x5, [x3]
    check   x4, x5, 1
    leave   0
one:
    adr     x2, flag
    adr     x3, data
    mov     x4, #1
    str     x4, [x3]
    dsb     sy
    str     x4, [x2]
    dsb     sy
    sleep
