/* SPDX-License-Identifier: MIT */
/*
 * Events: WFE, SEV and the exclusive monitor. And the order in which other cores see what one core did.
 *
 * Cores run in turn in QEMU, each in program order: what a load returns is what was stored last. A core that has
 * loaded what another one stored (a flag) has seen that the other one came so far: what that one stored before the
 * flag may be relied on. Whether it is there on a board depends on barriers on both sides. For each pair of cores two
 * clocks tell this apart, in stores of the other core: what was seen, and what is ordered. A load of data that lies
 * between the two is a hazard. Data that two cores use with no flag at all is not judged, but for lost updates.
 */
#include <stdlib.h>
#include <string.h>

#include "check.h"

enum {
    POLLED = 8,  /* addresses that a core remembers of what it loaded before its WFE */
    UNDONE = 16, /* stores without a DSB after them */
    RELEASES =
        1
        << 14, /* barriers of a core that are remembered; older ones are taken to order everything */
    GOES_ON = 4 /* blocks after a store, in which the SEV may still come */
};

struct clock {
    uint64_t stores[CORES];
};

/* The last store to a doubleword. */
struct word {
    const struct insn *writer;
    uint64_t number; /* of the store, counted by its core */
    uint8_t core, bytes;
    bool device; /* by a core that had the memory as Device */
    uint8_t
        updates; /* by this core, one after the other, each of what it loaded just before; at most 2 */
    bool
        taken_over; /* another core had updated it so, and no barrier came between its store and this core's load */
    const struct insn *other; /* of that core */
    const struct insn *early; /* a SEV that came before the store was complete */
};
static struct word *words;

static struct core {
    uint64_t stores;
    struct clock ordered, seen, on_acquire, at_dsb, at_release, with_event;
    const struct insn *flag_load[CORES], *flag_store[CORES];
    /* Barriers, by the number of stores before them, each with what it orders. */
    struct {
        uint64_t stores;
        struct clock clock;
    } release[RELEASES];
    uint64_t releases;
    /* Addresses that hold pointers into other cores' data are ordered by what depends on them. */
    struct {
        uint64_t value;
        struct clock clock;
    } pointers[8];
    unsigned pointer;
    struct {
        uint64_t word, when;
        bool ordered;
    } last_load;

    /* Events. */
    bool event, asleep;
    const struct insn *wfe;
    uint64_t loaded[POLLED], polled[POLLED];
    unsigned loaded_next;
    struct {
        unsigned core;
        const struct insn *insn;
        uint64_t pa, when;
    } missed;
    uint64_t undone[UNDONE];
    unsigned undone_count;
    uint64_t monitor; /* the line, with bit 0 set, or 0 */
} cores[CORES];

static struct clock peripherals; /* what is ordered before a store to a peripheral, as a doorbell */

void order_open(void) { words = shadow_of_ram(8, sizeof *words); }

static void join(struct clock *clock, const struct clock *other) {
    for (unsigned core = 0; core < CORES; core++)
        if (other->stores[core] > clock->stores[core])
            clock->stores[core] = other->stores[core];
}

/* ---- what a core waits for ------------------------------------------------------------------------------- */

static void wake(struct core *core) {
    core->event = true;
    core->asleep = false;
    core->missed.insn = NULL;
}

void set_event(unsigned id) { cores[id].event = true; }
void monitor_set(unsigned id, uint64_t pa) { cores[id].monitor = (pa & ~(uint64_t)63) | 1; }
void monitor_clear(unsigned id) { cores[id].monitor = 0; }

static void report_early(struct word *word, unsigned waiter, uint64_t pa) {
    report(SEV_EARLY, word->core, word->early, word->core, word->writer,
           "core %u waits for what is at %#llx", waiter, (unsigned long long)pa);
    word->early = NULL;
}

static void note_loaded(struct core *core, uint64_t pa) {
    for (unsigned i = 0; i < POLLED; i++)
        if (core->loaded[i] == pa)
            return;
    core->loaded[core->loaded_next++ % POLLED] = pa;
}

/*
 * What the core looks at as it wakes: the load behind the WFE ("wait: wfe; ldr; cbz wait"), or at the top of its loop
 * ("wait: ldr; cbnz; wfe; b wait"). What it loaded long before it came here is not what it waits for.
 */
static void look_ahead(struct core *core, uint64_t pc) {
    bool jumped = false;
    for (unsigned i = 0; i < 4; i++) {
        pc += 4;
        uint32_t w = read_code(pc);
        if ((w & 0xfc000000) == 0x14000000 && !jumped) { /* B */
            uint64_t offset = (uint64_t)(w & 0x3ffffff) << 2;
            pc += (offset ^ UINT64_C(0x8000000)) - UINT64_C(0x8000000);
            jumped = true;
            w = read_code(pc);
        }
        uint64_t base = read_x(w >> 5 & 31);
        uint64_t va;
        if ((w & 0xbfc00000) == 0xb9400000) /* LDR, unsigned offset */
            va = base + ((uint64_t)(w >> 10 & 0xfff) << (w >> 30));
        else if ((w & 0xbfe0ec00) == 0xb8606800) /* LDR, register offset */
            va = base + (read_x(w >> 16 & 31) << (w >> 12 & 1 ? w >> 30 : 0));
        else if ((w & 0xbffffc00) == 0x88dffc00) /* LDAR */
            va = base;
        else
            continue;
        note_loaded(core, physical(va) & ~UINT64_C(7));
        return;
    }
}

static void miss(struct core *core, unsigned by, const struct insn *store, uint64_t pa) {
    if (!core->asleep || core->missed.insn)
        return;
    core->missed.core = by;
    core->missed.insn = store;
    core->missed.pa = pa;
    core->missed.when = blocks[by];
}

void wait_for_event(unsigned id, const struct insn *insn) {
    struct core *core = &cores[id];
    /* A core of QEMU goes on after WFE as it likes. One that waits in another place is still asleep in the first. */
    if (core->asleep && core->missed.insn)
        return;
    if (core->wfe != insn) /* the first time: the loads before it are those of other code */
        memset(core->loaded, 0, sizeof core->loaded);
    look_ahead(core, insn->pc);
    memcpy(core->polled, core->loaded, sizeof core->polled);
    memset(core->loaded, 0, sizeof core->loaded);
    core->wfe = insn;
    core->asleep = !core->event && !event_stream(id);
    if (core->event)
        join(&core->ordered, &core->with_event);
    core->event = false;
    for (unsigned i = 0; i < POLLED; i++) {
        struct word *word = &words[core->polled[i] / 8];
        if (!core->polled[i] || !word->writer || word->core == id)
            continue;
        if (word->early)
            report_early(word, id, core->polled[i]);
        /* It is there already, and this core has not seen it: nothing will wake it again. */
        if (word->number > core->seen.stores[word->core])
            miss(core, word->core, word->writer, core->polled[i]);
    }
}

static bool polls(const struct core *core, uint64_t pa) {
    for (unsigned i = 0; i < POLLED; i++)
        if (core->polled[i] && core->polled[i] == (pa & ~UINT64_C(7)))
            return true;
    return false;
}

void send_event(unsigned id, const struct insn *insn) {
    struct core *core = &cores[id];
    for (unsigned i = 0; i < core->undone_count; i++) {
        struct word *word = &words[core->undone[i] / 8];
        if (word->core != id || !word->writer)
            continue;
        word->early = insn;
        for (unsigned other = 0; other < CORES; other++)
            if (other != id && polls(&cores[other], core->undone[i]))
                report_early(word, other, core->undone[i]);
    }
    for (unsigned other = 0; other < CORES; other++) {
        join(&cores[other].with_event, &core->at_dsb);
        wake(&cores[other]);
    }
}

static void events_store(const struct access *access, bool changed) {
    struct core *core = &cores[access->core];
    unsigned slot = 0;
    while (slot < core->undone_count && core->undone[slot] != access->pa)
        slot++;
    if (slot == UNDONE)
        slot = access->pa / 8 % UNDONE;
    if (slot == core->undone_count)
        core->undone_count++;
    core->undone[slot] = access->pa;
    for (unsigned other = 0; other < CORES; other++) {
        struct core *waiter = &cores[other];
        if (other == access->core)
            continue;
        if (waiter->monitor && waiter->monitor == ((access->pa & ~(uint64_t)63) | 1)) {
            waiter->monitor = 0;
            wake(waiter);
        } else if (changed && polls(waiter, access->pa)) {
            miss(waiter, access->core, access->insn, access->pa);
        }
    }
}

void events_finish(void) {
    for (unsigned id = 0; id < CORES; id++) {
        const struct core *core = &cores[id];
        bool went_on = blocks[core->missed.core] - core->missed.when > GOES_ON;
        if (core->asleep && core->missed.insn && (went_on || cores[core->missed.core].asleep))
            report(WFE_LOST, id, core->wfe, core->missed.core, core->missed.insn,
                   "core %u waits for what is at %#llx", id, (unsigned long long)core->missed.pa);
    }
}

/* ---- the order of loads and stores -------------------------------------------------------------------------- */

/* From now on, this core's stores tell others that all before them is there. */
static void release(unsigned id) {
    struct core *core = &cores[id];
    core->ordered.stores[id] = core->stores;
    core->at_release = core->ordered;
    core->release[core->releases % RELEASES].stores = core->stores;
    core->release[core->releases % RELEASES].clock = core->ordered;
    core->releases++;
}

static void acquire(unsigned id) { join(&cores[id].ordered, &cores[id].on_acquire); }

void order_barrier(unsigned id, bool loads, bool stores, bool complete) {
    if (loads)
        acquire(id);
    if (stores)
        release(id);
    if (complete) {
        cores[id].at_dsb = cores[id].ordered;
        cores[id].undone_count = 0;
    }
}

/* After a branch that depends on a load, an ISB orders the loads that follow. */
void order_synchronize(unsigned id) { acquire(id); }

void order_exception(unsigned id) {
    acquire(id);
    join(&cores[id].ordered, &peripherals);
    cores[id].asleep = false; /* an interrupt ends WFE */
    cores[id].missed.insn = NULL;
}

void order_peripheral_store(unsigned id) { join(&peripherals, &cores[id].at_release); }

/* What the other core had ordered before its store with this number. */
static struct clock released_before(unsigned id, uint64_t number) {
    const struct core *core = &cores[id];
    uint64_t oldest = core->releases > RELEASES ? core->releases - RELEASES : 0;
    uint64_t low = oldest;
    uint64_t high = core->releases;
    while (low < high) { /* the last barrier with fewer stores before it */
        uint64_t middle = low + (high - low) / 2;
        if (core->release[middle % RELEASES].stores < number)
            low = middle + 1;
        else
            high = middle;
    }
    struct clock clock = {{0}};
    if (low > oldest)
        return core->release[(low - 1) % RELEASES].clock;
    if (oldest > 0)
        clock.stores[id] = number; /* forgotten */
    return clock;
}

static bool ordered_by_address(const struct core *core, uint64_t pa, unsigned writer,
                               uint64_t number) {
    for (unsigned i = 0; i < sizeof core->pointers / sizeof core->pointers[0]; i++) {
        uint64_t from = core->pointers[i].value & 0x3fffffff; /* a virtual base is none here */
        if (core->pointers[i].value && pa - from < 4096 &&
            core->pointers[i].clock.stores[writer] >= number)
            return true;
    }
    return false;
}

static uint8_t word_bytes(const struct access *access) {
    unsigned offset = access->pa % 8;
    unsigned size = access->size < 8 - offset ? access->size : 8 - offset;
    return (uint8_t)(((1U << size) - 1) << offset);
}

/* Loads and stores are judged by their first doubleword: what follows in it was stored with it. */
void order_load(const struct access *access, uint64_t value) {
    struct core *core = &cores[access->core];
    struct word *word = &words[access->pa / 8];
    note_loaded(core, access->pa & ~UINT64_C(7));
    if (!word->writer || !(word->bytes & word_bytes(access)))
        return;
    unsigned writer = word->core;
    bool ordered = writer == access->core || core->ordered.stores[writer] >= word->number;
    core->last_load.word = access->pa / 8;
    core->last_load.when = blocks[access->core];
    core->last_load.ordered = ordered;
    if (writer == access->core)
        return;
    struct clock before = released_before(writer, word->number);
    /* What is stored or loaded as a lock or a counter is, is a flag itself. */
    bool is_data = !(access->insn->flags & (INSN_EXCLUSIVE | INSN_ACQUIRE)) &&
                   !(word->writer->flags & (INSN_EXCLUSIVE | INSN_RELEASE));
    if (is_data && !ordered && core->seen.stores[writer] > word->number &&
        !ordered_by_address(core, access->pa, writer, word->number)) {
        struct clock flag = core->on_acquire;
        enum rule rule = flag.stores[writer] >= word->number ? ORDER_LOADS : ORDER_STORES;
        report_load(rule, access, writer, word->writer, "the data");
        report_also("flag stored", writer, core->flag_store[writer]);
        report_also("flag loaded", access->core, core->flag_load[writer]);
    }
    /* It is a flag for what comes next. */
    if (core->seen.stores[writer] < word->number) {
        core->seen.stores[writer] = word->number;
        core->flag_load[writer] = access->insn;
        core->flag_store[writer] = word->writer;
    }
    join(&core->on_acquire, &before);
    if (access->type == DEVICE && word->device) /* both in program order */
        before.stores[writer] = word->number;
    if (access->insn->flags & INSN_ACQUIRE || access->type == DEVICE)
        join(&core->ordered, &before);
    if (value > 0xfff) {
        core->pointers[core->pointer % 8].value = value;
        core->pointers[core->pointer++ % 8].clock = before;
    }
}

/*
 * A core that loads a datum and stores it changed, again and again, and another one that does the same, with no order
 * between the two: an update gets lost when they meet. Cores that take turns (a flag that goes to and fro) update
 * once each.
 */
static void check_update(const struct access *access, struct word *word, const struct word *old) {
    const struct core *core = &cores[access->core];
    bool update = core->last_load.word == access->pa / 8 &&
                  blocks[access->core] - core->last_load.when <= 2 &&
                  !(access->insn->flags & INSN_EXCLUSIVE);
    if (!update)
        return;
    word->updates = 1;
    if (old->core == access->core) {
        word->updates = old->updates > 0 ? 2 : 1;
        word->taken_over = old->taken_over;
        word->other = old->other;
    } else if (old->updates == 2 && !core->last_load.ordered) {
        word->taken_over = true;
        word->other = old->writer;
    }
    if (word->updates == 2 && word->taken_over) {
        report(LOST_UPDATE, access->core, access->insn, access->core, word->other,
               "%u bytes at %#llx", access->size, (unsigned long long)access->pa);
        word->taken_over = false;
    }
}

void order_store(const struct access *access, bool changed) {
    struct core *core = &cores[access->core];
    struct word *word = &words[access->pa / 8];
    events_store(access, changed);
    if (access->insn->flags & INSN_RELEASE)
        release(access->core);
    core->stores++;
    if (!changed)
        return;
    struct word old = *word;
    *word = (struct word){
        .writer = access->insn,
        .number = core->stores,
        .core = (uint8_t)access->core,
        .bytes = word_bytes(access),
        .device = access->type == DEVICE,
    };
    if (old.writer && (old.bytes & word->bytes))
        check_update(access, word, &old);
}
