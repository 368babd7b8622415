// SPDX-License-Identifier: MIT
//
// What the cost of an exception is counted on: one SVC, and a handler that does nothing.
#include "piboot.h"
#include "piboot_test.h"

static void handler(struct piboot_frame *frame) { (void)frame; }

static void alive(uint32_t core) { (void)core; }

static void running(uint32_t core) {
    (void)core;
    __asm__ volatile("svc #0\n\t.globl after_svc\nafter_svc:");
    piboot_test_exit(0);
}

PIBOOT_ALIVE(alive);
PIBOOT_RUNNING(running);
PIBOOT_SYNC(handler);
