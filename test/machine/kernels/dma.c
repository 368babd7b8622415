/* SPDX-License-Identifier: MIT */
/*
 * A buffer for another master, and one from it: piboot_clean() and piboot_invalidate(), with PIBOOT_MMU. The master is
 * core 1 with its MMU off: what it reads and writes goes past all caches, as the VideoCore's accesses and those of DMA.
 * Both functions are here under names of their own, so that the table of barriers takes their instructions away.
 */
#include "piboot.h"

#define WORDS 29 /* of the buffers, which begin and end in the middle of a line */

__asm__(".globl __heap_end\n\t.set __heap_end, 0x100000");

static struct {
    volatile uint64_t before[5], bytes[WORDS], behind[6];
} out __attribute__((aligned(64))), in __attribute__((aligned(64)));
static volatile uint64_t go[8] __attribute__((aligned(64))), done[8] __attribute__((aligned(64)));

__attribute__((noreturn)) static void leave(uint64_t status) {
    volatile uint64_t block[2] = {0x20026, status};
    register uint64_t x0 __asm__("x0") = 0x18;
    register uint64_t x1 __asm__("x1") = (uint64_t)block;
    __asm__ volatile("hlt #0xf000" : "+r"(x0) : "r"(x1) : "memory");
    for (;;)
        ;
}

#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition))                                                                          \
            leave(__LINE__);                                                                       \
    } while (0)

__attribute__((noinline)) static void piboot_clean_it(const volatile void *start, uint64_t size) {
    piboot_clean(start, size);
}

__attribute__((noinline)) static void piboot_invalidate_it(volatile void *start, uint64_t size) {
    piboot_invalidate(start, size);
}

/* The master: waits for go, copies out.bytes to in.bytes, says done, sleeps. In registers alone. */
// NOLINTNEXTLINE(readability-non-const-parameter): as this kernel is built here
__attribute__((noreturn)) static void master(const volatile uint64_t *from, volatile uint64_t *to) {
    uint64_t word = 0x30d00808; /* SCTLR_EL1: its MMU and caches off */
    uint64_t left = WORDS;
    __asm__ volatile("msr sctlr_el1, %[word]\n\t"
                     "isb\n"
                     "1:\tldr %[word], [%[go]]\n\t"
                     "cbnz %[word], 2f\n\t"
                     "wfe\n\t"
                     "b 1b\n"
                     "2:\tdmb sy\n"
                     "3:\tldr %[word], [%[from]], #8\n\t"
                     "str %[word], [%[to]], #8\n\t"
                     "subs %[left], %[left], #1\n\t"
                     "b.ne 3b\n\t"
                     "dmb sy\n\t"
                     "mov %[word], #1\n\t"
                     "str %[word], [%[done]]\n\t"
                     "dsb sy\n\t"
                     "sev\n"
                     "4:\twfe\n\t"
                     "b 4b"
                     : [from] "+r"(from), [to] "+r"(to), [left] "+r"(left), [word] "+r"(word)
                     : [go] "r"(go), [done] "r"(done)
                     : "memory", "cc");
    __builtin_unreachable();
}

static void alive(uint32_t core) {
    if (core == 0) { /* .bss is zero in the caches: for the master, in memory too */
        piboot_clean(go, sizeof go);
        piboot_clean(done, sizeof done);
    }
}

static void running(uint32_t core) {
    if (core == 1)
        master(out.bytes, in.bytes);
    if (core != 0)
        piboot_park();
    for (unsigned i = 0; i < WORDS; i++) {
        out.bytes[i] = 0x1000 + i;
        in.bytes[i] = 0x2000 + i; /* dirty, and old when the master has written */
    }
    for (unsigned i = 0; i < 5; i++)
        in.before[i] = in.behind[i] = 0x3000 + i;
    piboot_invalidate_it(in.bytes, sizeof in.bytes);
    piboot_clean_it(out.bytes, sizeof out.bytes);
    go[0] = 1;
    piboot_clean_it(go, sizeof go);
    __asm__ volatile("sev");
    for (;;) {
        piboot_invalidate_it(done, sizeof done);
        if (done[0] != 0)
            break;
        __asm__ volatile("wfe");
    }
    piboot_invalidate_it(in.bytes, sizeof in.bytes);
    for (unsigned i = 0; i < WORDS; i++)
        CHECK(in.bytes[i] == 0x1000 + i);
    for (unsigned i = 0; i < 5; i++)
        CHECK(in.before[i] == 0x3000 + i && in.behind[i] == 0x3000 + i);
    piboot_clean(in.bytes, 0);
    piboot_invalidate(in.bytes, 0);
    leave(0);
}

static void panic(const char *message, const struct piboot_frame *frame) {
    (void)message;
    leave(frame == PIBOOT_NULL ? 100 : 200 + (frame->esr >> 26));
}

PIBOOT_ALIVE(alive);
PIBOOT_RUNNING(running);
PIBOOT_PANIC(panic);
