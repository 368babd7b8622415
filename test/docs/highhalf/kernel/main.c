// SPDX-License-Identifier: MIT
#include "memory.h"

static int counter; // in .bss

void console(char c) { *(volatile unsigned int *)P2V(0x3f201000) = (unsigned char)c; }

static void print(const char *text) {
    while (*text != '\0') {
        console(*text++);
    }
}

void main(void) {
    counter++;
    print((unsigned long)main >= HIGH && counter == 1 ? "the kernel is high\n" : "it is not\n");
    print(V2P(main) >= 0x80000 && V2P(main) < 0x3f000000 ? "and in memory\n" : "and nowhere\n");
    while (1) {
        __asm__ volatile("wfe");
    }
}
