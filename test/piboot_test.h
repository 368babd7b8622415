/* SPDX-License-Identifier: MIT
 *
 * piboot_test.h: lets a kernel under test say what is wrong and end QEMU with a status.
 *
 *     #include "piboot.h"
 *     #include "piboot_test.h"
 *
 *     static void alive(uint32_t core)   { PIBOOT_CHECK(core == piboot_core_id()); }
 *     static void running(uint32_t core) { if (core == 3) piboot_test_exit(0); for (;;) { } }
 *
 *     PIBOOT_ALIVE(alive);
 *     PIBOOT_RUNNING(running);
 *
 * All of it goes through semihosting, the HLT by which a program under a debugger or an emulator
 * talks to the host: it needs no driver, no stack of its own, no .bss and no MMU, and works from
 * any core at EL1, EL2 and EL3. QEMU answers it when started with
 *     -semihosting-config enable=on,target=native
 * and prints to its standard error. On a board without a debugger the HLT is a fault: this header
 * is for tests only.
 */
#ifndef PIBOOT_TEST_H
#define PIBOOT_TEST_H

#include <stdint.h>

/* The operations of Arm's semihosting specification that are used here. */
#define PIBOOT_TEST_SYS_WRITEC UINT64_C(0x03)
#define PIBOOT_TEST_SYS_WRITE0 UINT64_C(0x04)
#define PIBOOT_TEST_SYS_EXIT UINT64_C(0x18)
#define PIBOOT_TEST_APPLICATION_EXIT UINT64_C(0x20026)

/* Longer lines are cut: the line is put together on the caller's stack. */
#define PIBOOT_TEST_LINE 256

#ifdef __cplusplus
#define PIBOOT_TEST_NULL nullptr
#define PIBOOT_TEST_U64(value) uint64_t(value)
#else
#define PIBOOT_TEST_NULL 0
#define PIBOOT_TEST_U64(value) ((uint64_t)(value))
#endif

static inline uint64_t piboot_test_call(uint64_t operation, const void *argument) {
    register uint64_t x0 __asm__("x0") = operation;
    register const void *x1 __asm__("x1") = argument;
    __asm__ volatile("hlt #0xf000" : "+r"(x0) : "r"(x1) : "memory");
    return x0;
}

/* Ends QEMU, and with it all cores, with this exit status. */
__attribute__((__noreturn__)) static inline void piboot_test_exit(int status) {
    const uint64_t block[2] = {PIBOOT_TEST_APPLICATION_EXIT, PIBOOT_TEST_U64(status)};
    piboot_test_call(PIBOOT_TEST_SYS_EXIT, block);
    for (;;) {
        __asm__ volatile("wfe");
    }
}

/* Prints one character: fits PIBOOT_CONSOLE(piboot_test_putc). */
static inline void piboot_test_putc(char c) { piboot_test_call(PIBOOT_TEST_SYS_WRITEC, &c); }

/* Prints a string in one piece: no other core's output comes between. */
static inline void piboot_test_puts(const char *text) {
    piboot_test_call(PIBOOT_TEST_SYS_WRITE0, text);
}

/* A line in the making; always ends in a zero, and leaves room for a newline. */
struct piboot_test_line {
    unsigned length;
    char text[PIBOOT_TEST_LINE];
};

static inline void piboot_test_add(struct piboot_test_line *line, const char *text) {
    while (*text != '\0' && line->length < PIBOOT_TEST_LINE - 2U) {
        line->text[line->length++] = *text++;
    }
    line->text[line->length] = '\0';
}

static inline void piboot_test_add_number(struct piboot_test_line *line, uint64_t value,
                                          unsigned base) {
    char digits[24];
    unsigned at = sizeof digits;
    digits[--at] = '\0';
    do {
        digits[--at] = "0123456789abcdef"[value % base];
        value /= base;
    } while (value != 0);
    piboot_test_add(line, base == 16 ? "0x" : "");
    piboot_test_add(line, &digits[at]);
}

/* Prints a number as 0x1234. */
static inline void piboot_test_hex(uint64_t value) {
    struct piboot_test_line line;
    line.length = 0;
    piboot_test_add_number(&line, value, 16);
    piboot_test_puts(line.text);
}

/* Prints what was expected and, where there are any, the two values, and ends QEMU with status 1. */
__attribute__((__noreturn__, __noinline__, __unused__)) static void
piboot_test_failed(const char *file, unsigned number, const char *text, const uint64_t *values) {
    struct piboot_test_line line;
    uint64_t mpidr;
    __asm__ volatile("mrs %0, mpidr_el1" : "=r"(mpidr));
    line.length = 0;
    piboot_test_add(&line, file);
    piboot_test_add(&line, ":");
    piboot_test_add_number(&line, number, 10);
    piboot_test_add(&line, ": core ");
    piboot_test_add_number(&line, mpidr & 0xff, 10);
    piboot_test_add(&line, ": check failed: ");
    piboot_test_add(&line, text);
    if (values != PIBOOT_TEST_NULL) {
        piboot_test_add(&line, " (");
        piboot_test_add_number(&line, values[0], 16);
        piboot_test_add(&line, ", ");
        piboot_test_add_number(&line, values[1], 16);
        piboot_test_add(&line, ")");
    }
    line.text[line.length] = '\n';
    line.text[line.length + 1U] = '\0';
    piboot_test_puts(line.text);
    piboot_test_exit(1);
}

static inline void piboot_test_equal(const char *file, unsigned number, const char *text,
                                     uint64_t left, uint64_t right) {
    const uint64_t values[2] = {left, right};
    if (left != right) {
        piboot_test_failed(file, number, text, values);
    }
}

/* Ends the test with status 1 unless the condition holds. */
#define PIBOOT_CHECK(condition)                                                                    \
    ((condition) ? (void)0 : piboot_test_failed(__FILE__, __LINE__, #condition, PIBOOT_TEST_NULL))

/* The same for two integers or two pointers, and prints both. */
#define PIBOOT_CHECK_EQ(left, right)                                                               \
    piboot_test_equal(__FILE__, __LINE__, #left " == " #right, PIBOOT_TEST_U64(left),              \
                      PIBOOT_TEST_U64(right))

#endif
