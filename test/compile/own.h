/* SPDX-License-Identifier: MIT
 *
 * A kernel's own types, as many have them: some not those of <stdint.h>. */
typedef unsigned char uint8_t;
typedef char int8_t;
typedef unsigned short uint16_t;
typedef unsigned int uint32_t;
typedef unsigned long long uint64_t;
typedef long long int64_t;
typedef unsigned long long uintptr_t;
typedef unsigned int size_t;
#ifndef __cplusplus
#define NULL ((void *)0)
#endif
