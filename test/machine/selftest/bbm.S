// SPDX-License-Identifier: MIT
// A live translation changed to another address, with TLBI, but without break before make (1): D5.10.1.
#include "selftest.h"
    setup_vectors 2
    set     x20, 0x10000000
    set     x21, 0x10200000
    str     x20, [x20]
    str     x21, [x21]
    adr     x22, level1
    adr     x23, level2
    orr     x0, x23, #3
    str     x0, [x22, #8]
    mov     x0, #0x745
    orr     x0, x0, x20
    str     x0, [x23]
    mmu_on  2
    set     x24, 0x40000000
    mov     x9, #30
1:  ldr     x1, [x24]
#if BROKEN != 1
    str     xzr, [x23]
    dsb     sy
    tlbi    alle2
    dsb     sy
#endif
    mov     x0, #0x745
    orr     x0, x0, x21
    str     x0, [x23]
    dsb     sy
#if BROKEN == 1
    ldr     x1, [x24]
    tlbi    alle2
    dsb     sy
#endif
    isb
    ldr     x1, [x24]
    check   x1, x21, 1
    mov     x0, x20
    mov     x20, x21
    mov     x21, x0
    subs    x9, x9, #1
    b.ne    1b
    leave   0
    .balign 0x1000
level2: .space  0x1000
