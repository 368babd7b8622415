// SPDX-License-Identifier: MIT
// Unaligned acquires (1), releases (2) and exclusives (3) fault on Normal memory too, with SCTLR.A clear (B2.5.2).
#include "selftest.h"
    setup_vectors 2
    mmu_on  2
    adr     x3, data
    add     x3, x3, #1
    ldr     x4, [x3]
    str     x4, [x3]
#if BROKEN == 1
    ldar    x4, [x3]
#elif BROKEN == 2
    stlr    x4, [x3]
#elif BROKEN == 3
    ldxr    x4, [x3]
#endif
    leave   0
