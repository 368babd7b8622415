// SPDX-License-Identifier: MIT
//
// A second file that names an alive function, too.
#include "piboot.h"

static void also_alive(uint32_t core) { (void)core; }

PIBOOT_ALIVE(also_alive);
