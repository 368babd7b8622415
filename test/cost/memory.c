// SPDX-License-Identifier: MIT
//
// A page filled and a page copied, both aligned: what a compiler makes of a large assignment.
#include "piboot.h"
#include "piboot_test.h"

void *memcpy(void *to, const void *from, size_t n);
void *memset(void *to, int byte, size_t n);

static unsigned char one[4096] __attribute__((aligned(64))), two[4096] __attribute__((aligned(64)));

static void alive(uint32_t core) {
    (void)core;
    memset(one, 0x5a, sizeof one);
    memcpy(two, one, sizeof two);
    piboot_test_exit(two[sizeof two - 1] != 0x5a);
}

static void running(uint32_t core) { (void)core; }

PIBOOT_ALIVE(alive);
PIBOOT_RUNNING(running);
