/* SPDX-License-Identifier: MIT
 *
 * A kernel at a high address with two user processes on core 0: each at EL0 with an address space of its own in TTBR0_EL1,
 * switched every millisecond by the timer. Two system calls: SVC #0 prints the character in x0, SVC #1 ends. Process 1
 * reads by a null pointer and is killed; process 0 goes on.
 */
#include "piboot.h"

#include "../uart.h"

#define ROUTE                                                                                      \
    (*(volatile uint32_t *)(PIBOOT_KERNEL_BASE +                                                   \
                            UINT64_C(0x40000040))) /* core 0's timer interrupts */
#define PHYSICAL_TIMER_IRQ 2U
#define SVC UINT64_C(0x15)

/* Where a process sees its code and its stack, a page each. */
#define PAGE UINT64_C(4096)
#define USER_CODE (16 * PAGE)
#define USER_STACK (17 * PAGE)

#define TABLE UINT64_C(3)
/* A page: Normal memory (MAIR byte 1), for EL0, inner shareable, accessed, of this ASID, never executable at EL1. */
#define USER_PAGE (UINT64_C(3) | 1 << 2 | 1 << 6 | 3 << 8 | 1 << 10 | 1 << 11 | UINT64_C(1) << 53)
#define READ_ONLY (UINT64_C(1) << 7)
#define NOT_EXECUTABLE (UINT64_C(1) << 54)

static struct __attribute__((__aligned__(4096))) process {
    uint64_t level1[512], level2[512], level3[512]; /* T0SZ is 25: the walk begins at level 1 */
    uint8_t stack[4096];
    struct piboot_frame frame;
    uint32_t ended;
} processes[2];
static uint32_t current;

/* One page of code for both. x0 is the letter, x1 how often, x2 whether to end by a null pointer. */
extern const uint8_t user_code[];
__asm__(".pushsection .rodata.user, \"a\"\n"
        ".balign 4096\n"
        "user_code: svc #0\n"
        "mov x3, #0x40000\n"
        "1: subs x3, x3, #1\n"
        "b.ne 1b\n"
        "subs x1, x1, #1\n"
        "b.ne user_code\n"
        "cbz x2, 2f\n"
        "ldr x3, [x1]\n" /* x1 is 0 */
        "2: svc #1\n"
        ".balign 4096\n"
        ".popsection\n");

static uint64_t physical(const void *pointer) {
    return (uint64_t)(uintptr_t)pointer - PIBOOT_KERNEL_BASE;
}

static void make_process(uint32_t n, char letter, uint64_t count, uint64_t null_pointer) {
    struct process *p = &processes[n];
    p->level1[0] = physical(p->level2) | TABLE;
    p->level2[0] = physical(p->level3) | TABLE;
    p->level3[USER_CODE / PAGE] = physical(user_code) | USER_PAGE | READ_ONLY;
    p->level3[USER_STACK / PAGE] = physical(p->stack) | USER_PAGE | NOT_EXECUTABLE;
    p->frame.elr = USER_CODE;
    p->frame.sp = USER_STACK + PAGE;
    p->frame.spsr = 0; /* EL0, interrupts unmasked */
    p->frame.x[0] = (uint64_t)letter;
    p->frame.x[1] = count;
    p->frame.x[2] = null_pointer;
}

/* From here on low addresses are the process's. Each has its own ASID: the TLB need not be emptied. */
static void use_address_space(uint32_t n) {
    __asm__ volatile(
        "msr ttbr0_el1, %0\n\tisb" ::"r"(physical(processes[n].level1) | (uint64_t)(n + 1) << 48)
        : "memory");
}

static void start_timer(void) {
    __asm__ volatile("msr cntp_tval_el0, %0\n\tisb" ::"r"(piboot_timer_hz() / 1000));
}

/* Leaves the process whose frame this is, and returns into the next one that has not ended. */
static void switch_process(struct piboot_frame *frame) {
    uint32_t next = 1 - current;
    if (processes[next].ended) {
        next = current;
    }
    if (processes[next].ended) {
        uart_puts("\nall processes have ended\n");
        piboot_park();
    }
    processes[current].frame = *frame;
    *frame = processes[next].frame;
    current = next;
    use_address_space(current);
}

static void on_irq(struct piboot_frame *frame) {
    start_timer();
    switch_process(frame);
}

static void on_sync(struct piboot_frame *frame) {
    if (frame->vector != 8) { /* not from EL0 */
        piboot_panic("the kernel's own fault");
    }
    if (frame->esr >> 26 == SVC && (frame->esr & 0xffff) == 0) {
        uart_putc((char)frame->x[0]);
        return;
    }
    uart_puts("\nprocess ");
    uart_dec(current);
    if (frame->esr >> 26 == SVC) {
        uart_puts(" ends\n");
    } else {
        uart_puts(" is killed, for address ");
        uart_hex(frame->far);
        uart_puts("\n");
    }
    processes[current].ended = 1;
    switch_process(frame);
}

static void alive(uint32_t core) {
    uint64_t tcr;
    if (core != 0) {
        return;
    }
    uart_init();
    make_process(0, 'a', 30, 0);
    make_process(1, 'b', 10, 1);
    __asm__ volatile("dsb ish"); /* the tables are made, before the first walk */
    use_address_space(0);
    __asm__ volatile("mrs %0, tcr_el1" : "=r"(tcr));
    tcr &= ~(UINT64_C(1) << 7); /* EPD0: TTBR0_EL1 is in use */
    __asm__ volatile("msr tcr_el1, %0\n\tisb" ::"r"(tcr) : "memory");
}

static void running(uint32_t core) {
    if (core != 0) {
        piboot_park();
    }
    ROUTE = PHYSICAL_TIMER_IRQ;
    start_timer();
    __asm__ volatile("msr cntp_ctl_el0, %0\n\tisb" ::"r"(UINT64_C(1)));
    piboot_resume(&processes[0].frame);
}

PIBOOT_ALIVE(alive);
PIBOOT_RUNNING(running);
PIBOOT_SYNC(on_sync);
PIBOOT_IRQ(on_irq);
PIBOOT_CONSOLE(uart_putc);
