// SPDX-License-Identifier: MIT
// The source register of the local peripherals says which timer interrupts a core (QA7, 4.10), if it is routed (1); the
// words of the system timer are two.
#include "selftest.h"
    setup_vectors 2
    mov     x3, #0x3f000000
    orr     x3, x3, #0x3000
    mov     x9, #20
1:  ldr     w4, [x3, #8]                // CHI does not change at each look
    ldr     w5, [x3, #4]
    ldr     w6, [x3, #8]
    cmp     w4, w6
    b.eq    2f
    subs    x9, x9, #1
    b.ne    1b
    leave   2
2:  mov     x3, #0x40000000
    mov     w4, #2                      // CNTPNSIRQ
#if BROKEN == 1
    mov     w4, #8
#endif
    str     w4, [x3, #0x40]
    mov     x0, #1
    msr     cntp_tval_el0, x0
    msr     cntp_ctl_el0, x0
    isb
    mov     x5, #2000
3:  mrs     x6, cntpct_el0
    ldr     w6, [x3, #0x60]
    tbnz    w6, #1, 4f
    subs    x5, x5, #1
    b.ne    3b
    leave   1
4:  leave   0
