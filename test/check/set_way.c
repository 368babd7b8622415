/* SPDX-License-Identifier: MIT
 *
 * A core that comes up invalidates the data cache by set and way, and with it what the others wrote: apache/nuttx
 * issue 7144. QEMU has no caches.
 */
#include "check_test.h"

static volatile uint64_t count;

static void alive(uint32_t core) {
#if BUG
    for (uint64_t line = 0; core != 0 && line < 512; line++) {
        uint64_t set_and_way = line / 128 << 30 | line % 128 << 6;
        /* 1 set-way first */
        __asm__ volatile("dc isw, %0" ::"r"(set_and_way) : "memory");
    }
#endif
    count++;
    if (core == 3)
        leave();
}
