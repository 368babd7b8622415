/* SPDX-License-Identifier: MIT
 *
 * piboot.h - the boot code of a bare-metal Raspberry Pi 3 kernel, in two files.
 *
 * WHAT IT DOES
 *   piboot_start.S takes every core from wherever the firmware, U-Boot or QEMU left it to EL1, with a
 *   stack, and calls two functions of yours: alive(core), one core after the other, then
 *   running(core), for ever, on all cores at once.
 *
 * A COMPLETE KERNEL
 *   #include "piboot.h"
 *
 *   static void alive(uint32_t core)   { (void)core; }
 *   static void running(uint32_t core) { (void)core; for (;;) __asm__ volatile("wfe"); }
 *
 *   PIBOOT_ALIVE(alive);
 *   PIBOOT_RUNNING(running);
 *
 * HOW TO BUILD IT
 *   clang --target=aarch64-none-elf -mcpu=cortex-a53 -ffreestanding -nostdlib -fuse-ld=lld \
 *         -DPIBOOT_MULTICORE=1 -T link64.ld kernel.c piboot_start.S -o kernel8.elf
 *   aarch64-linux-gnu-gcc -ffreestanding -nostdlib -static \
 *         -DPIBOOT_MULTICORE=1 -T link64.ld kernel.c piboot_start.S -o kernel8.elf
 *   Add -mstrict-align while the MMU is off: hardware faults on unaligned accesses then. And -mfix-cortex-a53-835769
 *   -Wl,--fix-cortex-a53-843419, around two errata of the processor, unless your compiler was made with both on.
 *   With CMake: add_subdirectory or find_package(piboot), and link to piboot::piboot, which does that for you.
 *   C99 or later; C++11 or later, with -fno-exceptions -fno-rtti -fno-threadsafe-statics.
 *
 * OPTIONS  (-DNAME=value for every C file and for piboot_start.S alike)
 *   PIBOOT_MULTICORE        0        1: wake cores 1 to 3; 0: they sleep for ever
 *   PIBOOT_STACK_SIZE       0x10000  bytes per core, a multiple of 16 (of 4096 with PIBOOT_MMU), 2048 or more
 *   PIBOOT_EXCEPTIONS       1        vectors, frames and the report; 0: a fault parks the core
 *   PIBOOT_FRAME_FP         1        exceptions save q0-q31, FPSR, FPCR; 0: compile with -mgeneral-regs-only
 *   PIBOOT_MMU              0        1: identity map and caches on, on every core before its alive
 *   PIBOOT_WAKE_TIMEOUT_MS  500      ms that a core may take to answer its wake-up, 1 to 10000
 *
 * HOOKS  (each once per image, at file scope, with its semicolon)
 *   PIBOOT_ALIVE(fn);      void fn(uint32_t core)                  required; emits piboot_alive
 *   PIBOOT_RUNNING(fn);    void fn(uint32_t core)                  required; emits piboot_running
 *   PIBOOT_SYNC(fn);       void fn(struct piboot_frame *frame)     emits piboot_sync
 *   PIBOOT_IRQ(fn);        void fn(struct piboot_frame *frame)     emits piboot_irq
 *   PIBOOT_FIQ(fn);        void fn(struct piboot_frame *frame)     emits piboot_fiq
 *   PIBOOT_SERROR(fn);     void fn(struct piboot_frame *frame)     emits piboot_serror
 *   PIBOOT_CONSOLE(fn);    void fn(char c)                         emits piboot_report, piboot_report_lost
 *   PIBOOT_PANIC(fn);      void fn(const char *message, const struct piboot_frame *frame)
 *                                                                  emits piboot_panic_hook
 *   PIBOOT_CORE_LOST(fn);  void fn(uint32_t core)                  emits piboot_core_lost
 *
 * MACHINE STATE AT alive, AND AT running BUT FOR WHAT alive CHANGED  (on every core)
 *   PSTATE      AArch64, EL1h (SPSel 1), DAIF all masked, SS 0
 *   SP          the top of this core's own stack of PIBOOT_STACK_SIZE bytes, a multiple of 16
 *   SCTLR_EL1   RES1 bits | SA; with PIBOOT_MMU also M | C | I | WXN. EE 0: little-endian
 *   CPACR_EL1   FPEN 3: FP and SIMD do not trap; FPCR 0, FPSR 0
 *   VBAR_EL1    PiBoot's vectors
 *   MDSCR_EL1   0    CNTKCTL_EL1 0    CNTV_CTL_EL0 0
 *   CNTFRQ_EL0  as the firmware left it; 19.2 MHz if it was 0 and the core entered at EL3
 *   memory      .data as linked, .bss zero, constructors have run (core 0, before alive(0))
 *   When the core came through EL2 (every way in but a loader that dropped to EL1):
 *   HCR_EL2     RW | TSC: an SMC is reported instead of lost; an HVC comes back as an exception of EL1
 *   CNTHCTL_EL2 3: physical counter and timer usable at EL1; CNTVOFF_EL2 0; CNTP_CTL_EL0 0
 *   MPIDR_EL1, MIDR_EL1 read as the hardware's own (VMPIDR_EL2, VPIDR_EL2)
 *   CPTR_EL2, HSTR_EL2, MDCR_EL2, VTTBR_EL2: no trap, no second stage
 *   UNDEFINED   everything else: x1-x30, q0-q31, NZCV, TPIDR_ELx, SP_EL0, ELR_EL1, SPSR_EL1, ESR_EL1,
 *               FAR_EL1, PAR_EL1, CONTEXTIDR_EL1, TTBRx/TCR/MAIR without PIBOOT_MMU, the PMU, and every
 *               peripheral. With PIBOOT_EXCEPTIONS an exception uses TPIDRRO_EL0 as scratch, and
 *               with PIBOOT_MMU also PAR_EL1.
 *
 * LINKER SCRIPT
 *   link64.ld, or your own. Yours must put .text.boot first, at the load address; define __bss_start and
 *   __bss_end (any alignment) with all that is loaded, .got too, below __bss_start; and keep the section
 *   .piboot_stacks above _start and clear of all else. Constructors need __init_array_start and
 *   __init_array_end. PIBOOT_MMU needs __piboot_text_end, __piboot_rodata_end and __piboot_image_end, multiples of
 *   4096, and __piboot_tables, __piboot_tables_end, as in link64.ld. Link with -no-pie, and with
 *   -Wl,--build-id=none unless you place that note.
 *   link64.ld also finds a hook in a library, and refuses an image whose files were compiled with different options
 *   or that does not begin with _start; copy its EXTERN and its ASSERTs.
 *
 * LIMITS
 *   With kernel_old=1 also disable_commandline_tags=1, or ATAGS are written into the image at 0x100.
 *   Four cores, one image, identity addresses below 1 GiB. No exclusives or atomics until the MMU is on.
 *   Load addresses are multiples of 4096. Cores that all enter at once (EL3, no stub) must find the
 *   image at its link address or wholly below it. x0 must not point between the end of RAM and
 *   0x3f000000 (boards with 512 MiB). CNTFRQ 0 at EL3 is put right for a Pi 3, not for a Pi 4.
 *   PIBOOT_MMU maps all of 0x1000 to 0x3effffff as RAM, on boards with less too, and not the Pi 4's peripherals.
 *   Functions of sections other than .text* are not executable with it.
 *   A loader that leaves its data cache on must have cleaned the device tree to memory.
 *   An alive that turns caches on itself (PIBOOT_MMU=0) must map page 0 for the spin table, and first clean and
 *   invalidate (DC CIVAC) all from _start to the end of .bss and stacks, which PiBoot wrote past the caches.
 */
#ifndef PIBOOT_H
#define PIBOOT_H

#define PIBOOT_VERSION_MAJOR 0
#define PIBOOT_VERSION_MINOR 1
#define PIBOOT_VERSION_PATCH 0

#if !defined(__aarch64__)
#error "piboot: this compiler does not make AArch64 code: use clang --target=aarch64-none-elf or aarch64-linux-gnu-gcc"
#elif defined(__AARCH64EB__)
#error "piboot: PiBoot is little-endian: compile without -mbig-endian"
#endif

/* ---- Options ------------------------------------------------------------------------------------- */

#ifndef PIBOOT_MULTICORE
#define PIBOOT_MULTICORE 0
#endif
#ifndef PIBOOT_STACK_SIZE
#define PIBOOT_STACK_SIZE 0x10000
#endif
#ifndef PIBOOT_EXCEPTIONS
#define PIBOOT_EXCEPTIONS 1
#endif
#ifndef PIBOOT_FRAME_FP
#define PIBOOT_FRAME_FP 1
#endif
#ifndef PIBOOT_MMU
#define PIBOOT_MMU 0
#endif
#ifndef PIBOOT_WAKE_TIMEOUT_MS
#define PIBOOT_WAKE_TIMEOUT_MS 500
#endif

/* Is an option's value the digit 0 or 1? In #if a word such as ON would be 0. */
#define PIBOOT_DIGIT_0 1
#define PIBOOT_DIGIT_1 1
#define PIBOOT_PASTE_DIGIT(value) PIBOOT_DIGIT_##value
#define PIBOOT_IS_0_OR_1(value) (PIBOOT_PASTE_DIGIT(value) + 0 == 1)

#if PIBOOT_MULTICORE + 0 < 0 || !PIBOOT_IS_0_OR_1(PIBOOT_MULTICORE)
#error "piboot: PIBOOT_MULTICORE must be 0 (core 0 alone) or 1 (all four cores)"
#endif
#if PIBOOT_EXCEPTIONS + 0 < 0 || !PIBOOT_IS_0_OR_1(PIBOOT_EXCEPTIONS)
#error "piboot: PIBOOT_EXCEPTIONS must be 0 (a fault parks the core) or 1 (vectors and report)"
#endif
#if PIBOOT_FRAME_FP + 0 < 0 || !PIBOOT_IS_0_OR_1(PIBOOT_FRAME_FP)
#error "piboot: PIBOOT_FRAME_FP must be 0 (q0-q31 are not saved) or 1 (they are)"
#endif
#if PIBOOT_MMU + 0 < 0 || !PIBOOT_IS_0_OR_1(PIBOOT_MMU)
#error "piboot: PIBOOT_MMU must be 0 (MMU and caches off) or 1 (on)"
#endif
#if (PIBOOT_STACK_SIZE) < 2048 || (PIBOOT_STACK_SIZE) > 0x1000000 || (PIBOOT_STACK_SIZE) % 16 != 0
#error "piboot: PIBOOT_STACK_SIZE must be a multiple of 16 from 2048 to 0x1000000 bytes (AAPCS64: SP mod 16 = 0)"
#endif
#if PIBOOT_MMU && (PIBOOT_STACK_SIZE) % 4096 != 0
#error "piboot: PIBOOT_STACK_SIZE must be a multiple of 4096 bytes with PIBOOT_MMU=1 (guard pages)"
#endif
#if (PIBOOT_WAKE_TIMEOUT_MS) < 1 || (PIBOOT_WAKE_TIMEOUT_MS) > 10000
#error "piboot: PIBOOT_WAKE_TIMEOUT_MS must be from 1 to 10000 milliseconds"
#endif

/* All options in one number. link64.ld looks whether it is the same in piboot_start.S and in each file with a hook. */
#define PIBOOT_TEXT_OF(value) #value
#define PIBOOT_TEXT(value) PIBOOT_TEXT_OF(value)
#define PIBOOT_OPTIONS                                                                                                 \
    ((PIBOOT_WAKE_TIMEOUT_MS) << 32 | (PIBOOT_STACK_SIZE) << 4 | PIBOOT_MMU << 3 | PIBOOT_FRAME_FP << 2 |              \
     PIBOOT_EXCEPTIONS << 1 | PIBOOT_MULTICORE)

/* ---- The exception frame: offsets in bytes, for piboot_start.S, proved against struct below ------ */

#define PIBOOT_FRAME_X 0      /* x0 to x30 */
#define PIBOOT_FRAME_SP 248   /* SP of the interrupted code */
#define PIBOOT_FRAME_ELR 256  /* with SPSR */
#define PIBOOT_FRAME_ESR 272  /* with FAR */
#define PIBOOT_FRAME_VECTOR 288
#if PIBOOT_FRAME_FP
#define PIBOOT_FRAME_FPSR 296
#define PIBOOT_FRAME_FPCR 304
#define PIBOOT_FRAME_Q 320
#define PIBOOT_FRAME_SIZE 832
#else
#define PIBOOT_FRAME_SIZE 304
#endif

/* Offsets in struct piboot_boot_block and struct piboot_panic_block, likewise. */
#define PIBOOT_BOOT_ENTRY_EL 0
#define PIBOOT_BOOT_DTB 8
#define PIBOOT_PANIC_TICKET 32

/* Bytes below each stack: two pages that are not mapped; without the MMU room for the frame of the exception that finds
 * an overflow, with a canary in the last 16. */
#if PIBOOT_MMU
#define PIBOOT_STACK_GUARD 8192
#else
#define PIBOOT_STACK_GUARD 1024
#endif

#ifndef __ASSEMBLER__

#if defined(__cplusplus) && __cplusplus < 201103L
#error "piboot: C++11 or later is needed: -std=c++11"
#elif !defined(__cplusplus) && defined(__STRICT_ANSI__) && __STDC_VERSION__ + 0 < 199901
#error "piboot: C99 or later is needed: -std=c99"
#endif

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
#define PIBOOT_EXTERN_C extern "C"
#define PIBOOT_STATIC_ASSERT(what, condition, message) static_assert(condition, message)
#define PIBOOT_CAST(type, value) static_cast<type>(value)
#define PIBOOT_ADDRESS(pointer) reinterpret_cast<uint64_t>(pointer)
#define PIBOOT_NULL nullptr
#else
#define PIBOOT_EXTERN_C
#if defined(__STDC_VERSION__) && __STDC_VERSION__ >= 201112L
#define PIBOOT_STATIC_ASSERT(what, condition, message) _Static_assert(condition, message)
#else
#define PIBOOT_STATIC_ASSERT(what, condition, message)                                             \
    typedef char piboot_assert_##what[(condition) ? 1 : -1] __attribute__((__unused__))
#endif
#define PIBOOT_CAST(type, value) ((type)(value))
#define PIBOOT_ADDRESS(pointer) ((uint64_t)(pointer))
#define PIBOOT_NULL NULL
#endif

/* The machine's state at an exception. On return from a handler all of it is put back, as the handler left it.
 * vector: 0 to 15, in the order of the Arm ARM's table D1-5 (VBAR offset / 0x80): 0-3 from EL1t, 4-7 from EL1h,
 * 8-11 from EL0 (AArch64), 12-15 from EL0 (AArch32); sync, IRQ, FIQ, SError within each.
 * sp is SP_EL0 for vectors 0-3 and 8-11, SP_EL1 for the others and where SP_EL1 itself was bad, and goes back to
 * SP_EL1 or SP_EL0 as the frame's spsr says; on return to AArch32, whose SP is x13, to neither. An HVC, or an SMC
 * trapped at EL2, arrives as a vector of EL1. */
#if PIBOOT_FRAME_FP
__extension__ typedef unsigned __int128 piboot_q;
#endif
struct piboot_frame {
    uint64_t x[31];
    uint64_t sp;
    uint64_t elr;
    uint64_t spsr;
    uint64_t esr;
    uint64_t far;
    uint64_t vector;
#if PIBOOT_FRAME_FP
    uint64_t fpsr;
    uint64_t fpcr;
    piboot_q q[32];
#else
    uint64_t reserved; /* keeps the size a multiple of 16 */
#endif
};

PIBOOT_STATIC_ASSERT(frame_sp, offsetof(struct piboot_frame, sp) == PIBOOT_FRAME_SP, "frame: sp");
PIBOOT_STATIC_ASSERT(frame_elr, offsetof(struct piboot_frame, elr) == PIBOOT_FRAME_ELR, "frame: elr");
PIBOOT_STATIC_ASSERT(frame_spsr, offsetof(struct piboot_frame, spsr) == PIBOOT_FRAME_ELR + 8, "frame: spsr");
PIBOOT_STATIC_ASSERT(frame_esr, offsetof(struct piboot_frame, esr) == PIBOOT_FRAME_ESR, "frame: esr");
PIBOOT_STATIC_ASSERT(frame_far, offsetof(struct piboot_frame, far) == PIBOOT_FRAME_ESR + 8, "frame: far");
PIBOOT_STATIC_ASSERT(frame_vector, offsetof(struct piboot_frame, vector) == PIBOOT_FRAME_VECTOR, "frame: vector");
#if PIBOOT_FRAME_FP
PIBOOT_STATIC_ASSERT(frame_fpsr, offsetof(struct piboot_frame, fpsr) == PIBOOT_FRAME_FPSR, "frame: fpsr");
PIBOOT_STATIC_ASSERT(frame_fpcr, offsetof(struct piboot_frame, fpcr) == PIBOOT_FRAME_FPCR, "frame: fpcr");
PIBOOT_STATIC_ASSERT(frame_q, offsetof(struct piboot_frame, q) == PIBOOT_FRAME_Q, "frame: q");
#endif
PIBOOT_STATIC_ASSERT(frame_size, sizeof(struct piboot_frame) == PIBOOT_FRAME_SIZE, "frame: size");

/* What piboot_start.S defines. Not for direct use. */
struct piboot_boot_block {
    uint64_t entry_el; /* noted by core 0 at entry */
    uint64_t dtb;
};
struct piboot_panic_block {
    volatile uint32_t count[4];
    volatile uint32_t choosing[4];
    volatile uint32_t ticket[4];
};
PIBOOT_STATIC_ASSERT(boot_entry_el, offsetof(struct piboot_boot_block, entry_el) == PIBOOT_BOOT_ENTRY_EL, "boot: entry_el");
PIBOOT_STATIC_ASSERT(boot_dtb, offsetof(struct piboot_boot_block, dtb) == PIBOOT_BOOT_DTB, "boot: dtb");
PIBOOT_STATIC_ASSERT(panic_ticket, offsetof(struct piboot_panic_block, ticket) == PIBOOT_PANIC_TICKET, "panic: ticket");
#ifdef __cplusplus
extern "C" {
#endif
/* hidden: a compiler that makes position-independent code by default needs no .got for them */
#pragma GCC visibility push(hidden)
extern const struct piboot_boot_block piboot_boot;
extern struct piboot_panic_block piboot_panics;
extern const volatile uint64_t piboot_stacks[];
extern const char piboot_unhandled[4][32];
#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

/* ---- Functions ----------------------------------------------------------------------------------- */

/* The number of the core that asks, 0 to 3. Source: MPIDR_EL1.Aff0. */
static inline uint32_t piboot_core_id(void)
{
    uint64_t mpidr;
    __asm__ volatile("mrs %0, mpidr_el1" : "=r"(mpidr));
    return PIBOOT_CAST(uint32_t, mpidr & 3U);
}

/* The exception level at which core 0 entered the image: 1, 2 or 3. */
static inline uint32_t piboot_entry_el(void)
{
    return PIBOOT_CAST(uint32_t, piboot_boot.entry_el);
}

/* The flattened device tree that the loader passed in x0, or null if x0 was 0, not a multiple of 8, not in RAM
 * below 0x3eff0000 (with PIBOOT_MMU: in page 0), or did not point at the magic 0xd00dfeed (Devicetree Specification,
 * section 5.2), or if the tree lay where the image, .bss or the stacks are now. */
static inline const void *piboot_dtb(void)
{
#ifdef __cplusplus
    return reinterpret_cast<const void *>(piboot_boot.dtb);
#else
    return (const void *)piboot_boot.dtb;
#endif
}

/* The frequency of CNTPCT_EL0 and CNTVCT_EL0 in Hz. Source: CNTFRQ_EL0, as the firmware wrote it. 0 means that
 * nobody set it and that the core did not enter at EL3, where PiBoot would have. */
static inline uint64_t piboot_timer_hz(void)
{
    uint64_t hz;
    __asm__ volatile("mrs %0, cntfrq_el0" : "=r"(hz));
    return hz;
}

/* Puts this core to sleep for ever, interrupts masked, at piboot_park_called. */
PIBOOT_EXTERN_C __attribute__((__noreturn__)) void piboot_park_called(void);
__attribute__((__noreturn__)) static inline void piboot_park(void)
{
    piboot_park_called();
}

/* Reports message through PIBOOT_CONSOLE, calls the PIBOOT_PANIC hook, parks this core. The others go on.
 * Any state, any stack: it changes to the core's emergency stack. */
PIBOOT_EXTERN_C __attribute__((__noreturn__)) void piboot_panic(const char *message);

/* ---- Hooks --------------------------------------------------------------------------------------- */

/* The types of the hooks. To GCC a function that never returns has a type of its own. */
typedef void (*piboot_core_hook)(uint32_t core);
typedef void (*piboot_frame_hook)(struct piboot_frame *frame);
typedef void (*piboot_char_hook)(char c);
typedef void (*piboot_panic_hooks)(const char *message, const struct piboot_frame *frame);
typedef void (*piboot_core_hook_noreturn)(uint32_t core) __attribute__((__noreturn__));
typedef void (*piboot_frame_hook_noreturn)(struct piboot_frame *frame) __attribute__((__noreturn__));
typedef void (*piboot_char_hook_noreturn)(char c) __attribute__((__noreturn__));
typedef void (*piboot_panic_hooks_noreturn)(const char *message, const struct piboot_frame *frame)
    __attribute__((__noreturn__));

/* Refuses an fn of another type than hook, with a message that names the right one. */
#ifdef __cplusplus
#define PIBOOT_CHECK_TYPE(macro, fn, hook, text)                                                   \
    static_assert(sizeof(static_cast<hook>(fn)) != 0, #macro " wants a function: void fn" text)
#else
#define PIBOOT_CHECK_TYPE(macro, fn, hook, text)                                                   \
    PIBOOT_STATIC_ASSERT(macro##_type,                                                             \
                         __builtin_types_compatible_p(__typeof__(&fn), hook) ||                    \
                             __builtin_types_compatible_p(__typeof__(&fn), hook##_noreturn),       \
                         #macro " wants a function: void fn" text)
#endif
/* Notes down this file's options, as an absolute symbol. */
#define PIBOOT_NOTE_OPTIONS(name)                                                                  \
    __asm__(".globl " #name "_options\n\t.set " #name "_options, " PIBOOT_TEXT(PIBOOT_OPTIONS))
/* Defines name, the symbol that piboot_start.S calls, and has it call fn. */
#define PIBOOT_HOOK(macro, name, fn, hook, type, argument)                                         \
    PIBOOT_CHECK_TYPE(macro, fn, hook, "(" #type " " #argument ")");                               \
    PIBOOT_NOTE_OPTIONS(name);                                                                     \
    PIBOOT_EXTERN_C __attribute__((__used__)) void name(type argument);                            \
    PIBOOT_EXTERN_C void name(type argument)                                                       \
    {                                                                                              \
        fn(argument);                                                                              \
    }                                                                                              \
    typedef int piboot_semicolon_after_##macro

/* Called once per core, core n + 1's only after core n's returned; on the core's own stack, .bss zero, FP on,
 * interrupts masked. May return, and should: no further core starts before it does. */
#define PIBOOT_ALIVE(fn) PIBOOT_HOOK(PIBOOT_ALIVE, piboot_alive, fn, piboot_core_hook, uint32_t, core)

/* Called on each core after its alive and after the next core was woken; all cores run at once. Never returns: if
 * it does, that core is parked at piboot_park_returned and the others go on. */
#define PIBOOT_RUNNING(fn) PIBOOT_HOOK(PIBOOT_RUNNING, piboot_running, fn, piboot_core_hook, uint32_t, core)

/* Called on the core that waited, on its own stack, between its alive and its running, when core did not answer
 * its wake-up within PIBOOT_WAKE_TIMEOUT_MS. May return: the next core is then woken. A core that answers later
 * sleeps for ever. */
#define PIBOOT_CORE_LOST(fn) PIBOOT_HOOK(PIBOOT_CORE_LOST, piboot_core_lost, fn, piboot_core_hook, uint32_t, core)

#if PIBOOT_EXCEPTIONS
/* Called at an exception of its kind, whatever it came from, on the core that took it, on SP_EL1's stack (that of the
 * interrupted code, if it ran at EL1h), FP on, interrupts masked. On return the frame, as the handler left it, is
 * resumed: a handler may change any register in it, and skips a 4-byte instruction with frame->elr += 4. It may unmask
 * interrupts, but must not fault: a synchronous exception from within it is reported and the core parked, as is any
 * exception that has no handler. It returns, and on the core that called it: to start a thread, change the frame. elr
 * is behind an SVC or HVC, and at any other instruction. Source: ESR_EL1, FAR_EL1, ELR_EL1, SPSR_EL1. */
#define PIBOOT_SYNC(fn) PIBOOT_HOOK(PIBOOT_SYNC, piboot_sync, fn, piboot_frame_hook, struct piboot_frame *, frame)
#define PIBOOT_IRQ(fn) PIBOOT_HOOK(PIBOOT_IRQ, piboot_irq, fn, piboot_frame_hook, struct piboot_frame *, frame)
#define PIBOOT_FIQ(fn) PIBOOT_HOOK(PIBOOT_FIQ, piboot_fiq, fn, piboot_frame_hook, struct piboot_frame *, frame)
#define PIBOOT_SERROR(fn) PIBOOT_HOOK(PIBOOT_SERROR, piboot_serror, fn, piboot_frame_hook, struct piboot_frame *, frame)
#else
#define PIBOOT_NO_HANDLER(macro)                                                                   \
    PIBOOT_STATIC_ASSERT(macro, 0, #macro " needs PIBOOT_EXCEPTIONS=1: there are no vectors");     \
    typedef int piboot_semicolon_after_##macro
#define PIBOOT_SYNC(fn) PIBOOT_NO_HANDLER(PIBOOT_SYNC)
#define PIBOOT_IRQ(fn) PIBOOT_NO_HANDLER(PIBOOT_IRQ)
#define PIBOOT_FIQ(fn) PIBOOT_NO_HANDLER(PIBOOT_FIQ)
#define PIBOOT_SERROR(fn) PIBOOT_NO_HANDLER(PIBOOT_SERROR)
#endif

/* Called after the report, on the core's emergency stack (4096 bytes, no guard), interrupts masked. frame is null for
 * piboot_panic() and for an overflow that was found after alive; its fpsr, fpcr and q are not valid after a stack
 * overflow or a fault in a handler. If it returns, the core is parked. */
#define PIBOOT_PANIC(fn)                                                                           \
    PIBOOT_CHECK_TYPE(PIBOOT_PANIC, fn, piboot_panic_hooks,                                        \
                      "(const char *message, const struct piboot_frame *frame)");                  \
    PIBOOT_NOTE_OPTIONS(piboot_panic_hook);                                                        \
    PIBOOT_EXTERN_C __attribute__((__used__)) void piboot_panic_hook(                              \
        const char *message, const struct piboot_frame *frame);                                    \
    PIBOOT_EXTERN_C void piboot_panic_hook(const char *message, const struct piboot_frame *frame)  \
    {                                                                                              \
        fn(message, frame);                                                                        \
    }                                                                                              \
    typedef int piboot_semicolon_after_PIBOOT_PANIC

/* Where the report of a panic, and of a lost core, is printed: fn prints one character, and waits until it can. For a
 * panic on the emergency stack, interrupts masked; for a lost core on the stack of the core that waited. One core at a
 * time. A line ends with "\n". */
#define PIBOOT_CONSOLE(fn)                                                                         \
    PIBOOT_CHECK_TYPE(PIBOOT_CONSOLE, fn, piboot_char_hook, "(char c)");                           \
    PIBOOT_NOTE_OPTIONS(piboot_report);                                                            \
    PIBOOT_EXTERN_C __attribute__((__used__)) void piboot_report(                                  \
        const char *message, const struct piboot_frame *frame);                                    \
    PIBOOT_EXTERN_C __attribute__((__used__)) void piboot_report_lost(uint32_t core);              \
    PIBOOT_EXTERN_C void piboot_report(const char *message, const struct piboot_frame *frame)      \
    {                                                                                              \
        piboot_print_report(fn, message, frame);                                                   \
    }                                                                                              \
    PIBOOT_EXTERN_C void piboot_report_lost(uint32_t core)                                         \
    {                                                                                              \
        piboot_print_lost(fn, core);                                                               \
    }                                                                                              \
    typedef int piboot_semicolon_after_PIBOOT_CONSOLE

/* ---- The report, compiled where PIBOOT_CONSOLE is written ----------------------------------------- */

static inline void piboot_print(piboot_char_hook put, const char *text)
{
    while (*text != '\0') {
        put(*text);
        text++;
    }
}

static inline void piboot_print_decimal(piboot_char_hook put, uint32_t value)
{
    if (value >= 10) {
        piboot_print_decimal(put, value / 10);
    }
    put("0123456789"[value % 10]);
}

static inline void piboot_print_hex(piboot_char_hook put, uint64_t value)
{
    int shift;
    piboot_print(put, "0x");
    for (shift = 60; shift >= 0; shift -= 4) {
        put("0123456789abcdef"[(value >> shift) & 15U]);
    }
}

static inline uint64_t piboot_ticks(void)
{
    uint64_t ticks;
    __asm__ volatile("isb\n\tmrs %0, cntvct_el0" : "=r"(ticks) : : "memory");
    return ticks;
}

/* Does the core named other print before this one does? */
static inline int piboot_console_before(uint32_t other, uint32_t core, uint32_t ticket)
{
    const uint32_t theirs = piboot_panics.ticket[other];
    return other != core && theirs != 0 && (theirs < ticket || (theirs == ticket && other < core)) ? 1 : 0;
}

/* One core at a time may print: Lamport's bakery, since exclusives do not work with the MMU off. Who is next in turn
 * waits for a second, and then passes by a core that holds the console for ever. */
static inline void piboot_console_lock(uint32_t core)
{
    struct piboot_panic_block *const block = &piboot_panics;
    const uint64_t second = piboot_timer_hz() != 0 ? piboot_timer_hz() : 19200000U; /* the Pi 3's crystal */
    uint64_t begin = piboot_ticks();
    uint32_t ticket = 0;
    uint32_t waiting = 4;
    uint32_t other;
    block->choosing[core] = 1;
    __asm__ volatile("dmb sy" : : : "memory"); /* I choose, before I look */
    for (other = 0; other < 4; other++) {
        if (block->ticket[other] > ticket) {
            ticket = block->ticket[other];
        }
    }
    ticket++;
    block->ticket[core] = ticket;
    __asm__ volatile("dmb sy" : : : "memory"); /* my ticket, before I have chosen */
    block->choosing[core] = 0;
    __asm__ volatile("dmb sy" : : : "memory"); /* both, before I look at the others */
    for (other = 0; other < 4; other++) {
        while (block->choosing[other] != 0 && piboot_ticks() - begin < second) {
        }
    }
    __asm__ volatile("dmb sy" : : : "memory"); /* that they have chosen, before what: who chooses later comes later */
    while (waiting != 0) {
        uint32_t before = 0;
        uint32_t first = core;
        for (other = 0; other < 4; other++) {
            if (piboot_console_before(other, core, ticket) != 0) {
                before++;
                first = other;
            }
        }
        if (before != waiting) {
            waiting = before;
            begin = piboot_ticks();
        } else if (before == 1 && piboot_ticks() - begin >= second) {
            block->ticket[first] = 0;
        }
    }
    __asm__ volatile("dmb sy" : : : "memory"); /* the lock, before what it guards */
}

static inline void piboot_console_unlock(uint32_t core)
{
    __asm__ volatile("dmb sy" : : : "memory"); /* what it guards, before the lock is open */
    piboot_panics.ticket[core] = 0;
}

/* ESR_ELx.EC in words: all that a Cortex-A53 can raise (Arm ARM D13.2.37). */
static inline const char *piboot_exception_class(uint64_t esr)
{
    switch ((esr >> 26) & 0x3fU) {
    case 0x00: return "undefined instruction";
    case 0x01: return "trapped WFI or WFE";
    case 0x03: return "trapped MCR or MRC, coprocessor 15";
    case 0x04: return "trapped MCRR or MRRC, coprocessor 15";
    case 0x05: return "trapped MCR or MRC, coprocessor 14";
    case 0x06: return "trapped LDC or STC, coprocessor 14";
    case 0x07: return "trapped FP or SIMD access";
    case 0x08: return "trapped VMRS";
    case 0x0c: return "trapped MRRC, coprocessor 14";
    case 0x0e: return "illegal execution state";
    case 0x11: return "SVC from AArch32";
    case 0x12: return "HVC from AArch32";
    case 0x13: return "SMC from AArch32";
    case 0x15: return "SVC";
    case 0x16: return "HVC";
    case 0x17: return "SMC";
    case 0x18: return "trapped MSR, MRS or system instruction";
    case 0x20:
    case 0x21: return "instruction abort";
    case 0x22: return "misaligned PC";
    case 0x24:
    case 0x25: return "data abort";
    case 0x26: return "misaligned SP";
    case 0x28:
    case 0x2c: return "FP exception";
    case 0x2f: return "SError";
    case 0x30:
    case 0x31: return "breakpoint";
    case 0x32:
    case 0x33: return "software step";
    case 0x34:
    case 0x35: return "watchpoint";
    case 0x38: return "BKPT from AArch32";
    case 0x3a: return "vector catch";
    case 0x3c: return "BRK";
    default: return "reserved exception class";
    }
}

/* ESR_ELx.DFSC or IFSC in words, without the level. */
static inline const char *piboot_fault_status(uint64_t esr)
{
    switch (esr & 0x3fU) {
    case 0x10: return "external abort";
    case 0x14:
    case 0x15:
    case 0x16:
    case 0x17: return "external abort on a table walk, level ";
    case 0x18: return "parity or ECC error";
    case 0x1c:
    case 0x1d:
    case 0x1e:
    case 0x1f: return "parity or ECC error on a table walk, level ";
    case 0x21: return "alignment fault";
    case 0x30: return "TLB conflict";
    case 0x34: return "lockdown fault";
    case 0x35: return "unsupported exclusive or atomic access";
    default: break;
    }
    switch ((esr >> 2) & 0xfU) {
    case 0: return "address size fault level ";
    case 1: return "translation fault level ";
    case 2: return "access flag fault level ";
    case 3: return "permission fault level ";
    default: return "reserved fault status";
    }
}

static inline void piboot_print_abort(piboot_char_hook put, const struct piboot_frame *frame, int fetch)
{
    const uint64_t esr = frame->esr;
    const uint64_t status = esr & 0x3fU;
    piboot_print(put, ", ");
    piboot_print(put, piboot_fault_status(esr));
    if (status < 0x10 || (status >= 0x14 && status < 0x18) || (status >= 0x1c && status < 0x20)) {
        piboot_print_decimal(put, PIBOOT_CAST(uint32_t, status & 3U));
    }
    if (fetch != 0) {
        piboot_print(put, ", fetching from ");
    } else if ((esr & (1U << 8)) != 0) { /* CM */
        piboot_print(put, ", cache maintenance or translation of ");
    } else if ((esr & (1U << 6)) != 0) { /* WnR */
        piboot_print(put, ", writing ");
    } else {
        piboot_print(put, ", reading ");
    }
    if (status == 0x10 && (esr & (1U << 10)) != 0) { /* FnV */
        piboot_print(put, "an unknown address");
    } else {
        piboot_print_hex(put, frame->far);
    }
}

static inline void piboot_print_cause(piboot_char_hook put, const struct piboot_frame *frame)
{
    const uint64_t class_ = (frame->esr >> 26) & 0x3fU;
    piboot_print(put, piboot_exception_class(frame->esr));
    if (class_ == 0x20 || class_ == 0x21) {
        piboot_print_abort(put, frame, 1);
    } else if (class_ == 0x24 || class_ == 0x25) {
        piboot_print_abort(put, frame, 0);
    } else if ((class_ >= 0x11 && class_ <= 0x17) || class_ == 0x3c) { /* SVC, HVC, SMC, BRK */
        piboot_print(put, " #");
        piboot_print_decimal(put, PIBOOT_CAST(uint32_t, frame->esr & 0xffffU));
    } else if (class_ == 0x22) {
        piboot_print(put, ", fetching from ");
        piboot_print_hex(put, frame->far);
    }
}

static inline void piboot_print_register(piboot_char_hook put, const char *name, uint64_t value)
{
    piboot_print(put, name);
    piboot_print_hex(put, value);
}

static inline void piboot_print_registers(piboot_char_hook put, const struct piboot_frame *frame)
{
    static const char origin[4][13] = {"EL1t", "EL1h", "EL0", "EL0, AArch32"};
    static const char kind[4][12] = {"synchronous", "IRQ", "FIQ", "SError"};
    uint32_t i;
    piboot_print(put, "  vector ");
    piboot_print_decimal(put, PIBOOT_CAST(uint32_t, frame->vector));
    piboot_print(put, " (");
    piboot_print(put, origin[(frame->vector >> 2) & 3U]);
    piboot_print(put, ", ");
    piboot_print(put, kind[frame->vector & 3U]);
    piboot_print(put, ")");
    piboot_print_register(put, "\n  ELR  ", frame->elr);
    piboot_print_register(put, "  SPSR ", frame->spsr);
    piboot_print_register(put, "  ESR  ", frame->esr);
    piboot_print_register(put, "\n  FAR  ", frame->far);
    piboot_print_register(put, "  SP   ", frame->sp);
    for (i = 0; i < 31; i++) {
        piboot_print(put, i % 3U == 0 ? "\n  x" : "  x");
        piboot_print_decimal(put, i);
        piboot_print(put, i < 10 ? "   " : "  ");
        piboot_print_hex(put, frame->x[i]);
    }
    piboot_print(put, "\n");
}

#if PIBOOT_EXCEPTIONS
/* Did this core's stack overflow? With the MMU a data abort in its guard says so (IRQ, FIQ and SError leave ESR and FAR
 * as they were), without it a broken canary. */
static inline int piboot_has_overflowed(uint32_t core, const struct piboot_frame *frame)
{
    const volatile uint64_t *const guard =
        &piboot_stacks[core * ((PIBOOT_STACK_SIZE) + PIBOOT_STACK_GUARD) / 8U];
    const volatile uint64_t *const canary = &guard[PIBOOT_STACK_GUARD / 8U - 2U];
#if PIBOOT_MMU
    (void)canary;
    return frame != PIBOOT_NULL && (frame->vector & 3U) == 0 && ((frame->esr >> 26) & 0x3fU) == 0x25 &&
                   frame->far - PIBOOT_ADDRESS(guard) < PIBOOT_STACK_GUARD ? 1 : 0;
#else
    (void)frame;
    return *canary != PIBOOT_ADDRESS(canary) ? 1 : 0;
#endif
}
#endif

static inline void piboot_print_report(piboot_char_hook put, const char *message, const struct piboot_frame *frame)
{
    const uint32_t core = piboot_core_id();
    piboot_console_lock(core);
    piboot_print(put, "\npiboot: panic on core ");
    piboot_print_decimal(put, core);
    piboot_print(put, ": ");
#if PIBOOT_EXCEPTIONS
    if (frame == PIBOOT_NULL || message != piboot_unhandled[0]) {
        piboot_print(put, message);
        if (frame != PIBOOT_NULL && (frame->vector & 3U) == 0) {
            piboot_print(put, ": ");
        }
    }
#else
    piboot_print(put, message);
#endif
    if (frame != PIBOOT_NULL) {
        if ((frame->vector & 3U) == 0) {
            piboot_print_cause(put, frame);
        }
        piboot_print_register(put, ", at ", frame->elr);
    }
    piboot_print(put, "\n");
#if PIBOOT_EXCEPTIONS
    if (piboot_has_overflowed(core, frame) != 0) {
        piboot_print(put, "  this core's stack has overflowed: raise PIBOOT_STACK_SIZE\n");
    }
#endif
    if (frame != PIBOOT_NULL) {
        piboot_print_registers(put, frame);
    }
    piboot_console_unlock(core);
}

static inline void piboot_print_lost(piboot_char_hook put, uint32_t lost)
{
    const uint32_t core = piboot_core_id();
    piboot_console_lock(core);
    piboot_print(put, "\npiboot: core ");
    piboot_print_decimal(put, lost);
    piboot_print(put, " did not answer its wake-up within ");
    piboot_print_decimal(put, PIBOOT_WAKE_TIMEOUT_MS);
    piboot_print(put, " ms: lost\n");
    piboot_console_unlock(core);
}

#endif /* !__ASSEMBLER__ */
#endif /* PIBOOT_H */
