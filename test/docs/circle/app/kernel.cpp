// SPDX-License-Identifier: MIT
#include "kernel.h"

bool Kernel::initialize(void) {
    serial_.write("initialized\n");
    return true;
}

void Kernel::run(unsigned core) {
    while (turn_ != core) {
    }
    serial_.write("core ");
    serial_.write((char)('0' + core));
    serial_.write(" runs\n");
    turn_ = core + 1;
    for (;;) {
        asm volatile("wfe");
    }
}
