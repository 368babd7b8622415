// SPDX-License-Identifier: MIT
//
// Every access that the map forbids is an exception with the right syndrome and address, on every core
// from the first line of its alive on; PIBOOT_SYNC goes on behind it. Then, in running, all cores at once.
#include "faults.h"

struct taken {
    uint64_t count, esr, far, elr;
};
static volatile struct taken taken[4];
static volatile uint32_t done[4];

static void handler(struct piboot_frame *frame) {
    volatile struct taken *mine = &taken[piboot_core_id()];
    mine->count = mine->count + 1;
    mine->esr = frame->esr;
    mine->far = frame->far;
    mine->elr = frame->elr;
    if (mine->count > 1) {
        piboot_test_puts("a second exception from one access\n");
        piboot_test_exit(1);
    }
    frame->elr = frame->esr >> 26 == CLASS_FETCH ? frame->x[30] : frame->elr + 4;
}

__attribute__((__noreturn__)) static void wrong(const struct fault *fault, const char *what,
                                                uint64_t value) {
    struct piboot_test_line line = {0};
    piboot_test_add(&line, "core ");
    piboot_test_add_number(&line, piboot_core_id(), 10);
    piboot_test_add(&line, fault->way == JUMP    ? ": jump to "
                           : fault->way == WRITE ? ": write to "
                                                 : ": read of ");
    piboot_test_add(&line, fault->what);
    piboot_test_add(&line, " at ");
    piboot_test_add_number(&line, fault->address, 16);
    piboot_test_add(&line, ": ");
    piboot_test_add(&line, what);
    piboot_test_add(&line, " ");
    piboot_test_add_number(&line, value, 16);
    piboot_test_add(&line, "\n");
    piboot_test_puts(line.text);
    piboot_test_exit(1);
}

static void commit_all(uint32_t core) {
    volatile uint32_t on_the_stack;
    prepare_faults(&on_the_stack);
    for (uint32_t i = 0; i < FAULT_COUNT; i++) {
        const struct fault fault = get_fault(i);
        uint64_t elr;
        taken[core].count = 0;
        commit(&fault, &elr);
        if (taken[core].count != 1) {
            wrong(&fault, "exceptions:", taken[core].count);
        }
        if (taken[core].esr != expected_esr(&fault)) {
            wrong(&fault, "ESR_EL1", taken[core].esr);
        }
        if (taken[core].far != fault.address) {
            wrong(&fault, "FAR_EL1", taken[core].far);
        }
        if (taken[core].elr != elr) {
            wrong(&fault, "ELR_EL1", taken[core].elr);
        }
    }
}

static void alive(uint32_t core) { commit_all(core); }

static void running(uint32_t core) {
    commit_all(core);
    set_flag(&done[core], 1);
    if (core != 0) {
        idle();
    }
    for (uint32_t n = 0; n < CORES; n++) {
        while (get_flag(&done[n]) == 0) {
        }
    }
    piboot_test_puts("each access was an exception\n");
    piboot_test_exit(0);
}

PIBOOT_ALIVE(alive);
PIBOOT_RUNNING(running);
PIBOOT_SYNC(handler);
