// SPDX-License-Identifier: MIT
//
// What is no stack's fault is not blamed on one. One case for each kernel; the test looks at the report.
//   STATE    core 1 came by the kernel's own means, and PiBoot's state of it is what was in RAM before
//   HEAP     a heap lies over core 0's stack and its state, and was filled with zeros
//   STRAY    a stray write hit the word below core 0's stack; SP is far from there
//   THREAD   SP is in a stack of the kernel's own
//   UNMAPPED SP is a good number, and no memory
#include "cores.h"

enum { STATE, HEAP, STRAY, THREAD, UNMAPPED };

#define JUNK UINT64_C(0xa5a5a5a5a5a5a5a5)
#define STRIDE (PIBOOT_STACK_SIZE + PIBOOT_STACK_GUARD)
#define UNUSED 1024 // bytes of a stack that core 0 has not come down to

__attribute__((__used__, __aligned__(16))) static volatile unsigned char own_stack[4096];

static inline void fill(const volatile void *from, uint64_t size, uint64_t value) {
    volatile uint64_t *word = (volatile uint64_t *)(uintptr_t)from;
    for (uint64_t i = 0; i < size / sizeof *word; i++) {
        word[i] = value;
    }
}

__attribute__((__used__)) static void on_core_1(void) { piboot_panic("out of fuel"); }

// To this core 1 comes out of QEMU's pen, at EL2.
__attribute__((__used__)) static void release_core_1(void) {
    volatile uint64_t *slot = (volatile uint64_t *)UINT64_C(0xe0);
    uint64_t entry;
    __asm__("" : "+r"(slot)); // nothing that a compiler could know to be a null pointer
    __asm__ volatile("adr %0, 1f\n\tb 2f\n"
                     "1:\tadr x0, 3f\n\tldr x0, [x0]\n\tmov sp, x0\n\tbl on_core_1\n"
                     "\t.balign 8\n3:\t.quad own_stack + 4096\n"
                     "2:"
                     : "=r"(entry));
    *slot = entry;
    __asm__ volatile("dsb sy\n\tsev" : : : "memory");
}

static void fault_with_sp(uint64_t sp) { __asm__ volatile("mov sp, %0\n\tsvc #1" : : "r"(sp)); }

static void alive(uint32_t core) {
    uint64_t stack = (uintptr_t)piboot_stacks + PIBOOT_STACK_GUARD;
    (void)core;
    switch (CASE) {
    case STATE:
        fill(piboot_core_states[1], sizeof piboot_core_states[1], JUNK);
        release_core_1();
        idle();
    case HEAP:
        fill((void *)(stack - (PIBOOT_MMU ? 0 : 16)), PIBOOT_STACK_SIZE - UNUSED, 0);
        fill(piboot_core_states[0], sizeof piboot_core_states[0], 0);
        __asm__ volatile("svc #1");
        break;
    case STRAY:
        fill((void *)(stack - 16), 8, JUNK);
        __asm__ volatile("svc #1");
        break;
    case THREAD: fault_with_sp((uintptr_t)own_stack + sizeof own_stack); break;
    default: fault_with_sp(0x800); break;
    }
}

static void running(uint32_t core) { (void)core; }

static void end(const char *message, const struct piboot_frame *frame) {
    (void)message;
    (void)frame;
    piboot_test_exit(0);
}

PIBOOT_ALIVE(alive);
PIBOOT_RUNNING(running);
PIBOOT_CONSOLE(piboot_test_putc);
PIBOOT_PANIC(end);
