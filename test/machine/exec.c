/* SPDX-License-Identifier: MIT */
/* Executes one instruction of one core: the integer instructions of Armv8.0-A, loads and stores of SIMD&FP registers,
   system instructions, exceptions. */
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
    for (unsigned n = 0; i && n < 31; n++)
        if (i->targets >> n & 1)
            printf(" x%u = %#llx", n, (unsigned long long)c->x[n]);
    putchar('\n');
}

void exception(struct core *c, unsigned target, unsigned ec, uint32_t iss, uint64_t far) {
    static const enum sysreg spsr[4] = {0, SPSR_EL1, SPSR_EL2, SPSR_EL3},
                             elr[4] = {0, ELR_EL1, ELR_EL2, ELR_EL3},
                             esr[4] = {0, ESR_EL1, ESR_EL2, ESR_EL3},
                             fars[4] = {0, FAR_EL1, FAR_EL2, FAR_EL3},
                             vbar[4] = {0, VBAR_EL1, VBAR_EL2, VBAR_EL3};
    satisfy_late(c, UINT32_MAX);
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

/* The generic timers' interrupts, as the local peripherals route them (QA7, 4.6), and SError. */
static const enum sysreg timers[4][2] = {{CNTPS_CTL_EL1, CNTPS_CVAL_EL1},
                                         {CNTP_CTL_EL0, CNTP_CVAL_EL0},
                                         {CNTHP_CTL_EL2, CNTHP_CVAL_EL2},
                                         {CNTV_CTL_EL0, CNTV_CVAL_EL0}};

/* Bits 0 to 3: CNTPS, CNTPNS, CNTHP, CNTV, those that fire and that the mask lets through. */
unsigned timer_lines(const struct core *c, unsigned mask) {
    unsigned lines = 0;
    for (unsigned n = 0; n < 4; n++) {
        uint64_t now = c->m->ticks + c->m->steps - (n == 3 ? c->force[CNTVOFF_EL2] : 0);
        if (mask >> n & 1 && (c->reg[timers[n][0]] & 3) == 1 && now >= c->reg[timers[n][1]])
            lines |= 1U << n;
    }
    return lines;
}

static unsigned pending(const struct core *c) /* bit 2 SError, 1 IRQ, 0 FIQ, as in PSTATE */
{
    uint32_t route = c->m->local[0x40 / 4 + c->id];
    unsigned fiq = route >> 4 & 15, irq = route & 15 & ~fiq;
    return (c->serror ? 4 : 0) | (timer_lines(c, irq) ? 2 : 0) | (timer_lines(c, fiq) ? 1 : 0);
}

bool interrupt_pending(const struct core *c) { return pending(c) != 0; }

bool timer_armed(const struct core *c) {
    uint32_t route = c->m->local[0x40 / 4 + c->id];
    for (unsigned n = 0; n < 4; n++)
        if ((route | route >> 4) >> n & 1 && (c->reg[timers[n][0]] & 3) == 1)
            return true;
    return false;
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
    c->monitor = false; /* ClearExclusiveLocal() */
    c->event = true; /* SendEventLocal() in AArch64.ExceptionReturn() */
}

/* ---- operands ------------------------------------------------------------------------------------- */

static uint64_t *sp(struct core *c) { return &c->sp[c->spsel ? c->el : 0]; }

static uint64_t width(uint64_t value, unsigned bytes) {
    return bytes == 4 ? (uint32_t)value : value;
}

static uint64_t ones(unsigned n) { return n >= 64 ? UINT64_MAX : (UINT64_C(1) << n) - 1; }

static uint64_t sign_from(uint64_t v, unsigned bits) {
    return (uint64_t)((int64_t)(v << (64 - bits)) >> (64 - bits));
}

/* UXTB to SXTX, as the field option has them */
static uint64_t extend(uint64_t value, unsigned how) {
    unsigned bits = 8U << (how & 3);
    return how & 4 ? sign_from(value, bits) : value & ones(bits);
}

/* LSL, LSR, ASR, ROR, as the field shift has them */
static uint64_t shift(uint64_t value, unsigned how, unsigned by, unsigned bytes) {
    unsigned bits = bytes * 8;
    by %= bits;
    value = width(value, bytes);
    switch (how) {
    case 0: return width(value << by, bytes);
    case 1: return value >> by;
    case 2: return width((uint64_t)((int64_t)sign_from(value, bits) >> by), bytes);
    default: return by ? width(value >> by | value << (bits - by), bytes) : value;
    }
}

static uint64_t first(struct core *c, const struct insn *i) {
    return width(i->rn_sp && i->rn == 31 ? *sp(c) : c->x[i->rn], i->bytes);
}

/* An immediate, or Rm, shifted or extended as the instruction says. */
static uint64_t second(const struct core *c, const struct insn *i) {
    if (i->has_imm)
        return width(i->imm, i->bytes);
    if (i->extends)
        return width(extend(c->x[i->rm], i->extend) << i->amount, i->bytes);
    return shift(c->x[i->rm], i->shift, i->amount, i->bytes);
}

static void set(struct core *c, const struct insn *i, uint64_t value) {
    value = width(value, i->bytes);
    if (i->rd < 31)
        c->x[i->rd] = value;
    else if (i->rd_sp)
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

/* C1.2.4: bit 0 inverts, save in 1111, which is always as 1110 is. */
static bool holds(const struct core *c, unsigned cond) {
    bool is = false;
    switch (cond >> 1) {
    case 0: is = c->z; break;
    case 1: is = c->c; break;
    case 2: is = c->n; break;
    case 3: is = c->vf; break;
    case 4: is = c->c && !c->z; break;
    case 5: is = c->n == c->vf; break;
    case 6: is = c->n == c->vf && !c->z; break;
    default: return true;
    }
    return is != (cond & 1);
}

static void branch(struct core *c, uint64_t to) {
    c->pc = to;
    c->branched = true;
}

/* ---- loads and stores -------------------------------------------------------------------------------- */

/* R1: the base SP must be a multiple of 16 with SCTLR_ELx.SA (D1.8.2). */
static uint64_t address(struct core *c, const struct insn *i) {
    c->address_time = 0;
    for (unsigned n = 0; n < 31; n++)
        if (i->address_sources >> n & 1 && c->address_time < c->reg_time[n])
            c->address_time = c->reg_time[n];
    if (i->literal)
        return c->now_pc + i->imm;
    uint64_t base = i->rn == 31 ? *sp(c) : c->x[i->rn];
    if (i->rn == 31 && (base & 15) && (sctlr(c) & 8))
        exception(c, c->el, EC_SP, 0, 0);
    if (i->extends)
        return base + (extend(c->x[i->rm], i->extend) << i->amount);
    return i->mode == INDEX_POST ? base : base + i->imm;
}

static void write_back_base(struct core *c, const struct insn *i, uint64_t at) {
    if (i->mode == INDEX_OFFSET)
        return;
    uint64_t value = i->mode == INDEX_PRE ? at : at + i->imm;
    *(i->rn == 31 ? sp(c) : &c->x[i->rn]) = value;
}

void load_to(struct core *c, const struct insn *i, unsigned r, const uint8_t *bytes) {
    if (i->vector) {
        c->v[r] = (struct vector128){0, 0};
        memcpy(&c->v[r], bytes, i->size);
        return;
    }
    uint64_t value = 0;
    memcpy(&value, bytes, i->size);
    if (i->sign)
        value = sign_from(value, 8U * i->size);
    if (r < 31)
        c->x[r] = width(value, i->bytes);
}

static const void *store_from(const struct core *c, const struct insn *i, unsigned r) {
    return i->vector ? (const void *)&c->v[r] : &c->x[r];
}

/* B2.5.2: acquire, release and exclusive accesses are aligned, whatever the memory and SCTLR_ELx.A. */
static void must_be_aligned(struct core *c, uint64_t at, unsigned size, bool write) {
    if (at & (size - 1))
        abort_data(c, at, FAULT_ALIGNMENT, write, false);
}

/* LD1, ST1 of whole registers: element by element (C7.2), so that each is aligned if the first is. One transaction
   for 16 bytes. */
static void structures(struct core *c, const struct insn *i) {
    bool write = i->id == INSN_STORE;
    unsigned size = i->structures * i->size, done = 0;
    uint8_t bytes[4 * 16];
    check_fp(c);
    uint64_t at = address(c, i);
    for (unsigned n = 0; n < size; n += i->element) /* all, before the first is done */
        data_check(c, at + n, i->element, write ? WRITE : READ);
    if (write)
        for (unsigned n = 0; n < i->structures; n++)
            memcpy(bytes + n * i->size, &c->v[(i->rd + n) % 32], i->size);
    for (; done < size; done += i->element) {
        struct bus bus = c->bus;
        if (write)
            data_write(c, at + done, i->element, bytes + done, false);
        else
            data_read(c, at + done, i->element, bytes + done);
        if (done % 16)
            c->bus.reads = bus.reads, c->bus.writes = bus.writes;
    }
    write_back_base(c, i, at);
    for (unsigned n = 0; !write && n < i->structures; n++)
        load_to(c, i, (i->rd + n) % 32, bytes + n * i->size);
}

static void load(struct core *c, const struct insn *i) {
    uint8_t one[16] = {0}, two[16] = {0};
    if (i->vector)
        check_fp(c);
    uint64_t at = address(c, i);
    if (i->ordered) {
        must_be_aligned(c, at, i->size, false);
        /* B2.3.3: after the STLRs of this core, and before every later access. */
        settle_releases(c);
        c->horizon = c->m->time;
    }
    if (i->pair) {
        data_check(c, at, i->size, READ);
        data_check(c, at + i->size, i->size, READ);
        data_read(c, at, i->size, one);
        uint64_t time = c->load_time, reads = c->bus.reads;
        data_read(c, at + i->size, i->size, two);
        if (i->size <= 8) /* 16 bytes are one transaction */
            c->bus.reads = reads;
        if (c->load_time < time)
            c->load_time = time;
    } else if (load_late(c, i, at)) {
        write_back_base(c, i, at);
        return;
    } else {
        data_read(c, at, i->size, one);
    }
    write_back_base(c, i, at);
    load_to(c, i, i->rd, one);
    if (i->pair)
        load_to(c, i, i->ra, two);
}

static void store(struct core *c, const struct insn *i) {
    if (i->vector)
        check_fp(c);
    uint64_t at = address(c, i);
    if (i->ordered)
        must_be_aligned(c, at, i->size, true);
    if (i->pair) {
        data_check(c, at, i->size, WRITE);
        data_check(c, at + i->size, i->size, WRITE);
    }
    data_write(c, at, i->size, store_from(c, i, i->rd), i->ordered);
    uint64_t writes = c->bus.writes;
    if (i->pair)
        data_write(c, at + i->size, i->size, store_from(c, i, i->ra), false);
    if (i->size <= 8)
        c->bus.writes = writes;
    write_back_base(c, i, at);
}

static void exclusive(struct core *c, const struct insn *i) {
    unsigned size = i->size * (i->pair ? 2U : 1U);
    uint64_t at = address(c, i), value[2] = {0, 0};
    bool write = i->id == INSN_STORE_EXCLUSIVE;
    must_be_aligned(c, at, size, write);
    uint8_t *second_half = (uint8_t *)value + i->size;
    if (write) {
        memcpy(value, &c->x[i->rd], i->size);
        if (i->pair)
            memcpy(second_half, &c->x[i->ra], i->size);
        bool done = store_exclusive(c, at, size, value, i->ordered);
        if (i->rm < 31)
            c->x[i->rm] = !done;
        return;
    }
    load_exclusive(c, at, size, value, i->ordered);
    load_to(c, i, i->rd, (const uint8_t *)value);
    if (i->pair)
        load_to(c, i, i->ra, second_half);
}

/* ---- system instructions ------------------------------------------------------------------------------- */

static bool trapped_to_el2(const struct core *c, unsigned bit) {
    return c->el <= 1 && c->force[SCR_EL3] & 1 && c->force[HCR_EL2] >> bit & 1;
}

static void address_translate(struct core *c, uint32_t word, uint64_t va) {
    unsigned op1 = word >> 16 & 7, op2 = word >> 5 & 7;
    bool user = op2 & 2;
    unsigned el = op1 == 0 || op2 >= 4 ? !user : op1 == 4 ? 2 : 3, fault;
    struct translation t;
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

/* SYS: by the fields of the word (C5.3). */
static void system_operation(struct core *c, const struct insn *i) {
    unsigned op1 = i->word >> 16 & 7, crn = i->word >> 12 & 15, crm = i->word >> 8 & 15,
             op2 = i->word >> 5 & 7;
    uint64_t value = (i->word & 31) < 31 ? c->x[i->word & 31] : 0;
    if ((op1 == 4 && c->el < 2) || (op1 == 6 && c->el < 3) || (op1 < 3 && c->el == 0))
        undefined(c);
    if (crn == 8) { /* TLBI */
        if (trapped_to_el2(c, 25))
            trap(c, 2, i->word, false);
        if (op1 == 4 && (crm == 0 || crm == 4))
            not_modelled(c, "`%s' (%08x), TLBI by IPA", i->text, i->word);
        enum { NONE = 255 };
        static const uint8_t kinds[2][8] = {
            {TLBI_ALL, TLBI_VA, TLBI_ASID, TLBI_VA_ALL_ASIDS, NONE, TLBI_VA, NONE, TLBI_VA_ALL_ASIDS},
            {TLBI_ALL, TLBI_VA_ALL_ASIDS, NONE, NONE, TLBI_ALL_CONTEXTS, TLBI_VA_ALL_ASIDS, TLBI_ALL, NONE}};
        bool for_el1 = op1 == 0 || (op1 == 4 && (op2 == 4 || op2 == 6)); /* ALLE1, VMALLS12E1 */
        unsigned kind = kinds[op1 != 0][op2];
        if ((crm != 3 && crm != 7) || kind == NONE || (op1 == 6 && (op2 == 4 || op2 == 6)) ||
            (op1 != 0 && op1 != 4 && op1 != 6))
            undefined(c);
        must_be_coherent(c, i);
        tlb_maintain(c, op1 == 6 ? 3 : for_el1 ? 1 : 2, (enum tlbi_kind)kind, value, op2 >= 5 && op2 != 6,
                     crm == 3 || trapped_to_el2(c, 9));
        return;
    }
    if (crn != 7)
        not_modelled(c, "`%s' (%08x)", i->text, i->word);
    /* D1.15.3: SCTLR_EL1.DZE and UCI; HCR_EL2.TDZ, TPU, TSW, TPC */
    bool zero = op1 == 3 && crm == 4, unification = crm == 1 || crm == 5 || crm == 11;
    bool set_way = op1 == 0 && op2 == 2 && (crm == 6 || crm == 10 || crm == 14);
    if (c->el == 0 && !(c->force[SCTLR_EL1] >> (zero ? 14 : 26) & 1))
        trap(c, 1, i->word, false);
    if (crm != 8 && trapped_to_el2(c, zero ? 28 : unification ? 24 : set_way ? 22 : 23))
        trap(c, 2, i->word, false);
    c->spin = 0;
    if (crm != 8)
        must_be_coherent(c, i);
    switch (op1 << 8 | crm << 4 | op2) {
    case 0x061: cache_maintain(c, CACHE_INVALIDATE, value); return;
    case 0x062:
    case 0x0a2:
    case 0x0e2:
        if (c->m->friendly) /* others do it: what it destroys is not what is counted */
            return;
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
    not_modelled(c, "`%s' (%08x)", i->text, i->word);
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
    uint32_t iss = 1 << 24 | 14 << 20 | !interrupt;
    if (c->el == 0 && !(c->force[SCTLR_EL1] >> (interrupt ? 16 : 18) & 1)) /* nTWI, nTWE */
        exception(c, 1, EC_WFX, iss, 0);
    if (trapped_to_el2(c, bit))
        exception(c, 2, EC_WFX, iss, 0);
    if (c->el < 3 && c->force[SCR_EL3] >> (interrupt ? 12 : 13) & 1)
        exception(c, 3, EC_WFX, iss, 0);
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
    default: not_modelled(c, "semihosting call %#x", (uint32_t)c->x[0]);
    }
}

static void call_higher(struct core *c, const struct insn *i, bool hvc) {
    uint32_t iss = i->word >> 5 & 0xffff;
    uint64_t scr = c->force[SCR_EL3];
    /* HCR_EL2.HCD is RES0 where there is an EL3 (D13.2.46). */
    if (c->el == 0 || (hvc && ((c->el == 1 && !(scr & 1)) || !(scr >> 8 & 1))))
        undefined(c);
    if (hvc)
        exception(c, c->el == 3 ? 3 : 2, EC_HVC, iss, 0);
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

static uint64_t divide(uint64_t a, uint64_t b, bool is_signed) {
    if (!b)
        return 0;
    if (!is_signed)
        return a / b;
    return b == UINT64_MAX ? 0 - a : (uint64_t)((int64_t)a / (int64_t)b);
}

static uint64_t crc32(uint64_t crc, uint64_t data, unsigned bytes, bool castagnoli) {
    uint32_t polynomial = castagnoli ? 0x82f63b78 : 0xedb88320, sum = (uint32_t)crc;
    for (unsigned n = 0; n < bytes * 8; n++) {
        bool bit = (sum ^ data >> n) & 1;
        sum = sum >> 1 ^ (bit ? polynomial : 0);
    }
    return sum;
}

static uint64_t leading(uint64_t v, unsigned bits) {
    unsigned n = 0;
    while (n < bits && !(v >> (bits - 1 - n) & 1))
        n++;
    return n;
}

/* ---- one instruction -------------------------------------------------------------------------------------------- */

/* SBFM, BFM, UBFM: C6.2, by their pseudocode. */
static uint64_t bitfield(const struct core *c, const struct insn *i) {
    unsigned bits = i->bytes * 8U, r = i->word >> 16 & 63, s = i->word >> 10 & 63, at = 0, n = s - r + 1;
    uint64_t source = width(c->x[i->rn], i->bytes), field = source >> r;
    if (s < r)
        at = bits - r, n = s + 1, field = source;
    field &= ones(n);
    uint64_t mask = ones(n) << at;
    if (i->id == INSN_BFM)
        return (c->x[i->rd] & ~mask) | (field << at & mask);
    return (i->id == INSN_SBFM ? sign_from(field, n) : field) << at;
}

static void execute(struct core *c, const struct insn *i) {
    unsigned bytes = i->bytes, bits = bytes * 8;
    uint64_t a, b, m = width(c->x[i->rm], bytes), n = width(c->x[i->rn], bytes);

    switch ((enum operation)i->id) {
    /* moves and sums */
    case INSN_ADR: set(c, i, c->now_pc + i->imm); return;
    case INSN_ADRP: set(c, i, (c->now_pc & ~UINT64_C(0xfff)) + i->imm); return;
    case INSN_MOVZ: set(c, i, i->imm << i->amount); return;
    case INSN_MOVN: set(c, i, ~(i->imm << i->amount)); return;
    case INSN_MOVK:
        set(c, i, (c->x[i->rd] & ~(UINT64_C(0xffff) << i->amount)) | i->imm << i->amount);
        return;
    case INSN_ADD:
        b = second(c, i);
        set(c, i, add(c, first(c, i), i->invert ? ~b : b, i->invert, bytes, i->flags));
        return;
    case INSN_ADC: set(c, i, add(c, n, i->invert ? ~m : m, c->c, bytes, i->flags)); return;
    case INSN_CCMP:
        if (holds(c, i->cond)) {
            b = i->has_imm ? i->imm : m;
            add(c, n, i->invert ? ~b : b, i->invert, bytes, true);
        } else {
            c->n = i->word >> 3 & 1, c->z = i->word >> 2 & 1, c->c = i->word >> 1 & 1, c->vf = i->word & 1;
        }
        return;

    /* logic, shifts and fields */
    case INSN_AND:
    case INSN_ORR:
    case INSN_EOR:
        b = second(c, i);
        if (i->invert && !i->has_imm)
            b = ~b;
        a = i->id == INSN_AND ? n & b : i->id == INSN_ORR ? n | b : n ^ b;
        if (i->flags)
            flags_nz(c, a, bytes), c->c = c->vf = false;
        set(c, i, a);
        return;
    case INSN_SHIFT: set(c, i, shift(n, i->shift, (unsigned)(m % bits), bytes)); return;
    case INSN_SBFM:
    case INSN_BFM:
    case INSN_UBFM: set(c, i, bitfield(c, i)); return;
    case INSN_EXTR:
        a = i->word >> 10 & 63;
        set(c, i, a ? m >> a | n << (bits - a) : m);
        return;
    case INSN_RBIT: set(c, i, reverse_bits(n, bits)); return;
    case INSN_REV: set(c, i, reverse_bytes(n, bytes, bytes)); return;
    case INSN_REV32: set(c, i, reverse_bytes(n, 4, bytes)); return;
    case INSN_REV16: set(c, i, reverse_bytes(n, 2, bytes)); return;
    case INSN_CLZ: set(c, i, leading(n, bits)); return;
    case INSN_CLS:
        /* how many bits below the top one are as it is */
        set(c, i, leading((n >> 1 ^ n) & ones(bits - 1), bits) - 1);
        return;
    case INSN_CSEL:
        b = i->invert ? ~m : m;
        set(c, i, holds(c, i->cond) ? n : b + i->increment);
        return;

    /* products */
    case INSN_MADD: set(c, i, i->invert ? c->x[i->ra] - n * m : c->x[i->ra] + n * m); return;
    case INSN_UMADDL:
    case INSN_SMADDL:
        a = (uint32_t)n, b = (uint32_t)m;
        if (i->id == INSN_SMADDL)
            a = sign_from(a, 32), b = sign_from(b, 32);
        set(c, i, i->invert ? c->x[i->ra] - a * b : c->x[i->ra] + a * b);
        return;
    case INSN_UMULH: set(c, i, high_product(n, m, false)); return;
    case INSN_SMULH: set(c, i, high_product(n, m, true)); return;
    case INSN_UDIV: set(c, i, divide(n, m, false)); return;
    case INSN_SDIV: set(c, i, divide(sign_from(n, bits), sign_from(m, bits), true)); return;
    case INSN_CRC32: set(c, i, crc32(c->x[i->rn], c->x[i->rm], i->size, i->word >> 12 & 1)); return;

    /* branches */
    case INSN_BL: c->x[30] = c->now_pc + 4; /* and as B */
    /* fall through */
    case INSN_B: branch(c, c->now_pc + i->imm); return;
    case INSN_BCOND:
        if (holds(c, i->cond))
            branch(c, c->now_pc + i->imm);
        return;
    case INSN_BLR:
        a = c->x[i->rn];
        c->x[30] = c->now_pc + 4;
        branch(c, a);
        return;
    case INSN_BR:
    case INSN_RET: branch(c, c->x[i->rn]); return;
    case INSN_CBZ:
        if ((width(c->x[i->rd], bytes) != 0) == i->invert)
            branch(c, c->now_pc + i->imm);
        return;
    case INSN_TBZ:
        if ((c->x[i->rd] >> i->amount & 1) == i->invert)
            branch(c, c->now_pc + i->imm);
        return;

    /* loads and stores */
    case INSN_LOAD: (i->structures ? structures : load)(c, i); return;
    case INSN_STORE: (i->structures ? structures : store)(c, i); return;
    case INSN_LOAD_EXCLUSIVE:
    case INSN_STORE_EXCLUSIVE: exclusive(c, i); return;
    case INSN_CLREX: c->monitor = false; return;
    case INSN_PRFM: return;

    /* system */
    case INSN_MRS:
        sysreg_read(c, i->word, &a);
        set(c, i, a);
        return;
    case INSN_MSR: sysreg_write(c, i->word, c->x[i->rd]); return;
    case INSN_MSR_IMMEDIATE: /* C5.2 */
        switch (i->word >> 16 & 7) {
        case 0:
            if ((i->word >> 5 & 7) != 5 || c->el == 0)
                undefined(c);
            c->spsel = i->imm & 1;
            return;
        case 3:
            if (i->word >> 6 & 1 && i->word >> 7 & 1) { /* DAIFSet, DAIFClr */
                if (c->el == 0 && !(c->force[SCTLR_EL1] >> 9 & 1))
                    trap(c, 1, i->word, false);
                if (i->word >> 5 & 1)
                    c->daif &= ~(unsigned)i->imm;
                else
                    c->daif |= (unsigned)i->imm;
                return;
            }
        /* fall through */
        default: undefined(c);
        }
    case INSN_SYS:
    case INSN_SYSL: system_operation(c, i); return;
    case INSN_ISB: synchronise(c); return;
    case INSN_DSB: barrier(c, i, true); return;
    case INSN_DMB: barrier(c, i, false); return;
    case INSN_NOP: return;
    case INSN_YIELD:
        if (c->m->friendly)
            c->m->burst = 0;
        return;
    case INSN_WFE: wait_for(c, false); return;
    case INSN_WFI: wait_for(c, true); return;
    case INSN_SEV: wake_all(c->m); return;
    case INSN_SEVL: c->event = true; return;
    case INSN_HLT:
        if (i->imm != 0xf000)
            undefined(c);
        semihost(c);
        return;
    case INSN_BRK:
        exception(c, c->el <= 1 && c->force[SCR_EL3] & 1 && c->force[MDCR_EL2] >> 8 & 1 ? 2 : c->el,
                  EC_BRK, (uint32_t)i->imm, 0);
    case INSN_SVC: exception(c, c->el, EC_SVC, (uint32_t)i->imm, 0);
    case INSN_HVC: call_higher(c, i, true); return;
    case INSN_SMC: call_higher(c, i, false); return;
    case INSN_ERET: exception_return(c); return;

    case INSN_FP:
        check_fp(c);
        if (!fpu_execute(c, i->word))
            undefined(c);
        return;
    case INSN_UNDEFINED: undefined(c);
    case INSN_UNPREDICTABLE: stop(c, "`%s' (%08x): CONSTRAINED UNPREDICTABLE", i->text, i->word);
    case INSN_NOT_MODELLED: break;
    }
    not_modelled(c, "instruction %08x `%s'", i->word, i->text);
}

/* A core in PiBoot's code that goes round and round with no WFE, no store, no look at the counter. */
static void check_spin(struct core *c) {
    c->spin = 0;
    const struct image *image = c->m->image;
    uint64_t pc = without_base(image, c->now_pc);
    bool home = pc - image->low < image->high - image->low;
    const struct symbol *s = image_symbol_at(image, home ? pc : pc - c->m->load + image->low);
    if (s && ours(s->name))
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
        not_modelled(c, "AArch32 instructions");
    c->now = i;
    /* What orders loads, or looks at more than its registers, waits for those that are late. */
    bool plain = i->id <= INSN_STORE && !i->ordered;
    bool stores_only = i->id == INSN_DMB && (i->word >> 8 & 3) == 2;
    if (c->late_count)
        satisfy_late(c, plain || stores_only ? i->sources | i->targets : UINT32_MAX);
    uint64_t source = 0;
    for (unsigned n = 0; n < 32; n++)
        if (i->sources >> n & 1 && source < c->reg_time[n])
            source = c->reg_time[n];
    c->load_time = 0;
    c->source_time = source;
    uint64_t before = c->x[i->rd];
    c->address_time = 0;
    execute(c, i);
    bool branches = i->id >= INSN_B && i->id <= INSN_TBZ;
    if (c->control_time < (branches ? source : c->address_time))
        c->control_time = branches ? source : c->address_time;
    uint32_t targets = i->targets;
    if (i->id == INSN_FP && c->x[i->rd] != before) /* through FP registers: what came in there is not followed */
        targets |= 1U << i->rd, source = m->time;
    for (unsigned n = 0; n < 32; n++)
        if (targets >> n & 1) /* a base that is written back does not wait for the load */
            c->reg_time[n] = c->load_time && !(i->mode != INDEX_OFFSET && n == i->rn) ? c->load_time : source;
    if (m->trace)
        trace(c);
    if (!c->branched)
        c->pc += 4;
    else
        c->chunk = UINT64_MAX; /* what was fetched behind a branch is given up */
    c->bus.instructions++;
    c->storm = 0;
    c->steps++;
    if (c->load_time == 0 && i->is_memory)
        c->spin = 0;
    if (++c->spin > 4096)
        check_spin(c);
}
