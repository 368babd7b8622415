// SPDX-License-Identifier: MIT
// Runs one shape of shapes.h, named by a macro, twelve times, on as many cores as it has threads: status 1 when its
// outcome is seen, else 0. With OFF the MMU is off: RAM is Device memory, and ordered no better for that (B2.7.2).
#include "../selftest/selftest.h"
#define R0 w13
#define R1 w14
#define R2 w15
#define X x3
#define Y x4
#define Z x5
#include "shapes.h"
#define ROUNDS 12
#define PLACE 0xc00                     /* X, Y and Z of a round: each has a line, and 1 KiB, of its own */

.macro W value, to
    mov     w9, #\value
    str     w9, [\to]
.endm
.macro WL value, to
    mov     w9, #\value
    stlr    w9, [\to]
.endm
.macro R register, from
    ldr     \register, [\from]
.endm
.macro RA register, from
    ldar    \register, [\from]
.endm
.macro RADDR register, source, from     // the address depends on the source
    eor     w10, \source, \source
    ldr     \register, [\from, w10, sxtw]
.endm
.macro WADDR value, source, to
    eor     w10, \source, \source
    mov     w9, #\value
    str     w9, [\to, w10, sxtw]
.endm
.macro WDATA value, source, to          // the data does
    eor     w10, \source, \source
    add     w9, w10, #\value
    str     w9, [\to]
.endm
.macro CTRL source                      // whether it is executed does
    cbnz    \source, .Lctrl\@
.Lctrl\@:
.endm
.macro STX value, to
.Lstx\@:
    ldxr    w11, [\to]
    mov     w9, #\value
    stxr    w12, w9, [\to]
    cbnz    w12, .Lstx\@
.endm
.macro STLX value, to
.Lstlx\@:
    ldaxr   w11, [\to]
    mov     w9, #\value
    stlxr   w12, w9, [\to]
    cbnz    w12, .Lstlx\@
.endm
.macro LDX register, from
.Lldx\@:
    ldxr    \register, [\from]
    stxr    w12, \register, [\from]
    cbnz    w12, .Lldx\@
.endm
.macro LAX register, from
    ldaxr   \register, [\from]
.endm

.macro is thread, register, value       // for outcome: no outcome if it is not
    ldr     w0, [x21, #(64 * \thread + 4 * \register)]
    cmp     w0, #\value
    b.ne    next
.endm
.macro final from, value
    ldr     w0, [\from]
    cmp     w0, #\value
    b.ne    next
.endm

// All threads have come here: x24 counts the meetings, each thread's own in a line of its own.
.macro meet
    add     x24, x24, #1
    dmb     sy
    str     x24, [x22]
    dmb     sy
    mov     x0, #0
.Lother\@:
    add     x1, x23, x0, lsl #10
.Lwait\@:
    ldr     x2, [x1]
    cmp     x2, x24
    b.lo    .Lwait\@
    add     x0, x0, #1
    cmp     x0, #THREADS
    b.ne    .Lother\@
    dmb     sy
.endm

.macro enter thread
    setup_vectors 2
#ifndef OFF
    mmu_on  2
#endif
    mov     x26, #\thread
    b       go
.endm
    .irp    thread, 1, 2, 3
    adr     x0, enter\thread
    mov     x1, #(0xd8 + 8 * \thread)
    str     x0, [x1]
    dc      civac, x1
    .endr
    dsb     sy
    sev
    enter   0
enter1: enter 1
enter2: enter 2
enter3: enter 3

go: mov     x24, #0
    ldr     x23, =meetings
    add     x22, x23, x26, lsl #10
    ldr     x19, =places
    ldr     x27, =places + ROUNDS * PLACE
    cmp     x26, #THREADS
    b.hs    done
1:  mov     x3, x19
    add     x4, x19, #0x400
    add     x5, x19, #0x800
    mov     w13, #0
    mov     w14, #0
    mov     w15, #0
    meet
    cbz     x26, t0
    cmp     x26, #1
    b.eq    t1
    cmp     x26, #2
    b.eq    t2
    b       t3
t0: thread0
    b       2f
t1: thread1
    b       2f
t2:
#if THREADS > 2
    thread2
    b       2f
#endif
t3:
#if THREADS > 3
    thread3
#endif
2:  ldr     x21, =results
    add     x20, x21, x26, lsl #6
    stp     w13, w14, [x20]
    str     w15, [x20, #8]
    meet
    cbnz    x26, next
    outcome
    leave   1
next:
    meet
    add     x19, x19, #PLACE
    cmp     x19, x27
    b.ne    1b
    cbnz    x26, done
    leave   0
done:
    sleep
    .ltorg
    .balign 0x400
results:
    .space  0x400
meetings:
    .space  0x1000
places:
    .space  ROUNDS * PLACE
