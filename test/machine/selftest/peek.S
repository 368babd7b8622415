// SPDX-License-Identifier: MIT
// An instruction that the model does not know stops it with a name (1).
#include "selftest.h"
    setup_vectors 2
#if BROKEN == 1
    mov     x0, #0x33ff
    msr     cptr_el2, x0
    isb
    adr     x3, data
    ld2     {v0.2d, v1.2d}, [x3]
#endif
    leave   0
