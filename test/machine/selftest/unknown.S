// SPDX-License-Identifier: MIT
// Registers are UNKNOWN at reset: FP may trap (1).
#include "selftest.h"
    setup_vectors 2
#if BROKEN != 1
    mov     x0, #0x33ff
    msr     cptr_el2, x0
    isb
#endif
    fmov    d0, xzr
    leave   0
