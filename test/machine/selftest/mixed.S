// SPDX-License-Identifier: MIT
// Boot data that was written with the caches off and is read with them on (zephyr's report 119630): the lines must be
// invalidated after the writes, as old ones may be in the caches of whoever has them on (1).
#include "selftest.h"
    setup_vectors 2
    mmu_on  2
    adr     x3, data
    adr     x4, flag
    ldr     x5, [x3]
    release one
1:  ldr     x6, [x3]                    // its caches hold the line, or take it, while core 1 writes
    dc      civac, x4
    dsb     sy
    ldr     x6, [x4]
    cbz     x6, 1b
    dmb     ish
    ldr     x6, [x3]
    mov     x7, #0x77
    check   x6, x7, 1
    leave   0
one:                                    // MMU off
    adr     x3, data
    adr     x4, flag
    mov     x7, #0x77
    str     x7, [x3]
    dsb     sy
#if BROKEN != 1
    dc      ivac, x3
    dsb     sy
#endif
    mov     x7, #1
    str     x7, [x4]
    dsb     sy
    sleep
