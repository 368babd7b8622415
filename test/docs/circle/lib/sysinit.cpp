// SPDX-License-Identifier: MIT
#include "multicore.h"

extern "C" {
int main(void);
void _start_secondary(void);
void sysinit(void);
void sysinit_secondary(void);
extern unsigned char __bss_start[], _end[];
extern void (*__init_start[])(void), (*__init_end[])(void);
}

void sysinit(void) {
    for (unsigned char *p = __bss_start; p < _end; p++) {
        *(volatile unsigned char *)p = 0;
    }
    for (void (**f)(void) = __init_start; f < __init_end; f++) {
        (*f)();
    }
    main();
}

void sysinit_secondary(void) { MultiCore::entry_secondary(); }

// Called by the first core: the others start at the same time, and find their way by their number.
void MultiCore::start_others(void) {
    for (unsigned long core = 1; core < 4; core++) {
        volatile unsigned long *slot = (volatile unsigned long *)(0xd8 + 8 * core);
        asm volatile("str %0, [%1]\n\tdsb sy\n\tsev" ::"r"(&_start_secondary), "r"(slot)
                     : "memory");
    }
}
