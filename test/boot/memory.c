// SPDX-License-Identifier: MIT
//
// The memory functions that a freestanding compiler may call anywhere: right for every size,
// alignment and overlap that their loops can tell apart, and replaced by the user's where the user
// has one (OVERRIDE).
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

enum { LARGEST = 80, GUARD = 32, ROOM = GUARD + 16 + LARGEST + GUARD };

static unsigned char work[ROOM];
static unsigned char expected[ROOM];
static unsigned char source[ROOM];

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

static unsigned char number(uint32_t i) { return (unsigned char)(i * 7 + 3); }

static void fill(void) {
    for (volatile uint32_t i = 0; i < ROOM; i++) {
        work[i] = number(i);
        expected[i] = number(i);
        source[i] = (unsigned char)~number(i);
    }
}

static void check_work(void) {
    for (volatile uint32_t i = 0; i < ROOM; i++) {
        PIBOOT_CHECK_EQ(work[i], expected[i]);
    }
}

static int sign(int value) { return (value > 0) - (value < 0); }

static void check_memcpy_memset(uint32_t to, uint32_t from, uint32_t size) {
    fill();
    for (volatile uint32_t i = 0; i < size; i++) {
        expected[GUARD + to + i] = source[GUARD + from + i];
    }
    PIBOOT_CHECK(call_memcpy(work + GUARD + to, source + GUARD + from, size) == work + GUARD + to);
    check_work();

    for (volatile uint32_t i = 0; i < size; i++) {
        expected[GUARD + to + i] = 0x9c;
    }
    PIBOOT_CHECK(call_memset(work + GUARD + to, 0x7fffff9c, size) ==
                 work + GUARD + to); // only the low byte counts
    check_work();
}

static void check_memmove(uint32_t to, uint32_t from, uint32_t size) {
    fill();
    for (volatile uint32_t i = 0; i < size; i++) {
        expected[GUARD + to + i] = number(GUARD + from + i);
    }
    PIBOOT_CHECK(call_memmove(work + GUARD + to, work + GUARD + from, size) == work + GUARD + to);
    check_work();
}

static void check_memcmp(uint32_t a, uint32_t b, uint32_t size) {
    fill();
    for (volatile uint32_t i = 0; i < size; i++) {
        source[GUARD + b + i] = work[GUARD + a + i];
    }
    PIBOOT_CHECK_EQ(call_memcmp(work + GUARD + a, source + GUARD + b, size), 0);
    for (uint32_t i = 0; i < size; i++) { // the first difference decides, and bytes are unsigned
        unsigned char kept = work[GUARD + a + i];
        work[GUARD + a + i] = 0x80;
        source[GUARD + b + i] = 0x7f;
        PIBOOT_CHECK_EQ(sign(call_memcmp(work + GUARD + a, source + GUARD + b, size)), 1);
        PIBOOT_CHECK_EQ(sign(call_memcmp(source + GUARD + b, work + GUARD + a, size)), -1);
        work[GUARD + a + i] = source[GUARD + b + i] = kept;
    }
}

static void alive(uint32_t core) {
    if (core != 0) {
        return;
    }
    for (uint32_t size = 0; size <= LARGEST; size += size < 34 ? 1 : 23) {
        for (uint32_t to = 0; to < 16; to++) {
            for (uint32_t from = 0; from < 16; from += 3) {
                check_memcpy_memset(to, from, size);
                check_memmove(to, from, size);
            }
            check_memcmp(to, 16 - to, size);
        }
    }
#ifdef OVERRIDE
    PIBOOT_CHECK(memset_calls > 1000); // the user's memset was the one that was called
#endif
    piboot_test_exit(0);
}

static void running(uint32_t core) { (void)core; }

PIBOOT_ALIVE(alive);
PIBOOT_RUNNING(running);
