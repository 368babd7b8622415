/* SPDX-License-Identifier: MIT
 *
 * The types that piboot.h gives, and a header behind it that defines them once more: the compiler's own, or with
 * OWN_TYPES and -nostdinc a kernel's. In C++ as people include what is C. */
#ifdef __cplusplus
extern "C" {
#endif
#include "piboot.h"
#ifdef __cplusplus
}
#endif

#if !defined(__cplusplus) && !defined(OWN_TYPES)
#define SAME(name, type)                                                                           \
    typedef char name##_is_right[__builtin_types_compatible_p(name, type) ? 1 : -1]                \
        __attribute__((__unused__))
SAME(uint8_t, unsigned char);
SAME(uint16_t, unsigned short);
SAME(uint32_t, unsigned int);
SAME(uint64_t, unsigned long);
SAME(int8_t, signed char);
SAME(int16_t, short);
SAME(int32_t, int);
SAME(int64_t, long);
SAME(intptr_t, long);
SAME(uintptr_t, unsigned long);
SAME(size_t, unsigned long);
#endif

static void alive(uint32_t core) { (void)core; }

static void running(uint32_t core) { (void)core; }

PIBOOT_ALIVE(alive);
PIBOOT_RUNNING(running);

#ifdef OWN_TYPES
#include "own.h"
#else
#include <stddef.h>
#include <stdint.h>
#endif
