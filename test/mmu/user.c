// SPDX-License-Identifier: MIT
//
// A user's own linker script with PiBoot's symbols in it, whose .bss begins and ends at multiples of 16
// that are no multiples of a cache line: .bss is cleared, all of it, and not a byte more.
#include "map.h"

extern const volatile unsigned char before_bss[], after_bss[];

volatile unsigned char large[5000]; // more than one block of the clearing loop

static void alive(uint32_t core) {
    if (core != 0) {
        return;
    }
    PIBOOT_CHECK_EQ(large[0], 0); // it is linked
    PIBOOT_CHECK(at(__bss_end) - at(__bss_start) >= sizeof large);
    PIBOOT_CHECK_EQ(at(__bss_start) % 64, 48);
    PIBOOT_CHECK_EQ(at(__bss_end) % 64, 16);
    for (uint32_t i = 0; i < 48; i++) {
        PIBOOT_CHECK_EQ(before_bss[i], 0x5a);
    }
    for (const volatile unsigned char *byte = __bss_start; byte < __bss_end; byte++) {
        PIBOOT_CHECK_EQ(*byte, 0);
    }
    // QEMU filled this with what lies behind the image in the file (CMakeLists.txt).
    for (uint32_t i = 0; i < 64; i++) {
        PIBOOT_CHECK_EQ(after_bss[i], 0xa5);
    }
}

static void running(uint32_t core) {
    if (core == 0) {
        piboot_test_exit(0);
    }
}

PIBOOT_ALIVE(alive);
PIBOOT_RUNNING(running);
