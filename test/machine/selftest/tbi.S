// SPDX-License-Identifier: MIT
// TCR_EL2.TBI: the top byte of an address is ignored (D5.1.3). Without it the address is nowhere (1).
#include "selftest.h"
    setup_vectors 2
    mmu_on  2
#if BROKEN != 1
    set     x0, 0x80923520
    msr     tcr_el2, x0
    isb
#endif
    adr     x3, data
    ldr     x4, [x3]
    orr     x3, x3, #0x0f00000000000000
    ldr     x5, [x3]
    check   x4, x5, 1
    leave   0
