// SPDX-License-Identifier: MIT
// With the MMU off memory is Device: an unaligned access faults (1). With it on, it does not.
#include "selftest.h"
    setup_vectors 2
#if BROKEN != 1
    mmu_on  2
#endif
    adr     x3, data
    ldr     x4, [x3, #1]
    leave   0
