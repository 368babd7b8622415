// SPDX-License-Identifier: MIT
//
// The library of library.c: its console is what the test sees, and its hook ends QEMU.
#include "piboot.h"
#include "piboot_test.h"

static void panicked(const char *message, const struct piboot_frame *frame) {
    PIBOOT_CHECK(message[0] == 't' && frame == PIBOOT_NULL);
    piboot_test_exit(0);
}

PIBOOT_CONSOLE(piboot_test_putc);
PIBOOT_PANIC(panicked);
