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

/* 1 GiB, write-back, inner shareable; tables in the image. */
.macro mmu_on level
    mov     x0, #0xff04
    msr     mair_el\level, x0
    set     x0, 0x80823520
    msr     tcr_el\level, x0
    adr     x0, level1
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
