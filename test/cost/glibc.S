// SPDX-License-Identifier: MIT
// glibc chooses one of several by the processor, before main: these are what a Cortex-A53 gets.
    .irp    name, memcpy, memmove, memset
    .globl  \name
    .type   \name, %function
\name:
    b       __\name\()_generic
    .size   \name, . - \name
    .endr
