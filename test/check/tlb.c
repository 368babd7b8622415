/* SPDX-License-Identifier: MIT
 *
 * A mapping changes: with no TLBI (1), with a TLBI that was not waited for (2), with no ISB (3), without break before
 * make (4); a table is replaced, and TLBI VALE leaves the old one in the walk cache (5); TTBR0 changes, the ASID does
 * not (6).
 */
#include "check_test.h"
#include "own_mmu.h"

#define WHERE (level1[EXPERIMENTS >> 30])
static uint64_t other_level1[512] __attribute__((__aligned__(4096)));

static void alive(uint32_t core) {
    (void)core;
    volatile uint64_t *data = (volatile uint64_t *)(EXPERIMENTS + 0x80000);
    make_tables(NORMAL | INNER_SHAREABLE, DEVICE_MEMORY);
    WHERE = (uint64_t)level2 | TABLE;
    own_mmu();
    (void)*data;
#if BUG == 6
    for (unsigned i = 0; i < 512; i++)
        other_level1[i] = level1[i];
    other_level1[EXPERIMENTS >> 30] = UINT64_C(0x40000000) | DEVICE_MEMORY;
    __asm__ volatile("dsb ish\n\tmsr ttbr0_el1, %0\n\tisb" ::"r"(other_level1) : "memory");
    /* 6 stale-tlb first */
    (void)*(volatile uint32_t *)(EXPERIMENTS + 0x80000);
#else
#if BUG != 4
    /* 1 stale-tlb second */
    WHERE = 0;
    __asm__ volatile("dsb ishst" ::: "memory");
#if BUG == 5
    __asm__ volatile("tlbi vale1is, %0" ::"r"(EXPERIMENTS >> 12) : "memory");
#elif BUG != 1
    __asm__ volatile("tlbi vae1is, %0" ::"r"((EXPERIMENTS + 0x80000) >> 12) : "memory");
#endif
#if BUG != 2
    __asm__ volatile("dsb ish" ::: "memory");
#endif
#if BUG != 3
    __asm__ volatile("isb" ::: "memory");
#endif
#endif
    /* 4 break-before-make first, 1 stale-tlb second, 2 stale-tlb second, 3 stale-tlb second, 5 stale-tlb second */
    WHERE = NORMAL | INNER_SHAREABLE;
#if BUG == 2
    __asm__ volatile("dsb ishst" ::: "memory"); /* for stores alone: it does not wait for TLBI */
#elif BUG == 3
    __asm__ volatile("dsb ish" ::: "memory");
#else
    barrier();
#endif
#if BUG == 4
    invalidate_tlb();
#endif
    /* 1 stale-tlb first, 2 stale-tlb first, 3 stale-tlb first, 5 stale-tlb first */
    (void)*data;
#endif
    leave();
}
