// SPDX-License-Identifier: MIT
// ERET clears the local monitor (ClearExclusiveLocal() in AArch64.ExceptionReturn): STXR fails after it. Without the
// ERET it does not (1).
#include "selftest.h"
    setup_vectors 2
    mmu_on  2
    mov     x9, #50
0:  adr     x3, data
    ldxr    x4, [x3]
    mov     x0, #0x3c9
    msr     spsr_el2, x0
    adr     x0, 1f
    msr     elr_el2, x0
#if BROKEN != 1
    eret
#endif
1:  stxr    w5, x4, [x3]
    cbnz    w5, 2f
    leave   1
2:  subs    x9, x9, #1
    b.ne    0b
    leave   0
