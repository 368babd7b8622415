/* SPDX-License-Identifier: MIT
 *
 * Each core says that it came alive, one after the other, and then that it runs.
 */

#include "piboot.h"
#include "uart.h"

#define CORES (PIBOOT_MULTICORE ? 4U : 1U)

/* With the MMU off there are no atomics, and none are needed: every word has one writer at a time.
 * The UART is for alive, one core after the other, until all have arrived, and then for running, in
 * the order of the cores. */
static volatile uint32_t arrived;
static volatile uint32_t done[4];

static void say(uint32_t core, const char *what) {
    uart_puts("core ");
    uart_dec(core);
    uart_puts(what);
}

static void alive(uint32_t core) {
    if (core == 0) {
        uart_init();
        uart_puts("\nPiBoot, entered at EL");
        uart_dec(piboot_entry_el());
        uart_puts("\n");
    }
    say(core, ": alive\n");
    arrived++; /* the next core comes alive when this one has returned */
}

static void running(uint32_t core) {
    while (arrived != CORES) {
    }
    for (uint32_t before = 0; before < core; before++) {
        while (!done[before]) {
        }
    }
    say(core, ": running\n");
    __asm__ volatile("dsb sy" ::: "memory"); /* this line is out before the next core's turn */
    done[core] = 1;

    for (;;) {
        __asm__ volatile("wfe");
    }
}

/* Called in place of the lost core's alive: the others need not wait for it. */
static void lost(uint32_t core) {
    say(core, ": lost\n");
    arrived++;
    done[core] = 1;
}

PIBOOT_ALIVE(alive);
PIBOOT_RUNNING(running);
PIBOOT_CORE_LOST(lost);
PIBOOT_CONSOLE(uart_putc); /* a fault is reported here */
