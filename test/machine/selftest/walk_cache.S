// SPDX-License-Identifier: MIT
// A table replaced by another one: TLBI VAE2 takes what the core remembers of the table; TLBI VALE2, of last-level
// entries alone, does not (1): D5.10.2.
#include "selftest.h"
    setup_vectors 2
    set     x20, 0x10000000
    set     x21, 0x10200000
    str     x20, [x20]
    str     x21, [x21]
    adr     x22, level1
    adr     x23, level2a
    adr     x25, level2b
    mov     x0, #0x745
    orr     x1, x0, x20
    str     x1, [x23]
    str     x1, [x23, #8]
    orr     x1, x0, x21
    str     x1, [x25]
    str     x1, [x25, #8]
    orr     x0, x23, #3
    str     x0, [x22, #8]
    mmu_on  2
    set     x24, 0x40000000
    ldr     x1, [x24]
    str     xzr, [x22, #8]
    dsb     sy
    lsr     x0, x24, #12
    add     x1, x0, #0x200
#if BROKEN == 1
    tlbi    vale2, x0
    tlbi    vale2, x1
#else
    tlbi    vae2, x0
    tlbi    vae2, x1
#endif
    dsb     sy
    isb
    orr     x0, x25, #3
    str     x0, [x22, #8]
    dsb     sy
    isb
    add     x24, x24, #0x200, lsl #12
    ldr     x1, [x24]                   // the second block, through a cached pointer to the old table
    check   x1, x21, 1
    leave   0
    .balign 0x1000
level2a: .space 0x1000
level2b: .space 0x1000
