/* SPDX-License-Identifier: MIT
 *
 * A core that waits in the firmware's spin table is let go without SEV (1), or with a SEV that does not wait for the
 * store (2): rsta2/circle issue 43, raspberrypi/tools issue 76. It works on QEMU, as cores wake there by themselves.
 */
#include "check_test.h"

volatile uint32_t here;

/* In assembly: GCC has no functions without a prologue here, and there is no stack. */
extern const char other[];
__asm__(".pushsection .text\n"
        "other:\n\t"
        "adrp x1, here\n\t"
        "add x1, x1, :lo12:here\n\t"
        "mov w0, #1\n\t"
        "str w0, [x1]\n"
        "1:\n\t"
        "wfe\n\t"
        "b 1b\n"
        ".popsection");

static void alive(uint32_t core) {
    (void)core;
    volatile uint64_t *slot;
    __asm__("mov %0, #0xe0" : "=r"(slot)); /* as a constant GCC takes it for no object */
    /* 1 wfe-lost second, 2 sev-early second */
    *slot = (uint64_t)other;
#if BUG != 2
    __asm__ volatile("dsb sy");
#endif
#if BUG != 1
    /* 2 sev-early first */
    __asm__ volatile("sev");
#endif
    for (uint32_t wait = 0; wait < 100000 && !here; wait++)
        __asm__ volatile("yield");
    leave();
}
