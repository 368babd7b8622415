// SPDX-License-Identifier: MIT
//
// kernel.c, or with HOOK a second file with one hook, compiled with another value of one option than piboot_start.S.
#ifdef OTHER_MULTICORE
#define PIBOOT_MULTICORE OTHER_MULTICORE
#endif
#ifdef OTHER_STACK_SIZE
#define PIBOOT_STACK_SIZE OTHER_STACK_SIZE
#endif
#ifdef OTHER_EXCEPTIONS
#define PIBOOT_EXCEPTIONS OTHER_EXCEPTIONS
#endif
#ifdef OTHER_FRAME_FP
#define PIBOOT_FRAME_FP OTHER_FRAME_FP
#endif
#ifdef OTHER_MMU
#define PIBOOT_MMU OTHER_MMU
#endif
#ifdef OTHER_KERNEL_BASE
#define PIBOOT_KERNEL_BASE OTHER_KERNEL_BASE
#endif
#ifdef OTHER_WAKE_TIMEOUT_MS
#define PIBOOT_WAKE_TIMEOUT_MS OTHER_WAKE_TIMEOUT_MS
#endif

#ifndef HOOK
#include "kernel.c" // NOLINT(bugprone-suspicious-include)
#else
#include "piboot.h"

void on_core(uint32_t core);
void on_frame(struct piboot_frame *frame);
void on_char(char c);
void on_panic(const char *message, const struct piboot_frame *frame);

void on_core(uint32_t core) { (void)core; }
void on_frame(struct piboot_frame *frame) { (void)frame; }
void on_char(char c) { (void)c; }
void on_panic(const char *message, const struct piboot_frame *frame) {
    (void)message;
    (void)frame;
}

HOOK;
#endif
