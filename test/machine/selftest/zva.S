// SPDX-License-Identifier: MIT
// DC ZVA on Device memory faults (1: the MMU is off).
#include "selftest.h"
    setup_vectors 2
#if BROKEN != 1
    mmu_on  2
#endif
    adr     x3, data
    dc      zva, x3
    leave   0
