// SPDX-License-Identifier: MIT
// What --count counts: with the caches off 16 bytes of instructions, and up to 16 of data, are a transaction; with them
// on a line is filled once, and written back when it is dirty and cleaned.
#include "selftest.h"
    setup_vectors 2
    adr     x3, data
    b       off
    .balign 64
off:
    ldr     x1, [x3]
    ldp     x1, x2, [x3]
    str     x1, [x3]
    stp     x1, x2, [x3]
    nop
    nop
    nop
    nop
off_end:
    mmu_on  2
    adr     x4, flag
    ldr     x1, [x3]
    b       on
    .balign 64
on:
    ldr     x1, [x4]
    ldr     x1, [x4]
    str     x1, [x4]
    dc      civac, x4
    dsb     sy
on_end:
    leave   0
