/* SPDX-License-Identifier: MIT
 *
 * RAM that nobody wrote is read (1), DC ZVA with the MMU off (2), a store by an SP that is no multiple of 16 (3), a
 * vector table at any address (4), FP before its enable is in force (5), LDAR of an address that is no multiple of four (6).
 */
#include "check_test.h"

static uint64_t line[16] __attribute__((__aligned__(64)));

/* QEMU 9 and later fault at an unaligned LDAR too. */
static void fault(struct piboot_frame *frame) {
    (void)frame;
    leave();
}
PIBOOT_SYNC(fault);

static void alive(uint32_t core) {
    (void)core;
    volatile uint64_t *far = (volatile uint64_t *)0x10000000;
#if BUG != 1
    *far = 0;
#endif
    /* 1 ram-unknown first */
    (void)*far;
#if BUG == 2
    /* 2 zva first */
    __asm__ volatile("dc zva, %0" ::"r"(line) : "memory");
#elif BUG == 3
    uint64_t sp;
    __asm__ volatile("mov %0, sp\n\tmov sp, %1" : "=&r"(sp) : "r"((uint64_t)line + 8));
    /* 3 sp-alignment first */
    __asm__ volatile("str xzr, [sp]" ::: "memory");
    __asm__ volatile("mov sp, %0" ::"r"(sp));
#elif BUG == 4
    uint64_t vbar;
    __asm__ volatile("mrs %0, vbar_el1" : "=r"(vbar));
    /* 4 vectors first */
    __asm__ volatile("msr vbar_el1, %0" ::"r"(line + 2));
    __asm__ volatile("msr vbar_el1, %0\n\tisb" ::"r"(vbar));
#elif BUG == 6
    uint32_t value;
    /* 6 unaligned-atomic first */
    __asm__ volatile("ldar %w0, [%1]" : "=r"(value) : "r"((uint64_t)line + 2) : "memory");
#endif
    __asm__ volatile("msr cpacr_el1, %0\n\tisb" ::"r"(0UL));
    /* 5 register-isb second */
    __asm__ volatile("msr cpacr_el1, %0" ::"r"(3UL << 20));
#if BUG != 5
    __asm__ volatile("isb");
#endif
    /* 5 register-isb first */
    __asm__ volatile("fmov d0, xzr" ::: "v0");
    __asm__ volatile("isb");
    leave();
}
