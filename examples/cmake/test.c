/* SPDX-License-Identifier: MIT */

#include "greeting.h"
#include "piboot.h"
#include "piboot_test.h"

static void alive(uint32_t core) {
    char line[20];
    PIBOOT_CHECK_EQ(core, 0);
    greeting(line, 2);
    PIBOOT_CHECK(line[5] == '2');
    PIBOOT_CHECK_EQ(line[15], '\n');
    PIBOOT_CHECK_EQ(line[16], '\0');
}

static void running(uint32_t core) {
    (void)core;
    piboot_test_puts("all is well\n");
    piboot_test_exit(0);
}

PIBOOT_ALIVE(alive);
PIBOOT_RUNNING(running);
