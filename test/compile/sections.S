/* SPDX-License-Identifier: MIT
 *
 * Sections by names that link64.ld does not know, and that no assembler does: kernel.c looks where they are. */
    .macro  THING section, flags, type, name, value:vararg
    .section \section, "\flags", \type
    .balign 8
    .globl  \name
\name:
    \value
    .endm

    THING   .vectors, ax, %progbits, other_code, mov w0, #0x159
    ret
    THING   fastcode, ax, %progbits, more_code, mov w0, #0x26
    ret
    THING   romtable, a, %progbits, constants, .quad 0x15926
    THING   .table.of.constants, a, %progbits, more_constants, .quad 0x15926
    THING   tasks, aw, %progbits, data, .quad 0x15926
    THING   .mydata, aw, %progbits, more_data, .quad 0x15926
    THING   percpu, aw, %nobits, zeroes_1, .space 0x20000
    THING   .pagetables, aw, %nobits, zeroes_2, .space 0x3008
    THING   .sbss.dma, aw, %nobits, zeroes_3, .space 0x1000
    THING   .ctors, a, %progbits, constructors, .quad second
    THING   .preinit_array, aw, %preinit_array, first_constructors, .quad first
