/* SPDX-License-Identifier: MIT
 *
 * The examples' serial port: PL011 UART0 on GPIO 14 (TX, pin 8) and GPIO 15 (RX, pin 10), 115200
 * baud, 8 data bits, no parity. It works with the MMU off or on. One core at a time may use it.
 */
#ifndef UART_H
#define UART_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Once, on one core, before anything is printed. */
void uart_init(void);

void uart_putc(char c); /* '\n' is sent as "\r\n"; fits PIBOOT_CONSOLE(uart_putc) */
int uart_getc(void);    /* the next character that was received, or -1 */
void uart_flush(void);  /* returns when all is on the line */
void uart_puts(const char *text);
void uart_hex(uint64_t value); /* as 0x0123456789abcdef */
void uart_dec(uint64_t value);

#ifdef __cplusplus
}
#endif

#endif
