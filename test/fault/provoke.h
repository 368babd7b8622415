// SPDX-License-Identifier: MIT
//
// What fault.c and provoke.S agree on.
#ifndef PROVOKE_H
#define PROVOKE_H

// The value of xn when a fault is provoked: PATTERN_TOP in the upper 16 bits, and n.
#define PATTERN_TOP 0x5a5a

#ifndef __ASSEMBLER__
#include <stdint.h>

#define PATTERN(n) ((uint64_t)PATTERN_TOP << 48 | (n))

void provoke(const void *place, const void *x1, uint64_t pstate, uint64_t *sp)
    __attribute__((__noreturn__));
void push_and_return(uint64_t bytes);
void push_and_panic(uint64_t bytes, const char *message) __attribute__((__noreturn__));
void pend_virtual_serror(void);
void nothing_happened(void);

// Undefined instructions that are called.
void at_console(void);
void at_hook(void);
void at_handler(void);

extern const char at_udf[], at_brk[], at_svc[], at_hvc[], at_smc[], at_read[], at_write[],
    at_execute[], at_exclusive[], at_counter[], at_wfi[], at_fp[], at_wait[], at_push[],
    at_push_some[], at_push_svc[], at_odd_sp[], at_odd_sp_svc[], at_wild_sp[], at_wild_sp_svc[],
    at_leap[], at_leap_svc[], at_large[], at_large_store[];
#endif

#endif
