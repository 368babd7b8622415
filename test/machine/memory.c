/* SPDX-License-Identifier: MIT */
/*
 * RAM, data caches, instruction caches, TLBs, store buffers, exclusives. The rules are at the top of
 * machine.c; a comment here names the rule (R1 to R12) that a function carries out.
 */
#include <stdlib.h>
#include <string.h>

#include "machine.h"

/* ---- RAM ------------------------------------------------------------------------------------ */

/* RAM holds junk until someone writes it: a page is made, and filled from the seed, when first touched. */
static uint8_t *ram_page(struct machine *m, uint64_t pa) {
    uint64_t number = pa / PAGE;
    if (m->page[number])
        return m->page[number];
    uint8_t *page = m->spare_count ? m->spare[--m->spare_count] : malloc(PAGE);
    if (!page || m->touched_count == sizeof m->touched / sizeof m->touched[0])
        abort();
    uint64_t junk =
        (m->seed + 1) * UINT64_C(0x9e3779b97f4a7c15) ^ number * UINT64_C(0xd6e8feb86659fd93);
    for (unsigned i = 0; i < PAGE; i += 8) {
        junk ^= junk << 13;
        junk ^= junk >> 7;
        junk ^= junk << 17;
        memcpy(page + i, &junk, 8);
    }
    m->touched[m->touched_count++] = (uint32_t)number;
    return m->page[number] = page;
}

static uint8_t *ram(struct machine *m, uint64_t pa) { return ram_page(m, pa) + pa % PAGE; }

void ram_write(struct machine *m, uint64_t pa, const void *bytes, uint64_t size) {
    const uint8_t *from = bytes;
    while (size) {
        uint64_t part = PAGE - pa % PAGE < size ? PAGE - pa % PAGE : size;
        memcpy(ram(m, pa), from, part);
        pa += part, from += part, size -= part;
    }
}

void ram_read(struct machine *m, uint64_t pa, void *bytes, uint64_t size) {
    uint8_t *to = bytes;
    while (size) {
        uint64_t part = PAGE - pa % PAGE < size ? PAGE - pa % PAGE : size;
        memcpy(to, ram(m, pa), part);
        pa += part, to += part, size -= part;
    }
}

void ram_junk_line(struct machine *m, uint64_t pa) {
    uint64_t junk[LINE / 8];
    for (unsigned i = 0; i < LINE / 8; i++)
        junk[i] = rnd(m);
    ram_write(m, pa & ~UINT64_C(63), junk, LINE);
}

static void remember(struct machine *m, uint64_t pa, unsigned size, bool cached, const void *old) {
    m->time++;
    struct write_record *r = &m->log[m->log_next++ % LOG_SIZE];
    r->time = m->time;
    r->pa = pa;
    r->size = (uint8_t)size;
    r->cached = cached;
    memcpy(r->old, old, size);
}

/* ---- data caches ---------------------------------------------------------------------------- */

static void cache_make(struct cache *cache, uint32_t size) {
    cache->size = size;
    cache->tag = calloc(size, sizeof *cache->tag);
    cache->data = calloc(size, LINE);
    cache->flags = calloc(size, 1);
    cache->order = calloc(size, sizeof *cache->order);
    cache->place = calloc(size, sizeof *cache->place);
    if (!cache->tag || !cache->data || !cache->flags || !cache->order || !cache->place)
        abort();
}

static void cache_empty(struct cache *cache) {
    for (uint32_t i = 0; i < cache->count; i++)
        cache->tag[cache->order[i]] = 0;
    cache->count = 0;
}

static uint32_t cache_slot(const struct cache *cache, uint64_t pa) {
    return (uint32_t)(pa / LINE % cache->size);
}

static bool cache_holds(const struct cache *cache, uint64_t pa) {
    return cache->tag[cache_slot(cache, pa)] == ((pa & ~UINT64_C(63)) | 1);
}

/* What happens to memory when a dirty line leaves a cache, or is cleaned. */
static void write_back(struct machine *m, struct cache *cache, uint32_t slot) {
    uint64_t pa = cache->tag[slot] & ~UINT64_C(63);
    if (!(cache->flags[slot] & LINE_DIRTY))
        return;
    uint8_t old[LINE];
    ram_read(m, pa, old, LINE);
    if (m->current)
        m->current->bus.write_backs++;
    remember(m, pa, LINE, false, old);
    ram_write(m, pa, cache->data[slot], LINE);
    cache->flags[slot] = LINE_POU;
}

static void cache_drop(struct cache *cache, uint32_t slot) {
    uint32_t last = cache->order[--cache->count];
    cache->order[cache->place[slot]] = last;
    cache->place[last] = cache->place[slot];
    cache->tag[slot] = 0;
}

static void cache_evict(struct machine *m, struct cache *cache, uint32_t slot) {
    write_back(m, cache, slot);
    cache_drop(cache, slot);
}

/* Brings a line in; whatever held its place leaves. */
static uint32_t cache_fill(struct machine *m, struct cache *cache, uint64_t pa) {
    uint32_t slot = cache_slot(cache, pa);
    uint64_t tag = (pa & ~UINT64_C(63)) | 1;
    if (cache->tag[slot] == tag)
        return slot;
    if (m->current)
        m->current->bus.fills++;
    if (cache->tag[slot])
        cache_evict(m, cache, slot);
    cache->tag[slot] = tag;
    cache->flags[slot] = LINE_POU;
    cache->place[slot] = cache->count;
    cache->order[cache->count++] = slot;
    ram_read(m, pa & ~UINT64_C(63), cache->data[slot], LINE);
    return slot;
}

void cache_put_clean(struct machine *m, uint64_t pa, const void *bytes) {
    uint32_t slot = cache_fill(m, &m->shared, pa);
    memcpy(m->shared.data[slot], bytes, LINE);
    m->shared.flags[slot] = LINE_POU;
}

void cache_put_dirty(struct machine *m, uint64_t pa, const void *bytes, bool pou) {
    cache_put_clean(m, pa, bytes);
    m->shared.flags[cache_slot(&m->shared, pa)] = LINE_DIRTY | (pou ? LINE_POU : 0);
}

/* R3: a core takes part in coherency only with CPUECTLR_EL1.SMPEN in force. */
bool coherent(const struct core *c) { return (c->force[CPUECTLR_EL1] & 0x40) != 0; }

static struct cache *cache_for(struct core *c, bool shareable) {
    return shareable && coherent(c) ? &c->m->shared : &c->cache;
}

/* ---- what stores do when they complete -------------------------------------------------------- */

static void clear_monitors(struct core *c, uint64_t pa) {
    for (unsigned i = 0; i < CORES; i++) {
        struct core *other = &c->m->core[i];
        if (other == c || !other->monitor || other->monitor_line != (pa & ~UINT64_C(63)))
            continue;
        other->monitor = false;
        other->event = true; /* D1.16.1: clearing the global monitor is a wake-up event */
    }
}

static void store_to_cache(struct core *c, uint64_t pa, unsigned size, bool shareable,
                           const void *bytes) {
    struct cache *cache = cache_for(c, shareable);
    uint32_t slot = cache_fill(c->m, cache, pa);
    c->bus.fills -= size == LINE && cache->flags[slot] == LINE_POU; /* DC ZVA fetches nothing */
    uint8_t *to = cache->data[slot] + pa % LINE;
    remember(c->m, pa, size, true, to);
    memcpy(to, bytes, size);
    cache->flags[slot] = LINE_DIRTY;
    clear_monitors(c, pa);
}

#define UART UINT64_C(0x3f201000) /* PL011 */
#define GPIO UINT64_C(0x3f200000)

static void device_write(struct core *c, uint64_t pa, unsigned size, const uint8_t *bytes) {
    uint32_t value = 0;
    memcpy(&value, bytes, size < 4 ? size : 4);
    if (pa == UART)
        console_putc(c->m, (int)(value & 0xff));
    else if (pa >= PERIPHERALS_END && pa - PERIPHERALS_END < 0x60)
        c->m->local[(pa - PERIPHERALS_END) / 4] = value;
    else if (pa >> 12 != UART >> 12 && pa >> 12 != GPIO >> 12)
        not_modelled(c, "a write to the peripheral at %#llx", (unsigned long long)pa);
}

static uint64_t device_read(struct core *c, uint64_t pa) {
    uint64_t local = pa - PERIPHERALS_END;
    if (pa >= PERIPHERALS_END && local < 0x60)
        return c->m->local[local / 4];
    if (pa >= PERIPHERALS_END && local < 0x80) { /* what interrupts a core, as IRQ or as FIQ (QA7, 4.10) */
        const struct core *of = &c->m->core[local / 4 % CORES];
        uint32_t route = c->m->local[0x40 / 4 + of->id];
        unsigned fiq = route >> 4 & 15;
        return timer_lines(of, local < 0x70 ? route & 15 & ~fiq : fiq);
    }
    if (pa == UINT64_C(0x3f003004)) /* system timer: CLO, CHI */
        return (uint32_t)(counter(c, false) * 10 / 192);
    if (pa == UINT64_C(0x3f003008))
        return counter(c, false) * 10 / 192 >> 32;
    if (pa == UINT64_C(0x3f00b898) || pa == UINT64_C(0x3f00b8b8)) /* mailbox 0 and 1: empty */
        return UINT64_C(0x40000000);
    if (pa >> 12 != UART >> 12 && pa >> 12 != GPIO >> 12)
        not_modelled(c, "a read of the peripheral at %#llx", (unsigned long long)pa);
    return 0;
}

static void store_to_memory(struct core *c, uint64_t pa, unsigned size, const uint8_t *bytes) {
    if (pa >= LOCAL_END) {
        c->serror = true; /* as on a Cortex-A53: an aborted store is reported later, by SError */
        return;
    }
    if (pa >= RAM_END) {
        device_write(c, pa, size, bytes);
        return;
    }
    uint8_t *to = ram(c->m, pa);
    remember(c->m, pa, size, false, to);
    memcpy(to, bytes, size);
    clear_monitors(c, pa);
}

static uint64_t *line_time(struct core *c, uint64_t pa) { return &c->line_time[pa / LINE % 256]; }

/* ---- maintenance, when it completes ----------------------------------------------------------- */

static void maintain_line(struct machine *m, struct cache *cache, uint64_t pa, enum cache_op op) {
    if (!cache_holds(cache, pa))
        return;
    uint32_t slot = cache_slot(cache, pa);
    if (op == CACHE_CLEAN_POU) {
        cache->flags[slot] |= LINE_POU;
        return;
    }
    /* R4: DC IVAC on a dirty line may lose it or write it back: D4.4.8 allows a clean and invalidate. */
    if (op != CACHE_INVALIDATE || one_in(m, 3))
        write_back(m, cache, slot);
    if (op != CACHE_CLEAN)
        cache_drop(cache, slot);
}

/* R5: what is invalidated may still sit in a core's pipeline until it synchronises. Cores in the firmware's stub are
   let off: it has no ISB, and works because a core that goes through WFE holds no instructions. */
static void icache_invalidate(struct core *c, bool all, uint64_t pa, bool own) {
    bool stays = own || c->pc >= c->m->stub_end;
    for (unsigned i = 0; i < ICACHE_LINES; i++) {
        uint64_t tag = c->icache.tag[i];
        if (!tag || (!all && (tag & ~UINT64_C(63)) != (pa & ~UINT64_C(63))))
            continue;
        c->icache.tag[i] = stays && !c->m->friendly && (c->m->temper.sticky_icache || one_in(c->m, 2)) ? tag | 2 : 0;
    }
}

/* R6: the same for translations, and for the pointers to tables that lead to them. */
static bool tlbi_hits(const struct buffered *op, uint64_t context, uint64_t page, unsigned span, bool global,
                      uint16_t asid) {
    if (op->what == TLBI_ALL_CONTEXTS)
        return context >> 60 == op->context >> 60;
    if (context != op->context)
        return false;
    bool here = (page ^ op->pa) >> span == 0;
    switch (op->what) {
    case TLBI_ALL: return true;
    case TLBI_ASID: return !global && asid == op->asid;
    case TLBI_VA: return here && (global || asid == op->asid);
    default: return here;
    }
}

static void tlb_invalidate(struct core *c, const struct buffered *op, bool own) {
    for (unsigned i = 0; i < TLB_SETS; i++)
        for (unsigned j = 0; j < TLB_WAYS; j++) {
            struct tlb_entry *e = &c->tlb[i][j];
            if (!e->valid || !tlbi_hits(op, e->context, e->page, e->span, e->global, e->asid))
                continue;
            if (own && one_in(c->m, 2))
                e->doomed = true;
            else
                e->valid = false;
        }
    for (unsigned i = 0; i < WALK_CACHE && !op->last_level; i++) {
        struct table_entry *e = &c->walks[i];
        if (!e->valid || !tlbi_hits(op, e->context, e->prefix << (e->shift - 12), e->shift - 12, false, e->asid))
            continue;
        if (own && one_in(c->m, 2))
            e->doomed = true;
        else
            e->valid = false;
    }
}

void forget_prefetched(struct core *c) {
    for (unsigned i = 0; i < ICACHE_LINES; i++)
        if (c->icache.tag[i] & 2)
            c->icache.tag[i] = 0;
    for (unsigned i = 0; i < TLB_SETS; i++)
        for (unsigned j = 0; j < TLB_WAYS; j++)
            if (c->tlb[i][j].doomed)
                c->tlb[i][j].valid = false;
    for (unsigned i = 0; i < WALK_CACHE; i++)
        if (c->walks[i].doomed)
            c->walks[i].valid = false;
}

/* ---- the buffer of stores and maintenance under way ------------------------------------------- */

static bool overlap(const struct buffered *a, const struct buffered *b) {
    return a->pa < b->pa + b->size && b->pa < a->pa + a->size;
}

/* R2: must the older of two operations complete before the younger? */
static bool ordered(const struct buffered *older, const struct buffered *younger) {
    /* TLB and instruction cache maintenance is ordered by DSB alone. */
    if (older->kind >= OP_IC || younger->kind >= OP_IC)
        return false;
    if (older->epoch != younger->epoch || younger->release)
        return true;
    if (older->kind == OP_STORE && younger->kind == OP_STORE) {
        if (older->store_epoch != younger->store_epoch || overlap(older, younger))
            return true;
        /* Device stores to one peripheral arrive in order; RAM is none, whatever its type (B2.7.2). */
        return older->type == DEVICE && younger->type == DEVICE && older->pa >= RAM_END &&
               older->pa >> 12 == younger->pa >> 12;
    }
    /* D4.4.8: data cache maintenance by address is in program order only with accesses to the same line
       that are Normal cacheable, as the address given to it is; with others only DMB or DSB orders it. */
    if (older->pa / LINE != younger->pa / LINE)
        return false;
    return older->type == WRITE_BACK && younger->type == WRITE_BACK;
}

static bool may_complete(const struct core *c, unsigned index) {
    for (unsigned i = 0; i < index; i++)
        if (ordered(&c->buffer[i], &c->buffer[index]))
            return false;
    return true;
}

static void complete(struct core *c, unsigned index) {
    struct buffered op = c->buffer[index];
    memmove(&c->buffer[index], &c->buffer[index + 1], (--c->buffer_count - index) * sizeof op);
    struct machine *m = c->m;
    switch (op.kind) {
    case OP_STORE:
        if (op.type == WRITE_BACK)
            store_to_cache(c, op.pa, op.size, op.shareable, op.data);
        else
            store_to_memory(c, op.pa, op.size, op.data);
        *line_time(c, op.pa) = m->time;
        if (op.epoch != c->epoch) /* a DMB has put it before every later load */
            c->horizon = m->time;
        break;
    case OP_CACHE:
        if (coherent(c) && op.shareable)
            maintain_line(m, &m->shared, op.pa, op.what);
        maintain_line(m, &c->cache, op.pa, op.what);
        break;
    case OP_IC:
        icache_invalidate(c, op.what, op.pa, true);
        for (unsigned i = 0; op.broadcast && i < CORES; i++)
            if (i != c->id && coherent(c) && coherent(&m->core[i]))
                icache_invalidate(&m->core[i], op.what, op.pa, false);
        break;
    default:
        tlb_invalidate(c, &op, true);
        for (unsigned i = 0; op.broadcast && i < CORES; i++)
            if (i != c->id && coherent(c) && coherent(&m->core[i]))
                tlb_invalidate(&m->core[i], &op, false);
        break;
    }
}

/* Completes one operation, at random among those that may; false if there is none. */
bool complete_one(struct core *c) {
    if (!c->buffer_count)
        return false;
    unsigned first = c->m->friendly ? 0 : pick(c->m, c->buffer_count);
    for (unsigned i = first; i < c->buffer_count; i++)
        if (may_complete(c, i)) {
            complete(c, i);
            return true;
        }
    complete(c, 0);
    return true;
}

void settle_devices(struct core *c) {
    for (unsigned i = 0; i < c->buffer_count; i++)
        if (c->buffer[i].kind == OP_STORE && c->buffer[i].pa >= RAM_END && may_complete(c, i)) {
            complete(c, i);
            i = UINT32_MAX;
        }
}

/* The buffer is full: stores make room. Nothing but DSB makes maintenance complete. */
bool complete_a_store(struct core *c) {
    for (unsigned i = 0; i < c->buffer_count; i++)
        if (c->buffer[i].kind == OP_STORE && may_complete(c, i)) {
            complete(c, i);
            return true;
        }
    return false;
}

static struct buffered *buffer_add(struct core *c) {
    if (c->buffer_count == BUFFERED && !complete_a_store(c))
        complete_one(c);
    struct buffered *op = &c->buffer[c->buffer_count++];
    memset(op, 0, offsetof(struct buffered, data));
    op->epoch = c->epoch;
    op->store_epoch = c->store_epoch;
    return op;
}

/* One step of a DSB: true when nothing is left that it waits for. Other things happen between the steps. For the
   Non-shareable domain it completes what concerns this core alone: instruction cache and TLB maintenance. */
bool barrier_dsb(struct core *c, bool stores_only, bool non_shareable) {
    if (non_shareable) {
        for (unsigned i = 0; i < c->buffer_count && !stores_only; i++)
            if (c->buffer[i].kind >= OP_IC) {
                complete(c, i);
                return false;
            }
    } else if (stores_only) {
        /* B2.3.5: a barrier for stores alone does not wait for maintenance. */
        unsigned i = 0;
        while (i < c->buffer_count && (c->buffer[i].kind != OP_STORE || !may_complete(c, i)))
            i++;
        if (i < c->buffer_count) {
            complete(c, i);
            return false;
        }
        c->store_epoch++;
        return true;
    } else if (complete_one(c)) {
        return false;
    }
    c->horizon = c->m->time;
    return true;
}

void barrier_dmb(struct core *c, bool stores_only, bool loads_only) {
    if (!loads_only)
        ++*(stores_only ? &c->store_epoch : &c->epoch);
    if (!stores_only)
        c->horizon = c->m->time;
}

/* ---- translation ------------------------------------------------------------------------------ */

static uint64_t read_descriptor(struct core *c, uint64_t pa, bool cached, bool shareable) {
    uint64_t value;
    struct cache *cache = cache_for(c, shareable);
    uint64_t fills = c->bus.fills;
    if (cached && (cache_holds(cache, pa) || c->m->friendly || one_in(c->m, 2)))
        memcpy(&value, cache->data[cache_fill(c->m, cache, pa)] + pa % LINE, 8);
    else
        c->bus.walks++, memcpy(&value, ram(c->m, pa), 8);
    c->bus.walks += c->bus.fills - fills; /* a line that a walk brings in is the walk's */
    c->bus.fills = fills;
    return value;
}

/* The registers of a translation regime: EL1 stands for EL1&0. */
static const enum sysreg tcr_of[4] = {0, TCR_EL1, TCR_EL2, TCR_EL3}, mair_of[4] = {0, MAIR_EL1, MAIR_EL2, MAIR_EL3},
                         sctlr_of[4] = {0, SCTLR_EL1, SCTLR_EL2, SCTLR_EL3},
                         ttbr_of[4] = {0, TTBR0_EL1, TTBR0_EL2, TTBR0_EL3};

uint64_t tlb_context(const struct core *c, unsigned el) {
    if (el != 1)
        return (uint64_t)el << 60;
    bool ns = c->force[SCR_EL3] & 1;
    return (uint64_t)1 << 60 | (uint64_t)ns << 59 | (ns ? c->force[VTTBR_EL2] >> 48 & 0xff : 0);
}

static uint16_t current_asid(const struct core *c) {
    uint64_t tcr = c->force[TCR_EL1], asid = c->force[tcr >> 22 & 1 ? TTBR1_EL1 : TTBR0_EL1] >> 48;
    return (uint16_t)(tcr >> 36 & 1 ? asid : asid & 0xff);
}

/* D5.1.3: with TBI the top byte of an address is ignored. */
static bool ignores_top_byte(const struct core *c, unsigned el, uint64_t va) {
    return c->force[tcr_of[el]] >> (el == 1 ? 37 + (va >> 55 & 1) : 20) & 1;
}

/* Fields of TCR_ELx, of one of the two ranges of EL1&0, or of the one of the others. */
struct range {
    uint64_t table;
    unsigned size_bits, page; /* log2 of the range, and of a page of the granule */
    bool cached, shareable, disabled;
};

/* False: there is no range for this address: a translation fault at level 0. So is a walk in one that EPD0 or EPD1
   disables, but what a TLB holds of it stays (D13.2.120). */
static bool find_range(struct core *c, unsigned el, uint64_t va, struct range *range) {
    uint64_t tcr = c->force[tcr_of[el]];
    bool upper = el == 1 && va >> 55 & 1;
    unsigned field = upper ? 16 : 0, tsz = tcr >> field & 63, granule = tcr >> (field + 14) & 3;
    bool walks_cached = (tcr >> (field + 8) & 3) && (tcr >> (field + 10) & 3);
    if (tsz < 16)
        tsz = 16;
    if (tsz > 39)
        tsz = 39;
    range->size_bits = 64 - tsz;
    if (ignores_top_byte(c, el, va)) /* as the sign of what is left */
        va = upper ? va | UINT64_C(0xff) << 56 : va & ~(UINT64_C(0xff) << 56);
    if (va >> range->size_bits != (upper ? (UINT64_C(1) << tsz) - 1 : 0))
        return false;
    range->disabled = el == 1 && tcr >> (field + 7) & 1;
    /* D13.2: 4 KiB or 64 KiB. What a Cortex-A53 does not have counts as one of these. */
    static const uint8_t small[2][4] = {{1, 0, 2, 2}, {2, 2, 1, 0}};
    unsigned four = small[upper][granule];
    range->page = (four == 2 ? one_in(c->m, 2) : four) ? 12 : 16;
    range->cached = walks_cached && c->force[sctlr_of[el]] & 4;
    range->shareable = tcr >> (field + 12) & 3;
    range->table = c->force[upper ? TTBR1_EL1 : ttbr_of[el]];
    return true;
}

/* A walk may begin at any table that the core remembers for this address. */
static const struct table_entry *remembered_table(struct core *c, unsigned el, uint64_t va, unsigned page,
                                                  unsigned first_level) {
    const struct table_entry *found = NULL;
    for (unsigned i = 0; i < WALK_CACHE; i++) {
        const struct table_entry *e = &c->walks[i];
        if (e->valid && e->context == tlb_context(c, el) && e->asid == (el == 1 ? current_asid(c) : 0) &&
            e->level > first_level && e->shift == page + (4U - e->level) * (page - 3) && (va >> e->shift & (UINT64_MAX >> (e->shift + 8))) == e->prefix &&
            (!found || one_in(c->m, 2)))
            found = e;
    }
    return found;
}

/* R7: a stage 1 walk with the registers in force. Faults are given as the fault status code. */
static bool walk(struct core *c, unsigned el, uint64_t va, struct tlb_entry *e, unsigned *fault) {
    static const uint8_t sizes[8] = {32, 36, 40, 42, 44, 48, 48, 48};
    uint64_t tcr = c->force[tcr_of[el]], mair = c->force[mair_of[el]], control = c->force[sctlr_of[el]];
    struct range range;
    *fault = FAULT_TRANSLATION;
    if (!find_range(c, el, va, &range) || range.disabled)
        return false;
    unsigned ips = sizes[el == 1 ? tcr >> 32 & 7 : tcr >> 16 & 7];
    if (ips > 40)
        ips = 40;
    unsigned page = range.page, stride = page - 3;
    unsigned level = 4 - (range.size_bits - page + stride - 1) / stride;
    unsigned bits = range.size_bits - (page + (3 - level) * stride);
    struct table_entry from = {
        .level = (uint8_t)level,
        .table = range.table & UINT64_C(0xffffffffffff) & ~((UINT64_C(8) << bits) - 1),
    };
    const struct table_entry *known = c->m->friendly || one_in(c->m, 2) ? remembered_table(c, el, va, page, level) : NULL;
    if (known)
        from = *known, bits = stride;
    for (level = from.level;; level++) {
        unsigned low = page + (3 - level) * stride;
        uint64_t at = from.table + (va >> low & ((UINT64_C(1) << bits) - 1)) * 8;
        if (at >> ips) {
            *fault = FAULT_SIZE + level;
            return false;
        }
        if (at >= RAM_END) {
            *fault = 0x14 + level; /* external abort on a walk */
            return false;
        }
        uint64_t d = read_descriptor(c, at, range.cached, range.shareable);
        if (control >> 25 & 1)
            d = __builtin_bswap64(d);
        *fault = FAULT_TRANSLATION + level;
        bool block = page == 12 ? level == 1 || level == 2 : level == 2;
        if (!(d & 1) || (!(d & 2) && !block))
            return false;
        uint64_t out = d & UINT64_C(0xffffffffffff) & ~((UINT64_C(1) << page) - 1);
        if (level < 3 && (d & 2)) {
            if (out >> ips) {
                *fault = FAULT_SIZE + level;
                return false;
            }
            from.no_write |= d >> 62 & 1;
            from.no_user |= d >> 61 & 1;
            from.no_execute |= d >> (el == 1 ? 59 : 60) & 1;
            from.no_user_execute |= d >> 60 & 1;
            from.table = out;
            bits = stride;
            from.level = (uint8_t)(level + 1);
            from.shift = (uint8_t)low;
            from.prefix = va >> low & (UINT64_MAX >> (low + 8));
            from.context = tlb_context(c, el);
            from.asid = el == 1 ? current_asid(c) : 0;
            from.valid = true;
            from.doomed = false;
            c->walks[c->walk_next++ % WALK_CACHE] = from;
            continue;
        }
        if (!(d >> 10 & 1)) {
            *fault = FAULT_ACCESS + level;
            return false;
        }
        out &= ~((UINT64_C(1) << low) - 1);
        if (out >> ips) {
            *fault = FAULT_SIZE + level;
            return false;
        }
        unsigned attributes = mair >> (8 * (d >> 2 & 7)) & 0xff;
        bool user = el == 1 && d >> 6 & 1 && !from.no_user;
        memset(e, 0, sizeof *e);
        e->page = va >> 12 & UINT64_C(0xfffffffffff);
        e->context = tlb_context(c, el);
        e->global = el != 1 || !(d >> 11 & 1);
        e->asid = el == 1 ? current_asid(c) : 0;
        e->pa = (out | (va & ((UINT64_C(1) << low) - 1))) & ~UINT64_C(0xfff);
        e->span = (uint8_t)(low - 12);
        e->level = (uint8_t)level;
        e->type = attributes >> 4 == 0 ? DEVICE : attributes == 0x44 ? NON_CACHEABLE : WRITE_BACK;
        e->attributes = (uint8_t)attributes;
        e->sh = e->type == WRITE_BACK ? d >> 8 & 3 : 2;
        e->shareable = (d >> 8 & 3) != 0;
        /* D5.4: table D5-34 for EL1&0. What EL0 may write EL1 does not execute. */
        e->writable = !(d >> 7 & 1) && !from.no_write;
        e->user = user;
        e->user_writable = user && e->writable;
        e->user_executable = el == 1 && !(d >> 54 & 1) && !from.no_user_execute;
        e->executable = !(d >> (el == 1 ? 53 : 54) & 1) && !from.no_execute && !e->user_writable;
        e->valid = true;
        return true;
    }
}

static bool same_page(const struct tlb_entry *a, const struct tlb_entry *b) {
    return a->valid && a->page == b->page && a->context == b->context && (a->global || b->global || a->asid == b->asid);
}

/* D5.10.1: a change of these while a TLB may hold the old ones needs break before make. */
static bool conflict(const struct tlb_entry *old, const struct tlb_entry *fresh) {
    return !old->junk && !old->doomed &&
           (old->pa != fresh->pa || old->type != fresh->type || old->span != fresh->span ||
            old->shareable != fresh->shareable || old->global != fresh->global);
}

static struct tlb_entry *tlb_fill(struct core *c, unsigned el, uint64_t va, unsigned *fault) {
    struct tlb_entry fresh;
    if (!walk(c, el, va, &fresh, fault))
        return NULL;
    struct tlb_entry *set = c->tlb[va >> 12 & (TLB_SETS - 1)];
    unsigned victim = pick(c->m, TLB_WAYS);
    for (unsigned i = 0; i < TLB_WAYS; i++) {
        if (same_page(&set[i], &fresh)) {
            if (conflict(&set[i], &fresh)) {
                *fault = FAULT_CONFLICT;
                return NULL;
            }
            victim = i;
            break;
        }
        if (!set[i].valid)
            victim = i;
    }
    set[victim] = fresh;
    return &set[victim];
}

static void note_page(uint64_t *pages, unsigned *next, uint64_t page) {
    for (unsigned i = 0; i < 8; i++)
        if (pages[i] == page)
            return;
    pages[(*next)++ % 8] = page;
}

bool translate_probe(struct core *c, uint64_t va, enum access access, unsigned el,
                     struct translation *t, unsigned *fault) {
    bool user = el == 0;
    if (user)
        el = 1;
    const uint64_t control = c->force[sctlr_of[el]];
    if (el == 1 && c->force[SCR_EL3] & 1 && c->force[HCR_EL2] & 0x1001)
        stop(c, "at EL1 with HCR_EL2 = %#llx: stage 2 or DC left on, VTTBR_EL2 = %#llx",
             (unsigned long long)c->force[HCR_EL2], (unsigned long long)c->force[VTTBR_EL2]);
    if (!(control & 1)) { /* D5.2.9: stage 1 off */
        if (ignores_top_byte(c, el, va))
            va &= ~(UINT64_C(0xff) << 56);
        *fault = FAULT_SIZE;
        if (va >> 40)
            return false;
        t->pa = va;
        t->type = access != FETCH ? DEVICE : control >> 12 & 1 ? WRITE_BACK : NON_CACHEABLE;
        t->shareable = true;
        t->attributes = 0;
        t->sh = 2;
        return true;
    }
    struct range range;
    *fault = FAULT_TRANSLATION;
    if (!find_range(c, el, va, &range))
        return false;
    struct tlb_entry *e = NULL, *set = c->tlb[va >> 12 & (TLB_SETS - 1)];
    uint64_t page = va >> 12 & UINT64_C(0xfffffffffff), context = tlb_context(c, el);
    for (unsigned i = 0; i < TLB_WAYS; i++)
        if (set[i].valid && set[i].page == page && set[i].context == context &&
            (set[i].global || set[i].asid == current_asid(c)))
            e = &set[i];
    if (!e || (!e->doomed && !c->m->friendly && one_in(c->m, 64) && !e->junk))
        e = tlb_fill(c, el, va, fault);
    if (!e)
        return false;
    t->pa = e->pa | (va & 0xfff);
    t->type = e->type;
    t->shareable = e->shareable || e->type != WRITE_BACK;
    t->attributes = e->attributes;
    t->sh = e->sh;
    *fault = FAULT_PERMISSION + e->level;
    if (access == FETCH) {
        bool may = user ? e->user_executable : e->executable;
        bool writable = user ? e->user_writable : e->writable;
        if (!may || (writable && control >> 19 & 1) || e->type == DEVICE) /* WXN */
            return false;
        if (t->type == WRITE_BACK && !(control >> 12 & 1))
            t->type = NON_CACHEABLE;
        return true;
    }
    if ((user && !e->user) || (access == WRITE && !e->writable))
        return false;
    if (t->type == WRITE_BACK && !(control & 4)) {
        t->type = NON_CACHEABLE;
        t->shareable = true;
    }
    return true;
}

void translate(struct core *c, uint64_t va, enum access access, struct translation *t) {
    unsigned fault;
    if (!translate_probe(c, va, access, c->el, t, &fault)) {
        if (access == FETCH)
            abort_fetch(c, va, fault);
        abort_data(c, va, fault, access == WRITE || access == MAINTAIN, access == MAINTAIN);
    }
    if (t->pa >= RAM_END && t->type != DEVICE && access != FETCH && access != MAINTAIN)
        stop(c, "%#llx, no RAM, is accessed as Normal memory: cached, merged, repeated, read ahead",
             (unsigned long long)t->pa);
    if (t->pa >= LOCAL_END && access != WRITE) {
        if (access == FETCH)
            abort_fetch(c, va, FAULT_EXTERNAL);
        abort_data(c, va, FAULT_EXTERNAL, false, access == MAINTAIN);
    }
    if (access != FETCH && (sctlr(c) & 1))
        note_page(c->data_pages, &c->data_page_next, va >> 12 | UINT64_C(1) << 63);
}

/* ---- data accesses ---------------------------------------------------------------------------- */

/* R1: an unaligned access to Device memory, or any with SCTLR_ELx.A, is an alignment fault. */
static void translate_data(struct core *c, uint64_t va, unsigned size, enum access access,
                           struct translation *t) {
    bool aligned = (va & (size - 1)) == 0;
    if (!aligned && (sctlr(c) & 2))
        abort_data(c, va, FAULT_ALIGNMENT, access == WRITE, false);
    translate(c, va, access, t);
    if (!aligned && t->type == DEVICE)
        abort_data(c, va, FAULT_ALIGNMENT, access == WRITE, false);
}

void data_check(struct core *c, uint64_t va, unsigned size, enum access access) {
    struct translation t;
    translate_data(c, va, size, access, &t);
}

/* R8: a load of Normal memory may be satisfied early: with the bytes of any moment after the last barrier,
   the load that gave its address, and the last access of this core to the line. */
static void look_back(struct core *c, const struct translation *t, unsigned size, uint8_t *bytes) {
    struct machine *m = c->m;
    uint64_t *seen = line_time(c, t->pa), low = c->horizon;
    c->load_time = m->time;
    if (m->temper.early_loads && (t->type != WRITE_BACK || (t->shareable && coherent(c)))) {
        if (t->type == DEVICE && low < c->control_time) /* no speculation */
            low = c->control_time;
        if (low < *seen)
            low = *seen;
        if (low < c->address_time)
            low = c->address_time;
        if (m->time > LOG_SIZE && low < m->time - LOG_SIZE)
            low = m->time - LOG_SIZE;
        if (low < m->time && one_in(m, 2)) {
            uint64_t at = low + rnd(m) % (m->time - low + 1);
            for (uint64_t i = m->log_next; i-- > 0 && m->log_next - i <= LOG_SIZE;) {
                const struct write_record *r = &m->log[i % LOG_SIZE];
                if (r->time <= at)
                    break;
                if (r->cached != (t->type == WRITE_BACK))
                    continue;
                for (unsigned k = 0; k < r->size; k++)
                    if (r->pa + k >= t->pa && r->pa + k < t->pa + size)
                        bytes[r->pa + k - t->pa] = r->old[k];
            }
            c->load_time = at;
        }
    }
    if (*seen < c->load_time)
        *seen = c->load_time;
}

/* B2.3.5: no load passes a DMB that orders it after stores still in the buffer. */
static void settle_epoch(struct core *c) {
    for (unsigned i = 0; i < c->buffer_count; i++)
        if (c->buffer[i].kind == OP_STORE && c->buffer[i].epoch != c->epoch) {
            complete_one(c);
            i = UINT32_MAX;
        }
}

void settle_releases(struct core *c) {
    for (unsigned i = 0; i < c->buffer_count; i++)
        if (c->buffer[i].release) {
            complete_one(c);
            i = UINT32_MAX;
        }
}

static void settle_late(struct core *c, uint64_t pa, unsigned size);

static void read_part(struct core *c, const struct translation *t, unsigned size, uint8_t *bytes) {
    settle_late(c, t->pa, size);
    settle_epoch(c);
    if (t->pa >= RAM_END) {
        while (c->buffer_count) /* a device's register is read after the writes to it */
            complete_one(c);
        uint64_t value = device_read(c, t->pa);
        c->bus.reads++;
        memset(bytes, 0, size);
        memcpy(bytes, &value, size < 8 ? size : 8);
        c->load_time = c->m->time;
        return;
    }
    if (t->type == WRITE_BACK) {
        struct cache *cache = cache_for(c, t->shareable);
        memcpy(bytes, cache->data[cache_fill(c->m, cache, t->pa)] + t->pa % LINE, size);
    } else {
        memcpy(bytes, ram(c->m, t->pa), size);
        c->bus.reads++;
    }
    look_back(c, t, size, bytes);
    for (unsigned i = 0; i < c->buffer_count; i++) { /* a core sees its own stores */
        const struct buffered *op = &c->buffer[i];
        if (op->kind != OP_STORE || op->pa >= t->pa + size || t->pa >= op->pa + op->size)
            continue;
        for (unsigned k = 0; k < op->size; k++)
            if (op->pa + k >= t->pa && op->pa + k < t->pa + size)
                bytes[op->pa + k - t->pa] = op->data[k];
        /* What is forwarded whole needs no memory: it is as early as the store's own address and data (B2.3.2). */
        if (op->pa <= t->pa && op->pa + op->size >= t->pa + size)
            c->load_time = op->ready > c->address_time ? op->ready : c->address_time;
    }
}

static void swap_if_big_endian(const struct core *c, uint8_t *bytes, unsigned size) {
    if (!(sctlr(c) >> 25 & 1))
        return;
    for (unsigned i = 0; i < size / 2; i++) {
        uint8_t keep = bytes[i];
        bytes[i] = bytes[size - 1 - i];
        bytes[size - 1 - i] = keep;
    }
}

/* R8: a load may be satisfied after stores that follow it, until something depends on it. Its address is known, and its
   faults are over. */
bool load_late(struct core *c, const struct insn *i, uint64_t va) {
    struct translation t;
    if (!c->m->temper.late_loads || c->late_count == LATE || i->vector || i->pair || i->ordered || i->rd == 31 ||
        va % LINE + i->size > LINE || !one_in(c->m, 3))
        return false;
    translate_data(c, va, i->size, READ, &t);
    if (t.pa >= RAM_END || (t.type == WRITE_BACK && !(t.shareable && coherent(c))))
        return false;
    settle_late(c, t.pa, i->size);
    settle_epoch(c);
    c->late[c->late_count++] = (struct late_load){t, i};
    c->late_registers |= 1U << i->rd;
    return true;
}

static void satisfy(struct core *c, unsigned n) {
    struct late_load l = c->late[n];
    uint8_t bytes[16] = {0};
    memmove(&c->late[n], &c->late[n + 1], (--c->late_count - n) * sizeof l);
    c->late_registers &= ~(1U << l.insn->rd);
    uint64_t keep = c->load_time;
    read_part(c, &l.t, l.insn->size, bytes);
    swap_if_big_endian(c, bytes, l.insn->size);
    load_to(c, l.insn, l.insn->rd, bytes);
    c->reg_time[l.insn->rd] = c->load_time;
    c->load_time = keep;
}

void satisfy_one(struct core *c) { satisfy(c, pick(c->m, c->late_count)); }

/* Those that one of these registers waits for. */
void satisfy_late(struct core *c, uint32_t registers) {
    for (unsigned n = 0; c->late_registers & registers;) {
        if (registers >> c->late[n].insn->rd & 1)
            satisfy(c, n), n = 0;
        else
            n++;
    }
}

/* Coherence: a later access to the line comes later. */
static void settle_late(struct core *c, uint64_t pa, unsigned size) {
    for (unsigned n = 0; n < c->late_count;) {
        uint64_t line = c->late[n].t.pa / LINE;
        if (line >= pa / LINE && line <= (pa + size - 1) / LINE)
            satisfy(c, n), n = 0;
        else
            n++;
    }
}

void data_read(struct core *c, uint64_t va, unsigned size, void *bytes) {
    struct translation t;
    translate_data(c, va, size, READ, &t);
    unsigned first = LINE - (unsigned)(va % LINE);
    if (first >= size) {
        read_part(c, &t, size, bytes);
    } else {
        struct translation rest;
        translate(c, va + first, READ, &rest);
        read_part(c, &t, first, bytes);
        read_part(c, &rest, size - first, (uint8_t *)bytes + first);
    }
    swap_if_big_endian(c, bytes, size);
}

static void add_store(struct core *c, const struct translation *t, unsigned size,
                      const uint8_t *bytes, bool release) {
    settle_late(c, t->pa, size);
    struct buffered *op = buffer_add(c);
    c->bus.writes += t->type != WRITE_BACK;
    op->kind = OP_STORE;
    op->pa = t->pa;
    op->size = (uint8_t)size;
    op->type = t->type;
    op->shareable = t->shareable;
    op->release = release;
    op->ready = c->source_time;
    memcpy(op->data, bytes, size);
}

void data_write(struct core *c, uint64_t va, unsigned size, const void *bytes, bool release) {
    struct translation t, rest;
    uint8_t copy[LINE];
    translate_data(c, va, size, WRITE, &t);
    unsigned first = LINE - (unsigned)(va % LINE);
    if (first < size)
        translate(c, va + first, WRITE, &rest);
    memcpy(copy, bytes, size);
    swap_if_big_endian(c, copy, size);
    add_store(c, &t, first < size ? first : size, copy, release);
    if (first < size)
        add_store(c, &rest, size - first, copy + first, release);
}

/* R9: DC ZVA on Device memory is an alignment fault. */
void data_zero_block(struct core *c, uint64_t va) {
    static const uint8_t zero[LINE];
    struct translation t;
    va &= ~UINT64_C(63);
    translate(c, va, WRITE, &t);
    if (t.type == DEVICE)
        abort_data(c, va, FAULT_ALIGNMENT, true, false);
    add_store(c, &t, LINE, zero, false);
}

/* Completes, in order, what is buffered for a line, and what a barrier put before now. */
static void settle_line(struct core *c, uint64_t pa) {
    for (unsigned i = c->buffer_count; i-- > 0;)
        if (c->buffer[i].kind == OP_STORE && c->buffer[i].pa / LINE == pa / LINE) {
            while (!barrier_dsb(c, true, false))
                ;
            return;
        }
}

/* R10: exclusives work on Normal cacheable memory alone; elsewhere they abort, or never succeed. */
void load_exclusive(struct core *c, uint64_t va, unsigned size, void *value, bool acquire) {
    struct translation t;
    translate_data(c, va, size, READ, &t);
    if (t.type != WRITE_BACK && c->m->temper.exclusive_aborts)
        abort_data(c, va, FAULT_EXCLUSIVE, false, false);
    settle_late(c, t.pa, size);
    settle_line(c, t.pa);
    uint64_t keep = c->horizon;
    c->horizon = c->m->time;
    read_part(c, &t, size, value);
    c->horizon = acquire ? c->m->time : keep;
    swap_if_big_endian(c, value, size);
    c->monitor = t.type == WRITE_BACK;
    c->monitor_line = t.pa & ~UINT64_C(63);
}

bool store_exclusive(struct core *c, uint64_t va, unsigned size, void *value, bool release) {
    struct translation t;
    translate_data(c, va, size, WRITE, &t);
    bool mine = c->monitor && c->monitor_line == (t.pa & ~UINT64_C(63)) &&
                (c->m->friendly || !one_in(c->m, 32));
    c->monitor = false;
    if (!mine)
        return false;
    bool before = false; /* a store that DMB or DMB ST put before this one */
    for (unsigned i = 0; i < c->buffer_count; i++)
        before |= c->buffer[i].epoch != c->epoch || c->buffer[i].store_epoch != c->store_epoch;
    if (release || before)
        while (complete_one(c))
            ;
    settle_line(c, t.pa);
    swap_if_big_endian(c, value, size);
    store_to_cache(c, t.pa, size, t.shareable, value);
    *line_time(c, t.pa) = c->m->time;
    return true;
}

/* ---- maintenance, when it is executed ---------------------------------------------------------- */

void cache_maintain(struct core *c, enum cache_op what, uint64_t va) {
    struct translation t;
    unsigned fault;
    if (!translate_probe(c, va, what == CACHE_INVALIDATE ? WRITE : READ, c->el, &t, &fault))
        abort_data(c, va, fault, true, true);
    if (t.pa >= RAM_END)
        return;
    for (unsigned i = c->buffer_count; i-- > 0;) { /* the same again, while the first is under way */
        const struct buffered *old = &c->buffer[i];
        if (old->kind == OP_STORE && old->pa / LINE == t.pa / LINE)
            break; /* but not across a store to the line */
        if (old->kind == OP_CACHE && old->pa == (t.pa & ~UINT64_C(63)) && old->what == what &&
            old->epoch == c->epoch)
            return;
    }
    struct buffered *op = buffer_add(c);
    op->kind = OP_CACHE;
    op->what = (uint8_t)what;
    op->type = t.type;
    op->shareable = t.shareable || t.type != WRITE_BACK; /* Device and Non-cacheable memory is Outer Shareable */
    op->pa = t.pa & ~UINT64_C(63);
    op->size = LINE;
}

void icache_maintain(struct core *c, bool all, uint64_t va, bool broadcast) {
    struct translation t = {0};
    unsigned fault;
    if (!all && !translate_probe(c, va, READ, c->el, &t, &fault))
        abort_data(c, va, fault, true, true);
    struct buffered *op = buffer_add(c);
    op->kind = OP_IC;
    op->what = all;
    op->broadcast = broadcast && (all || t.shareable || t.type != WRITE_BACK);
    op->pa = t.pa;
}

void tlb_maintain(struct core *c, unsigned regime, enum tlbi_kind kind, uint64_t value, bool last_level,
                  bool broadcast) {
    struct buffered *op = buffer_add(c);
    op->kind = OP_TLBI;
    op->what = (uint8_t)kind;
    op->last_level = last_level;
    op->broadcast = broadcast;
    op->context = tlb_context(c, regime);
    op->asid = (uint16_t)(c->force[TCR_EL1] >> 36 & 1 ? value >> 48 : value >> 48 & 0xff);
    op->pa = value & UINT64_C(0xfffffffffff);
}

/* ---- instruction fetch -------------------------------------------------------------------------- */

/* R5: a fetch reads memory or, when cacheable, what the point of unification sees of the data cache: a line
   that is dirty and not cleaned to that point may be missed. */
static void icache_fill(struct core *c, uint64_t pa, bool cacheable) {
    struct machine *m = c->m;
    unsigned slot = (unsigned)(pa / LINE % ICACHE_LINES);
    pa &= ~UINT64_C(63);
    const uint8_t *from = ram(m, pa);
    struct cache *cache = cache_for(c, true);
    /* A53 TRM, chapter 7: the L2 cache is unified. A cacheable fetch may bring the line into it, and there it stays while
       stores of a core with its MMU off go past it. */
    if (cacheable && !cache_holds(cache, pa) && (m->friendly || one_in(m, 2)))
        cache_fill(m, cache, pa);
    if (cacheable && cache_holds(cache, pa)) {
        uint32_t line = cache_slot(cache, pa);
        bool must = (cache->flags[line] & (LINE_DIRTY | LINE_POU)) == (LINE_DIRTY | LINE_POU);
        if (must || m->friendly || one_in(m, 2))
            from = cache->data[line];
    }
    memcpy(c->icache.word[slot], from, LINE);
    memset(c->icache.insn[slot], 0, sizeof c->icache.insn[slot]);
    c->icache.tag[slot] = pa | 1;
}

/* A line that an earlier program, or a loader that read ahead, left in the instruction cache. */
void icache_put(struct core *c, uint64_t pa, bool junk) {
    unsigned slot = (unsigned)(pa / LINE % ICACHE_LINES);
    icache_fill(c, pa, false);
    for (unsigned i = 0; junk && i < 16; i++)
        c->icache.word[slot][i] = (uint32_t)rnd(c->m);
}

const struct insn *fetch(struct core *c) {
    struct translation t;
    if (c->pc & 3)
        exception(c, c->el, EC_PC, 0, c->pc);
    translate(c, c->pc, FETCH, &t);
    if (t.pa >= RAM_END)
        abort_fetch(c, c->pc, FAULT_EXTERNAL);
    struct icache *ic = &c->icache;
    unsigned slot = (unsigned)(t.pa / LINE % ICACHE_LINES), index = t.pa / 4 % 16;
    uint64_t tag = (t.pa & ~UINT64_C(63)) | 1, fills = c->bus.fills;
    if ((ic->tag[slot] & ~UINT64_C(2)) != tag) {
        icache_fill(c, t.pa, t.type == WRITE_BACK);
        note_page(c->exec_pages, &c->exec_page_next, c->pc >> 12);
    }
    c->bus.fetches += c->bus.fills - fills;
    c->bus.fills = fills;
    if (t.type != WRITE_BACK && t.pa >> 4 != c->chunk) /* no line is kept: 16 bytes at a time */
        c->bus.fetches++;
    c->chunk = t.pa >> 4;
    if (!ic->insn[slot][index])
        ic->insn[slot][index] = decode(ic->word[slot][index]);
    return ic->insn[slot][index];
}

/* ---- what happens by itself ---------------------------------------------------------------------- */

static uint64_t somewhere(struct core *c) {
    const struct image *image = c->m->image;
    uint64_t span = image->memory_high - image->low;
    switch (pick(c->m, 5)) {
    case 4: /* where someone has just written, or a dirty line has gone to */
        return c->m->log_next ? c->m->log[(c->m->log_next - 1 - pick(c->m, 8) % c->m->log_next) % LOG_SIZE].pa : 0;
    case 0: return rnd(c->m) % PAGE;
    case 1: return c->sp[c->spsel ? c->el : 0];
    case 2: return (c->data_pages[pick(c->m, 8)] << 12) + pick(c->m, PAGE);
    default: return image->low + rnd(c->m) % (span < 0x40000 ? span : 0x40000);
    }
}

/* The kernel's own name of a place, where it has one; and the place's address, which may be mapped, too. */
static uint64_t by_either_name(struct core *c, uint64_t va) {
    const struct image *image = c->m->image;
    bool renamed = image->base && c->el < 2 && va < image->base && one_in(c->m, 2);
    return renamed ? va + image->base : va;
}

static bool ran_near(const struct core *c, uint64_t page) {
    for (unsigned i = 0; i < 8; i++)
        if (c->exec_pages[i] == page || c->exec_pages[i] + 1 == page)
            return true;
    return false;
}

/* R11: caches and TLBs lose and gain content at any moment. */
void disturb(struct core *c) {
    struct machine *m = c->m;
    if (m->friendly)
        return;
    struct translation t;
    unsigned fault;
    bool mmu = sctlr(c) & 1;
    struct cache *cache = one_in(m, 3) ? &c->cache : &m->shared;
    uint64_t va;
    switch (pick(m, 8)) {
    case 0:
    case 1:
        if (cache->count)
            cache_evict(m, cache, cache->order[pick(m, cache->count)]);
        break;
    case 2: /* an instruction line is lost */
        for (unsigned i = pick(m, ICACHE_LINES), n = 0; n < 64; n++, i = (i + 1) % ICACHE_LINES)
            if (c->icache.tag[i] & 1 && !(c->icache.tag[i] & 2)) {
                c->icache.tag[i] = 0;
                break;
            }
        break;
    case 3:
    case 4: /* an instruction line is fetched ahead: D5.2.9 limits where to while the MMU is off */
        va = mmu && one_in(m, 2)
                 ? somewhere(c)
                 : ((c->exec_pages[pick(m, 8)] + (one_in(m, 3) ? 1 : 0)) << 12) + pick(m, PAGE);
        if (c->buffer_count &&
            one_in(m, 2)) { /* where this core has just stored, if it may fetch there */
            va = c->buffer[pick(m, c->buffer_count)].pa;
            if (!mmu && !(va >= m->warm_low && va < m->warm_high) && !ran_near(c, va >> 12))
                break;
        } else if (m->warm_high && one_in(m, 2)) { /* most likely near the entry */
            uint64_t span = m->warm_high - m->warm_low;
            va = m->warm_low + rnd(m) % (one_in(m, 2) ? PAGE : span);
        } else if (one_in(m, 2)) {
            va = c->pc + LINE * (1 + pick(m, 3));
        }
        if (mmu)
            va = by_either_name(c, va);
        if (translate_probe(c, va, FETCH, c->el, &t, &fault) && t.pa < RAM_END &&
            !(c->icache.tag[t.pa / LINE % ICACHE_LINES] & 2))
            icache_fill(c, t.pa, t.type == WRITE_BACK);
        break;
    case 5: { /* a translation is lost */
        struct tlb_entry *e = &c->tlb[pick(m, TLB_SETS)][pick(m, TLB_WAYS)];
        if (!e->doomed && !e->junk)
            e->valid = false;
        break;
    }
    default: /* a translation, and a data line, are fetched ahead */
        if (!mmu)
            break;
        va = by_either_name(c, somewhere(c));
        if (translate_probe(c, va, READ, c->el, &t, &fault) && t.type == WRITE_BACK &&
            t.pa < RAM_END)
            cache_fill(m, cache_for(c, t.shareable), t.pa);
        break;
    }
}

/* ---- beginning ------------------------------------------------------------------------------------ */

void memory_init(struct machine *m) {
    cache_make(&m->shared, SHARED_LINES);
    for (unsigned i = 0; i < CORES; i++)
        cache_make(&m->core[i].cache, PRIVATE_LINES);
}

void memory_reset(struct machine *m) {
    for (unsigned i = 0; i < m->touched_count; i++) {
        m->spare[m->spare_count++] = m->page[m->touched[i]];
        m->page[m->touched[i]] = NULL;
    }
    m->touched_count = 0;
    m->log_next = 0;
    m->time = 1;
    memset(m->local, 0, sizeof m->local);
    cache_empty(&m->shared);
    for (unsigned i = 0; i < CORES; i++)
        cache_empty(&m->core[i].cache);
}
