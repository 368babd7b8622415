// SPDX-License-Identifier: MIT
#include "uart.h"

static int counter; // in .bss

void main(void) {
    counter++;
    uart_puts(counter == 1 ? "Hello World!\n" : "no .bss\n");
    while (1) {
    }
}
