// SPDX-License-Identifier: MIT
// Litmus shapes: what two to four cores do to the words X, Y and Z, which are 0 before, and one outcome; and whether
// Arm's memory model allows it, as herd7 7.58 with aarch64.cat says. litmus.S runs them: what is allowed is seen under
// some seed, what is forbidden under none. MP, SB, LB and so on are the usual names (Maranget, Sarkar, Sewell); behind
// them stands what orders the accesses of each thread.
#ifdef SHAPE_MP // allowed
    .macro thread0; W 1, X; W 1, Y; .endm
    .macro thread1; R R0, Y; R R1, X; .endm
    .macro outcome; is 1, 0, 1; is 1, 1, 0; .endm
#define THREADS 2
#endif
#ifdef SHAPE_MP_dmb_po // allowed
    .macro thread0; W 1, X; dmb ish; W 1, Y; .endm
    .macro thread1; R R0, Y; R R1, X; .endm
    .macro outcome; is 1, 0, 1; is 1, 1, 0; .endm
#define THREADS 2
#endif
#ifdef SHAPE_MP_po_dmb // allowed
    .macro thread0; W 1, X; W 1, Y; .endm
    .macro thread1; R R0, Y; dmb ish; R R1, X; .endm
    .macro outcome; is 1, 0, 1; is 1, 1, 0; .endm
#define THREADS 2
#endif
#ifdef SHAPE_MP_dmb_dmb // forbidden
    .macro thread0; W 1, X; dmb ish; W 1, Y; .endm
    .macro thread1; R R0, Y; dmb ish; R R1, X; .endm
    .macro outcome; is 1, 0, 1; is 1, 1, 0; .endm
#define THREADS 2
#endif
#ifdef SHAPE_MP_dmbst_dmbld // forbidden
    .macro thread0; W 1, X; dmb ishst; W 1, Y; .endm
    .macro thread1; R R0, Y; dmb ishld; R R1, X; .endm
    .macro outcome; is 1, 0, 1; is 1, 1, 0; .endm
#define THREADS 2
#endif
#ifdef SHAPE_MP_dmb_addr // forbidden
    .macro thread0; W 1, X; dmb ish; W 1, Y; .endm
    .macro thread1; R R0, Y; RADDR R1, R0, X; .endm
    .macro outcome; is 1, 0, 1; is 1, 1, 0; .endm
#define THREADS 2
#endif
#ifdef SHAPE_MP_dmb_ctrl // allowed
    .macro thread0; W 1, X; dmb ish; W 1, Y; .endm
    .macro thread1; R R0, Y; CTRL R0; R R1, X; .endm
    .macro outcome; is 1, 0, 1; is 1, 1, 0; .endm
#define THREADS 2
#endif
#ifdef SHAPE_MP_dmb_ctrlisb // forbidden
    .macro thread0; W 1, X; dmb ish; W 1, Y; .endm
    .macro thread1; R R0, Y; CTRL R0; isb; R R1, X; .endm
    .macro outcome; is 1, 0, 1; is 1, 1, 0; .endm
#define THREADS 2
#endif
#ifdef SHAPE_MP_dmb_isb // allowed
    .macro thread0; W 1, X; dmb ish; W 1, Y; .endm
    .macro thread1; R R0, Y; isb; R R1, X; .endm
    .macro outcome; is 1, 0, 1; is 1, 1, 0; .endm
#define THREADS 2
#endif
#ifdef SHAPE_MP_stlr_ldar // forbidden
    .macro thread0; W 1, X; WL 1, Y; .endm
    .macro thread1; RA R0, Y; R R1, X; .endm
    .macro outcome; is 1, 0, 1; is 1, 1, 0; .endm
#define THREADS 2
#endif
#ifdef SHAPE_MP_stlr_po // allowed
    .macro thread0; W 1, X; WL 1, Y; .endm
    .macro thread1; R R0, Y; R R1, X; .endm
    .macro outcome; is 1, 0, 1; is 1, 1, 0; .endm
#define THREADS 2
#endif
#ifdef SHAPE_MP_dmbst_stxr_ldar // forbidden
    .macro thread0; W 1, X; dmb ishst; STX 1, Y; .endm
    .macro thread1; RA R0, Y; R R1, X; .endm
    .macro outcome; is 1, 0, 1; is 1, 1, 0; .endm
#define THREADS 2
#endif
#ifdef SHAPE_MP_dmb_stxr_ldar // forbidden
    .macro thread0; W 1, X; dmb ish; STX 1, Y; .endm
    .macro thread1; RA R0, Y; R R1, X; .endm
    .macro outcome; is 1, 0, 1; is 1, 1, 0; .endm
#define THREADS 2
#endif
#ifdef SHAPE_MP_po_stxr_ldar // allowed
    .macro thread0; W 1, X; STX 1, Y; .endm
    .macro thread1; RA R0, Y; R R1, X; .endm
    .macro outcome; is 1, 0, 1; is 1, 1, 0; .endm
#define THREADS 2
#endif
#ifdef SHAPE_MP_stlxr_ldar // forbidden
    .macro thread0; W 1, X; STLX 1, Y; .endm
    .macro thread1; RA R0, Y; R R1, X; .endm
    .macro outcome; is 1, 0, 1; is 1, 1, 0; .endm
#define THREADS 2
#endif
#ifdef SHAPE_MP_stxr_dmb_then // forbidden
    .macro thread0; STX 1, X; dmb ish; W 1, Y; .endm
    .macro thread1; RA R0, Y; R R1, X; .endm
    .macro outcome; is 1, 0, 1; is 1, 1, 0; .endm
#define THREADS 2
#endif
#ifdef SHAPE_MP_dmb_ldxr // allowed
    .macro thread0; W 1, X; dmb ish; W 1, Y; .endm
    .macro thread1; LDX R0, Y; R R1, X; .endm
    .macro outcome; is 1, 0, 1; is 1, 1, 0; .endm
#define THREADS 2
#endif
#ifdef SHAPE_MP_dmb_ldaxr // forbidden
    .macro thread0; W 1, X; dmb ish; W 1, Y; .endm
    .macro thread1; LAX R0, Y; R R1, X; .endm
    .macro outcome; is 1, 0, 1; is 1, 1, 0; .endm
#define THREADS 2
#endif
#ifdef SHAPE_MP_dmbnsh_dmb // allowed
    .macro thread0; W 1, X; dmb nsh; W 1, Y; .endm
    .macro thread1; R R0, Y; dmb ish; R R1, X; .endm
    .macro outcome; is 1, 0, 1; is 1, 1, 0; .endm
#define THREADS 2
#endif
#ifdef SHAPE_SB // allowed
    .macro thread0; W 1, X; R R0, Y; .endm
    .macro thread1; W 1, Y; R R0, X; .endm
    .macro outcome; is 0, 0, 0; is 1, 0, 0; .endm
#define THREADS 2
#endif
#ifdef SHAPE_SB_dmbs // forbidden
    .macro thread0; W 1, X; dmb ish; R R0, Y; .endm
    .macro thread1; W 1, Y; dmb ish; R R0, X; .endm
    .macro outcome; is 0, 0, 0; is 1, 0, 0; .endm
#define THREADS 2
#endif
#ifdef SHAPE_SB_dmb_po // allowed
    .macro thread0; W 1, X; dmb ish; R R0, Y; .endm
    .macro thread1; W 1, Y; R R0, X; .endm
    .macro outcome; is 0, 0, 0; is 1, 0, 0; .endm
#define THREADS 2
#endif
#ifdef SHAPE_SB_dmbst // allowed
    .macro thread0; W 1, X; dmb ishst; R R0, Y; .endm
    .macro thread1; W 1, Y; dmb ishst; R R0, X; .endm
    .macro outcome; is 0, 0, 0; is 1, 0, 0; .endm
#define THREADS 2
#endif
#ifdef SHAPE_SB_dmbld // allowed
    .macro thread0; W 1, X; dmb ishld; R R0, Y; .endm
    .macro thread1; W 1, Y; dmb ishld; R R0, X; .endm
    .macro outcome; is 0, 0, 0; is 1, 0, 0; .endm
#define THREADS 2
#endif
#ifdef SHAPE_SB_stlr_ldar // forbidden
    .macro thread0; WL 1, X; RA R0, Y; .endm
    .macro thread1; WL 1, Y; RA R0, X; .endm
    .macro outcome; is 0, 0, 0; is 1, 0, 0; .endm
#define THREADS 2
#endif
#ifdef SHAPE_SB_stlr_ldr // allowed
    .macro thread0; WL 1, X; R R0, Y; .endm
    .macro thread1; WL 1, Y; R R0, X; .endm
    .macro outcome; is 0, 0, 0; is 1, 0, 0; .endm
#define THREADS 2
#endif
#ifdef SHAPE_SB_str_ldar // allowed
    .macro thread0; W 1, X; RA R0, Y; .endm
    .macro thread1; W 1, Y; RA R0, X; .endm
    .macro outcome; is 0, 0, 0; is 1, 0, 0; .endm
#define THREADS 2
#endif
#ifdef SHAPE_LB // allowed
    .macro thread0; R R0, X; W 1, Y; .endm
    .macro thread1; R R0, Y; W 1, X; .endm
    .macro outcome; is 0, 0, 1; is 1, 0, 1; .endm
#define THREADS 2
#endif
#ifdef SHAPE_LB_dmbs // forbidden
    .macro thread0; R R0, X; dmb ish; W 1, Y; .endm
    .macro thread1; R R0, Y; dmb ish; W 1, X; .endm
    .macro outcome; is 0, 0, 1; is 1, 0, 1; .endm
#define THREADS 2
#endif
#ifdef SHAPE_LB_datas // forbidden
    .macro thread0; R R0, X; WDATA 1, R0, Y; .endm
    .macro thread1; R R0, Y; WDATA 1, R0, X; .endm
    .macro outcome; is 0, 0, 1; is 1, 0, 1; .endm
#define THREADS 2
#endif
#ifdef SHAPE_S_dmb_po // allowed
    .macro thread0; W 2, X; dmb ish; W 1, Y; .endm
    .macro thread1; R R0, Y; W 1, X; .endm
    .macro outcome; is 1, 0, 1; final X, 2; .endm
#define THREADS 2
#endif
#ifdef SHAPE_S_dmb_data // forbidden
    .macro thread0; W 2, X; dmb ish; W 1, Y; .endm
    .macro thread1; R R0, Y; WDATA 1, R0, X; .endm
    .macro outcome; is 1, 0, 1; final X, 2; .endm
#define THREADS 2
#endif
#ifdef SHAPE_R // allowed
    .macro thread0; W 1, X; W 1, Y; .endm
    .macro thread1; W 2, Y; R R0, X; .endm
    .macro outcome; is 1, 0, 0; final Y, 2; .endm
#define THREADS 2
#endif
#ifdef SHAPE_R_dmbs // forbidden
    .macro thread0; W 1, X; dmb ish; W 1, Y; .endm
    .macro thread1; W 2, Y; dmb ish; R R0, X; .endm
    .macro outcome; is 1, 0, 0; final Y, 2; .endm
#define THREADS 2
#endif
#ifdef SHAPE_R_dmbst_dmb // forbidden
    .macro thread0; W 1, X; dmb ishst; W 1, Y; .endm
    .macro thread1; W 2, Y; dmb ish; R R0, X; .endm
    .macro outcome; is 1, 0, 0; final Y, 2; .endm
#define THREADS 2
#endif
#ifdef SHAPE_WW // allowed
    .macro thread0; W 1, X; W 2, Y; .endm
    .macro thread1; W 1, Y; W 2, X; .endm
    .macro outcome; final X, 1; final Y, 1; .endm
#define THREADS 2
#endif
#ifdef SHAPE_WW_dmbst // forbidden
    .macro thread0; W 1, X; dmb ishst; W 2, Y; .endm
    .macro thread1; W 1, Y; dmb ishst; W 2, X; .endm
    .macro outcome; final X, 1; final Y, 1; .endm
#define THREADS 2
#endif
#ifdef SHAPE_CoRR // forbidden
    .macro thread0; W 1, X; .endm
    .macro thread1; R R0, X; R R1, X; .endm
    .macro outcome; is 1, 0, 1; is 1, 1, 0; .endm
#define THREADS 2
#endif
#ifdef SHAPE_CoRR2 // forbidden
    .macro thread0; W 1, X; .endm
    .macro thread1; W 2, X; .endm
    .macro thread2; R R0, X; R R1, X; .endm
    .macro thread3; R R0, X; R R1, X; .endm
    .macro outcome; is 2, 0, 1; is 2, 1, 2; is 3, 0, 2; is 3, 1, 1; .endm
#define THREADS 4
#endif
#ifdef SHAPE_CoWR // forbidden
    .macro thread0; W 1, X; R R0, X; .endm
    .macro thread1; W 2, X; .endm
    .macro outcome; is 0, 0, 0; .endm
#define THREADS 2
#endif
#ifdef SHAPE_IRIW // allowed
    .macro thread0; W 1, X; .endm
    .macro thread1; W 1, Y; .endm
    .macro thread2; R R0, X; R R1, Y; .endm
    .macro thread3; R R0, Y; R R1, X; .endm
    .macro outcome; is 2, 0, 1; is 2, 1, 0; is 3, 0, 1; is 3, 1, 0; .endm
#define THREADS 4
#endif
#ifdef SHAPE_IRIW_addrs // forbidden
    .macro thread0; W 1, X; .endm
    .macro thread1; W 1, Y; .endm
    .macro thread2; R R0, X; RADDR R1, R0, Y; .endm
    .macro thread3; R R0, Y; RADDR R1, R0, X; .endm
    .macro outcome; is 2, 0, 1; is 2, 1, 0; is 3, 0, 1; is 3, 1, 0; .endm
#define THREADS 4
#endif
#ifdef SHAPE_IRIW_dmbs // forbidden
    .macro thread0; W 1, X; .endm
    .macro thread1; W 1, Y; .endm
    .macro thread2; R R0, X; dmb ish; R R1, Y; .endm
    .macro thread3; R R0, Y; dmb ish; R R1, X; .endm
    .macro outcome; is 2, 0, 1; is 2, 1, 0; is 3, 0, 1; is 3, 1, 0; .endm
#define THREADS 4
#endif
#ifdef SHAPE_WRC_data_addr // forbidden
    .macro thread0; W 1, X; .endm
    .macro thread1; R R0, X; WDATA 1, R0, Y; .endm
    .macro thread2; R R0, Y; RADDR R1, R0, X; .endm
    .macro outcome; is 1, 0, 1; is 2, 0, 1; is 2, 1, 0; .endm
#define THREADS 3
#endif
#ifdef SHAPE_WRC_po_addr // allowed
    .macro thread0; W 1, X; .endm
    .macro thread1; R R0, X; W 1, Y; .endm
    .macro thread2; R R0, Y; RADDR R1, R0, X; .endm
    .macro outcome; is 1, 0, 1; is 2, 0, 1; is 2, 1, 0; .endm
#define THREADS 3
#endif
#ifdef SHAPE_ISA2 // forbidden
    .macro thread0; W 1, X; dmb ish; W 1, Y; .endm
    .macro thread1; R R0, Y; WDATA 1, R0, Z; .endm
    .macro thread2; R R0, Z; RADDR R1, R0, X; .endm
    .macro outcome; is 1, 0, 1; is 2, 0, 1; is 2, 1, 0; .endm
#define THREADS 3
#endif
#ifdef SHAPE_PPOCA // allowed
    .macro thread0; W 1, Z; dmb ish; W 1, Y; .endm
    .macro thread1; R R0, Y; CTRL R0; W 1, X; R R1, X; RADDR R2, R1, Z; .endm
    .macro outcome; is 1, 0, 1; is 1, 1, 1; is 1, 2, 0; .endm
#define THREADS 2
#endif
#ifdef SHAPE_PPOAA // forbidden
    .macro thread0; W 1, Z; dmb ish; W 1, Y; .endm
    .macro thread1; R R0, Y; WADDR 1, R0, X; R R1, X; RADDR R2, R1, Z; .endm
    .macro outcome; is 1, 0, 1; is 1, 1, 1; is 1, 2, 0; .endm
#define THREADS 2
#endif
#ifdef SHAPE_SB_stxr_ldr // allowed
    .macro thread0; STX 1, X; R R0, Y; .endm
    .macro thread1; STX 1, Y; R R0, X; .endm
    .macro outcome; is 0, 0, 0; is 1, 0, 0; .endm
#define THREADS 2
#endif
#ifdef SHAPE_SB_ldaxrstlxr_ldr // allowed
    .macro thread0; STLX 1, X; R R0, Y; .endm
    .macro thread1; STLX 1, Y; R R0, X; .endm
    .macro outcome; is 0, 0, 0; is 1, 0, 0; .endm
#define THREADS 2
#endif
#ifdef SHAPE_SB_stxr_dmb // forbidden
    .macro thread0; STX 1, X; dmb ish; R R0, Y; .endm
    .macro thread1; STX 1, Y; dmb ish; R R0, X; .endm
    .macro outcome; is 0, 0, 0; is 1, 0, 0; .endm
#define THREADS 2
#endif
#ifdef SHAPE_MP_dmb_ctrl_stxr // forbidden
    .macro thread0; W 1, X; dmb ish; W 1, Y; .endm
    .macro thread1; R R0, Y; dmb ishld; R R1, X; .endm
    .macro outcome; is 1, 0, 1; is 1, 1, 0; .endm
#define THREADS 2
#endif
#ifdef SHAPE_MP_dmbld_producer // allowed
    .macro thread0; W 1, X; dmb ishld; W 1, Y; .endm
    .macro thread1; R R0, Y; dmb ish; R R1, X; .endm
    .macro outcome; is 1, 0, 1; is 1, 1, 0; .endm
#define THREADS 2
#endif
#ifdef SHAPE_MP_dmb_addr_po // allowed
    .macro thread0; W 1, X; dmb ish; W 1, Y; .endm
    .macro thread1; R R0, Y; RADDR R2, R0, Z; R R1, X; .endm
    .macro outcome; is 1, 0, 1; is 1, 1, 0; .endm
#define THREADS 2
#endif
#ifdef SHAPE_LB_ctrls // forbidden
    .macro thread0; R R0, X; CTRL R0; W 1, Y; .endm
    .macro thread1; R R0, Y; CTRL R0; W 1, X; .endm
    .macro outcome; is 0, 0, 1; is 1, 0, 1; .endm
#define THREADS 2
#endif
#ifdef SHAPE_LB_acqs // forbidden
    .macro thread0; RA R0, X; W 1, Y; .endm
    .macro thread1; RA R0, Y; W 1, X; .endm
    .macro outcome; is 0, 0, 1; is 1, 0, 1; .endm
#define THREADS 2
#endif
#ifdef SHAPE_S_dmb_ctrl // forbidden
    .macro thread0; W 2, X; dmb ish; W 1, Y; .endm
    .macro thread1; R R0, Y; CTRL R0; W 1, X; .endm
    .macro outcome; is 1, 0, 1; final X, 2; .endm
#define THREADS 2
#endif
#ifdef SHAPE_MP_dsbst_dsb // forbidden
    .macro thread0; W 1, X; dsb st; W 1, Y; .endm
    .macro thread1; R R0, Y; dsb sy; R R1, X; .endm
    .macro outcome; is 1, 0, 1; is 1, 1, 0; .endm
#define THREADS 2
#endif

// PiBoot's own protocols. The word to go on (piboot_let_next_go, piboot_wait_for_turn): Y is the word, 4 to go on, 5 that it
// has gone; X is what the alive before wrote, Z the next core's word. The woken core's LDAR and its DSB order the same: with
// one of them nothing is lost, with neither something is.
#define IS_GO cmp w13, #4; b.ne 9f
#ifdef SHAPE_wake_data // forbidden
    .macro thread0; W 7, X; dsb sy; W 4, Y; dsb sy; .endm
    .macro thread1; RA R0, Y; IS_GO; W 5, Y; dsb sy; R R1, X; 9:; .endm
    .macro outcome; is 1, 0, 4; is 1, 1, 0; .endm
#define THREADS 2
#endif
#ifdef SHAPE_wake_data_ldr // forbidden
    .macro thread0; W 7, X; dsb sy; W 4, Y; dsb sy; .endm
    .macro thread1; R R0, Y; IS_GO; W 5, Y; dsb sy; R R1, X; 9:; .endm
    .macro outcome; is 1, 0, 4; is 1, 1, 0; .endm
#define THREADS 2
#endif
#ifdef SHAPE_wake_data_no_dsb // forbidden
    .macro thread0; W 7, X; dsb sy; W 4, Y; dsb sy; .endm
    .macro thread1; RA R0, Y; IS_GO; W 5, Y; R R1, X; 9:; .endm
    .macro outcome; is 1, 0, 4; is 1, 1, 0; .endm
#define THREADS 2
#endif
#ifdef SHAPE_wake_data_neither // allowed
    .macro thread0; W 7, X; dsb sy; W 4, Y; dsb sy; .endm
    .macro thread1; R R0, Y; IS_GO; W 5, Y; R R1, X; 9:; .endm
    .macro outcome; is 1, 0, 4; is 1, 1, 0; .endm
#define THREADS 2
#endif
#ifdef SHAPE_wake_data_waker // allowed
    .macro thread0; W 7, X; W 4, Y; dsb sy; .endm
    .macro thread1; RA R0, Y; IS_GO; W 5, Y; dsb sy; R R1, X; 9:; .endm
    .macro outcome; is 1, 0, 4; is 1, 1, 0; .endm
#define THREADS 2
#endif
#ifdef SHAPE_wake_reads // forbidden
    .macro thread0; R R0, X; dsb sy; W 4, Y; .endm
    .macro thread1; RA R0, Y; IS_GO; W 5, Y; dsb sy; W 1, X; 9:; .endm
    .macro outcome; is 0, 0, 1; is 1, 0, 4; .endm
#define THREADS 2
#endif
#ifdef SHAPE_wake_reads_waker // allowed
    .macro thread0; R R0, X; W 4, Y; .endm
    .macro thread1; RA R0, Y; IS_GO; W 5, Y; dsb sy; W 1, X; 9:; .endm
    .macro outcome; is 0, 0, 1; is 1, 0, 4; .endm
#define THREADS 2
#endif
#ifdef SHAPE_wake_chain // forbidden
    .macro thread0; W 7, X; dsb sy; W 4, Y; dsb sy; .endm
    .macro thread1; RA R0, Y; IS_GO; W 5, Y; dsb sy; dsb sy; W 4, Z; dsb sy; 9:; .endm
    .macro thread2; RA R0, Z; IS_GO; W 5, Z; dsb sy; R R1, X; 9:; .endm
    .macro outcome; is 2, 0, 4; is 2, 1, 0; .endm
#define THREADS 3
#endif
#ifdef SHAPE_wake_gone // forbidden
    .macro thread0; W 4, Y; R R0, Y; .endm
    .macro thread1; R R0, Y; IS_GO; W 5, Y; 9:; .endm
    .macro outcome; is 0, 0, 5; is 1, 0, 0; .endm
#define THREADS 2
#endif
#ifdef SHAPE_wake_junk // forbidden
    .macro thread0; W 2, Y; .endm
    .macro thread1; W 1, Y; R R0, Y; .endm
    .macro outcome; is 1, 0, 0; .endm
#define THREADS 2
#endif

// The queue for the console (piboot.h), two cores: X and Y choosing, Z and the line behind it the tickets; R0 who is in. A
// core that sees the other one choosing, or before it, stops here. Its three DMBs are all needed.
#define CHOOSING(own) W 1, own
#define TICKET(at, others) ldr w7, [x5, others]; add w6, w7, #1; str w6, [x5, at]
#define LOOK(own, other, others) str wzr, [own]; ldr w7, [other]; cbnz w7, 9f; LOOK_DMB; ldr w7, [x5, others]; cbz w7, 8f
#define LOOK_DMB dmb sy
#define IN(condition) cmp w7, w6; b.condition 9f; 8: mov w13, #1; 9:
#ifdef SHAPE_lock // forbidden
    .macro thread0; CHOOSING(X); dmb sy; TICKET(0, 64); dmb sy; LOOK(X, Y, 64); IN(lt); .endm
    .macro thread1; CHOOSING(Y); dmb sy; TICKET(64, 0); dmb sy; LOOK(Y, X, 0); IN(le); .endm
    .macro outcome; is 0, 0, 1; is 1, 0, 1; .endm
#define THREADS 2
#endif
#ifdef SHAPE_lock_choose // allowed
    .macro thread0; CHOOSING(X); TICKET(0, 64); dmb sy; LOOK(X, Y, 64); IN(lt); .endm
    .macro thread1; CHOOSING(Y); TICKET(64, 0); dmb sy; LOOK(Y, X, 0); IN(le); .endm
    .macro outcome; is 0, 0, 1; is 1, 0, 1; .endm
#define THREADS 2
#endif
#ifdef SHAPE_lock_ticket // allowed
    .macro thread0; CHOOSING(X); dmb sy; TICKET(0, 64); LOOK(X, Y, 64); IN(lt); .endm
    .macro thread1; CHOOSING(Y); dmb sy; TICKET(64, 0); LOOK(Y, X, 0); IN(le); .endm
    .macro outcome; is 0, 0, 1; is 1, 0, 1; .endm
#define THREADS 2
#endif
#ifdef SHAPE_lock_others // allowed
#undef LOOK_DMB
#define LOOK_DMB nop
    .macro thread0; CHOOSING(X); dmb sy; TICKET(0, 64); dmb sy; LOOK(X, Y, 64); IN(lt); .endm
    .macro thread1; CHOOSING(Y); dmb sy; TICKET(64, 0); dmb sy; LOOK(Y, X, 0); IN(le); .endm
    .macro outcome; is 0, 0, 1; is 1, 0, 1; .endm
#define THREADS 2
#endif
#ifdef SHAPE_lock_handover // forbidden
    .macro thread0; W 1, X; dmb sy; W 1, Y; .endm
    .macro thread1; R R0, Y; cbz w13, 9f; dmb sy; R R1, X; 9:; .endm
    .macro outcome; is 1, 0, 1; is 1, 1, 0; .endm
#define THREADS 2
#endif
#ifdef SHAPE_lock_handover_lock // allowed
    .macro thread0; W 1, X; dmb sy; W 1, Y; .endm
    .macro thread1; R R0, Y; cbz w13, 9f; R R1, X; 9:; .endm
    .macro outcome; is 1, 0, 1; is 1, 1, 0; .endm
#define THREADS 2
#endif
#ifdef SHAPE_lock_leak // forbidden
    .macro thread0; R R0, X; dmb sy; W 1, Y; .endm
    .macro thread1; R R0, Y; cbz w13, 9f; dmb sy; W 1, X; 9:; .endm
    .macro outcome; is 0, 0, 1; is 1, 0, 1; .endm
#define THREADS 2
#endif
#ifdef SHAPE_lock_leak_unlock // allowed
    .macro thread0; R R0, X; W 1, Y; .endm
    .macro thread1; R R0, Y; cbz w13, 9f; dmb sy; W 1, X; 9:; .endm
    .macro outcome; is 0, 0, 1; is 1, 0, 1; .endm
#define THREADS 2
#endif
