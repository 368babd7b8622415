// SPDX-License-Identifier: MIT
//
// A device tree, without a device tree compiler: one root node with #address-cells, #size-cells and a name, in the
// flattened format (Devicetree Specification, chapter 5), whose numbers are big-endian. QEMU adds to it what it knows.
// WRONG_MAGIC makes it one that nobody may take for a device tree, TOTAL_SIZE one of so many bytes.
#ifdef WRONG_MAGIC
#define MAGIC 0xd00dfeee
#else
#define MAGIC 0xd00dfeed
#endif

#ifndef TOTAL_SIZE
#define TOTAL_SIZE 0x98
#endif

.macro big value
    .byte ((\value) >> 24) & 0xff, ((\value) >> 16) & 0xff, ((\value) >> 8) & 0xff, (\value) & 0xff
.endm

#define BEGIN_NODE 1
#define END_NODE 2
#define PROPERTY 3
#define END 9

    .text
    .globl _start
_start:
    big MAGIC
    big TOTAL_SIZE
    big 0x38 // the structure block,
    big 0x78 // the strings block,
    big 0x28 // and the memory reservations
    big 17   // version,
    big 16   // and the oldest one that it is compatible with
    big 0    // the core that boots
    big 0x20 // size of the strings,
    big 0x40 // and of the structure

    .quad 0, 0 // no memory reserved

structure:
    big BEGIN_NODE
    .word 0 // the root's name is empty
    big PROPERTY
    big 4
    big 0 // "#address-cells"
    big 1
    big PROPERTY
    big 4
    big 15 // "#size-cells"
    big 1
    .fill 4, 4, 0x04000000 // no operation
    big END_NODE
    big END

strings:
    .asciz "#address-cells"
    .asciz "#size-cells"
    .fill 5
    .if (structure - _start != 0x38) || (strings - structure != 0x40) || (. - strings != 0x20)
    .error "tree.S: the header's offsets are wrong"
    .endif
