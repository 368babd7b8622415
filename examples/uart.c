/* SPDX-License-Identifier: MIT */

#include "uart.h"
#include "piboot.h"

#define PERIPHERALS piboot_peripherals()

#define GPFSEL1 (PERIPHERALS + 0x200004)   /* functions of GPIO 10 to 19, three bits each */
#define GPPUD (PERIPHERALS + 0x200094)     /* pull-up or pull-down to be set ... */
#define GPPUDCLK0 (PERIPHERALS + 0x200098) /* ... on these pins */
#define GPPUPPDN0                                                                                  \
    (PERIPHERALS + 0x2000e4) /* a Pi 4 has this instead: two bits for each of GPIO 0 to 15 */

#define UART_DR (PERIPHERALS + 0x201000)   /* data */
#define UART_FR (PERIPHERALS + 0x201018)   /* flags */
#define UART_IBRD (PERIPHERALS + 0x201024) /* baud rate divisor, whole part */
#define UART_FBRD (PERIPHERALS + 0x201028) /* and 64ths */
#define UART_LCRH (PERIPHERALS + 0x20102c) /* line control */
#define UART_CR (PERIPHERALS + 0x201030)   /* control */
#define UART_IMSC (PERIPHERALS + 0x201038) /* interrupt mask */
#define UART_ICR (PERIPHERALS + 0x201044)  /* interrupt clear */

#define FR_BUSY (1U << 3)
#define FR_RX_EMPTY (1U << 4)
#define FR_TX_FULL (1U << 5)
#define LCRH_FIFO (1U << 4)
#define LCRH_8_BITS (3U << 5)
#define CR_ENABLE (1U << 0)
#define CR_TX (1U << 8)
#define CR_RX (1U << 9)

#define MAILBOX_READ (PERIPHERALS + 0xb880)
#define MAILBOX_STATUS (PERIPHERALS + 0xb898)
#define MAILBOX_WRITE (PERIPHERALS + 0xb8a0)
#define MAILBOX_EMPTY (1U << 30)
#define MAILBOX_FULL (1U << 31)
#define MAILBOX_PROPERTIES 8U /* the channel for questions to the firmware */

#define GPU_UNCACHED 0xc0000000U /* the firmware's processor sees RAM here, past its cache */

#define TAG_GET_CLOCK_RATE 0x00030002U
#define CLOCK_UART 2U
#define UART_CLOCK_DEFAULT 48000000U /* what the firmware sets unless config.txt differs */
#define BAUD 115200U

static uint32_t get(uint64_t address) { return *(volatile uint32_t *)address; }

static void put(uint64_t address, uint32_t value) { *(volatile uint32_t *)address = value; }

/* Orders this core's accesses to one peripheral and to the next, and to memory. */
static void barrier(void) { __asm__ volatile("dsb sy" ::: "memory"); }

static void wait_cycles(unsigned n) {
    while (n-- != 0) {
        __asm__ volatile("nop");
    }
}

/* With the MMU on the buffer is cached, and the firmware reads and writes memory. */
static void flush(const volatile void *line) {
    __asm__ volatile("dc civac, %0\n\tdsb sy" ::"r"(line) : "memory");
}

/* The UART's clock as the firmware has set it, or the default when nobody answers. */
static uint32_t uart_clock(void) {
    static volatile uint32_t message[16] __attribute__((__aligned__(64)));
    const uint32_t address = (uint32_t)((uintptr_t)message - PIBOOT_KERNEL_BASE) | GPU_UNCACHED;
    unsigned patience = 1000000;

    message[0] = 8 * sizeof message[0];
    message[1] = 0; /* a request; the answer has bit 31 set */
    message[2] = TAG_GET_CLOCK_RATE;
    message[3] = 8; /* bytes of room for the answer */
    message[4] = 0;
    message[5] = CLOCK_UART;
    message[6] = 0; /* the answer: Hz */
    message[7] = 0; /* no more tags */
    flush(message);

    while ((get(MAILBOX_STATUS) & MAILBOX_FULL) != 0 && --patience != 0) {
    }
    put(MAILBOX_WRITE, address | MAILBOX_PROPERTIES);
    while (patience != 0) {
        if ((get(MAILBOX_STATUS) & MAILBOX_EMPTY) != 0) {
            patience--;
        } else if (get(MAILBOX_READ) == (address | MAILBOX_PROPERTIES)) {
            break;
        }
    }
    flush(message);
    return message[1] == 0x80000000U && message[6] != 0 ? message[6] : UART_CLOCK_DEFAULT;
}

void uart_init(void) {
    const uint32_t clock = uart_clock();
    const uint32_t divisor = (4 * clock + BAUD / 2) / BAUD; /* clock / (16 baud), in 64ths */
    uint32_t functions;

    barrier();
    put(UART_CR, 0); /* off while it changes */

    /* GPIO 14 and 15 to function ALT0 (4), without pull-ups: the sequence of the BCM2835 manual, then the BCM2711's. What
     * the other one has is reserved on each. */
    functions = get(GPFSEL1);
    functions &= ~(7U << 12 | 7U << 15);
    functions |= 4U << 12 | 4U << 15;
    put(GPFSEL1, functions);
    put(GPPUD, 0);
    wait_cycles(150);
    put(GPPUDCLK0, 1U << 14 | 1U << 15);
    wait_cycles(150);
    put(GPPUDCLK0, 0);
    put(GPPUPPDN0, get(GPPUPPDN0) & ~(3U << 28 | 3U << 30));
    barrier();

    put(UART_IMSC, 0);
    put(UART_ICR, 0x7ff);
    put(UART_IBRD, divisor / 64);
    put(UART_FBRD, divisor % 64);
    put(UART_LCRH, LCRH_8_BITS | LCRH_FIFO);
    put(UART_CR, CR_ENABLE | CR_TX | CR_RX);
    barrier();
}

void uart_putc(char c) {
    if (c == '\n') {
        uart_putc('\r');
    }
    while ((get(UART_FR) & FR_TX_FULL) != 0) {
    }
    put(UART_DR, (unsigned char)c);
}

int uart_getc(void) { return (get(UART_FR) & FR_RX_EMPTY) != 0 ? -1 : (int)(get(UART_DR) & 0xff); }

void uart_flush(void) {
    while ((get(UART_FR) & FR_BUSY) != 0) {
    }
}

void uart_puts(const char *text) {
    while (*text != '\0') {
        uart_putc(*text++);
    }
}

void uart_hex(uint64_t value) {
    uart_puts("0x");
    for (int shift = 60; shift >= 0; shift -= 4) {
        uart_putc("0123456789abcdef"[value >> shift & 15]);
    }
}

void uart_dec(uint64_t value) {
    if (value >= 10) {
        uart_dec(value / 10);
    }
    uart_putc((char)('0' + value % 10));
}
