/* SPDX-License-Identifier: MIT
 *
 * The MMU goes on, and the TLB was never invalidated (1), the page table's stores are not complete (2), or the
 * translation registers may not be in force (3), nor the switch itself at the next load (4); RES1 bits are lost (5). Walks are not
 * cached, and the descriptor was stored through the cache (6).
 */
#include "check_test.h"
#include "own_mmu.h"

static void alive(uint32_t core) {
    (void)core;
    volatile uint64_t *data = (volatile uint64_t *)EXPERIMENTS;
    make_tables(NORMAL | INNER_SHAREABLE, DEVICE_MEMORY);
    __asm__ volatile("msr mair_el1, %0" ::"r"(MAIR_VALUE));
    uint64_t tcr = BUG == 6 ? TCR_VALUE & ~UINT64_C(0xf00) : TCR_VALUE; /* IRGN0, ORGN0 */
    __asm__ volatile("msr tcr_el1, %0" ::"r"(tcr));
    /* 3 register-isb second */
    __asm__ volatile("msr ttbr0_el1, %0" ::"r"(level1) : "memory");
    __asm__ volatile("dsb sy" ::: "memory");
#if BUG != 1
    __asm__ volatile("tlbi vmalle1" ::: "memory");
#endif
    __asm__ volatile("dsb sy" ::: "memory");
#if BUG != 3
    __asm__ volatile("isb" ::: "memory");
#endif
    uint64_t sctlr = BUG == 5 ? SCTLR_VALUE & ~UINT64_C(0x30000000) : SCTLR_VALUE;
    /* 1 mmu-tlbi first, 3 register-isb first, 4 register-isb second, 5 res1 first */
    __asm__ volatile("msr sctlr_el1, %0" ::"r"(sctlr) : "memory");
#if BUG != 4
    __asm__ volatile("isb" ::: "memory");
#endif
    /* 4 register-isb first */
    (void)*(volatile uint64_t *)level2;
    /* 2 walk-dsb second, 6 walk-stale second */
    level1[EXPERIMENTS >> 30] = NORMAL | INNER_SHAREABLE;
#if BUG != 2
    barrier();
#endif
    /* 2 walk-dsb first, 6 walk-stale first */
    (void)data[0x80000 / 8];
    leave();
}
