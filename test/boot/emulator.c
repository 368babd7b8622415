// SPDX-License-Identifier: MIT
//
// What this QEMU shows of a board, and what it lets pass: whether a core sleeps in WFE until an event, and whether an
// unaligned access to Device memory, which all memory is without the MMU, is a fault.
#include "cores.h"

static volatile uint32_t waits;
static volatile uint32_t door;
static volatile uint32_t through;
static volatile uint32_t faults;
static volatile uint64_t words[2];

static void on_sync(struct piboot_frame *frame) {
    PIBOOT_CHECK_EQ(frame->esr >> 26, 0x25);  // a data abort,
    PIBOOT_CHECK_EQ(frame->esr & 0x3f, 0x21); // for its alignment
    faults = faults + 1;
    frame->elr += 4;
}

static void alive(uint32_t core) { (void)core; }

// Core 1 goes to sleep, with no event left over, and core 0 opens the door without SEV.
static void running(uint32_t core) {
    if (core == 1) {
        __asm__ volatile("sevl\n\twfe" : : : "memory");
        set_flag(&waits, 1);
        while (get_flag(&door) == 0) {
            __asm__ volatile("wfe" : : : "memory");
        }
        set_flag(&through, 1);
    }
    if (core != 0) {
        idle();
    }
    PIBOOT_CHECK(wait_for_flag(&waits, 1));
    delay_ms(50); // it is asleep now, if it ever is
    set_flag(&door, 1);
    if (wait_ms_for_flag(500, &through, 1)) {
        piboot_test_puts("WFE returns at once\n");
    } else {
        __asm__ volatile("dsb sy\n\tsev" : : : "memory");
        PIBOOT_CHECK(wait_for_flag(&through, 1));
        piboot_test_puts("WFE sleeps until SEV\n");
    }

    uint64_t value;
    const uint64_t odd = (uint64_t)words + 1;
    __asm__ volatile("ldr %0, [%1]" : "=r"(value) : "r"(odd) : "memory");
    (void)value;
    piboot_test_puts(faults != 0 ? "an unaligned access faults\n" : "an unaligned access works\n");
    piboot_test_exit(0);
}

PIBOOT_ALIVE(alive);
PIBOOT_RUNNING(running);
PIBOOT_SYNC(on_sync);
