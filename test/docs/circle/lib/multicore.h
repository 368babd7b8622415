// SPDX-License-Identifier: MIT
#ifndef MULTICORE_H
#define MULTICORE_H

// A kernel that uses all cores derives from this, and has run(core).
class MultiCore {
public:
    MultiCore() { instance = this; }
    virtual void run(unsigned core) = 0;
    static void start_others(void);
    static void entry_secondary(void) {
        unsigned long mpidr;
        asm volatile("mrs %0, mpidr_el1" : "=r"(mpidr));
        instance->run(mpidr & 3);
    }
    static MultiCore *volatile instance;
};

#endif
