// SPDX-License-Identifier: MIT
// A dirty line may be written back over what is stored with the MMU off later: it must be cleaned out first (1), and
// that be complete (2). A load of Device memory does not wait for DC.
#include "selftest.h"
    setup_vectors 2
    mmu_on  2
    adr     x3, data
    mov     x4, #7
    str     x4, [x3]
#if BROKEN == 0
    dc      civac, x3
    dsb     sy
#endif
    set     x0, 0x30c50830
    msr     sctlr_el2, x0
    isb
#if BROKEN == 2
    dc      civac, x3
#endif
    mov     x4, #8
    str     x4, [x3]
    dsb     sy
    mov     x5, #300
1:  subs    x5, x5, #1
    b.ne    1b
    ldr     x6, [x3]
    check   x4, x6, 1
    leave   0
