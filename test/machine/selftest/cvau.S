// SPDX-License-Identifier: MIT
// New code written through the data cache must be cleaned to the point of unification (1).
#include "selftest.h"
    setup_vectors 2
    mmu_on  2
    mov     x10, #0
again:
    add     x10, x10, #1
    bl      code
    adr     x3, code
    set     x4, 0xd280000b              // movz x11, #0
    orr     x4, x4, x10, lsl #5
    str     w4, [x3]
#if BROKEN != 1
    dc      cvau, x3
#endif
    dsb     sy
    ic      ivau, x3
    dsb     sy
    isb
    bl      code
    check   x10, x11, 1
    cmp     x10, #20
    b.ne    again
    leave   0
    .balign 0x100
code:
    mov     x11, #0
    ret
