// SPDX-License-Identifier: MIT
//
// What transactions with memory are counted on: an exception, and 4 KiB set and copied. Each comes twice, as the first
// time brings the code in. With the MMU the pages are in no cache before, and in memory again afterwards.
#include "piboot.h"
#include "piboot_test.h"

void *memcpy(void *to, const void *from, size_t n);
void *memset(void *to, int byte, size_t n);

#define SIZE 4096u

static unsigned char one[SIZE] __attribute__((aligned(64)));
static unsigned char two[SIZE] __attribute__((aligned(64)));

static void written(const unsigned char *page) {
    (void)page;
#if PIBOOT_MMU
    piboot_clean(page, SIZE);
#endif
}

void take_exception(void);
void set_page(void);
void copy_page(void);

__attribute__((noinline)) void take_exception(void) {
    __asm__ volatile("svc #0\n\t.globl after_svc\nafter_svc:" : : : "memory");
}

__attribute__((noinline)) void set_page(void) {
    memset(one, 0x5a, SIZE);
    written(one);
}

__attribute__((noinline)) void copy_page(void) {
    memcpy(two, one, SIZE);
    written(two);
}

static void handler(struct piboot_frame *frame) { (void)frame; }

static void alive(uint32_t core) {
    (void)core;
    written(one);
    written(two);
    for (unsigned i = 0; i < 2; i++) {
        take_exception();
        set_page();
        copy_page();
        written(one); // which copying has brought in
    }
    piboot_test_exit(two[SIZE - 1] != 0x5a);
}

static void running(uint32_t core) { (void)core; }

PIBOOT_ALIVE(alive);
PIBOOT_RUNNING(running);
PIBOOT_SYNC(handler);
