// SPDX-License-Identifier: MIT
// In the shape of Circle's layout: the library has the start file, stacks at fixed addresses, a second
// entry for the other cores, and the linker script beside it.
#define KERNEL_STACK 0x2a0000
#define STACK_SIZE 0x20000

    .section .init, "ax"
    .globl _start
_start:
    mrs     x0, CurrentEL
    cmp     x0, #4
    beq     1f
    mov     x0, #(1 << 31)
    msr     hcr_el2, x0
    mov     x0, #(3 << 20)
    msr     cpacr_el1, x0
    ldr     x0, =KERNEL_STACK
    msr     sp_el1, x0
    mov     x0, #0x3c5
    msr     spsr_el2, x0
    adr     x0, 1f
    msr     elr_el2, x0
    eret
1:  bl      sysinit
    b       halt

    .globl _start_secondary
_start_secondary:
    mov     x0, #(1 << 31)
    msr     hcr_el2, x0
    mov     x0, #(3 << 20)
    msr     cpacr_el1, x0
    mrs     x1, mpidr_el1
    and     x1, x1, #3
    ldr     x0, =KERNEL_STACK
    mov     x2, #STACK_SIZE
    madd    x0, x1, x2, x0
    msr     sp_el1, x0
    mov     x0, #0x3c5
    msr     spsr_el2, x0
    adr     x0, 2f
    msr     elr_el2, x0
    eret
2:  bl      sysinit_secondary
    .globl halt
halt:
    wfe
    b       halt
