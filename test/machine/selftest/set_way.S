// SPDX-License-Identifier: MIT
// Maintenance by set and way is refused (1).
#include "selftest.h"
    setup_vectors 2
#if BROKEN == 1
    dc      cisw, xzr
#endif
    leave   0
