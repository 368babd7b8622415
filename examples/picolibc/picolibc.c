/* SPDX-License-Identifier: MIT
 *
 * A C library in a kernel: Debian's picolibc for AArch64, package picolibc-aarch64-linux-gnu. printf prints where
 * PIBOOT_CONSOLE prints a report, malloc takes from the heap that link64.ld has behind the stacks, and errno, which is
 * thread-local, is each core's own.
 *
 * The MMU is on, as the library makes unaligned accesses. It has no locks: one core at a time prints and allocates.
 */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "piboot.h"
#include "uart.h"

#define CORES (PIBOOT_MULTICORE ? 4U : 1U)
#define NOTE 80U

static char *notes[4];
static volatile uint32_t arrived;
static volatile uint32_t done[4];

static int put(char c, FILE *file) {
    (void)file;
    uart_putc(c);
    return (unsigned char)c;
}

// NOLINTNEXTLINE(cert-fio38-c,misc-non-copyable-objects): how picolibc makes one
static FILE uart = FDEV_SETUP_STREAM(put, NULL, NULL, _FDEV_SETUP_WRITE);
FILE *const stdout = &uart;

static void alive(uint32_t core) {
    int before;
    if (core == 0) {
        uart_init();
        printf("picolibc %s\n", _PICOLIBC_VERSION);
    }
    before = errno; /* 0, whatever the core before this one left in its own */
    if (core % 2 == 0) {
        (void)strtol("99999999999999999999", NULL, 10); /* too large */
    } else {
        (void)strtol("1", NULL, 1); // cppcheck-suppress invalidFunctionArg // no such base
    }
    notes[core] = malloc(NOTE);
    if (notes[core] == NULL) {
        piboot_panic("malloc has no memory");
    }
    (void)snprintf(notes[core], NOTE, "%s, and sqrt(2) is %.6f", strerror(errno), sqrt(2.0));
    printf("core %lu: errno %d, then %d\n", (unsigned long)core, before, errno);
    arrived++;
}

static void running(uint32_t core) {
    while (arrived != CORES) {
    }
    for (uint32_t before = 0; before < core; before++) {
        while (!done[before]) {
        }
    }
    printf("core %lu: errno is %d still: %s\n", (unsigned long)core, errno, notes[core]);
    free(notes[core]);
    __asm__ volatile(
        "dmb ish" ::
            : "memory"); /* what this core did to the library's memory, before the next one's turn */
    done[core] = 1;
    piboot_park();
}

/* Called in place of the lost core's alive: the others need not wait for it. */
static void lost(uint32_t core) {
    printf("core %lu: lost\n", (unsigned long)core);
    arrived++;
    done[core] = 1;
}

PIBOOT_ALIVE(alive);
PIBOOT_RUNNING(running);
PIBOOT_CORE_LOST(lost);
PIBOOT_CONSOLE(uart_putc);
