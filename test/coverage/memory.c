// SPDX-License-Identifier: MIT
//
// Each way through the memory functions once: what boot.memory does a hundred thousand times, short enough
// to be traced.
#include "cores.h"

void *memcpy(void *to, const void *from, size_t n);
void *memmove(void *to, const void *from, size_t n);
void *memset(void *to, int byte, size_t n);
int memcmp(const void *a, const void *b, size_t n);

#define SIZE 600u
#define SCTLR_A UINT64_C(2)

static volatile int fill = 0x1a5; // of which only the low byte counts
static unsigned char one[SIZE] __attribute__((aligned(8))), two[SIZE] __attribute__((aligned(8)));

// Sizes for bytes alone, for words and a rest, for blocks; addresses that agree modulo 8 and that do not.
static const uint32_t sizes[] = {0, 3, 8, 21, 32, 61, 64, 130, 256, 299};

static void check(uint32_t to, uint32_t from, uint32_t size) {
    PIBOOT_CHECK(memcpy(two + to, one + from, size) == two + to);
    PIBOOT_CHECK_EQ(memcmp(two + to, one + from, size), 0);
    if (size > 1) {
        two[to + size - 2]++; // 1 to 251 before: no carry
        PIBOOT_CHECK(memcmp(two + to, one + from, size) > 0);
        two[to + size - 2]--;
    }
    PIBOOT_CHECK(memmove(two + to + 8, two + to, size) == two + to + 8); // last to first
    PIBOOT_CHECK_EQ(memcmp(two + to + 8, one + from, size), 0);
    PIBOOT_CHECK(memmove(two + 5, two + to + 8, size) == two + 5);
    PIBOOT_CHECK_EQ(memcmp(two + 5, one + from, size), 0);
    PIBOOT_CHECK(memmove(two + 16, two + 5, size) == two + 16);
    PIBOOT_CHECK_EQ(memcmp(two + 16, one + from, size), 0);
    // cppcheck-suppress memsetValueOutOfRange ; only the low byte counts, and this shows it
    PIBOOT_CHECK(memset(two + to, fill, size) == two + to);
    for (uint32_t i = 0; i < size; i++) {
        PIBOOT_CHECK_EQ(two[to + i], 0xa5);
    }
}

static void alive(uint32_t core) {
    (void)core;
    WRITE_SYSREG(sctlr_el1, READ_SYSREG(sctlr_el1) | SCTLR_A); // as hardware is with the MMU off
    for (uint32_t i = 0; i < SIZE; i++) {
        ((volatile unsigned char *)one)[i] = (unsigned char)(i % 251 + 1);
    }
    for (uint32_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        check(0, 0, sizes[i]);
        check(3, 3, sizes[i]);
        check(1, 4, sizes[i]);
    }
    piboot_test_exit(0);
}

static void running(uint32_t core) { (void)core; }

PIBOOT_ALIVE(alive);
PIBOOT_RUNNING(running);
