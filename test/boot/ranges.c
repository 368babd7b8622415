// SPDX-License-Identifier: MIT
//
// The memory that is the kernel's to use, as QEMU's machine has it: less what the device tree reserves that QEMU was
// given (TREE), and without one. Prints the ranges, and writes to both ends of each.
#include "cores.h"

#define PAGE UINT64_C(4096)
#define SCTLR_A UINT64_C(2)
#define PHYSICAL(pointer) ((uint64_t)(pointer)-PIBOOT_KERNEL_BASE)

extern const char _start[], _end[], __heap_end[];

struct range {
    uint64_t start, end;
};

static void check_words(uint64_t start, uint64_t end) {
    volatile uint64_t *const first = (volatile uint64_t *)(start + PIBOOT_KERNEL_BASE);
    volatile uint64_t *const last = (volatile uint64_t *)(end + PIBOOT_KERNEL_BASE) - 1;
    *first = start;
    *last = end;
    PIBOOT_CHECK_EQ(*first, start);
    PIBOOT_CHECK_EQ(*last, end);
}

static void alive(uint32_t core) {
    piboot_u64 start = 0;
    piboot_u64 size = 0;
    uint32_t n;
#ifdef TREE
    const uint64_t tree =
        PHYSICAL(piboot_dtb()); // below the image: PiBoot moves it out of the heap
    const struct range expected[] = {
        {PAGE, tree / PAGE * PAGE},
        {PHYSICAL(_end), 0x11000000},
        {0x11001000, 0x12000000},
        {0x12001000, 0x3c000000},
    };
    PIBOOT_CHECK(tree < PHYSICAL(_start));
#else
    const struct range expected[] = {{PAGE, PHYSICAL(_start)},
                                     {PHYSICAL(_end), PHYSICAL(__heap_end)}};
#endif
    if (core != CORES - 1) {
        return;
    }
#if !PIBOOT_MMU
    WRITE_SYSREG(sctlr_el1, READ_SYSREG(sctlr_el1) | SCTLR_A); // as a board is
#endif
    for (n = 0; piboot_memory(n, &start, &size) != 0; n++) {
        piboot_test_hex(start);
        piboot_test_puts("+");
        piboot_test_hex(size);
        piboot_test_puts("\n");
        PIBOOT_CHECK(n < sizeof expected / sizeof *expected);
        PIBOOT_CHECK_EQ(start, expected[n].start);
        PIBOOT_CHECK_EQ(start + size, expected[n].end);
        check_words(start, start + size);
    }
    piboot_clean((void *)~UINT64_C(100), ~UINT64_C(0)); // they end where addresses do
    piboot_invalidate((void *)~UINT64_C(100), 0);
    PIBOOT_CHECK_EQ(n, sizeof expected / sizeof *expected);
    PIBOOT_CHECK_EQ(piboot_memory(~0U, &start, &size), 0);
    piboot_test_exit(0);
}

static void running(uint32_t core) { (void)core; }

static void panicked(const char *message, const struct piboot_frame *frame) {
    piboot_test_puts(message);
    PIBOOT_CHECK_EQ(frame->elr, frame->far);
}

PIBOOT_ALIVE(alive);
PIBOOT_RUNNING(running);
PIBOOT_PANIC(panicked);
