// SPDX-License-Identifier: MIT
//
// What resume.c and resume.S agree on: everything that an exception must keep, in memory.
#ifndef RESUME_H
#define RESUME_H

#define STATE_X 0 /* x0 to x30 */
#define STATE_NZCV 256
#define STATE_FPSR 264
#define STATE_FPCR 272
#define STATE_CALLER 280
#define STATE_Q 288
#define STATE_SIZE 800

// SVC numbers: what resume.c's handler is to do.
#define DO_NOTHING 0
#define DO_CHANGE 1    /* every register of the frame */
#define DO_MOVE_SP 2   /* by SP_MOVE */
#define DO_JUMP 3      /* to the address in x0 */
#define DO_LEAVE_EL0 4 /* to EL1h, at x30 */
#define SP_MOVE 48

#endif
