// SPDX-License-Identifier: MIT
// A core of PiBoot's that waits without WFE is found out (1).
#include "selftest.h"
    setup_vectors 2
    release piboot_wait
    mov     x5, #30000
1:  subs    x5, x5, #1
    b.ne    1b
    leave   0
piboot_wait:
#if BROKEN != 1
    wfe
#endif
    b       piboot_wait
after:
    nop
