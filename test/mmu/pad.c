// SPDX-License-Identifier: MIT
//
// Something large in one section, from PAD_FROM on, PAD bytes less what may lie behind it in the section:
// the linker rounds up to a page. PAD_IN is 1 .text, 2 .rodata, 3 .data, 4 .bss; 0: nothing.
#include <stdint.h>

uint32_t pad_works(void);

#ifndef PAD_IN
#define PAD_IN 0
#define PAD 0
#define PAD_FROM 8
#endif

// What lies behind the pad in its section must fit into the tail, and be more than the tail less a page.
#if PAD_IN == 1
#define TAIL 5632 // vectors, report, memory functions
#else
#define TAIL 3584
#endif
enum { SIZE = PAD_IN == 0 ? 8 : (int)(PAD)-TAIL };

#if PAD_IN == 1
#define TEXT_OF(number) TEXT_OF_(number)
#define TEXT_OF_(number) #number
// A function is the last that is in the pad.
__asm__(".section .text.pad, \"ax\", %progbits\n"
        ".balign " TEXT_OF(PAD_FROM) "\n"
                                     ".space " TEXT_OF(PAD) " - " TEXT_OF(
                                         TAIL) " - 8\n"
                                               ".globl pad_function\n"
                                               ".type pad_function, %function\n"
                                               "pad_function: mov w0, #42\n"
                                               "ret\n"
                                               ".text\n");
uint32_t pad_function(void);
uint32_t pad_works(void) { return pad_function(); }
#elif PAD_IN == 2
__attribute__((aligned(PAD_FROM), used)) const unsigned char pad[SIZE] = {[SIZE - 1] = 42};
uint32_t pad_works(void) { return *(const volatile unsigned char *)&pad[SIZE - 1]; }
#elif PAD_IN == 3
__attribute__((aligned(PAD_FROM), used)) volatile unsigned char pad[SIZE] = {[SIZE - 1] = 41};
uint32_t pad_works(void) {
    pad[SIZE - 1] = 42;
    return pad[SIZE - 1];
}
#else
__attribute__((aligned(PAD_FROM), used)) volatile uint64_t pad[SIZE / 8];
uint32_t pad_works(void) {
    for (uint32_t i = 0; i < SIZE / 8; i++) {
        if (pad[i] != 0) {
            return 0;
        }
    }
    return 42;
}
#endif
