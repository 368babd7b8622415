/* SPDX-License-Identifier: MIT
 *
 * For kernels of this group: tables of their own, in which a mistake is made, or not. The first GiB is RAM and
 * peripherals, the second has the local peripherals, and the third, from 0x80000000, is for experiments.
 */
#ifndef OWN_MMU_H
#define OWN_MMU_H

#include <stdint.h>

#define BLOCK UINT64_C(0x401) /* valid, access flag */
#define NORMAL (BLOCK | 0U << 2)
#define DEVICE_MEMORY (BLOCK | 1U << 2 | UINT64_C(3) << 53)
#define UNCACHED_MEMORY (BLOCK | 2U << 2)
#define INNER_SHAREABLE (UINT64_C(3) << 8)
#define TABLE UINT64_C(3)
#define EXPERIMENTS UINT64_C(0x80000000)

#define MAIR_VALUE UINT64_C(0x4404ff) /* write-back, Device-nGnRE, uncached */
/* 39 bits for TTBR0, none for TTBR1; walks write-back, inner shareable. */
#define TCR_VALUE (UINT64_C(25) | UINT64_C(0x3500) | UINT64_C(1) << 23)
#define SCTLR_VALUE UINT64_C(0x30d01805) /* RES1, M, C, I */

static uint64_t level1[512] __attribute__((__aligned__(4096)));
static uint64_t level2[512] __attribute__((__aligned__(4096)));

static inline void barrier(void) { __asm__ volatile("dsb sy\n\tisb" ::: "memory"); }

/* By the address: all that both caches may hold of a line is in memory afterwards, and in no cache. */
static inline void clean(const volatile void *line) {
    __asm__ volatile("dc civac, %0\n\tdsb sy" ::"r"(line) : "memory");
}

static inline void make_tables(uint64_t ram, uint64_t peripherals) {
    for (uint64_t i = 0; i < 512; i++)
        level2[i] = i << 21 | (i < 504 ? ram : peripherals);
    level1[0] = (uint64_t)level2 | TABLE;
    level1[1] = UINT64_C(1) << 30 | DEVICE_MEMORY;
}

static inline void set_translation(void) {
    __asm__ volatile("msr mair_el1, %0" ::"r"(MAIR_VALUE));
    __asm__ volatile("msr tcr_el1, %0" ::"r"(TCR_VALUE));
    __asm__ volatile("msr ttbr0_el1, %0" ::"r"(level1));
}

static inline void invalidate_tlb(void) {
    __asm__ volatile("dsb sy\n\ttlbi vmalle1\n\tdsb sy\n\tisb" ::: "memory");
}

static inline void mmu_on(void) {
    __asm__ volatile("msr sctlr_el1, %0\n\tisb" ::"r"(SCTLR_VALUE) : "memory");
}

/* All of it, right. The tables were made by core 0, with its caches off. */
static inline void own_mmu(void) {
    set_translation();
    invalidate_tlb();
    mmu_on();
}

#endif
