// SPDX-License-Identifier: MIT
//
// The memory functions that a freestanding compiler may call anywhere: right for every alignment of both sides, every
// size that their loops can tell apart and every overlap. They make aligned accesses alone, as a board with the MMU off
// takes no others, and none outside their ranges: watchpoints on what lies beside show it, and with PIBOOT_MMU pages
// that are not mapped. The user's own takes their place where there is one (OVERRIDE).
#include <stddef.h>

#include "cores.h"

void *memcpy(void *to, const void *from, size_t size);
void *memmove(void *to, const void *from, size_t size);
void *memset(void *to, int byte, size_t size);
int memcmp(const void *a, const void *b, size_t size);

// Called through these, a compiler cannot put its own code in their place.
static void *(*volatile call_memcpy)(void *, const void *, size_t) = memcpy;
static void *(*volatile call_memmove)(void *, const void *, size_t) = memmove;
static void *(*volatile call_memset)(void *, int, size_t) = memset;
static int (*volatile call_memcmp)(const void *, const void *, size_t) = memcmp;

#define SCTLR_A UINT64_C(2)
#define MDSCR_MDE_KDE UINT64_C(0xa000) // watchpoints, at EL1 too
#define DBGWCR_ALL UINT64_C(0x1b)      // on: loads and stores, at EL1
#define DBGWCR_BAS_SHIFT 5             // a bit for each byte of the word

enum {
    ALIGNMENTS = 16,
    EVERY_SIZE = 200, // and then
    LARGEST = 800,
    GUARD = 32,
    WORD = 8,
    ROOM = GUARD + 256 + LARGEST + GUARD
};

// Filled and compared as words, volatile ones: a compiler makes no call of memset of that, and it takes less time.
typedef union {
    volatile uint64_t words[ROOM / WORD];
    unsigned char bytes[ROOM];
} Area;
static Area work, expected, source;

#ifdef OVERRIDE
static uint32_t memset_calls;
void *memset(void *to, int byte, size_t size) {
    volatile unsigned char *bytes = to;
    memset_calls++;
    for (size_t i = 0; i < size; i++) {
        bytes[i] = (unsigned char)byte;
    }
    return to;
}
#endif

static uint64_t number(uint32_t word) { return (word + 1) * UINT64_C(0x9e3779b97f4a7c15); }

// Up to this many bytes behind the first guard, and the guard behind them.
static void fill(uint32_t size) {
    for (uint32_t i = 0; i < (GUARD + size + GUARD) / WORD; i++) {
        work.words[i] = number(i);
        expected.words[i] = number(i);
        source.words[i] = ~number(i);
    }
}

static void check_work(uint32_t size) {
    for (uint32_t i = 0; i < (GUARD + size + GUARD) / WORD; i++) {
        PIBOOT_CHECK_EQ(work.words[i], expected.words[i]);
    }
}

static void expect(uint32_t to, const unsigned char *from, uint32_t size) {
    volatile unsigned char *bytes = expected.bytes + GUARD + to;
    for (uint32_t i = 0; i < size; i++) {
        bytes[i] = from[i];
    }
}

static void check_memcpy(uint32_t to, uint32_t from, uint32_t size) {
    unsigned char *const at = work.bytes + GUARD + to;
    fill(to + size);
    expect(to, source.bytes + GUARD + from, size);
    PIBOOT_CHECK(call_memcpy(at, source.bytes + GUARD + from, size) == at);
    check_work(to + size);
}

static void check_memmove(uint32_t to, uint32_t from, uint32_t size) {
    unsigned char *const at = work.bytes + GUARD + to;
    const uint32_t end = (to > from ? to : from) + size;
    fill(end);
    expect(to, work.bytes + GUARD + from, size);
    PIBOOT_CHECK(call_memmove(at, work.bytes + GUARD + from, size) == at);
    check_work(end);
}

static void check_memset(uint32_t to, uint32_t size) {
    unsigned char *const at = work.bytes + GUARD + to;
    volatile unsigned char *bytes = expected.bytes + GUARD + to;
    fill(to + size);
    for (uint32_t i = 0; i < size; i++) {
        bytes[i] = 0x9c;
    }
    PIBOOT_CHECK(call_memset(at, 0x7fffff9c, size) == at); // only the low byte counts
    check_work(to + size);
}

// The first difference decides, and bytes are unsigned: the second, if there is one, says the opposite.
static void check_difference(unsigned char *a, unsigned char *b, uint32_t at, uint32_t size) {
    const unsigned char first = a[at];
    const unsigned char last = a[size - 1];
    a[at] = 0x80;
    b[at] = 0x7f;
    PIBOOT_CHECK(call_memcmp(a, b, size) > 0);
    PIBOOT_CHECK(call_memcmp(b, a, size) < 0);
    a[size - 1] = 0x01;
    b[size - 1] = 0xff;
    a[at] = 0x80;
    b[at] = 0x7f;
    PIBOOT_CHECK(call_memcmp(a, b, size) > 0);
    PIBOOT_CHECK(call_memcmp(b, a, size) < 0);
    PIBOOT_CHECK_EQ(call_memcmp(a, b, at), 0);
    a[size - 1] = b[size - 1] = last;
    a[at] = b[at] = first;
}

static void check_memcmp(uint32_t from_a, uint32_t from_b, uint32_t size, uint32_t step) {
    unsigned char *const a = work.bytes + GUARD + from_a;
    unsigned char *const b = source.bytes + GUARD + from_b;
    fill((from_a > from_b ? from_a : from_b) + size); // all around them differs
    for (uint32_t i = 0; i < size; i++) {
        ((volatile unsigned char *)b)[i] = a[i];
    }
    PIBOOT_CHECK_EQ(call_memcmp(a, b, size), 0);
    for (uint32_t i = size % step; i < size; i += step) {
        check_difference(a, b, i, size);
    }
}

static void check_size(uint32_t size) {
    for (uint32_t to = 0; to < ALIGNMENTS; to++) {
        check_memset(to, size);
        for (uint32_t from = 0; from < ALIGNMENTS; from++) {
            check_memcpy(to, from, size);
            check_memmove(to, from, size);
            check_memcmp(to, from, size, 61);
        }
        for (uint32_t distance = 16; distance <= 256 - ALIGNMENTS; distance += 28) {
            check_memmove(to, to + distance, size);
            check_memmove(to + distance, to, size);
        }
    }
}

// Watchpoints on the rest of the words in which a range begins and ends.
static void watch_beside(const unsigned char *range, uint32_t size) {
    const uint64_t begin = (uint64_t)range;
    const uint64_t end = begin + size;
    WRITE_SYSREG(dbgwvr0_el1, begin & ~UINT64_C(7));
    WRITE_SYSREG(dbgwcr0_el1, DBGWCR_ALL | ((1u << (begin & 7)) - 1) << DBGWCR_BAS_SHIFT);
    WRITE_SYSREG(dbgwvr1_el1, end & ~UINT64_C(7));
    WRITE_SYSREG(dbgwcr1_el1, DBGWCR_ALL | (0xffu << (end & 7) & 0xffu) << DBGWCR_BAS_SHIFT);
    __asm__ volatile("msr daifclr, #8" : : : "memory");
}

static void watch_nothing(void) { __asm__ volatile("msr daifset, #8" : : : "memory"); }

static void check_reads(uint32_t to, uint32_t from, uint32_t size) {
    unsigned char *const bytes = work.bytes + GUARD;
    watch_beside(bytes + from, size);
    call_memcpy(source.bytes + to, bytes + from, size);
    call_memcmp(source.bytes + to, bytes + from, size);
    call_memcmp(bytes + from, source.bytes + to, size);
    watch_nothing();
    if (to + WORD > from && size > to + WORD - from) { // they overlap: last to first
        watch_beside(bytes + from, to + WORD + size - from);
        call_memmove(bytes + to + WORD, bytes + from, size);
        watch_nothing();
    }
}

#if PIBOOT_MMU
// The stack of a core that is not here, between its guard and the next core's.
static void check_edges(void) {
    unsigned char *const begin = (unsigned char *)piboot_stacks +
                                 2 * (PIBOOT_STACK_GUARD + PIBOOT_STACK_SIZE) + PIBOOT_STACK_GUARD;
    unsigned char *const end = begin + PIBOOT_STACK_SIZE;
    for (uint32_t size = 0; size <= LARGEST; size += size < EVERY_SIZE ? 1 : 41) {
        for (uint32_t other = 0; other < ALIGNMENTS; other++) {
            unsigned char *const a = work.bytes + GUARD + other;
            for (uint32_t last = 0; last < 2; last++) {
                unsigned char *const b = last ? end - size : begin;
                call_memset(b, (int)size, size);
                call_memcpy(a, b, size);
                PIBOOT_CHECK_EQ(call_memcmp(a, b, size), 0);
                call_memcpy(b, a, size);
                call_memmove(last ? b - other : b + other, b, size);
                call_memmove(b, last ? b - other : b + other, size);
            }
        }
    }
}
#endif

static void alive(uint32_t core) {
    if (core != 0) {
        return;
    }
    WRITE_SYSREG(sctlr_el1, READ_SYSREG(sctlr_el1) | SCTLR_A);
    for (uint32_t size = 0; size <= LARGEST; size += size < EVERY_SIZE ? 1 : 97) {
        check_size(size);
        check_memcmp(size % ALIGNMENTS, size % ALIGNMENTS, size, 1);
        check_memcmp(size % ALIGNMENTS, size % 7, size, 1);
    }
    WRITE_SYSREG(oslar_el1, 0);
    WRITE_SYSREG(mdscr_el1, MDSCR_MDE_KDE);
    for (uint32_t size = 0; size <= EVERY_SIZE; size += size < 80 ? 1 : 13) {
        for (uint32_t to = 0; to < WORD; to++) {
            for (uint32_t from = 0; from < WORD; from++) {
                check_reads(to, from, size);
            }
        }
    }
#if PIBOOT_MMU
    check_edges();
#endif
#ifdef OVERRIDE
    PIBOOT_CHECK(memset_calls > 1000); // the user's memset was the one that was called
#endif
    piboot_test_exit(0);
}

static void running(uint32_t core) { (void)core; }

// An access that is not aligned, or to a page that is not mapped.
static void panicked(const char *message, const struct piboot_frame *frame) {
    piboot_test_puts(message);
    PIBOOT_CHECK_EQ(frame->elr, frame->far);
}

PIBOOT_ALIVE(alive);
PIBOOT_RUNNING(running);
PIBOOT_PANIC(panicked);
