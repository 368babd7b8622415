// SPDX-License-Identifier: MIT
//
// .data and .rodata are as linked on every core, pointers in them are right, and what alive(n)
// writes alive(n+1) reads. A section that no linker script names is data too, and has its bounds.
#include "cores.h"

extern unsigned char __bss_start[];
extern const volatile uint32_t __start_tasks[], __stop_tasks[];

static const uint32_t constants[8] = {2, 3, 5, 7, 11, 13, 17, 19};
static volatile uint32_t words[8] = {2, 3, 5, 7, 11, 13, 17, 19};
static const uint32_t *volatile pointer = &constants[4];
static volatile uint32_t *const volatile pointer_to_data = &words[5];
static volatile uint8_t odd_sized[3] = {0xfd, 0xfe, 0xff};
static volatile uint32_t passed_on = 0xabcd;
__attribute__((section("tasks"))) static volatile uint32_t task_data[2] = {0x7a5c, 0x5a17};

static void alive(uint32_t core) {
    for (uint32_t i = 0; i < 8; i++) {
        PIBOOT_CHECK_EQ(words[i], ((const volatile uint32_t *)constants)[i]);
    }
    PIBOOT_CHECK_EQ(*pointer, 11);
    PIBOOT_CHECK_EQ(*pointer_to_data, 13);
    PIBOOT_CHECK_EQ(odd_sized[0] + odd_sized[1] + odd_sized[2], 0xfd + 0xfe + 0xff);
    PIBOOT_CHECK(task_data[0] == 0x7a5c && task_data[1] == 0x5a17);
    PIBOOT_CHECK_EQ(__start_tasks[0], 0x7a5c);
    PIBOOT_CHECK_EQ(__stop_tasks - __start_tasks, 2);
    // In the image, and with it where it is moved.
    PIBOOT_CHECK((const volatile unsigned char *)__stop_tasks <= __bss_start);
    PIBOOT_CHECK_EQ(passed_on, 0xabcd + core);
    passed_on = passed_on + 1;
}

static void running(uint32_t core) {
    if (core != CORES - 1) {
        idle();
    }
    PIBOOT_CHECK_EQ(passed_on, 0xabcd + CORES);
    piboot_test_exit(0);
}

PIBOOT_ALIVE(alive);
PIBOOT_RUNNING(running);
