// SPDX-License-Identifier: MIT
// Maintenance by address in a Non-shareable page is for this core's caches alone: the line of core 0 is not cleaned by core
// 1 (1), and its instruction cache not emptied (2).
#include "selftest.h"
    setup_vectors 2
    mmu_on  2
    adr     x3, data
    mov     x4, #42
    bl      code                        // what is there is in this core's instruction cache
    str     x4, [x3]
#if BROKEN != 1
    dc      civac, x3
#endif
    dsb     sy
    release one
    adr     x8, flag
1:  dc      civac, x8
    dsb     sy
    ldr     x5, [x8]
    cbz     x5, 1b
    adr     x10, code
    dc      civac, x10                  // nor is the unified L2 cache
    dsb     sy
#if BROKEN != 2
    ic      ivau, x10
    dsb     ish
#endif
    isb
    bl      code
    mov     x7, #9
    check   x0, x7, 2
    leave   0
one:
    setup_vectors 2
    mmu_on  2, alone
    adr     x3, data
#if BROKEN == 1
    dc      civac, x3
    dsb     sy
#endif
    ldr     x4, [x3]
    mov     x5, #42
    check   x4, x5, 1
    ldr     w11, change
    adr     x10, code
    str     w11, [x10]
    dc      civac, x10                  // in memory
    dsb     sy
    ic      ivau, x10                   // and out of this core's instruction cache
    dsb     sy
    mov     x9, #1
    adr     x8, flag
    str     x9, [x8]
    dc      civac, x8
    dsb     sy
    sleep
change: movz    w0, #9
    .balign 64
code:   movz    w0, #1
    ret
    .balign 0x1000
alone:  .quad   0x445                   // as level1, but Non-shareable
    .space  0xff8
