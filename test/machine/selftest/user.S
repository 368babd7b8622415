// SPDX-License-Identifier: MIT
// EL0 executes what it may not read (AP 00, UXN 0: D5.4), and not with UXN (1); a permission fault names its level.
#include "selftest.h"
    el1_mmu 0
    adr     x20, vectors1
    msr     vbar_el1, x20
#if BROKEN == 1
    adr     x22, lower
    ldr     x0, [x22]
    orr     x0, x0, #0x40000000000000
    str     x0, [x22]
    dsb     sy
    tlbi    vmalle1
    dsb     sy
#endif
    isb
    adr     x0, user
    msr     elr_el1, x0
    msr     spsr_el1, xzr
    eret
user:
    ldr     x0, [x20]                   // a block at level 1
    svc     #0
    .balign 0x800
vectors1:
    .rept   16
    .balign 0x80
    mrs     x2, esr_el1
    mov     w2, w2
    b       look
    .endr
look:
    lsr     x3, x2, #26
    cmp     x3, #0x24                   // the load
    b.ne    1f
    and     x3, x2, #0x3f
    mov     x4, #0xd                    // permission, level 1
    check   x3, x4, 3
    leave   0
1:  mov     x2, x3                      // 32: the fetch
    b       exit
