/* SPDX-License-Identifier: MIT
 *
 * The generic timer interrupts every core TICKS_PER_SECOND times a second; core 0 prints the counts once a second.
 *
 *     1 s: core 0: 100, core 1: 100, core 2: 100, core 3: 100
 */

#include "piboot.h"
#include "uart.h"

#define TICKS_PER_SECOND 100U
#define CORES (PIBOOT_MULTICORE ? 4U : 1U)

/* A Pi 3. BCM2836 ARM-local peripherals (QA7), sections 4.6 and 4.10: what interrupts core n, and what did. */
#define TIMER_CONTROL(core) (piboot_local_peripherals() + 0x40 + 4 * (uint64_t)(core))
#define IRQ_SOURCE(core) (piboot_local_peripherals() + 0x60 + 4 * (uint64_t)(core))
#define TIMER_EL1 (1U << 1) /* the physical timer of EL1, as IRQ */

/* A Pi 4: the GIC-400 (GIC Architecture Specification v2, chapter 4). The registers of interrupts 0 to 31, and all of the
 * interface, are each core's own. */
#define GICD_CTLR (piboot_local_peripherals() + 0x41000)
#define GICD_ISENABLER0 (piboot_local_peripherals() + 0x41100)
#define GICC_CTLR (piboot_local_peripherals() + 0x42000)
#define GICC_PMR (piboot_local_peripherals() + 0x42004)
#define GICC_IAR (piboot_local_peripherals() + 0x4200c)
#define GICC_EOIR (piboot_local_peripherals() + 0x42010)
#define GIC_TIMER_EL1 30U
#define GIC_ENABLE                                                                                 \
    7U /* both groups, and who acknowledges sees both: on a board bit 0 alone is ours, on QEMU all are */

#define TIMER_ENABLE UINT64_C(1) /* CNTP_CTL_EL0: enabled, not masked */

/* Each has one writer: its core. */
static volatile uint32_t ticks[4];
static volatile uint32_t lost;

static uint32_t get(uint64_t address) { return *(volatile uint32_t *)address; }

static void put(uint64_t address, uint32_t value) { *(volatile uint32_t *)address = value; }

static int is_pi4(void) {
    uint64_t midr;
    __asm__("mrs %0, midr_el1" : "=r"(midr));
    return (midr >> 4 & 0xfff) == 0xd08; /* Cortex-A72 */
}

static void enable_timer_interrupt(uint32_t core) {
    if (is_pi4()) {
        put(GICD_CTLR, 3);
        put(GICD_ISENABLER0, 1U << GIC_TIMER_EL1);
        put(GICC_PMR, 0xff); /* whatever its priority */
        put(GICC_CTLR, GIC_ENABLE);
    } else {
        put(TIMER_CONTROL(core), TIMER_EL1);
    }
}

/* The next interrupt, counted from the last one and not from now: the ticks do not drift. */
static void next_tick(void) {
    uint64_t at;
    __asm__ volatile("mrs %0, cntp_cval_el0" : "=r"(at));
    at += piboot_timer_hz() / TICKS_PER_SECOND;
    __asm__ volatile("msr cntp_cval_el0, %0\n\tisb" : : "r"(at)); /* takes the interrupt back */
}

static void start_ticks(uint32_t core) {
    uint64_t now;
    __asm__ volatile("isb\n\tmrs %0, cntpct_el0" : "=r"(now));
    __asm__ volatile("msr cntp_cval_el0, %0" : : "r"(now));
    next_tick();
    __asm__ volatile("msr cntp_ctl_el0, %0\n\tisb" : : "r"(TIMER_ENABLE));
    enable_timer_interrupt(core);
    __asm__ volatile("msr daifclr, #2" : : : "memory"); /* PiBoot masked IRQs */
}

/* All registers, q0 to q31 among them, are kept by PiBoot. An IRQ of another source would come again for ever, so it
 * is a panic. */
static void irq(struct piboot_frame *frame) {
    const uint32_t core = piboot_core_id();
    const uint32_t acknowledged = is_pi4() ? get(GICC_IAR) : 0;
    (void)frame;
    if (is_pi4() ? (acknowledged & 0x3ff) != GIC_TIMER_EL1
                 : (get(IRQ_SOURCE(core)) & TIMER_EL1) == 0) {
        piboot_panic("an interrupt of an unknown source");
    }
    next_tick();
    ticks[core]++;
    if (is_pi4()) {
        __asm__ volatile("dsb sy"
                         :
                         :
                         : "memory"); /* the timer has taken it back, before the GIC looks again */
        put(GICC_EOIR, acknowledged);
    }
}

static void print_counts(uint32_t seconds) {
    uart_dec(seconds);
    uart_puts(" s");
    for (uint32_t core = 0; core < CORES; core++) {
        uart_puts(core == 0 ? ": core " : ", core ");
        uart_dec(core);
        uart_puts(": ");
        if ((lost >> core & 1U) != 0) {
            uart_puts("lost");
        } else {
            uart_dec(ticks[core]);
        }
    }
    uart_puts("\n");
}

static void alive(uint32_t core) {
    if (core == 0) {
        uart_init();
    }
}

static void running(uint32_t core) {
    uint32_t seconds = 0;
    start_ticks(core);
    for (;;) {
        __asm__ volatile("wfi"); /* until the next interrupt */
        if (core == 0 && ticks[0] >= (seconds + 1) * TICKS_PER_SECOND) {
            seconds++;
            print_counts(seconds);
        }
    }
}

static void core_lost(uint32_t core) { lost |= 1U << core; }

PIBOOT_ALIVE(alive);
PIBOOT_RUNNING(running);
PIBOOT_IRQ(irq);
PIBOOT_CORE_LOST(core_lost);
PIBOOT_CONSOLE(uart_putc);
