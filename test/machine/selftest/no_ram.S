// SPDX-License-Identifier: MIT
// Peripherals (1), and what is nowhere (2), as Normal memory: the run stops and says so.
#include "selftest.h"
    setup_vectors 2
    adr     x22, level1
    mov     x0, #0x745
    movk    x0, #0xc000, lsl #16
    str     x0, [x22, #24]
    mmu_on  2
    mov     w4, #65
#if BROKEN == 1
    set     x3, 0x3f201000
    str     w4, [x3]
#elif BROKEN == 2
    set     x3, 0xfff00000
    str     w4, [x3]
#endif
    dsb     sy
    leave   0
