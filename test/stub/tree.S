// SPDX-License-Identifier: MIT
//
// A device tree, without a device tree compiler: one root node with #address-cells, #size-cells and a name, in the
// flattened format (Devicetree Specification, chapter 5), whose numbers are big-endian. QEMU adds to it what it knows.
// WRONG_MAGIC makes it one that nobody may take for a device tree, TOTAL_SIZE one of so many bytes. RESERVED adds two
// pages that are reserved, one in each way.
#ifdef WRONG_MAGIC
#define MAGIC 0xd00dfeee
#else
#define MAGIC 0xd00dfeed
#endif

#ifdef RESERVED
#define RESERVATION_SIZE 0x20
#define NODES_SIZE 0x58
#define NAMES_SIZE 4
#else
#define RESERVATION_SIZE 0x10
#define NODES_SIZE 0
#define NAMES_SIZE 0
#endif
#define STRUCTURE (0x28 + RESERVATION_SIZE)
#define STRUCTURE_SIZE (0x40 + NODES_SIZE)
#define STRINGS (STRUCTURE + STRUCTURE_SIZE)
#define STRINGS_SIZE (0x20 + NAMES_SIZE)

#ifndef TOTAL_SIZE
#define TOTAL_SIZE (STRINGS + STRINGS_SIZE)
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
    big STRUCTURE // the structure block,
    big STRINGS // the strings block,
    big 0x28 // and the memory reservations
    big 17   // version,
    big 16   // and the oldest one that it is compatible with
    big 0    // the core that boots
    big STRINGS_SIZE // size of the strings,
    big STRUCTURE_SIZE // and of the structure

#ifdef RESERVED
    big 0
    big 0x11000000 // this page, from its middle on
    big 0
    big 0x800
#endif
    .quad 0, 0 // no more memory reserved

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
#ifdef RESERVED
    big BEGIN_NODE
    .asciz "reserved-memory"
    big PROPERTY
    big 4
    big 0
    big 1
    big PROPERTY
    big 4
    big 15
    big 1
    big BEGIN_NODE
    .asciz "a@1"
    big PROPERTY
    big 8
    big 27 // "reg"
    big 0x12000800 // one byte, in the middle of a page
    big 1
    big END_NODE
    big END_NODE
#endif
    big END_NODE
    big END

strings:
    .asciz "#address-cells"
    .asciz "#size-cells"
#ifdef RESERVED
    .asciz "reg"
#endif
    .fill 5
    .if (structure - _start != STRUCTURE) || (strings - structure != STRUCTURE_SIZE) || (. - strings != STRINGS_SIZE)
    .error "tree.S: the header's offsets are wrong"
    .endif
