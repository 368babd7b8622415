// SPDX-License-Identifier: MIT
// A changed translation, by break before make: TLBI (1), the store complete before it (2), TLBI and the new one complete
// (3), ISB (4).
#include "selftest.h"
    setup_vectors 2
    set     x20, 0x10000000             // two places, told apart
    set     x21, 0x10200000
    str     x20, [x20]
    str     x21, [x21]
    adr     x22, level1                 // the second GiB: a table with one block
    adr     x23, level2
    orr     x0, x23, #3
    str     x0, [x22, #8]
    mov     x0, #0x745
    orr     x0, x0, x20
    str     x0, [x23]
    mmu_on  2
    set     x24, 0x40000000
    mov     x9, #30
again:
    ldr     x1, [x24]
    check   x1, x20, 1
    str     xzr, [x23]                  // break
#if BROKEN != 2
    dsb     sy
#endif
#if BROKEN != 1
    tlbi    alle2
#endif
#if BROKEN != 3
    dsb     sy
#endif
    mov     x0, #0x745                  // make
    orr     x0, x0, x21
    mov     x1, x20                     // the other one
    mov     x20, x21
    mov     x21, x1
    str     x0, [x23]
#if BROKEN != 3
    dsb     sy
#endif
#if BROKEN != 4
    isb
#endif
    ldr     x1, [x24]
    check   x1, x20, 1
    subs    x9, x9, #1
    b.ne    again
    leave   0
    .balign 0x1000
level2: .space  0x1000
