/* SPDX-License-Identifier: MIT */
/*
 * The console lock of piboot.h: cores take it again and again, and count in an ordinary variable. Core 2 takes a place in
 * the queue and gives it up, as a core does that parks there (piboot_stop). Status 0 when nobody was inside with another.
 */
#include "piboot.h"

/* The end of the heap, and of what PiBoot cleans behind a loader whose caches are on: a small machine. */
__asm__(".globl __heap_end\n\t.set __heap_end, 0x100000");

enum { TURNS = 8, QUITTER = 2, QUITS = 100 };

static volatile unsigned counter, inside, went[4][16] __attribute__((aligned(64)));

static void semihost(unsigned long call, unsigned long argument) {
    register unsigned long x0 __asm__("x0") = call;
    register unsigned long x1 __asm__("x1") = argument;
    __asm__ volatile("hlt #0xf000" : "+r"(x0) : "r"(x1) : "memory");
}

__attribute__((noreturn)) static void leave(unsigned long status) {
    volatile unsigned long block[2] = {0x20026, status};
    semihost(0x18, (unsigned long)block);
    for (;;)
        ;
}

__attribute__((noinline, used)) static void take_console(unsigned core) { piboot_console_lock(core); }
__attribute__((noinline, used)) static void give_console(unsigned core) { piboot_console_unlock(core); }

static void count(unsigned core) {
    for (unsigned turn = 0; turn < TURNS; turn++) {
        take_console(core);
        if (inside != 0)
            leave(50);
        inside = 1 + core;
        unsigned was = counter;
        if (inside != 1 + core)
            leave(51);
        counter = was + 1;
        inside = 0;
        give_console(core);
    }
}

static void queue_and_quit(unsigned core) {
    for (unsigned turn = 0; turn < QUITS && counter < (3 * TURNS) - 1; turn++) {
        unsigned last = 0;
        piboot_panics.choosing[core] = 1;
        __asm__ volatile("dmb sy" : : : "memory");
        for (unsigned other = 0; other < 4; other++) {
            unsigned theirs = piboot_panics.ticket[other];
            last = theirs > last ? theirs : last;
        }
        piboot_panics.ticket[core] = last + 1;
        __asm__ volatile("dmb sy" : : : "memory");
        piboot_panics.choosing[core] = 0;
        __asm__ volatile("isb\n\tisb\n\tisb" : : : "memory");
        piboot_panics.ticket[core] = 0;
    }
}

/* Nobody looks at the counter before all are here: time runs with the looks, and a core would be lost. */
static volatile unsigned all_here;

static void alive(piboot_u32 core) {
    if (core != 3)
        return;
    all_here = 1;
    __asm__ volatile("dsb sy\n\tsev" : : : "memory");
}

static void running(piboot_u32 core) {
    while (!all_here)
        __asm__ volatile("wfe");
    if (core == QUITTER)
        queue_and_quit(core);
    else
        count(core);
    __asm__ volatile("dmb sy" : : : "memory");
    went[core][0] = 1;
    __asm__ volatile("dsb sy\n\tsev" : : : "memory");
    if (core == 0) {
        for (unsigned other = 1; other < 4; other++)
            while (!went[other][0])
                __asm__ volatile("wfe");
        __asm__ volatile("dmb sy" : : : "memory");
        leave(counter == 3 * TURNS ? 0 : 52);
    }
    for (;;)
        __asm__ volatile("wfe");
}

PIBOOT_ALIVE(alive);
PIBOOT_RUNNING(running);
