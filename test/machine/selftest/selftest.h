/* SPDX-License-Identifier: MIT */
/*
 * For the self-tests of the hostile machine: programs of a few lines, each with one property of hardware at its
 * heart. Built with BROKEN 0 a program is right and passes under every seed; with BROKEN 1, 2, ... it lacks one
 * thing, and some seed must show it. Core 0 starts at EL2 with the MMU off (way firmware) unless the file says
 * otherwise; an exception ends the run with the exception class as its status.
 */
#ifndef BROKEN
#define BROKEN 0
#endif

#define SCTLR_ON 0x30c51835 /* RES1, M, C, I */

.macro set register, value
    movz    \register, #((\value) & 0xffff)
    movk    \register, #(((\value) >> 16) & 0xffff), lsl #16
.endm

.macro leave status
    mov     x2, #\status
    b       exit
.endm

/* Leaves with a status unless two registers are equal. */
.macro check a, b, status
    cmp     \a, \b
    b.eq    .Lgood_\@
    leave   \status
.Lgood_\@:
.endm

.macro setup_vectors level
    adr     x0, vectors
    msr     vbar_el\level, x0
    isb
.endm

/* 1 GiB, write-back, inner shareable; tables in the image, or another table. */
.macro mmu_on level, table=level1
    mov     x0, #0xff04
    msr     mair_el\level, x0
    set     x0, 0x80823520
    msr     tcr_el\level, x0
    adr     x0, \table
    msr     ttbr0_el\level, x0
    dsb     sy
    isb
    tlbi    alle\level
    dsb     sy
    isb
    set     x0, SCTLR_ON
    msr     sctlr_el\level, x0
    isb
.endm

/* On to EL1 with its MMU on: 1 GiB as it is, below; with pages, the table `pages' at the bottom of the upper range too.
   An exception at EL1 ends the run with its class and 64. */
.macro el1_mmu with_pages
    setup_vectors 2
    msr     vttbr_el2, xzr
    mov     x0, #0x80000000
    msr     hcr_el2, x0
    mov     x0, #0xff04
    msr     mair_el1, x0
    ldr     x0, =0x12b5193519           // T0SZ 25, T1SZ 25, 4 KiB, write-back walks, IPS 36 bits, ASIDs of 16 bits
    msr     tcr_el1, x0
    adr     x0, lower
    msr     ttbr0_el1, x0
    adr     x0, upper
    msr     ttbr1_el1, x0
    adr     x0, el1_vectors
    msr     vbar_el1, x0
    set     x0, 0x30d00800
    msr     sctlr_el1, x0
    mov     x0, #0x3c5
    msr     spsr_el2, x0
    adr     x0, .Lel1_\@
    msr     elr_el2, x0
    dsb     sy
    isb
    tlbi    alle1
    dsb     sy
    isb
    eret
    .balign 0x800
el1_vectors:
    .rept   16
    .balign 0x80
    mrs     x2, esr_el1
    lsr     x2, x2, #26
    add     x2, x2, #64
    b       exit
    .endr
    .ltorg
    .balign 0x1000
lower:  .quad   0x705                   // block, Normal, inner shareable, AF
    .space  0xff8
upper:
    .if \with_pages
    .quad   upper2 + 3
    .else
    .quad   0
    .endif
    .space  0xff8
    .if \with_pages
upper2: .quad   pages + 3
    .space  0xff8
pages:  .space  0x1000
    .endif
.Lel1_\@:
    set     x0, 0x30d01805
    msr     sctlr_el1, x0
    isb
.endm

/* Core 1, from the stub's pen, to a label. x0, x1 are lost. */
.macro release label
    adr     x0, \label
    mov     x1, #0xe0
    str     x0, [x1]
    dc      civac, x1
    dsb     sy
    sev
.endm

.macro sleep
.Lsleep_\@:
    wfe
    b       .Lsleep_\@
.endm

    .section .text.a, "ax"
    .globl  _start
_start:
    b       main

exit:                                   // status in x2
    adr     x1, block
    str     x2, [x1, #8]
    mov     w0, #0x18
    hlt     #0xf000

failed:                                 // an exception: its class
    mrs     x2, CurrentEL
    cmp     x2, #12
    b.eq    1f
    mrs     x2, esr_el2
    b       2f
1:  mrs     x2, esr_el3
2:  lsr     x2, x2, #26
    b       exit

    .balign 0x800
vectors:
    .rept   16
    .balign 0x80
    b       failed
    .endr

    .balign 0x1000
level1: .quad   0x745                   // block, Normal, AP[1], inner shareable, AF
    .quad   0, 0, 0
block:  .quad   0x20026, 0

    .balign 0x400                       // each datum in a line, and a Device region, of its own
data:   .quad   0
    .balign 0x400
flag:   .quad   0
    .balign 0x400
other:  .quad   0
    .balign 0x400
main:
