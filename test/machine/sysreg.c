/* SPDX-License-Identifier: MIT */
/*
 * System registers. Each has two values: as written, which MRS reads, and as in force, which all else
 * uses. R12: a write comes into force at a context synchronisation event, or at any moment before it.
 *
 * Registers are named by bits 19 to 5 of the MRS or MSR word (C5.1.3).
 */
#include <string.h>

#include "machine.h"

static const struct {
    const char *name;
    uint8_t op0, op1, crn, crm, op2, flags;
} registers[SYSREG_COUNT] = {
#define X(name, op0, op1, crn, crm, op2, flags) {#name, op0, op1, crn, crm, op2, flags},
    SYSTEM_REGISTERS(X)
#undef X
};

#define KEY(op0, op1, crn, crm, op2)                                                               \
    ((((op0)&1) << 14) | ((op1) << 11) | ((crn) << 7) | ((crm) << 3) | (op2))

enum {
    KEY_NZCV = KEY(3, 3, 4, 2, 0),
    KEY_DAIF = KEY(3, 3, 4, 2, 1),
    KEY_CURRENTEL = KEY(3, 0, 4, 2, 2),
    KEY_SPSEL = KEY(3, 0, 4, 2, 0),
};

static uint8_t by_key[1 << 15]; /* index + 1 */

const char *sysreg_name(enum sysreg r) { return registers[r].name; }

static bool has(const struct core *c, enum sysreg r, unsigned bit) {
    return c->force[r] >> bit & 1;
}

void sysreg_set(struct core *c, enum sysreg r, uint64_t value) { c->reg[r] = c->force[r] = value; }

void sysreg_reset(struct core *c) {
    static const struct {
        enum sysreg r;
        uint64_t value;
    } fixed[] = {
        {MIDR_EL1, 0x410fd034},
        {REVIDR_EL1, 0x80},
        {ID_AA64PFR0_EL1, 0x2222},
        {ID_AA64PFR1_EL1, 0},
        {ID_AA64DFR0_EL1, 0x10305106},
        {ID_AA64DFR1_EL1, 0},
        {ID_AA64ISAR0_EL1, 0x10000},
        {ID_AA64ISAR1_EL1, 0},
        {ID_AA64MMFR0_EL1, 0x1122},
        {ID_AA64MMFR1_EL1, 0},
        {ID_AA64MMFR2_EL1, 0},
        {ISR_EL1, 0},
        {CLIDR_EL1, 0x0a200023},
        {AIDR_EL1, 0},
        {CTR_EL0, 0x84448004},
        {DCZID_EL0, 4},
        {RVBAR_EL3, 0},
        {SCTLR_EL3, 0x00c50838},
        {OSLSR_EL1, 0xa},
        {CBAR_EL1, 0x40000000},
    };
    if (!by_key[KEY(3, 0, 0, 0, 0)])
        for (unsigned i = 0; i < SYSREG_COUNT; i++)
            by_key[KEY(registers[i].op0, registers[i].op1, registers[i].crn, registers[i].crm,
                       registers[i].op2)] = (uint8_t)(i + 1);
    for (unsigned i = 0; i < SYSREG_COUNT; i++)
        sysreg_set(c, i, registers[i].flags & ZERO || c->m->friendly ? 0 : rnd(c->m));
    for (unsigned i = 0; i < sizeof fixed / sizeof fixed[0]; i++)
        sysreg_set(c, fixed[i].r, fixed[i].value);
    if (c->m->friendly) /* for programs that never write it */
        sysreg_set(c, SCTLR_EL1, 0x30d00800);
    sysreg_set(c, MPIDR_EL1, UINT64_C(0x80000000) | c->id);
    sysreg_set(c, L2CTLR_EL1, 3 << 24);
    /* An event stream left on would hide a missing SEV: rare. */
    if (c->m->friendly || !one_in(c->m, 8)) {
        sysreg_set(c, CNTKCTL_EL1, c->reg[CNTKCTL_EL1] & ~UINT64_C(4));
        sysreg_set(c, CNTHCTL_EL2, c->reg[CNTHCTL_EL2] & ~UINT64_C(4));
    }
    c->os_locked = true;
}

/* A loader may leave anything in the registers of its own level and those below. */
void sysreg_junk(struct core *c, unsigned el) {
    for (unsigned i = 0; i < SYSREG_COUNT; i++) {
        bool low = registers[i].op1 == 0 || registers[i].op1 == 2 || registers[i].op1 == 3;
        if (registers[i].flags & (RO | IMPDEF) || registers[i].op0 == 2 || i == CNTFRQ_EL0)
            continue;
        if (low || (registers[i].op1 == 4 && el >= 2 && i != SCTLR_EL2))
            sysreg_set(c, i, rnd(c->m));
    }
    sysreg_set(c, MDSCR_EL1, rnd(c->m));
    c->os_locked = one_in(c->m, 2);
}

uint64_t counter(struct core *c, bool virtual_count) {
    /* Time passes where someone looks at it: 0 to 0.25 ms a look, so that 500 ms are some 4,000 looks. */
    c->m->ticks += pick(c->m, 4800);
    c->spin = 0;
    uint64_t now = c->m->ticks + c->m->steps;
    return virtual_count && c->force[SCR_EL3] & 1 ? now - c->force[CNTVOFF_EL2] : now;
}

void bring_into_force(struct core *c) {
    unsigned i = pick(c->m, c->pending_count);
    c->force[c->pending[i]] = c->reg[c->pending[i]];
    c->pending[i] = c->pending[--c->pending_count];
}

void synchronise(struct core *c) {
    while (c->pending_count)
        bring_into_force(c);
    c->reg[PAR_EL1] = c->force[PAR_EL1];
    forget_prefetched(c);
    /* Control dependency and ISB order loads (B2.3.2). */
    if (c->horizon < c->control_time)
        c->horizon = c->control_time;
}

/* ---- who may, and who traps ------------------------------------------------------------------------ */

void trap(struct core *c, unsigned el, uint32_t word, bool read) {
    uint32_t iss = (word >> 19 & 3) << 20 | (word >> 5 & 7) << 17 | (word >> 16 & 7) << 14 |
                   (word >> 12 & 15) << 10 | (word & 31) << 5 | (word >> 8 & 15) << 1 | read;
    exception(c, el, EC_SYSREG, iss, 0);
}

/* What EL1 must have allowed EL0 (D1.15.3, D11.1.2, D9.10): if it did not, the access traps to EL1. */
static bool user_may(const struct core *c, enum sysreg r, bool read) {
    bool pmu = has(c, PMUSERENR_EL0, 0);
    switch (r) {
    case CTR_EL0: return has(c, SCTLR_EL1, 15);
    case CNTFRQ_EL0: return c->force[CNTKCTL_EL1] & 3;
    case CNTPCT_EL0: return has(c, CNTKCTL_EL1, 0);
    case CNTVCT_EL0: return has(c, CNTKCTL_EL1, 1);
    case CNTP_TVAL_EL0:
    case CNTP_CTL_EL0:
    case CNTP_CVAL_EL0: return has(c, CNTKCTL_EL1, 9);
    case CNTV_TVAL_EL0:
    case CNTV_CTL_EL0:
    case CNTV_CVAL_EL0: return has(c, CNTKCTL_EL1, 8);
    case PMCCNTR_EL0: return pmu || (read && has(c, PMUSERENR_EL0, 2));
    case PMSELR_EL0: return pmu || has(c, PMUSERENR_EL0, 3);
    case PMUSERENR_EL0: return read;
    case PMCR_EL0:
    case PMCNTENSET_EL0:
    case PMCNTENCLR_EL0:
    case PMOVSCLR_EL0:
    case PMOVSSET_EL0:
    case PMCCFILTR_EL0: return pmu;
    default: return true;
    }
}

/* D1.15: traps and enables, those of the registers that boot code meets. */
static void check_traps(struct core *c, enum sysreg r, uint32_t word, bool read) {
    bool ns = c->force[SCR_EL3] & 1, two = c->el <= 1 && ns;
    uint8_t flags = registers[r].flags;
    bool debug = registers[r].op0 == 2 && r != OSLAR_EL1 && r != OSLSR_EL1 && r != OSDLR_EL1;
    bool os_debug = r == OSLAR_EL1 || r == OSLSR_EL1 || r == OSDLR_EL1;
    bool pmu = r >= PMCR_EL0 && r <= PMCCFILTR_EL0;

    if (c->el == 0 && !user_may(c, r, read)) {
        if (r == PMUSERENR_EL0)
            undefined(c);
        trap(c, 1, word, read);
    }
    if (r == CNTPCT_EL0 && two && !has(c, CNTHCTL_EL2, 0))
        trap(c, 2, word, read);
    if ((r == CNTP_TVAL_EL0 || r == CNTP_CTL_EL0 || r == CNTP_CVAL_EL0) && two &&
        !has(c, CNTHCTL_EL2, 1))
        trap(c, 2, word, read);
    if (r >= CNTPS_TVAL_EL1 && r <= CNTPS_CVAL_EL1 && c->el < 3)
        undefined(c);
    if (two && flags & VM && has(c, HCR_EL2, read ? 30 : 26))
        trap(c, 2, word, read);
    if (two && r == ACTLR_EL1 && has(c, HCR_EL2, 21))
        trap(c, 2, word, read);
    if (two && flags & IMPDEF && has(c, HCR_EL2, 20))
        trap(c, 2, word, read);
    if (two && flags & IDREG && has(c, HCR_EL2, 18))
        trap(c, 2, word, read);
    if (two && (r == CTR_EL0 || r == CCSIDR_EL1 || r == CLIDR_EL1 || r == CSSELR_EL1) &&
        has(c, HCR_EL2, 17))
        trap(c, 2, word, read);
    if (two && (r == AIDR_EL1 || r == REVIDR_EL1) && has(c, HCR_EL2, 16))
        trap(c, 2, word, read);
    if (two && r == CPACR_EL1 && has(c, CPTR_EL2, 31))
        trap(c, 2, word, read);
    if (c->el < 3 && (r == CPACR_EL1 || r == CPTR_EL2) && has(c, CPTR_EL3, 31))
        trap(c, 3, word, read);
    if (two && debug && (has(c, MDCR_EL2, 9) || has(c, MDCR_EL2, 8)))
        trap(c, 2, word, read);
    if (two && os_debug && (has(c, MDCR_EL2, 10) || has(c, MDCR_EL2, 8)))
        trap(c, 2, word, read);
    if (two && pmu && (has(c, MDCR_EL2, 6) || (r == PMCR_EL0 && has(c, MDCR_EL2, 5))))
        trap(c, 2, word, read);
    if (c->el < 3 && ((debug && has(c, MDCR_EL3, 9)) || (os_debug && has(c, MDCR_EL3, 10)) ||
                      (pmu && has(c, MDCR_EL3, 6))))
        trap(c, 3, word, read);
    if (flags & IMPDEF && !read && c->el < 3) {
        /* Cortex-A53 TRM 4.3.63: ACTLR_EL3, then ACTLR_EL2, let lower levels write these. */
        unsigned bit = r == CPUACTLR_EL1   ? 0
                       : r == CPUECTLR_EL1 ? 1
                       : r == L2CTLR_EL1   ? 4
                       : r == L2ECTLR_EL1  ? 5
                                           : 6;
        if (!has(c, ACTLR_EL3, bit))
            trap(c, 3, word, read);
        if (two && !has(c, ACTLR_EL2, bit))
            trap(c, 2, word, read);
    }
}

static enum sysreg find(struct core *c, uint32_t word, bool read) {
    static const uint8_t lowest[8] = {1, 1, 1, 0, 2, 2, 3, 1};
    unsigned key = word >> 5 & 0x7fff;
    if (!by_key[key])
        not_modelled(c, "system register S%u_%u_C%u_C%u_%u", 2 + (word >> 19 & 1),
             word >> 16 & 7, word >> 12 & 15, word >> 8 & 15, word >> 5 & 7);
    enum sysreg r = by_key[key] - 1;
    if (c->el < lowest[registers[r].op1] || (!read && registers[r].flags & RO) || (read && r == OSLAR_EL1) ||
        (r == SP_EL0 && !c->spsel) || (c->el == 0 && r == TPIDRRO_EL0 && !read) ||
        (c->el < 3 && r == CNTFRQ_EL0 && !read))
        undefined(c);
    check_traps(c, r, word, read);
    return r;
}

void check_fp(struct core *c) {
    bool ns = c->force[SCR_EL3] & 1;
    unsigned enable = c->force[CPACR_EL1] >> 20 & 3;
    if ((c->el == 1 && !(enable & 1)) || (c->el == 0 && enable != 3))
        exception(c, 1, EC_FP, 0x1e << 20, 0);
    if (c->el <= 2 && (ns || c->el == 2) && has(c, CPTR_EL2, 10))
        exception(c, 2, EC_FP, 0x1e << 20, 0);
    if (has(c, CPTR_EL3, 10))
        exception(c, 3, EC_FP, 0x1e << 20, 0);
}

/* ---- MRS and MSR -------------------------------------------------------------------------------------- */

void sysreg_read(struct core *c, uint32_t word, uint64_t *value) {
    bool ns = c->force[SCR_EL3] & 1;
    switch (word >> 5 & 0x7fff) {
    case KEY_NZCV:
        *value = (uint64_t)c->n << 31 | (uint64_t)c->z << 30 | (uint64_t)c->c << 29 |
                 (uint64_t)c->vf << 28;
        return;
    case KEY_DAIF:
        if (c->el == 0 && !has(c, SCTLR_EL1, 9)) /* UMA */
            trap(c, 1, word, true);
        *value = c->daif << 6;
        return;
    case KEY_CURRENTEL:
    case KEY_SPSEL:
        if (c->el == 0)
            undefined(c);
        *value = (word >> 5 & 7) == 2 ? c->el << 2 : c->spsel;
        return;
    }
    enum sysreg r = find(c, word, true);
    switch (r) {
    case FPCR:
    case FPSR: check_fp(c); break;
    case MPIDR_EL1:
        if (c->el == 1 && ns) {
            *value = c->force[VMPIDR_EL2];
            return;
        }
        break;
    case MIDR_EL1:
        if (c->el == 1 && ns) {
            *value = c->force[VPIDR_EL2] & 0xffffffff;
            return;
        }
        break;
    case CNTPCT_EL0: *value = counter(c, false); return;
    case CNTVCT_EL0: *value = counter(c, true); return;
    case CNTP_TVAL_EL0: *value = (uint32_t)(c->reg[CNTP_CVAL_EL0] - counter(c, false)); return;
    case CNTV_TVAL_EL0: *value = (uint32_t)(c->reg[CNTV_CVAL_EL0] - counter(c, true)); return;
    case CNTP_CTL_EL0:
        *value =
            (c->reg[r] & 3) | (c->reg[r] & 1 && counter(c, false) >= c->reg[CNTP_CVAL_EL0] ? 4 : 0);
        return;
    case CNTV_CTL_EL0:
        *value =
            (c->reg[r] & 3) | (c->reg[r] & 1 && counter(c, true) >= c->reg[CNTV_CVAL_EL0] ? 4 : 0);
        return;
    case CCSIDR_EL1: { /* by CSSELR_EL1: the L1 data and instruction caches, 32 KiB each, and the L2 cache, 512 KiB */
        static const uint32_t cache[8] = {0x700fe01a, 0x201fe00a, 0x703fe07a};
        *value = cache[c->force[CSSELR_EL1] & 7];
        return;
    }
    case OSLSR_EL1: *value = 8 | (c->os_locked ? 2 : 0); return;
    case SP_EL0: *value = c->sp[0]; return;
    case SP_EL1: *value = c->sp[1]; return;
    case SP_EL2: *value = c->sp[2]; return;
    case CNTFRQ_EL0: *value = c->reg[r] & 0xffffffff; return;
    default: break;
    }
    *value = c->reg[r];
}

static void check_res1(struct core *c, enum sysreg r, uint64_t value) {
    uint64_t res1 = r == SCTLR_EL1                     ? 0x30d00800
                    : r == SCTLR_EL2 || r == SCTLR_EL3 ? 0x30c50830
                    : r == SCR_EL3                     ? 0x30
                    : r == TCR_EL2 || r == TCR_EL3     ? 0x80800000
                    : r == CPTR_EL2                    ? 0x33ff
                                                       : 0;
    if ((value & res1) != res1)
        stop(c, "%s written with %#llx: RES1 bits %#llx are missing", sysreg_name(r),
             (unsigned long long)value, (unsigned long long)(res1 & ~value));
}

void sysreg_write(struct core *c, uint32_t word, uint64_t value) {
    switch (word >> 5 & 0x7fff) {
    case KEY_NZCV:
        c->n = value >> 31 & 1, c->z = value >> 30 & 1, c->c = value >> 29 & 1,
        c->vf = value >> 28 & 1;
        return;
    case KEY_DAIF:
        if (c->el == 0 && !has(c, SCTLR_EL1, 9))
            trap(c, 1, word, false);
        c->daif = value >> 6 & 15;
        return;
    case KEY_SPSEL:
        if (c->el == 0)
            undefined(c);
        c->spsel = value & 1;
        return;
    case KEY_CURRENTEL: undefined(c);
    }
    enum sysreg r = find(c, word, false);
    check_res1(c, r, value);
    switch (r) {
    case L2CTLR_EL1: /* Cortex-A72 TRM 4.3.58: only while the L2 cache is idle. The stub's cores do not look. */
        for (unsigned i = 0; i < CORES && c->pc >= c->m->stub_end; i++)
            if (sctlr(&c->m->core[i]) & 4)
                stop(c, "L2CTLR_EL1 is written while core %u has its caches on", i);
        break;
    case FPCR:
    case FPSR: check_fp(c); break;
    case SP_EL0: c->sp[0] = value; return;
    case SP_EL1: c->sp[1] = value; return;
    case SP_EL2: c->sp[2] = value; return;
    case CNTP_TVAL_EL0:
        c->reg[CNTP_CVAL_EL0] = counter(c, false) + (uint64_t)(int64_t)(int32_t)value;
        return;
    case CNTV_TVAL_EL0:
        c->reg[CNTV_CVAL_EL0] = counter(c, true) + (uint64_t)(int64_t)(int32_t)value;
        return;
    case OSLAR_EL1: c->os_locked = value & 1; return;
    case VBAR_EL1:
    case VBAR_EL2:
    case VBAR_EL3:
        if (value & 0x7ff)
            stop(c, "%s written with %#llx: not aligned to 2 KiB", sysreg_name(r),
                 (unsigned long long)value);
        break;
    default: break;
    }
    c->reg[r] = value;
    if (!(registers[r].flags & SYNC)) {
        c->force[r] = value;
        return;
    }
    if (c->force[r] == value || (c->m->temper.sync_now ? !one_in(c->m, 8) : one_in(c->m, 4))) {
        c->force[r] = value;
        for (unsigned i = 0; i < c->pending_count; i++)
            if (c->pending[i] == r)
                c->pending[i--] = c->pending[--c->pending_count];
        return;
    }
    for (unsigned i = 0; i < c->pending_count; i++)
        if (c->pending[i] == r)
            return;
    if (c->pending_count == sizeof c->pending / sizeof c->pending[0])
        bring_into_force(c);
    c->pending[c->pending_count++] = (uint16_t)r;
}
