/* SPDX-License-Identifier: MIT
 *
 * All that piboot.h gives, used once, in the common part of C99 and C++11. */
#include "piboot.h" /* first: it needs nothing before it */
#include "piboot.h" /* twice: it is guarded; NOLINT(readability-duplicate-include) */

#ifdef __cplusplus
#define PLAIN extern "C"
#else
#define PLAIN extern
#endif
PLAIN uint64_t all_the_functions(uint32_t core);
PLAIN uint64_t all_the_functions(uint32_t core) {
    const void *tree = piboot_dtb();
    piboot_u64 start = 0;
    piboot_u64 size = 0;
    if (core == 7U) {
        piboot_park();
    }
    if (core == 8U) {
        piboot_panic("a message");
    }
    piboot_clean(&start, sizeof start);
    piboot_invalidate(&start, sizeof start);
    if (piboot_memory(core, &start, &size) != 0) {
        return start + size;
    }
    return piboot_core_id() + piboot_entry_el() + piboot_timer_hz() + (tree ? 1U : 0U);
}

static void alive(uint32_t core) { (void)all_the_functions(core); }

static void running(uint32_t core) {
    (void)core;
    for (;;) {
    }
}

static void lost(uint32_t core) { (void)core; }

#if PIBOOT_EXCEPTIONS
static void handler(struct piboot_frame *frame) { frame->elr += 4U; }
#endif

static void console(char c) { (void)c; }

static void panicked(const char *message, const struct piboot_frame *frame) {
    (void)message;
    (void)frame;
}

PIBOOT_ALIVE(alive);
PIBOOT_RUNNING(running);
PIBOOT_CORE_LOST(lost);
PIBOOT_CONSOLE(console);
PIBOOT_PANIC(panicked);
#if PIBOOT_EXCEPTIONS
PIBOOT_SYNC(handler);
PIBOOT_IRQ(handler);
PIBOOT_FIQ(handler);
PIBOOT_SERROR(handler);
#endif
