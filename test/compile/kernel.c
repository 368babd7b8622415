// SPDX-License-Identifier: MIT
//
// Boots all cores and ends well; built by hand-written command lines with every compiler and
// linker. What is in sections by names of its own (sections.S) is in the image or zero, below the heap, and with the MMU
// what it should be: read-only, executable.
#include "piboot.h"
#include "piboot_test.h"

extern uint32_t other_code(void), more_code(void);
extern volatile uint64_t constants[1], more_constants[1];
extern volatile uint64_t data[1], more_data[1];
extern volatile unsigned char zeroes_1[0x20000], zeroes_2[0x3008], zeroes_3[0x1000];
extern unsigned char _start[], __heap_start[];

void first(void);
void second(void);
static volatile uint32_t constructed;
void first(void) { constructed = 1; }
void second(void) { constructed = constructed == 1 ? 2 : 0; }

static volatile uint32_t alive_calls;

static void check_zeroes(const volatile unsigned char *zeroes, uint64_t size) {
    PIBOOT_CHECK(zeroes > _start && zeroes + size <= __heap_start);
    for (uint64_t i = 0; i < size; i++) {
        PIBOOT_CHECK_EQ(zeroes[i], 0);
    }
}

static int is_writable(const volatile void *place) {
    uint64_t par;
    __asm__ volatile("at s1e1w, %1\n\tisb\n\tmrs %0, par_el1" : "=r"(par) : "r"(place) : "memory");
    return (par & 1) == 0;
}

static void check_sections(void) {
    PIBOOT_CHECK_EQ(other_code(), 0x159);
    PIBOOT_CHECK_EQ(more_code(), 0x26);
    PIBOOT_CHECK_EQ(constants[0], 0x15926);
    PIBOOT_CHECK_EQ(more_constants[0], 0x15926);
    PIBOOT_CHECK_EQ(data[0], 0x15926);
    PIBOOT_CHECK_EQ(more_data[0], 0x15926);
    check_zeroes(zeroes_1, sizeof zeroes_1);
    check_zeroes(zeroes_2, sizeof zeroes_2);
    check_zeroes(zeroes_3, sizeof zeroes_3);
    PIBOOT_CHECK_EQ(constructed, 2);
    PIBOOT_CHECK_EQ(is_writable((const void *)other_code), !PIBOOT_MMU);
    PIBOOT_CHECK_EQ(is_writable((const void *)more_code), !PIBOOT_MMU);
    PIBOOT_CHECK_EQ(is_writable(constants), !PIBOOT_MMU);
    PIBOOT_CHECK_EQ(is_writable(more_constants), !PIBOOT_MMU);
    data[0] = 1;
    more_data[0] = 1;
    for (unsigned char *heap = __heap_start; heap != __heap_start + 0x20000; heap++) {
        *heap = 0xff; /* nothing of the above is there */
    }
    check_zeroes(zeroes_1, sizeof zeroes_1);
    check_zeroes(zeroes_2, sizeof zeroes_2);
    check_zeroes(zeroes_3, sizeof zeroes_3);
}

static void alive(uint32_t core) {
    if (core == 0) {
        check_sections();
    }
    PIBOOT_CHECK_EQ(alive_calls, core);
    alive_calls = alive_calls + 1;
}

static void running(uint32_t core) {
    if (core != 3) {
        piboot_park();
    }
    PIBOOT_CHECK_EQ(alive_calls, 4);
    piboot_test_exit(0);
}

PIBOOT_ALIVE(alive);
PIBOOT_RUNNING(running);
