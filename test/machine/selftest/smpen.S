// SPDX-License-Identifier: MIT
// Way elf: EL3, all cores at once. Without SMPEN the caches of cores 0 and 1 are not coherent (2: it is taken
// back), and nobody may maintain them (1: no ISB).
#include "selftest.h"
    setup_vectors 3
    mov     x0, #0x40
    msr     S3_1_C15_C2_1, x0
#if BROKEN != 1
    isb
#endif
    ic      iallu
    mmu_on  3
#if BROKEN == 2
    msr     S3_1_C15_C2_1, xzr
    isb
#endif
    mrs     x5, mpidr_el1
    and     x5, x5, #3
    cmp     x5, #1
    b.eq    one
    b.hi    rest
    mov     x4, #1
    adr     x3, data
    str     x4, [x3]
    dmb     sy
    adr     x3, flag
    str     x4, [x3]
    dsb     sy
rest:
    sleep
one:
    mov     x6, #40000
1:  adr     x3, flag
    ldar    x4, [x3]
    cbnz    x4, 2f
    subs    x6, x6, #1
    b.ne    1b
    leave   1
2:  adr     x3, data
    ldr     x5, [x3]
    check   x4, x5, 1
    leave   0
