/* SPDX-License-Identifier: MIT
 *
 * Four cores increment one counter, 100,000 times each, with C11 atomics; then each takes its turn at
 * the UART under a spinlock. Both need PIBOOT_MMU: without it memory is Device memory to the
 * processor, where exclusive loads and stores, of which atomics are made, do not work.
 */

#include <stdatomic.h>

#include "piboot.h"
#include "uart.h"

#define EACH 100000U

static atomic_uint cores = 4;
static atomic_uint counter;
static atomic_uint finished;

/* A spinlock in ten lines. Who waits only reads, so that the line stays in its cache until it changes. */
static atomic_uint uart_lock;

static void lock(atomic_uint *l) {
    while (atomic_exchange_explicit(l, 1, memory_order_acquire) != 0) {
        while (atomic_load_explicit(l, memory_order_relaxed) != 0) {
        }
    }
}

static void unlock(atomic_uint *l) { atomic_store_explicit(l, 0, memory_order_release); }

static void alive(uint32_t core) {
    if (core == 0) {
        uart_init();
        uart_puts("\nEach core counts to 100000.\n");
    }
}

static void running(uint32_t core) {
    for (uint32_t i = 0; i < EACH; i++) {
        atomic_fetch_add_explicit(&counter, 1, memory_order_relaxed);
    }

    lock(&uart_lock);
    uart_puts("core ");
    uart_dec(core);
    uart_puts(" is done\n");
    unlock(&uart_lock);

    if (atomic_fetch_add(&finished, 1) + 1 == cores) { /* the last one tells */
        uart_puts("total: ");
        uart_dec(counter);
        uart_puts(counter == cores * EACH ? ", right\n" : ", WRONG\n");
    }
    for (;;) {
        __asm__ volatile("wfe");
    }
}

/* Called by a core that has yet to count, so that the last one knows. */
static void lost(uint32_t core) {
    (void)core;
    atomic_fetch_sub(&cores, 1);
}

PIBOOT_ALIVE(alive);
PIBOOT_RUNNING(running);
PIBOOT_CORE_LOST(lost);
