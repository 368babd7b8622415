// SPDX-License-Identifier: MIT
#include "multicore.h"

MultiCore *volatile MultiCore::instance;
