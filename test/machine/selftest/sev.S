// SPDX-License-Identifier: MIT
// A core asleep in WFE needs SEV (1), after a DSB, or it may look too early (2).
#include "selftest.h"
    setup_vectors 2
    adr     x0, one
    mov     x1, #0xe0
    str     x0, [x1]
#if BROKEN != 2
    dsb     sy
#endif
#if BROKEN != 1
    sev
#endif
    sleep
one:
    leave   0
