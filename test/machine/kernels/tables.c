/* SPDX-License-Identifier: MIT */
/*
 * Kernels with translation tables of their own from alive on: OWN is the core that goes over to them, 4 is all of them.
 * Their RAM is of the attributes ATTRIBUTES: write-back or not cacheable, shareable or not. No core is lost, and none
 * waits out its time-out for a core that has gone.
 *
 * And with HEAP one that uses all of its heap: what it wrote there is what it reads, whatever lines of old the loader
 * left in the caches.
 */
#include "piboot.h"

#define NON_CACHEABLE 0x44
#define WRITE_BACK 0xff
#ifndef MEMORY
#define MEMORY WRITE_BACK
#endif
#ifndef SHAREABILITY
#define SHAREABILITY 3 /* inner */
#endif
#ifndef OWN
#define OWN 5 /* nobody */
#endif

#define HEAP_END 0x100000
__asm__(".globl __heap_end\n\t.set __heap_end, 0x100000");

static void semihost(uint64_t call, uint64_t argument) {
    register uint64_t x0 __asm__("x0") = call;
    register uint64_t x1 __asm__("x1") = argument;
    __asm__ volatile("hlt #0xf000" : "+r"(x0) : "r"(x1) : "memory");
}

__attribute__((noreturn)) static void leave(uint64_t status) {
    volatile uint64_t block[2];
    block[0] = 0x20026;
    block[1] = status;
    semihost(0x18, (uint64_t)block);
    for (;;)
        ;
}

static uint64_t level1[512] __attribute__((aligned(4096)));
static uint64_t level2[512] __attribute__((aligned(4096)));
static volatile uint64_t returned[4][8] __attribute__((aligned(64)));
static volatile uint64_t ran[4][8] __attribute__((aligned(64)));
extern char _start[], __piboot_image_end[], __heap_start[];

static uint64_t ticks(void) {
    uint64_t count;
    __asm__ volatile("isb\n\tmrs %0, cntvct_el0" : "=r"(count) : : "memory");
    return count;
}

/* Cores of different attributes meet in memory. */
static void clean(const volatile void *line) {
    __asm__ volatile("dmb sy\n\tdc civac, %0\n\tdsb sy" : : "r"(line) : "memory");
}

/* Made by core 0 before anybody uses them, in memory. */
static void make_tables(void) {
    for (uint64_t i = 0; i < 512; i++)
        level2[i] = i << 21 | 1 << 10 | 1 | (i < 504 ? SHAREABILITY << 8 | 1 << 2 : (uint64_t)3 << 53);
    level1[0] = (uint64_t)level2 | 3;
    level1[1] = (uint64_t)1 << 30 | (uint64_t)3 << 53 | 1 << 10 | 1;
    for (unsigned i = 0; i < 512; i += 8) {
        clean(&level1[i]);
        clean(&level2[i]);
    }
}

static void own_tables(void) {
    /* From one kind of memory to another: no line stays in the caches (piboot.h, LIMITS), also of what PiBoot's map does
       not have. The MMU is off meanwhile, and so no C runs. */
    const char *line = _start;
    __asm__ volatile("dsb sy\n\t"
                     "msr sctlr_el1, %5\n\t"
                     "isb\n"
                     "1:\tdc civac, %0\n\t"
                     "add %0, %0, #64\n\t"
                     "cmp %0, %6\n\t"
                     "b.lo 1b\n\t"
                     "msr mair_el1, %1\n\t"
                     "msr tcr_el1, %2\n\t"
                     "msr ttbr0_el1, %3\n\t"
                     "dsb sy\n\t"
                     "isb\n\t"
                     "tlbi vmalle1\n\t"
                     "dsb sy\n\t"
                     "isb\n\t"
                     "msr sctlr_el1, %4\n\t"
                     "isb"
                     : "+r"(line)
                     : "r"((uint64_t)MEMORY << 8 | 4), /* walks past the caches */
                       "r"((uint64_t)2 << 32 | 1 << 23 | 25), "r"(level1), "r"((uint64_t)0x30d0180d),
                       "r"((uint64_t)0x30d00808), "r"(__piboot_image_end)
                     : "memory", "cc");
}

static void alive(uint32_t core) {
    if (core == 0 && OWN < 5)
        make_tables();
    if (OWN == 4 || (OWN < 4 && core == OWN))
        own_tables();
    returned[core][0] = ticks();
}

#ifdef HEAP
static void use_heap(void) {
    for (volatile uint64_t *p = (volatile uint64_t *)__heap_start; p < (volatile uint64_t *)HEAP_END; p += 4)
        *p = (uint64_t)p;
    for (unsigned i = 0; i < 2000; i++)
        ticks();
    for (volatile uint64_t *p = (volatile uint64_t *)__heap_start; p < (volatile uint64_t *)HEAP_END; p += 4)
        if (*p != (uint64_t)p || ticks() == 0) /* who looks at the counter does not spin (R15) */
            leave(78);
}
#endif

static void running(uint32_t core) {
    if (ticks() - returned[core][0] > piboot_timer_hz() * PIBOOT_WAKE_TIMEOUT_MS / 1000)
        leave(77);
    ran[core][0] = 1;
    clean(ran[core]);
    __asm__ volatile("sev" : : : "memory");
#ifdef HEAP
    if (core == 0)
        use_heap();
#endif
    if (core != 0)
        for (;;)
            __asm__ volatile("wfe");
    for (uint32_t other = 1; other < (PIBOOT_MULTICORE ? 4 : 1); other++)
        for (clean(ran[other]); !ran[other][0]; clean(ran[other]))
            __asm__ volatile("wfe");
    leave(0);
}

static void lost(uint32_t core) { leave(79 + core); }

PIBOOT_ALIVE(alive);
PIBOOT_RUNNING(running);
PIBOOT_CORE_LOST(lost);
