// SPDX-License-Identifier: MIT
// A write to a system register may not be in force before ISB (1).
#include "selftest.h"
    setup_vectors 2
    mov     x0, #0x37ff                 // FP traps
    msr     cptr_el2, x0
    isb
    mov     x0, #0x33ff
    msr     cptr_el2, x0
#if BROKEN != 1
    isb
#endif
    fmov    d0, xzr
    leave   0
