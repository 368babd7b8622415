// SPDX-License-Identifier: MIT
//
// What the firmware stand-ins share. A stand-in is a flat binary loaded at 0, where all four cores
// start at EL3 when QEMU is given no -kernel. It puts the machine into the state that some firmware,
// loader or bug would leave, and jumps to the kernel, whose address is KERNEL:
//
//     qemu-system-aarch64 -M raspi3b -device loader,file=stub.bin,addr=0,force-raw=on
//                                    -device loader,file=kernel8.img,addr=KERNEL,force-raw=on
#ifndef KERNEL
#define KERNEL 0x80000
#endif
#ifndef X0
#define X0 0 // what the kernel finds in x0: a device tree, or what is taken for one
#endif

#define SPIN_TABLE 0xd8 // the slot of core n is at 0xd8 + 8 n

#define SCTLR_EL1_RES1 0x30d00800
#define SCTLR_EL2_RES1 0x30c50830
#define SCTLR_M (1 << 0)
#define SCTLR_A (1 << 1)
#define SCTLR_C (1 << 2)
#define SCTLR_SA (1 << 3)
#define SCTLR_I (1 << 12)
#define SCTLR_WXN (1 << 19)
#define SCTLR_E0E (1 << 24)
#define SCTLR_EE (1 << 25)

#define SCR_EL3_FIRMWARE 0x5b1 // RW, HCE, SMD, RES1, NS
#define HCR_EL2_RW 0x80000000

#define SPSR_DAIF 0x3c0
#define SPSR_EL1H 5
#define SPSR_EL2T 8
#define SPSR_EL2H 9

// A constant, without a literal pool.
.macro set register, value
    movz \register, #((\value) & 0xffff)
    .if (((\value) >> 16) & 0xffff) != 0
    movk \register, #(((\value) >> 16) & 0xffff), lsl #16
    .endif
    .if (((\value) >> 32) & 0xffff) != 0
    movk \register, #(((\value) >> 32) & 0xffff), lsl #32
    .endif
    .if (((\value) >> 48) & 0xffff) != 0
    movk \register, #(((\value) >> 48) & 0xffff), lsl #48
    .endif
.endm

.macro core_number register
    mrs \register, mpidr_el1
    and \register, \register, #3
.endm

// Goes on at the next line, one exception level lower. Clobbers x9.
.macro leave_el3 spsr
    set x9, \spsr
    msr spsr_el3, x9
    adr x9, .Lbelow_el3_\@
    msr elr_el3, x9
    eret
.Lbelow_el3_\@:
.endm

.macro leave_el2 spsr
    set x9, \spsr
    msr spsr_el2, x9
    adr x9, .Lbelow_el2_\@
    msr elr_el2, x9
    eret
.Lbelow_el2_\@:
.endm

// What EL1 can mend is at its worst: FP traps, a debugger's breakpoints, an event stream, both timers fire, and EL0 may
// read a word. Clobbers x0, x1.
.macro worst_el1
    msr cpacr_el1, xzr
    set x0, 1 << 15 | 1 << 13       // MDE, KDE
    msr mdscr_el1, x0
    mov x0, #-1
    msr tpidrro_el0, x0
    set x0, 0xffffffff
    msr cntkctl_el1, x0
    mov x1, #1
    msr cntp_cval_el0, xzr
    msr cntv_cval_el0, xzr
    msr cntp_ctl_el0, x1
    msr cntv_ctl_el0, x1
.endm

// Cores 1 to 3 (x6) wait until their slot is not 0; its address is in x5 then. LOST_CORE never looks.
// LATE_CORE looks, and answers LATE_TICKS of the counter later.
.macro pen
    set x4, SPIN_TABLE
.Lpen_\@:
    wfe
#ifdef LOST_CORE
    cmp x6, #LOST_CORE
    b.eq .Lpen_\@
#endif
    ldr x5, [x4, x6, lsl #3]
    cbz x5, .Lpen_\@
#ifdef LATE_CORE
    cmp x6, #LATE_CORE
    b.ne .Lin_time_\@
    set x7, LATE_TICKS
    mrs x8, cntpct_el0
    add x8, x8, x7
.Llate_\@:
    yield // to the next core, where one core runs at a time
    mrs x7, cntpct_el0
    cmp x7, x8
    b.lo .Llate_\@
.Lin_time_\@:
#endif
.endm
