/* SPDX-License-Identifier: MIT
 *
 * Code is written and executed, with caches on: not cleaned (1), the instruction cache not told (2), not thrown away
 * what was fetched before (3). QEMU sees each store to code.
 */
#include "check_test.h"
#include "own_mmu.h"

static uint32_t code[2] __attribute__((__aligned__(64)));

static void alive(uint32_t core) {
    (void)core;
    volatile uint32_t *word = code;
    make_tables(NORMAL | INNER_SHAREABLE,
                DEVICE_MEMORY); /* PiBoot's own make nothing executable that is written */
    own_mmu();
    word[0] = 0x52800540; /* mov w0, #42 */
    /* ret; 1 stale-code second, 2 stale-code second, 3 stale-code second */
    word[1] = 0xd65f03c0;
#if BUG != 1
    __asm__ volatile("dc cvau, %0" ::"r"(code) : "memory");
#endif
    __asm__ volatile("dsb ish" ::: "memory");
#if BUG != 2
    __asm__ volatile("ic ivau, %0" ::"r"(code) : "memory");
#endif
    __asm__ volatile("dsb ish" ::: "memory");
#if BUG != 3
    __asm__ volatile("isb" ::: "memory");
#endif
    ((uint32_t(*)(void))(uint64_t)code)();
    leave();
}
