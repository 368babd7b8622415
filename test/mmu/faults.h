// SPDX-License-Identifier: MIT
//
// Every access that the map forbids: what is done, to which address. faults.c does them all on every
// core and looks at the exception; report.c does one on every core and looks at the report.
#ifndef PIBOOT_TEST_FAULTS_H
#define PIBOOT_TEST_FAULTS_H

#include "map.h"

enum way { READ, WRITE, JUMP };

// A function and a constant to be written to; data and .bss with a RET in it to be jumped into.
#define RET UINT32_C(0xd65f03c0)
// GCC takes a volatile constant for data.
static const uint32_t a_constant __attribute__((used)) = RET;
static volatile uint32_t some_data = RET;
static volatile uint32_t some_bss;
static volatile uint64_t a_stack[4]; // an address in each core's stack
static void a_function(void) { __asm__ volatile("nop"); }

static inline uint64_t vectors(void) { return READ_SYSREG(vbar_el1); }
static inline uint64_t own_stack(void) { return a_stack[piboot_core_id()]; }
static inline uint64_t other_stack(void) { return guard_of((piboot_core_id() + 1) % 4) + GUARD; }
static inline uint64_t own_guard(void) { return guard_of(piboot_core_id()); }
static inline uint64_t next_guard(void) { return guard_of((piboot_core_id() + 1) % 4); }

#define FAULTS(FAULT)                                                                              \
    FAULT(READ, "null", 0)                                                                         \
    FAULT(WRITE, "null", 0)                                                                        \
    FAULT(JUMP, "null", 0)                                                                         \
    FAULT(READ, "a member of null", 0xff8)                                                         \
    FAULT(WRITE, "the spin table", 0xe0)                                                           \
    FAULT(WRITE, "text", at(_start))                                                               \
    FAULT(WRITE, "a function", (uint64_t)a_function)                                               \
    FAULT(WRITE, "the vectors", vectors())                                                         \
    FAULT(WRITE, "the last of text", at(__piboot_text_end) - 4)                                    \
    FAULT(WRITE, "rodata", at(&a_constant))                                                        \
    FAULT(WRITE, "the last of rodata", at(__piboot_rodata_end) - 4)                                \
    FAULT(JUMP, "rodata", at(&a_constant))                                                         \
    FAULT(JUMP, "data", at(&some_data))                                                            \
    FAULT(JUMP, "bss", at(&some_bss))                                                              \
    FAULT(JUMP, "its own stack", own_stack())                                                      \
    FAULT(JUMP, "another core's stack", other_stack())                                             \
    FAULT(JUMP, "the heap", at(_end))                                                              \
    FAULT(JUMP, "the heap far above", BASE + 0x10000000)                                           \
    FAULT(JUMP, "memory below the image", BASE + 0x2000)                                           \
    FAULT(JUMP, "the tables", at(__piboot_tables))                                                 \
    FAULT(JUMP, "the peripherals", piboot_peripherals() + 0x201000)                                \
    FAULT(JUMP, "the local peripherals", piboot_local_peripherals())                               \
    FAULT(READ, "its own guard page", own_guard() + GUARD - 8)                                     \
    FAULT(READ, "the lowest of its guard", own_guard())                                            \
    FAULT(WRITE, "its own guard page", own_guard() + GUARD - 16)                                   \
    FAULT(WRITE, "the next core's guard page", next_guard() + PAGE)                                \
    FAULT(JUMP, "its own guard page", own_guard())                                                 \
    FAULT(READ, "beyond the local peripherals", BASE + 0x40200000)                                 \
    FAULT(WRITE, "beyond the local peripherals", BASE + 0x7bfffff8)                                \
    FAULT(JUMP, "beyond the local peripherals", BASE + 0x40200000)                                 \
    FAULT(READ, "page 0", BASE + 0xe0)                                                             \
    FAULT(WRITE, "where the image lies in memory, or its text", 0x80000)                           \
    FAULT(JUMP, "where the rodata lies in memory, or itself", at(&a_constant) - BASE)              \
    FAULT(WRITE, "a peripheral in memory, or beyond", BASE == 0 ? 0x40200000 : 0x3f201000)         \
    FAULT(READ, "beyond 2 GiB", 0x80000000)                                                        \
    FAULT(READ, "beyond 4 GiB", UINT64_C(0x100080000))                                             \
    FAULT(WRITE, "the upper half", UINT64_C(0xffff000000080000))                                   \
    FAULT(JUMP, "the upper half", UINT64_C(0xffffffff00080000))

struct fault {
    enum way way;
    const char *what;
    uint64_t address;
};

#define ONE_FAULT(way_, what_, address_) {way_, what_, (uint64_t)(address_)},
#define COUNT_FAULT(way_, what_, address_) +1
enum { FAULT_COUNT = 0 FAULTS(COUNT_FAULT) };

// The fault with a number, as it is on this core.
static inline struct fault get_fault(uint32_t number) {
    struct fault all[] = {FAULTS(ONE_FAULT)};
    return all[number];
}

// The exception class that the fault must be reported with, and the syndrome's other fields.
#define CLASS_FETCH UINT64_C(0x21) // without a change of level
#define CLASS_DATA UINT64_C(0x25)
#define SYNDROME_32_BIT (UINT64_C(1) << 25)
#define SYNDROME_WRITE (UINT64_C(1) << 6)

static inline uint64_t expected_esr(const struct fault *fault) {
    return (fault->way == JUMP ? CLASS_FETCH : CLASS_DATA) << 26 | SYNDROME_32_BIT |
           (fault->way == WRITE ? SYNDROME_WRITE : 0) | fault_status(fault->address);
}

// Does it. *elr is where the exception must have been taken. A jump that succeeds comes back by a RET.
__attribute__((__noinline__)) static void commit(const struct fault *fault, uint64_t *elr) {
    if (fault->way == JUMP) {
        *elr = fault->address;
        __asm__ volatile("blr %0" : : "r"(fault->address) : "x30", "memory");
    } else if (fault->way == WRITE) {
        __asm__ volatile("adr x9, 1f\n\t"
                         "str x9, [%0]\n"
                         "1: str wzr, [%1]"
                         :
                         : "r"(elr), "r"(fault->address)
                         : "x9", "memory");
    } else {
        __asm__ volatile("adr x9, 1f\n\t"
                         "str x9, [%0]\n"
                         "1: ldr w9, [%1]"
                         :
                         : "r"(elr), "r"(fault->address)
                         : "x9", "memory");
    }
}

static inline void prepare_faults(volatile uint32_t *on_the_stack) {
    *on_the_stack = RET;
    some_bss = RET;
    a_stack[piboot_core_id()] = at(on_the_stack);
}

#endif
