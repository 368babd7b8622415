/* SPDX-License-Identifier: MIT
 *
 * A serial boot loader: receives an image from cmake/send.py and starts it as the firmware would. It lies out of the way
 * by high.ld. The line is the examples' UART; all that it says begins with "chainload: ".
 *
 *   it says         and is sent
 *   ready           magic, length, CRC-32 of the image, CRC-32 of these three: four little-endian words; asked for again
 *                   each second
 *   send n          block n: n, as a word, up to BLOCK bytes, CRC-32 of both. Asked for again when it does not come, or
 *                   is not what was sent. A block of zeros: n | ZEROS, as a word, CRC-32 of it
 *   start           nothing more: the line is the image's now
 */

#include "piboot.h"
#include "uart.h"

#define MAGIC 0x31424950U /* "PIB1" */
#define BLOCK 16384U
#define ZEROS 0x80000000U
#define NOTHING 0xffffffffU
#define SILENCE_MS 200 /* between two bytes: what was under way has ended */
#define REPEAT_MS 1000 /* before something is asked for again */
#define GIVE_UP 30     /* times in a row, and then the loader begins again */
#define LOAD_ADDRESS UINT64_C(0x80000)
#define LOAD_ANYWHERE UINT64_C(0x200000) /* an Image that needs a multiple of 2 MiB */
#define LOWEST UINT64_C(0x1000)

/* The arm64 Image header (Linux: arm64/booting.rst). */
struct image_header {
    uint32_t code[2];
    uint64_t text_offset;
    uint64_t image_size;
    uint64_t flags;
    uint64_t reserved[3];
    uint32_t magic;
    uint32_t pe_offset;
};
#define IMAGE_MAGIC 0x644d5241U /* "ARM\x64" */

extern unsigned char _start[];

static uint32_t table[256];
static uint32_t words[4];
static struct {
    uint32_t number;
    unsigned char bytes[BLOCK + sizeof(uint32_t)];
} block;

static void make_table(void) {
    for (uint32_t i = 0; i < 256; i++) {
        uint32_t crc = i;
        for (int bit = 0; bit < 8; bit++) {
            crc = (crc & 1) != 0 ? crc >> 1 ^ 0xedb88320U : crc >> 1;
        }
        table[i] = crc;
    }
}

static uint32_t crc32(const void *data, uint64_t size) {
    const unsigned char *byte = data;
    uint32_t crc = 0xffffffffU;
    while (size-- != 0) {
        crc = table[(crc ^ *byte++) & 0xff] ^ crc >> 8;
    }
    return ~crc;
}

static void say(const char *text) {
    uart_puts("chainload: ");
    uart_puts(text);
}

static uint64_t now(void) {
    uint64_t ticks;
    __asm__ volatile("isb\n\tmrs %0, cntpct_el0" : "=r"(ticks));
    return ticks;
}

/* The next byte of the line, or -1 when none comes within this time. */
static int receive_byte(uint32_t ms) {
    const uint64_t begin = now();
    const uint64_t ticks = piboot_timer_hz() * ms / 1000;
    int byte = uart_getc();
    while (byte < 0 && now() - begin < ticks) {
        byte = uart_getc();
    }
    return byte;
}

/* Nonzero when size bytes have come; else the line is silent, and what came is of no use. */
static int receive(void *data, uint32_t size) {
    unsigned char *to = data;
    for (uint32_t i = 0; i < size; i++) {
        const int byte = receive_byte(i == 0 ? REPEAT_MS : SILENCE_MS);
        if (byte < 0) {
            return 0;
        }
        to[i] = (unsigned char)byte;
    }
    return 1;
}

static void await_silence(void) {
    while (receive_byte(SILENCE_MS) >= 0) {
    }
}

/* Nonzero when block n has come, size bytes of it, as it was sent. */
static int receive_once(uint32_t n, uint32_t size) {
    uint32_t sent = size, crc;
    if (!receive(&block.number, sizeof block.number)) {
        return 0;
    }
    if (block.number == (n | ZEROS)) {
        sent = 0;
    } else if (block.number != n) {
        return 0;
    }
    if (!receive(block.bytes, sent + (uint32_t)sizeof crc)) {
        return 0;
    }
    __builtin_memcpy(&crc, block.bytes + sent, sizeof crc);
    if (crc32(&block, sizeof block.number + sent) != crc) {
        return 0;
    }
    if (sent == 0) {
        __builtin_memset(block.bytes, 0, size);
    }
    return 1;
}

/* The same, asked for as often as somebody answers; 0 when nobody does any more. */
static int receive_block(uint32_t n, uint32_t size) {
    for (int tries = 0; tries < GIVE_UP; tries++) {
        block.number = NOTHING;
        say("send ");
        uart_dec(n);
        uart_puts("\n");
        if (receive_once(n, size)) {
            return 1;
        }
        if (block.number != NOTHING) {
            tries = 0; /* somebody is there */
        }
        await_silence();
    }
    say("nobody sends any more\n");
    return 0;
}

static uint64_t address_of(const struct image_header *header) {
    if (header->magic != IMAGE_MAGIC) {
        return LOAD_ADDRESS;
    }
    return header->text_offset < LOWEST ? LOAD_ANYWHERE : header->text_offset;
}

/* Nonzero when the image of this address and size leaves room for the loader and the device tree. */
static int there_is_room(uint64_t address, uint64_t size) {
    const uint64_t loader = (uint64_t)_start;
    const uint32_t *tree = piboot_dtb();
    if (address % 4 != 0 || address >= loader || size > loader - address) {
        say("the image is too large\n");
        return 0;
    }
    if (tree != PIBOOT_NULL && address + size > (uint64_t)tree &&
        address < (uint64_t)tree + __builtin_bswap32(tree[1])) {
        say("the image would overwrite the device tree\n");
        return 0;
    }
    return 1;
}

/* The entry of an image that has come whole, or 0. */
static uint64_t receive_image(void) {
    uint64_t address = 0;
    uint32_t n = 0;
    do {
        say("ready\n");
    } while (!receive(words, sizeof words) || words[0] != MAGIC || crc32(words, 12) != words[3] ||
             words[1] < sizeof(struct image_header));
    await_silence(); /* who found several "ready" on the line has answered each */
    for (uint64_t at = 0; at < words[1]; at += BLOCK, n++) {
        const uint32_t size = words[1] - at < BLOCK ? (uint32_t)(words[1] - at) : BLOCK;
        if (!receive_block(n, size)) {
            return 0;
        }
        if (n == 0) {
            struct image_header header;
            __builtin_memcpy(&header, block.bytes, sizeof header);
            address = address_of(&header);
            if (!there_is_room(address, header.magic == IMAGE_MAGIC && header.image_size > words[1]
                                            ? header.image_size
                                            : words[1])) {
                return 0;
            }
        }
        __builtin_memcpy((unsigned char *)address + at, block.bytes, size); /* PiBoot's memcpy */
    }
    if (crc32((const void *)address, words[1]) != words[2]) {
        say("the image is not what was sent\n");
        return 0;
    }
    return address;
}

static void alive(uint32_t core) {
    (void)core;
    uart_init();
    make_table();
}

static void running(uint32_t core) {
    uint64_t entry = 0;
    (void)core;
    while (entry == 0) {
        entry = receive_image();
    }
    say("received, goes to ");
    uart_hex(entry);
    uart_puts("\n");
    say("start\n");
    uart_flush();
    piboot_hand_over(entry, (uint64_t)piboot_dtb());
}

PIBOOT_ALIVE(alive);
PIBOOT_RUNNING(running);
PIBOOT_CONSOLE(uart_putc);
