// SPDX-License-Identifier: MIT
// HVC and SMC at EL0 are UNDEFINED, which EL1 is told; SVC is not (1).
#include "selftest.h"
    setup_vectors 2
    adr     x0, vectors1
    msr     vbar_el1, x0
    set     x0, 0x30d00800
    msr     sctlr_el1, x0
    isb
    mov     x9, #0
    adr     x0, user
    msr     elr_el1, x0
    msr     spsr_el1, xzr
    mov     x0, #0x3c5
    msr     spsr_el2, x0
    adr     x0, 1f
    msr     elr_el2, x0
    mov     x0, #0x80000000
    msr     hcr_el2, x0
    msr     vttbr_el2, xzr
    eret
1:  eret
user:
#if BROKEN == 1
    svc     #0
#else
    hvc     #0
#endif
    .balign 0x800
vectors1:
    .rept   16
    .balign 0x80
    mrs     x2, esr_el1
    b       look
    .endr
look:
    lsr     x2, x2, #26
    cbnz    x2, exit
    add     x9, x9, #1
    cmp     x9, #2
    b.eq    exit                        // status 0
    adr     x0, 1f
    msr     elr_el1, x0
    eret
1:  smc     #0
