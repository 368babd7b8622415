// SPDX-License-Identifier: MIT
// What a barrier table with --weaker looks for: DSB, and not DMB, before SEV (1); IC for all cores, not one (2); LDAR,
// not LDR, of a flag (3).
#include "selftest.h"
    setup_vectors 2
    mmu_on  2
    adr     x3, data
    adr     x4, flag
    release one
    adr     x8, other                   // core 1 has its caches on
1:  ldar    x5, [x8]
    cbnz    x5, 2f
    wfe
    b       1b
2:  mov     x9, #1
    ldr     w11, change
    adr     x10, code
    str     w11, [x10]
    dc      cvau, x10
    dsb     ish
#if BROKEN == 2
    ic      iallu
#else
    ic      ialluis
#endif
    dsb     ish
    mov     x5, #7
    str     x5, [x3]
    dmb     ish
    str     x9, [x4]
#if BROKEN == 1
    dmb     sy
#else
    dsb     sy
#endif
    sev
    sleep
one:
    setup_vectors 2
    mmu_on  2
    adr     x3, data
    adr     x4, flag
    bl      code                        // what is there is in its instruction cache
    adr     x8, other
    mov     x9, #1
    stlr    x9, [x8]
    dsb     sy
    sev
    mov     x9, #200                    // most of the time the flag is there at the first look: a WFE would order, too
0:  subs    x9, x9, #1
    b.ne    0b
#if BROKEN == 3
1:  ldr     x5, [x4]
#else
1:  ldar    x5, [x4]
#endif
    cbnz    x5, 2f
    wfe
    b       1b
2:  ldr     x6, [x3]
    mov     x7, #7
    check   x6, x7, 1
    isb
    bl      code
    mov     x7, #9
    check   x0, x7, 2
    leave   0
change: movz    w0, #9
    .balign 64
code:   movz    w0, #1
    ret
    .balign 64
