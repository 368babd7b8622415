// SPDX-License-Identifier: MIT
// RES1 bits of SCTLR_EL1 written as 0 are refused (1).
#include "selftest.h"
    setup_vectors 2
    set     x0, 0x30d00800
#if BROKEN == 1
    mov     x0, #0
#endif
    msr     sctlr_el1, x0
    leave   0
