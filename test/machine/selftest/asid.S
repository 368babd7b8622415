// SPDX-License-Identifier: MIT
// Two address spaces that differ in one page, told apart by their ASIDs: non-global pages need no TLBI at a switch. It
// fails with pages that are global (1) and with one ASID for both (2); TLBI ASIDE1 of another ASID leaves old ones (3).
#include "selftest.h"
    el1_mmu 1
    adr     x20, pages                  // the page at x24, in two tables
    adr     x21, pages2
    adr     x25, place0
    adr     x26, place1
#if BROKEN == 1
    mov     x0, #0x703
#else
    mov     x0, #0xf03                  // nG
#endif
    orr     x1, x0, x25
    str     x1, [x20]
    orr     x1, x0, x26
    str     x1, [x21]
    adr     x27, lower0
    adr     x28, lower1
    movk    x27, #1, lsl #48
#if BROKEN == 2
    movk    x28, #1, lsl #48
#else
    movk    x28, #2, lsl #48
#endif
    dsb     sy
    isb
    mov     x24, #0x40000000
    mov     x9, #20
1:  msr     ttbr0_el1, x27
    isb
    ldr     x1, [x24]
    ldr     x2, [x25]
    check   x1, x2, 1
    msr     ttbr0_el1, x28
    isb
    ldr     x1, [x24]
    ldr     x2, [x26]
    check   x1, x2, 2
    subs    x9, x9, #1
    b.ne    1b
    str     xzr, [x21]                  // ASID 2's page goes to place0
    dsb     sy
    mov     x0, #0x0002000000000000
#if BROKEN == 3
    mov     x0, #0x0001000000000000
#endif
    tlbi    aside1, x0
    dsb     sy
    mov     x0, #0xf03
    orr     x1, x0, x25
    str     x1, [x21]
    dsb     sy
    isb
    ldr     x1, [x24]
    ldr     x2, [x25]
    check   x1, x2, 3
    leave   0
    .balign 0x1000
place0: .quad   0x1111
    .balign 0x1000
place1: .quad   0x2222
    .balign 0x1000
lower0: .quad   0x705, middle0 + 3      // each: 1 GiB as it is; a table with a table with one page
    .space  0xff0
lower1: .quad   0x705, middle1 + 3
    .space  0xff0
middle0:
    .quad   pages + 3
    .space  0xff8
middle1:
    .quad   pages2 + 3
    .space  0xff8
pages2: .space  0x1000
