/* SPDX-License-Identifier: MIT
 *
 * piboot_start.S - from reset to C on every core of a Raspberry Pi 3 or 4.
 *
 * WHO JUMPS HERE, AND IN WHAT STATE
 *   _start      the first byte of the image. Core 0 alone (firmware, QEMU raw image, U-Boot) or all four cores at
 *               once (QEMU ELF, firmware without a stub). EL3, EL2 or EL1, at any 4 KiB-aligned address, MMU and
 *               caches off or on. Cores 1 to 3 also come here, one boot later, when the firmware's pen finds the
 *               address of _start in their spin-table slot.
 *   x0          the device tree, ATAGS or 0 (Linux: arm64/booting.rst); x1-x3 are not used.
 *   Undefined   every other general, FP and system register, the RAM outside the image, and the spin table, except
 *               where the firmware's pen reads it.
 *
 * WHAT HAPPENS, IN THIS ORDER
 *    1  quiesce       mask exceptions; clean the image; MMU and caches off; forget stale code     every core
 *       find home     how far from home we are                                                    every core
 *       clean home    no line of old is left over the memory that we will use                     every core
 *    2  pen           wait until core 0 calls                                                     cores 1-3
 *    3  relocate      move the image to where it was linked, and go on there                      core 0
 *    4  drop to EL1   EL3 to EL2 to EL1, each level's registers written whole                     every core
 *    5  EL1 state     instruction cache and FP on, debug and the timers off                        every core
 *    6  gather        wait until cores 1 to 3 are in our pen, MMU and caches off                  core 0
 *    7  map           PIBOOT_MMU: make the translation tables                                     core 0
 *       call          call cores 1 to 3 out of the pen                                            core 0
 *    8  MMU on        PIBOOT_MMU: MMU and caches on                                               every core
 *    9  stack         and the vectors: from here a fault is reported                              every core
 *   10  memory        device tree, .bss, constructors                                             core 0
 *       wait          wait for the word to go on                                                  cores 1-3
 *   11  kernel        alive(n), then let core n + 1 go on, then running(n)                        every core
 *
 * REGISTERS THAT OUTLIVE A STEP
 *   x19  this core's number, 0 to 3
 *   x20  x0 at entry                       (core 0, until step 10)
 *   x21  the exception level at entry      (until step 10)
 *   x22  where we are less where we were linked, in bytes (until step 3); core 0, from step 6 to the call: bit n,
 *        core n is in the pen
 *   x23  SCTLR_ELx at entry                (within step 1); then, with x24 and x25, within one step
 *   x27  the board: 0 BCM2837, BCM2711     (until step 10)
 *   x28  PIBOOT_WAKE_TIMEOUT_MS in ticks   (from step 5)
 */
#if 0 /* to an assembler alone, lines with # are comments: it comes here, and goes no further */
    .error "piboot: this file needs the C preprocessor: not as, but gcc -c or clang -c, and its name ends in .S"
    .end
#endif
#include "piboot.h"

    .arch_extension fp                  // for q0-q31, whatever the C files are compiled for
    .arch_extension simd

/* ---- Constants: Arm ARM DDI 0487, chapter D; Cortex-A53 TRM DDI 0500, chapter 4 ---------------------- */

#define CORES 4
#define CACHE_LINE 64                  /* bytes; Cortex-A53, A72 */
#define CACHE_LINE_LOG2 6
#define PAGE 4096
#define SPIN_TABLE 0xd8                /* slot of core n: 0xd8 + 8 n */
#define SPIN_TABLE_END 0xf8
#define RAM_END 0x3f000000             /* of the first GiB, as far as it is the kernel's on each board */
#define DTB_END (RAM_END - 0x10000)    /* the last of RAM is the VideoCore's */
#if PIBOOT_MMU
#define DTB_LOWEST PAGE                /* page 0 is not mapped */
#else
#define DTB_LOWEST 8
#endif

#define EL1 1
#define EL2 2
#define EL3 3

#define SCTLR_M (1 << 0)               /* MMU */
#define SCTLR_C (1 << 2)               /* data cache */
#define SCTLR_C_BIT 2
#define SCTLR_SA (1 << 3)              /* SP alignment check */
#define SCTLR_I (1 << 12)              /* instruction cache */
#define SCTLR_WXN (1 << 19)            /* writable is never executable */
#define SCTLR_EL1_RES1 (1 << 29 | 1 << 28 | 1 << 23 | 1 << 22 | 1 << 20 | 1 << 11)
#define SCTLR_EL2_RES1 (1 << 29 | 1 << 28 | 1 << 23 | 1 << 22 | 1 << 18 | 1 << 16 | 1 << 11 | 1 << 5 | 1 << 4)
#define SCTLR_EL1_CACHES_OFF (SCTLR_EL1_RES1 | SCTLR_SA)
#define SCTLR_EL1_MMU_OFF (SCTLR_EL1_CACHES_OFF | SCTLR_I) /* once the code is at home, and stays there */

#define SCR_NS (1 << 0)                /* EL2 and below are Non-secure */
#define SCR_RES1 (3 << 4)
#define SCR_SMD (1 << 7)               /* SMC is undefined: nobody is left at EL3 to take it */
#define SCR_HCE (1 << 8)               /* HVC is enabled */
#define SCR_RW (1 << 10)               /* EL2 is AArch64 */
#define SCR_VALUE (SCR_RW | SCR_HCE | SCR_SMD | SCR_RES1 | SCR_NS)

#define HCR_RW (1 << 31)               /* EL1 is AArch64 */
#define HCR_TSC (1 << 19)              /* SMC from EL1 goes to EL2, before SMD: nobody is at EL3 */
#define CPTR_EL2_RES1 0x33ff           /* and nothing trapped */
#define CNTHCTL_EL1PCTEN (1 << 0)      /* EL1 may read the physical counter */
#define CNTHCTL_EL1PCEN (1 << 1)       /* EL1 may use the physical timer */
#define CPACR_FPEN (3 << 20)           /* FP and SIMD do not trap */
#define ACTLR_ALL 0x73                 /* lower levels may write CPUACTLR, CPUECTLR, L2CTLR, L2ECTLR, L2ACTLR */

#define CPUECTLR_EL1 S3_1_C15_C2_1
#define CPUECTLR_SMPEN (1 << 6)        /* this core takes part in cache coherency */
#define L2CTLR_EL1 S3_1_C11_C0_2
#define L2CTLR_DATA_LATENCY 0x22       /* as the firmware's stub: L2 data RAM latency */

#define DAIF_A 4                       /* SError, in DAIFSet and DAIFClr */
#define SPSR_DAIF (0xf << 6)
#define SPSR_EL1H 5
#define SPSR_EL2H 9

#define LOCAL_CONTROL 0                /* offsets in the ARM-local peripherals: BCM2836 (QA7), section 4.2; BCM2711 */
#define LOCAL_PRESCALER 8              /* ARM Peripherals, section 6.5.2 */
#define LOCAL_PRESCALER_ONE 0x80000000 /* the counter runs at the crystal's frequency */

#define DTB_MAGIC_LE 0xedfe0dd0        /* 0xd00dfeed, big-endian in memory */
#define DTB_HEADER 40                  /* bytes (Devicetree Specification, section 5.2) */
#define DTB_MAX_LOG2 21                /* 2 MiB (Linux: arm64/booting.rst) */

#define PART_CORTEX_A53 0xd03          /* MIDR_EL1.PartNum */
#define PART_CORTEX_A72 0xd08
#define BCM2711 (PART_CORTEX_A72 - PART_CORTEX_A53) /* in x27; BCM2837, with the Cortex-A53, is 0 */

/* Offsets in a row of piboot_boards. */
#define BOARD_PERIPHERALS 0
#define BOARD_LOCAL 4
#define BOARD_DEVICES 8                /* the first block of 2 MiB that is mapped as Device */
#define BOARD_DEVICE_BLOCKS 12         /* and how many */
#define BOARD_CRYSTAL_HZ 16
#define BOARD_SIZE_PER_X27 4           /* bytes: a row is BCM2711 times as long */
#define BOARD_SIZE_PER_X27_LOG2 2

#define VECTOR_SLOT 0x80               /* bytes */

#define STACK_STRIDE (PIBOOT_STACK_GUARD + (PIBOOT_STACK_SIZE)) /* a core's guard, then its stack */
#if PIBOOT_MMU
#define STACK_OVERFLOW_RANGE (PIBOOT_STACK_GUARD + PIBOOT_FRAME_SIZE - 1) /* from the guard: SP with no room for a frame */
#else
#define STACK_OVERFLOW_RANGE PIBOOT_STACK_GUARD
#endif
#define STATE_EXPECTED 0               /* per core: what its canary must hold; the state's own address in a handler */
#define STATE_CANARY 8                 /* where the canary is */
#define EMERGENCY_SIZE PAGE            /* per core: the report and the hooks run there */
#define EMERGENCY_SIZE_LOG2 12

#if PIBOOT_EXCEPTIONS
#define VECTORS piboot_vectors
#else
#define VECTORS piboot_park_fault
#endif

#if PIBOOT_MMU
#define RESERVED_END __piboot_tables_end
#else
#define RESERVED_END __piboot_tail_end
#endif

#define TIMEOUT_POLLS ((PIBOOT_WAKE_TIMEOUT_MS) << 16) /* if the counter stands still: a poll takes 15 ns or more */

/* ---- Macros ------------------------------------------------------------------------------------------ */

.macro FUNC name, section=.text.boot
    .section \section, "ax", %progbits
    .balign 4
    .type   \name, %function
\name:
.endm

.macro ENDFUNC name
    .size   \name, . - \name
.endm

/* A 32-bit constant in one or two instructions, with no literal pool. */
.macro MOV32 register, value
    .if     (\value) & 0xffff
    movz    \register, #((\value) & 0xffff)
    .if     ((\value) >> 16) & 0xffff
    movk    \register, #(((\value) >> 16) & 0xffff), lsl #16
    .endif
    .else
    movz    \register, #(((\value) >> 16) & 0xffff), lsl #16
    .endif
.endm

/* The address of symbol, PC-relative: right wherever the image runs, within 4 GiB. */
.macro ADDRESS register, symbol
    adrp    \register, \symbol
    add     \register, \register, :lo12:\symbol
.endm

/* The same for a symbol that is a multiple of 4096. */
.macro PAGE_ADDRESS register, symbol
    adrp    \register, \symbol
.endm

/* The row of the board that this is. In: x27. */
.macro BOARD register
    ADDRESS \register, piboot_boards
    add     \register, \register, x27, lsl #BOARD_SIZE_PER_X27_LOG2
.endm

/* How long a wait for an answer may be, in ticks, in x28. Clobbers x9, x10. */
.macro WAKE_LIMIT
    mrs     x9, cntfrq_el0
    mov     x10, #PIBOOT_WAKE_TIMEOUT_MS
    mul     x9, x9, x10
    mov     x10, #1000
    udiv    x9, x9, x10
    sub     x28, x9, #1                 // no limit if CNTFRQ_EL0 is 0
.endm

/* A wait for an answer begins. */
.macro START_CLOCK
    MOV32   x2, TIMEOUT_POLLS           // should the counter stand still
    mrs     x5, cntvct_el0
.endm

/* Goes to label unless the wait is over. In: x7 the counter, x28 the limit. */
.macro IF_TIME_IS_LEFT label
    sub     x7, x7, x5
    subs    x2, x2, #1
    ccmp    x7, x28, #2, ne             // no poll left: C set and Z clear, as hi
    b.ls    \label
.endm

/* PIBOOT_KERNEL_BASE, a multiple of 1 GiB. */
.macro MOV_BASE register
    movz    \register, #(PIBOOT_KERNEL_BASE >> 48 & 0xffff), lsl #48
    .if     PIBOOT_KERNEL_BASE >> 32 & 0xffff
    movk    \register, #(PIBOOT_KERNEL_BASE >> 32 & 0xffff), lsl #32
    .endif
    .if     PIBOOT_KERNEL_BASE >> 16 & 0xffff
    movk    \register, #(PIBOOT_KERNEL_BASE >> 16 & 0xffff), lsl #16
    .endif
.endm

/* From a physical address to one that the kernel sees. */
.macro ADD_BASE register, scratch
#if PIBOOT_KERNEL_BASE != 0
    MOV_BASE \scratch
    add     \register, \register, \scratch
#endif
.endm

/* From a device's physical address to where the kernel sees it, less PIBOOT_KERNEL_BASE: the same, unless the last 4 GiB are
 * less than that from the base. Then a BCM2711's are 2 GiB lower, as all of BCM2837's are below 2 GiB. */
.macro DEVICE_OFFSET register
#if (PIBOOT_KERNEL_BASE) / 0x40000000 > 0x3fffffffc
    and     \register, \register, #0x7fffffff
#endif
.endm

/* Where .bss and stacks end: whichever a user's script puts last. */
.macro MEMORY_END register, scratch
    ADDRESS \register, __bss_end
    PAGE_ADDRESS \scratch, RESERVED_END
    cmp     \register, \scratch
    csel    \register, \register, \scratch, hi
.endm

#define PARK_ASLEEP 4                  /* offset */
/* Asleep for ever, under a name that a debugger shows. */
.macro PARK name, section=.text.boot
    .globl  \name
FUNC \name, \section
    msr     daifset, #0xf
.Lasleep_\@:                            // PARK_ASLEEP: piboot_write_parking_vectors copies these two
    wfe                                 // an event may end the sleep at any time
    b       .Lasleep_\@
ENDFUNC \name
.endm

/* The order in the image: the vectors, at a multiple of 2 KiB, right behind the boot path; then what runs at home only. */
    .section .text.piboot_vectors, "ax", %progbits
    .section .text.piboot_late, "ax", %progbits

/* link64.ld compares it with what the C files say. */
    .globl  piboot_options, piboot_kernel_base
    .set    piboot_options, PIBOOT_OPTIONS
    .set    piboot_kernel_base, PIBOOT_KERNEL_BASE // where it links the kernel to

/* ---- The image's first bytes: arm64 Image header (Linux: arm64/booting.rst) -------------------------- */

    .section .text.boot, "ax", %progbits
    .balign PAGE                        // PiBoot moves and maps pages, wherever a script begins
    .globl  _start
    .weak   start                       // what GNU ld takes for the entry without an ENTRY in the script
    .set    start, _start
FUNC _start
    b       piboot_reset                // code0
    .word   0                           // code1
    .quad   0x80000                     // text_offset: load at RAM + 0x80000
    .quad   __piboot_image_size         // bytes with .bss and stacks; 0 with a script that does not tell
    .quad   1 << 1                      // flags: little-endian, 4 KiB pages, near the start of RAM
    .quad   0, 0, 0
    .ascii  "ARMd"                      // magic "ARM\x64"
    .word   0
ENDFUNC _start
    .weak   __piboot_image_size

/* ---- The whole boot, step by step -------------------------------------------------------------------- */

FUNC piboot_reset
    mov     x20, x0
    bl      piboot_quiesce              // x19 core, x21 EL, x27 board
    bl      piboot_find_home            // x22 how far away
    bl      piboot_clean_home
    cbnz    x19, piboot_pen
    bl      piboot_relocate
    bl      piboot_drop_to_el1
    bl      piboot_el1_state
#if PIBOOT_MULTICORE
    bl      piboot_gather_cores         // before the map: one that was running may still translate by its tables
#endif
#if PIBOOT_MMU
    bl      piboot_make_map
#endif
#if PIBOOT_MULTICORE
    bl      piboot_call_cores
#endif
#if PIBOOT_MMU
    bl      piboot_mmu_on
#endif
    bl      piboot_prepare_core         // step 9; thread-local variables, if there are any
    bl      piboot_note_entry
    bl      piboot_clear_bss
    bl      piboot_run_constructors
    b       piboot_call_kernel
ENDFUNC piboot_reset

#if PIBOOT_MULTICORE
/* Cores 1 to 3, from the pen. */
FUNC piboot_secondary
    bl      piboot_drop_to_el1
    bl      piboot_el1_state
#if PIBOOT_MMU
    bl      piboot_mmu_on
#endif
    bl      piboot_prepare_core
    bl      piboot_wait_for_turn
    // falls through
ENDFUNC piboot_secondary
#endif

FUNC piboot_call_kernel
    msr     daifclr, #DAIF_A            // a store that the bus refuses is an SError (Cortex-A53), and is reported
    mov     w0, w19
    bl      piboot_alive                // PIBOOT_ALIVE(fn)
#if PIBOOT_MULTICORE
    bl      piboot_let_next_go
#endif
#if PIBOOT_EXCEPTIONS && !PIBOOT_MMU
    bl      piboot_check_canary
#endif
    mov     w0, w19
    bl      piboot_running              // PIBOOT_RUNNING(fn)
    // falls through
ENDFUNC piboot_call_kernel
PARK piboot_park_returned               // running(n) returned; every way to stop has its own name

PARK piboot_park_called                 // piboot_park()

/* A script cannot be asked whether it is right, but a linker refuses a relocation whose value has no room, and names its
 * symbol: these do not fit where PiBoot would not work. What they store, nobody reads. */
    .globl  piboot_ERROR_link_with_no_pie_at_an_address_from_0x1000_to_0x3effffff
    .hidden piboot_ERROR_link_with_no_pie_at_an_address_from_0x1000_to_0x3effffff
    .reloc  ., R_AARCH64_ABS32, piboot_ERROR_link_with_no_pie_at_an_address_from_0x1000_to_0x3effffff + (1 << 32) - SPIN_TABLE - RAM_END - PIBOOT_KERNEL_BASE
    .word   0
    .reloc  ., R_AARCH64_MOVW_UABS_G1, piboot_ERROR_link_with_no_pie_at_an_address_from_0x1000_to_0x3effffff - SPIN_TABLE - PAGE - PIBOOT_KERNEL_BASE
    .word   0                           // 32 bits, unsigned: not in page 0, where the spin table is

/* An image loaded at 0x0 lies over the spin table: these bytes belong to the table. */
    .org    _start + SPIN_TABLE
piboot_ERROR_link_with_no_pie_at_an_address_from_0x1000_to_0x3effffff:
    .fill   SPIN_TABLE_END - SPIN_TABLE, 1, 0

/* ---- 1: quiesce --------------------------------------------------------------------------------------
 * void piboot_quiesce(void): masks exceptions and turns this EL's MMU and caches off, with nothing lost.
 * Out: x19, x21, x23, x27. Clobbers x9-x11, x24. No memory access before EE is known to be 0. */
.macro TURN_MMU_OFF el                 // x9: the early vectors; x11: SCTLR's new value
    msr     vbar_el\el, x9              // from the next ISB on, a fault parks under a name
    .if     \el == 3
    mrs     x9, CPUECTLR_EL1            // the core joins the coherent cluster before its caches are used or
    orr     x9, x9, #CPUECTLR_SMPEN     // maintained (Cortex-A53 TRM, CPUECTLR_EL1.SMPEN)
    msr     CPUECTLR_EL1, x9
    isb                                 // it has joined, before the first DC or IC
    .endif
    mrs     x23, sctlr_el\el
    tbz     x23, #SCTLR_C_BIT, .Loff_\@ // caches off: the loader has cleaned the image
    bl      piboot_clean_image          // the next instruction fetches come from memory
.Loff_\@:
    msr     sctlr_el\el, x11            // M, C, I, EE 0
.endm

FUNC piboot_quiesce
    msr     daifset, #0xf
    msr     spsel, #1                   // SP is this EL's own, from here to the ERET
    mov     x24, x30
    mrs     x9, midr_el1
    ubfx    x9, x9, #4, #12             // PartNum
    sub     x27, x9, #PART_CORTEX_A53
    cmp     x27, #BCM2711
    ccmp    x27, #0, #4, ne             // one or the other: Z set, as eq
    b.ne    piboot_park_unknown_processor
    mrs     x19, mpidr_el1
    and     x19, x19, #CORES - 1        // Aff0
    mrs     x21, CurrentEL
    lsr     x21, x21, #2
    adr     x9, _start
    MOV32   x11, SCTLR_EL2_RES1         // SCTLR_EL3's as well
    cmp     x21, #EL2
    b.hi    .Lquiesce_el3
    b.eq    .Lquiesce_el2
    MOV32   x11, SCTLR_EL1_CACHES_OFF
    TURN_MMU_OFF 1
    b       .Lquiesced
.Lquiesce_el2:
    TURN_MMU_OFF 2
    b       .Lquiesced
.Lquiesce_el3:
    TURN_MMU_OFF 3
.Lquiesced:
    ic      ialluis                     // the image may lie where other code ran, on whichever core
    dsb     sy                          // IC complete
    isb                                 // before the next fetch; SCTLR in force before the next access
    ret     x24
ENDFUNC piboot_quiesce

/* ---- 2: pen ------------------------------------------------------------------------------------------
 * Cores 1 to 3 wait here until core 0 calls. Each has two words, each alone in its cache line: its call, which the core
 * before it writes, and its answer, which it writes itself. But it empties its call before its first answer, and
 * core 0 empties both when it begins to gather; so no word of an earlier boot, and no junk, is taken for one of this.
 *   answer HERE      it is in the pen, MMU and caches off; written again at each event, should it have been emptied
 *   call   CALLED    core 0: all that a start-up needs is in memory; only to a core that was here in time
 *   call   GO        the core whose alive returned: alive(n) may begin. CALLED again: taken back, too late
 *   answer GONE      it goes: it found GO, or will find CALLED and wait
 *   answer ARRIVED   it is in piboot_hand_over, its caches are off
 *   call   LEAVE     core 0: there is a pen outside the image
 * In: x19, x22. Clobbers x9, x10. */
#define CALLED 1
#define GO 2
#define GO_BIT 1                       /* not in CALLED */
#define LEAVE 3
#define HERE 1
#define GONE 2
#define ARRIVED 3
#define ANSWER (CORES * CACHE_LINE)    /* offset of a core's answer from its call */

/* The address of a core's call. piboot_calls is a multiple of 4096. */
.macro CALL_WORD register, core
    PAGE_ADDRESS \register, piboot_calls
    add     \register, \register, \core, lsl #CACHE_LINE_LOG2
.endm

#if PIBOOT_MULTICORE
FUNC piboot_pen
    CALL_WORD x9, x19
    sub     x9, x9, x22                 // at home, as core 0 calls from there
    str     xzr, [x9]
    dmb     sy                          // it is empty in memory before the answer, as core 0 writes it then
.Lpen_look:
    mov     x10, #HERE
    str     x10, [x9, #ANSWER]
    ldr     x10, [x9]                   // until core 0 has moved the image, it can be junk
    sub     x10, x10, #CALLED
    cmp     x10, #GO - CALLED
    b.ls    .Lpen_out                   // CALLED, or GO already
    wfe                                 // core 0's SEV; a SEV since the look makes it return at once
    b       .Lpen_look
.Lpen_out:
    isb                                 // core 0 may have moved code to where we go
    adr     x9, piboot_secondary
    sub     x9, x9, x22
    br      x9
ENDFUNC piboot_pen
#else
PARK piboot_park_unused                 // cores 1 to 3 of a single-core kernel
    .set    piboot_pen, piboot_park_unused
#endif

/* The vectors until there is a stack: VBAR_ELx is _start. Exceptions are masked, so only a synchronous one from this
 * level, on its own stack pointer, can come: slot 4. */
    .org    _start + 4 * VECTOR_SLOT
PARK piboot_park_early                  // a fault before there is a stack: see ELR_ELx, ESR_ELx, FAR_ELx
PARK piboot_park_unknown_processor      // neither Cortex-A53 nor Cortex-A72: what follows would not fit it

/* How far we are from where we were linked. Out: x22. Clobbers x9. */
FUNC piboot_find_home
    adr     x22, _start
    adrp    x9, piboot_link_address
    ldr     w9, [x9, :lo12:piboot_link_address]
    sub     x22, x22, x9
    ret
ENDFUNC piboot_find_home

/* The caches are off, but lines that somebody left dirty would be written back over what we store from now on. A
 * loader that turned its caches off has cleaned the image, with .bss and stacks, where it put it, and no more (Linux:
 * arm64/booting.rst): the spin table, and another home, are for core 0 to clean. A core that came with its caches on
 * cleans all memory that it may have left lines of: from the image's home to the end of .bss and stacks; without
 * PIBOOT_MMU all that the kernel will use, from page 0 to the end of the heap, too. In: x19, x22, x23. Clobbers
 * x9-x11. */
FUNC piboot_clean_home
#if PIBOOT_MULTICORE
    mov     x9, #SPIN_TABLE
    dc      civac, x9                   // the slots of cores 1 to 3 are in one line
#endif
    tbnz    x23, #SCTLR_C_BIT, .Lclean_home
    cbnz    x19, .Lcleaned
    cbz     x22, .Lcleaned
.Lclean_home:
    MEMORY_END x10, x9
    sub     x10, x10, x22
    adr     x9, _start
    sub     x9, x9, x22
#if !PIBOOT_MMU
    tbz     x23, #SCTLR_C_BIT, piboot_clean_range
    mov     x9, xzr
    adrp    x11, piboot_heap + 8
    ldr     x11, [x11, :lo12:piboot_heap + 8] // __heap_end, or 0
    cmp     x10, x11
    csel    x10, x10, x11, hi
#endif
    // falls through
ENDFUNC piboot_clean_home

/* Cleans and invalidates [x9, x10) by address to the point of coherency. In: x9, a multiple of the line. Clobbers
 * x9. */
FUNC piboot_clean_range
1:  dc      civac, x9
    add     x9, x9, #CACHE_LINE
    cmp     x9, x10
    b.lo    1b
.Lcleaned:
    dsb     sy                          // the lines are in memory before anything that follows
    ret
ENDFUNC piboot_clean_range

/* Writes the loaded image from the caches back to memory. Clobbers x9, x10. */
FUNC piboot_clean_image
    adr     x9, _start
    ADDRESS x10, __bss_start
    b       piboot_clean_range
ENDFUNC piboot_clean_image

/* ---- 3: relocate -------------------------------------------------------------------------------------
 * Copies [_start, __bss_start) to its link address and returns there. The MMU is off: stores go to memory.
 * In: x22. Clobbers x9-x16. */
FUNC piboot_relocate
    cbz     x22, .Lat_home
    sub     x15, x30, x22               // where to return to, at home
    adr     x9, _start                  // from
    sub     x10, x9, x22                // to
    ADDRESS x11, __bss_start
    sub     x11, x11, x9
    add     x11, x11, #15
    bic     x11, x11, #15               // bytes, in units of 16
    tbnz    x22, #63, .Lmove_up

    // Down: first to last. The first page holds this code: with its copy we go on, while the rest may
    // overwrite where we are now.
    mov     x12, #16
    mov     x13, #PAGE
    cmp     x11, x13
    csel    x13, x11, x13, lo           // a smaller image: no further than its end
    bl      .Lcopy
    adr     x14, .Lmove_rest
    sub     x14, x14, x22
    br      x14
.Lmove_rest:
    subs    x13, x11, #PAGE
    b.ls    .Lmoved
    bl      .Lcopy
.Lmoved:
    ret     x15

    // Up: last to first. The page where we are lies below all that is written.
.Lmove_up:
    sub     x14, x11, #16
    add     x9, x9, x14
    add     x10, x10, x14
    mov     x12, #-16
    mov     x13, x11
    mov     x30, x15
    // falls through

.Lcopy:                                 // x13 bytes from x9 to x10, in steps of x12
    ldp     x14, x16, [x9]
    stp     x14, x16, [x10]
    add     x9, x9, x12
    add     x10, x10, x12
    subs    x13, x13, #16
    b.hi    .Lcopy
    // falls through

.Lnew_code_visible:
    dsb     sy                          // the code is in memory
    ic      ialluis                     // before all cores drop what they fetched of old
    dsb     sy                          // and that is done
    isb                                 // before the next fetch
.Lat_home:
    ret
ENDFUNC piboot_relocate

/* What runs before the image is at home must lie in its first page: link64.ld checks it. */
    .globl  __piboot_first_page_code_end
__piboot_first_page_code_end:

/* ---- 4: drop to EL1 ----------------------------------------------------------------------------------
 * void piboot_drop_to_el1(void): returns to its caller at EL1h, exceptions masked. In: x19, x21, x27.
 * Clobbers x9-x11. Each level's registers are written whole: reset leaves them UNKNOWN. */
FUNC piboot_drop_to_el1
    cmp     x21, #EL2
    b.hi    .Lfrom_el3
    b.eq    .Lfrom_el2
    ret                                 // EL1 as found

.Lfrom_el3:
    // As the firmware's stub: implementation registers open to lower levels.
    mov     x9, #ACTLR_ALL
    msr     actlr_el3, x9

    // What the four cores share, by core 0, while no cache is on: the timing of the L2 cache, and a counter that
    // nobody set up.
    mrs     x11, cntfrq_el0
    cbnz    x19, .Lshared_set_up
    mrs     x9, L2CTLR_EL1
    mov     x10, #L2CTLR_DATA_LATENCY
    orr     x9, x9, x10
    msr     L2CTLR_EL1, x9
    cbnz    x11, .Lshared_set_up
    BOARD   x9
    ldr     w9, [x9, #BOARD_LOCAL]
    str     wzr, [x9, #LOCAL_CONTROL]   // the crystal is its source
    MOV32   x10, LOCAL_PRESCALER_ONE
    str     w10, [x9, #LOCAL_PRESCALER]
    dsb     sy                          // the counter runs at its rate before anybody reads it
.Lshared_set_up:
    cbnz    x11, .Lcounter_runs
    BOARD   x9
    ldr     w9, [x9, #BOARD_CRYSTAL_HZ]
    msr     cntfrq_el0, x9
.Lcounter_runs:

    // No traps to EL3, and EL2 as an AArch64 level with its MMU off.
    mov     x9, #SCR_VALUE
    msr     scr_el3, x9
    msr     cptr_el3, xzr
    msr     mdcr_el3, xzr
    MOV32   x9, SCTLR_EL2_RES1
    msr     sctlr_el2, x9
    mov     x9, #SPSR_DAIF | SPSR_EL2H
    msr     spsr_el3, x9
    adr     x9, .Lfrom_el2
    msr     elr_el3, x9
    eret                                // to the next line, at EL2

.Lfrom_el2:
    // EL1 is AArch64, with no second stage and no traps but SMC's.
    MOV32   x9, HCR_RW | HCR_TSC
    msr     hcr_el2, x9
    isb                                 // E2H is 0 before the next name that it would redirect
    msr     vttbr_el2, xzr
    mov     x9, #CPTR_EL2_RES1
    msr     cptr_el2, x9
    msr     hstr_el2, xzr
    mov     x9, #ACTLR_ALL
    msr     actlr_el2, x9
    mrs     x9, pmcr_el0
    ubfx    x9, x9, #11, #5             // PMCR_EL0.N: all event counters are EL1's,
    msr     mdcr_el2, x9                // HPMN = N; no debug or PMU traps

    // Core numbers and counters read at EL1 as the hardware has them.
    mrs     x9, midr_el1
    msr     vpidr_el2, x9
    mrs     x9, mpidr_el1
    msr     vmpidr_el2, x9
    mov     x9, #CNTHCTL_EL1PCTEN | CNTHCTL_EL1PCEN
    msr     cnthctl_el2, x9
    msr     cntvoff_el2, xzr
    msr     cnthp_ctl_el2, xzr

    // An HVC, or a trapped SMC, is handed down to EL1's vectors from here, or parks.
    ADDRESS x9, VECTORS
    msr     vbar_el2, x9
    MOV32   x9, SCTLR_EL1_CACHES_OFF
    msr     sctlr_el1, x9
    mov     x9, #SPSR_DAIF | SPSR_EL1H
    msr     spsr_el2, x9
    msr     elr_el2, x30
    eret                                // to our caller, at EL1
ENDFUNC piboot_drop_to_el1

/* ---- 5: EL1 state ------------------------------------------------------------------------------------
 * Instruction cache and FP on, debug and the timers off, the early vectors. Out: x28. Clobbers x9-x12. */
FUNC piboot_el1_state
    MOV32   x9, SCTLR_EL1_MMU_OFF
    msr     sctlr_el1, x9               // with I 0 each instruction would be fetched from memory, one by one
    adr     x9, _start
    msr     vbar_el1, x9
    mov     x9, #CPACR_FPEN
    msr     cpacr_el1, x9
    isb                                 // before the first FP register is touched; a fault parks under a name
    msr     fpcr, xzr                   // round to nearest, no flush to zero
    msr     fpsr, xzr
    msr     mdscr_el1, xzr              // no single step, no breakpoints
    msr     cntkctl_el1, xzr            // no event stream: WFE sleeps
    msr     cntp_ctl_el0, xzr
    msr     cntv_ctl_el0, xzr
#if PIBOOT_MULTICORE
    WAKE_LIMIT
#endif
#if PIBOOT_EXCEPTIONS
    msr     tpidrro_el0, xzr            // EL0 could read it; the vectors use it, and leave 0 in it
#else
    cbz     x19, piboot_write_parking_vectors
#endif
    ret
ENDFUNC piboot_el1_state

#if !PIBOOT_EXCEPTIONS
/* Core 0 writes 16 slots that sleep for ever, since they would be 2 KiB of the image: a fault parks its core at
 * piboot_park_fault + 0x80 * vector. Clobbers x9-x12. */
FUNC piboot_write_parking_vectors
    ADDRESS x9, piboot_park_fault
    adr     x10, piboot_park_called
    ldp     w10, w11, [x10, #PARK_ASLEEP]
    add     x12, x9, #16 * VECTOR_SLOT
1:
    dc      civac, x9                   // a fetch looks in the L2 cache first, where a loader may have left a line
    stp     w10, w11, [x9], #0x80
    cmp     x9, x12
    b.ne    1b
    b       .Lnew_code_visible          // and return
ENDFUNC piboot_write_parking_vectors
#endif

#if PIBOOT_MULTICORE
/* ---- 6: gather ---------------------------------------------------------------------------------------
 * Core 0 waits until cores 1 to 3 are in our pen, at most for PIBOOT_WAKE_TIMEOUT_MS: they come by themselves, or out of
 * the firmware's pen by their slots. Who comes later is lost: it stays in the pen, and is reported when its turn comes.
 * From then on nobody waits below 0x1000, or runs with an MMU that is on. The MMU is off: stores go to memory.
 * In: x28. Out: x22. Clobbers x2, x5, x7, x9-x12. */
FUNC piboot_gather_cores
    PAGE_ADDRESS x9, piboot_calls
    mov     x11, #SPIN_TABLE
    adr     x12, _start
    .irp    core, 1, 2, 3
    str     xzr, [x9, #\core * CACHE_LINE]
    str     xzr, [x9, #\core * CACHE_LINE + ANSWER]
    .endr
    str     x12, [x11, #8]
    stp     x12, x12, [x11, #16]        // each aligned word at once
    mov     x22, xzr
    START_CLOCK
.Lgather_again:
    dsb     sy                          // words, slots and code are in memory before the SEV
    sev                                 // again and again: one may be lost on hardware
    yield                               // an emulator that runs one core at a time: to the next one
    mrs     x7, cntvct_el0              // before the look: an answer in time is never late
    .irp    core, 1, 2, 3
    ldr     x12, [x9, #\core * CACHE_LINE + ANSWER]
    bfi     x22, x12, #\core, #1        // HERE, or 0
    .endr
    cmp     x22, #(1 << CORES) - 2
    b.eq    .Lgathered
    IF_TIME_IS_LEFT .Lgather_again
.Lgathered:
    str     xzr, [x11, #8]              // a core that comes back to the firmware's pen stays there
    stp     xzr, xzr, [x11, #16]
    ret
ENDFUNC piboot_gather_cores
#endif

#if PIBOOT_MMU
/* ---- 7: map and call -----------------------------------------------------------------------------------
 * 4 KiB granule, addresses from PIBOOT_KERNEL_BASE: 0 is an identity map by TTBR0, another one a map by TTBR1. The tables
 * are at __piboot_tables (link64.ld makes room for piboot_table_pages and level 3):
 *   top      base 0: level 1, eight entries, one per GiB (T0SZ 31), as the largest Pi 4 has 8 GiB
 *            from 0xffffff8000000000: level 1 (T1SZ 25); below: level 0, then level 1 (T1SZ 16)
 *   + 0      level 2 of the first GiB: level-3 tables, then RAM, 2 MiB each
 *   + 1      level 2 of the GiB where the devices end. BCM2837: they are the last 16 MiB of the first GiB and the first 2 MiB
 *            of the second one. BCM2711: the last 64 MiB of the fourth one
 *   + 2..    level 3: one table per 2 MiB from 0 to __piboot_image_end, 4 KiB pages
 * Arm ARM D5.3 (descriptors), D13.2 (MAIR, TCR). */
#define LEVEL0_INDEX (PIBOOT_KERNEL_BASE >> 39 & 511)
#define LEVEL1_INDEX (PIBOOT_KERNEL_BASE >> 30 & 511)
#if PIBOOT_KERNEL_BASE == 0
#define TOP_PAGES 1
#define TOP_BITS 33                    /* 8 GiB */
#define LEVEL1 0                       /* offset of level 1 from the top */
#elif LEVEL0_INDEX == 511
#define TOP_PAGES 1
#define TOP_BITS 39
#define LEVEL1 0
#elif LEVEL1_INDEX <= 504
#define TOP_PAGES 2
#define TOP_BITS 48
#define LEVEL1 PAGE
#else
#define TOP_PAGES 3                    /* not all of 8 GiB are in one table of level 1 */
#define TOP_BITS 48
#define LEVEL1 PAGE
#endif
    .globl  piboot_table_pages
    .set    piboot_table_pages, TOP_PAGES + 2

#define DESC_BLOCK 1
#define DESC_TABLE 3
#define DESC_PAGE 3
#define DESC_NORMAL (1 << 2)           /* AttrIndx: MAIR byte 1 */
#define DESC_DEVICE (0 << 2)           /* MAIR byte 0 */
#define DESC_READ_ONLY (1 << 7)        /* AP[2] */
#define DESC_INNER (3 << 8)            /* SH: inner shareable */
#define DESC_AF (1 << 10)              /* accessed: no access flag fault */
#define DESC_PXN_BIT 53                /* not executable at EL1 */
#define DESC_NEVER_EXECUTE (3 << DESC_PXN_BIT) /* UXN, PXN: nor at EL0 */

#define RAM_BLOCK (DESC_AF | DESC_INNER | DESC_NORMAL | DESC_BLOCK)
#define RAM_PAGE (DESC_AF | DESC_INNER | DESC_NORMAL | DESC_PAGE)
#define DEVICE_BLOCK (DESC_AF | DESC_DEVICE | DESC_BLOCK)

#define MAIR_VALUE 0xff04              /* 0: Device-nGnRE; 1: Normal, write-back, read and write allocate */
#define TCR_SZ(bits) (64 - (bits))     /* T0SZ, T1SZ */
#define TCR_WALKS (3 << 12 | 1 << 10 | 1 << 8) /* inner shareable, write-back write-allocate, as the tables */
#define TCR_EPD0_BIT 7                 /* no walks by TTBR0 */
#define TCR_T1SZ_BIT 16
#define TCR_EPD1 (1 << 23)             /* no walks by TTBR1 */
#define TCR_TG1_4K (2 << 30)
#define TCR_IPS_BIT 32
#define TCR_AS_BIT 36                  /* ASIDs of 16 bits */
#define TCR_T0SZ_BITS 6
#define USER_BITS 39                   /* of a process: level 1 of TTBR0 has 512 entries */
#if PIBOOT_KERNEL_BASE == 0
#define TCR_VALUE (TCR_TG1_4K | TCR_EPD1 | TCR_SZ(TOP_BITS) << TCR_T1SZ_BIT | TCR_WALKS | TCR_SZ(TOP_BITS))
#else
#define TCR_TTBR1 (TCR_TG1_4K | TCR_WALKS << TCR_T1SZ_BIT | TCR_SZ(TOP_BITS) << TCR_T1SZ_BIT)
#define TCR_VALUE (TCR_TTBR1 | TCR_WALKS | TCR_SZ(30)) /* TTBR0: level 2 of the first GiB, to switch the MMU on by */
#endif
#define SCTLR_EL1_MMU_ON (SCTLR_EL1_MMU_OFF | SCTLR_M | SCTLR_C | SCTLR_WXN)

#define BLOCK (2 << 20)                /* bytes */
#define BLOCK_LOG2 21
#define GIB_LOG2 30
#define PAGE_LOG2 12
#define ENTRIES 512                    /* of one table */

/* Fills x2 entries (a multiple of 32) of a table at x0: the first is x1, each next one is x3 more. x0 is left behind the
 * last, x1 is kept. Clobbers x2, x4, q0-q2. */
FUNC piboot_fill_table
    fmov    d0, x1
    add     x4, x1, x3
    mov     v0.d[1], x4                 // two entries
    add     x4, x3, x3
    dup     v2.2d, x4
    add     v1.2d, v0.2d, v2.2d         // the next two
    add     v2.2d, v2.2d, v2.2d         // from four to the next four
1:  .rept   8
    stp     q0, q1, [x0], #32
    add     v0.2d, v0.2d, v2.2d
    add     v1.2d, v1.2d, v2.2d
    .endr
    subs    x2, x2, #32
    b.ne    1b
    ret
ENDFUNC piboot_fill_table

/* Zeroes the pages from x0 to x1. Out: x0 = x1. Clobbers q0-q3. */
FUNC piboot_zero_pages
    .irp    register, 0, 1, 2, 3
    movi    v\register\().2d, #0
    .endr
1:  .rept   16
    st1     {v0.2d-v3.2d}, [x0], #64    // the widest store there is; with the MMU off DC ZVA would fault
    .endr
    cmp     x0, x1
    b.ne    1b
    ret
ENDFUNC piboot_zero_pages

/* Changes the level-3 entries of [x0, x1) by exclusive OR with x2. In: x24 level-3 tables. Out: x0 = x1.
 * Clobbers x3, x4. */
FUNC piboot_change_pages
    add     x3, x24, x0, lsr #PAGE_LOG2 - 3
1:  cmp     x0, x1
    b.hs    2f
    ldr     x4, [x3]
    eor     x4, x4, x2
    str     x4, [x3], #8
    add     x0, x0, #PAGE
    b       1b
2:  ret
ENDFUNC piboot_change_pages

/* Makes the tables, MMU off: they go straight to memory, where the walks of every core find them.
 * In: x27. Clobbers x0-x6, x9, x10, x23-x26, q0-q3. */
    .globl  piboot_make_map             // by this symbol link64.ld knows that there is a map
FUNC piboot_make_map
    mov     x23, x30

    // A loader's caches may still hold what was there before, and the walks look there first.
    PAGE_ADDRESS x25, __piboot_tables
    PAGE_ADDRESS x10, __piboot_tables_end
    mov     x9, x25
1:  .rept   8
    dc      civac, x9
    add     x9, x9, #CACHE_LINE
    .endr
    cmp     x9, x10
    b.ne    1b
    dsb     sy                          // the lines are gone before anything is stored there

    add     x24, x25, #(TOP_PAGES + 2) * PAGE // level 3
    PAGE_ADDRESS x26, __piboot_image_end
    mov     x0, #BLOCK - 1
    add     x26, x26, x0
    lsr     x26, x26, #BLOCK_LOG2       // how many level-3 tables

    // Above level 2: the first GiB and that of the devices, and nothing else.
    add     x1, x25, #TOP_PAGES * PAGE
#if PIBOOT_KERNEL_BASE != 0
    mov     x0, x25
    bl      piboot_zero_pages
#else
    .irp    entries, 0, 2, 4, 6
    stp     xzr, xzr, [x25, #\entries * 8]
    .endr
#endif
    add     x2, x1, #DESC_TABLE         // level 2
    str     x2, [x25, #LEVEL1 + LEVEL1_INDEX * 8]
    BOARD   x6
    ldr     w0, [x6, #BOARD_LOCAL]
    DEVICE_OFFSET w0
    lsr     x0, x0, #GIB_LOG2
    add     x0, x25, x0, lsl #3
    add     x2, x2, #PAGE
    str     x2, [x0, #LEVEL1 + LEVEL1_INDEX * 8]
#if LEVEL1 != 0
    add     x2, x25, #LEVEL1
    add     x2, x2, #DESC_TABLE
    str     x2, [x25, #LEVEL0_INDEX * 8]
#if TOP_PAGES == 3
    add     x2, x2, #PAGE
    str     x2, [x25, #LEVEL0_INDEX * 8 + 8]
#endif
#endif

    // Level 2, first GiB: RAM in blocks; the first entries become level-3 tables. The next table: nothing.
    mov     x5, x1
    mov     x0, x1
    MOV32   x1, RAM_BLOCK
    orr     x1, x1, #DESC_NEVER_EXECUTE
    mov     x3, #BLOCK
    mov     x2, #ENTRIES
    bl      piboot_fill_table
    mov     x1, x24
    bl      piboot_zero_pages

    // The devices: in both tables, which are one behind the other as if they were of two GiB in a row.
    ldp     w1, w2, [x6, #BOARD_DEVICES] // where they begin, and how many blocks they are
    ubfx    x0, x1, #BLOCK_LOG2, #10
    add     x0, x5, x0, lsl #3
    MOV32   x4, DEVICE_BLOCK
    orr     x4, x4, #DESC_NEVER_EXECUTE
    orr     x1, x1, x4
1:  str     x1, [x0], #8
    add     x1, x1, #BLOCK
    subs    w2, w2, #1
    b.ne    1b

    // Level 3: all pages are RAM, writable, not executable.
    mov     x0, x24
    MOV32   x1, RAM_PAGE
    orr     x1, x1, #DESC_NEVER_EXECUTE
    mov     x3, #PAGE
    lsl     x2, x26, #9
    bl      piboot_fill_table
    add     x1, x24, #DESC_TABLE
    add     x0, x25, #TOP_PAGES * PAGE
1:  str     x1, [x0], #8
    add     x1, x1, #PAGE
    subs    x26, x26, #1
    b.ne    1b

    // Text: read-only and executable. Read-only data: not executable.
    PAGE_ADDRESS x0, _start
    PAGE_ADDRESS x1, __piboot_text_end
    mov     x2, #DESC_READ_ONLY
    orr     x2, x2, #1 << DESC_PXN_BIT
    bl      piboot_change_pages
    PAGE_ADDRESS x1, __piboot_rodata_end
    mov     x2, #DESC_READ_ONLY
    bl      piboot_change_pages

    // Not mapped: page 0, so that a null pointer faults, and the guard below each stack.
    str     xzr, [x24]
    PAGE_ADDRESS x0, piboot_stacks
    MOV32   x1, STACK_STRIDE >> (PAGE_LOG2 - 3)
    add     x0, x24, x0, lsr #PAGE_LOG2 - 3
    mov     x2, #CORES
2:  stp     xzr, xzr, [x0]
    add     x0, x0, x1
    subs    x2, x2, #1
    b.ne    2b

#if !PIBOOT_EXCEPTIONS
    PAGE_ADDRESS x0, piboot_park_fault  // code that was written at boot
    add     x1, x0, #PAGE
    mov     x2, #DESC_READ_ONLY
    orr     x2, x2, #1 << DESC_PXN_BIT
    bl      piboot_change_pages
#endif
    dmb     sy                          // the tables are in memory before the words that call the others
    ret     x23
ENDFUNC piboot_make_map
#endif

#if PIBOOT_MULTICORE
/* Calls the cores that are here out of the pen. In: x22. Clobbers x9, x10. */
FUNC piboot_call_cores
    PAGE_ADDRESS x9, piboot_calls
    mov     x10, #CALLED
    .irp    core, 1, 2, 3
    tbz     x22, #\core, 1f
    str     x10, [x9, #\core * CACHE_LINE]
1:
    .endr
    dsb     sy                          // calls, code and tables are in memory before the SEV
    sev                                 // should one be lost on hardware: piboot_let_next_go sends more
    ret
ENDFUNC piboot_call_cores
#endif

#if PIBOOT_MMU
/* ---- 8: MMU on ----------------------------------------------------------------------------------------
 * MMU and caches on. The code runs on at the same address; with a base, at base + the same address, where it also returns
 * to, and nothing is mapped by TTBR0 any more. Clobbers x9-x11. */
FUNC piboot_mmu_on
    mov     x9, #MAIR_VALUE
    msr     mair_el1, x9
    MOV32   x9, TCR_VALUE
    mrs     x10, id_aa64mmfr0_el1
    bfi     x9, x10, #TCR_IPS_BIT, #3   // PARange: the hardware's own, into IPS
    msr     tcr_el1, x9
    PAGE_ADDRESS x10, __piboot_tables
#if PIBOOT_KERNEL_BASE != 0
    msr     ttbr1_el1, x10
    add     x10, x10, #TOP_PAGES * PAGE // level 2
#endif
    msr     ttbr0_el1, x10
    tlbi    vmalle1                     // no translation of old
    dsb     sy                          // the tables are in memory, the TLB is empty
    isb                                 // the registers are in force
    MOV32   x10, SCTLR_EL1_MMU_ON
    msr     sctlr_el1, x10
    isb                                 // the next access is translated
#if PIBOOT_KERNEL_BASE != 0
    MOV_BASE x11
    add     x30, x30, x11
    adr     x10, .Lat_base
    add     x10, x10, x11
    br      x10
.Lat_base:
    mov     x10, #TCR_SZ(USER_BITS)
    bfi     x9, x10, #0, #TCR_T0SZ_BITS // a process's, no longer ours
    orr     x9, x9, #1 << TCR_EPD0_BIT
    orr     x9, x9, #1 << TCR_AS_BIT
    msr     tcr_el1, x9
    msr     ttbr0_el1, xzr
    isb                                 // no walk by TTBR0 from here on
    tlbi    vmalle1                     // and no translation of one before
    dsb     nsh                         // the TLB has none, from the ISB of piboot_set_stack on
#endif
    ret
ENDFUNC piboot_mmu_on
#endif

/* ---- 9: stack ----------------------------------------------------------------------------------------
 * SP to the top of this core's stack, and the vectors, which need one. The core's state: a canary that holds its own
 * address, below the stack, or in the state where a guard page does its work. In: x19. Clobbers x9, x10. With thread-local
 * variables link64.ld lets piboot_set_thread_locals come first. */
    .globl  piboot_set_stack
    .hidden piboot_set_stack
    .weak   piboot_prepare_core
    .set    piboot_prepare_core, piboot_set_stack
FUNC piboot_set_stack
    PAGE_ADDRESS x9, piboot_stacks
    MOV32   x10, STACK_STRIDE
    madd    x9, x19, x10, x9
    add     sp, x9, x10
#if PIBOOT_EXCEPTIONS
    PAGE_ADDRESS x10, piboot_core_states
    add     x10, x10, x19, lsl #CACHE_LINE_LOG2
#if PIBOOT_MMU
    add     x9, x10, #STATE_CANARY
#else
    add     x9, x9, #PIBOOT_STACK_GUARD - 16
    str     x9, [x9]
#endif
    stp     x9, x9, [x10, #STATE_EXPECTED]
#endif
    ADDRESS x9, VECTORS
    msr     vbar_el1, x9
    isb                                 // from here a fault is reported, or parks
    mov     x29, xzr                    // a backtrace ends here
    ret
ENDFUNC piboot_set_stack

/* This core's copy of the thread-local variables, and TPIDR_EL1 for code that was compiled with -mtp=el1, TPIDR_EL0 for
 * other code (AAPCS64, section 6.4.1; TLS variant 1: 16 bytes, then the variables, as aligned as they are). It is linked if
 * there are any: link64.ld has its place, so it names what it needs by address alone. In: x19. Clobbers x9-x13. */
    .weak   __piboot_tdata, __piboot_tdata_end, __piboot_thread_locals, __piboot_thread_size, __piboot_thread_offset
    .globl  piboot_set_thread_locals
    .hidden piboot_set_thread_locals
FUNC piboot_set_thread_locals, .text.piboot_thread_locals
    ldr     x10, .Lthread_locals
    ldr     x9, .Lthread_size
    madd    x10, x19, x9, x10
    msr     tpidr_el1, x10
    msr     tpidr_el0, x10
    add     x11, x10, x9                // where it ends
    ldr     x9, .Lthread_offset
    add     x10, x10, x9
    ldr     x9, .Lthread_first
    ldr     x12, .Lthread_first_end     // all of these are multiples of 8
.Lthread_word:
    mov     x13, xzr
    cmp     x9, x12
    b.hs    .Lthread_zero               // behind .tdata: .tbss
    ldr     x13, [x9], #8
.Lthread_zero:
    str     x13, [x10], #8
    cmp     x10, x11
    b.lo    .Lthread_word
    ldr     x9, .Lthread_next
    br      x9
    .balign 8                           // literals are accesses, too, and the MMU may be off
.Lthread_locals:
    .quad   __piboot_thread_locals
.Lthread_size:
    .quad   __piboot_thread_size
.Lthread_offset:
    .quad   __piboot_thread_offset
.Lthread_first:
    .quad   __piboot_tdata
.Lthread_first_end:
    .quad   __piboot_tdata_end
.Lthread_next:
    .quad   piboot_set_stack
ENDFUNC piboot_set_thread_locals

/* ---- 10: memory (core 0) -----------------------------------------------------------------------------
 * Notes down where we are and how we came in, for piboot_peripherals(), piboot_entry_el() and piboot_dtb(). A tree that lay, or ended, between our first byte
 * and the end of .bss and stacks is gone, and is not handed out; one in the heap moves below the image. In: x20, x21, x27.
 * Clobbers x9-x17. */
FUNC piboot_note_entry
    BOARD   x9
    ldp     w9, w10, [x9, #BOARD_PERIPHERALS] // and the local ones, behind them
    DEVICE_OFFSET w9
    DEVICE_OFFSET w10
    ADD_BASE x9, x12
    ADD_BASE x10, x12
    ADDRESS x11, piboot_boot
    stp     x9, x10, [x11, #PIBOOT_BOOT_PERIPHERALS] // first of all: a console needs them to report a fault
    mov     x9, xzr
    tst     x20, #7
    b.ne    .Lnote_dtb                  // not aligned as booting.rst demands
    sub     x10, x20, #DTB_LOWEST
    MOV32   x11, DTB_END - DTB_LOWEST
    cmp     x10, x11
    b.hs    .Lnote_dtb                  // null, or not in RAM
    ADD_BASE x20, x12                   // from here on as the kernel sees it
    adr     x10, _start
    MEMORY_END x11, x12
#if PIBOOT_MMU
    cmp     x20, x10
    ccmp    x20, x11, #2, hs            // below the image: C set, as hs
    b.lo    .Lnote_dtb                  // overwritten; the guards below the stacks cannot even be read
#endif
    ldp     w12, w13, [x20]             // magic, totalsize: both big-endian
    MOV32   x14, DTB_MAGIC_LE
    cmp     w12, w14
    b.ne    .Lnote_dtb                  // ATAGS, or nothing
    rev     w13, w13
    sub     w14, w13, #DTB_HEADER
    lsr     w14, w14, #DTB_MAX_LOG2
    cbnz    w14, .Lnote_dtb             // shorter than its header, or too long for a tree
    add     x13, x20, x13               // its end
    MOV32   x14, RAM_END
    ADD_BASE x14, x12
    cmp     x13, x14
    b.hi    .Lnote_dtb                  // not all of it in RAM
    cmp     x13, x10
    ccmp    x20, x11, #2, hi            // ends below the image: C set, as hs
    b.lo    .Lnote_dtb                  // overwritten
    mov     x9, x20
    ADDRESS x11, piboot_heap
    ldp     x14, x15, [x11]             // __heap_start, __heap_end: 0, 0 if the script tells neither
    cmp     x20, x15
    ccmp    x13, x14, #0, lo            // begins behind the heap: C clear, as ls
    b.ls    .Lnote_dtb                  // or ends below it

    // The kernel will use the heap: the tree goes to where the image begins, if it fits there, above page 0.
    mov     x9, xzr
    cmp     x14, x10
    b.lo    .Lnote_dtb                  // the heap is there
    and     x15, x20, #8                // 16 bytes at a time, from a multiple of 16
    sub     x20, x20, x15
    sub     x12, x20, x13               // less its size
    add     x12, x10, x12
    bic     x12, x12, #15               // to
    mov     x14, #PAGE
    ADD_BASE x14, x11
    cmp     x12, x14
    ccmp    x12, x10, #2, hs            // below page 1: C set, as hs
    b.hs    .Lnote_dtb
    add     x9, x12, x15
.Lmove_dtb_16:
    ldp     x14, x15, [x20], #16
    stp     x14, x15, [x12], #16
    cmp     x20, x13
    b.lo    .Lmove_dtb_16
.Lnote_dtb:
    ADDRESS x10, piboot_boot
    stp     x21, x9, [x10, #PIBOOT_BOOT_ENTRY_EL] // and the tree, behind it
    ret
ENDFUNC piboot_note_entry

/* Zeroes [__bss_start, __bss_end) but for the stacks, and what link64.ld has behind these, whatever its size and
 * alignment: bytes up to a multiple of 16, with the MMU 16s up to a cache line, then blocks, 16s, bytes. Clobbers
 * x9-x12, x23, q0-q3. */
#if PIBOOT_MMU
#define BSS_BLOCK 1024
#define BSS_ZEROES 0                   /* q registers that are zero */
.macro CLEAR_BLOCK
    .rept   BSS_BLOCK / CACHE_LINE      // DCZID_EL0.BS is 4, 2^4 words: 64 bytes on A53 and A72
    dc      zva, x9
    add     x9, x9, #CACHE_LINE
    .endr
.endm
#else
#define BSS_BLOCK 512
#define BSS_ZEROES 0, 1, 2, 3
.macro CLEAR_BLOCK
    .rept   BSS_BLOCK / 64
    st1     {v0.2d-v3.2d}, [x9], #64
    .endr
.endm
#endif

FUNC piboot_clear_bss
    mov     x23, x30
    ADDRESS x9, __bss_start
    ADDRESS x12, __bss_end
    ADDRESS x10, piboot_reserved_start
    tst     x10, #PAGE - 1
    b.ne    piboot_park_unaligned       // a script with SUBALIGN: nothing of PiBoot's is where it should be
    cmp     x10, x12
    csel    x10, x10, x12, lo           // up to the stacks, if a script has them among .bss
    bl      piboot_clear_range
    PAGE_ADDRESS x11, piboot_reserved_end
    cmp     x9, x11
    csel    x9, x9, x11, hi             // and behind them
    PAGE_ADDRESS x10, __piboot_tail_end
    cmp     x10, x12
    csel    x10, x10, x12, hi
    mov     x30, x23
    // falls through
ENDFUNC piboot_clear_bss

/* Zeroes [x9, x10). Out: x9 its end, or x9 if that is behind it. Clobbers x11, q0-q3. */
FUNC piboot_clear_range
    .irp    register, BSS_ZEROES
    movi    v\register\().2d, #0
    .endr
.Lbss_next:
    subs    x11, x10, x9                // bytes left
    b.ls    .Lbss_done
    tst     x9, #15
    ccmp    x11, #16, #0, eq            // aligned, and 16 left? else C clear, as lo
    b.hs    .Lbss_aligned
    strb    wzr, [x9], #1
    b       .Lbss_next
.Lbss_aligned:
    cmp     x11, #BSS_BLOCK
#if PIBOOT_MMU
    b.lo    .Lbss_16
    tst     x9, #CACHE_LINE - 1
    b.eq    .Lbss_blocks
.Lbss_16:
#else
    b.hs    .Lbss_blocks
#endif
    str     q0, [x9], #16
    b       .Lbss_next
.Lbss_blocks:
    bic     x11, x11, #BSS_BLOCK - 1
    add     x11, x11, x9                // the end of the last whole block
1:  CLEAR_BLOCK
    cmp     x9, x11
    b.ne    1b
    b       .Lbss_next
.Lbss_done:
    ret
ENDFUNC piboot_clear_range
PARK piboot_park_unaligned

/* Calls the functions of .init_array, in order; none with a script that does not tell where they are. */
    .weak   __init_array_start, __init_array_end
FUNC piboot_run_constructors
    mov     x23, x30
    ADDRESS x24, __init_array_start
    ADDRESS x25, __init_array_end
.Lnext_constructor:
    cmp     x24, x25
    b.hs    .Lconstructed
    ldr     x9, [x24], #8
    blr     x9
    b       .Lnext_constructor
.Lconstructed:
    ret     x23
ENDFUNC piboot_run_constructors

#if PIBOOT_MULTICORE
/* ---- 10: wait (cores 1 to 3) -------------------------------------------------------------------------
 * Waits for the word to go on, or sleeps for ever. The words go by memory, whatever caches and maps the cores have by
 * now: each side cleans its own, and looks at the other's past its cache. In: x19. Clobbers x9-x11. */
FUNC piboot_wait_for_turn, .text.piboot_late
    CALL_WORD x9, x19
    add     x10, x9, #ANSWER
.Lwait_look:
    dc      civac, x9
    dsb     sy                          // no old line in our cache
    ldar    x11, [x9]                   // acquire: what the alive before wrote is seen after it
    cmp     x11, #GO
    b.eq    .Lmy_turn
    wfe                                 // the SEV of piboot_let_next_go
    b       .Lwait_look
.Lmy_turn:
    mov     x11, #GONE
    str     x11, [x10]
    dc      civac, x10
    dc      civac, x9
    dsb     sy                          // the answer is in memory, and no old line of the call in our cache
    ldar    x11, [x9]
    cmp     x11, #GO
    b.ne    .Lwait_look                 // it has been taken back
    ret
ENDFUNC piboot_wait_for_turn

/* ---- 11: let the next core go ------------------------------------------------------------------------
 * Lets the first core after this one go that was gathered in time and goes in time; the others are reported, and never
 * let go. Words are cleaned with CIVAC, not CVAC: Cortex-A53 erratum 855873. In: x19, x28. Clobbers x0-x18 (it calls
 * C), x23-x25. */
FUNC piboot_let_next_go, .text.piboot_late
    mov     x25, x30
    mov     x23, x19
.Lnext_core:
    add     x23, x23, #1
    cmp     x23, #CORES
    b.hs    .Lall_gone
    CALL_WORD x24, x23
    dc      civac, x24
    dsb     sy                          // no old line in our cache
    ldr     x9, [x24]
    cmp     x9, #CALLED
    b.ne    .Llost                      // it was not in the pen in time
    add     x10, x24, #ANSWER
    START_CLOCK
.Lgo:
    mov     x11, #GO
.Ltell:
    str     x11, [x24]
.Lgo_again:
    dc      civac, x24
    dc      civac, x10
    dsb     sy                          // the word, and all that alive wrote, before the SEV; no old answer in our cache
    sev                                 // again and again: one may be lost on hardware
    yield                               // an emulator that runs one core at a time: to the next one
    mrs     x7, cntvct_el0
    ldr     x9, [x10]
    cmp     x9, #HERE
    b.ne    .Lit_goes                   // GONE, or ARRIVED already
    tbz     x11, #GO_BIT, .Llost        // not even when it was taken back
    IF_TIME_IS_LEFT .Lgo_again
    mov     x11, #CALLED                // taken back: it finds that, or we find that it has gone
    b       .Ltell
.Lit_goes:
    tbz     x11, #GO_BIT, .Lgo          // it answered in that very moment, and waits for the word again
    ret     x25
.Llost:
    mov     w0, w23
    bl      piboot_report_lost          // PIBOOT_CONSOLE's line
    mov     w0, w23
    bl      piboot_core_lost            // PIBOOT_CORE_LOST(fn)
    b       .Lnext_core
.Lall_gone:
    ret     x25
ENDFUNC piboot_let_next_go
#endif

/* ---- Faults ------------------------------------------------------------------------------------------ */

#if PIBOOT_EXCEPTIONS
/* One table for EL1 and EL2 (VBAR: 2 KiB aligned, 16 slots of 0x80 bytes; Arm ARM D1.10.2). At EL2 only slot 8, a
 * synchronous exception from EL1, can come: HVC, or an SMC that HCR_EL2.TSC traps. */
#define SP_ODD 0xf                     /* bits that SP must not have: a multiple of 16 */
#define SP_BAD 0xffffffffc000000f      /* nor, with the MMU off, at 1 GiB or more */

.macro VECTOR number, handler
    .balign VECTOR_SLOT
.Lslot_\@:
    .if     PIBOOT_MMU || (\number) == 4 || (\number) == 8
    msr     tpidrro_el0, x0
    .endif
    .if     (\number) == 8
    mrs     x0, CurrentEL
    tbnz    x0, #3, piboot_hand_down    // at EL2
    .endif
#if PIBOOT_MMU
    // Can this stack take a frame? Translating its two ends answers without touching it; a guard is longer.
    sub     x0, sp, #PIBOOT_FRAME_SIZE
    .if     (\number) == 4
    tst     x0, #SP_ODD
    b.ne    .Lno_stack_\@
    .endif
    at      s1e1w, x0
    isb                                 // PAR_EL1 holds the answer
    mrs     x0, par_el1
    tbnz    x0, #0, .Lno_stack_\@       // PAR_EL1.F
    sub     x0, sp, #16
    at      s1e1w, x0
    isb
    mrs     x0, par_el1
    tbnz    x0, #0, .Lno_stack_\@
    mrs     x0, tpidrro_el0
    msr     tpidrro_el0, xzr            // EL0 could read it
#else
    .if     (\number) == 4
    // A store by a bad SP would fault, and come back here, for ever.
    mov     x0, sp
    tst     x0, #SP_BAD
    b.ne    .Lno_stack_\@
    .endif
    .if     (\number) == 4 || (\number) == 8
.Lgood_stack_\@:
    mrs     x0, tpidrro_el0
    msr     tpidrro_el0, xzr            // EL0 could read it
    .endif
#endif
#if PIBOOT_FRAME_FP
    sub     sp, sp, #PIBOOT_FRAME_SIZE
    stp     x0, x1, [sp, #PIBOOT_FRAME_X]
#else
    stp     x0, x1, [sp, #-PIBOOT_FRAME_SIZE]!
#endif
    ADDRESS x1, \handler
    mov     x0, #\number
    b       piboot_save_frame
    .if     PIBOOT_MMU || (\number) == 4
.Lno_stack_\@:
#if !PIBOOT_MMU
    // A kernel that turned its own MMU on may have its stacks anywhere.
    mrs     x0, sctlr_el1
    tbz     x0, #0, .Lbad_stack_\@      // SCTLR_EL1.M
    mov     x0, sp
    tst     x0, #SP_ODD
    b.ne    .Lbad_stack_\@
    sub     x0, sp, #PIBOOT_FRAME_SIZE
    at      s1e1w, x0
    isb                                 // PAR_EL1 holds the answer
    mrs     x0, par_el1
    tbnz    x0, #0, .Lbad_stack_\@      // PAR_EL1.F
    sub     x0, sp, #16
    at      s1e1w, x0
    isb
    mrs     x0, par_el1
    tbz     x0, #0, .Lgood_stack_\@
.Lbad_stack_\@:
#endif
    mov     x0, sp
    msr     sp_el0, x0
    mov     x0, #\number
    b       piboot_no_stack
    .endif
    .if     . - .Lslot_\@ > VECTOR_SLOT
    .error  "BUG(piboot): a vector is longer than its slot of 128 bytes"
    .endif
.endm

/* q0-q31, in pairs, to or from the frame. */
.macro FP_REGISTERS move
    FP_PAIR \move, q0, q1, 0
    FP_PAIR \move, q2, q3, 2
    FP_PAIR \move, q4, q5, 4
    FP_PAIR \move, q6, q7, 6
    FP_PAIR \move, q8, q9, 8
    FP_PAIR \move, q10, q11, 10
    FP_PAIR \move, q12, q13, 12
    FP_PAIR \move, q14, q15, 14
    FP_PAIR \move, q16, q17, 16
    FP_PAIR \move, q18, q19, 18
    FP_PAIR \move, q20, q21, 20
    FP_PAIR \move, q22, q23, 22
    FP_PAIR \move, q24, q25, 24
    FP_PAIR \move, q26, q27, 26
    FP_PAIR \move, q28, q29, 28
    FP_PAIR \move, q30, q31, 30
.endm
.macro FP_PAIR move, first, second, number
    \move    \first, \second, [sp, #PIBOOT_FRAME_Q + 16 * \number]
.endm

/* The address of this core's state. piboot_core_states is a multiple of 4096. */
.macro CORE_STATE state, scratch
    mrs     \scratch, mpidr_el1
    adrp    \state, piboot_core_states
    bfi     \state, \scratch, #CACHE_LINE_LOG2, #2 // Aff0, 0 to 3
.endm

    .section .text.piboot_vectors, "ax", %progbits
    .balign 0x800
    .type   piboot_vectors, %function
piboot_vectors:
    .irp    from, 0, 4, 8, 12           // EL1t, EL1h, EL0 AArch64, EL0 AArch32
    VECTOR  (\from+0), piboot_sync
    VECTOR  (\from+1), piboot_irq
    VECTOR  (\from+2), piboot_fiq
    VECTOR  (\from+3), piboot_serror
    .endr
ENDFUNC piboot_vectors

/* The rest of the frame, then the handler, then everything back as the handler left it.
 * In: x0 vector, x1 handler; SP at the frame, which has x0 and x1. */
FUNC piboot_save_frame, .text.piboot_vectors
    stp     x2, x3, [sp, #16]
    stp     x4, x5, [sp, #32]
    stp     x6, x7, [sp, #48]
    stp     x8, x9, [sp, #64]
    stp     x10, x11, [sp, #80]
    stp     x12, x13, [sp, #96]
    stp     x14, x15, [sp, #112]
    stp     x16, x17, [sp, #128]
    stp     x18, x19, [sp, #144]
    stp     x20, x21, [sp, #160]
    stp     x22, x23, [sp, #176]
    stp     x24, x25, [sp, #192]
    stp     x26, x27, [sp, #208]
    stp     x28, x29, [sp, #224]
    add     x2, sp, #PIBOOT_FRAME_SIZE  // SP_EL1 before
    tbnz    x0, #2, .Lsp_el1
    mrs     x2, sp_el0                  // the interrupted code had the other one
.Lsp_el1:
    stp     x30, x2, [sp, #240]
    mrs     x2, elr_el1
    mrs     x3, spsr_el1
    stp     x2, x3, [sp, #PIBOOT_FRAME_ELR]
    mrs     x2, esr_el1
    mrs     x3, far_el1
    stp     x2, x3, [sp, #PIBOOT_FRAME_ESR]
    str     x0, [sp, #PIBOOT_FRAME_VECTOR]
    CORE_STATE x19, x2                  // x19 and x20 are the handler's to keep
#if PIBOOT_MMU
    ldp     x20, x3, [x19, #STATE_EXPECTED] // the canary is in the state
#else
    ldp     x20, x2, [x19, #STATE_EXPECTED]
    ldr     x3, [x2]
#endif
    cmp     x3, x20
    b.ne    .Lnot_as_expected
.Lcall_handler:
    str     x19, [x19, #STATE_EXPECTED] // a handler runs: no canary holds this
#if PIBOOT_FRAME_FP
    mrs     x2, fpsr
    mrs     x3, fpcr
    stp     x2, x3, [sp, #PIBOOT_FRAME_FPSR]
    FP_REGISTERS stp
#endif
    mov     x0, sp
    blr     x1                          // void handler(struct piboot_frame *)

    msr     daifset, #0xf               // it may have unmasked: ELR and SPSR must stay ours
.Lresume_frame:
    str     x20, [x19, #STATE_EXPECTED]
#if PIBOOT_FRAME_FP
    FP_REGISTERS ldp
    ldp     x2, x3, [sp, #PIBOOT_FRAME_FPSR]
    msr     fpsr, x2
    msr     fpcr, x3
#endif
    ldp     x2, x3, [sp, #PIBOOT_FRAME_ELR]
    msr     elr_el1, x2
    msr     spsr_el1, x3
    ldp     x30, x2, [sp, #240]
    tbnz    x3, #0, .Lrestore           // SPSR: back to EL1h
    tbnz    x3, #4, .Lto_aarch32        // whose SP is x13: SP_EL0 stays the kernel's
    msr     sp_el0, x2                  // to EL1t or EL0
.Lto_aarch32:
    mrs     x2, contextidr_el1          // Cortex-A53 erratum 845719: without this write an AArch32 load may get what
    msr     contextidr_el1, x2          // EL1 has just loaded by an address with the same low 32 bits
    add     x2, sp, #PIBOOT_FRAME_SIZE
.Lrestore:
    ldp     x28, x29, [sp, #224]
    ldp     x26, x27, [sp, #208]
    ldp     x24, x25, [sp, #192]
    ldp     x22, x23, [sp, #176]
    ldp     x20, x21, [sp, #160]
    ldp     x18, x19, [sp, #144]
    ldp     x16, x17, [sp, #128]
    ldp     x14, x15, [sp, #112]
    ldp     x12, x13, [sp, #96]
    ldp     x10, x11, [sp, #80]
    ldp     x8, x9, [sp, #64]
    ldp     x6, x7, [sp, #48]
    ldp     x4, x5, [sp, #32]
    mov     x1, sp                      // the frame, below SP from here on: exceptions are masked
    mov     sp, x2
    ldp     x2, x3, [x1, #16]
    ldp     x0, x1, [x1]
    eret

.Lnot_as_expected:
    cmp     x20, x19
    b.ne    .Loverflowed
    tst     x0, #3                      // in a handler: it may let interrupts in, but not fault
    b.ne    .Lcall_handler              // IRQ, FIQ, SError
    tbnz    x0, #3, .Lcall_handler      // from EL0, so not from a handler
    mov     x1, sp
    ADDRESS x0, .Lfault_in_handler
    b       piboot_stop
.Loverflowed:
    mov     x1, sp
    add     x2, sp, #PIBOOT_FRAME_SIZE
    b       piboot_stack_overwritten
ENDFUNC piboot_save_frame

/* void piboot_resume(const struct piboot_frame *): the frame is copied to the top of this core's stack, where the next
 * exception from EL0 puts its own, and restored from there. It may lie anywhere, in that stack too: from its end to its
 * beginning. */
    .globl  piboot_resume
FUNC piboot_resume, .text.piboot_resume
    msr     daifset, #0xf
    CORE_STATE x19, x2
    ldr     x20, [x19, #STATE_CANARY]   // no handler runs any more
    and     x2, x2, #CORES - 1
    PAGE_ADDRESS x1, piboot_stacks
    MOV32   x3, STACK_STRIDE
    madd    x1, x2, x3, x1
    add     x1, x1, x3                  // the top
    sub     x2, x1, #PIBOOT_FRAME_SIZE
    add     x0, x0, #PIBOOT_FRAME_SIZE
.Lresume_copy:
    ldp     x3, x4, [x0, #-16]!
    stp     x3, x4, [x1, #-16]!
    cmp     x1, x2
    b.ne    .Lresume_copy
    mov     sp, x2
    b       .Lresume_frame
ENDFUNC piboot_resume

/* At EL2: the exception becomes one of EL1's, as if EL1 had taken it; HVC and SMC have no FAR. In: TPIDRRO_EL0 x0. */
FUNC piboot_hand_down, .text.piboot_vectors
    mov     sp, x1                      // SP_EL2 is free to keep x1
    mrs     x0, elr_el2
    msr     elr_el1, x0
    mrs     x0, esr_el2
    msr     esr_el1, x0
    mrs     x0, spsr_el2
    msr     spsr_el1, x0
    mrs     x1, vbar_el1
    tbz     x0, #0, .Lfrom_el1t
    add     x1, x1, #0x200              // it was EL1h
.Lfrom_el1t:
    msr     elr_el2, x1
    mov     x0, #SPSR_DAIF | SPSR_EL1H
    msr     spsr_el2, x0
    mov     x1, sp
    mrs     x0, tpidrro_el0
    msr     tpidrro_el0, xzr
    eret
ENDFUNC piboot_hand_down

/* The stack cannot take a frame: it goes onto the emergency stack. In: x0 vector, TPIDRRO_EL0 x0, SP_EL0 SP. This
 * core will not go on, so SP_EL0 was given up. */
FUNC piboot_no_stack, .text.piboot_vectors
    mov     sp, x1                      // SP is free to keep x1
    mrs     x1, mpidr_el1
    bfi     x0, x1, #EMERGENCY_SIZE_LOG2, #2 // Aff0; the vector stays in the low bits of a multiple of 4096
    PAGE_ADDRESS x1, piboot_emergency_stacks + EMERGENCY_SIZE
    add     x1, x0, x1
    bic     x0, x1, #15
    sub     x0, x0, #PIBOOT_FRAME_SIZE  // the frame
    and     x1, x1, #15
    str     x1, [x0, #PIBOOT_FRAME_VECTOR]
    mov     x1, sp
    str     x1, [x0, #PIBOOT_FRAME_X + 8]
    mrs     x1, tpidrro_el0
    msr     tpidrro_el0, xzr
    str     x1, [x0, #PIBOOT_FRAME_X]
    mov     sp, x0
    CORE_STATE x0, x1
    add     x1, x0, #STATE_CANARY       // as expected, also in a handler: what matters is that the stack is gone
    stp     x1, x1, [x0, #STATE_EXPECTED]
    ldr     x0, [sp, #PIBOOT_FRAME_VECTOR]
    ADDRESS x1, .Lno_stack_handler
    b       piboot_save_frame
.Lno_stack_handler:
    mov     x1, x0
    mrs     x2, sp_el0
    str     x2, [x1, #PIBOOT_FRAME_SP]
    ADDRESS x0, .Lbad_sp
    b       piboot_stack_is_bad
ENDFUNC piboot_no_stack

#if !PIBOOT_MMU
/* After alive(n): a broken canary is reported while the cause is near. Clobbers x0, x1. */
FUNC piboot_check_canary, .text.piboot_vectors
    CORE_STATE x0, x1
    ldp     x0, x1, [x0, #STATE_EXPECTED]
    ldr     x1, [x1]
    cmp     x0, x1
    mov     x1, xzr
    mov     x2, sp
    b.ne    piboot_stack_overwritten
    ret
ENDFUNC piboot_check_canary
#endif

/* The word that guards this core's stack is not as it should be. In: x1 the frame, or null; x2 SP. */
FUNC piboot_stack_overwritten, .text.piboot_vectors
    ADDRESS x0, .Lstack_overwritten
    // falls through
ENDFUNC piboot_stack_overwritten

/* A stack overflow, if SP is in the guard below this core's stack, or so near that no frame fits; else what x0 says. In: x1
 * the frame, or null; x2 SP. */
FUNC piboot_stack_is_bad, .text.piboot_vectors
    mrs     x3, mpidr_el1
    and     x3, x3, #CORES - 1
    PAGE_ADDRESS x4, piboot_stacks
    MOV32   x5, STACK_STRIDE
    madd    x4, x3, x5, x4              // this core's guard
    sub     x2, x2, x4
    MOV32   x5, STACK_OVERFLOW_RANGE
    cmp     x2, x5
    b.hi    piboot_stop
    ADDRESS x0, .Lstack_overflow
    b       piboot_stop
ENDFUNC piboot_stack_is_bad

/* The handlers of whoever did not write PIBOOT_SYNC, _IRQ, _FIQ or _SERROR. In: x0 the frame. */
    .weak   piboot_sync, piboot_irq, piboot_fiq, piboot_serror
FUNC piboot_sync, .text.piboot_vectors
piboot_irq:
piboot_fiq:
piboot_serror:
    mov     x1, x0
    ldr     x2, [x0, #PIBOOT_FRAME_VECTOR]
    and     x2, x2, #3
    ADDRESS x0, piboot_unhandled
    add     x2, x2, x2, lsl #1
    add     x0, x0, x2, lsl #3          // 24 bytes each
    b       piboot_stop
ENDFUNC piboot_sync

    .section .rodata.piboot, "a", %progbits
    .globl  piboot_unhandled
    .hidden piboot_unhandled
piboot_unhandled:
    .asciz  "synchronous exception"
    .org    piboot_unhandled + 24
    .asciz  "unexpected IRQ"
    .org    piboot_unhandled + 48
    .asciz  "unexpected FIQ"
    .org    piboot_unhandled + 72
    .asciz  "SError"
.Lstack_overflow:
    .asciz  "stack overflow"
.Lstack_overwritten:
    .asciz  "stack overflow, or a stray write"
.Lbad_sp:
    .asciz  "SP is not a stack"
.Lfault_in_handler:
    .asciz  "fault in a handler"
#endif

/* void piboot_panic(const char *message): never returns. */
    .globl  piboot_panic
FUNC piboot_panic, .text.piboot_panic
    mov     x1, xzr                     // no frame
    // falls through
ENDFUNC piboot_panic

/* Reports x0 message, x1 frame, calls the PIBOOT_PANIC hook, parks. A fault on the way comes here again and is
 * reported once; the next one parks without a word. */
FUNC piboot_stop, .text.piboot_panic
    msr     daifset, #0xf
    mov     x9, #CPACR_FPEN             // the hooks may use FP, whatever the kernel did
    msr     cpacr_el1, x9
    isb                                 // before they do
    mov     x19, x0
    mov     x20, x1
    mrs     x21, mpidr_el1
    and     x21, x21, #CORES - 1
    ADDRESS x22, piboot_panics
    ldr     w9, [x22, x21, lsl #2]      // how often this core was here
    add     w10, w9, #1
    str     w10, [x22, x21, lsl #2]
    cbz     w9, .Lfirst
    cmp     w9, #1
    b.hi    .Lgive_up
    ADDRESS x19, .Lagain
.Lfirst:
    PAGE_ADDRESS x9, piboot_emergency_stacks + EMERGENCY_SIZE
    add     x9, x9, x21, lsl #EMERGENCY_SIZE_LOG2
    sub     x10, x9, #EMERGENCY_SIZE
    mov     x11, sp
    cmp     x11, x10
    ccmp    x11, x9, #2, hs             // C set, as hs, if it is below the emergency stack
    b.lo    .Lreport                    // already on it: what lies there is being reported
    mov     sp, x9
.Lreport:
    mov     x0, x19                     // x1 is the frame, still
    bl      piboot_report               // PIBOOT_CONSOLE's
    mov     x0, x19
    mov     x1, x20
    bl      piboot_panic_hook           // PIBOOT_PANIC(fn)
.Lgive_up:
    add     x22, x22, x21, lsl #2
    str     wzr, [x22, #PIBOOT_PANIC_TICKET] // another core's report need not wait for ours
    // falls through
ENDFUNC piboot_stop
PARK piboot_park_panic, .text.piboot_panic

    .section .rodata.piboot_panic, "a", %progbits
.Lagain:
    .asciz  "fault during the report"

/* ---- Handing over --------------------------------------------------------------------------------------
 * void piboot_hand_over(uint64_t entry, uint64_t x0): piboot.h says what for, and what it leaves. In this order:
 *   cores 1-3   MMU and caches off; ARRIVED; wait for LEAVE, then as every core that is called out
 *   core 0      waits for them; MMU and caches off; cleans all memory that the kernel was offered; copies a pen to page 0;
 *               makes an HVC lead to where x10 says; calls every core out, whether it waits here, in the firmware's pen or,
 *               with one core, in piboot_park_unused; waits until they are in the new pen; starts the next image
 * What core 0 writes is written with all caches off, and before anybody reads it: nothing of it is in any image. */
#define OUTSIDE_PEN 0xf00              /* behind the firmware's stub and ATAGS, QEMU's pen at 0x300 and loaders' like them */
#define OUTSIDE_PEN_SIZE 64
#define LOWER_SYNC (8 * VECTOR_SLOT)   /* at EL2: an HVC of EL1's */
#define BR_X10 0xd61f0140              /* br x10 */
#define B_FORWARD 0x14000000           /* b, and how many instructions further, in 26 bits */

/* Copied to OUTSIDE_PEN, as the firmware's is: cores wait here for their slot. By pairs of words, and with the MMU off,
 * where an access that is not aligned is a fault. */
    .section .text.piboot_hand_over, "ax", %progbits
    .balign 8
FUNC piboot_outside_pen, .text.piboot_hand_over
    mrs     x4, mpidr_el1
    mov     x5, #SPIN_TABLE
    ubfiz   x4, x4, #3, #2              // Aff0
    add     x4, x4, x5
    str     xzr, [x4]                   // here we are
.Loutside_look:
    ldr     x5, [x4]
    cbnz    x5, .Loutside_go
    wfe                                 // a SEV since the look makes it return at once
    b       .Loutside_look
.Loutside_go:
    isb                                 // before a fetch from where an image was loaded
    mov     x0, xzr
    mov     x1, xzr
    mov     x2, xzr
    mov     x3, xzr
    br      x5
    .if     . - piboot_outside_pen > OUTSIDE_PEN_SIZE
    .error  "BUG(piboot): the pen is longer than what is copied of it"
    .endif
ENDFUNC piboot_outside_pen
#if PIBOOT_KERNEL_BASE != 0
/* Returns below the base, where the code runs on when the MMU goes off: by TTBR0, as in piboot_mmu_on. Clobbers
 * x9-x11. */
FUNC piboot_leave_base, .text.piboot_hand_over
    mrs     x9, tcr_el1
    orr     x9, x9, #1 << TCR_EPD0_BIT
    msr     tcr_el1, x9
    isb                                 // no walk by TTBR0 while it changes
    MOV_BASE x11
    PAGE_ADDRESS x10, __piboot_tables + TOP_PAGES * PAGE // level 2
    sub     x10, x10, x11
    msr     ttbr0_el1, x10
    mov     x10, #TCR_SZ(30)
    bfi     x9, x10, #0, #TCR_T0SZ_BITS
    bic     x9, x9, #1 << TCR_EPD0_BIT
    tlbi    vmalle1                     // no translation of the kernel's own
    dsb     nsh                         // the TLB has none
    msr     tcr_el1, x9
    isb                                 // before the next fetch
    sub     x30, x30, x11
    ret
ENDFUNC piboot_leave_base
#endif

    .globl  piboot_hand_over
FUNC piboot_hand_over, .text.piboot_hand_over
    msr     daifset, #0xf
    mov     x26, x0
    mov     x25, x1
#if PIBOOT_MULTICORE
    mrs     x9, mpidr_el1
    tst     x9, #CORES - 1
    b.ne    .Lleave_the_image
#endif
    sub     x9, x26, #PAGE
    MOV32   x10, RAM_END - PAGE
    tst     x26, #3
    ccmp    x9, x10, #2, eq             // aligned, and in RAM above page 0? else C set, as hs
    ADDRESS x0, .Lbad_entry
    b.hs    .Lcannot_hand_over
    WAKE_LIMIT
#if PIBOOT_MULTICORE
    START_CLOCK
.Lawait_all:
    mrs     x7, cntvct_el0              // before the look: who comes in time is never late
    PAGE_ADDRESS x9, piboot_calls
    add     x9, x9, #ANSWER
    mov     x11, #CORES - 1
.Lawait_next:
    add     x9, x9, #CACHE_LINE
    dc      civac, x9
    dsb     sy                          // no old line in our cache
    ldr     x10, [x9]
    cmp     x10, #ARRIVED
    ccmp    x10, #0, #4, ne             // it never came: it is outside
    b.ne    .Lawait_more
    subs    x11, x11, #1
    b.ne    .Lawait_next
    b       .Lall_arrived
.Lawait_more:
    yield                               // an emulator that runs one core at a time: to the next one
    IF_TIME_IS_LEFT .Lawait_all
    ADDRESS x0, .Lnot_all_arrived
    b       .Lcannot_hand_over          // while the console still has its memory
.Lall_arrived:
#endif

#if PIBOOT_KERNEL_BASE != 0
    bl      piboot_leave_base
#endif
    bl      piboot_quiesce
    ADDRESS x11, piboot_heap
    MEMORY_END x10, x9
    ldr     x11, [x11, #8]              // __heap_end, or 0
#if PIBOOT_KERNEL_BASE != 0
    MOV_BASE x9
    subs    x11, x11, x9
    csel    x11, xzr, x11, lo           // 0 still
#endif
    cmp     x10, x11
    csel    x10, x10, x11, hi
    mov     x9, xzr
    bl      piboot_clean_range          // whichever core has the lines: addresses are Device's now, for all cores

    // The pen.
    mov     x9, #OUTSIDE_PEN
    ADDRESS x10, piboot_outside_pen
    .rept   OUTSIDE_PEN_SIZE / 16
    ldp     x11, x12, [x10], #16
    stp     x11, x12, [x9], #16
    .endr

    // EL2's vectors run with no MMU, in memory: from now on an HVC goes on at EL2, at x10. EL1's do not come here again.
    ADDRESS x9, VECTORS
    MOV32   x10, BR_X10
    str     w10, [x9, #LOWER_SYNC]
#if !PIBOOT_MULTICORE
    // A core that sleeps in piboot_park_unused branches on from there: a B may become another B while it is executed
    // (Arm ARM B2.2.5).
    ADDRESS x9, piboot_park_unused + PARK_ASLEEP + 4
    ADDRESS x10, .Lleave_park
    sub     x10, x10, x9
    lsr     x10, x10, #2
    MOV32   x11, B_FORWARD
    bfi     x11, x10, #0, #26
    str     w11, [x9]
#endif
    bl      .Lnew_code_visible          // and the next image's

    mov     x9, #OUTSIDE_PEN
    mov     x11, #SPIN_TABLE
    str     x9, [x11, #8]
    stp     x9, x9, [x11, #16]
#if PIBOOT_MULTICORE
    PAGE_ADDRESS x9, piboot_calls
    mov     x10, #LEAVE
    .irp    core, 1, 2, 3
    str     x10, [x9, #\core * CACHE_LINE]
    .endr
#endif
    START_CLOCK
.Lcall_out:
    dsb     sy                          // slots and words are in memory before the SEV
    sev                                 // again and again: one may be lost on hardware
    yield                               // an emulator that runs one core at a time: to the next one
    mrs     x7, cntvct_el0
    ldr     x9, [x11, #8]
    ldp     x10, x12, [x11, #16]
    orr     x9, x9, x10
    orr     x9, x9, x12
    cbz     x9, .Lall_out               // each core in the pen has emptied its slot
    IF_TIME_IS_LEFT .Lcall_out
    str     xzr, [x11, #8]              // somebody is lost
    stp     xzr, xzr, [x11, #16]
.Lall_out:
    mov     x0, x25
    mov     x1, xzr
    mov     x2, xzr
    mov     x3, xzr
    mov     x10, x26
    // falls through

    // To x10, at EL2 if we came through it.
.Lgo_out:
    ADDRESS x9, piboot_boot
    ldr     x9, [x9, #PIBOOT_BOOT_ENTRY_EL]
    isb                                 // before a fetch from where core 0 has written
    cmp     x9, #EL1
    b.eq    .Lgo_at_el1
    hvc     #0
.Lgo_at_el1:
    br      x10

#if PIBOOT_MULTICORE
.Lleave_the_image:
#if PIBOOT_KERNEL_BASE != 0
    bl      piboot_leave_base
#endif
    bl      piboot_quiesce              // x19
    CALL_WORD x9, x19
    mov     x10, #ARRIVED
    str     x10, [x9, #ANSWER]
.Lawait_leave:
    ldr     x10, [x9]
    cmp     x10, #LEAVE
    b.eq    .Lto_the_pen
    wfe                                 // core 0's SEV
    b       .Lawait_leave
#else
.Lleave_park:                           // x19, x21, x27 are as they were when the core was parked
    bl      piboot_drop_to_el1
#endif
.Lto_the_pen:
    mov     x10, #OUTSIDE_PEN
    b       .Lgo_out
.Lcannot_hand_over:
    b       piboot_panic
ENDFUNC piboot_hand_over

    .section .rodata.piboot_hand_over, "a", %progbits
.Lbad_entry:
    .asciz  "piboot_hand_over: entry is not a multiple of 4 from 0x1000 to 0x3effffff"
#if PIBOOT_MULTICORE
.Lnot_all_arrived:
    .asciz  "piboot_hand_over: not all cores have called it"
#endif

/* ---- What the user may replace ----------------------------------------------------------------------- */

    .weak   piboot_report, piboot_report_lost, piboot_panic_hook, piboot_core_lost
FUNC piboot_report, .text.piboot_default
piboot_report_lost:
piboot_panic_hook:
piboot_core_lost:
    ret
ENDFUNC piboot_report

/* ---- What compilers call without being asked: weak, each in its own section --------------------------
 * memmove, memset and memcmp make aligned accesses alone, as with the MMU off all memory is Device, and none outside
 * their ranges. They use no FP register: a handler may call them with PIBOOT_FRAME_FP=0. */

/* An access at base, which moves on by step: way up, to what begins there; way down, to what ends there. Of a pair
 * of registers, near is the one that way comes to first. */
.macro MOVE_ON way, access, base, step, near, far
    .ifc    \way, up
    .ifb    \far
    \access \near, [\base], #\step
    .else
    \access \near, \far, [\base], #\step
    .endif
    .else
    .ifb    \far
    \access \near, [\base, #-\step]!
    .else
    \access \far, \near, [\base, #-\step]!
    .endif
    .endif
.endm

/* Eight bytes out of two aligned words, the near one and the far one. The near shift is LSR up, LSL down; x13 and
 * x14 say by how many bits. Clobbers x12. */
.macro MOVE_JOIN near_shift, far_shift, to, near, far
    \near_shift \to, \near, x13
    \far_shift x12, \far, x14
    orr     \to, \to, x12
.endm

/* Copies x2 bytes. In: x1 and x3, where the ranges of from and to begin (way up) or end (down); x5 = x3 - x1.
 * Clobbers x1-x4, x6-x14. */
.macro MOVE way, near_shift, far_shift
    .ifc    \way, up
    neg     x4, x3
    and     x4, x4, #7                  // x4 bytes now, up to where to is aligned, and x2 later
    tst     x5, #7
    b.eq    .Lmove_head
    add     x4, x4, #8                  // so that the first aligned word of from lies within it
.Lmove_head:
    .else
    and     x4, x3, #7                  // that word lies within from or, behind it, within to
    .endif
    cmp     x4, x2
    csel    x4, x4, x2, lo
    sub     x2, x2, x4
.Lmove_bytes_\way:
    cbz     x4, .Lmove_aligned_\way
.Lmove_byte_\way:
    MOVE_ON \way, ldrb, x1, 1, w6
    MOVE_ON \way, strb, x3, 1, w6
    subs    x4, x4, #1
    b.ne    .Lmove_byte_\way
.Lmove_aligned_\way:
    cbz     x2, .Lmove_done
    tst     x5, #7
    b.ne    .Lmove_apart_\way

    subs    x2, x2, #128
    b.lo    .Lmove_words_\way
.Lmove_block_\way:                      // all loads of a half before its stores: the ranges may overlap
    .rept   2
    MOVE_ON \way, ldp, x1, 16, x6, x7
    MOVE_ON \way, ldp, x1, 16, x8, x9
    MOVE_ON \way, ldp, x1, 16, x10, x11
    MOVE_ON \way, ldp, x1, 16, x12, x13
    MOVE_ON \way, stp, x3, 16, x6, x7
    MOVE_ON \way, stp, x3, 16, x8, x9
    MOVE_ON \way, stp, x3, 16, x10, x11
    MOVE_ON \way, stp, x3, 16, x12, x13
    .endr
    subs    x2, x2, #128
    b.hs    .Lmove_block_\way
.Lmove_words_\way:
    adds    x2, x2, #128 - 8
    b.mi    .Lmove_rest_\way
.Lmove_word_\way:
    MOVE_ON \way, ldr, x1, 8, x6
    MOVE_ON \way, str, x3, 8, x6
    subs    x2, x2, #8
    b.hs    .Lmove_word_\way
.Lmove_rest_\way:
    add     x4, x2, #8                  // fewer than eight
    mov     x2, xzr
    b       .Lmove_bytes_\way

.Lmove_apart_\way:                      // from is not aligned where to is: its aligned words, shifted
    subs    x2, x2, #32 + 8             // eight stay, so that its last aligned word lies within it
    b.lo    .Lmove_few_\way
    .ifc    \way, up
    lsl     x13, x1, #3                 // in bits; a shift takes it modulo 64
    bic     x1, x1, #7
    ldr     x6, [x1], #8
    .else
    neg     x13, x1, lsl #3
    bic     x1, x1, #7
    ldr     x6, [x1]
    .endif
    neg     x14, x13
.Lmove_shifted_\way:                    // x6 the word before
    MOVE_ON \way, ldp, x1, 16, x7, x8
    MOVE_JOIN \near_shift, \far_shift, x9, x6, x7
    MOVE_ON \way, ldp, x1, 16, x10, x6
    MOVE_JOIN \near_shift, \far_shift, x7, x7, x8
    MOVE_JOIN \near_shift, \far_shift, x8, x8, x10
    MOVE_JOIN \near_shift, \far_shift, x10, x10, x6
    MOVE_ON \way, stp, x3, 16, x9, x7
    MOVE_ON \way, stp, x3, 16, x8, x10
    subs    x2, x2, #32
    b.hs    .Lmove_shifted_\way
    sub     x1, x3, x5
.Lmove_few_\way:
    add     x4, x2, #32 + 8
    mov     x2, xzr
    b       .Lmove_bytes_\way
.endm

/* void *memmove(void *to, const void *from, size_t n), and memcpy */
    .weak   memcpy, memmove
FUNC memmove, .text.piboot_memmove
    .type   memcpy, %function
memcpy:
    mov     x3, x0
    sub     x5, x0, x1
    cmp     x5, x2
    b.lo    .Lmove_from_the_end         // to lies within from: last to first
    MOVE    up, lsr, lsl
.Lmove_from_the_end:
    add     x1, x1, x2
    add     x3, x3, x2
    MOVE    down, lsl, lsr
.Lmove_done:
    ret
    .size   memcpy, . - memcpy
ENDFUNC memmove

/* void *memset(void *to, int byte, size_t n) */
    .weak   memset
FUNC memset, .text.piboot_memset
    and     x4, x1, #0xff
    mov     x5, #0x0101010101010101
    mul     x4, x4, x5
    mov     x3, x0
    neg     x5, x3
    and     x5, x5, #7                  // x5 bytes now, up to where to is aligned, and x2 later
    cmp     x5, x2
    csel    x5, x5, x2, lo
    sub     x2, x2, x5
.Lset_bytes:
    cbz     x5, .Lset_aligned
.Lset_byte:
    strb    w4, [x3], #1
    subs    x5, x5, #1
    b.ne    .Lset_byte
.Lset_aligned:
    cbz     x2, .Lset_done
    and     x5, x2, #0xf0               // what is no multiple of 256 comes first: into the block, so
    adr     x6, .Lset_block_end         // many before its end; an instruction of four bytes for sixteen
    sub     x6, x6, x5, lsr #2
    br      x6
.Lset_block:
    .rept   16
    stp     x4, x4, [x3], #16
    .endr
.Lset_block_end:
    subs    x2, x2, #256
    b.hs    .Lset_block
    tbz     x2, #3, .Lset_rest
    str     x4, [x3], #8
.Lset_rest:
    and     x5, x2, #7
    mov     x2, xzr
    b       .Lset_bytes
.Lset_done:
    ret
ENDFUNC memset

/* int memcmp(const void *a, const void *b, size_t n) */
    .weak   memcmp
FUNC memcmp, .text.piboot_memcmp
    mov     x3, x0
    mov     w0, wzr
    eor     x5, x3, x1
    tst     x5, #7
    neg     x4, x3
    and     x4, x4, #7
    csel    x4, x4, x2, eq              // x4 bytes now, up to where both are aligned, and x2 later
    cmp     x4, x2
    csel    x4, x4, x2, lo
    sub     x2, x2, x4
.Lcompare_bytes:
    cbz     x4, .Lcompare_aligned
.Lcompare_byte:
    ldrb    w5, [x3], #1
    ldrb    w6, [x1], #1
    subs    w0, w5, w6
    b.ne    .Lcompared
    subs    x4, x4, #1
    b.ne    .Lcompare_byte
.Lcompare_aligned:
    cbz     x2, .Lcompared
    subs    x2, x2, #64
    b.lo    .Lcompare_words
.Lcompare_block:
    ldp     x5, x6, [x3], #16
    ldp     x7, x8, [x1], #16
    cmp     x5, x7
    ccmp    x6, x8, #0, eq              // or, if not, 0: not equal
    .rept   3
    ldp     x5, x6, [x3], #16
    ldp     x7, x8, [x1], #16
    ccmp    x5, x7, #0, eq
    ccmp    x6, x8, #0, eq
    .endr
    b.ne    .Lblock_differs
    subs    x2, x2, #64
    b.hs    .Lcompare_block
.Lcompare_words:
    adds    x2, x2, #64 - 8
    b.mi    .Lcompare_rest
.Lcompare_word:
    ldr     x5, [x3], #8
    ldr     x6, [x1], #8
    cmp     x5, x6
    b.ne    .Lword_differs
    subs    x2, x2, #8
    b.hs    .Lcompare_word
.Lcompare_rest:
    add     x4, x2, #8                  // fewer than eight
    mov     x2, xzr
    b       .Lcompare_bytes
.Lblock_differs:                        // back to its beginning, to find the word
    sub     x3, x3, #64
    sub     x1, x1, #64
    b       .Lcompare_words
.Lword_differs:                         // and the byte, which is there: no need to count in x4
    sub     x3, x3, #8
    sub     x1, x1, #8
    b       .Lcompare_byte
.Lcompared:
    ret
ENDFUNC memcmp

/* -fstack-protector */
    .weak   __stack_chk_fail, __stack_chk_guard
FUNC __stack_chk_fail, .text.piboot_stack_chk
    ADDRESS x0, .Lstack_smashed
    b       piboot_panic
ENDFUNC __stack_chk_fail
    .section .rodata.piboot_stack_chk, "a", %progbits
.Lstack_smashed:
    .asciz  "stack smashed: __stack_chk_fail"
    .section .data.piboot_stack_chk, "aw", %progbits
    .balign 8
    .type   __stack_chk_guard, %object
__stack_chk_guard:
    .quad   0xd1b7a94ce3f56200          // its first byte ends a string; a user's alive may write a random one
    .size   __stack_chk_guard, 8

/* C++: destructors of global objects never run, since a kernel does not end. */
    .weak   __cxa_atexit, __dso_handle, __cxa_pure_virtual
    .weak   _ZdlPv, _ZdlPvm, _ZdlPvSt11align_val_t, _ZdlPvmSt11align_val_t
FUNC __cxa_atexit, .text.piboot_cxa_atexit
    mov     w0, wzr
    ret
ENDFUNC __cxa_atexit
FUNC __cxa_pure_virtual, .text.piboot_cxa_pure
    ADDRESS x0, .Lpure_virtual
    b       piboot_panic
ENDFUNC __cxa_pure_virtual
FUNC _ZdlPv, .text.piboot_cxa_delete   // operator delete, four kinds of it: virtual destructors name it
    .type   _ZdlPvm, %function
    .type   _ZdlPvSt11align_val_t, %function
    .type   _ZdlPvmSt11align_val_t, %function
_ZdlPvm:
_ZdlPvSt11align_val_t:
_ZdlPvmSt11align_val_t:
    ADDRESS x0, .Ldelete
    b       piboot_panic
    .size   _ZdlPvm, . - _ZdlPvm
    .size   _ZdlPvSt11align_val_t, . - _ZdlPvSt11align_val_t
    .size   _ZdlPvmSt11align_val_t, . - _ZdlPvmSt11align_val_t
ENDFUNC _ZdlPv
    .section .rodata.piboot_cxa_pure, "a", %progbits
.Lpure_virtual:
    .asciz  "pure virtual function called"
    .section .rodata.piboot_cxa_delete, "a", %progbits
.Ldelete:
    .asciz  "operator delete called: there is no heap"
    .section .data.piboot_dso_handle, "aw", %progbits
    .balign 8
    .type   __dso_handle, %object
__dso_handle:
    .quad   0
    .size   __dso_handle, 8

/* ---- Data that is in the image ----------------------------------------------------------------------- */

/* The boards: all that differs, a row each. BCM2837: Pi 3, Zero 2 W, Pi 2 v1.2 (BCM2835 ARM Peripherals, QA7); BCM2711:
 * Pi 4, 400, CM4, with the low peripherals that the firmware chooses (BCM2711 ARM Peripherals, section 1.2). */
    .section .rodata.piboot_boards, "a", %progbits
    .balign 8
    .type   piboot_boards, %object
piboot_boards:                          // peripherals, local peripherals, devices, blocks of them, crystal
    .word   0x3f000000, 0x40000000, 0x3f000000, 9, 19200000
    .org    piboot_boards + BCM2711 * BOARD_SIZE_PER_X27
    .word   0xfe000000, 0xff800000, 0xfc000000, 32, 54000000
    .size   piboot_boards, . - piboot_boards

/* Panics per core, then the queue for the console: choosing and ticket, per core (piboot.h). */
    .section .data.piboot_panic, "aw", %progbits
    .balign CACHE_LINE
    .globl  piboot_panics
    .hidden piboot_panics
    .type   piboot_panics, %object
piboot_panics:
    .word   0, 0, 0, 0
    .word   0, 0, 0, 0
    .word   0, 0, 0, 0
    .balign CACHE_LINE
    .size   piboot_panics, . - piboot_panics

/* The section's name is for the linker's message, as at the image's first bytes. */
    .section .data.piboot_ERROR_all_that_is_loaded_must_lie_below___bss_start, "aw", %progbits
    .balign 8
    .type   piboot_link_address, %object
piboot_link_address:
    .reloc  ., R_AARCH64_ABS32, _start - PIBOOT_KERNEL_BASE // GNU as takes no such base in a .word
    .word   0                           // where we were linked to be in memory
    .size   piboot_link_address, . - piboot_link_address
    .word   __bss_start - . - 0x80000000 // 32 bits, signed: a distance of less than 0 does not fit
    .reloc  . - 3, R_AARCH64_NONE, .Lrodata_below_bss // which is linked, too
    .type   piboot_heap, %object
piboot_heap:
    .quad   __heap_start, __heap_end    // memory that the script offers; 0, 0 if it tells neither
    .size   piboot_heap, . - piboot_heap
    .weak   __heap_start, __heap_end
    .section .rodata.piboot_ERROR_all_that_is_loaded_must_lie_below___bss_start, "a", %progbits
    .balign 4
.Lrodata_below_bss:
    .word   __bss_start - . - 0x80000000

/* ---- Memory that is not in the image file, and not cleared -------------------------------------------
 * It is a section .bss, as each linker script has a place for that, and before its _end; piboot_clear_bss steps over
 * it. link64.ld tells it by SHF_OS_NONCONFORMING, which means nothing here; GNU as takes that only in a group. */

    .section .bss, "0x303", %nobits, piboot_reserved // SHF_GROUP, SHF_OS_NONCONFORMING, SHF_ALLOC, SHF_WRITE
    .balign PAGE
piboot_reserved_start:
    .type   piboot_emergency_stacks, %object
piboot_emergency_stacks:                // below the stacks: without the MMU, core 0's overflows into these
    .space  CORES * EMERGENCY_SIZE
    .size   piboot_emergency_stacks, . - piboot_emergency_stacks
    .globl  piboot_stacks
    .hidden piboot_stacks
    .type   piboot_stacks, %object
piboot_stacks:                          // per core: the guard or canary, then the stack
    .space  CORES * STACK_STRIDE
    .size   piboot_stacks, . - piboot_stacks
#if PIBOOT_EXCEPTIONS
    .balign PAGE
    .globl  piboot_core_states
    .hidden piboot_core_states
    .type   piboot_core_states, %object
piboot_core_states:                     // a line per core: STATE_EXPECTED, STATE_CANARY
    .space  CORES * CACHE_LINE
    .size   piboot_core_states, . - piboot_core_states
#else
    .balign PAGE
    .globl  piboot_park_fault
    .type   piboot_park_fault, %function
piboot_park_fault:                      // piboot_write_parking_vectors writes it
    .space  16 * VECTOR_SLOT
    .size   piboot_park_fault, . - piboot_park_fault
#endif
    .balign PAGE
#if PIBOOT_MULTICORE
    .globl  piboot_calls
    .hidden piboot_calls
    .type   piboot_calls, %object
piboot_calls:                           // a line per core for its call, then a line per core for its answer
    .space  ANSWER + CORES * CACHE_LINE
    .size   piboot_calls, . - piboot_calls
#endif
    .balign CACHE_LINE
    .globl  piboot_boot
    .hidden piboot_boot
    .type   piboot_boot, %object
piboot_boot:                            // layout: struct piboot_boot_block in piboot.h
    .space  32
    .size   piboot_boot, . - piboot_boot
    .balign PAGE
    .globl  piboot_reserved_end
    .hidden piboot_reserved_end
piboot_reserved_end:
    .weak   __piboot_tail_end           // where what is like .bss, and behind the stacks, ends: link64.ld knows better
__piboot_tail_end:

    .section .piboot_end, "", %progbits // for link64.ld
