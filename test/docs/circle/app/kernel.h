// SPDX-License-Identifier: MIT
#ifndef KERNEL_H
#define KERNEL_H

#include "../lib/multicore.h"
#include "../lib/serial.h"

class Kernel : public MultiCore {
public:
    bool initialize(void);
    void run(unsigned core) override;

private:
    Serial serial_;
    volatile unsigned turn_ = 0;
};

#endif
