// SPDX-License-Identifier: MIT
//
// What the cost of the memory functions is counted on: 4 KiB at each alignment within a word. cost.py knows the order.
#include "piboot.h"
#include "piboot_test.h"

void *memcpy(void *to, const void *from, size_t n);
void *memmove(void *to, const void *from, size_t n);
void *memset(void *to, int byte, size_t n);
int memcmp(const void *a, const void *b, size_t n);

#define SIZE 4096u
#define WORD 8u

static unsigned char one[SIZE + 4 * WORD] __attribute__((aligned(64)));
static unsigned char two[SIZE + 4 * WORD] __attribute__((aligned(64)));

static void alive(uint32_t core) {
    (void)core;
    for (unsigned i = 0; i < sizeof two; i++) {
        ((volatile unsigned char *)two)[i] = 0x5a;
    }
    for (unsigned i = 0; i < WORD; i++) {
        memset(one + i, 0x5a, SIZE);
    }
    for (unsigned i = 0; i < WORD; i++) {
        if (memcmp(one + i, two + i, SIZE) != 0) {
            piboot_test_exit(1);
        }
    }
    // First where the addresses agree; then two of each.
    for (unsigned apart = 0; apart < WORD; apart++) {
        for (unsigned i = 0; i < WORD; i += apart == 0 ? 1 : 5) {
            memcpy(two + i, one + (i + apart) % WORD, SIZE);
        }
    }
    for (unsigned apart = 0; apart < WORD; apart++) {
        for (unsigned i = 0; i < WORD; i += apart == 0 ? 1 : 5) {
            memmove(two + WORD + i, two + (i + apart) % WORD, SIZE); // last to first
        }
    }
    piboot_test_exit(0);
}

static void running(uint32_t core) { (void)core; }

PIBOOT_ALIVE(alive);
PIBOOT_RUNNING(running);
