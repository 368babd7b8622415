// SPDX-License-Identifier: MIT
//
// Enters vectors as an exception would, those too that this machine cannot be made to take.
#define EL1T_MASKED 0x3c4
#define EL0_AARCH32_MASKED 0x3d0

// The registers that a function must leave as they were, to and from the stack.
.macro keep
    stp x19, x20, [sp, #-96]!
    stp x21, x22, [sp, #16]
    stp x23, x24, [sp, #32]
    stp x25, x26, [sp, #48]
    stp x27, x28, [sp, #64]
    stp x29, x30, [sp, #80]
.endm
.macro give_back
    ldp x21, x22, [sp, #16]
    ldp x23, x24, [sp, #32]
    ldp x25, x26, [sp, #48]
    ldp x27, x28, [sp, #64]
    ldp x29, x30, [sp, #80]
    ldp x19, x20, [sp], #96
.endm

// void enter_vector(uint64_t vector): as if the exception had come from here: from EL1h with vectors 4 to 7,
// else with SP_EL0, from EL1t. x0 is 0x100 + vector then, and x1 the vector's address + 1.
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
    mrs x3, vbar_el1
    add x3, x3, x0, lsl #7
    add x1, x3, #1
    add x0, x0, #0x100
    br x3
1:  msr spsel, #1
    ret

// void enter_vector_without_stack(uint64_t vector, uint64_t sp): the same with an SP that cannot take a
// frame. Returns when go_on is called.
    .globl enter_vector_without_stack
enter_vector_without_stack:
    keep
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
    give_back
    ret

// void enter_aarch32(uint64_t sp_el0): two SVCs in AArch32 at EL0. Returns when a handler goes on at back_from_aarch32.
    .globl enter_aarch32, back_from_aarch32
enter_aarch32:
    keep
    msr sp_el0, x0
    mov x2, #EL0_AARCH32_MASKED
    msr spsr_el1, x2
    adr x2, 1f
    msr elr_el1, x2
    eret
1:  .inst 0xef000000, 0xef000000 // svc #0, twice
back_from_aarch32:
    give_back
    ret

// void hvc_from_el1t(uint64_t x0, uint64_t x1): with Z and C set, and N and V not.
    .globl hvc_from_el1t
hvc_from_el1t:
    cmp x0, x0
    msr spsel, #0
    hvc #7
    msr spsel, #1
    ret

    .bss
    .balign 8
stack:
    .quad 0
