// SPDX-License-Identifier: MIT
//
// next: an image with a Linux Image header, and nothing of PiBoot's, that looks whether it is left what the firmware
// leaves: at level EL, x0 X0, the rest as piboot.h says. It calls CORES - 1 cores by their slots, each of which looks
// for itself; with ALONE none, as one is lost. Ends QEMU with status 0, or with the number of what is not right, times 4, and the core's.
#include "../stub/stub.h"

#ifndef LEFT_BEHIND
#define LEFT_BEHIND 0x3a000000
#endif
#define CURRENT_EL (EL << 2)
#if EL == 2
#define SCTLR sctlr_el2
#define SCTLR_OFF SCTLR_EL2_RES1
#else
#define SCTLR sctlr_el1
#define SCTLR_OFF (SCTLR_EL1_RES1 | SCTLR_SA)
#endif

    .text
    .globl _start
_start:
    b .Lstart                       // Linux: arm64/booting.rst
    .word 0
    .quad 0                         // text_offset
    .quad 0x100000                  // image_size
    .quad 1 << 1 | 1 << 3           // little-endian, 4 KiB pages, anywhere in RAM
    .quad 0, 0, 0
    .ascii "ARMd"
    .word 0

.macro check number, register, value
    set x9, \value
    mov x10, #\number
    cmp \register, x9
    b.ne .Lwrong
.endm

.Lstart:
    mov x20, x0
    core_number x6
    check 1, x6, 0
    check 2, x20, X0
.Lany_core:                         // x6 which
    check 3, x1, 0
    check 4, x2, 0
    check 5, x3, 0
    mrs x8, CurrentEL
    check 6, x8, CURRENT_EL
    mrs x8, DAIF
    check 7, x8, SPSR_DAIF
    mrs x8, SPSel
    check 8, x8, 1
    mrs x8, SCTLR
    set x9, CORES
    cmp x6, x9
    b.lo .Lran
    set x9, SCTLR_M | SCTLR_C | SCTLR_I // it never ran: the rest is its loader's
    and x8, x8, x9
    check 14, x8, 0
    b .Lsctlr_checked
.Lran:
    check 9, x8, SCTLR_OFF
.Lsctlr_checked:
    set x4, LEFT_BEHIND             // what this core wrote there before it left
    add x4, x4, x6, lsl #6
    ldr x8, [x4]
    set x4, 0x1234567800000000
    sub x8, x8, x4
    set x9, CORES
    cmp x6, x9
    csel x6, x8, x6, hs             // it never ran
    mov x10, #10
    cmp x8, x6
    b.ne .Lwrong
    core_number x6
    cbnz x6, .Lhere

    // The others, in turn.
    set x4, SPIN_TABLE
    ldr x8, [x4, #8]
    check 11, x8, 0
    ldr x8, [x4, #16]
    check 12, x8, 0
    ldr x8, [x4, #24]
    check 13, x8, 0
#ifndef ALONE
    mov x11, #1
.Lnext:
    adr x8, .Lcalled
    adr x12, .Lanswers
    str x8, [x4, x11, lsl #3]
    dsb sy
    sev
.Lwait:
    yield
    ldr x8, [x12, x11, lsl #3]
    cbz x8, .Lwait
    add x11, x11, #1
    cmp x11, #4
    b.ne .Lnext
#endif
    mov x10, #0
    b .Lexit

.Lcalled:
    core_number x6
    mov x20, x0
    check 2, x20, 0
    b .Lany_core
.Lhere:
    adr x12, .Lanswers
    mov x8, #1
    str x8, [x12, x6, lsl #3]
.Lasleep:
    wfe
    b .Lasleep

.Lwrong:
    core_number x6
.Lexit:
    lsl x10, x10, #2
    orr x10, x10, x6
    set x9, 0x20026                 // semihosting: SYS_EXIT
    adr x1, .Lblock
    stp x9, x10, [x1]
    mov w0, #0x18
    hlt #0xf000

    .balign 16
.Lblock:
    .quad 0, 0
.Lanswers:
    .quad 0, 0, 0, 0
