/* SPDX-License-Identifier: MIT */
/*
 * System registers, page tables and TLBs. The registers are those that the kernel itself wrote; from them and from
 * RAM each address is translated as a core would (4 KiB granule, one stage), and the result is kept in a TLB that
 * forgets nothing: while no descriptor and no register changes, an entry is taken as it is. After a change it is
 * walked again, and if the outcome differs and no TLBI has completed, a core's TLB may still hold the old one.
 */
#include <stdlib.h>
#include <string.h>

#include "check.h"

/* Registers by name, with the op1, CRn, CRm and op2 of MSR and MRS; op0 is 3, of which the word has one bit. */
#define REGISTERS(X)                                                                               \
    X(SCTLR_EL1, 0, 1, 0, 0)                                                                       \
    X(SCTLR_EL2, 4, 1, 0, 0)                                                                       \
    X(SCTLR_EL3, 6, 1, 0, 0)                                                                       \
    X(TTBR0_EL1, 0, 2, 0, 0)                                                                       \
    X(TTBR0_EL2, 4, 2, 0, 0)                                                                       \
    X(TTBR0_EL3, 6, 2, 0, 0)                                                                       \
    X(TCR_EL1, 0, 2, 0, 2)                                                                         \
    X(TCR_EL2, 4, 2, 0, 2)                                                                         \
    X(TCR_EL3, 6, 2, 0, 2)                                                                         \
    X(MAIR_EL1, 0, 10, 2, 0)                                                                       \
    X(MAIR_EL2, 4, 10, 2, 0)                                                                       \
    X(MAIR_EL3, 6, 10, 2, 0)                                                                       \
    X(VBAR_EL1, 0, 12, 0, 0)                                                                       \
    X(VBAR_EL2, 4, 12, 0, 0)                                                                       \
    X(VBAR_EL3, 6, 12, 0, 0)                                                                       \
    X(TTBR1_EL1, 0, 2, 0, 1)                                                                       \
    X(CPACR_EL1, 0, 1, 0, 2)                                                                       \
    X(CNTKCTL_EL1, 0, 14, 1, 0)                                                                    \
    X(HCR_EL2, 4, 1, 1, 0)                                                                         \
    X(CPTR_EL2, 4, 1, 1, 2)                                                                        \
    X(CNTHCTL_EL2, 4, 14, 1, 0)                                                                    \
    X(CNTVOFF_EL2, 4, 14, 0, 3)                                                                    \
    X(VMPIDR_EL2, 4, 0, 0, 5)                                                                      \
    X(SCR_EL3, 6, 1, 1, 0)                                                                         \
    X(CPTR_EL3, 6, 1, 1, 2)                                                                        \
    X(CPUECTLR_EL1, 1, 15, 2, 1)

enum reg {
#define NAME(name, op1, crn, crm, op2) name,
    REGISTERS(NAME)
#undef NAME
        REGISTER_COUNT,
    NONE = REGISTER_COUNT
};
static const char *const names[] = {
#define TEXT(name, op1, crn, crm, op2) #name,
    REGISTERS(TEXT)
#undef TEXT
};
/* Bits 19 to 5 of the instruction word. */
static const uint16_t encodings[] = {
#define CODE(name, op1, crn, crm, op2) 1 << 14 | (op1) << 11 | (crn) << 7 | (crm) << 3 | (op2),
    REGISTERS(CODE)
#undef CODE
};

#define SCTLR_M UINT64_C(1)
#define SCTLR_C (UINT64_C(1) << 2)
#define SCTLR_SA (UINT64_C(1) << 3)
#define SCTLR_I (UINT64_C(1) << 12)
/* What data accesses depend on: M, A, C, SA, WXN, EE. */
#define SCTLR_DATA UINT64_C(0x208000f)
#define OUTPUT UINT64_C(0x0000fffffffff000)
/* Of a leaf, what may not change without break before make: address, type, nG, SH, AttrIndx. Permissions may. */
#define FIXED (OUTPUT | 0x1f | 3U << 8)

enum tlbi { LIVE, NOT_COMPLETE, NOT_SYNCHRONIZED };

struct entry {
    uint64_t page; /* address bits 55 to 12 */
    uint64_t pa;   /* of that page */
    uint64_t at[4], descriptor[4];
    uint64_t generation;
    uint16_t asid;
    uint8_t steps, depth; /* descriptors that were read; the level of the last */
    uint8_t type, regime, state;
    bool valid, global, shareable;
};
enum { ENTRIES = 4096 };

static struct {
    uint64_t value;
    const struct insn *pending; /* the MSR, until a context synchronization */
    uint64_t changed;
    bool known;   /* the kernel wrote it whole, or reset and firmware leave it in this state */
    bool written; /* by the kernel */
    bool
        by_board; /* the kernel read what QEMU has in place of what a board's reset and firmware leave */
} regs[CORES][REGISTER_COUNT];

static struct tlb {
    struct entry entries[2][ENTRIES]; /* global, or of one ASID */
    struct {
        uint64_t value;
        bool all, by_asid, any_asid, leaf_only, shared;
        uint8_t regime;
    } pending[64];
    unsigned pending_count;
    bool was_invalidated[4]; /* by regime: TLBI with DSB */
} tlbs[CORES];

static uint64_t generation = 1;
static uint8_t *is_descriptor; /* a bit for each doubleword of RAM that a walk has read */
static unsigned entered_at[CORES];

static unsigned regime_of(unsigned core) { return level[core] ? level[core] : 1; }
static enum reg in_regime(enum reg el1, unsigned regime) { return el1 + regime - 1; }
static uint64_t sctlr_of(unsigned core) {
    return regs[core][in_regime(SCTLR_EL1, regime_of(core))].value;
}
bool fetches_cached(unsigned core) { return (sctlr_of(core) & SCTLR_I) != 0; }
bool sp_is_checked(unsigned core) {
    return regs[core][in_regime(SCTLR_EL1, regime_of(core))].known &&
           (sctlr_of(core) & SCTLR_SA) != 0;
}
/* SCTLR.A: the kernel wants such faults. */
bool alignment_is_checked(unsigned core) { return (sctlr_of(core) & 2) != 0; }
/* The timer may wake a core from WFE again and again (EVNTEN). */
bool event_stream(unsigned core) {
    return (regs[core][CNTKCTL_EL1].value & 4) != 0 || (regs[core][CNTHCTL_EL2].value & 4) != 0;
}
uint64_t vectors(unsigned core, bool *known) {
    enum reg vbar = in_regime(VBAR_EL1, regime_of(core));
    *known = regs[core][vbar].known;
    return regs[core][vbar].value;
}

/* A Pi's firmware hands a core over at EL2 with what it has written at EL3; at EL3 all is as after reset. */
void translation_start(unsigned core, unsigned entry_level) {
    static const enum reg by_firmware[] = {SCTLR_EL2, CNTVOFF_EL2, SCR_EL3, CPTR_EL3, CPUECTLR_EL1};
    if (!is_descriptor)
        is_descriptor = shadow_of_ram(LINE, 1);
    entered_at[core] = entry_level;
    regs[core][SCTLR_EL3].known = true;
    regs[core][SCR_EL3].known = true;
    regs[core][VMPIDR_EL2].known = true;
    if (entry_level == 3)
        return;
    for (size_t i = 0; i < sizeof by_firmware / sizeof by_firmware[0]; i++)
        regs[core][by_firmware[i]].known = true;
    regs[core][CPUECTLR_EL1].value = 1 << 6;
    regs[core][SCTLR_EL2].value = 0x30c50830;
    regs[core][SCR_EL3].value = 0x5b1;
}

/* ---- walks ------------------------------------------------------------------------------------------- */

static enum memory_type type_of_attribute(unsigned attribute) {
    unsigned inner = attribute & 15;
    unsigned outer = attribute >> 4;
    if (outer == 0)
        return DEVICE;
    /* Write-back is 11xx, or 01xx and not 0100; the rest is write-through, or uncached. */
    bool inner_back = inner >= 12 || (inner > 4 && inner < 8);
    bool outer_back = outer >= 12 || (outer > 4 && outer < 8);
    return inner_back && outer_back ? CACHED : UNCACHED;
}

/* Translates by the tables as they are in RAM now. */
static bool walk(unsigned core, uint64_t va, struct entry *entry) {
    unsigned regime = regime_of(core);
    bool upper = regime == 1 && (va >> 55 & 1);
    uint64_t tcr = regs[core][in_regime(TCR_EL1, regime)].value;
    uint64_t table = regs[core][upper ? TTBR1_EL1 : in_regime(TTBR0_EL1, regime)].value;
    unsigned size = tcr >> (upper ? 16 : 0) & 63;
    unsigned granule = upper ? (tcr >> 30 & 3) ^ 2 : tcr >> 14 & 3; /* TG1 names 4 KiB 0b10 */
    if (granule != 0) {
        not_watched("translation with a granule of 16 or 64 KiB");
        return false;
    }
    if (size < 16 || size > 39)
        return false;
    unsigned depth = size < 25 ? 0 : size < 34 ? 1 : 2;
    unsigned bits = 64 - size - (39 - 9 * depth);
    table &= UINT64_C(0x0000ffffffffffff) & ~((UINT64_C(8) << bits) - 1);
    *entry = (struct entry){.page = va << 8 >> 20, .regime = (uint8_t)regime};
    for (;; depth++) {
        unsigned low = 39 - 9 * depth;
        uint64_t at = table + (va >> low & ((UINT64_C(1) << bits) - 1)) * 8;
        if (at >= RAM_END)
            return false;
        uint64_t descriptor = ram_read(at, 8);
        entry->at[entry->steps] = at;
        entry->descriptor[entry->steps++] = descriptor;
        is_descriptor[at / LINE] |= (uint8_t)(1U << at / 8 % 8);
        if (!(descriptor & 1) || (depth == 3 && !(descriptor & 2)))
            return false;
        if (depth < 3 && (descriptor & 2)) {
            table = descriptor & OUTPUT;
            bits = 9;
            continue;
        }
        uint64_t offset = (UINT64_C(1) << low) - 1;
        uint64_t mair = regs[core][in_regime(MAIR_EL1, regime)].value;
        entry->pa = ((descriptor & OUTPUT & ~offset) | (va & offset)) & ~UINT64_C(0xfff);
        entry->type = (uint8_t)type_of_attribute(mair >> 8 * (descriptor >> 2 & 7) & 0xff);
        entry->shareable = (descriptor >> 8 & 3) >= 2;
        entry->depth = (uint8_t)depth;
        entry->global = regime != 1 || !(descriptor >> 11 & 1);
        entry->valid = true;
        return true;
    }
}

/* The descriptors must be visible where the walk reads them. */
static void check_walk(unsigned core, const struct insn *insn, uint64_t va,
                       const struct entry *entry) {
    uint64_t tcr = regs[core][in_regime(TCR_EL1, entry->regime)].value;
    bool upper = entry->regime == 1 && (va >> 55 & 1);
    bool cached = (tcr >> (upper ? 24 : 8) & 3) == 1 && (sctlr_of(core) & SCTLR_C) != 0;
    for (unsigned i = 0; i < entry->steps; i++) {
        const struct line *line = line_at(entry->at[i]);
        uint64_t bytes = bytes_of(entry->at[i], 8);
        const char *text = "the descriptor at %#llx, for address %#llx";
        unsigned long long at = entry->at[i];
        if (!line->writer)
            continue;
        if (!line_complete(line, bytes))
            report(WALK_DSB, core, insn, line->core, line->writer, text, at,
                   (unsigned long long)va);
        if (!cached && (line->dirty & bytes))
            report(WALK_STALE, core, insn, line->core, line->writer, text, at,
                   (unsigned long long)va);
        if (cached && (line->newer & bytes))
            report(WALK_STALE, core, insn, line->past_core, line->past, text, at,
                   (unsigned long long)va);
    }
}

static uint16_t asid_of(unsigned core) {
    uint64_t tcr = regs[core][TCR_EL1].value;
    uint64_t asid = regs[core][tcr >> 22 & 1 ? TTBR1_EL1 : TTBR0_EL1].value >> 48;
    return (uint16_t)(tcr >> 36 & 1 ? asid : asid & 0xff);
}

static struct entry *slot_of(unsigned core, uint64_t page, bool global, uint16_t asid) {
    uint64_t hash = (global ? page : page ^ (uint64_t)asid << 44) * UINT64_C(0x9e3779b97f4a7c15);
    return &tlbs[core].entries[global ? 0 : 1][(hash >> 32) % ENTRIES];
}

static struct entry *find(unsigned core, uint64_t page, unsigned regime, uint16_t asid) {
    for (unsigned global = 0; global < 2; global++) {
        struct entry *entry = slot_of(core, page, global, asid);
        if (entry->valid && entry->page == page && entry->regime == regime &&
            (entry->global || entry->asid == asid))
            return entry;
    }
    return NULL;
}

static void report_stale(unsigned core, const struct insn *insn, uint64_t va,
                         const struct entry *old, const struct entry *new) {
    static const char *const lacks[] = {"TLBI", "DSB after the TLBI", "ISB after the TLBI"};
    for (unsigned i = 0; i < old->steps; i++) {
        if (old->at[i] == new->at[i] && ram_read(old->at[i], 8) == old->descriptor[i])
            continue;
        const struct line *line = line_at(old->at[i]);
        bool moved = old->at[i] != new->at[i];
        report(STALE_TLB, core, insn, line->core, moved ? NULL : line->writer,
               "address %#llx; its descriptor was %#llx and is %#llx%s; missing: %s",
               (unsigned long long)va, (unsigned long long)old->descriptor[i],
               (unsigned long long)(moved ? new->descriptor[i] : ram_read(old->at[i], 8)),
               moved ? ", in another table of the same ASID" : "", lacks[old->state]);
        return;
    }
    report(STALE_TLB, core, insn, core, NULL, "address %#llx; MAIR or TCR changed; missing: %s",
           (unsigned long long)va, lacks[old->state]);
}

/*
 * Is what the TLB may hold as good as what the tables say? In other tables, the same place with the same type is enough:
 * a kernel that goes over to tables of its own executes a TLBI after the switch.
 */
static bool same(const struct entry *old, const struct entry *new) {
    const uint64_t soft = UINT64_C(15) << 55 | 1U << 10; /* software's bits and the access flag */
    if (old->pa != new->pa || old->type != new->type)
        return false;
    if (old->at[0] != new->at[0])
        return true;
    return old->depth == new->depth &&
           ((old->descriptor[old->steps - 1] ^ new->descriptor[new->steps - 1]) & ~soft) == 0;
}

/* Where an address is, and of what type; false if the tables do not say (QEMU does, for an access that it made). */
bool translate(unsigned core, const struct insn *insn, uint64_t va, uint64_t *pa,
               struct access *access) {
    uint64_t sctlr = sctlr_of(core);
    unsigned regime = regime_of(core);
    if (!(sctlr & SCTLR_M)) {
        *pa = va;
        *access = (struct access){.type = DEVICE, .shareable = true};
        return true;
    }
    if (regime == 1 && (regs[core][HCR_EL2].value & 1))
        not_watched("a second stage of translation (HCR_EL2.VM)");
    uint64_t page = va << 8 >> 20;
    uint16_t asid = asid_of(core);
    struct entry *entry = find(core, page, regime, asid);
    if (!entry || entry->generation != generation) {
        struct entry fresh = {0};
        bool good = walk(core, va, &fresh);
        if (entry && !(good && same(entry, &fresh))) {
            report_stale(core, insn, va, entry, &fresh);
            entry->valid = false;
            entry = NULL;
        }
        if (!entry && good) {
            entry = slot_of(core, page, fresh.global, asid);
            check_walk(core, insn, va, &fresh);
            *entry = fresh;
            entry->asid = asid;
        }
        if (!good)
            return false;
        entry->generation = generation;
    }
    *pa = entry->pa | (va & 0xfff);
    access->type = entry->type;
    if (access->type == CACHED && !(sctlr & SCTLR_C))
        access->type = UNCACHED;
    access->shareable = entry->shareable;
    return true;
}

/* Where an address is, for a look ahead of the core: 0 if the tables do not say. */
uint64_t translation_of(unsigned core, uint64_t va) {
    struct entry entry;
    if (!(sctlr_of(core) & SCTLR_M))
        return va;
    return walk(core, va, &entry) ? entry.pa | (va & 0xfff) : 0;
}

/* A store to a descriptor: a valid one that a TLB may hold must not become another valid one. */
void descriptor_store(const struct access *access, uint64_t old) {
    uint64_t at = access->pa & ~UINT64_C(7);
    if (!is_descriptor || !(is_descriptor[at / LINE] >> at / 8 % 8 & 1))
        return;
    generation++;
    uint64_t new = ram_read(at, 8);
    bool live = false;
    for (unsigned core = 0; core < CORES; core++)
        for (unsigned i = 0; i < 2 * ENTRIES; i++) {
            const struct entry *entry = &tlbs[core].entries[0][0] + i;
            if (!(sctlr_of(core) & SCTLR_M))
                break; /* it translates nothing, and empties its TLB before it does: rule mmu-tlbi */
            for (unsigned step = 0; entry->valid && step < entry->steps; step++)
                if (entry->at[step] == at && entry->descriptor[step] == old)
                    live = true;
        }
    if (!live)
        return;
    if ((old & 1) && (new & 1) && ((old ^ new) & FIXED))
        report(BREAK_BEFORE_MAKE, access->core, access->insn, access->core, NULL,
               "the descriptor at %#llx: from %#llx to %#llx", (unsigned long long)at,
               (unsigned long long)old, (unsigned long long)new);
}

/* ---- TLBI ----------------------------------------------------------------------------------------------- */

/* Does a TLBI by last level leave a walk cache with an older table descriptor? */
static bool table_changed(const struct entry *entry) {
    for (unsigned i = 0; i + 1 < entry->steps; i++)
        if (ram_read(entry->at[i], 8) != entry->descriptor[i])
            return true;
    return false;
}

static bool hit(const struct entry *entry, const struct tlb *from, unsigned n) {
    if (!entry->valid || entry->regime != from->pending[n].regime)
        return false;
    if (from->pending[n].all)
        return true;
    bool asid = entry->asid == from->pending[n].value >> 48;
    if (from->pending[n].by_asid)
        return asid && !entry->global;
    unsigned low =
        27 -
        9 * entry->depth; /* of the page number: a block is invalidated by any of its addresses */
    uint64_t page = from->pending[n].value & UINT64_C(0xfffffffffff);
    if (entry->page >> low != page >> low || (from->pending[n].leaf_only && table_changed(entry)))
        return false;
    return entry->global || from->pending[n].any_asid || asid;
}

void tlb_invalidate(unsigned core, const struct insn *insn, uint64_t value) {
    unsigned op1 = insn->word >> 16 & 7;
    unsigned crm = insn->word >> 8 & 15;
    unsigned op2 = insn->word >> 5 & 7;
    struct tlb *tlb = &tlbs[core];
    if (crm != 3 && crm != 7) /* by intermediate physical address: no second stage here */
        return;
    if (tlb->pending_count == sizeof tlb->pending / sizeof tlb->pending[0])
        tlb_dsb(
            core); /* more than it can remember: taken as complete, which hides a hazard and makes none */
    unsigned n = tlb->pending_count++;
    tlb->pending[n].value = value;
    tlb->pending[n].shared = crm == 3;
    tlb->pending[n].regime = op1 == 0 ? 1 : op1 == 6 ? 3 : op2 == 4 || op2 == 6 ? 1 : 2;
    tlb->pending[n].all = op2 == 0 || op2 == 4 || op2 == 6;
    tlb->pending[n].by_asid = op1 == 0 && op2 == 2;
    tlb->pending[n].any_asid = op1 != 0 || op2 == 3 || op2 == 7;
    tlb->pending[n].leaf_only = op2 == 5 || op2 == 7;
    for (unsigned other = 0; other < CORES; other++)
        if (other == core || tlb->pending[n].shared)
            for (unsigned i = 0; i < 2 * ENTRIES; i++) {
                struct entry *entry = &tlbs[other].entries[0][0] + i;
                if (hit(entry, tlb, n))
                    entry->state = NOT_COMPLETE;
            }
}

void tlb_dsb(unsigned core) {
    struct tlb *from = &tlbs[core];
    for (unsigned n = 0; n < from->pending_count; n++)
        for (unsigned other = 0; other < CORES; other++) {
            if (other != core && !from->pending[n].shared)
                continue;
            if (from->pending[n].all)
                tlbs[other].was_invalidated[from->pending[n].regime] = true;
            for (unsigned i = 0; i < 2 * ENTRIES; i++) {
                struct entry *entry = &tlbs[other].entries[0][0] + i;
                if (!hit(entry, from, n))
                    continue;
                if (other == core)
                    entry->state = NOT_SYNCHRONIZED;
                else
                    entry->valid = false;
            }
        }
    from->pending_count = 0;
}

/* ---- system registers ------------------------------------------------------------------------------------- */

static enum reg register_of(uint32_t word) {
    for (enum reg i = 0; i < REGISTER_COUNT; i++)
        if (encodings[i] == (word >> 5 & 0x7fff))
            return i;
    return NONE;
}

static void check_res1(unsigned core, const struct insn *insn, enum reg reg, uint64_t value) {
    static const struct {
        enum reg reg;
        uint64_t ones;
    } table[] = {
        {SCTLR_EL1, 0x30d00800}, {SCTLR_EL2, 0x30c50830}, {SCTLR_EL3, 0x30c50830},
        {TCR_EL2, 0x80800000},   {TCR_EL3, 0x80800000},   {CPTR_EL2, 0x33ff},
        {SCR_EL3, 0x30},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0] && !regs[core][reg].by_board; i++)
        if (table[i].reg == reg && (value & table[i].ones) != table[i].ones)
            report(RES1, core, insn, core, NULL, "%s = %#llx, RES1 bits 0 in it: %#llx", names[reg],
                   (unsigned long long)value, (unsigned long long)(table[i].ones & ~value));
}

static void check_mmu_on(unsigned core, const struct insn *insn, unsigned regime) {
    static const enum reg used[] = {TTBR0_EL1, TCR_EL1, MAIR_EL1};
    if (!tlbs[core].was_invalidated[regime])
        report(MMU_TLBI, core, insn, core, NULL, "core %u, EL%u", core, regime);
    for (size_t i = 0; i < sizeof used / sizeof used[0]; i++) {
        enum reg reg = in_regime(used[i], regime);
        if (regs[core][reg].pending)
            report(REGISTER_ISB, core, insn, core, regs[core][reg].pending, "%s", names[reg]);
        if (!regs[core][reg].known)
            report(REGISTER_UNKNOWN, core, insn, core, NULL, "%s, as the MMU goes on", names[reg]);
    }
}

/* MSR; true if it is VMPIDR_EL2, by which cores are told apart. */
bool register_write(unsigned core, const struct insn *insn, uint64_t value) {
    enum reg reg = register_of(insn->word);
    if (reg == NONE)
        return false;
    uint64_t old = regs[core][reg].value;
    check_res1(core, insn, reg, value);
    if (reg <= SCTLR_EL3) {
        if (value & ~old & SCTLR_M)
            check_mmu_on(core, insn, reg - SCTLR_EL1 + 1);
        if ((value & (SCTLR_M | SCTLR_C)) == (SCTLR_M | SCTLR_C)) {
            if (!(regs[core][CPUECTLR_EL1].value >> 6 & 1))
                report(SMPEN, core, insn, core, NULL, "core %u", core);
            lines_caches(core, true);
        } else if (reg == in_regime(SCTLR_EL1, regime_of(core))) {
            lines_caches(core, false);
        }
    }
    uint64_t sctlr = sctlr_of(core);
    if (reg == CPUECTLR_EL1 && !(value >> 6 & 1) && (sctlr & SCTLR_M) && (sctlr & SCTLR_C))
        report(SMPEN, core, insn, core, NULL, "core %u, while its caches are on", core);
    if (reg >= VBAR_EL1 && reg <= VBAR_EL3 && (value & 0x7ff))
        report(VECTORS, core, insn, core, NULL, "%s = %#llx", names[reg],
               (unsigned long long)value);
    regs[core][reg].value = value;
    regs[core][reg].known = true;
    regs[core][reg].written = true;
    if (value != old) {
        regs[core][reg].pending = insn;
        regs[core][reg].changed |= value ^ old;
        generation++;
    }
    return reg == VMPIDR_EL2;
}

/* MRS of what nobody has written; how most registers come to be used with junk in them. */
void register_read(unsigned core, const struct insn *insn) {
    enum reg reg = register_of(insn->word);
    if (reg != NONE && regs[core][reg].known && !regs[core][reg].written)
        regs[core][reg].by_board = true;
    bool vbar = reg >= VBAR_EL1 && reg <= VBAR_EL3; /* read to see whether it is one's own */
    bool usable = reg == CNTHCTL_EL2 || reg == CNTKCTL_EL1 || reg == CPTR_EL2;
    if (reg != NONE && !vbar && reg != CPUECTLR_EL1 && !regs[core][reg].known)
        report(usable ? REGISTER_RESET : REGISTER_UNKNOWN, core, insn, core, NULL, "%s is read",
               names[reg]);
}

void registers_synchronize(unsigned core) {
    for (enum reg i = 0; i < REGISTER_COUNT; i++) {
        regs[core][i].pending = NULL;
        regs[core][i].changed = 0;
    }
    for (unsigned i = 0; i < 2 * ENTRIES; i++) {
        struct entry *entry = &tlbs[core].entries[0][0] + i;
        if (entry->state == NOT_SYNCHRONIZED) {
            entry->valid = false;
            entry->state = LIVE;
        }
    }
}

void registers_access_check(unsigned core, const struct insn *insn) {
    enum reg reg = in_regime(SCTLR_EL1, regime_of(core));
    if (!regs[core][reg].pending || !(regs[core][reg].changed & SCTLR_DATA))
        return;
    report(REGISTER_ISB, core, insn, core, regs[core][reg].pending, "%s, by a load or store",
           names[reg]);
    regs[core][reg].changed = 0;
}

/* Maintenance is broadcast by a core that takes part in coherency, and received by it. */
void maintenance_check(unsigned core, const struct insn *insn) {
    if (regs[core][CPUECTLR_EL1].pending)
        report(REGISTER_ISB, core, insn, core, regs[core][CPUECTLR_EL1].pending,
               "CPUECTLR_EL1 (SMPEN), by maintenance");
}

void registers_fp_check(unsigned core, const struct insn *insn) {
    static const enum reg traps[] = {CPACR_EL1, CPTR_EL2, CPTR_EL3};
    for (unsigned i = 0; i < 3; i++) {
        enum reg reg = traps[i];
        if (level[core] > i + 1)
            continue;
        if (regs[core][reg].pending)
            report(REGISTER_ISB, core, insn, core, regs[core][reg].pending, "%s, by FP or SIMD",
                   names[reg]);
        else if (!regs[core][reg].known && (i + 1 == level[core] || (i == 0 && level[core] == 0)))
            report(REGISTER_UNKNOWN, core, insn, core, NULL, "%s traps FP and SIMD, or not",
                   names[reg]);
        else if (!regs[core][reg].known)
            report(REGISTER_RESET, core, insn, core, NULL, "%s traps FP and SIMD, or not",
                   names[reg]);
    }
}

/* ERET to a lower level, at its first instruction: what rules that level must have been written. */
void registers_eret_check(unsigned core, unsigned from, const struct insn *insn) {
    unsigned to = level[core];
    bool secure = from == 3 && !(regs[core][SCR_EL3].value & 1);
    if (to >= from || to == 0)
        return;
    if (from >= 2 && to == 1 && !secure && !regs[core][HCR_EL2].known)
        report(REGISTER_UNKNOWN, core, insn, core, NULL, "HCR_EL2, on the way to EL1");
    enum reg sctlr = in_regime(SCTLR_EL1, to);
    if (!regs[core][sctlr].known)
        report(REGISTER_UNKNOWN, core, insn, core, NULL, "%s, on the way to EL%u", names[sctlr],
               to);
}
