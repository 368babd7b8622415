// SPDX-License-Identifier: MIT
//
// .bss is zero to its last byte, and nothing beyond it is touched, for BSS_SIZE bytes of the
// user's. Run raw with junk behind the image in RAM (raw images end where .bss starts), with
// link64.ld and with user.ld, whose bounds have no alignment. This kernel has no .bss of its own
// beside BSS_SIZE.
#include "cores.h"

extern unsigned char __bss_start[], __bss_end[];

#if BSS_SIZE > 0
volatile unsigned char user_bss[BSS_SIZE]; // aligned to a byte: the bounds fall where they fall
#endif

#ifdef USER_SCRIPT
// In user.ld, what lies right below .bss, and right behind it, where no file has anything.
extern volatile unsigned char before_bss[1];
extern volatile unsigned char after_bss[64];
#endif

static void alive(uint32_t core) {
    for (const volatile unsigned char *byte = __bss_start; byte != __bss_end; byte++) {
        PIBOOT_CHECK_EQ(*byte, 0);
    }
#ifdef USER_SCRIPT
    PIBOOT_CHECK_EQ(before_bss[0], 0x5a);
#endif
#if BSS_SIZE > 0
    for (uint32_t i = 0; i < BSS_SIZE; i++) {
        PIBOOT_CHECK_EQ(user_bss[i], 0);
    }
#endif
#ifdef USER_SCRIPT
    for (uint32_t i = 0; i < sizeof after_bss; i++) {
        PIBOOT_CHECK_EQ(after_bss[i], after_bss[0]); // 0, or the junk is still there
    }
#endif
    (void)core;
}

static void running(uint32_t core) {
    if (core != CORES - 1) { // the last core comes after every alive()
        idle();
    }
#ifdef USER_SCRIPT
    piboot_test_hex(after_bss[0]);
    piboot_test_puts(" behind .bss\n");
#endif
    piboot_test_exit(0);
}

PIBOOT_ALIVE(alive);
PIBOOT_RUNNING(running);
