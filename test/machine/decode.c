/* SPDX-License-Identifier: MIT */
/*
 * Decoding, by capstone. Each distinct instruction word is decoded once in the life of the process, at
 * address 0, so that the target of a PC-relative instruction comes out as an offset.
 *
 * What capstone 4.0.2 does not give: its AArch64 detail leaves memory operands and write-back out, so these
 * are read from its operand text; it knows the numbers of system registers by an enumeration of its own,
 * and gives barriers' and SYS operations' fields likewise, so sysreg.c and exec.c take those fields from
 * the word (bits 20 to 5, C5.1.3). UDF is not in it: exec.c knows words below 0x10000.
 */
#include <capstone/capstone.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "machine.h"

static csh handle;
static cs_insn *scratch;

enum { BUCKETS = 1 << 14 };
struct known {
    struct insn insn;
    struct known *next;
};
static struct known *buckets[BUCKETS];

static bool read_register(arm64_reg reg, struct operand *op) {
    op->kind = OPERAND_REG;
    op->is_sp = reg == ARM64_REG_SP || reg == ARM64_REG_WSP;
    if (reg >= ARM64_REG_X0 && reg <= ARM64_REG_X28)
        op->reg = (uint8_t)(reg - ARM64_REG_X0), op->bytes = 8;
    else if (reg == ARM64_REG_X29 || reg == ARM64_REG_X30)
        op->reg = reg == ARM64_REG_X29 ? 29 : 30, op->bytes = 8;
    else if (reg >= ARM64_REG_W0 && reg <= ARM64_REG_W30)
        op->reg = (uint8_t)(reg - ARM64_REG_W0), op->bytes = 4;
    else if (reg == ARM64_REG_SP || reg == ARM64_REG_XZR)
        op->reg = 31, op->bytes = 8;
    else if (reg == ARM64_REG_WSP || reg == ARM64_REG_WZR)
        op->reg = 31, op->bytes = 4;
    else {
        static const struct {
            arm64_reg first;
            uint8_t bytes;
        } banks[] = {{ARM64_REG_B0, 1}, {ARM64_REG_H0, 2},  {ARM64_REG_S0, 4},
                     {ARM64_REG_D0, 8}, {ARM64_REG_Q0, 16}, {ARM64_REG_V0, 16}};
        op->kind = OPERAND_OTHER;
        for (unsigned i = 0; i < sizeof banks / sizeof banks[0]; i++)
            if (reg >= banks[i].first && reg < banks[i].first + 32) {
                op->kind = OPERAND_VECTOR;
                op->reg = (uint8_t)(reg - banks[i].first);
                op->bytes = banks[i].bytes;
            }
    }
    return op->kind != OPERAND_OTHER;
}

/* Register names in operand text: "x0", "w3", "sp", "xzr". */
static bool parse_register(const char **text, uint8_t *reg, bool *is_sp, bool *is_w) {
    const char *s = *text;
    *is_sp = false;
    *is_w = *s == 'w';
    if (!strncmp(s, "sp", 2)) {
        *reg = 31, *is_sp = true, *text = s + 2;
        return true;
    }
    if (*s != 'x' && *s != 'w')
        return false;
    if (!strncmp(s + 1, "zr", 2)) {
        *reg = 31, *text = s + 3;
        return true;
    }
    char *end;
    unsigned long number = strtoul(s + 1, &end, 10);
    if (end == s + 1 || number > 30)
        return false;
    *reg = (uint8_t)number, *text = end;
    return true;
}

static int64_t parse_immediate(const char *s) {
    bool negative = *s == '-';
    uint64_t value = strtoull(s + negative, NULL, 0);
    return negative ? -(int64_t)value : (int64_t)value;
}

/* "[x1, #8]!", "[sp], #16", "[x1, w2, uxtw #3]" */
static bool parse_memory(struct insn *insn, const char *text) {
    bool is_w;
    const char *s = strchr(text, '[') + 1;
    if (!parse_register(&s, &insn->base, &insn->base_is_sp, &is_w))
        return false;
    insn->is_memory = true;
    insn->extend = ARM64_EXT_UXTX;
    if (!strncmp(s, ", #", 3)) {
        insn->disp = parse_immediate(s + 3);
    } else if (!strncmp(s, ", ", 2)) {
        bool is_sp;
        s += 2;
        if (!parse_register(&s, &insn->index, &is_sp, &is_w))
            return false;
        insn->has_index = true;
        insn->index_is_w = is_w;
        if (!strncmp(s, ", ", 2)) {
            insn->extend = !strncmp(s + 2, "uxtw", 4)   ? ARM64_EXT_UXTW
                           : !strncmp(s + 2, "sxtw", 4) ? ARM64_EXT_SXTW
                                                        : ARM64_EXT_UXTX;
            const char *amount = strchr(s, '#');
            insn->shift = amount ? (uint8_t)parse_immediate(amount + 1) : 0;
        }
    }
    const char *close = strchr(text, ']');
    if (!close)
        return false;
    insn->mode = close[1] == '!' ? INDEX_PRE : close[1] == ',' ? INDEX_POST : INDEX_OFFSET;
    if (insn->mode == INDEX_POST) {
        const char *amount = strchr(close, '#');
        if (!amount)
            return false;
        insn->disp = parse_immediate(amount + 1);
    }
    return true;
}

static void decode_with_capstone(uint32_t word, struct insn *insn) {
    insn->word = word;
    if (!handle) {
        if (cs_open(CS_ARCH_ARM64, CS_MODE_ARM, &handle) != CS_ERR_OK)
            abort();
        cs_option(handle, CS_OPT_DETAIL, CS_OPT_ON);
        scratch = cs_malloc(handle);
    }
    const uint8_t *code = (const uint8_t *)&insn->word;
    size_t size = 4;
    uint64_t address = 0;
    if (!cs_disasm_iter(handle, &code, &size, &address, scratch)) {
        snprintf(insn->text, sizeof insn->text, ".inst %#010x", word);
        return;
    }
    const cs_arm64 *detail = &scratch->detail->arm64;
    snprintf(insn->text, sizeof insn->text, "%.12s%s%.48s", scratch->mnemonic,
             *scratch->op_str ? " " : "", scratch->op_str);
    insn->id = (uint16_t)scratch->id;
    insn->cond = (uint8_t)detail->cc;
    insn->flags = detail->update_flags;
    for (unsigned i = 0; i < detail->op_count && insn->count < 5; i++) {
        const cs_arm64_op *from = &detail->operands[i];
        struct operand *op = &insn->op[insn->count++];
        op->kind = OPERAND_OTHER;
        op->lane = (int8_t)from->vector_index;
        op->shift = (uint8_t)from->shift.type;
        op->shift_by = (uint8_t)from->shift.value;
        op->extend = (uint8_t)from->ext;
        if (from->type == ARM64_OP_REG)
            read_register(from->reg, op);
        else if (from->type == ARM64_OP_IMM)
            op->kind = OPERAND_IMM, op->imm = from->imm;
    }
    if (strchr(scratch->op_str, '[') && strncmp(scratch->op_str, "v", 1) &&
        !strchr(scratch->op_str, '.'))
        if (!parse_memory(insn, scratch->op_str))
            insn->id = 0;
}

const struct insn *decode(uint32_t word) {
    struct known **bucket = &buckets[(word * UINT32_C(2654435761)) >> 18];
    for (struct known *k = *bucket; k; k = k->next)
        if (k->insn.word == word)
            return &k->insn;
    struct known *fresh = calloc(1, sizeof *fresh);
    if (!fresh)
        abort();
    decode_with_capstone(word, &fresh->insn);
    fresh->next = *bucket;
    *bucket = fresh;
    return &fresh->insn;
}
