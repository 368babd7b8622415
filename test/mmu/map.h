// SPDX-License-Identifier: MIT
//
// What PIBOOT_MMU promises for each address, said once more and in another way than piboot_start.S
// does: by the symbols of link64.ld and the numbers of the Arm ARM.
#ifndef PIBOOT_TEST_MAP_H
#define PIBOOT_TEST_MAP_H

#include "cores.h"

#define BASE ((uint64_t)PIBOOT_KERNEL_BASE) // where the kernel sees address 0

#define PAGE UINT64_C(0x1000)
#define BLOCK UINT64_C(0x200000)
#define GUARD (2 * PAGE)

extern unsigned char _start[], __piboot_text_end[], __piboot_rodata_end[], __bss_start[],
    __bss_end[], __piboot_image_end[], __piboot_tables[], __piboot_tables_end[], _end[];

static inline uint64_t at(const volatile void *pointer) { return (uint64_t)pointer; }

#define GIB UINT64_C(0x40000000)

// The board: by the processor, read here.
static inline int is_pi4(void) { return (READ_SYSREG(midr_el1) >> 4 & 0xfff) == 0xd08; }

// RAM, then devices, then nothing: in memory.
static inline uint64_t ram_end(void) { return is_pi4() ? GIB : 0x3f000000; }
static inline uint64_t devices(void) { return is_pi4() ? 0xfc000000 : 0x3f000000; }
static inline uint64_t devices_end(void) { return is_pi4() ? 4 * GIB : 0x40200000; }

// With less than 4 GiB from the base on, a Pi 4's devices are seen lower.
#if PIBOOT_KERNEL_BASE > 0xffffffff00000000
#define LOWER (2 * GIB)
#else
#define LOWER UINT64_C(0)
#endif
static inline int is_device(uint64_t address) {
    return address - BASE + (is_pi4() ? LOWER : 0) - devices() < devices_end() - devices();
}
static inline uint64_t in_memory(uint64_t address) {
    return address - BASE + (is_pi4() && is_device(address) ? LOWER : 0);
}

// The guard below a core's stack; above it, the stack.
static inline uint64_t guard_of(uint32_t core) {
    return at(piboot_stacks) + core * (GUARD + PIBOOT_STACK_SIZE);
}

// Level-3 tables reach from 0 to here: 4 KiB pages; from here on, 2 MiB blocks. In memory, as all that is not of a map.
static inline uint64_t end_of_pages(void) {
    return (at(__piboot_image_end) - BASE + BLOCK - 1) / BLOCK * BLOCK;
}

enum kind { UNMAPPED, CODE, CONSTANT, WRITABLE, DEVICE };

#if !PIBOOT_EXCEPTIONS
extern unsigned char piboot_park_fault[];
#endif

static inline enum kind kind_of(uint64_t address) {
    const uint64_t physical = address - BASE; // of what is below the base, much too high
    if (is_device(address)) {
        return DEVICE;
    }
    if (physical < PAGE || physical >= ram_end()) {
        return UNMAPPED;
    }
    for (uint32_t core = 0; core < 4; core++) {
        if (address - guard_of(core) < GUARD) {
            return UNMAPPED;
        }
    }
#if !PIBOOT_EXCEPTIONS
    if (address - at(piboot_park_fault) < PAGE) {
        return CODE;
    }
#endif
    if (address >= at(_start) && address < at(__piboot_text_end)) {
        return CODE;
    }
    if (address >= at(_start) && address < at(__piboot_rodata_end)) {
        return CONSTANT;
    }
    return WRITABLE;
}

// The bits of an address that are translated: T0SZ or T1SZ leaves so many.
#define VIRTUAL_BITS (BASE == 0 ? 33 : BASE >= UINT64_C(0xffffff8000000000) ? 39 : 48)

// The level at which the walk for an address ends. Where none begins, it is level 0: beyond what TCR_EL1 leaves, and, with
// a base, by TTBR0.
static inline uint64_t level_of(uint64_t address) {
    const uint64_t physical = address - BASE;
    if (physical < GIB ||
        physical / GIB == (devices_end() - 1) / GIB - (is_pi4() ? LOWER / GIB : 0)) {
        return physical < end_of_pages() ? 3 : 2;
    }
    if (BASE == 0) {
        return physical < 8 * GIB ? 1 : 0;
    }
    if (address >> VIRTUAL_BITS != UINT64_C(0xffffffffffffffff) >> VIRTUAL_BITS) {
        return 0;
    }
    // An entry of level 0 is 512 GiB; the 8 GiB that a board may have may lie in two of them.
    // NOLINTNEXTLINE(misc-redundant-expression): as this kernel is built here
    return address >> 39 == BASE >> 39 || address >> 39 == (BASE + 7 * GIB) >> 39 ? 1 : 0;
}

// The fault status code (ESR_EL1.DFSC, IFSC, PAR_EL1.FST).
#define TRANSLATION_FAULT UINT64_C(0x04)
#define PERMISSION_FAULT UINT64_C(0x0c)
static inline uint64_t fault_status(uint64_t address) {
    return (kind_of(address) == UNMAPPED ? TRANSLATION_FAULT : PERMISSION_FAULT) +
           level_of(address);
}

#endif
