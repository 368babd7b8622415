// SPDX-License-Identifier: MIT
//
// The smallest kernel there is: running() returns on every core. stops.py looks where the cores
// are then.
#include "piboot.h"

static void alive(uint32_t core) { (void)core; }

static void running(uint32_t core) { (void)core; }

PIBOOT_ALIVE(alive);
PIBOOT_RUNNING(running);
