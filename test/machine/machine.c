/* SPDX-License-Identifier: MIT */
/*
 * machine: runs a Raspberry Pi 3 kernel on a model of a hostile four-core Cortex-A53
 *
 * QEMU executes what a program means to do; a board also executes what the program forgot. This model does
 * the second: wherever the architecture leaves something open, a seed decides, and seeds that decide against
 * the program are as likely as those that decide for it. Numbers of sections are those of the Arm Architecture
 * Reference Manual for Armv8-A, DDI 0487 (issues A to D, which the Cortex-A53 implements).
 *
 *   cmake -S test/machine -B build/machine && cmake --build build/machine
 *   cmake --build build/machine --target check      the model's self-tests, the kernels under 300 seeds
 *   cmake --build build/machine --target soak       10,000 seeds
 *   cmake --build build/machine --target barriers   the table: each barrier as a nop, and what fails
 *   build/machine/machine --way elf --seed 7 --trace build/machine/kernels/multi.elf
 *
 * README.md has the rules R1 to R17, each with its section, and what is stricter and what is not modelled.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "machine.h"

struct machine *machine_new(void) {
    struct machine *m = calloc(1, sizeof *m);
    if (!m)
        abort();
    m->max_steps = 1500000;
    memory_init(m);
    return m;
}

/* ---- how a run ends ------------------------------------------------------------------------------- */

static void end(struct core *c, enum verdict verdict) __attribute__((noreturn));
static void end(struct core *c, enum verdict verdict) {
    c->m->verdict = verdict;
    c->m->culprit = c;
    longjmp(c->m->escape, 1);
}

void stop(struct core *c, const char *format, ...) {
    va_list list;
    va_start(list, format);
    vsnprintf(c->m->why, sizeof c->m->why, format, list);
    va_end(list);
    end(c, FAILED);
}

void not_modelled(struct core *c, const char *format, ...) {
    char *why = c->m->why;
    va_list list;
    va_start(list, format);
    vsnprintf(why, sizeof c->m->why - 16, format, list);
    va_end(list);
    strcat(why, ": not modelled");
    end(c, BLIND);
}

void pass(struct core *c) { end(c, PASSED); }

static void stop_all(struct machine *m, const char *why) {
    snprintf(m->why, sizeof m->why, "%s", why);
    m->verdict = FAILED;
    m->culprit = NULL;
}

const char *place(const struct machine *m, uint64_t address, char *text, size_t size) {
    const struct image *image = m->image;
    uint64_t linked = without_base(image, address);
    bool moved = m->load != image->low && linked == address && address >= m->load &&
                 address < m->load + (image->high - image->low);
    if (moved && !(address >= image->low && address < image->high && m->load < image->high))
        linked = address - m->load + image->low;
    const struct symbol *s =
        linked >= image->low && linked < image->memory_high ? image_symbol_at(image, linked) : NULL;
    if (!s)
        snprintf(text, size, "%#llx", (unsigned long long)address);
    else
        snprintf(text, size, "%#llx %s+%#llx%s", (unsigned long long)address, s->name,
                 (unsigned long long)(linked - s->address),
                 moved && linked != address ? " (as loaded)" : "");
    return text;
}

void machine_report(const struct machine *m) {
    char text[160];
    printf("%s seed %llu, way %s, %s\n", m->verdict == BLIND ? "BLIND" : "FAIL", (unsigned long long)m->seed, m->way->name,
           m->image->path);
    printf("  why: %s\n", m->why);
    if (m->culprit)
        printf("  core %u, EL%u, pc %s%s%s\n", m->culprit->id, m->culprit->el,
               place(m, m->culprit->now_pc, text, sizeof text), m->culprit->now ? ": " : "",
               m->culprit->now ? m->culprit->now->text : "");
    for (unsigned i = 0; i < CORES; i++) {
        const struct core *c = &m->core[i];
        printf("  core %u: EL%u, %s, pc %s, %llu steps, %u under way\n", i, c->el,
               !c->asleep                 ? "awake"
               : c->waiting_for_interrupt ? "asleep (WFI)"
                                          : "asleep (WFE)",
               place(m, c->pc, text, sizeof text), (unsigned long long)c->steps, c->buffer_count);
        for (unsigned n = c->exception_count > 3 ? c->exception_count - 3 : 0;
             n < c->exception_count; n++) {
            const struct exception_record *r = &c->exceptions[n % 4];
            printf("    exception %u, EL%u to EL%u: ESR %#llx, FAR %#llx, at %s\n", n + 1, r->from,
                   r->to, (unsigned long long)r->esr, (unsigned long long)r->far,
                   place(m, r->pc, text, sizeof text));
        }
    }
    if (m->console_length)
        printf("  console: %.*s\n", (int)m->console_length, m->console);
}

void console_putc(struct machine *m, int ch) {
    if (m->verbose)
        putchar(ch);
    if (m->console_length < sizeof m->console)
        m->console[m->console_length++] = (char)ch;
}

/* Functions of piboot_start.S, by their prefix; the hooks, which have it too, are the kernel's. */
bool ours(const char *name) {
    static const char *const hooks[] = {"alive",  "running",    "core_lost", "panic_hook",
                                        "sync",   "irq",        "fiq",       "serror",
                                        "report", "report_lost"};
    for (unsigned i = 0; i < sizeof hooks / sizeof hooks[0]; i++)
        if (!strncmp(name, "piboot_", 7) && !strcmp(name + 7, hooks[i]))
            return false;
    return !strncmp(name, "piboot_", 7) || !strncmp(name, "__piboot_", 9) ||
           !strcmp(name, "_start");
}

/* ---- the scheduler ---------------------------------------------------------------------------------- */

void wake_all(struct machine *m) {
    for (unsigned i = 0; i < CORES; i++)
        m->core[i].event = true;
}

static void choose_temper(struct machine *m) {
    static const unsigned drains[] = {1, 4, 16, 64, 0}, bursts[] = {1, 4, 20, 200},
                          noises[] = {6, 24, 100}, syncs[] = {3, 24, 1 << 20};
    struct temper *t = &m->temper;
    t->drain = drains[pick(m, 5)];
    t->burst = bursts[pick(m, 4)];
    t->noise = noises[pick(m, 3)];
    t->sync = syncs[pick(m, 3)];
    t->sync_now = one_in(m, 3);
    t->spurious = one_in(m, 3) ? 300 : 0;
    t->slow_core = one_in(m, 3) ? (int)pick(m, CORES) : -1;
    t->early_loads = one_in(m, 2);
    t->late_loads = one_in(m, 2) ? 4 + 20 * pick(m, 2) : 0;
    t->exclusive_aborts = one_in(m, 2);
    t->sticky_icache = one_in(m, 2);
    if (m->friendly)
        *t = (struct temper){.drain = 1, .sync = 1, .sync_now = true, .burst = 1, .slow_core = -1, .exclusive_aborts = true};
}

static void core_reset(struct core *c, struct machine *m, unsigned id) {
    struct cache cache = c->cache; /* emptied by memory_reset */
    memset(c, 0, sizeof *c);       /* a run depends on its seed only, and not on the run before */
    c->cache = cache;
    c->m = m;
    c->id = id;
    for (unsigned i = 0; i < 31; i++)
        c->x[i] = rnd(m);
    for (unsigned i = 0; i < 4; i++)
        c->sp[i] = rnd(m);
    for (unsigned i = 0; i < 32; i++)
        c->v[i] = (struct vector128){rnd(m), rnd(m)};
    c->n = one_in(m, 2), c->z = one_in(m, 2), c->c = one_in(m, 2), c->vf = one_in(m, 2);
    c->daif = 15;
    c->el = 3;
    c->spsel = true;
    c->event = !m->friendly && one_in(m, 2);
    sysreg_reset(c);
}

/* A TLB may come out of reset, or out of an earlier program, with anything in it (R6). */
static void junk_tlb(struct core *c) {
    struct machine *m = c->m;
    uint64_t span = m->image->memory_high - m->image->low;
    for (unsigned n = 0; n < 200; n++) {
        uint64_t at = (one_in(m, 8) ? 0 : m->image->low + rnd(m) % span), page;
        if (m->image->base && one_in(m, 2))
            at += m->image->base;
        page = at >> 12 & UINT64_C(0xfffffffffff);
        struct tlb_entry *e = &c->tlb[page & (TLB_SETS - 1)][pick(m, TLB_WAYS)];
        if (e->valid)
            continue;
        *e = (struct tlb_entry){.page = page,
                                .context = (uint64_t)(1 + pick(m, 3)) << 60,
                                .pa = rnd(m) % (RAM_END / PAGE) * PAGE,
                                .asid = one_in(m, 2) ? 0 : (uint16_t)rnd(m),
                                .type = (uint8_t)pick(m, 3),
                                .shareable = one_in(m, 2),
                                .valid = true,
                                .global = one_in(m, 2),
                                .junk = true,
                                .writable = one_in(m, 2),
                                .executable = one_in(m, 2)};
        if (e->context >> 60 == 1) /* Non-secure or not, of this VMID or that */
            e->context |= (uint64_t)!one_in(m, 4) << 59 | (one_in(m, 2) ? 0 : pick(m, 256));
    }
    for (unsigned n = 0; n < WALK_CACHE; n++) {
        struct table_entry *e = &c->walks[n];
        *e = (struct table_entry){.context = (uint64_t)(1 + pick(m, 3)) << 60,
                                  .table = rnd(m) % (RAM_END / PAGE) * PAGE,
                                  .level = (uint8_t)(1 + pick(m, 3)),
                                  .valid = true};
        if (e->context >> 60 == 1)
            e->context |= (uint64_t)1 << 59;
        e->shift = (uint8_t)(48 - 9 * e->level);
        e->prefix = m->image->low >> e->shift;
        if (m->image->base && one_in(m, 2))
            e->prefix = (m->image->base + m->image->low) >> e->shift & (UINT64_MAX >> (e->shift + 8));
    }
}

enum {
    STREAM_WAKES = 100
}; /* a core that so many events of the timer did not help is asleep for ever */

/* May this sleeping core go on? */
static bool wakes(struct core *c) {
    struct machine *m = c->m;
    bool woken = one_in(m, m->temper.spurious);
    if (!c->waiting_for_interrupt) {
        woken |= c->event;
        /* D11.2.3: the event stream of the timer. Time jumps, because nobody looks at it. */
        uint64_t kernel = c->force[CNTKCTL_EL1], hyper = c->force[CNTHCTL_EL2];
        if ((kernel & 4 || hyper & 4) && c->stream_wakes < STREAM_WAKES && one_in(m, 16)) {
            c->stream_wakes++;
            m->ticks += UINT64_C(2) << (kernel & 4 ? kernel >> 4 & 15 : hyper >> 4 & 15);
            woken = true;
        }
    }
    /* An interrupt ends the sleep, masked or not (D1.16.2). Time jumps to the timer's. */
    if (timer_armed(c) && one_in(m, 8))
        m->ticks += pick(m, 20000);
    woken |= interrupt_pending(c);
    if (!woken)
        return false;
    c->asleep = c->waiting_for_interrupt = false;
    c->event = c->event && !m->friendly && one_in(m, 2);
    c->horizon = m->time;
    return true;
}

static bool all_asleep_for_ever(struct machine *m) {
    for (unsigned i = 0; i < CORES; i++)
        while (m->core[i].asleep && complete_one(&m->core[i]))
            ;
    for (unsigned i = 0; i < CORES; i++) {
        struct core *c = &m->core[i];
        if (c->dead_until == UINT64_MAX)
            continue;
        if (c->dead_until > m->steps) {
            c->dead_until = 0; /* nothing else will happen before its turn comes */
            return false;
        }
        bool stream =
            ((c->force[CNTKCTL_EL1] | c->force[CNTHCTL_EL2]) & 4) && c->stream_wakes < STREAM_WAKES;
        if (timer_armed(c) || interrupt_pending(c))
            return false;
        if (!c->asleep || (!c->waiting_for_interrupt && (c->event || stream)))
            return false;
    }
    return true;
}

/* A friendly run: each core until it sleeps or yields, so that nobody looks in vain for what another one will do. */
static void next_friendly_turn(struct machine *m) {
    unsigned id = m->current->id;
    m->burst = 10000; /* or until it has waited in vain for long */
    for (unsigned i = 0; i < CORES; i++) {
        m->current = &m->core[(id + 1 + i) % CORES];
        if (!m->current->asleep || wakes(m->current))
            return;
    }
    m->burst = 0;
    if (all_asleep_for_ever(m))
        stop_all(m, "all cores sleep for ever");
}

static void next_turn(struct machine *m) {
    unsigned id = pick(m, CORES);
    if ((int)id == m->temper.slow_core && !one_in(m, 12))
        id = pick(m, CORES);
    struct core *c = &m->core[id];
    m->current = c;
    m->burst = 1 + pick(m, m->temper.burst);
    if (c->dead_until > m->steps || (c->asleep && !wakes(c))) {
        m->burst = 0;
        if (one_in(m, 16) && all_asleep_for_ever(m))
            stop_all(m, "all cores sleep for ever");
        else if (one_in(m, m->temper.drain))
            complete_one(c);
    }
}

/* What the contract says of registers that a kernel at EL1 cannot read, and of its first frame record. */
static void check_contract(struct core *c) {
    const struct machine *m = c->m;
    satisfy_late(c, UINT32_MAX);
    const struct symbol *vectors = image_symbol(m->image, "piboot_vectors");
    if (!vectors)
        vectors = image_symbol(m->image, "piboot_park_fault");
    const struct {
        enum sysreg r;
        uint64_t value;
        unsigned from; /* set by who entered at this level or above */
    } promised[] = {
        {HCR_EL2, 1U << 31 | 1 << 19, 2}, /* RW, TSC */
        {VTTBR_EL2, 0, 2},
        {CPTR_EL2, 0x33ff, 2},
        {HSTR_EL2, 0, 2},
        {MDCR_EL2, c->reg[PMCR_EL0] >> 11 & 31, 2}, /* HPMN = PMCR_EL0.N */
        {ACTLR_EL2, 0x73, 2},
        {CNTHCTL_EL2, 3, 2},
        {CNTVOFF_EL2, 0, 2},
        {CNTHP_CTL_EL2, 0, 2},
        {VBAR_EL2, vectors ? vectors->address : 0, 2},
        {SCTLR_EL2, 0x30c50830, 3},
        {SCR_EL3, 0x5b1, 3}, /* RW, HCE, SMD, RES1, NS */
        {CPTR_EL3, 0, 3},
        {MDCR_EL3, 0, 3},
        {ACTLR_EL3, 0x73, 3},
        {CPUECTLR_EL1, 1 << 6, 3},                      /* SMPEN */
        {L2CTLR_EL1, 3 << 24 | (c->id ? 0 : 0x22), 3}, /* shared: core 0 writes it */
    };
    for (unsigned i = 0; i < sizeof promised / sizeof promised[0]; i++)
        if (m->entry_el >= promised[i].from && c->reg[promised[i].r] != promised[i].value)
            stop(c, "%s is %#llx at alive, and not %#llx", sysreg_name(promised[i].r),
                 (unsigned long long)c->reg[promised[i].r], (unsigned long long)promised[i].value);
    settle_devices(c); /* what has been written there may still be on its way */
    if (!m->stub_end && (m->local[0] != m->entry_local[0] || m->local[2] != m->entry_local[1]))
        stop(c, "LOCAL_CONTROL is %#x and LOCAL_PRESCALER %#x", m->local[0], m->local[2]);
    if (c->x[29] != 0)
        stop(c, "x29 is %#llx at alive: a backtrace does not end", (unsigned long long)c->x[29]);
}

/* ---- what is counted --------------------------------------------------------------------------------- */

void print_bus_head(void) {
    printf("%-34s %4s %12s %8s %8s %8s %8s %11s %8s %12s\n", "stretch", "core", "instructions", "fetches", "reads",
           "writes", "fills", "write-backs", "walks", "transactions");
}

static void print_bus(const struct core *c, const char *name, const struct bus *from) {
    const struct bus *to = &c->bus;
    uint64_t n[] = {to->fetches - from->fetches, to->reads - from->reads,
                    to->writes - from->writes,   to->fills - from->fills,
                    to->write_backs - from->write_backs, to->walks - from->walks};
    uint64_t sum = 0;
    for (unsigned i = 0; i < 6; i++)
        sum += n[i];
    printf("%-34s %4u %12llu %8llu %8llu %8llu %8llu %11llu %8llu %12llu\n", name, c->id,
           (unsigned long long)(to->instructions - from->instructions), (unsigned long long)n[0],
           (unsigned long long)n[1], (unsigned long long)n[2], (unsigned long long)n[3], (unsigned long long)n[4],
           (unsigned long long)n[5], (unsigned long long)sum);
}

/* Before each instruction of a friendly run: where the stretches begin and end. */
static void count(struct core *c) {
    struct machine *m = c->m;
    const uint64_t pc = without_base(m->image, c->pc);
    if (!c->entered.instructions && pc >= m->load && pc < m->load + (m->image->high - m->image->low)) {
        c->entered = c->bus;
        c->entered.instructions += !c->entered.instructions;
    }
    if (c->alive_return && pc == c->alive_return && c->id + 1 < CORES) {
        m->core[c->id + 1].released = m->core[c->id + 1].bus;
        c->alive_return = 0;
    }
    if (m->alive && pc == m->alive) {
        print_bus(c, "entry to alive", &c->entered);
        if (c->id)
            print_bus(c, "the alive before it to alive", &c->released);
        c->alive_return = without_base(m->image, c->x[30]);
    }
    for (unsigned n = 0; n < m->stretch_count; n++) {
        if (c->stretches[n].end && pc == c->stretches[n].end) {
            print_bus(c, m->stretches[n].name, &c->stretches[n].begin);
            c->stretches[n].end = 0;
        }
        if (pc == m->stretches[n].from) {
            c->stretches[n].begin = c->bus;
            c->stretches[n].end = m->stretches[n].to ? m->stretches[n].to : without_base(m->image, c->x[30]);
        }
    }
}

static void turn(struct machine *m) {
    struct core *c = m->current;
    const struct image *image = m->image;
    while (m->burst && !c->asleep) {
        m->burst--;
        if (m->steps++ > m->max_steps) {
            stop_all(m, "does not end: step limit");
            return;
        }
        if (c->buffer_count && one_in(m, m->temper.drain))
            complete_one(c);
        else if (c->buffer_count && !m->temper.drain && one_in(m, 1000))
            complete_a_store(c); /* in finite time (B2.7.1), be that long */
        if (c->pending_count && one_in(m, m->temper.sync))
            bring_into_force(c);
        if (c->late_count && one_in(m, m->temper.late_loads))
            satisfy_one(c);
        if (one_in(m, m->temper.noise))
            disturb(c);
        if (c->id == 0 && c->pc == m->handoff) {
            m->handoff = UINT64_MAX;
            m->entry_el = c->el;
            m->entry_local[0] = m->no_counter ? 0 : m->local[0];
            m->entry_local[1] = m->no_counter ? 0x80000000 : m->local[2];
            if (m->way->handoff)
                m->way->handoff(m);
        }
        if (m->alive && without_base(image, c->pc) == m->alive)
            check_contract(c);
        if (m->friendly)
            count(c);
        m->executed |= without_base(image, c->pc) == m->watched || c->pc - m->load + image->low == m->watched;
        step(c);
    }
}

enum verdict machine_run(struct machine *m, const struct image *image, const struct way *way,
                         uint64_t seed) {
    m->seed = seed;
    m->random = seed * UINT64_C(0xd1342543de82ef95) + 1;
    m->image = image;
    m->way = way;
    m->verdict = RUNNING;
    m->steps = 0;
    m->console_length = 0;
    m->why[0] = '\0';
    m->culprit = NULL;
    choose_temper(m);
    memory_reset(m);
    m->ticks = rnd(m) >> 16;
    m->warm_low = m->warm_high = m->stub_end = 0;
    m->load = way->as_linked ? image->low : way->load;
    m->handoff = m->load + (image->entry - image->low);
    const struct symbol *alive = image_symbol(image, "piboot_alive");
    m->alive = alive ? alive->address : 0;
    m->no_counter = false;
    for (unsigned i = 0; i < CORES; i++)
        core_reset(&m->core[i], m, i);
    for (unsigned i = 0; i < CORES && !m->friendly; i++)
        junk_tlb(&m->core[i]);
    way->enter(m);
    m->current = &m->core[0];
    m->burst = 0;
    setjmp(m->escape); /* exceptions and verdicts come back here */
    while (m->verdict == RUNNING) {
        turn(m);
        if (m->verdict == RUNNING)
            (m->friendly ? next_friendly_turn : next_turn)(m);
    }
    return m->verdict;
}
