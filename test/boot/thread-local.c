// SPDX-License-Identifier: MIT
//
// Each core has its own copy of the thread-local variables, with their first values and as aligned as they are, before its
// alive and, on core 0, before its constructors; and keeps it, through exceptions too. RAM was not zero. With ZERO_ALONE
// there are none but zeros: .tbss alone. PiBoot gives TPIDR_EL1 and TPIDR_EL0 to it, whichever the compiler reads.
#include "cores.h"

#ifndef ALIGNMENT
#define ALIGNMENT 4
#endif

#ifdef ZERO_ALONE
#define FIRST 0u
#else
#define FIRST 0x1234u
#endif

extern unsigned char __bss_end[], _end[];

static _Thread_local uint8_t odd[3] = {FIRST & 0xffu, 0, FIRST >> 8};
_Thread_local uint32_t number = FIRST;
static _Thread_local uint32_t zero[33];
_Thread_local struct { _Alignas(ALIGNMENT) uint32_t of[2]; } aligned = {{FIRST, FIRST}};
static _Thread_local uint8_t last;

static uintptr_t where[4];
static uint32_t constructed;

// What the compiler must not know.
#define HIDE(pointer) __asm__ volatile("" : "+r"(pointer) : : "memory")

static void check(uint32_t value, uint32_t first) {
    uint8_t *small = odd;
    uint32_t *words = zero, *one = &number, *most = aligned.of;
    HIDE(small);
    HIDE(words);
    HIDE(one);
    HIDE(most);
    PIBOOT_CHECK_EQ(small[0] | small[1] << 16 | small[2] << 8, FIRST);
    PIBOOT_CHECK_EQ(*one, first);
    PIBOOT_CHECK_EQ(most[0], first);
    PIBOOT_CHECK_EQ((uintptr_t)most % ALIGNMENT, 0);
    for (uint32_t i = 0; i < 33; i++) {
        PIBOOT_CHECK_EQ(words[i], value);
        words[i] = piboot_core_id() + 1;
    }
    PIBOOT_CHECK_EQ(last, value);
    *one = most[0] = number = last = (uint8_t)(piboot_core_id() + 1);
}

__attribute__((constructor)) static void first_of_all(void) {
    check(0, FIRST);
    constructed = 1;
}

static void sync(struct piboot_frame *frame) {
    (void)frame;
    PIBOOT_CHECK_EQ(number, piboot_core_id() + 1);
}

static void alive(uint32_t core) {
    const uintptr_t pointer = READ_SYSREG(tpidr_el1);
    PIBOOT_CHECK_EQ(constructed, 1);
    check(core == 0 ? 1 : 0, core == 0 ? 1 : FIRST);
    where[core] = (uintptr_t)&number;
    for (uint32_t other = 0; other < core; other++) {
        PIBOOT_CHECK(where[other] != where[core]);
    }
    PIBOOT_CHECK_EQ(READ_SYSREG(tpidr_el0), pointer);
    PIBOOT_CHECK_EQ(pointer % 16, 0);
    PIBOOT_CHECK(pointer >= (uintptr_t)__bss_end && pointer < (uintptr_t)_end &&
                 where[core] >= pointer + 16);
    __asm__ volatile("svc #0");
}

static void running(uint32_t core) {
    static volatile uint32_t done[4];
    __asm__ volatile("svc #0");
    check(core + 1, core + 1);
    set_flag(&done[core], 1);
    if (core != 0) {
        idle();
    }
    for (uint32_t other = 0; other < CORES; other++) {
        PIBOOT_CHECK(wait_for_flag(&done[other], 1));
    }
    piboot_test_exit(0);
}

PIBOOT_ALIVE(alive);
PIBOOT_RUNNING(running);
PIBOOT_SYNC(sync);
