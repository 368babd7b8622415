/* SPDX-License-Identifier: MIT */
/*
 * The hostile machine: types and functions that its parts share. What the model is, and by which rules
 * of the Arm Architecture Reference Manual it works, is told at the top of machine.c.
 */
#ifndef MACHINE_H
#define MACHINE_H

#include <setjmp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    CORES = 4,
    LINE = 64,           /* bytes in a cache line, and in a DC ZVA block */
    PAGE = 4096,         /* granule of the lazily made RAM and of the TLB */
    ICACHE_LINES = 512,  /* 32 KiB a core */
    SHARED_LINES = 8192, /* 512 KiB, the coherent level */
    PRIVATE_LINES = 512, /* 32 KiB: lines of a core that does not take part in coherency */
    BUFFERED = 24,       /* stores and maintenance operations under way, a core */
    TLB_SETS = 128,
    TLB_WAYS = 4,
    WALK_CACHE = 16, /* pointers to tables that a core remembers */
    LATE = 4,        /* loads that have been executed and not satisfied, a core */
    LOG_SIZE = 512, /* remembered writes, for loads that are satisfied early */
};

#define RAM_END UINT64_C(0x3f000000)
#define PERIPHERALS_END UINT64_C(0x40000000)
#define LOCAL_END UINT64_C(0x40040000)

/* ---- elf.c ---------------------------------------------------------------------------------- */

struct symbol {
    uint64_t address, size;
    const char *name;
};

struct segment {
    uint64_t address, size; /* bytes that the file holds, at their physical address */
    const uint8_t *bytes;
    bool executable;
};

struct image {
    const char *path;
    uint8_t *file;
    uint64_t entry;
    struct segment segments[16];
    unsigned segment_count;
    struct symbol *symbols;
    size_t symbol_count;
    uint64_t base;        /* where the kernel sees physical address 0; symbols here are without it */
    uint64_t low, high;   /* of the bytes held by the file */
    uint64_t memory_high; /* with .bss and stacks */
};

bool image_load(struct image *image, const char *path);
void image_free(struct image *image);
const struct symbol *image_symbol_at(const struct image *image, uint64_t address);
uint64_t without_base(const struct image *image, uint64_t address);
const struct symbol *image_symbol(const struct image *image, const char *name);
bool image_patch(struct image *image, uint64_t address, uint32_t word);
bool image_word(const struct image *image, uint64_t address, uint32_t *word);

/* ---- decode.c ------------------------------------------------------------------------------- */

enum operation {
    INSN_UNDEFINED, /* unallocated in Armv8.0-A */
    INSN_NOT_MODELLED,
    INSN_UNPREDICTABLE,
    INSN_ADR, INSN_ADRP, INSN_ADD, INSN_AND, INSN_ORR, INSN_EOR, INSN_MOVN, INSN_MOVZ, INSN_MOVK,
    INSN_SBFM, INSN_BFM, INSN_UBFM, INSN_EXTR,
    INSN_ADC, INSN_CCMP, INSN_CSEL, INSN_SHIFT, INSN_CRC32,
    INSN_RBIT, INSN_REV16, INSN_REV32, INSN_REV, INSN_CLZ, INSN_CLS, INSN_UDIV, INSN_SDIV,
    INSN_MADD, INSN_SMADDL, INSN_UMADDL, INSN_SMULH, INSN_UMULH,
    INSN_B, INSN_BL, INSN_BR, INSN_BLR, INSN_RET, INSN_BCOND, INSN_CBZ, INSN_TBZ,
    INSN_LOAD, INSN_STORE, INSN_LOAD_EXCLUSIVE, INSN_STORE_EXCLUSIVE, INSN_PRFM, INSN_CLREX,
    INSN_MRS, INSN_MSR, INSN_MSR_IMMEDIATE, INSN_SYS, INSN_SYSL, INSN_ISB, INSN_DSB, INSN_DMB,
    INSN_NOP, INSN_YIELD, INSN_WFE, INSN_WFI, INSN_SEV, INSN_SEVL,
    INSN_SVC, INSN_HVC, INSN_SMC, INSN_BRK, INSN_HLT, INSN_ERET,
    INSN_FP, /* data processing: fpu.c */
};

enum index_mode { INDEX_OFFSET, INDEX_PRE, INDEX_POST };
enum { FLAGS_BIT = 31 }; /* where the flags are in a set of registers: there is no x31 */

/* One instruction word, decoded once and kept for the life of the process. The names of registers are those of the
   fields: Rd or Rt is rd, Rm or Rs is rm, Ra or Rt2 is ra; 31 is ZR, or SP where rd_sp or rn_sp says so. */
struct insn {
    uint32_t word;
    uint8_t id;    /* enum operation */
    uint8_t bytes; /* width of the registers: 4 or 8 */
    uint8_t size;  /* bytes of one register in memory */
    uint8_t rd, rn, rm, ra;
    bool rd_sp, rn_sp;
    bool flags, invert, increment;       /* sets the flags; the second operand, or the condition, inverted; + 1 */
    bool has_imm, literal, extends;
    bool is_memory, pair, sign, vector;  /* loads and stores: of two; sign-extended; of SIMD&FP registers */
    bool ordered, user;                  /* acquire or release; as from EL0 (LDTR, STTR) */
    bool is_dc, is_ic, is_tlbi;
    uint8_t shift, amount, extend, cond, mode;
    uint8_t structures;                  /* LD1, ST1: how many registers, of elements of element bytes */
    uint8_t element;
    uint64_t imm;
    uint32_t sources, targets, address_sources; /* registers read and written: x0 to x30, FLAGS_BIT */
    char text[64];
};

const struct insn *decode(uint32_t word);
bool cryptographic(uint32_t word);

/* ---- fpu.c ------------------------------------------------------------------------------------ */

struct core;
bool fpu_execute(struct core *c, uint32_t word);

/* ---- sysreg.c ------------------------------------------------------------------------------- */

/* name, op0, op1, CRn, CRm, op2, flags */
#define SYNC 1 /* what it controls may lag behind a write until a context synchronisation */
#define RO 2   /* writes are UNDEFINED */
#define ZERO 4 /* 0 at reset; all others that are not constant are UNKNOWN */
#define IMPDEF 8
#define VM 16 /* trapped by HCR_EL2.TVM and TRVM */
#define IDREG 32

#define SYSTEM_REGISTERS(X)                                                    \
    X(MIDR_EL1,          3, 0,  0,  0, 0, RO)                                  \
    X(MPIDR_EL1,         3, 0,  0,  0, 5, RO)                                  \
    X(REVIDR_EL1,        3, 0,  0,  0, 6, RO)                                  \
    X(ID_AA64PFR0_EL1,   3, 0,  0,  4, 0, RO | IDREG)                          \
    X(ID_AA64PFR1_EL1,   3, 0,  0,  4, 1, RO | IDREG)                          \
    X(ID_AA64DFR0_EL1,   3, 0,  0,  5, 0, RO | IDREG)                          \
    X(ID_AA64DFR1_EL1,   3, 0,  0,  5, 1, RO | IDREG)                          \
    X(ID_AA64ISAR0_EL1,  3, 0,  0,  6, 0, RO | IDREG)                          \
    X(ID_AA64ISAR1_EL1,  3, 0,  0,  6, 1, RO | IDREG)                          \
    X(ID_AA64MMFR0_EL1,  3, 0,  0,  7, 0, RO | IDREG)                          \
    X(ID_AA64MMFR1_EL1,  3, 0,  0,  7, 1, RO | IDREG)                          \
    X(ID_AA64MMFR2_EL1,  3, 0,  0,  7, 2, RO | IDREG)                          \
    X(SCTLR_EL1,         3, 0,  1,  0, 0, SYNC | VM)                           \
    X(ACTLR_EL1,         3, 0,  1,  0, 1, 0)                                   \
    X(CPACR_EL1,         3, 0,  1,  0, 2, SYNC)                                \
    X(TTBR0_EL1,         3, 0,  2,  0, 0, SYNC | VM)                           \
    X(TTBR1_EL1,         3, 0,  2,  0, 1, SYNC | VM)                           \
    X(TCR_EL1,           3, 0,  2,  0, 2, SYNC | VM)                           \
    X(SPSR_EL1,          3, 0,  4,  0, 0, 0)                                   \
    X(ELR_EL1,           3, 0,  4,  0, 1, 0)                                   \
    X(SP_EL0,            3, 0,  4,  1, 0, 0)                                   \
    X(AFSR0_EL1,         3, 0,  5,  1, 0, VM)                                  \
    X(AFSR1_EL1,         3, 0,  5,  1, 1, VM)                                  \
    X(ESR_EL1,           3, 0,  5,  2, 0, VM)                                  \
    X(FAR_EL1,           3, 0,  6,  0, 0, VM)                                  \
    X(PAR_EL1,           3, 0,  7,  4, 0, 0)                                   \
    X(MAIR_EL1,          3, 0, 10,  2, 0, SYNC | VM)                           \
    X(AMAIR_EL1,         3, 0, 10,  3, 0, VM)                                  \
    X(VBAR_EL1,          3, 0, 12,  0, 0, SYNC)                                \
    X(ISR_EL1,           3, 0, 12,  1, 0, RO)                                  \
    X(CONTEXTIDR_EL1,    3, 0, 13,  0, 1, VM)                                  \
    X(TPIDR_EL1,         3, 0, 13,  0, 4, 0)                                   \
    X(CNTKCTL_EL1,       3, 0, 14,  1, 0, SYNC)                                \
    X(CSSELR_EL1,        3, 2,  0,  0, 0, 0)                                   \
    X(CCSIDR_EL1,        3, 1,  0,  0, 0, RO)                                  \
    X(CLIDR_EL1,         3, 1,  0,  0, 1, RO)                                  \
    X(AIDR_EL1,          3, 1,  0,  0, 7, RO)                                  \
    X(CTR_EL0,           3, 3,  0,  0, 1, RO)                                  \
    X(DCZID_EL0,         3, 3,  0,  0, 7, RO)                                  \
    X(FPCR,              3, 3,  4,  4, 0, 0)                                   \
    X(FPSR,              3, 3,  4,  4, 1, 0)                                   \
    X(TPIDR_EL0,         3, 3, 13,  0, 2, 0)                                   \
    X(TPIDRRO_EL0,       3, 3, 13,  0, 3, 0)                                   \
    X(CNTFRQ_EL0,        3, 3, 14,  0, 0, 0)                                   \
    X(CNTPCT_EL0,        3, 3, 14,  0, 1, RO)                                  \
    X(CNTVCT_EL0,        3, 3, 14,  0, 2, RO)                                  \
    X(CNTP_TVAL_EL0,     3, 3, 14,  2, 0, 0)                                   \
    X(CNTP_CTL_EL0,      3, 3, 14,  2, 1, 0)                                   \
    X(CNTP_CVAL_EL0,     3, 3, 14,  2, 2, 0)                                   \
    X(CNTV_TVAL_EL0,     3, 3, 14,  3, 0, 0)                                   \
    X(CNTV_CTL_EL0,      3, 3, 14,  3, 1, 0)                                   \
    X(CNTV_CVAL_EL0,     3, 3, 14,  3, 2, 0)                                   \
    X(PMCR_EL0,          3, 3,  9, 12, 0, 0)                                   \
    X(PMCNTENSET_EL0,    3, 3,  9, 12, 1, 0)                                   \
    X(PMCNTENCLR_EL0,    3, 3,  9, 12, 2, 0)                                   \
    X(PMOVSCLR_EL0,      3, 3,  9, 12, 3, 0)                                   \
    X(PMSELR_EL0,        3, 3,  9, 12, 5, 0)                                   \
    X(PMCCNTR_EL0,       3, 3,  9, 13, 0, 0)                                   \
    X(PMUSERENR_EL0,     3, 3,  9, 14, 0, 0)                                   \
    X(PMOVSSET_EL0,      3, 3,  9, 14, 3, 0)                                   \
    X(PMINTENSET_EL1,    3, 0,  9, 14, 1, 0)                                   \
    X(PMINTENCLR_EL1,    3, 0,  9, 14, 2, 0)                                   \
    X(PMCCFILTR_EL0,     3, 3, 14, 15, 7, 0)                                   \
    X(VPIDR_EL2,         3, 4,  0,  0, 0, SYNC)                                \
    X(VMPIDR_EL2,        3, 4,  0,  0, 5, SYNC)                                \
    X(SCTLR_EL2,         3, 4,  1,  0, 0, SYNC)                                \
    X(ACTLR_EL2,         3, 4,  1,  0, 1, SYNC)                                \
    X(HCR_EL2,           3, 4,  1,  1, 0, SYNC)                                \
    X(MDCR_EL2,          3, 4,  1,  1, 1, SYNC)                                \
    X(CPTR_EL2,          3, 4,  1,  1, 2, SYNC)                                \
    X(HSTR_EL2,          3, 4,  1,  1, 3, SYNC)                                \
    X(HACR_EL2,          3, 4,  1,  1, 7, 0)                                   \
    X(TTBR0_EL2,         3, 4,  2,  0, 0, SYNC)                                \
    X(TCR_EL2,           3, 4,  2,  0, 2, SYNC)                                \
    X(VTTBR_EL2,         3, 4,  2,  1, 0, SYNC)                                \
    X(VTCR_EL2,          3, 4,  2,  1, 2, SYNC)                                \
    X(DACR32_EL2,        3, 4,  3,  0, 0, 0)                                   \
    X(SPSR_EL2,          3, 4,  4,  0, 0, 0)                                   \
    X(ELR_EL2,           3, 4,  4,  0, 1, 0)                                   \
    X(SP_EL1,            3, 4,  4,  1, 0, 0)                                   \
    X(SPSR_irq,          3, 4,  4,  3, 0, 0)                                   \
    X(SPSR_abt,          3, 4,  4,  3, 1, 0)                                   \
    X(SPSR_und,          3, 4,  4,  3, 2, 0)                                   \
    X(SPSR_fiq,          3, 4,  4,  3, 3, 0)                                   \
    X(IFSR32_EL2,        3, 4,  5,  0, 1, 0)                                   \
    X(AFSR0_EL2,         3, 4,  5,  1, 0, 0)                                   \
    X(AFSR1_EL2,         3, 4,  5,  1, 1, 0)                                   \
    X(ESR_EL2,           3, 4,  5,  2, 0, 0)                                   \
    X(FPEXC32_EL2,       3, 4,  5,  3, 0, 0)                                   \
    X(FAR_EL2,           3, 4,  6,  0, 0, 0)                                   \
    X(HPFAR_EL2,         3, 4,  6,  0, 4, 0)                                   \
    X(MAIR_EL2,          3, 4, 10,  2, 0, SYNC)                                \
    X(AMAIR_EL2,         3, 4, 10,  3, 0, 0)                                   \
    X(VBAR_EL2,          3, 4, 12,  0, 0, SYNC)                                \
    X(TPIDR_EL2,         3, 4, 13,  0, 2, 0)                                   \
    X(CNTVOFF_EL2,       3, 4, 14,  0, 3, SYNC)                                \
    X(CNTHCTL_EL2,       3, 4, 14,  1, 0, SYNC)                                \
    X(CNTHP_TVAL_EL2,    3, 4, 14,  2, 0, 0)                                   \
    X(CNTHP_CTL_EL2,     3, 4, 14,  2, 1, 0)                                   \
    X(CNTHP_CVAL_EL2,    3, 4, 14,  2, 2, 0)                                   \
    X(SCTLR_EL3,         3, 6,  1,  0, 0, SYNC)                                \
    X(ACTLR_EL3,         3, 6,  1,  0, 1, SYNC)                                \
    X(SCR_EL3,           3, 6,  1,  1, 0, SYNC)                                \
    X(SDER32_EL3,        3, 6,  1,  1, 1, 0)                                   \
    X(CPTR_EL3,          3, 6,  1,  1, 2, SYNC)                                \
    X(MDCR_EL3,          3, 6,  1,  3, 1, SYNC)                                \
    X(TTBR0_EL3,         3, 6,  2,  0, 0, SYNC)                                \
    X(TCR_EL3,           3, 6,  2,  0, 2, SYNC)                                \
    X(SPSR_EL3,          3, 6,  4,  0, 0, 0)                                   \
    X(ELR_EL3,           3, 6,  4,  0, 1, 0)                                   \
    X(SP_EL2,            3, 6,  4,  1, 0, 0)                                   \
    X(AFSR0_EL3,         3, 6,  5,  1, 0, 0)                                   \
    X(AFSR1_EL3,         3, 6,  5,  1, 1, 0)                                   \
    X(ESR_EL3,           3, 6,  5,  2, 0, 0)                                   \
    X(FAR_EL3,           3, 6,  6,  0, 0, 0)                                   \
    X(MAIR_EL3,          3, 6, 10,  2, 0, SYNC)                                \
    X(AMAIR_EL3,         3, 6, 10,  3, 0, 0)                                   \
    X(VBAR_EL3,          3, 6, 12,  0, 0, SYNC)                                \
    X(RVBAR_EL3,         3, 6, 12,  0, 1, RO)                                  \
    X(RMR_EL3,           3, 6, 12,  0, 2, ZERO)                                \
    X(TPIDR_EL3,         3, 6, 13,  0, 2, 0)                                   \
    X(CNTPS_TVAL_EL1,    3, 7, 14,  2, 0, 0)                                   \
    X(CNTPS_CTL_EL1,     3, 7, 14,  2, 1, 0)                                   \
    X(CNTPS_CVAL_EL1,    3, 7, 14,  2, 2, 0)                                   \
    X(MDSCR_EL1,         2, 0,  0,  2, 2, SYNC)                                \
    X(OSLAR_EL1,         2, 0,  1,  0, 4, 0)                                   \
    X(OSLSR_EL1,         2, 0,  1,  1, 4, RO)                                  \
    X(OSDLR_EL1,         2, 0,  1,  3, 4, ZERO)                                \
    X(MDCCINT_EL1,       2, 0,  0,  2, 0, 0)                                   \
    X(L2CTLR_EL1,        3, 1, 11,  0, 2, IMPDEF)                              \
    X(L2ECTLR_EL1,       3, 1, 11,  0, 3, IMPDEF)                              \
    X(L2ACTLR_EL1,       3, 1, 15,  0, 0, IMPDEF)                              \
    X(CPUACTLR_EL1,      3, 1, 15,  2, 0, IMPDEF)                              \
    X(CPUECTLR_EL1,      3, 1, 15,  2, 1, IMPDEF | SYNC | ZERO)                \
    X(CBAR_EL1,          3, 1, 15,  3, 0, RO)

enum sysreg {
#define X(name, op0, op1, crn, crm, op2, flags) name,
    SYSTEM_REGISTERS(X)
#undef X
        SYSREG_COUNT
};

/* ---- the machine ---------------------------------------------------------------------------- */

enum memory_type { DEVICE, NON_CACHEABLE, WRITE_BACK };

struct translation {
    uint64_t pa;
    uint8_t type;           /* enum memory_type */
    bool shareable;         /* inner or outer: coherent among cores with SMPEN */
    uint8_t attributes, sh; /* as PAR_EL1 gives them */
};

enum access { READ, WRITE, FETCH, MAINTAIN };

/* Whose a translation is: the regime in bits 63 to 60 (EL1 stands for EL1&0), then, of EL1&0, Non-secure (bit 59), the
   VMID and, unless it is global, the ASID (D5.9.1). */
struct tlb_entry {
    uint64_t page;    /* virtual address >> 12, 44 bits */
    uint64_t context; /* as above, without the ASID */
    uint64_t pa;      /* of the page */
    uint16_t asid;
    uint8_t type, attributes, sh, level;
    uint8_t span; /* log2 of the pages that the descriptor maps */
    bool shareable, valid, doomed, global, junk;
    bool writable, executable, user, user_writable, user_executable;
};

/* A pointer to a table that a walk has read: TLBI of last-level entries leaves it (D5.10.2). */
struct table_entry {
    uint64_t prefix, context, table;
    uint16_t asid;
    uint8_t level, shift; /* of the table; of the virtual address that gives the prefix */
    bool valid, doomed, no_write, no_user, no_execute, no_user_execute;
};

/* A load whose register has not got its value yet. */
struct late_load {
    struct translation t;
    const struct insn *insn;
};

enum tlbi_kind { TLBI_ALL, TLBI_VA, TLBI_ASID, TLBI_VA_ALL_ASIDS, TLBI_ALL_CONTEXTS };

enum op_kind { OP_STORE, OP_CACHE, OP_IC, OP_TLBI };
enum cache_op { CACHE_INVALIDATE, CACHE_CLEAN, CACHE_CLEAN_POU, CACHE_CLEAN_INVALIDATE };

/* A store or a maintenance operation that the core has executed and that has not completed. */
struct buffered {
    uint8_t kind, size, type, what;
    bool shareable, release, broadcast;
    uint32_t epoch, store_epoch; /* raised by DMB, and by DMB ST */
    uint64_t pa;                 /* or, for TLBI, the page */
    uint64_t ready;              /* of a store: the latest of the loads that it depends on */
    uint64_t context;            /* of TLBI */
    uint16_t asid;
    bool last_level;
    uint8_t data[LINE];
};

struct cache {
    uint64_t *tag; /* line address | 1 when the slot holds a line */
    uint8_t (*data)[LINE];
    uint8_t *flags; /* LINE_DIRTY, LINE_POU */
    uint32_t *order, *place;
    uint32_t size, count;
};
enum { LINE_DIRTY = 1, LINE_POU = 2 };

struct icache {
    uint64_t tag
        [ICACHE_LINES]; /* line address | 1, | 2 when invalidated but perhaps still in the pipeline */
    uint32_t word[ICACHE_LINES][16];
    const struct insn *insn[ICACHE_LINES][16];
};

struct exception_record {
    uint64_t pc, esr, far, step;
    uint8_t from, to;
};

struct vector128 {
    uint64_t lo, hi;
};

/* What a core has asked memory for: see "Transactions" in machine.c. */
struct bus {
    uint64_t instructions, fetches, reads, writes, fills, write_backs, walks;
};

/* A stretch of code that --count names: from a place to another one, or to where its caller goes on. */
struct stretch {
    const char *name;
    uint64_t from, to; /* to: 0 for the return */
};

struct core {
    struct machine *m;
    unsigned id;
    struct bus bus, entered, released; /* until now; when it came to the image; when the alive before its own returned */
    uint64_t alive_return;
    uint64_t chunk; /* the 16 bytes that it fetched last */
    struct {
        struct bus begin;
        uint64_t end;
    } stretches[8];
    uint64_t x[32]; /* x[31] is always 0 */
    uint64_t sp[4];
    uint64_t pc;
    struct vector128 v[32];
    bool n, z, c, vf;
    unsigned daif; /* bit 3 D to bit 0 F */
    unsigned el;
    bool spsel, illegal, aarch32;
    unsigned vector;              /* added to the vector's offset: which kind of interrupt */
    bool serror;                  /* an aborted store is waiting to be reported */
    uint64_t reg[SYSREG_COUNT];   /* as written: what MRS reads */
    uint64_t force[SYSREG_COUNT]; /* as in force */
    uint16_t pending[64];
    unsigned pending_count;
    bool os_locked;

    bool asleep, event, waiting_for_interrupt;
    uint64_t
        dead_until; /* no turn for this core before the machine has executed so many instructions */

    struct buffered buffer[BUFFERED];
    unsigned buffer_count;
    uint32_t epoch, store_epoch;

    struct cache cache; /* private lines */
    struct icache icache;
    struct tlb_entry tlb[TLB_SETS][TLB_WAYS];
    struct table_entry walks[WALK_CACHE];
    unsigned walk_next;
    uint64_t exec_pages[8]; /* pages that this core has run in: where it may prefetch from */
    unsigned exec_page_next;
    uint64_t data_pages[8]; /* pages that it has read or written with the MMU on */
    unsigned data_page_next;

    bool monitor;
    uint64_t monitor_line;

    /* loads that are satisfied early */
    uint64_t horizon;        /* no load may see what was before this moment */
    uint64_t reg_time[32];   /* the moment of the load from which a register, or at 31 the flags, came */
    uint64_t line_time[256]; /* coherence: the latest moment seen, by line */
    uint64_t load_time, address_time, source_time;
    uint64_t control_time; /* the latest of the loads that a branch or an address depended on: ISB orders these */
    struct late_load late[LATE];
    unsigned late_count;
    uint32_t late_registers;

    uint64_t steps, spin;
    const struct insn *now;
    uint64_t now_pc;
    bool branched;
    struct exception_record exceptions[4];
    unsigned exception_count;
    unsigned storm;
    unsigned stream_wakes;
};

struct write_record {
    uint64_t time, pa;
    uint8_t size;
    bool cached;
    uint8_t old[LINE];
};

/* What a seed chooses once for a run. */
struct temper {
    unsigned drain;    /* one in so many steps completes a buffered operation */
    unsigned sync;     /* one in so many steps brings a pending register write into force */
    bool sync_now;     /* most register writes are in force at once */
    unsigned noise;    /* one in so many steps disturbs caches and TLBs */
    unsigned spurious; /* one in so many turns wakes a sleeping core; 0: never */
    unsigned burst;    /* longest turn of a core */
    int slow_core;     /* a core that gets few turns, or -1 */
    bool early_loads;
    unsigned late_loads; /* one in so many steps satisfies a load that is late; 0: none is */
    bool exclusive_aborts; /* on Device memory; otherwise STXR always fails */
    bool sticky_icache;
};

/* BLIND: the run met what is not modelled. That tells nothing of the program: an error of the test. */
enum verdict { RUNNING, PASSED, FAILED, BLIND };

struct machine {
    uint64_t seed, random;
    struct temper temper;
    const struct image *image;
    const struct way *way;

    uint8_t *page[RAM_END / PAGE];
    uint32_t touched[65536];
    unsigned touched_count;
    uint8_t *spare[65536];
    unsigned spare_count;
    struct cache shared;
    uint32_t local[0x400 / 4];
    struct write_record log[LOG_SIZE];
    uint64_t log_next, time; /* time: one more for each write that reaches memory or a cache */

    struct core core[CORES];
    struct core *current;
    unsigned burst;
    uint64_t steps, max_steps, ticks;
    uint64_t handoff;             /* the entry point, until core 0 reaches it */
    uint64_t alive;               /* where piboot_alive is, or 0 */
    unsigned entry_el;            /* the level at which core 0 reached the entry point */
    bool no_counter;              /* nobody had set CNTFRQ_EL0 up */
    uint32_t entry_local[2];      /* what LOCAL_CONTROL and LOCAL_PRESCALER must be at alive */
    uint64_t load;                /* where the image was put */
    uint64_t stub_end;            /* the firmware's stub lies below; 0: there is none */
    uint64_t warm_low, warm_high; /* where an earlier program ran: cores may prefetch from there */

    enum verdict verdict;
    char why[512];
    struct core *culprit;
    bool trace, verbose;
    bool no_tree;  /* x0 is 0 */
    bool friendly; /* no eviction, no event for nothing, all in order: what is counted is the program's own */
    struct stretch stretches[8];
    unsigned stretch_count;
    uint64_t watched; /* an address of the image: is what stands there executed? */
    bool executed;
    char console[512];
    unsigned console_length;
    jmp_buf escape;
};

/* ---- machine.c ------------------------------------------------------------------------------ */

struct machine *machine_new(void);
enum verdict machine_run(struct machine *m, const struct image *image, const struct way *way,
                         uint64_t seed);
void machine_report(const struct machine *m);
void print_bus_head(void);
void stop(struct core *c, const char *format, ...) __attribute__((noreturn, format(printf, 2, 3)));
void not_modelled(struct core *c, const char *format, ...)
    __attribute__((noreturn, format(printf, 2, 3)));
void pass(struct core *c) __attribute__((noreturn));
const char *place(const struct machine *m, uint64_t address, char *text, size_t size);
bool ours(const char *name);
void wake_all(struct machine *m);
void console_putc(struct machine *m, int ch);

static inline uint64_t rnd(struct machine *m) {
    /* splitmix64 */
    uint64_t z = (m->random += UINT64_C(0x9e3779b97f4a7c15));
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static inline unsigned pick(struct machine *m, unsigned n) {
    return (unsigned)((uint32_t)rnd(m) * (uint64_t)n >> 32);
}
static inline bool one_in(struct machine *m, unsigned n) { return n != 0 && pick(m, n) == 0; }

/* ---- memory.c ------------------------------------------------------------------------------- */

void memory_init(struct machine *m);
void memory_reset(struct machine *m);
void ram_write(struct machine *m, uint64_t pa, const void *bytes, uint64_t size);
void ram_read(struct machine *m, uint64_t pa, void *bytes, uint64_t size);
void ram_junk_line(struct machine *m, uint64_t pa);
void cache_put_dirty(struct machine *m, uint64_t pa, const void *bytes, bool pou);
void cache_put_clean(struct machine *m, uint64_t pa, const void *bytes);
void icache_put(struct core *c, uint64_t pa, bool junk);

void translate(struct core *c, uint64_t va, enum access access, struct translation *t);
bool translate_probe(struct core *c, uint64_t va, enum access access, unsigned el,
                     struct translation *t, unsigned *fault);
void data_read(struct core *c, uint64_t va, unsigned size, void *bytes);
void data_write(struct core *c, uint64_t va, unsigned size, const void *bytes, bool release);
void data_check(struct core *c, uint64_t va, unsigned size, enum access access);
void data_zero_block(struct core *c, uint64_t va);
void load_exclusive(struct core *c, uint64_t va, unsigned size, void *value, bool acquire);
bool store_exclusive(struct core *c, uint64_t va, unsigned size, void *value, bool release);
const struct insn *fetch(struct core *c);
void cache_maintain(struct core *c, enum cache_op op, uint64_t va);
void icache_maintain(struct core *c, bool all, uint64_t va, bool broadcast);
void tlb_maintain(struct core *c, unsigned regime, enum tlbi_kind kind, uint64_t value, bool last_level,
                  bool broadcast);
void settle_devices(struct core *c);
void settle_releases(struct core *c);
bool load_late(struct core *c, const struct insn *i, uint64_t va);
void satisfy_late(struct core *c, uint32_t registers);
void satisfy_one(struct core *c);
uint64_t tlb_context(const struct core *c, unsigned el);
bool barrier_dsb(struct core *c, bool stores_only, bool non_shareable);
void barrier_dmb(struct core *c, bool stores_only, bool loads_only);
void forget_prefetched(struct core *c);
bool complete_one(struct core *c);
bool complete_a_store(struct core *c);
void disturb(struct core *c);
bool coherent(const struct core *c);

/* ---- sysreg.c ------------------------------------------------------------------------------- */

void sysreg_reset(struct core *c);
void sysreg_read(struct core *c, uint32_t word, uint64_t *value);
void sysreg_write(struct core *c, uint32_t word, uint64_t value);
void sysreg_set(struct core *c, enum sysreg r, uint64_t value); /* written and in force */
void sysreg_junk(struct core *c, unsigned el); /* all of EL1 and, if el >= 2, of EL2 */
void synchronise(struct core *c);              /* a context synchronisation event */
void bring_into_force(struct core *c);
void check_fp(struct core *c);
const char *sysreg_name(enum sysreg r);
static inline uint64_t sctlr(const struct core *c) {
    return c->force[c->el <= 1 ? SCTLR_EL1 : c->el == 2 ? SCTLR_EL2 : SCTLR_EL3];
}
uint64_t counter(struct core *c, bool virtual_count);
void trap(struct core *c, unsigned el, uint32_t word, bool read) __attribute__((noreturn));

/* ---- exec.c --------------------------------------------------------------------------------- */

enum {
    FAULT_SIZE = 0x00,
    FAULT_TRANSLATION = 0x04,
    FAULT_ACCESS = 0x08,
    FAULT_PERMISSION = 0x0c,
    FAULT_EXTERNAL = 0x10,
    FAULT_ALIGNMENT = 0x21,
    FAULT_CONFLICT = 0x30,
    FAULT_EXCLUSIVE = 0x35
};
enum {
    EC_UNKNOWN = 0x00,
    EC_WFX = 0x01,
    EC_FP = 0x07,
    EC_ILLEGAL = 0x0e,
    EC_SVC = 0x15,
    EC_HVC = 0x16,
    EC_SMC = 0x17,
    EC_SYSREG = 0x18,
    EC_FETCH = 0x20,
    EC_PC = 0x22,
    EC_DATA = 0x24,
    EC_SP = 0x26,
    EC_SERROR = 0x2f,
    EC_STEP = 0x32,
    EC_BRK = 0x3c
};

void exception(struct core *c, unsigned target, unsigned ec, uint32_t iss, uint64_t far)
    __attribute__((noreturn));
void interrupt(struct core *c);
bool interrupt_pending(const struct core *c);
bool timer_armed(const struct core *c);
unsigned timer_lines(const struct core *c, unsigned mask);
void undefined(struct core *c) __attribute__((noreturn));
void abort_data(struct core *c, uint64_t va, unsigned status, bool write, bool maintenance)
    __attribute__((noreturn));
void abort_fetch(struct core *c, uint64_t va, unsigned status) __attribute__((noreturn));
void step(struct core *c);
void load_to(struct core *c, const struct insn *i, unsigned r, const uint8_t *bytes);

/* ---- ways.c --------------------------------------------------------------------------------- */

struct way {
    const char *name, *about;
    void (*enter)(struct machine *m);
    void (*handoff)(struct machine *m);
    uint64_t load;   /* where the image is put */
    bool as_linked;  /* where it was linked */
    bool loses_core; /* for kernels that expect it: those with a symbol kernel_loses_core */
};

extern const struct way ways[];
extern const unsigned way_count;

#endif
