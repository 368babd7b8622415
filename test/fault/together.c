// SPDX-License-Identifier: MIT
//
// Four cores that panic at the same moment: their reports must come one after the other, whole. With STUCK, core 2
// never comes back from its console: the others wait, but not for ever.
#include "../cores.h"

#define TEXT_SIZE 1024
#ifdef STUCK
#define STUCK_CORE 2u
#else
#define STUCK_CORE 8u // none
#endif

static volatile uint32_t ready[4], told[4];
static volatile char printed[TEXT_SIZE];
static volatile uint32_t length; // each report in turn adds to it; two at once lose characters

static volatile uint32_t printing[4];

// The first character takes long enough for the other cores to come too, if nothing holds them.
static void console(char c) {
    uint32_t core = piboot_core_id();
    uint32_t at = length;
    if (!printing[core]) {
        set_flag(&printing[core], 1);
        delay_ms(30);
    }
    for (uint32_t other = 0; other < 4; other++) {
        PIBOOT_CHECK(other == core || (other == STUCK_CORE) || get_flag(&printing[other]) == 0);
    }
    while (core == STUCK_CORE && c == '0' + STUCK_CORE) {
    }
    PIBOOT_CHECK(at < TEXT_SIZE - 1);
    printed[at] = c;
    length = at + 1;
    if (c == '\n' && at != 0 && printed[at - 1] == 'e') {
        set_flag(&printing[core], 0); // "... at once\n": the end
    }
}

// The length of the report of some core that begins here, or 0.
static uint32_t report_at(uint32_t at, uint32_t *cores) {
    static const char words[] = "\npiboot: panic on core ?: all at once\n";
    uint32_t n;
    uint32_t core = 0;
    for (n = 0; n < sizeof words - 1; n++) {
        char c = printed[at + n];
        if (words[n] == '?' && c >= '0' && c <= '3') {
            core = (uint32_t)(c - '0');
        } else if (c != words[n]) {
            return 0;
        }
    }
    *cores |= 1u << core;
    return n;
}

static void hook(const char *message, const struct piboot_frame *frame) {
    uint32_t core = piboot_core_id();
    (void)message;
    PIBOOT_CHECK(frame == 0);
    set_flag(&told[core], 1);
    if (core != 0) {
        return;
    }
    for (uint32_t other = 0; other < 4; other++) {
        while (other != STUCK_CORE && get_flag(&told[other]) == 0) {
        }
    }
    uint32_t cores = 0;
    uint32_t others = 0; // characters that belong to no whole report
    for (uint32_t at = 0, size; at < length; at += size) {
        size = report_at(at, &cores);
        if (size == 0) {
            size = 1;
            others++;
        }
    }
    PIBOOT_CHECK_EQ(cores, 15u & ~(1u << STUCK_CORE));
    // Core 2's turn may be the last.
    PIBOOT_CHECK(others <= (STUCK_CORE < 4 ? sizeof "\npiboot: panic on core " - 1 : 0));
    piboot_test_exit(0);
}

static void alive(uint32_t core) { (void)core; }

static void running(uint32_t core) {
    set_flag(&ready[core], 1);
    for (uint32_t other = 0; other < 4; other++) {
        while (get_flag(&ready[other]) == 0) {
        }
    }
    piboot_panic("all at once");
}

PIBOOT_ALIVE(alive);
PIBOOT_RUNNING(running);
PIBOOT_CONSOLE(console);
PIBOOT_PANIC(hook);
