// SPDX-License-Identifier: MIT
//
// Every function of the kernel calls a profiler's hook, which asks piboot.h's functions on which core it is, and when.
// These call no hook, or it would call itself for ever.
#include "cores.h"

#ifdef __clang__
#define PLAIN __attribute__((__no_instrument_function__, __no_sanitize__("coverage")))
#else
#define PLAIN __attribute__((__no_instrument_function__, __no_sanitize_coverage__))
#endif

static volatile uint64_t calls[4];
static volatile uint64_t last[4];

PLAIN static void profile(void) {
    const uint32_t core = piboot_core_id();
    calls[core] = calls[core] + 1;
    last[core] = piboot_timer_hz() + piboot_entry_el() + (piboot_dtb() != PIBOOT_NULL);
}

void __cyg_profile_func_enter(void *function, void *from);
void __cyg_profile_func_exit(void *function, void *from);
void __sanitizer_cov_trace_pc(void);
void mcount_in_c(void);

PLAIN void __cyg_profile_func_enter(void *function, void *from) { // -finstrument-functions
    (void)function;
    (void)from;
    profile();
}
PLAIN void __cyg_profile_func_exit(void *function, void *from) {
    (void)function;
    (void)from;
}
PLAIN void __sanitizer_cov_trace_pc(void) { profile(); } // -fsanitize-coverage=trace-pc
PLAIN void mcount_in_c(void) { profile(); } // -pg: arguments are in their registers still
__asm__(".globl _mcount\n"
        "_mcount:\n"
        "    stp x29, x30, [sp, #-80]!\n"
        "    stp x0, x1, [sp, #16]\n"
        "    stp x2, x3, [sp, #32]\n"
        "    stp x4, x5, [sp, #48]\n"
        "    stp x6, x7, [sp, #64]\n"
        "    bl mcount_in_c\n"
        "    ldp x0, x1, [sp, #16]\n"
        "    ldp x2, x3, [sp, #32]\n"
        "    ldp x4, x5, [sp, #48]\n"
        "    ldp x6, x7, [sp, #64]\n"
        "    ldp x29, x30, [sp], #80\n"
        "    ret\n");

static volatile uint32_t arrived;

__attribute__((__noinline__)) static void arrive(void) { arrived = arrived + 1; }

static void alive(uint32_t core) {
    arrive();
    PIBOOT_CHECK(calls[core] != 0);
}

static void running(uint32_t core) {
    if (core == 0) {
        wait_for_flag(&arrived, CORES);
        piboot_panic("the report is printed");
    }
    idle();
}

PLAIN static void panicked(const char *message, const struct piboot_frame *frame) {
    (void)message;
    (void)frame;
    piboot_test_exit(0);
}

PIBOOT_ALIVE(alive);
PIBOOT_RUNNING(running);
PIBOOT_CONSOLE(piboot_test_putc);
PIBOOT_PANIC(panicked);
