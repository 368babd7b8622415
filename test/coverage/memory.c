// SPDX-License-Identifier: MIT
//
// Each way through the memory functions once: what boot.memory does a hundred thousand times, short enough
// to be traced.
#include "cores.h"

void *memcpy(void *to, const void *from, size_t n);
void *memmove(void *to, const void *from, size_t n);
void *memset(void *to, int byte, size_t n);
int memcmp(const void *a, const void *b, size_t n);

#define SIZE 48
#define SCTLR_A UINT64_C(2)

static volatile int fill = 0x1a5; // of which only the low byte counts
static uint64_t one[SIZE / 8], two[SIZE / 8];

static void alive(uint32_t core) {
    volatile unsigned char *bytes = (volatile unsigned char *)one;
    (void)core;
    WRITE_SYSREG(sctlr_el1, READ_SYSREG(sctlr_el1) | SCTLR_A); // as hardware is with the MMU off
    for (uint32_t i = 0; i < SIZE; i++) {
        bytes[i] = (unsigned char)(i + 1);
    }
    PIBOOT_CHECK(memcpy(two, one, SIZE - 3) == two); // words, then bytes
    PIBOOT_CHECK_EQ(memcmp(two, one, SIZE - 3), 0);
    PIBOOT_CHECK(memcmp(two, one, SIZE) < 0);
    PIBOOT_CHECK(memmove((char *)two + 1, two, 9) == (char *)two + 1); // last to first
    PIBOOT_CHECK_EQ(two[1], UINT64_C(0x100f0e0d0c0b0908));
    PIBOOT_CHECK(memcpy((char *)two + 1, one, 8) == (char *)two + 1); // not aligned
    PIBOOT_CHECK_EQ(two[0], UINT64_C(0x0706050403020101));
    // cppcheck-suppress memsetValueOutOfRange ; only the low byte counts, and this shows it
    PIBOOT_CHECK(memset((char *)two + 1, fill, 22) == (char *)two + 1); // bytes, words, bytes
    PIBOOT_CHECK_EQ(two[0], UINT64_C(0xa5a5a5a5a5a5a501));
    PIBOOT_CHECK_EQ(two[1], UINT64_C(0xa5a5a5a5a5a5a5a5));
    PIBOOT_CHECK_EQ(two[2], UINT64_C(0x18a5a5a5a5a5a5a5));
    piboot_test_exit(0);
}

static void running(uint32_t core) { (void)core; }

PIBOOT_ALIVE(alive);
PIBOOT_RUNNING(running);
