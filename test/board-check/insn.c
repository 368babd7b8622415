/* SPDX-License-Identifier: MIT */
/*
 * Instructions: what of their encoding matters to the board check (Arm ARM C4.1), decoded once for each address.
 */
#include <stdlib.h>

#include "check.h"

#define ERET 0xd69f03e0
#define HLT_SEMIHOSTING 0xd45e0000

bool insn_is_load_or_store(const struct insn *insn) {
    return (insn->word & 0x0a000000) == 0x08000000;
}

bool insn_is_system(const struct insn *insn) {
    return (insn->word & 0xffc00000) == 0xd5000000 || insn->word == ERET ||
           insn->word == HLT_SEMIHOSTING;
}

enum { BUCKETS = 1 << 16 };
static struct insn *insns[BUCKETS];

/* A load or store of a pair, or of structures, is aligned by its elements. */
static void decode_load_store(struct insn *insn) {
    uint32_t w = insn->word;
    bool simd = w >> 26 & 1;
    bool base_is_sp = (w >> 5 & 31) == 31;
    if ((w & 0x3f000000) == 0x08000000) { /* exclusive and ordered */
        bool ordered_only = w >> 23 & 1;
        bool load = w >> 22 & 1;
        if (!ordered_only)
            insn->flags |= INSN_EXCLUSIVE;
        if (w >> 15 & 1)
            insn->flags |= load ? INSN_ACQUIRE : INSN_RELEASE;
        if (load)
            insn->flags |= INSN_LOAD;
    } else if ((w & 0x3a000000) == 0x28000000) { /* pair */
        insn->element = (uint8_t)(simd ? 4 << (w >> 30) : w >> 31 ? 8 : 4);
        if (base_is_sp) {
            bool post = (w >> 23 & 3) == 1;
            int imm = (int)(w >> 15 & 0x7f);
            imm = imm >= 64 ? imm - 128 : imm;
            insn->flags |= INSN_SP_BASE;
            insn->offset = (int16_t)(post ? 0 : imm * insn->element);
        }
    } else if ((w & 0xbe000000) == 0x0c000000) { /* structures */
        insn->element = (uint8_t)(1U << (w >> 10 & 3));
    } else if ((w & 0x3b000000) == 0x39000000 && base_is_sp) { /* unsigned offset */
        unsigned scale = simd && (w >> 23 & 1) ? 4 : w >> 30;
        insn->flags |= INSN_SP_BASE;
        insn->offset = (int16_t)((w >> 10 & 0xfff) << scale);
    } else if ((w & 0x3b200000) == 0x38000000 && base_is_sp) { /* unscaled, post- and pre-indexed */
        int imm = (int)(w >> 12 & 0x1ff);
        imm = imm >= 256 ? imm - 512 : imm;
        insn->flags |= INSN_SP_BASE;
        insn->offset = (int16_t)((w >> 10 & 3) == 1 ? 0 : imm);
    }
}

struct insn *insn_at(uint64_t pc, uint32_t word) {
    struct insn **bucket = &insns[(pc >> 2) % BUCKETS];
    for (struct insn *insn = *bucket; insn; insn = insn->next)
        if (insn->pc == pc && insn->word == word)
            return insn;
    struct insn *insn = calloc(1, sizeof *insn);
    if (!insn)
        abort();
    *insn = (struct insn){.pc = pc, .word = word, .next = *bucket};
    if (insn_is_load_or_store(insn))
        decode_load_store(insn);
    if ((word & 0x0e000000) == 0x0e000000 || (word & 0x0e000000) == 0x0c000000)
        insn->flags |= INSN_FP;
    *bucket = insn;
    return insn;
}

const struct insn *insn_executed_at(uint64_t pc) {
    const struct insn *insn = insns[(pc >> 2) % BUCKETS];
    while (insn && insn->pc != pc)
        insn = insn->next;
    return insn;
}
