// SPDX-License-Identifier: MIT
//
// A kernel whose other hooks are in a library, in an object file that nothing else asks for (console.c).
#include "../cores.h"

static void alive(uint32_t core) { (void)core; }

static void running(uint32_t core) {
    if (core == 0) {
        piboot_panic("tell");
    }
    idle();
}

PIBOOT_ALIVE(alive);
PIBOOT_RUNNING(running);
