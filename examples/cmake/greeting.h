/* SPDX-License-Identifier: MIT */
#ifndef GREETING_H
#define GREETING_H

#include <stdint.h>

/* What a core has to say; fits 20 characters. */
void greeting(char *line, uint32_t core);

#endif
