// SPDX-License-Identifier: MIT
#include "uart.h"

void uart_putc(char c) { *(volatile unsigned int *)0x3f201000 = (unsigned char)c; }

void uart_puts(const char *text) {
    while (*text != '\0') {
        uart_putc(*text++);
    }
}
