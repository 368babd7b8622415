// SPDX-License-Identifier: MIT
//
// A handler that lets interrupts in, and returns so. The timer's interrupt must find nothing on PiBoot's way back
// that it could destroy. With -icount shift=0 an instruction takes a nanosecond and a tick of the timer 16: so many
// nops before the return, from 0 to DELAYS, bring the interrupt to every instruction from the handler's end to the
// interrupted code.
#include "../cores.h"

#define DELAYS 240u
#define TICKS 12u
#define X9 UINT64_C(0x1122334455667788)

static volatile uint32_t irqs, in_handler, in_piboot, behind;
static uint64_t delay;
extern const char after_svc[];

static void on_sync(struct piboot_frame *frame) {
    PIBOOT_CHECK_EQ(frame->elr, (uintptr_t)after_svc);
    PIBOOT_CHECK_EQ(frame->x[9], X9);
    WRITE_SYSREG(cntp_tval_el0, TICKS);
    WRITE_SYSREG(cntp_ctl_el0, 1);
    __asm__ volatile("msr daifclr, #2" : : : "memory");
    __asm__ volatile("adr x9, 1f\n\tsub x9, x9, %0, lsl #2\n\tbr x9\n\t.rept %1\n\tnop\n\t.endr\n1:"
                     :
                     : "r"(delay), "i"(DELAYS)
                     : "x9", "memory");
}

static void on_irq(struct piboot_frame *frame) {
    uint64_t vbar = READ_SYSREG(vbar_el1);
    WRITE_SYSREG(cntp_ctl_el0, 0);
    irqs++;
    if (frame->elr - vbar < 0x1000) {
        in_piboot++;
    } else if (frame->elr - (uintptr_t)after_svc < 0x100) {
        behind++;
    } else {
        in_handler++;
    }
}

static void alive(uint32_t core) { (void)core; }

static void running(uint32_t core) {
    (void)core;
    TIMER_ROUTE(0) = TIMER_IS_IRQ;
    for (delay = 0; delay < DELAYS; delay++) {
        register uint64_t x9 __asm__("x9") = X9;
        uint64_t daif;
        irqs = 0;
        __asm__ volatile("svc #0\n\t.globl after_svc\nafter_svc:\n\tmrs %1, daif"
                         : "+r"(x9), "=r"(daif)
                         :
                         : "memory");
        PIBOOT_CHECK_EQ(x9, X9);
        PIBOOT_CHECK_EQ(daif, 0x2c0); // as before the SVC
        __asm__ volatile("msr daifclr, #2");
        for (uint32_t patience = 0; irqs == 0; patience++) {
            PIBOOT_CHECK(patience < 100000);
        }
        __asm__ volatile("msr daifset, #2");
        PIBOOT_CHECK_EQ(irqs, 1);
    }

    PIBOOT_CHECK(in_handler > 10); // the sweep began in the handler,
    PIBOOT_CHECK(behind > 80);     // ended where interrupts are masked again,
    PIBOOT_CHECK(in_piboot <= 16); // and between them there is one place, where nothing is lost yet
    piboot_test_exit(0);
}

PIBOOT_ALIVE(alive);
PIBOOT_RUNNING(running);
PIBOOT_SYNC(on_sync);
PIBOOT_IRQ(on_irq);
PIBOOT_CONSOLE(piboot_test_putc);
static void hook(const char *message, const struct piboot_frame *frame) {
    (void)message;
    (void)frame;
    piboot_test_exit(2);
}
PIBOOT_PANIC(hook);
