// SPDX-License-Identifier: MIT
//
// One of the accesses that the map forbids, on every core at once, with no handler: each core's report
// must say what it was, and where. QEMU's loader puts the number of the access at FAULT_NUMBER.
#include "faults.h"

#include <stdatomic.h>

#define FAULT_NUMBER UINT64_C(0x1000000)

static struct piboot_test_line reported[4];
static char expected[4][128];
static uint64_t elr[4];
static uint32_t newlines[4];
static atomic_uint panics;

static const char *const words[3] = {"reading ", "writing ", "fetching from "};

static void add(char *text, const char *more) {
    while (*text != '\0') {
        text++;
    }
    while (*more != '\0') {
        *text++ = *more++;
    }
    *text = '\0';
}

static void add_hex(char *text, uint64_t value) {
    char digits[19] = "0x";
    for (uint32_t i = 0; i < 16; i++) {
        digits[2 + i] = "0123456789abcdef"[value >> (60 - 4 * i) & 15];
    }
    digits[18] = '\0';
    add(text, digits);
}

static void add_digit(char *text, uint64_t value) {
    const char digit[2] = {(char)('0' + value), '\0'};
    add(text, digit);
}

// The report's first line is kept, all of it is printed.
static void console(char c) {
    const uint32_t core = piboot_core_id();
    const char text[2] = {c, '\0'};
    piboot_test_putc(c);
    if (newlines[core] == 1 && c != '\n') {
        piboot_test_add(&reported[core], text);
    }
    newlines[core] += c == '\n';
}

static void panicked(const char *message, const struct piboot_frame *frame) {
    const uint32_t core = piboot_core_id();
    const char *is = reported[core].text, *should = expected[core];
    (void)message;
    PIBOOT_CHECK(frame != 0);
    add_hex(expected[core], elr[core]);
    while (*is == *should && *is != '\0') {
        is++;
        should++;
    }
    if (*is != *should) {
        piboot_test_puts("the report should be: ");
        piboot_test_puts(expected[core]);
        piboot_test_puts("\n");
        piboot_test_exit(1);
    }
    if (atomic_fetch_add(&panics, 1) == CORES - 1) {
        piboot_test_puts("each core's report is right\n");
        piboot_test_exit(0);
    }
}

static void alive(uint32_t core) { (void)core; }

static void running(uint32_t core) {
    const uint32_t number = *(volatile uint32_t *)(BASE + FAULT_NUMBER);
    volatile uint32_t on_the_stack;
    struct fault fault;
    char *text = expected[core];

    PIBOOT_CHECK(number < FAULT_COUNT);
    prepare_faults(&on_the_stack);
    fault = get_fault(number);
    add(text, "piboot: panic on core ");
    add_digit(text, core);
    add(text, fault.way == JUMP ? ": instruction abort, " : ": data abort, ");
    add(text, kind_of(fault.address) == UNMAPPED ? "translation fault level "
                                                 : "permission fault level ");
    add_digit(text, level_of(fault.address));
    add(text, ", ");
    add(text, words[fault.way]);
    add_hex(text, fault.address);
    add(text, ", at ");
    commit(&fault, &elr[core]);
    piboot_test_puts("nothing happened\n");
    piboot_test_exit(1);
}

PIBOOT_ALIVE(alive);
PIBOOT_RUNNING(running);
PIBOOT_CONSOLE(console);
PIBOOT_PANIC(panicked);
