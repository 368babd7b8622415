// SPDX-License-Identifier: MIT
#include "kernel.h"

static Kernel kernel;

extern "C" int main(void) {
    if (kernel.initialize()) {
        MultiCore::start_others();
        kernel.run(0);
    }
    return 0;
}
