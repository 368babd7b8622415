// SPDX-License-Identifier: MIT
// Tables must be in memory before the MMU is on (1), its registers in force (2), old translations gone (3), and the
// switch itself synchronised (4).
#include "selftest.h"
    setup_vectors 2
    adr     x22, table
    mov     x0, #0x745
    str     x0, [x22]
    mov     x0, #0xff04
    msr     mair_el2, x0
    set     x0, 0x80823520
    msr     tcr_el2, x0
    msr     ttbr0_el2, x22
#if BROKEN != 1
    dsb     sy
#endif
#if BROKEN != 3
    tlbi    alle2
#endif
#if BROKEN != 1
    dsb     sy
#endif
#if BROKEN != 2
    isb
#endif
    set     x0, SCTLR_ON
    msr     sctlr_el2, x0
#if BROKEN != 4
    isb
#endif
    adr     x3, data
    mov     x4, #5
    dc      zva, x3                     // faults while the MMU is off
    str     x4, [x3]
    ldr     x5, [x3]
    check   x4, x5, 1
    mov     x6, #200                    // walks at every other page
    adr     x3, _start
1:  ldr     x5, [x3], #248
    subs    x6, x6, #1
    b.ne    1b
    leave   0
    .balign 0x1000
table:  .quad   0, 0, 0, 0
