// SPDX-License-Identifier: MIT
//
// The smallest kernel, and, by one macro each, the mistakes that people make with it.
#include "piboot.h"

void no_parameter(void);
void two_parameters(uint32_t core, uint32_t more);
void of_a_pointer(uint32_t *core);
uint32_t returns_a_number(uint32_t core);

#ifdef RELOCATION
extern const char
    *const text; // a pointer in .data: position-independent links leave it to a loader
const char *const text = "text";
#endif

#ifdef SECOND_START // before piboot_start.S on the command line
__asm__(".section .text.boot, \"ax\"\n\tb .\n\t.text");
#endif

#ifdef SECTION // as assembler files name them
__asm__(".section " SECTION "\n\tb .\n\t.text");
#endif

#ifdef THREAD_LOCAL
__thread int zero, nonzero = 1;
#endif

#ifndef ALIVE
#define ALIVE alive
static void alive(uint32_t core) { (void)core; }
#endif

static void running(uint32_t core) {
    (void)core;
#ifdef THREAD_LOCAL
    zero = nonzero;
#endif
    for (;;) {
    }
}

#ifdef NO_ALIVE
void *unused_alive = (void *)alive;
#elif defined NO_SEMICOLON
PIBOOT_ALIVE(ALIVE)
#else
PIBOOT_ALIVE(ALIVE);
#endif

#ifdef ALIVE_TWICE
PIBOOT_ALIVE(running);
#endif

#ifdef NO_RUNNING
void *unused_running = (void *)running;
#else
PIBOOT_RUNNING(running);
#endif
