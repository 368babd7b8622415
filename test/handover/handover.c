// SPDX-License-Identifier: MIT
//
// Hands over to ENTRY: where next.S lies, which looks at what it finds, or where nothing can. Without core ABSENT, if there is
// one. PANICS: as it should. With HEAP_END, the end of the heap, less memory is cleaned, and the run is short enough to be traced.
#include "cores.h"

#ifndef ABSENT
#define ABSENT 4
#endif
#ifndef LEFT_BEHIND
#define LEFT_BEHIND 0x3a000000
#endif

#ifdef HEAP_END
#define TEXT_OF(value) #value
#define TEXT(value) TEXT_OF(value)
__asm__(".globl __heap_end\n\t.set __heap_end, " TEXT(PIBOOT_KERNEL_BASE) " + " TEXT(HEAP_END));
#endif

// With the MMU in caches alone, until they are cleaned: next.S reads it with its own off.
static volatile uint64_t *const left_behind =
    (volatile uint64_t *)(UINT64_C(LEFT_BEHIND) + PIBOOT_KERNEL_BASE);

static void alive(uint32_t core) { (void)core; }

static void running(uint32_t core) {
    if (core == ABSENT) {
        idle();
    }
    left_behind[8 * core] = UINT64_C(0x1234567800000000) + core;
    // As piboot_hand_over(ENTRY, X0), with junk in x2 and x3.
    register uint64_t x0 __asm__("x0") = core == 0 ? UINT64_C(ENTRY) : 0;
    register uint64_t x1 __asm__("x1") = UINT64_C(X0);
    __asm__ volatile("mov x2, #-1\n\tmov x3, #-1\n\tb piboot_hand_over" : : "r"(x0), "r"(x1));
}

static void panicked(const char *message, const struct piboot_frame *frame) {
    (void)message;
    (void)frame;
#ifdef PANICS
    piboot_test_exit(0);
#else
    piboot_test_exit(1);
#endif
}

PIBOOT_ALIVE(alive);
PIBOOT_RUNNING(running);
PIBOOT_CONSOLE(piboot_test_putc);
PIBOOT_PANIC(panicked);
