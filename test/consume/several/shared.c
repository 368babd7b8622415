/* SPDX-License-Identifier: MIT */
#include "piboot.h"
#include "piboot_test.h"

void shared_end(void);
void shared_end(void) {
    PIBOOT_CHECK(piboot_core_id() < 4);
    piboot_test_puts("options are right\n");
    piboot_test_exit(0);
}
