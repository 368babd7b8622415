// SPDX-License-Identifier: MIT
// Two stores to one line, each cleaned (D4.4.8: maintenance is in order with accesses to its line): the second DC is
// not the first one again (1).
#include "selftest.h"
    setup_vectors 2
    mmu_on  2
    adr     x3, data
    mov     x4, #1
    str     x4, [x3]
    dc      civac, x3
    mov     x5, #2
    str     x5, [x3, #8]
#if BROKEN != 1
    dc      civac, x3
#endif
    dsb     sy
    release one
    sleep
one:                                    // MMU off: reads memory
    adr     x3, data
    ldr     x0, [x3, #8]
    mov     x5, #2
    check   x0, x5, 1
    leave   0
