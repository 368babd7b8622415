// SPDX-License-Identifier: MIT
// Other cores hold stale instructions too: IC IVAU reaches them, IC IALLU does not (1).
#include "selftest.h"
    setup_vectors 2
    release one
1:  adr     x3, flag                    // core 1 has run the old code
    ldr     x4, [x3]
    cbnz    x4, 2f
    wfe
    b       1b
2:  adr     x3, code
    set     x4, 0xd280002b              // movz x11, #1
    str     w4, [x3]
    dsb     sy
#if BROKEN == 1
    ic      iallu
#else
    ic      ivau, x3
#endif
    dsb     sy
    adr     x3, data
    mov     x4, #1
    str     x4, [x3]
    dsb     sy
    sev
    sleep
one:
    bl      code
    mov     x4, #1
    adr     x3, flag
    str     x4, [x3]
    dsb     sy
    sev
3:  adr     x3, data
    ldr     x4, [x3]
    cbnz    x4, 4f
    wfe
    b       3b
4:  isb
    bl      code
    mov     x12, #1
    check   x11, x12, 1
    leave   0
    .balign 0x100
code:
    mov     x11, #0
    ret
