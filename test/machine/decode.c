/* SPDX-License-Identifier: MIT */
/*
 * Decodes A64 instructions of Armv8.0-A (C4.1, by its tables) into what exec.c executes. Each distinct word is decoded
 * once in the life of the process. A word that the tables leave unallocated is UNDEFINED. Capstone gives the text for
 * people, and nothing else: its releases differ in what they call an alias.
 */
#include <capstone/capstone.h>
#include <stdio.h>
#include <stdlib.h>

#include "machine.h"

enum { BUCKETS = 1 << 14 };
struct known {
    struct insn insn;
    struct known *next;
};
static struct known *buckets[BUCKETS];

static uint32_t bits(uint32_t word, unsigned high, unsigned low) {
    return word >> low & (uint32_t)((UINT64_C(1) << (high - low + 1)) - 1);
}

static uint64_t sign_extended(uint32_t word, unsigned high, unsigned low) {
    unsigned left = 63 - (high - low);
    return (uint64_t)((int64_t)((uint64_t)bits(word, high, low) << left) >> left);
}

static uint64_t mask(unsigned n) { return n >= 64 ? UINT64_MAX : (UINT64_C(1) << n) - 1; }

static void reads(struct insn *i, unsigned r) {
    if (r < 31)
        i->sources |= 1U << r;
}

static void writes(struct insn *i, unsigned r) {
    if (r < 31)
        i->targets |= 1U << r;
}

static void reads_flags(struct insn *i) { i->sources |= 1U << FLAGS_BIT; }
static void writes_flags(struct insn *i) { i->targets |= 1U << FLAGS_BIT; }

/* J1.1: DecodeBitMasks(), the value of a logical immediate; false: reserved. */
static bool logical_immediate(uint32_t word, unsigned width, uint64_t *value) {
    unsigned n = bits(word, 22, 22), rotate = bits(word, 21, 16), ones = bits(word, 15, 10);
    unsigned sizes = n << 6 | (~ones & 0x3f), length = 6;
    while (length && !(sizes >> length & 1))
        length--;
    unsigned size = 1U << length;
    if (length == 0 || size > width)
        return false;
    ones &= size - 1;
    rotate &= size - 1;
    if (ones == size - 1)
        return false;
    uint64_t element = mask(ones + 1);
    if (rotate)
        element = (element >> rotate | element << (size - rotate)) & mask(size);
    for (*value = 0; width; width -= size)
        *value = size < 64 ? *value << size | element : element;
    return true;
}

/* C4.1.2 Data Processing -- Immediate */
static void immediate(struct insn *i) {
    uint32_t w = i->word;
    unsigned opc = bits(w, 30, 29);
    bool wide = w >> 31;
    i->has_imm = true;
    writes(i, i->rd);
    switch (bits(w, 25, 23)) {
    case 0:
    case 1:
        i->id = w >> 31 ? INSN_ADRP : INSN_ADR;
        i->bytes = 8;
        i->imm = sign_extended(w, 23, 5) << 2 | opc;
        if (i->id == INSN_ADRP)
            i->imm <<= 12;
        return;
    case 2:
        if (bits(w, 23, 22) > 1)
            return;
        i->id = INSN_ADD;
        i->invert = opc & 2;
        i->flags = opc & 1;
        i->rd_sp = !i->flags;
        i->rn_sp = true;
        i->imm = (uint64_t)bits(w, 21, 10) << (bits(w, 22, 22) ? 12 : 0);
        break;
    case 4:
        if (!logical_immediate(w, i->bytes * 8, &i->imm) || (!wide && bits(w, 22, 22)))
            return;
        i->id = opc == 0 || opc == 3 ? INSN_AND : opc == 1 ? INSN_ORR : INSN_EOR;
        i->flags = opc == 3;
        i->rd_sp = !i->flags;
        break;
    case 5:
        if (opc == 1 || (!wide && bits(w, 22, 22)))
            return;
        i->id = opc == 0 ? INSN_MOVN : opc == 2 ? INSN_MOVZ : INSN_MOVK;
        i->amount = (uint8_t)(bits(w, 22, 21) * 16);
        i->imm = bits(w, 20, 5);
        if (opc == 3)
            reads(i, i->rd);
        return;
    case 6:
        if (opc == 3 || bits(w, 22, 22) != wide || (!wide && (w & (1 << 21 | 1 << 15))))
            return;
        i->id = opc == 0 ? INSN_SBFM : opc == 1 ? INSN_BFM : INSN_UBFM;
        if (opc == 1)
            reads(i, i->rd);
        break;
    case 7:
        if (opc || bits(w, 22, 22) != wide || bits(w, 21, 21) || (!wide && bits(w, 15, 15)))
            return;
        i->id = INSN_EXTR;
        reads(i, i->rm);
        break;
    default: return;
    }
    reads(i, i->rn);
    if (i->flags)
        writes_flags(i);
}

/* C4.1.5 Data Processing -- Register */
static void registers(struct insn *i) {
    uint32_t w = i->word;
    unsigned opc = bits(w, 30, 29), kind = bits(w, 23, 21), op = bits(w, 15, 10);
    bool wide = w >> 31;
    i->invert = opc & 2;
    i->flags = opc & 1;
    reads(i, i->rn);
    reads(i, i->rm);
    if (!bits(w, 28, 28)) {
        i->amount = (uint8_t)op;
        i->shift = (uint8_t)bits(w, 23, 22);
        if (bits(w, 24, 24) && bits(w, 21, 21)) { /* extended register */
            if (i->shift || (op & 7) > 4)
                return;
            i->id = INSN_ADD;
            i->extends = true;
            i->extend = (uint8_t)bits(w, 15, 13);
            i->amount = op & 7;
            i->rn_sp = true;
            i->rd_sp = !i->flags;
        } else {
            if (!wide && op >= 32)
                return;
            if (bits(w, 24, 24)) {
                if (i->shift == 3)
                    return;
                i->id = INSN_ADD;
            } else {
                i->id = opc == 0 || opc == 3 ? INSN_AND : opc == 1 ? INSN_ORR : INSN_EOR;
                i->flags = opc == 3;
                i->invert = bits(w, 21, 21);
            }
        }
        writes(i, i->rd);
        if (i->flags)
            writes_flags(i);
        return;
    }
    if (bits(w, 24, 24)) { /* three sources */
        if (opc || (!wide && kind))
            return;
        bool subtract = bits(w, 15, 15);
        i->invert = subtract;
        switch (kind) {
        case 0: i->id = INSN_MADD; break;
        case 1: i->id = INSN_SMADDL; break;
        case 5: i->id = INSN_UMADDL; break;
        case 2:
        case 6:
            if (subtract)
                return;
            i->id = kind == 2 ? INSN_SMULH : INSN_UMULH;
            break;
        default: return;
        }
        reads(i, i->ra);
        writes(i, i->rd);
        return;
    }
    switch (kind) {
    case 0: /* with carry */
        if (op)
            return;
        i->id = INSN_ADC;
        reads_flags(i);
        writes(i, i->rd);
        if (i->flags)
            writes_flags(i);
        return;
    case 2: /* conditional compare */
        if (!i->flags || bits(w, 10, 10) || bits(w, 4, 4))
            return;
        i->id = INSN_CCMP;
        i->cond = (uint8_t)bits(w, 15, 12);
        i->has_imm = bits(w, 11, 11);
        i->imm = i->rm;
        i->sources = 0;
        reads(i, i->rn);
        if (!i->has_imm)
            reads(i, i->rm);
        reads_flags(i);
        writes_flags(i);
        return;
    case 4: /* conditional select */
        if (i->flags || bits(w, 11, 11))
            return;
        i->id = INSN_CSEL;
        i->cond = (uint8_t)bits(w, 15, 12);
        i->increment = bits(w, 10, 10);
        reads_flags(i);
        writes(i, i->rd);
        return;
    case 6:
        if (i->flags)
            return;
        if (bits(w, 30, 30)) { /* one source */
            static const uint8_t one[6] = {INSN_RBIT, INSN_REV16, INSN_REV32, INSN_REV, INSN_CLZ, INSN_CLS};
            if (i->rm || op > 5 || (!wide && op == 3))
                return;
            i->id = one[op];
            if (i->id == INSN_REV32 && !wide)
                i->id = INSN_REV;
            i->sources = 0;
            reads(i, i->rn);
        } else if (op == 2 || op == 3) {
            i->id = op == 2 ? INSN_UDIV : INSN_SDIV;
        } else if (op >= 8 && op < 12) {
            i->id = INSN_SHIFT;
            i->shift = op & 3;
        } else if (op >= 16 && op < 24 && wide == ((op & 3) == 3)) {
            i->id = INSN_CRC32;
            i->size = (uint8_t)(1 << (op & 3));
        } else {
            return;
        }
        writes(i, i->rd);
        return;
    default: return;
    }
}

/* C4.1.3 Branches, Exception Generating and System instructions */
static void branches(struct insn *i) {
    uint32_t w = i->word;
    unsigned top = bits(w, 31, 29), opc;
    i->has_imm = true;
    switch (top) {
    case 0:
    case 4:
        i->id = top ? INSN_BL : INSN_B;
        i->imm = sign_extended(w, 25, 0) << 2;
        if (top)
            writes(i, 30);
        return;
    case 1:
    case 5:
        i->invert = bits(w, 24, 24);
        if (bits(w, 25, 25)) {
            i->id = INSN_TBZ;
            i->imm = sign_extended(w, 18, 5) << 2;
            i->amount = (uint8_t)(bits(w, 31, 31) << 5 | bits(w, 23, 19));
            i->bytes = 8;
        } else {
            i->id = INSN_CBZ;
            i->imm = sign_extended(w, 23, 5) << 2;
        }
        reads(i, i->rd);
        return;
    case 2:
        if (bits(w, 25, 24) || bits(w, 4, 4))
            return;
        i->id = INSN_BCOND;
        i->cond = bits(w, 3, 0);
        i->imm = sign_extended(w, 23, 5) << 2;
        reads_flags(i);
        return;
    case 6: break;
    default: return;
    }
    i->bytes = 8;
    if (bits(w, 25, 25)) { /* to a register */
        static const uint8_t to[6] = {INSN_BR, INSN_BLR, INSN_RET, INSN_UNDEFINED, INSN_ERET, INSN_UNDEFINED};
        opc = bits(w, 24, 21);
        if (opc > 5 || bits(w, 20, 10) != 0x7c0 || i->rd || (opc == 4 && i->rn != 31))
            return;
        i->id = to[opc];
        if (opc == 1)
            writes(i, 30);
        reads(i, i->rn);
    } else if (!bits(w, 24, 24)) { /* exceptions */
        static const struct {
            uint8_t opc, ll, id;
        } exceptions[] = {
            {0, 1, INSN_SVC}, {0, 2, INSN_HVC}, {0, 3, INSN_SMC}, {1, 0, INSN_BRK}, {2, 0, INSN_HLT},
        };
        i->imm = bits(w, 20, 5);
        for (unsigned n = 0; n < sizeof exceptions / sizeof exceptions[0]; n++)
            if (bits(w, 23, 21) == exceptions[n].opc && bits(w, 4, 0) == exceptions[n].ll)
                i->id = exceptions[n].id;
    } else if (!bits(w, 23, 22)) { /* system */
        unsigned op1 = bits(w, 18, 16), crn = bits(w, 15, 12), op2 = bits(w, 7, 5);
        bool read = bits(w, 21, 21);
        i->imm = bits(w, 11, 8);
        switch (bits(w, 20, 19)) {
        case 0:
            if (read || i->rd != 31)
                return;
            if (crn == 4) {
                i->id = INSN_MSR_IMMEDIATE;
            } else if (crn == 2 && op1 == 3) {
                static const uint8_t hints[6] = {INSN_NOP, INSN_YIELD, INSN_WFE, INSN_WFI, INSN_SEV, INSN_SEVL};
                unsigned hint = bits(w, 11, 5);
                i->id = hint < 6 ? hints[hint] : INSN_NOP;
            } else if (crn == 3 && op1 == 3) {
                static const uint8_t barriers[8] = {INSN_UNDEFINED, INSN_UNDEFINED, INSN_CLREX, INSN_UNDEFINED,
                                                    INSN_DSB,       INSN_DMB,       INSN_ISB,   INSN_UNDEFINED};
                i->id = barriers[op2];
            }
            return;
        case 1:
            i->id = read ? INSN_SYSL : INSN_SYS;
            i->is_dc = !read && crn == 7 && (i->imm == 4 || i->imm == 6 || i->imm >= 10);
            i->is_ic = !read && crn == 7 && (i->imm == 1 || i->imm == 5);
            i->is_tlbi = !read && crn == 8;
            break;
        default: i->id = read ? INSN_MRS : INSN_MSR; break;
        }
        if (read)
            writes(i, i->rd);
        else
            reads(i, i->rd);
    }
}

/* What a register transfer of this size and opc is; false: unallocated. */
static bool transfer(struct insn *i, unsigned size, unsigned opc, bool vector) {
    i->vector = vector;
    i->size = (uint8_t)(1U << size);
    i->bytes = size == 3 ? 8 : 4;
    if (vector) {
        if (opc & 2) {
            if (size)
                return false;
            i->size = 16;
        }
        i->id = opc & 1 ? INSN_LOAD : INSN_STORE;
        return true;
    }
    i->id = opc ? INSN_LOAD : INSN_STORE;
    if (opc < 2)
        return true;
    if (size == 3) {
        i->id = INSN_PRFM;
        return opc == 2;
    }
    i->sign = true;
    i->bytes = opc == 2 ? 8 : 4;
    return !(size == 2 && opc == 3);
}

/* C4.1.4 Loads and Stores */
static void loads_and_stores(struct insn *i) {
    uint32_t w = i->word;
    unsigned size = bits(w, 31, 30), opc = bits(w, 23, 22);
    bool vector = bits(w, 26, 26), load = bits(w, 22, 22), good = false;
    i->rn_sp = true;
    if ((w & 0x3f000000) == 0x08000000) { /* exclusive, and load-acquire, store-release */
        bool pair = bits(w, 21, 21), ordered = bits(w, 15, 15);
        i->size = (uint8_t)(1U << size);
        i->bytes = size == 3 ? 8 : 4;
        i->ordered = ordered;
        i->pair = pair;
        if (bits(w, 23, 23)) {
            if (pair || !ordered)
                return;
            i->id = load ? INSN_LOAD : INSN_STORE;
        } else {
            if (pair && size < 2)
                return;
            i->id = load ? INSN_LOAD_EXCLUSIVE : INSN_STORE_EXCLUSIVE;
            if (!load)
                writes(i, i->rm);
        }
        good = true;
    } else if ((w & 0xbf000000) == 0x0c000000 || (w & 0xbf000000) == 0x0d000000) {
        static const uint8_t registers[16] = {[2] = 4, [6] = 3, [7] = 1, [10] = 2};
        i->id = INSN_NOT_MODELLED; /* LD2, ST2 and the like; of one element; post-index by a register */
        i->structures = registers[bits(w, 15, 12)];
        bool post = bits(w, 23, 23);
        if (bits(w, 24, 24) || bits(w, 21, 21) || !i->structures || bits(w, 20, 16) != (post ? 31 : 0))
            return;
        i->id = load ? INSN_LOAD : INSN_STORE; /* LD1, ST1 of whole registers */
        i->vector = true;
        i->has_imm = true;
        i->size = bits(w, 30, 30) ? 16 : 8;
        i->element = (uint8_t)(1U << bits(w, 11, 10));
        if (post) {
            i->mode = INDEX_POST;
            i->imm = i->structures * i->size;
        }
        good = true;
    } else if ((w & 0x3b000000) == 0x18000000) {
        i->literal = true;
        i->has_imm = true;
        i->imm = sign_extended(w, 23, 5) << 2;
        i->vector = vector;
        if (vector && size == 3)
            return;
        i->id = INSN_LOAD;
        i->size = (uint8_t)(vector ? 4U << size : size == 1 ? 8 : 4);
        i->bytes = size ? 8 : 4;
        i->sign = size == 2;
        if (!vector && size == 3)
            i->id = INSN_PRFM;
        good = true;
    } else if ((w & 0x3a000000) == 0x28000000) { /* pairs */
        static const uint8_t modes[4] = {INDEX_OFFSET, INDEX_POST, INDEX_OFFSET, INDEX_PRE};
        i->mode = modes[bits(w, 24, 23)];
        i->has_imm = true;
        i->vector = vector;
        i->pair = true;
        i->sign = !vector && size == 1;
        i->size = (uint8_t)(vector ? 4U << size : size == 2 ? 8 : 4);
        i->bytes = size ? 8 : 4;
        if (size == 3 || (i->sign && (!load || !bits(w, 24, 23))))
            return;
        i->imm = sign_extended(w, 21, 15) * i->size;
        i->id = load ? INSN_LOAD : INSN_STORE;
        good = true;
    } else if ((w & 0x3b000000) == 0x39000000) {
        good = transfer(i, size, opc, vector);
        i->has_imm = true;
        i->imm = (uint64_t)bits(w, 21, 10) * i->size;
    } else if ((w & 0x3b200000) == 0x38000000) {
        static const uint8_t modes[4] = {INDEX_OFFSET, INDEX_POST, INDEX_OFFSET, INDEX_PRE};
        good = transfer(i, size, opc, vector);
        i->mode = modes[bits(w, 11, 10)];
        i->user = bits(w, 11, 10) == 2;
        i->has_imm = true;
        i->imm = sign_extended(w, 20, 12);
        good &= !(i->user && vector) && !(i->id == INSN_PRFM && bits(w, 11, 10));
    } else if ((w & 0x3b200c00) == 0x38200800) {
        good = transfer(i, size, opc, vector) && bits(w, 14, 14);
        i->extends = true;
        i->extend = (uint8_t)bits(w, 15, 13);
        for (i->amount = 0; bits(w, 12, 12) && 1U << i->amount < i->size;)
            i->amount++;
        reads(i, i->rm);
    }
    if (!good) {
        i->id = INSN_UNDEFINED;
        return;
    }
    i->is_memory = true;
    if (!i->literal)
        reads(i, i->rn);
    i->address_sources = i->sources;
    if (i->mode != INDEX_OFFSET) {
        writes(i, i->rn);
        /* C6.1: the base that is written back is one of the registers transferred */
        if (!vector && i->rn != 31 && (i->rn == i->rd || (i->pair && i->rn == i->ra)))
            i->id = INSN_UNPREDICTABLE;
    }
    if (i->id == INSN_LOAD && i->pair && i->rd == i->ra)
        i->id = INSN_UNPREDICTABLE;
    if (i->id == INSN_LOAD_EXCLUSIVE && i->pair && i->rd == i->ra)
        i->id = INSN_UNPREDICTABLE;
    if (i->id == INSN_STORE_EXCLUSIVE && (i->rm == i->rd || (i->pair && i->rm == i->ra) || (i->rm == i->rn && i->rn != 31)))
        i->id = INSN_UNPREDICTABLE;
    if (vector || i->id == INSN_PRFM)
        return;
    bool loads = i->id == INSN_LOAD || i->id == INSN_LOAD_EXCLUSIVE;
    (loads ? writes : reads)(i, i->rd);
    if (i->pair)
        (loads ? writes : reads)(i, i->ra);
}

static void describe(struct insn *i) {
    static csh handle;
    static cs_insn *scratch;
    if (!handle) {
        if (cs_open(CS_ARCH_ARM64, CS_MODE_ARM, &handle) != CS_ERR_OK)
            abort();
        scratch = cs_malloc(handle);
    }
    const uint8_t *code = (const uint8_t *)&i->word;
    size_t size = 4;
    uint64_t address = 0; /* so that the target of a PC-relative instruction comes out as an offset */
    if (cs_disasm_iter(handle, &code, &size, &address, scratch))
        snprintf(i->text, sizeof i->text, "%.12s%s%.48s", scratch->mnemonic, *scratch->op_str ? " " : "",
                 scratch->op_str);
    else
        snprintf(i->text, sizeof i->text, ".inst %#010x", i->word);
}

/* A Raspberry Pi's cores have no Cryptographic Extension: AES, SHA, PMULL of doublewords. */
bool cryptographic(uint32_t w) {
    return (w & 0xff3e0c00) == 0x4e280800 || (w & 0xff208c00) == 0x5e000000 || (w & 0xff3e0c00) == 0x5e280800 ||
           (w & 0xbfe0fc00) == 0x0ee0e000;
}

static void decode_word(struct insn *i) {
    uint32_t w = i->word;
    i->bytes = w >> 31 ? 8 : 4;
    i->rd = bits(w, 4, 0), i->rn = bits(w, 9, 5), i->rm = bits(w, 20, 16), i->ra = bits(w, 14, 10);
    switch (bits(w, 28, 25)) {
    case 8:
    case 9: immediate(i); break;
    case 10:
    case 11: branches(i); break;
    case 5:
    case 13: registers(i); break;
    case 7:
    case 15:
        if (cryptographic(w))
            break;
        i->id = INSN_FP;
        reads(i, i->rn);
        reads_flags(i);
        break;
    case 4:
    case 6:
    case 12:
    case 14: loads_and_stores(i); break;
    default: break;
    }
}

const struct insn *decode(uint32_t word) {
    struct known **bucket = &buckets[(word * UINT32_C(2654435761)) >> 18];
    for (struct known *k = *bucket; k; k = k->next)
        if (k->insn.word == word)
            return &k->insn;
    struct known *fresh = calloc(1, sizeof *fresh);
    if (!fresh)
        abort();
    fresh->insn.word = word;
    decode_word(&fresh->insn);
    describe(&fresh->insn);
    fresh->next = *bucket;
    *bucket = fresh;
    return &fresh->insn;
}
