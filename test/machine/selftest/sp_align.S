// SPDX-License-Identifier: MIT
// A load or store by an SP that is not a multiple of 16 faults with SCTLR.SA (1).
#include "selftest.h"
    setup_vectors 2
    set     x0, 0x30c50838
    msr     sctlr_el2, x0
    isb
    adr     x3, other
#if BROKEN == 1
    add     x3, x3, #8
#endif
    mov     sp, x3
    str     x3, [sp]
    leave   0
