/* SPDX-License-Identifier: MIT
 *
 * A member of a packed structure, compiled without -mstrict-align, before the MMU is on: rsta2/circle issue 388.
 */
#include "check_test.h"

static struct __attribute__((__packed__)) {
    char first;
    uint32_t second;
} packed;

/* QEMU 9 and later fault too. */
static void fault(struct piboot_frame *frame) {
    (void)frame;
    leave();
}
PIBOOT_SYNC(fault);

static void alive(uint32_t core) {
    (void)core;
    void *at = BUG ? (void *)&packed.second : (void *)((uint64_t)&packed & ~UINT64_C(3));
    /* 1 unaligned first */
    __asm__ volatile("str wzr, [%0]" ::"r"(at) : "memory");
    leave();
}
