/* SPDX-License-Identifier: MIT */
/* Executes one instruction of one core: the integer instructions of Armv8.0-A that boot code and small
   kernels use, loads and stores of SIMD&FP registers, system instructions, exceptions. */
#include <capstone/capstone.h>
#include <stdio.h>
#include <string.h>

#include "machine.h"

/* ---- exceptions ---------------------------------------------------------------------------------- */

static uint64_t pstate(const struct core *c) {
    return (uint64_t)c->n << 31 | (uint64_t)c->z << 30 | (uint64_t)c->c << 29 |
           (uint64_t)c->vf << 28 | (uint64_t)c->illegal << 20 | c->daif << 6 |
           (unsigned)c->aarch32 << 4 | c->el << 2 | c->spsel;
}

static void trace(struct core *c) {
    char where[96];
    const struct insn *i = c->now;
    printf("%8llu core %u EL%u %-34s %-34s", (unsigned long long)c->m->steps, c->id, c->el,
           place(c->m, c->now_pc, where, sizeof where), i ? i->text : "");
    if (i && i->count && i->op[0].kind == OPERAND_REG && i->op[0].reg < 31)
        printf(" x%u = %#llx", i->op[0].reg, (unsigned long long)c->x[i->op[0].reg]);
    putchar('\n');
}

void exception(struct core *c, unsigned target, unsigned ec, uint32_t iss, uint64_t far) {
    static const enum sysreg spsr[4] = {0, SPSR_EL1, SPSR_EL2, SPSR_EL3},
                             elr[4] = {0, ELR_EL1, ELR_EL2, ELR_EL3},
                             esr[4] = {0, ESR_EL1, ESR_EL2, ESR_EL3},
                             fars[4] = {0, FAR_EL1, FAR_EL2, FAR_EL3},
                             vbar[4] = {0, VBAR_EL1, VBAR_EL2, VBAR_EL3};
    if (target == 0)
        target = 1;
    if (target == 1 && c->force[SCR_EL3] & 1 && c->force[HCR_EL2] >> 27 & 1)
        target = 2;
    bool same = target == c->el;
    if (same && (ec == EC_DATA || ec == EC_FETCH))
        ec++;
    uint64_t back = c->now_pc + (ec == EC_SVC || ec == EC_HVC || ec == EC_SMC ? 4 : 0);
    struct exception_record *r = &c->exceptions[c->exception_count++ % 4];
    *r = (struct exception_record){
        back,           (uint64_t)ec << 26 | 1 << 25 | iss, far, c->m->steps, (uint8_t)c->el,
        (uint8_t)target};
    if (c->m->trace) {
        trace(c);
        printf("%8s core %u exception to EL%u: ESR %#llx, FAR %#llx\n", "", c->id, target,
               (unsigned long long)r->esr, (unsigned long long)far);
    }
    sysreg_set(c, spsr[target], pstate(c));
    sysreg_set(c, elr[target], back);
    if (c->vector == 0 || c->vector == 0x180) { /* IRQ and FIQ write neither */
        sysreg_set(c, esr[target], r->esr);
        sysreg_set(c, fars[target], far);
    }
    c->pc = (c->force[vbar[target]] & ~UINT64_C(0x7ff)) +
            (c->aarch32 ? 0x600
             : !same    ? 0x400
             : c->spsel ? 0x200
                        : 0) +
            c->vector;
    c->vector = 0;
    c->aarch32 = false;
    c->el = target;
    c->spsel = true;
    c->daif = 15;
    c->illegal = false;
    synchronise(c);
    if (++c->storm == 8)
        stop(
            c,
            "exceptions without end: the last to EL%u, ESR %#llx, FAR %#llx, ELR %#llx, VBAR %#llx",
            target, (unsigned long long)r->esr, (unsigned long long)far, (unsigned long long)back,
            (unsigned long long)c->force[vbar[target]]);
    longjmp(c->m->escape, 1);
}

/* The generic timer's interrupts, as the local peripherals route them (QA7, 4.6), and SError. */
static bool timer_fires(const struct core *c, enum sysreg control, enum sysreg compare,
                        uint64_t offset) {
    return (c->reg[control] & 3) == 1 && c->m->ticks + c->m->steps - offset >= c->reg[compare];
}

static unsigned pending(const struct core *c) /* bit 2 SError, 1 IRQ, 0 FIQ, as in PSTATE */
{
    uint32_t route = c->m->local[0x40 / 4 + c->id];
    unsigned lines = c->serror ? 4 : 0;
    if (route & 0x22 && timer_fires(c, CNTP_CTL_EL0, CNTP_CVAL_EL0, 0))
        lines |= route & 0x20 ? 1 : 2;
    if (route & 0x88 && timer_fires(c, CNTV_CTL_EL0, CNTV_CVAL_EL0, c->force[CNTVOFF_EL2]))
        lines |= route & 0x80 ? 1 : 2;
    return lines;
}

bool interrupt_pending(const struct core *c) { return pending(c) != 0; }

bool timer_armed(const struct core *c) {
    uint32_t route = c->m->local[0x40 / 4 + c->id];
    return (route & 0x22 && (c->reg[CNTP_CTL_EL0] & 3) == 1) ||
           (route & 0x88 && (c->reg[CNTV_CTL_EL0] & 3) == 1);
}

/* Takes an interrupt, if one is pending that goes to a higher level, or to this one and is not masked (D1.14). */
void interrupt(struct core *c) {
    static const unsigned offset[3] = {0x100, 0x80, 0x180};
    unsigned lines = pending(c);
    for (unsigned bit = 0; lines && bit < 3; bit++) {
        unsigned target = c->force[SCR_EL3] >> (bit == 0   ? 2
                                                : bit == 1 ? 1
                                                           : 3) &
                                  1
                              ? 3
                          : c->force[SCR_EL3] & 1 && c->force[HCR_EL2] >> (3 + bit) & 1 ? 2
                                                                                        : 1;
        if (!(lines >> bit & 1) || target < c->el || (target == c->el && c->daif >> bit & 1) ||
            (c->el == 0 && target == 1 && c->daif >> bit & 1))
            continue;
        c->vector = offset[bit];
        if (bit == 2)
            c->serror = false;
        exception(c, target, EC_SERROR, 0, 0);
    }
}

void undefined(struct core *c) { exception(c, c->el, EC_UNKNOWN, 0, 0); }

void abort_data(struct core *c, uint64_t va, unsigned status, bool write, bool maintenance) {
    unsigned target =
        status >= FAULT_EXTERNAL && status < 0x18 && c->force[SCR_EL3] & 8 ? 3 : c->el;
    exception(c, target, EC_DATA, status | (uint32_t)write << 6 | (uint32_t)maintenance << 8, va);
}

void abort_fetch(struct core *c, uint64_t va, unsigned status) {
    unsigned target =
        status >= FAULT_EXTERNAL && status < 0x18 && c->force[SCR_EL3] & 8 ? 3 : c->el;
    c->now = NULL;
    exception(c, target, EC_FETCH, status, va);
}

/* D1.11.4: an illegal return keeps EL and SP and sets PSTATE.IL. */
static void exception_return(struct core *c) {
    static const enum sysreg spsrs[4] = {0, SPSR_EL1, SPSR_EL2, SPSR_EL3},
                             elrs[4] = {0, ELR_EL1, ELR_EL2, ELR_EL3};
    uint64_t spsr = c->reg[spsrs[c->el]], elr = c->reg[elrs[c->el]];
    unsigned from = c->el;
    synchronise(c); /* an exception return is a context synchronisation event */
    unsigned el = spsr >> 2 & 3;
    bool ns = c->force[SCR_EL3] & 1;
    bool user32 = (spsr & 0x1f) == 0x10; /* AArch32, User mode */
    bool bad = (spsr >> 4 & 1 && !user32) || spsr >> 1 & 1 || el > from || (el == 0 && spsr & 1) ||
               (el == 2 && !ns) || (el < 3 && from == 3 && !(c->force[SCR_EL3] >> 10 & 1)) ||
               (el == 1 && ns && (!(c->force[HCR_EL2] >> 31 & 1) || c->force[HCR_EL2] >> 27 & 1));
    c->n = spsr >> 31 & 1, c->z = spsr >> 30 & 1, c->c = spsr >> 29 & 1, c->vf = spsr >> 28 & 1;
    c->daif = spsr >> 6 & 15;
    c->illegal = bad || (spsr >> 20 & 1);
    if (!bad) {
        c->el = el;
        c->spsel = spsr & 1;
        c->aarch32 = user32;
    }
    c->pc = elr;
    c->branched = true;
    c->event = true; /* SendEventLocal() in AArch64.ExceptionReturn() */
}

/* ---- operands ------------------------------------------------------------------------------------- */

static uint64_t *sp(struct core *c) { return &c->sp[c->spsel ? c->el : 0]; }

static uint64_t width(uint64_t value, unsigned bytes) {
    return bytes == 4 ? (uint32_t)value : value;
}

static uint64_t extend(uint64_t value, unsigned how) {
    switch (how) {
    case ARM64_EXT_UXTB: return (uint8_t)value;
    case ARM64_EXT_UXTH: return (uint16_t)value;
    case ARM64_EXT_UXTW: return (uint32_t)value;
    case ARM64_EXT_SXTB: return (uint64_t)(int64_t)(int8_t)value;
    case ARM64_EXT_SXTH: return (uint64_t)(int64_t)(int16_t)value;
    case ARM64_EXT_SXTW: return (uint64_t)(int64_t)(int32_t)value;
    default: return value;
    }
}

static uint64_t shift(uint64_t value, unsigned how, unsigned by, unsigned bytes) {
    unsigned bits = bytes * 8;
    by %= bits;
    value = width(value, bytes);
    switch (how) {
    case ARM64_SFT_LSR: return value >> by;
    case ARM64_SFT_ASR:
        return width((uint64_t)((bytes == 4 ? (int64_t)(int32_t)value : (int64_t)value) >> by),
                     bytes);
    case ARM64_SFT_ROR: return by ? width(value >> by | value << (bits - by), bytes) : value;
    case ARM64_SFT_LSL: return width(value << by, bytes);
    default: return value;
    }
}

/* The value of an operand, extended or shifted as it says, at the width of the instruction. */
static uint64_t get(struct core *c, const struct insn *i, unsigned n) {
    const struct operand *op = &i->op[n];
    unsigned bytes = i->op[0].kind == OPERAND_REG ? i->op[0].bytes : 8;
    if (op->kind == OPERAND_IMM)
        return width(shift((uint64_t)op->imm, op->shift, op->shift_by, 8), bytes);
    if (op->kind != OPERAND_REG)
        stop(c, "operand %u of `%s' (%08x): not modelled", n, i->text, i->word);
    uint64_t value = op->reg < 31 ? c->x[op->reg] : op->is_sp ? *sp(c) : 0;
    value = width(value, op->bytes);
    if (op->extend)
        return width(extend(value, op->extend) << op->shift_by, bytes);
    return shift(value, op->shift, op->shift_by, bytes);
}

static void set(struct core *c, const struct insn *i, unsigned n, uint64_t value) {
    const struct operand *op = &i->op[n];
    if (op->kind != OPERAND_REG)
        stop(c, "operand %u of `%s' (%08x): not modelled", n, i->text, i->word);
    value = width(value, op->bytes);
    if (op->reg < 31)
        c->x[op->reg] = value;
    else if (op->is_sp)
        *sp(c) = value;
}

static void flags_nz(struct core *c, uint64_t value, unsigned bytes) {
    c->n = value >> (bytes * 8 - 1) & 1;
    c->z = width(value, bytes) == 0;
}

static uint64_t add(struct core *c, uint64_t a, uint64_t b, bool carry, unsigned bytes,
                    bool flags) {
    uint64_t result = width(a + b + carry, bytes);
    if (flags) {
        unsigned top = bytes * 8 - 1;
        flags_nz(c, result, bytes);
        if (bytes == 4)
            c->c = ((uint64_t)(uint32_t)a + (uint32_t)b + carry) >> 32 & 1;
        else
            c->c = (unsigned __int128)a + b + carry > UINT64_MAX;
        c->vf = ((a ^ result) & (b ^ result)) >> top & 1;
    }
    return result;
}

static bool holds(const struct core *c, unsigned cond) {
    switch (cond) {
    case ARM64_CC_EQ: return c->z;
    case ARM64_CC_NE: return !c->z;
    case ARM64_CC_HS: return c->c;
    case ARM64_CC_LO: return !c->c;
    case ARM64_CC_MI: return c->n;
    case ARM64_CC_PL: return !c->n;
    case ARM64_CC_VS: return c->vf;
    case ARM64_CC_VC: return !c->vf;
    case ARM64_CC_HI: return c->c && !c->z;
    case ARM64_CC_LS: return !(c->c && !c->z);
    case ARM64_CC_GE: return c->n == c->vf;
    case ARM64_CC_LT: return c->n != c->vf;
    case ARM64_CC_GT: return !c->z && c->n == c->vf;
    case ARM64_CC_LE: return c->z || c->n != c->vf;
    default: return true;
    }
}

static void branch(struct core *c, uint64_t to) {
    c->pc = to;
    c->branched = true;
}

/* ---- loads and stores -------------------------------------------------------------------------------- */

/* R1: the base SP must be a multiple of 16 with SCTLR_ELx.SA (D1.8.2). */
static uint64_t address(struct core *c, const struct insn *i) {
    uint64_t base = i->base < 31 ? c->x[i->base] : i->base_is_sp ? *sp(c) : 0;
    if (i->base_is_sp && (base & 15) && (sctlr(c) & 8))
        exception(c, c->el, EC_SP, 0, 0);
    c->address_time = i->base < 31 ? c->reg_time[i->base] : 0;
    if (i->has_index) {
        uint64_t index = i->index < 31 ? c->x[i->index] : 0;
        if (i->index < 31 && c->address_time < c->reg_time[i->index])
            c->address_time = c->reg_time[i->index];
        return base + (extend(index, i->extend) << i->shift);
    }
    return i->mode == INDEX_POST ? base : base + (uint64_t)i->disp;
}

static void write_back_base(struct core *c, const struct insn *i, uint64_t at) {
    if (i->mode == INDEX_OFFSET)
        return;
    uint64_t value = i->mode == INDEX_PRE ? at : at + (uint64_t)i->disp;
    if (i->base_is_sp)
        *sp(c) = value;
    else
        c->x[i->base] = value;
}

static void load_to(struct core *c, const struct operand *op, const uint8_t *bytes, unsigned size,
                    bool sign) {
    if (op->kind == OPERAND_VECTOR) {
        c->v[op->reg] = (struct vector128){0, 0};
        memcpy(&c->v[op->reg], bytes, size);
        return;
    }
    uint64_t value = 0;
    memcpy(&value, bytes, size);
    if (sign && size < 8)
        value = (uint64_t)((int64_t)(value << (64 - 8 * size)) >> (64 - 8 * size));
    if (op->reg < 31)
        c->x[op->reg] = width(value, op->bytes);
}

static const uint8_t *store_from(struct core *c, const struct operand *op, uint64_t *room) {
    if (op->kind == OPERAND_VECTOR)
        return (const uint8_t *)&c->v[op->reg];
    *room = op->reg < 31 ? c->x[op->reg] : 0;
    return (const uint8_t *)room;
}

static void load(struct core *c, const struct insn *i, unsigned size, bool sign) {
    uint8_t bytes[16] = {0};
    if (!size)
        size = i->op[0].bytes;
    if (i->op[0].kind == OPERAND_VECTOR)
        check_fp(c);
    if (!i->is_memory) { /* literal */
        c->address_time = 0;
        data_read(c, c->now_pc + (uint64_t)i->op[1].imm, size, bytes);
    } else {
        uint64_t at = address(c, i);
        data_read(c, at, size, bytes);
        write_back_base(c, i, at);
    }
    load_to(c, &i->op[0], bytes, size, sign);
}

static void store(struct core *c, const struct insn *i, unsigned size, bool release) {
    uint64_t room;
    if (!size)
        size = i->op[0].bytes;
    if (i->op[0].kind == OPERAND_VECTOR)
        check_fp(c);
    uint64_t at = address(c, i);
    data_write(c, at, size, store_from(c, &i->op[0], &room), release);
    write_back_base(c, i, at);
}

static void load_pair(struct core *c, const struct insn *i, bool sign) {
    unsigned size = sign ? 4 : i->op[0].bytes;
    uint8_t one[16], two[16];
    if (i->op[0].kind == OPERAND_VECTOR)
        check_fp(c);
    uint64_t at = address(c, i), time;
    data_pair_check(c, at, size, READ);
    data_read(c, at, size, one);
    time = c->load_time;
    data_read(c, at + size, size, two);
    if (c->load_time < time)
        c->load_time = time;
    write_back_base(c, i, at);
    load_to(c, &i->op[0], one, size, sign);
    load_to(c, &i->op[1], two, size, sign);
}

static void store_pair(struct core *c, const struct insn *i) {
    unsigned size = i->op[0].bytes;
    uint64_t room;
    if (i->op[0].kind == OPERAND_VECTOR)
        check_fp(c);
    uint64_t at = address(c, i);
    data_pair_check(c, at, size, WRITE);
    data_write(c, at, size, store_from(c, &i->op[0], &room), false);
    data_write(c, at + size, size, store_from(c, &i->op[1], &room), false);
    write_back_base(c, i, at);
}

/* ---- system instructions ------------------------------------------------------------------------------- */

static bool trapped_to_el2(const struct core *c, unsigned bit) {
    return c->el == 1 && c->force[SCR_EL3] & 1 && c->force[HCR_EL2] >> bit & 1;
}

static void address_translate(struct core *c, uint32_t word, uint64_t va) {
    unsigned op1 = word >> 16 & 7, op2 = word >> 5 & 7;
    unsigned el = op1 == 0 || op2 >= 4 ? 1 : op1 == 4 ? 2 : 3, fault;
    struct translation t;
    if (op2 == 2 || op2 == 3 || op2 == 6 || op2 == 7)
        stop(c, "AT for EL0: not modelled");
    if (translate_probe(c, va, op2 & 1 ? WRITE : READ, el, &t, &fault))
        c->force[PAR_EL1] = (t.pa & UINT64_C(0xfffffffff000)) | (uint64_t)t.attributes << 56 |
                            1 << 11 | 1 << 9 | (uint64_t)t.sh << 7;
    else
        c->force[PAR_EL1] = 1 | 1 << 11 | fault << 1;
    if (one_in(c->m, 3)) /* R12: PAR_EL1 has the answer after a context synchronisation (D5.2.11) */
        c->reg[PAR_EL1] = c->force[PAR_EL1];
}

/* R4 */
static void must_be_coherent(struct core *c, const struct insn *i) {
    if (!coherent(c))
        stop(c, "`%s': maintenance before CPUECTLR_EL1.SMPEN is in force", i->text);
}

/* SYS: the fields of the word (C5.3), because capstone numbers the operations in its own way. */
static void system_operation(struct core *c, const struct insn *i) {
    unsigned op1 = i->word >> 16 & 7, crn = i->word >> 12 & 15, crm = i->word >> 8 & 15,
             op2 = i->word >> 5 & 7;
    uint64_t value = (i->word & 31) < 31 ? c->x[i->word & 31] : 0;
    if ((op1 == 4 && c->el < 2) || (op1 == 6 && c->el < 3))
        undefined(c);
    if (crn == 8) { /* TLBI */
        if (trapped_to_el2(c, 25))
            exception(c, 2, EC_SYSREG, 0, 0);
        unsigned regime = op1 == 6 ? 3 : op1 == 4 && (op2 == 0 || op2 == 1 || op2 == 5) ? 2 : 1;
        bool all = op1 == 0 ? op2 == 0 || op2 == 2 : op2 == 0 || op2 == 4 || op2 == 6;
        if (crm != 3 && crm != 7)
            stop(c, "`%s' (%08x): TLBI by IPA is not modelled", i->text, i->word);
        must_be_coherent(c, i);
        tlb_maintain(c, regime, all, value, crm == 3);
        return;
    }
    if (crn != 7)
        stop(c, "`%s' (%08x): not modelled", i->text, i->word);
    c->spin = 0;
    if (crm != 8)
        must_be_coherent(c, i);
    switch (op1 << 8 | crm << 4 | op2) {
    case 0x061: cache_maintain(c, CACHE_INVALIDATE, value); return;
    case 0x062:
    case 0x0a2:
    case 0x0e2:
        stop(c, "`%s': maintenance by set/way destroys what other cores hold (apache/nuttx#7144)",
             i->text);
    case 0x341: data_zero_block(c, value); return;
    case 0x3a1: cache_maintain(c, CACHE_CLEAN, value); return;
    case 0x3b1: cache_maintain(c, CACHE_CLEAN_POU, value); return;
    case 0x3e1: cache_maintain(c, CACHE_CLEAN_INVALIDATE, value); return;
    case 0x010: icache_maintain(c, true, 0, true); return;
    case 0x050: icache_maintain(c, true, 0, trapped_to_el2(c, 9)); return;
    case 0x351: icache_maintain(c, false, value, true); return;
    default: break;
    }
    if (crm == 8) {
        address_translate(c, i->word, value);
        return;
    }
    stop(c, "`%s' (%08x): not modelled", i->text, i->word);
}

/* R2, B2.3.5: CRm is the domain (bits 3 and 2) and the accesses (bits 1 and 0: 1 loads, 2 stores, 3 all). A
   barrier for the Non-shareable domain promises nothing to other cores. */
static void barrier(struct core *c, const struct insn *i, bool dsb) {
    unsigned domain = i->word >> 10 & 3, accesses = i->word >> 8 & 3;
    if (accesses == 0)
        domain = 3, accesses = 3;
    if (accesses == 1 || (domain == 1 && !dsb))
        barrier_dmb(c, false, true);
    else if (dsb && !barrier_dsb(c, accesses == 2, domain == 1)) {
        branch(c, c->now_pc); /* not done yet */
        disturb(c);
        disturb(c);
    } else if (!dsb)
        barrier_dmb(c, accesses == 2, false);
}

static void wait_for(struct core *c, bool interrupt) {
    unsigned bit = interrupt ? 13 : 14;
    c->horizon = c->m->time;
    if (!interrupt && c->event) {
        c->event = false;
        c->spin = 0;
        return;
    }
    if (trapped_to_el2(c, bit))
        exception(c, 2, EC_WFX, !interrupt, 0);
    if (c->el < 3 && c->force[SCR_EL3] >> (interrupt ? 12 : 13) & 1)
        exception(c, 3, EC_WFX, !interrupt, 0);
    c->asleep = true;
    c->spin = 0;
    c->waiting_for_interrupt = interrupt;
}

/* Arm semihosting, the calls that test kernels use, and one of our own: 0x101 gives a mask of sleeping cores. */
static void semihost(struct core *c) {
    uint64_t block[2], at = c->x[1];
    uint8_t ch;
    switch ((uint32_t)c->x[0]) {
    case 0x03:
        data_read(c, at, 1, &ch);
        console_putc(c->m, ch);
        return;
    case 0x04:
        for (unsigned n = 0; n < 4096; n++, at++) {
            data_read(c, at, 1, &ch);
            if (!ch)
                return;
            console_putc(c->m, ch);
        }
        return;
    case 0x18:
    case 0x20:
        data_read(c, at, 8, &block[0]);
        data_read(c, at + 8, 8, &block[1]);
        if (block[0] != 0x20026)
            stop(c, "exit for reason %#llx", (unsigned long long)block[0]);
        if (block[1])
            stop(c, "the kernel ends with status %llu", (unsigned long long)block[1]);
        pass(c);
    case 0x101:
        c->x[0] = 0;
        for (unsigned n = 0; n < CORES; n++)
            c->x[0] |= (uint64_t)c->m->core[n].asleep << n;
        return;
    default: stop(c, "semihosting call %#x: not modelled", (uint32_t)c->x[0]);
    }
}

static void call_higher(struct core *c, const struct insn *i, bool hvc) {
    uint32_t iss = i->word >> 5 & 0xffff;
    uint64_t scr = c->force[SCR_EL3];
    if (hvc) {
        if (c->el == 3 || !(scr >> 8 & 1) || (c->force[HCR_EL2] >> 29 & 1))
            undefined(c);
        exception(c, 2, EC_HVC, iss, 0);
    }
    if (trapped_to_el2(c, 19)) {
        c->now_pc -= 4; /* the trapped SMC is returned to, not passed */
        exception(c, 2, EC_SMC, iss, 0);
    }
    if (scr >> 7 & 1)
        undefined(c);
    exception(c, 3, EC_SMC, iss, 0);
}

/* ---- arithmetic of less common kinds ---------------------------------------------------------------------- */

static uint64_t reverse_bits(uint64_t v, unsigned bits) {
    uint64_t r = 0;
    for (unsigned i = 0; i < bits; i++)
        r |= (v >> i & 1) << (bits - 1 - i);
    return r;
}

static uint64_t ones(unsigned n) { return n >= 64 ? UINT64_MAX : (UINT64_C(1) << n) - 1; }

static uint64_t sign_from(uint64_t v, unsigned bits) {
    return (uint64_t)((int64_t)(v << (64 - bits)) >> (64 - bits));
}

static uint64_t reverse_bytes(uint64_t v, unsigned group, unsigned bytes) {
    uint64_t r = 0;
    for (unsigned i = 0; i < bytes; i++)
        r |= (v >> (8 * i) & 0xff) << (8 * (i / group * group + group - 1 - i % group));
    return r;
}

static uint64_t high_product(uint64_t a, uint64_t b, bool is_signed) {
    if (is_signed)
        return (uint64_t)(((__int128)(int64_t)a * (int64_t)b) >> 64);
    return (uint64_t)(((unsigned __int128)a * b) >> 64);
}

static uint64_t divide(struct core *c, const struct insn *i, bool is_signed) {
    uint64_t a = get(c, i, 1), b = get(c, i, 2);
    if (!b)
        return 0;
    if (!is_signed)
        return a / b;
    int64_t x = i->op[0].bytes == 4 ? (int32_t)a : (int64_t)a,
            y = i->op[0].bytes == 4 ? (int32_t)b : (int64_t)b;
    return y == -1 ? 0 - (uint64_t)x : (uint64_t)(x / y);
}

static uint64_t leading(uint64_t v, unsigned bits) {
    unsigned n = 0;
    while (n < bits && !(v >> (bits - 1 - n) & 1))
        n++;
    return n;
}

/* ---- SIMD&FP: what compilers use to clear, copy and set ------------------------------------------------------ */

static void vector(struct core *c, const struct insn *i) {
    const struct operand *a = &i->op[0], *b = &i->op[1];
    check_fp(c);
    if (i->id == ARM64_INS_MOVI && a->kind == OPERAND_VECTOR && b->kind == OPERAND_IMM &&
        (b->imm == 0 || (i->word >> 12 & 15) == 14)) {
        uint64_t value = (i->word >> 29 & 1) ? (uint64_t)b->imm
                                             : (uint64_t)b->imm * UINT64_C(0x0101010101010101);
        c->v[a->reg] = (struct vector128){value, i->word >> 30 & 1 ? value : 0};
    } else if (i->id == ARM64_INS_FMOV && a->kind == OPERAND_VECTOR && b->kind == OPERAND_REG &&
               a->lane < 0) {
        c->v[a->reg] = (struct vector128){get(c, i, 1), 0};
        if (a->bytes == 4)
            c->v[a->reg].lo = (uint32_t)c->v[a->reg].lo;
    } else if (i->id == ARM64_INS_FMOV && a->kind == OPERAND_REG && b->kind == OPERAND_VECTOR &&
               b->lane < 0) {
        set(c, i, 0, c->v[b->reg].lo);
    } else if (i->id == ARM64_INS_MOV && a->kind == OPERAND_VECTOR && b->kind == OPERAND_VECTOR &&
               a->lane < 0) {
        c->v[a->reg] = c->v[b->reg];
        if (!(i->word >> 30 & 1))
            c->v[a->reg].hi = 0;
    } else if (i->id == ARM64_INS_DUP && b->kind == OPERAND_REG && i->op[1].bytes == 8) {
        c->v[a->reg] = (struct vector128){get(c, i, 1), get(c, i, 1)};
    } else if ((i->word & 0xffe0fc00) == 0x4e003c00 &&
               (i->word >> 16 & 15) == 8) { /* umov, 64-bit lanes */
        set(c, i, 0, i->word >> 20 & 1 ? c->v[b->reg].hi : c->v[b->reg].lo);
    } else if ((i->word & 0xffe0fc00) == 0x4ee08400) { /* add, .2d */
        const struct operand *d = &i->op[2];
        c->v[a->reg] = (struct vector128){c->v[b->reg].lo + c->v[d->reg].lo,
                                          c->v[b->reg].hi + c->v[d->reg].hi};
    } else if (i->id == ARM64_INS_INS && (i->word >> 16 & 15) == 8) {
        *(i->word >> 20 & 1 ? &c->v[a->reg].hi : &c->v[a->reg].lo) = get(c, i, 1);
    } else {
        stop(c, "`%s' (%08x): not modelled", i->text, i->word);
    }
}

/* ---- one instruction -------------------------------------------------------------------------------------------- */

static void execute(struct core *c, const struct insn *i) {
    unsigned bytes = i->op[0].kind == OPERAND_REG ? i->op[0].bytes : 8, bits = bytes * 8;
    uint64_t a, b, value;

    switch (i->id) {
    /* moves */
    case ARM64_INS_MOV:
        if (i->op[0].kind == OPERAND_VECTOR || i->op[1].kind == OPERAND_VECTOR)
            vector(c, i);
        else
            set(c, i, 0, get(c, i, 1));
        return;
    case ARM64_INS_MOVZ: set(c, i, 0, get(c, i, 1)); return;
    case ARM64_INS_MOVN: set(c, i, 0, ~get(c, i, 1)); return;
    case ARM64_INS_MOVK:
        a = i->op[0].reg < 31 ? c->x[i->op[0].reg] : 0;
        b = UINT64_C(0xffff) << i->op[1].shift_by;
        set(c, i, 0, (a & ~b) | get(c, i, 1));
        return;
    case ARM64_INS_MVN: set(c, i, 0, ~get(c, i, 1)); return;
    case ARM64_INS_ADR: set(c, i, 0, c->now_pc + (uint64_t)i->op[1].imm); return;
    case ARM64_INS_ADRP:
        set(c, i, 0, (c->now_pc & ~UINT64_C(0xfff)) + (uint64_t)i->op[1].imm);
        return;

    /* sums */
    case ARM64_INS_ADD:
        if (i->op[0].kind == OPERAND_VECTOR) {
            vector(c, i);
            return;
        }
        set(c, i, 0, add(c, get(c, i, 1), get(c, i, 2), false, bytes, i->flags));
        return;
    case ARM64_INS_SUB:
        set(c, i, 0, add(c, get(c, i, 1), ~get(c, i, 2), true, bytes, i->flags));
        return;
    case ARM64_INS_ADC:
        set(c, i, 0, add(c, get(c, i, 1), get(c, i, 2), c->c, bytes, i->flags));
        return;
    case ARM64_INS_SBC:
        set(c, i, 0, add(c, get(c, i, 1), ~get(c, i, 2), c->c, bytes, i->flags));
        return;
    case ARM64_INS_NGC:
    case ARM64_INS_NGCS:
        set(c, i, 0, add(c, 0, ~get(c, i, 1), c->c, bytes, i->flags || i->id == ARM64_INS_NGCS));
        return;
    case ARM64_INS_CMP: add(c, get(c, i, 0), ~get(c, i, 1), true, bytes, true); return;
    case ARM64_INS_CMN: add(c, get(c, i, 0), get(c, i, 1), false, bytes, true); return;
    case ARM64_INS_NEG: set(c, i, 0, add(c, 0, ~get(c, i, 1), true, bytes, false)); return;
    case ARM64_INS_NEGS: set(c, i, 0, add(c, 0, ~get(c, i, 1), true, bytes, true)); return;
    case ARM64_INS_CCMP:
    case ARM64_INS_CCMN:
        if (holds(c, i->cond)) {
            if (i->id == ARM64_INS_CCMP)
                add(c, get(c, i, 0), ~get(c, i, 1), true, bytes, true);
            else
                add(c, get(c, i, 0), get(c, i, 1), false, bytes, true);
        } else {
            value = (uint64_t)i->op[2].imm;
            c->n = value >> 3 & 1, c->z = value >> 2 & 1, c->c = value >> 1 & 1, c->vf = value & 1;
        }
        return;

    /* logic */
    case ARM64_INS_AND:
    case ARM64_INS_BIC:
        b = get(c, i, 2);
        value = get(c, i, 1) & (i->id == ARM64_INS_BIC ? ~b : b);
        if (i->flags)
            flags_nz(c, value, bytes), c->c = c->vf = false;
        set(c, i, 0, value);
        return;
    case ARM64_INS_TST:
        flags_nz(c, get(c, i, 0) & get(c, i, 1), bytes);
        c->c = c->vf = false;
        return;
    case ARM64_INS_ORR: set(c, i, 0, get(c, i, 1) | get(c, i, 2)); return;
    case ARM64_INS_ORN: set(c, i, 0, get(c, i, 1) | ~get(c, i, 2)); return;
    case ARM64_INS_EOR:
        if (i->op[0].kind == OPERAND_VECTOR && i->op[1].reg == i->op[2].reg) {
            check_fp(c);
            c->v[i->op[0].reg] = (struct vector128){0, 0};
            return;
        }
        set(c, i, 0, get(c, i, 1) ^ get(c, i, 2));
        return;
    case ARM64_INS_EON: set(c, i, 0, get(c, i, 1) ^ ~get(c, i, 2)); return;

    /* shifts and fields */
    case ARM64_INS_LSL:
        set(c, i, 0, shift(get(c, i, 1), ARM64_SFT_LSL, (unsigned)get(c, i, 2), bytes));
        return;
    case ARM64_INS_LSR:
        set(c, i, 0, shift(get(c, i, 1), ARM64_SFT_LSR, (unsigned)get(c, i, 2), bytes));
        return;
    case ARM64_INS_ASR:
        set(c, i, 0, shift(get(c, i, 1), ARM64_SFT_ASR, (unsigned)get(c, i, 2), bytes));
        return;
    case ARM64_INS_ROR:
        set(c, i, 0, shift(get(c, i, 1), ARM64_SFT_ROR, (unsigned)get(c, i, 2), bytes));
        return;
    case ARM64_INS_UBFX:
        set(c, i, 0, get(c, i, 1) >> i->op[2].imm & ones((unsigned)i->op[3].imm));
        return;
    case ARM64_INS_SBFX:
        set(c, i, 0, sign_from(get(c, i, 1) >> i->op[2].imm, (unsigned)i->op[3].imm));
        return;
    case ARM64_INS_UBFIZ:
        set(c, i, 0, (get(c, i, 1) & ones((unsigned)i->op[3].imm)) << i->op[2].imm);
        return;
    case ARM64_INS_SBFIZ:
        set(c, i, 0, sign_from(get(c, i, 1), (unsigned)i->op[3].imm) << i->op[2].imm);
        return;
    case ARM64_INS_BFI:
        b = ones((unsigned)i->op[3].imm) << i->op[2].imm;
        set(c, i, 0, (get(c, i, 0) & ~b) | (get(c, i, 1) << i->op[2].imm & b));
        return;
    case ARM64_INS_BFXIL:
        b = ones((unsigned)i->op[3].imm);
        set(c, i, 0, (get(c, i, 0) & ~b) | (get(c, i, 1) >> i->op[2].imm & b));
        return;
    case ARM64_INS_SXTB: set(c, i, 0, extend(get(c, i, 1), ARM64_EXT_SXTB)); return;
    case ARM64_INS_SXTH: set(c, i, 0, extend(get(c, i, 1), ARM64_EXT_SXTH)); return;
    case ARM64_INS_SXTW: set(c, i, 0, extend(get(c, i, 1), ARM64_EXT_SXTW)); return;
    case ARM64_INS_UXTB: set(c, i, 0, extend(get(c, i, 1), ARM64_EXT_UXTB)); return;
    case ARM64_INS_UXTH: set(c, i, 0, extend(get(c, i, 1), ARM64_EXT_UXTH)); return;
    case ARM64_INS_UXTW: set(c, i, 0, extend(get(c, i, 1), ARM64_EXT_UXTW)); return;
    case ARM64_INS_EXTR:
        a = get(c, i, 1), b = get(c, i, 2), value = (uint64_t)i->op[3].imm;
        set(c, i, 0, value ? b >> value | a << (bits - value) : b);
        return;
    case ARM64_INS_RBIT: set(c, i, 0, reverse_bits(get(c, i, 1), bits)); return;
    case ARM64_INS_REV: set(c, i, 0, reverse_bytes(get(c, i, 1), bytes, bytes)); return;
    case ARM64_INS_REV32: set(c, i, 0, reverse_bytes(get(c, i, 1), 4, bytes)); return;
    case ARM64_INS_REV16: set(c, i, 0, reverse_bytes(get(c, i, 1), 2, bytes)); return;
    case ARM64_INS_CLZ: set(c, i, 0, leading(get(c, i, 1), bits)); return;
    case ARM64_INS_CLS:
        a = get(c, i, 1);
        set(c, i, 0, leading(((a ^ a << 1) | 1) & ones(bits), bits));
        return;

    /* choices */
    case ARM64_INS_CSEL: set(c, i, 0, get(c, i, holds(c, i->cond) ? 1 : 2)); return;
    case ARM64_INS_CSINC: set(c, i, 0, holds(c, i->cond) ? get(c, i, 1) : get(c, i, 2) + 1); return;
    case ARM64_INS_CSINV: set(c, i, 0, holds(c, i->cond) ? get(c, i, 1) : ~get(c, i, 2)); return;
    case ARM64_INS_CSNEG: set(c, i, 0, holds(c, i->cond) ? get(c, i, 1) : 0 - get(c, i, 2)); return;
    case ARM64_INS_CSET: set(c, i, 0, holds(c, i->cond)); return;
    case ARM64_INS_CSETM: set(c, i, 0, holds(c, i->cond) ? UINT64_MAX : 0); return;
    case ARM64_INS_CINC: set(c, i, 0, get(c, i, 1) + holds(c, i->cond)); return;
    case ARM64_INS_CINV: set(c, i, 0, holds(c, i->cond) ? ~get(c, i, 1) : get(c, i, 1)); return;
    case ARM64_INS_CNEG: set(c, i, 0, holds(c, i->cond) ? 0 - get(c, i, 1) : get(c, i, 1)); return;

    /* products */
    case ARM64_INS_MUL: set(c, i, 0, get(c, i, 1) * get(c, i, 2)); return;
    case ARM64_INS_MNEG: set(c, i, 0, 0 - get(c, i, 1) * get(c, i, 2)); return;
    case ARM64_INS_MADD: set(c, i, 0, get(c, i, 3) + get(c, i, 1) * get(c, i, 2)); return;
    case ARM64_INS_MSUB: set(c, i, 0, get(c, i, 3) - get(c, i, 1) * get(c, i, 2)); return;
    case ARM64_INS_UMULL: set(c, i, 0, get(c, i, 1) * get(c, i, 2)); return;
    case ARM64_INS_UMADDL: set(c, i, 0, get(c, i, 3) + get(c, i, 1) * get(c, i, 2)); return;
    case ARM64_INS_UMSUBL: set(c, i, 0, get(c, i, 3) - get(c, i, 1) * get(c, i, 2)); return;
    case ARM64_INS_SMULL:
        set(c, i, 0, sign_from(get(c, i, 1), 32) * sign_from(get(c, i, 2), 32));
        return;
    case ARM64_INS_SMADDL:
        set(c, i, 0, get(c, i, 3) + sign_from(get(c, i, 1), 32) * sign_from(get(c, i, 2), 32));
        return;
    case ARM64_INS_SMSUBL:
        set(c, i, 0, get(c, i, 3) - sign_from(get(c, i, 1), 32) * sign_from(get(c, i, 2), 32));
        return;
    case ARM64_INS_UMULH: set(c, i, 0, high_product(get(c, i, 1), get(c, i, 2), false)); return;
    case ARM64_INS_SMULH: set(c, i, 0, high_product(get(c, i, 1), get(c, i, 2), true)); return;
    case ARM64_INS_UDIV: set(c, i, 0, divide(c, i, false)); return;
    case ARM64_INS_SDIV: set(c, i, 0, divide(c, i, true)); return;

    /* branches */
    case ARM64_INS_B:
        if (!i->cond || holds(c, i->cond))
            branch(c, c->now_pc + (uint64_t)i->op[0].imm);
        return;
    case ARM64_INS_BL:
        c->x[30] = c->now_pc + 4;
        branch(c, c->now_pc + (uint64_t)i->op[0].imm);
        return;
    case ARM64_INS_BR: branch(c, get(c, i, 0)); return;
    case ARM64_INS_BLR:
        value = get(c, i, 0);
        c->x[30] = c->now_pc + 4;
        branch(c, value);
        return;
    case ARM64_INS_RET: branch(c, i->count ? get(c, i, 0) : c->x[30]); return;
    case ARM64_INS_CBZ:
    case ARM64_INS_CBNZ:
        if ((get(c, i, 0) == 0) == (i->id == ARM64_INS_CBZ))
            branch(c, c->now_pc + (uint64_t)i->op[1].imm);
        return;
    case ARM64_INS_TBZ:
    case ARM64_INS_TBNZ:
        if ((get(c, i, 0) >> i->op[1].imm & 1) == (i->id == ARM64_INS_TBNZ))
            branch(c, c->now_pc + (uint64_t)i->op[2].imm);
        return;

    /* loads and stores */
    case ARM64_INS_LDR:
    case ARM64_INS_LDUR:
    case ARM64_INS_LDTR: load(c, i, 0, false); return;
    case ARM64_INS_LDRB:
    case ARM64_INS_LDURB: load(c, i, 1, false); return;
    case ARM64_INS_LDRH:
    case ARM64_INS_LDURH: load(c, i, 2, false); return;
    case ARM64_INS_LDRSB:
    case ARM64_INS_LDURSB: load(c, i, 1, true); return;
    case ARM64_INS_LDRSH:
    case ARM64_INS_LDURSH: load(c, i, 2, true); return;
    case ARM64_INS_LDRSW:
    case ARM64_INS_LDURSW: load(c, i, 4, true); return;
    case ARM64_INS_STR:
    case ARM64_INS_STUR:
    case ARM64_INS_STTR: store(c, i, 0, false); return;
    case ARM64_INS_STRB:
    case ARM64_INS_STURB: store(c, i, 1, false); return;
    case ARM64_INS_STRH:
    case ARM64_INS_STURH: store(c, i, 2, false); return;
    case ARM64_INS_LDP:
    case ARM64_INS_LDNP: load_pair(c, i, false); return;
    case ARM64_INS_LDPSW: load_pair(c, i, true); return;
    case ARM64_INS_STP:
    case ARM64_INS_STNP: store_pair(c, i); return;
    case ARM64_INS_LDAR:
    case ARM64_INS_LDARB:
    case ARM64_INS_LDARH:
        /* B2.3.3: after the STLRs of this core, and before every later access. */
        while (complete_one(c))
            ;
        c->horizon = c->m->time;
        load(c, i, i->id == ARM64_INS_LDARB ? 1 : i->id == ARM64_INS_LDARH ? 2 : 0, false);
        return;
    case ARM64_INS_STLR: store(c, i, 0, true); return;
    case ARM64_INS_STLRB: store(c, i, 1, true); return;
    case ARM64_INS_STLRH: store(c, i, 2, true); return;
    case ARM64_INS_LDXR:
    case ARM64_INS_LDAXR:
    case ARM64_INS_LDXRB:
    case ARM64_INS_LDAXRB:
        a = i->id == ARM64_INS_LDXRB || i->id == ARM64_INS_LDAXRB ? 1 : bytes;
        value = load_exclusive(c, address(c, i), (unsigned)a,
                               i->id == ARM64_INS_LDAXR || i->id == ARM64_INS_LDAXRB);
        set(c, i, 0, value);
        return;
    case ARM64_INS_STXR:
    case ARM64_INS_STLXR:
    case ARM64_INS_STXRB:
    case ARM64_INS_STLXRB:
        a = i->id == ARM64_INS_STXRB || i->id == ARM64_INS_STLXRB ? 1 : i->op[1].bytes;
        value = i->op[1].reg < 31 ? c->x[i->op[1].reg] : 0;
        set(c, i, 0,
            !store_exclusive(c, address(c, i), (unsigned)a, value,
                             i->id == ARM64_INS_STLXR || i->id == ARM64_INS_STLXRB));
        return;
    case ARM64_INS_CLREX: c->monitor = false; return;
    case ARM64_INS_PRFM: return;

    /* system */
    case ARM64_INS_MRS:
        sysreg_read(c, i->word, &value);
        if ((i->word & 31) < 31)
            c->x[i->word & 31] = value;
        return;
    case ARM64_INS_MSR:
        if (i->word & 1 << 20 && !(i->word & 1 << 21) && (i->word >> 19 & 3) >= 2) {
            sysreg_write(c, i->word, (i->word & 31) < 31 ? c->x[i->word & 31] : 0);
            return;
        }
        value = i->word >> 8 & 15; /* MSR (immediate), C5.6.130 */
        switch (i->word >> 5 & 7) {
        case 5: c->spsel = value & 1; return;
        case 6: c->daif |= (unsigned)value; return;
        case 7: c->daif &= ~(unsigned)value; return;
        default: stop(c, "`%s' (%08x): not modelled", i->text, i->word);
        }
    case ARM64_INS_SYS:
    case ARM64_INS_DC:
    case ARM64_INS_IC:
    case ARM64_INS_AT:
    case ARM64_INS_TLBI: system_operation(c, i); return;
    case ARM64_INS_ISB: synchronise(c); return;
    case ARM64_INS_DSB: barrier(c, i, true); return;
    case ARM64_INS_DMB: barrier(c, i, false); return;
    case ARM64_INS_NOP:
    case ARM64_INS_YIELD: return;
    case ARM64_INS_HINT: return;
    case ARM64_INS_WFE: wait_for(c, false); return;
    case ARM64_INS_WFI: wait_for(c, true); return;
    case ARM64_INS_SEV: wake_all(c->m); return;
    case ARM64_INS_SEVL: c->event = true; return;
    case ARM64_INS_HLT:
        if (i->op[0].imm == 0xf000)
            semihost(c);
        else
            undefined(c);
        return;
    case ARM64_INS_BRK:
        exception(c, c->el == 1 && c->force[SCR_EL3] & 1 && c->force[MDCR_EL2] >> 8 & 1 ? 2 : c->el,
                  EC_BRK, i->word >> 5 & 0xffff, 0);
    case ARM64_INS_SVC: exception(c, c->el, EC_SVC, i->word >> 5 & 0xffff, 0);
    case ARM64_INS_HVC: call_higher(c, i, true); return;
    case ARM64_INS_SMC: call_higher(c, i, false); return;
    case ARM64_INS_ERET: exception_return(c); return;

    case ARM64_INS_MOVI:
    case ARM64_INS_FMOV:
    case ARM64_INS_DUP:
    case ARM64_INS_UMOV:
    case ARM64_INS_INS: vector(c, i); return;
    default:
        if (i->word < 0x10000)
            undefined(c); /* UDF */
        stop(c, "instruction %08x `%s': not modelled", i->word, i->text);
    }
}

/* A core in PiBoot's code that goes round and round with no WFE, no store, no look at the counter. */
static void check_spin(struct core *c) {
    c->spin = 0;
    const struct symbol *s =
        image_symbol_at(c->m->image, c->now_pc - c->m->load + c->m->image->low);
    if (!s || c->m->load == c->m->image->low)
        s = image_symbol_at(c->m->image, c->now_pc);
    if (s && !strncmp(s->name, "piboot_", 7))
        stop(c, "spins: 4096 instructions with no WFE, no store and no look at the counter");
}

void step(struct core *c) {
    struct machine *m = c->m;
    c->branched = false;
    c->now = NULL;
    c->now_pc = c->pc;
    if (c->illegal)
        exception(c, c->el, EC_ILLEGAL, 0, 0);
    /* D2.12: software step routed to EL2 does not heed PSTATE.D at EL1. */
    if (c->el == 1 && c->force[SCR_EL3] & 1 && c->force[MDSCR_EL1] & 1 &&
        c->force[MDCR_EL2] >> 8 & 1 && !c->os_locked)
        exception(c, 2, EC_STEP, 0x22, 0);
    if (c->daif != 15 || c->el < 2)
        interrupt(c);
    const struct insn *i = fetch(c);
    if (c->aarch32)
        stop(c, "AArch32 instructions: not modelled");
    c->now = i;
    uint64_t source = 0;
    if (m->temper.early_loads)
        for (unsigned n = 0; n < i->count; n++)
            if (i->op[n].kind == OPERAND_REG && source < c->reg_time[i->op[n].reg])
                source = c->reg_time[i->op[n].reg];
    c->load_time = 0;
    execute(c, i);
    if (m->temper.early_loads && i->count && i->op[0].kind == OPERAND_REG) {
        if (c->load_time)
            source = c->load_time;
        c->reg_time[i->op[0].reg] = source;
        if (c->load_time && i->count > 1 && i->op[1].kind == OPERAND_REG)
            c->reg_time[i->op[1].reg] = source;
        c->reg_time[31] = 0;
    }
    if (m->trace)
        trace(c);
    if (!c->branched)
        c->pc += 4;
    c->storm = 0;
    c->steps++;
    if (c->load_time == 0 && i->is_memory)
        c->spin = 0;
    if (++c->spin > 4096)
        check_spin(c);
}
