// SPDX-License-Identifier: MIT
//
// Enters vectors as an exception would, those too that this machine cannot be made to take.
#define EL1T_MASKED 0x3c4

// void enter_vector(uint64_t vector): as if the exception had come from here: from EL1h with vectors 4 to 7,
// else with SP_EL0, from EL1t.
    .text
    .globl enter_vector
enter_vector:
    lsr x1, x0, #2
    cmp x1, #1
    cset x2, eq
    add x2, x2, #EL1T_MASKED
    msr spsr_el1, x2
    adr x2, 1f
    msr elr_el1, x2
    mrs x1, vbar_el1
    add x1, x1, x0, lsl #7
    br x1
1:  msr spsel, #1
    ret

// void enter_vector_without_stack(uint64_t vector, uint64_t sp): the same with an SP that cannot take a
// frame. Returns when go_on is called.
    .globl enter_vector_without_stack
enter_vector_without_stack:
    stp x19, x20, [sp, #-96]!
    stp x21, x22, [sp, #16]
    stp x23, x24, [sp, #32]
    stp x25, x26, [sp, #48]
    stp x27, x28, [sp, #64]
    stp x29, x30, [sp, #80]
    adrp x2, stack
    mov x3, sp
    str x3, [x2, :lo12:stack]
    mov sp, x1
    b enter_vector

// void go_on(void)
    .globl go_on
go_on:
    adrp x2, stack
    ldr x3, [x2, :lo12:stack]
    mov sp, x3
    ldp x21, x22, [sp, #16]
    ldp x23, x24, [sp, #32]
    ldp x25, x26, [sp, #48]
    ldp x27, x28, [sp, #64]
    ldp x29, x30, [sp, #80]
    ldp x19, x20, [sp], #96
    ret

// void hvc_from_el1t(void)
    .globl hvc_from_el1t
hvc_from_el1t:
    msr spsel, #0
    hvc #7
    msr spsel, #1
    ret

    .bss
    .balign 8
stack:
    .quad 0
