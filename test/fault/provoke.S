// SPDX-License-Identifier: MIT
//
// The places where fault.c makes a core fault, and the way there with a known value in every register.
#include "provoke.h"

.macro FUNCTION name
    .globl  \name
    .type   \name, %function
    .balign 4
\name:
.endm

// One faulting place. What comes behind it is reached only when nothing happened.
.macro PLACE name, instruction:vararg
FUNCTION \name
    \instruction
    b       nothing_happened
    .size   \name, . - \name
.endm

    .text

// void provoke(const void *place, const void *x1, uint64_t pstate, uint64_t *sp)
// Notes SP down and goes on at place with this PSTATE, x1 as given, and PATTERN(n) in every other xn.
FUNCTION provoke
    msr     elr_el1, x0
    msr     spsr_el1, x2
    mov     x4, sp
    str     x4, [x3]
    .irp    n, 0, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, \
                27, 28, 29, 30
    mov     x\n, #\n
    movk    x\n, #PATTERN_TOP, lsl #48
    .endr
    eret
    .size   provoke, . - provoke

PLACE at_udf,       udf #0xabc
PLACE at_brk,       brk #7
PLACE at_svc,       svc #42
PLACE at_hvc,       hvc #5
PLACE at_smc,       smc #9
PLACE at_read,      ldr x0, [x1]
PLACE at_write,     str x0, [x1]
PLACE at_execute,   br x1
PLACE at_exclusive, ldxr x0, [x1]
PLACE at_counter,   mrs x0, cntpct_el0
PLACE at_wfi,       wfi
PLACE at_fp,        fmov d0, x0
PLACE at_wait,      b .

PLACE at_console,   udf #1
PLACE at_hook,      udf #2
PLACE at_handler,   udf #3

// Fills the stack downwards with x1, for ever.
FUNCTION at_push
    str     x1, [sp, #-16]!
    b       at_push
    .size   at_push, . - at_push

// The same for x1 bytes, then an SVC.
FUNCTION at_push_some
    str     x1, [sp, #-16]!
    subs    x1, x1, #16
    b.ne    at_push_some
FUNCTION at_push_svc
    svc     #99
    b       nothing_happened
    .size   at_push_some, . - at_push_some

// void push_and_return(uint64_t bytes): writes below SP, as a function with large locals does.
FUNCTION push_and_return
    mov     x1, sp
1:  str     x1, [sp, #-16]!
    subs    x0, x0, #16
    b.ne    1b
    mov     sp, x1
    ret
    .size   push_and_return, . - push_and_return

// void push_and_panic(uint64_t bytes, const char *message)
FUNCTION push_and_panic
    str     x1, [sp, #-16]!
    subs    x0, x0, #16
    b.ne    push_and_panic
    mov     x0, x1
    b       piboot_panic
    .size   push_and_panic, . - push_and_panic

// An SVC with a stack pointer that is no multiple of 16, and one with a stack pointer of x1.
FUNCTION at_odd_sp
    add     sp, sp, #8
FUNCTION at_odd_sp_svc
    svc     #98
    b       nothing_happened
    .size   at_odd_sp, . - at_odd_sp
FUNCTION at_wild_sp
    mov     sp, x1
FUNCTION at_wild_sp_svc
    svc     #97
    b       nothing_happened
    .size   at_wild_sp, . - at_wild_sp

#if PIBOOT_MMU
// Where the guard ends and this stack begins.
.macro GUARD_END register
    mov     \register, sp
    add     \register, \register, #4095
    and     \register, \register, #~4095
    sub     \register, \register, #PIBOOT_STACK_SIZE
.endm

// An SVC with SP, and x1, 512 bytes above the lower end of this stack's guard: a frame there would end below it.
FUNCTION at_leap
    GUARD_END x1
    sub     x1, x1, #2 * 4096
    add     x1, x1, #512
    mov     sp, x1
FUNCTION at_leap_svc
    svc     #96
    b       nothing_happened
    .size   at_leap, . - at_leap

// A store to the guard, x1, by a function whose locals reach beyond it.
FUNCTION at_large
    GUARD_END x1
    sub     x1, x1, #16
    sub     sp, sp, #PIBOOT_STACK_SIZE
    sub     sp, sp, #3 * 4096
FUNCTION at_large_store
    str     x1, [x1]
    b       nothing_happened
    .size   at_large, . - at_large
#endif

#if !PIBOOT_MMU
// void pend_virtual_serror(void): EL2 makes an SError pending for EL1. The way into EL2 is the vector of PiBoot's that
// takes an HVC there: EL2 runs without an MMU, so EL1 may write over it, and puts it back.
FUNCTION pend_virtual_serror
    mrs     x0, vbar_el1                // the same table as EL2's
    add     x0, x0, #0x400              // from a lower level, synchronous
    ldr     w1, [x0]
    adr     x2, at_el2
    sub     x2, x2, x0
    ubfx    x2, x2, #2, #26
    mov     w3, #0x14000000             // B at_el2
    orr     w2, w2, w3
    str     w2, [x0]
    dsb     sy
    ic      iallu
    dsb     sy
    isb
    msr     daifset, #4                 // PiBoot unmasked SError: it is to come later
    hvc     #0
    str     w1, [x0]
    dsb     sy
    ic      iallu
    dsb     sy
    isb
    ret
at_el2:
    mrs     x2, hcr_el2
    orr     x2, x2, #1 << 8             // VSE
    orr     x2, x2, #1 << 5             // AMO
    msr     hcr_el2, x2
    eret
    .size   pend_virtual_serror, . - pend_virtual_serror
#endif
