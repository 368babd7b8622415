/* SPDX-License-Identifier: MIT */
/*
 * What the board check reports: the name, by which tests and people know a rule; hazard or note; the title; what the
 * two instructions of a report do; where the rule stands; what to write. Sections are those of the Arm Architecture
 * Reference Manual, DDI 0487, issues A to D, and of the Cortex-A53's Technical Reference Manual (TRM), DDI 0500.
 */
#ifndef RULES_H
#define RULES_H

/* clang-format off */
#define RULES(X)                                                                                                \
X(STALE_MEMORY, "stale-memory", HAZARD, "memory is read past the caches, and a cache has the newer data",       \
  "read", "written", "Arm ARM D4.4.8, B2.8",                                                                    \
  "DC CVAC (or CIVAC) of each line that was written, then DSB SY, before the other side reads")                 \
X(STALE_LINE, "stale-line", HAZARD, "a cached line may be read that is older than memory",                      \
  "read", "written", "Arm ARM D4.4.8, B2.8",                                                                    \
  "DC IVAC (or CIVAC) of the line, then DSB SY, after the write and before this read")                          \
X(DIRTY_LINE, "dirty-line", HAZARD, "a dirty cache line may be written back over this store",                   \
  "stored", "in a cache", "Arm ARM D4.4.8, B2.8",                                                               \
  "DC CIVAC of the line, then DSB SY, before memory is written past the caches")                                \
X(OLD_LINE, "old-line", HAZARD, "a store goes to a cached line that may be older than memory",                  \
  "stored", "memory", "Arm ARM D4.4.8, B2.8",                                                                   \
  "DC IVAC of the line, then DSB SY, before it is written through the cache; or keep the two in lines apart")   \
X(DISCARDED, "discarded", HAZARD, "DC IVAC may discard data that is in a cache alone",                          \
  "DC IVAC", "written", "Arm ARM D4.4.8",                                                                       \
  "DC CIVAC, or align what is invalidated to 64 bytes")                                                         \
X(SET_WAY, "set-way", HAZARD, "cache maintenance by set and way while caches are in use",                       \
  "DC by set/way", "", "Arm ARM D4.4.8; TRM 4.3",                                                               \
  "maintenance by address (DC CIVAC, line by line): by set and way, lines of other cores are missed or lost")   \
X(NOT_SHAREABLE, "not-shareable", HAZARD, "cores share data in memory that is mapped Non-shareable",            \
  "read", "written", "Arm ARM B2.7.1; TRM 2.1",                                                                 \
  "SH = 0b11 (Inner Shareable) in the descriptors of Normal memory")                                            \
X(SMPEN, "smpen", HAZARD, "caches are switched on, and CPUECTLR_EL1.SMPEN is not set on this core",             \
  "SCTLR", "", "TRM 4.3.66",                                                                                    \
  "set bit 6 of S3_1_C15_C2_1 at EL3, then ISB, before caches and TLBs are used")                               \
X(STALE_CODE, "stale-code", HAZARD, "an instruction cache may not have the code that is executed",              \
  "executed", "written", "Arm ARM D4.4.6, B2.2.5",                                                              \
  "DC CVAU, DSB ISH, IC IVAU of each line, DSB ISH, then ISB on each core that executes it")                    \
X(STALE_TLB, "stale-tlb", HAZARD, "a translation is used that has changed, and a TLB may hold the old one",     \
  "used", "changed", "Arm ARM D5.9, D5.10",                                                                     \
  "DSB ISHST, TLBI of the address (inner shareable), DSB ISH, ISB after the change")                            \
X(BREAK_BEFORE_MAKE, "break-before-make", HAZARD, "a translation in use was changed without break before make", \
  "changed", "", "Arm ARM D5.10.1",                                                                             \
  "write 0 to the descriptor, DSB ISHST, TLBI, DSB ISH, and only then the new descriptor")                      \
X(WALK_DSB, "walk-dsb", HAZARD, "a page table is walked, and the store to it may not be visible",               \
  "used", "written", "Arm ARM D5.10.2, B2.3.5",                                                                 \
  "DSB ISHST after the descriptors are written and before they are used")                                       \
X(WALK_STALE, "walk-stale", HAZARD, "a page table is walked, and cache and memory differ",                      \
  "used", "written", "Arm ARM D5.2, D4.4.8",                                                                    \
  "walks and stores with the same cacheability (TCR_ELx.IRGN, ORGN), or maintenance of the lines of the table") \
X(MMU_TLBI, "mmu-tlbi", HAZARD, "the MMU is switched on, and the TLB was never invalidated",                    \
  "SCTLR", "", "Arm ARM D5.9; TRM 5.2",                                                                         \
  "TLBI VMALLE1 (ALLE2, ALLE3), DSB, ISB before SCTLR_ELx.M is set: TLBs may hold anything")                    \
X(REGISTER_ISB, "register-isb", HAZARD, "what a system register controls is used before an ISB",                \
  "used", "register", "Arm ARM D7.1.2",                                                                         \
  "ISB after the MSR")                                                                                          \
X(REGISTER_UNKNOWN, "register-unknown", HAZARD, "a system register is relied on, and the kernel never wrote it whole", \
  "relied on", "", "Arm ARM D1.9.1, D7.1",                                                                      \
  "write the whole register, RES1 bits included: reset and the loader leave it UNKNOWN")                        \
X(RES1, "res1", HAZARD, "RES1 bits are written as 0",                                                           \
  "MSR", "", "Arm ARM D7.2",                                                                                    \
  "write the RES1 bits as 1")                                                                                   \
X(VECTORS, "vectors", HAZARD, "VBAR is no multiple of 2048",                                                    \
  "MSR", "", "Arm ARM D1.10.2",                                                                                 \
  ".balign 2048 before the vector table")                                                                       \
X(UNALIGNED, "unaligned", HAZARD, "an unaligned access to Device memory",                                       \
  "access", "", "Arm ARM B2.5.2, D5.2.9",                                                                       \
  "align the datum; -mstrict-align; or the MMU on, with this memory Normal")                                    \
X(UNALIGNED_ATOMIC, "unaligned-atomic", HAZARD, "an exclusive, acquire or release access is not aligned",       \
  "access", "", "Arm ARM B2.5.2",                                                                               \
  "align the datum to its size")                                                                                \
X(EXCLUSIVE, "exclusive", HAZARD, "an exclusive access to memory that is not Normal write-back",                \
  "access", "", "Arm ARM B2.9.2; TRM 7.4",                                                                      \
  "MMU and caches on, and the memory Normal write-back shareable, before atomics and locks are used")           \
X(ZVA, "zva", HAZARD, "DC ZVA to Device memory",                                                                \
  "DC ZVA", "", "Arm ARM D4.4.8",                                                                               \
  "ordinary stores while the MMU is off")                                                                       \
X(SP_ALIGNMENT, "sp-alignment", HAZARD, "SP is no multiple of 16 where it is a base",                           \
  "access", "", "Arm ARM D1.8.2",                                                                               \
  "keep SP a multiple of 16")                                                                                   \
X(PERIPHERAL_NORMAL, "peripheral-normal", HAZARD, "a peripheral is mapped as Normal memory",                    \
  "access", "", "Arm ARM B2.7.2",                                                                               \
  "a Device-nGnRE attribute in MAIR_ELx and in the descriptors of 0x3f000000 to 0x40ffffff")                    \
X(RAM_UNKNOWN, "ram-unknown", HAZARD, "RAM is read that nobody has written",                                    \
  "read", "", "RAM holds junk after power-on, and what a loader left",                                          \
  "write it first; is .bss cleared, and is the object inside of it?")                                           \
X(SEV_EARLY, "sev-early", HAZARD, "SEV before the store that another core waits for is complete",               \
  "SEV", "stored", "Arm ARM D1.16.1, B2.3.5",                                                                   \
  "DSB between the store and SEV: the other core may wake, see the old value, and sleep for ever")              \
X(WFE_LOST, "wfe-lost", HAZARD, "a core sleeps in WFE: what it waits for was stored, and no event came after",  \
  "WFE", "stored", "Arm ARM D1.16.1",                                                                           \
  "DSB and SEV after the store")                                                                                \
X(ORDER_STORES, "order-stores", HAZARD, "data is read that another core stored before its flag, with no barrier between", \
  "read", "stored", "Arm ARM B2.3",                                                                             \
  "on the writer's side STLR of the flag, or DMB ISHST between data and flag")                                  \
X(ORDER_LOADS, "order-loads", HAZARD, "data is read after the flag that tells of it, with no barrier between",  \
  "read", "stored", "Arm ARM B2.3",                                                                             \
  "on the reader's side LDAR of the flag, or DMB ISHLD between flag and data")                                  \
X(LOST_UPDATE, "lost-update", HAZARD, "two cores change a datum by load and store, and nothing keeps them apart", \
  "changed", "changed", "Arm ARM B2.9",                                                                         \
  "an atomic (LDXR and STXR, __atomic_fetch_add), or a lock around both")                                       \
X(MAILBOX_DSB, "mailbox-dsb", HAZARD, "the VideoCore is told of a buffer whose stores may not be complete",     \
  "told", "written", "Arm ARM B2.3.5",                                                                          \
  "DSB SY (ST) between the last store to the buffer and the store to the peripheral")                           \
X(MAILBOX_ORDER, "mailbox-order", NOTE, "the VideoCore is told of a buffer, with the MMU off and no DSB between",  \
  "told", "written", "Arm ARM B2.7.2: Device stores keep their order to one peripheral alone; a Cortex-A53 does more", \
  "DSB SY (ST) between the last store to the buffer and the store to the peripheral")                           \
X(REGISTER_RESET, "register-reset", NOTE, "a system register is used as the firmware or reset left it",         \
  "used", "", "Arm ARM D1.9.1: UNKNOWN; a Cortex-A53 and the Pi's firmware leave a usable value",               \
  "write it whole, if other loaders are to start the kernel")                                                   \
X(STALE_CODE_UNCACHED, "stale-code-uncached", NOTE, "code is executed that was stored, with no IC between",     \
  "executed", "written", "Arm ARM D4.4.6; a Cortex-A53 with SCTLR.I 0 fetches from memory",                     \
  "IC IVAU of each line (or IC IALLU), DSB, ISB, if fetches are ever to be cached")                             \
X(SET_WAY_EARLY, "set-way-early", NOTE, "cache maintenance by set and way, with all caches off",                \
  "DC by set/way", "", "Arm ARM D4.4.8",                                                                        \
  "nothing while one core runs with its caches off; a Cortex-A53 invalidates its caches at reset")
/* clang-format on */

enum rule {
#define RULE(id, name, kind, title, at, other, section, advice) id,
    RULES(RULE)
#undef RULE
        RULE_COUNT
};

#endif
