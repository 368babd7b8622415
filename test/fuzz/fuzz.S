// SPDX-License-Identifier: MIT
//
// fuzz: a firmware that leaves whatever fuzz.py drew. Core 0 reads the next boot from QEMU's standard input: the HEADER,
// the tables, noise for where the image moves to, and the image with what lies behind it. Then each core writes every
// register below from its table, goes down to the exception level of the table's first word, and enters the kernel, or
// waits for its slot. The order of the "value" lines is the order of the table: fuzz.py reads them here. A reset begins
// again, with the next boot; when there is none QEMU ends, with status 0.
#include "../stub/stub.h"

#define TABLES 0x1000           // of core n: TABLES + 0x1000 n
#define TABLES_SIZE 0x4000
#define HOME 0x80000
#define AGAIN 0x5000            // contract.c: a kernel that finds AGAIN_MARK here asks for a reset when all is well
#define AGAIN_MARK 0x6e69616761
#define FILE 0x5008             // the handle of QEMU's standard input, from the first boot on
#define ARGUMENTS 0x5010        // of a call of semihosting
#define HEADER 0x5040           // image address and bytes, tree's address and first two words, slots of cores 0 to 3
#define HEADER_SIZE 64

#define SYS_OPEN 0x01           // Arm's semihosting specification
#define SYS_READ 0x06
#define SYS_EXIT 0x18
#define OPEN_RB 1
#define APPLICATION_EXIT 0x20026

    .text
    .globl _start
_start:
    b .Lreset

    .org SPIN_TABLE
    .quad 0, 0, 0, 0

.macro value register
    ldr x0, [x7], #8
    msr \register, x0
.endm

// x0 = what semihosting answers to the operation with these three arguments.
.macro semihosting operation, first, second, third
    mov x1, #ARGUMENTS
    stp \first, \second, [x1]
    str \third, [x1, #16]
    mov x0, #\operation
    hlt #0xf000
.endm

    .org 0x100
.Lname:
    .asciz "/dev/stdin"
    .balign 8
.Lready:
    .quad 0                     // 0 again with each reset, which loads this file anew

// x20 bytes to x19; x0 = those that did not come.
.Lread:
    mov x9, #FILE
    ldr x9, [x9]
.Lmore:
    semihosting SYS_READ, x9, x19, x20
    sub x10, x20, x0            // a pipe gives some at a time,
    add x19, x19, x10
    mov x20, x0
    cbz x10, .Lread_all         // and none at its end
    cbnz x20, .Lmore
.Lread_all:
    ret

.Lend:                          // x2: QEMU's status
    set x9, APPLICATION_EXIT
    semihosting SYS_EXIT, x9, x2, xzr

.Lreset:
    core_number x6
    cbnz x6, .Lwait
    mov x9, #FILE
    ldr x0, [x9]
    cbnz x0, .Lopened
    adr x10, .Lname
    mov x11, #OPEN_RB
    mov x12, #10
    semihosting SYS_OPEN, x10, x11, x12
    mov x2, #1
    cmn x0, #1
    b.eq .Lend
    str x0, [x9]
    set x10, AGAIN_MARK
    str x10, [x9, #AGAIN - FILE]
.Lopened:
    mov x19, #HEADER
    mov x20, #HEADER_SIZE
    bl .Lread
    subs x2, x0, #HEADER_SIZE
    b.eq .Lend                  // that was all
    mov x19, #TABLES
    mov x20, #TABLES_SIZE
    bl .Lread
    mov x2, #1
    cbnz x0, .Lend
    mov x13, #HEADER
    ldr x20, [x13, #8]
    set x19, HOME
    bl .Lread                   // noise to where it moves to
    mov x2, #1
    cbnz x0, .Lend
    ldp x19, x20, [x13], #16
    bl .Lread
    mov x2, #1
    cbnz x0, .Lend
    ldp x10, x11, [x13], #16
    .rept 8
    strb w11, [x10], #1         // the tree may lie at an odd address
    lsr x11, x11, #8
    .endr
    ldp x10, x11, [x13], #16
    ldp x12, x13, [x13]
    mov x9, #SPIN_TABLE
    stp x10, x11, [x9]
    stp x12, x13, [x9, #16]
    dsb sy                      // before the others go on
    adr x9, .Lready
    str x9, [x9]
    sev
    b .Lall
.Lwait:
    wfe                         // to QEMU with one thread: the next core
.Lall:
    ldr x9, .Lready
    cbz x9, .Lwait
    mov x7, #TABLES
    add x7, x7, x6, lsl #12
    mov x29, x7
    ldp x20, x21, [x7], #16     // the level to enter at; where to, or 0: wait for the slot
    .irp n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
    ldr q\n, [x7], #16
    .endr

    value actlr_el1
    value afsr0_el1
    value afsr1_el1
    value amair_el1
    value cntkctl_el1
    value cntp_ctl_el0
    value cntp_cval_el0
    value cntv_ctl_el0
    value cntv_cval_el0
    value contextidr_el1
    value cpacr_el1
    value csselr_el1
    value elr_el1
    value esr_el1
    value far_el1
    value fpcr
    value fpsr
    value mair_el1
    value mdscr_el1
    value par_el1
    value pmccntr_el0
    value pmcntenset_el0
    value pmcr_el0
    value pmintenset_el1
    value pmovsset_el0
    value pmselr_el0
    value pmuserenr_el0
    value sctlr_el1
    value sp_el0
    value sp_el1
    value spsr_el1
    value tcr_el1
    value tpidr_el0
    value tpidr_el1
    value tpidrro_el0
    value ttbr0_el1
    value ttbr1_el1
    value vbar_el1

    value actlr_el2
    value afsr0_el2
    value afsr1_el2
    value amair_el2
    value cnthctl_el2
    value cnthp_ctl_el2
    value cnthp_cval_el2
    value cntvoff_el2
    value cptr_el2
    value dacr32_el2
    value elr_el2
    value esr_el2
    value far_el2
    value hacr_el2
    value hcr_el2
    value hpfar_el2
    value hstr_el2
    value ifsr32_el2
    value mair_el2
    value mdcr_el2
    value sctlr_el2
    value sp_el2
    value spsr_abt
    value spsr_fiq
    value spsr_irq
    value spsr_und
    value tcr_el2
    value tpidr_el2
    value ttbr0_el2
    value vbar_el2
    value vmpidr_el2
    value vpidr_el2
    value vtcr_el2
    value vttbr_el2

    value actlr_el3
    value afsr0_el3
    value afsr1_el3
    value amair_el3
    value cntfrq_el0
    value mair_el3
    value mdcr_el3
    value scr_el3
    value sctlr_el3
    value spsr_el3
    value tcr_el3
    value tpidr_el3
    value ttbr0_el3
    value vbar_el3
    value cptr_el3              // last: FP may trap from here on

    ldp x10, x11, [x7], #16     // NZCV, and PSTATE for the level to enter
    cmp x20, #2
    b.hi .Lhere
    b.eq .Lel2
    set x9, SPSR_DAIF | SPSR_EL2H
    msr spsr_el3, x9
    adr x9, 1f
    msr elr_el3, x9
    eret
1:  msr spsr_el2, x11
    adr x9, .Lhere
    msr elr_el2, x9
    eret
.Lel2:
    msr spsr_el3, x11
    adr x9, .Lhere
    msr elr_el3, x9
    eret
.Lhere:
    cmp x20, #3                 // without an ERET, PSTATE is what we make it
    b.ne 1f
    tbnz x11, #0, 2f
    msr spsel, #0
2:  msr daif, x11
1:  mov x5, x21
    cbnz x5, .Lgo
    pen
.Lgo:
    msr nzcv, x10
    ldr x0, [x7], #8
    mov sp, x0
    mov x30, x7
    ldp x0, x1, [x30], #16
    ldp x2, x3, [x30], #16
    ldp x4, x6, [x30], #16      // x5 is where to go
    ldp x7, x8, [x30], #16
    ldp x9, x10, [x30], #16
    ldp x11, x12, [x30], #16
    ldp x13, x14, [x30], #16
    ldp x15, x16, [x30], #16
    ldp x17, x18, [x30], #16
    ldp x19, x20, [x30], #16
    ldp x21, x22, [x30], #16
    ldp x23, x24, [x30], #16
    ldp x25, x26, [x30], #16
    ldp x27, x28, [x30], #16
    ldp x29, x30, [x30]
    br x5

    .org TABLES // no further
