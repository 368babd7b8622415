// SPDX-License-Identifier: MIT
//
// Exceptions that are resumed: every register is loaded from memory before, and stored to memory after.
#include "resume.h"

    .arch_extension fp
    .arch_extension simd

.macro FUNCTION name
    .globl  \name
    .type   \name, %function
    .balign 4
\name:
.endm

.macro QS move
    .irp    n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, \
                27, 28, 29, 30, 31
    \move   q\n, [sp, #STATE_Q + 16 * \n]
    .endr
.endm
.macro XS move
    .irp    n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, \
                27, 28, 29, 30
    \move   x\n, [sp, #STATE_X + 8 * \n]
    .endr
.endm

    .text

// void exchange_<name>(struct state *state)
// Loads the state, executes the instruction, and stores what then is. SP is the state's address meanwhile: the
// exception frame lies below it.
.macro EXCHANGE name, instruction:vararg
FUNCTION exchange_\name
    stp     x29, x30, [sp, #-160]!
    stp     x19, x20, [sp, #16]
    stp     x21, x22, [sp, #32]
    stp     x23, x24, [sp, #48]
    stp     x25, x26, [sp, #64]
    stp     x27, x28, [sp, #80]
    stp     d8, d9, [sp, #96]
    stp     d10, d11, [sp, #112]
    stp     d12, d13, [sp, #128]
    stp     d14, d15, [sp, #144]
    mov     x1, sp
    str     x1, [x0, #STATE_CALLER]
    mov     sp, x0
    QS      ldr
    ldr     x1, [sp, #STATE_FPSR]
    msr     fpsr, x1
    ldr     x1, [sp, #STATE_FPCR]
    msr     fpcr, x1
    ldr     x1, [sp, #STATE_NZCV]
    msr     nzcv, x1
    XS      ldr
FUNCTION at_\name
    \instruction
    XS      str
    mrs     x1, nzcv
    str     x1, [sp, #STATE_NZCV]
    mrs     x1, fpsr
    str     x1, [sp, #STATE_FPSR]
    mrs     x1, fpcr
    str     x1, [sp, #STATE_FPCR]
    QS      str
    ldr     x1, [sp, #STATE_CALLER]
    mov     sp, x1
    ldp     d14, d15, [sp, #144]
    ldp     d12, d13, [sp, #128]
    ldp     d10, d11, [sp, #112]
    ldp     d8, d9, [sp, #96]
    ldp     x27, x28, [sp, #80]
    ldp     x25, x26, [sp, #64]
    ldp     x23, x24, [sp, #48]
    ldp     x21, x22, [sp, #32]
    ldp     x19, x20, [sp, #16]
    ldp     x29, x30, [sp], #160
    ret
    .size   exchange_\name, . - exchange_\name
.endm

EXCHANGE svc,    svc #DO_NOTHING
EXCHANGE hvc,    hvc #DO_NOTHING
EXCHANGE change, svc #DO_CHANGE
EXCHANGE skip,   udf #0
EXCHANGE spin,   b .

// uint64_t move_sp(void): how far down the handler moved SP.
FUNCTION move_sp
    mov     x9, sp
    svc     #DO_MOVE_SP
    mov     x10, sp
    mov     sp, x9
    sub     x0, x9, x10
    ret

// uint64_t jump(void): 1 if the handler made us go on at the second return.
FUNCTION jump
    adr     x0, 1f
    svc     #DO_JUMP
    mov     x0, #0
    ret
1:  mov     x0, #1
    ret

// uint64_t at_el1t(uint64_t sp_el0, uint64_t n): n SVCs on SP_EL0. Returns how far SP_EL0 was moved by them, plus how
// far SP_EL1 was.
FUNCTION at_el1t
    mov     x9, sp
    msr     spsel, #0
    mov     sp, x0
1:  svc     #DO_NOTHING
    subs    x1, x1, #1
    b.ne    1b
    mov     x10, sp
    msr     spsel, #1
    mov     x11, sp
    sub     x0, x0, x10
    sub     x11, x9, x11
    mov     sp, x9
    orr     x0, x0, x11
    ret

// uint64_t at_el0(uint64_t sp_el0, uint64_t n, uint64_t pstate): the same from EL0. The handler of DO_LEAVE_EL0 makes
// the last SVC return to EL1h, with x19 as its SP.
FUNCTION at_el0
    stp     x19, x30, [sp, #-16]!
    mov     x19, sp
    msr     sp_el0, x0
    adr     x3, 1f
    msr     elr_el1, x3
    msr     spsr_el1, x2
    mov     x11, xzr
    eret
1:  svc     #DO_NOTHING
    mrs     x10, tpidrro_el0            // what EL0 may read: nothing of the kernel's
    orr     x11, x11, x10
    subs    x1, x1, #1
    b.ne    1b
    mov     x10, sp
    sub     x0, x0, x10
    orr     x0, x0, x11
    adr     x30, 2f
    svc     #DO_LEAVE_EL0
2:  mov     x10, sp
    sub     x10, x19, x10
    orr     x0, x0, x10
    mov     sp, x19
    ldp     x19, x30, [sp], #16
    ret

// void trash(void): writes over all that a C function may write over (AAPCS64: x19 to x29 and the lower halves of
// v8 to v15 are kept), and over the flags and the FP modes.
FUNCTION trash
    mov     x0, #0x6b6b
    .irp    n, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18
    mov     x\n, x0
    .endr
#if PIBOOT_FRAME_FP
    stp     d8, d9, [sp, #-64]!
    stp     d10, d11, [sp, #16]
    stp     d12, d13, [sp, #32]
    stp     d14, d15, [sp, #48]
    .irp    n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, \
                27, 28, 29, 30, 31
    dup     v\n\().2d, x0
    .endr
    ldp     d14, d15, [sp, #48]
    ldp     d12, d13, [sp, #32]
    ldp     d10, d11, [sp, #16]
    ldp     d8, d9, [sp], #64
    mov     x1, #0x9f                   // all exception flags
    msr     fpsr, x1
    mov     x1, #3 << 22                // toward zero
    msr     fpcr, x1
#endif
    cmp     x0, x0
    ret
