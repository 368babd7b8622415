// SPDX-License-Identifier: MIT
// New code: IC (1), the store complete before it (2), IC complete (3), ISB (4).
#include "selftest.h"
    setup_vectors 2
    mov     x9, #40                     // again and again: each time another instruction
    mov     x10, #0
again:
    add     x10, x10, #1
    bl      code
    adr     x3, code
    set     x4, 0xd280000b              // movz x11, #0
    orr     x4, x4, x10, lsl #5
    str     w4, [x3]
#if BROKEN != 2
    dsb     sy
#endif
#if BROKEN != 1
    ic      ivau, x3
#endif
#if BROKEN != 3
    dsb     sy
#endif
#if BROKEN != 4
    isb
#endif
    bl      code
    check   x10, x11, 1
    subs    x9, x9, #1
    b.ne    again
    leave   0
    .balign 0x100
code:
    mov     x11, #0
    ret
