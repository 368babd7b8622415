/* SPDX-License-Identifier: MIT */
/* Options, loops over seeds and ways on several processors, and the table of barriers. */
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "machine.h"

enum { MAX_KERNELS = 32, MAX_ROWS = 512, MAX_NOPS = 16, MAX_STRETCHES = 8 };
/* Failed runs end with 1, a wrong command line with 2; this is for runs that tell nothing, and none that failed. */
enum { EXIT_BLIND = 3 };
#define NOP 0xd503201f

static const char usage[] =
    "usage: machine [options] KERNEL.elf...\n"
    "  --way NAME          a way in; may be given again; default: all of them\n"
    "  --list-ways\n"
    "  --seed N            one seed\n"
    "  --seeds A..B        every seed from A to B; default 0..299\n"
    "  --spread            each seed and way on one of the kernels, in turn, instead of on all\n"
    "  --first             no further run when one has failed\n"
    "  --jobs N            processes; default: one a processor\n"
    "  --max-steps N       instructions of all cores before a run counts as hanging\n"
    "  --nop WHERE         replace an instruction by a nop: an address, symbol+offset, or symbol:text, which is every\n"
    "                      instruction of that function that begins so\n"
    "  --weaken WHERE      by what does less, as --weaker says\n"
    "  --expect-fail TEXT  pass only if some run fails, for a reason that contains TEXT\n"
    "  --count             a friendly machine, one run: the transactions with memory of each core to its alive\n"
    "  --count WHERE       and of a function to its return, or of FROM..TO, two places\n"
    "  --no-tree           in a friendly run: the firmware hands no device tree over\n"
    "  --trace             print every instruction (use with --seed and --way)\n"
    "  --verbose           print what the kernel prints\n"
    "  --known FILE        rows of the table that no run misses, each with its reason\n"
    "  --barrier-table     replace each barrier, cache, TLB and event instruction of PiBoot by a "
    "nop,\n"
    "                      one at a time, and tell which run fails\n"
    "  --only SYMBOL       in that table: the instructions of this function alone\n"
    "  --weaker            in that table: not by a nop, but by what does less: DSB by DMB, broadcast maintenance by\n"
    "                      this core's own, LDAR and STLR by LDR and STR\n";

static struct {
    const struct way *way[64];
    unsigned ways;
    uint64_t first, last, max_steps;
    bool spread, first_only, trace, verbose, table, weaker, count, no_tree;
    unsigned jobs, nops, kernels;
    struct {
        const char *where;
        bool weaken;
    } nop[MAX_NOPS];
    const char *known, *only, *stretch[MAX_STRETCHES], *expect;
    unsigned stretches;
} options = {.last = 299};

static struct image images[MAX_KERNELS];

static void fail(const char *what, const char *which) {
    fprintf(stderr, "machine: %s %s\n%s", what, which, usage);
    exit(2);
}

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void *shared(size_t size) {
    void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED) {
        perror("mmap");
        exit(2);
    }
    return p;
}

/* Runs a function in several processes; the shared counter inside it hands out the work. */
static bool in_parallel(void (*work)(struct machine *)) {
    bool good = true;
    fflush(stdout);
    for (unsigned i = 0; i < options.jobs; i++) {
        pid_t child = fork();
        if (child < 0) {
            perror("fork");
            exit(2);
        }
        if (!child) {
            struct machine *m = machine_new();
            if (options.max_steps)
                m->max_steps = options.max_steps;
            m->trace = options.trace;
            m->verbose = options.verbose;
            m->friendly = options.count;
            work(m);
            fflush(stdout);
            _exit(0);
        }
    }
    for (int status; wait(&status) > 0;)
        good &= WIFEXITED(status) && WEXITSTATUS(status) == 0;
    return good;
}

/* ---- runs -------------------------------------------------------------------------------------------- */

static struct {
    _Atomic uint64_t next, runs, failed, blind, expected, steps;
    _Atomic unsigned reported[64];
} * tally;

static uint64_t combinations(void) {
    uint64_t seeds = options.last - options.first + 1;
    return seeds * options.ways * (options.spread ? 1 : options.kernels);
}

/* A way that loses a core is for kernels that expect it, and for these alone. */
static bool fits(unsigned kernel, unsigned way) {
    return options.way[way]->loses_core ==
           (image_symbol(&images[kernel], "kernel_loses_core") != NULL);
}

static void choose(uint64_t n, uint64_t *seed, unsigned *way, unsigned *kernel) {
    uint64_t each = (uint64_t)options.ways * options.kernels;
    *way = (unsigned)(n % options.ways);
    *seed = options.first + (options.spread ? n / options.ways : n / each);
    *kernel = (unsigned)((options.spread ? *seed + *way : n / options.ways) % options.kernels);
    for (unsigned i = 0; options.spread && i < options.kernels && !fits(*kernel, *way); i++)
        *kernel = (*kernel + 1) % options.kernels;
}

static void run_some(struct machine *m) {
    for (uint64_t n; (n = atomic_fetch_add(&tally->next, 1)) < combinations();) {
        if (options.first_only && tally->failed)
            return;
        uint64_t seed;
        unsigned way, kernel;
        choose(n, &seed, &way, &kernel);
        if (!fits(kernel, way))
            continue;
        atomic_fetch_add(&tally->runs, 1);
        enum verdict verdict = machine_run(m, &images[kernel], options.way[way], seed);
        atomic_fetch_add(&tally->steps, m->steps);
        if (verdict == PASSED)
            continue;
        atomic_fetch_add(verdict == BLIND ? &tally->blind : &tally->failed, 1);
        /* A failure is expected for what the program does. What is not modelled is none: it is expected by that name
           alone; and where other runs have failed, this one has met junk after that. */
        bool by_name = options.expect && strstr(options.expect, "not modelled");
        if (options.expect && verdict == BLIND && !by_name)
            continue;
        if (options.expect && strstr(m->why, options.expect))
            atomic_fetch_add(&tally->expected, 1);
        else if (atomic_fetch_add(&tally->reported[way], 1) == 0) {
            machine_report(m);
            fflush(stdout);
        }
    }
}

static int run_all(void) {
    double start = now();
    tally = shared(sizeof *tally);
    if (!in_parallel(run_some))
        return 2;
    uint64_t runs = tally->runs, failed = tally->failed, blind = tally->blind;
    printf("machine: %llu runs (%u kernels, %u ways, seeds %llu to %llu), %llu failed, %llu blind, %.1f s, "
           "%.0f instructions a run\n",
           (unsigned long long)runs, options.kernels, options.ways,
           (unsigned long long)options.first, (unsigned long long)options.last,
           (unsigned long long)failed, (unsigned long long)blind, now() - start,
           runs ? (double)tally->steps / (double)runs : 0);
    if (!runs) {
        printf("machine: no run: none of these kernels is for any of these ways\n");
        return EXIT_BLIND;
    }
    if (!options.expect)
        return failed ? 1 : blind ? EXIT_BLIND : 0;
    if (!tally->expected)
        printf("machine: no run failed with `%s'\n", options.expect);
    bool by_name = strstr(options.expect, "not modelled");
    return tally->expected == 0 || tally->expected != (by_name ? failed + blind : failed);
}

/* ---- the table ----------------------------------------------------------------------------------------- */

struct row {
    char symbol[64], text[48];
    unsigned occurrence;
    uint64_t address[MAX_KERNELS], offset; /* 0: not in that kernel */
    bool executed, found, unsound; /* unsound: the kernel fails unchanged too, so that its failure tells nothing */
    unsigned way, kernel;
    uint64_t seed, runs, blind;
    char why[160];
    char known[120]; /* why no run misses it, as the list of --known says; else empty */
};

static struct table {
    _Atomic unsigned next;
    unsigned count;
    struct row row[MAX_ROWS];
} * table;

static bool worth_a_row(const struct insn *i) {
    switch (i->id) {
    case INSN_DSB:
    case INSN_DMB:
    case INSN_ISB:
    case INSN_SEV:
    case INSN_SEVL:
    case INSN_WFE:
    case INSN_WFI: return true;
    case INSN_MSR: return (i->word & 0xffffffe0) == 0xd519f220; /* CPUECTLR_EL1 */
    default: return i->is_dc || i->is_ic || i->is_tlbi;
    }
}

/* One that does less than this one; 0: there is none. */
static uint32_t weaker(const struct insn *i) {
    uint32_t w = i->word;
    if (i->id == INSN_DSB)
        return w | 1 << 5;
    if ((i->is_tlbi && (w >> 8 & 15) == 3) || (i->is_ic && (w >> 8 & 15) == 1))
        return w | 1 << 10; /* inner shareable, or this core */
    if (i->ordered && (i->id == INSN_LOAD || i->id == INSN_STORE))
        return (w & 0xc00003ff) | (i->id == INSN_LOAD ? 0x39400000 : 0x39000000);
    return 0;
}

/* What stands in an instruction's place: a nop or, with --weaker, one that does less; 0: there is none. */
static uint32_t replacement(const struct insn *i) {
    return options.weaker ? weaker(i) : worth_a_row(i) ? NOP : 0;
}

static void find_rows(unsigned kernel) {
    const struct image *image = &images[kernel];
    for (unsigned n = 0; n < image->segment_count; n++) {
        const struct segment *s = &image->segments[n];
        for (uint64_t at = s->address; s->executable && at + 4 <= s->address + s->size; at += 4) {
            uint32_t word;
            const struct symbol *symbol = image_symbol_at(image, at);
            if (!symbol || !ours(symbol->name) || (options.only && strcmp(symbol->name, options.only)) || !image_word(image, at, &word) ||
                !replacement(decode(word)))
                continue;
            struct row *row = NULL;
            unsigned seen = 0;
            for (unsigned r = 0; r < table->count && !row; r++) {
                struct row *old = &table->row[r];
                if (strcmp(old->symbol, symbol->name) || strcmp(old->text, decode(word)->text))
                    continue;
                if (old->address[kernel])
                    seen = old->occurrence + 1;
                else
                    row = old;
            }
            if (!row) {
                if (table->count == MAX_ROWS)
                    fail("more instructions than the table has rows, in", image->path);
                row = &table->row[table->count++];
                snprintf(row->symbol, sizeof row->symbol, "%s", symbol->name);
                snprintf(row->text, sizeof row->text, "%.40s", decode(word)->text);
                row->occurrence = seen;
                row->offset = at - symbol->address;
            }
            row->address[kernel] = at;
        }
    }
}

/* The list of --known, a line each: symbol | instruction as the table shows it, or * | why no run misses it. */
static void read_known(const char *path) {
    char line[256], symbol[64], text[48], why[120];
    FILE *file = fopen(path, "r");
    if (!file)
        fail("cannot read", path);
    while (fgets(line, sizeof line, file)) {
        if (line[0] == '#' || sscanf(line, " %63s | %47[^|]| %119[^\n]", symbol, text, why) != 3)
            continue;
        for (char *end = text + strlen(text); end > text && end[-1] == ' ';)
            *--end = 0;
        for (unsigned r = 0; r < table->count; r++)
            if (!strcmp(table->row[r].symbol, symbol) &&
                (!strcmp(text, "*") || !strcmp(table->row[r].text, text)))
                snprintf(table->row[r].known, sizeof table->row[r].known, "%s", why);
    }
    fclose(file);
}

enum { IN_VAIN = 10 }; /* seeds, by each way, on each kernel: what none of them executes, the others do not */

static void try_row(struct machine *m, struct row *row) {
    uint64_t last = options.last;
    m->executed = false;
    if (*row->known)
        return; /* to show it again would take as long as all others */
    for (uint64_t seed = options.first; seed <= last && (m->executed || seed < options.first + IN_VAIN); seed++)
        for (unsigned k = 0; k < options.kernels; k++)
            for (unsigned w = 0; row->address[k] && w < options.ways; w++) {
                if (!fits(k, w))
                    continue;
                uint32_t word;
                m->watched = row->address[k];
                image_word(&images[k], row->address[k], &word);
                image_patch(&images[k], row->address[k], replacement(decode(word)));
                enum verdict verdict = machine_run(m, &images[k], options.way[w], seed);
                image_patch(&images[k], row->address[k], word);
                row->runs++;
                row->executed = m->executed;
                if (verdict == PASSED)
                    continue;
                row->way = w;
                row->kernel = k;
                row->seed = seed;
                snprintf(row->why, sizeof row->why, "%.159s", m->why);
                if (verdict == BLIND) {
                    row->blind++;
                    continue;
                }
                row->found = true;
                row->unsound = machine_run(m, &images[k], options.way[w], seed) != PASSED;
                return;
            }
}

static void table_some(struct machine *m) {
    for (unsigned n; (n = atomic_fetch_add(&table->next, 1)) < table->count;)
        try_row(m, &table->row[n]);
}

static const char *base(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static int print_table(void) {
    double start = now();
    unsigned survivors = 0, unsound = 0, known = 0;
    table = shared(sizeof *table);
    for (unsigned k = 0; k < options.kernels; k++)
        find_rows(k);
    if (options.known)
        read_known(options.known);
    if (!in_parallel(table_some))
        return 2;
    printf("%-34s %-26s %s\n", "where", "instruction", options.weaker ? "weaker" : "as a nop");
    for (unsigned r = 0; r < table->count; r++) {
        const struct row *row = &table->row[r];
        char where[96];
        snprintf(where, sizeof where, "%s+%#llx", row->symbol, (unsigned long long)row->offset);
        printf("%-34s %-26s ", where, row->text);
        if (!row->found && *row->known) {
            printf("KNOWN: %s\n", row->known);
            known++;
            continue;
        }
        bool tells_nothing = row->unsound || (!row->found && row->blind) || !row->runs;
        if (row->found || tells_nothing)
            printf("%s: %s, %s, seed %llu: %.70s\n",
                   row->unsound    ? "FAILS UNCHANGED TOO"
                   : tells_nothing ? "TELLS NOTHING"
                                   : "fails",
                   base(images[row->kernel].path), options.way[row->way]->name,
                   (unsigned long long)row->seed, row->runs ? row->why : "no run");
        else
            printf("SURVIVES %llu runs%s\n", (unsigned long long)row->runs,
                   row->executed ? "" : ", none of which executes it");
        survivors += !row->found && !tells_nothing;
        unsound += tells_nothing;
    }
    printf("machine: %u instructions, %u survive, %u more as known, of %u nothing is known, %.1f s\n",
           table->count, survivors, known, unsound, now() - start);
    return unsound || !table->count ? EXIT_BLIND : survivors != 0;
}

/* ---- options ---------------------------------------------------------------------------------------------- */

static const struct way *find_way(const char *name) {
    for (unsigned i = 0; i < way_count; i++)
        if (!strcmp(ways[i].name, name))
            return &ways[i];
    fail("no such way:", name);
    return NULL;
}

/* An address, or symbol+offset; at its end, if that is given, may stand more. */
static uint64_t find_place(const struct image *image, const char *where) {
    char name[128];
    const char *plus = strchr(where, '+');
    char *end;
    uint64_t address = strtoull(where, &end, 0);
    if (*end) {
        snprintf(name, sizeof name, "%.*s", (int)(plus ? plus - where : (long)strlen(where)),
                 where);
        const struct symbol *s = image_symbol(image, name);
        if (!s)
            fail("no such symbol:", name);
        address = s->address + (plus ? strtoull(plus + 1, NULL, 0) : 0);
    }
    return address;
}

static void replace_at(struct image *image, uint64_t at, bool weaken, const char *where) {
    uint32_t word;
    if (!image_word(image, at, &word))
        fail("not in the image:", where);
    uint32_t other = weaken ? weaker(decode(word)) : NOP;
    if (!other)
        fail("nothing does less than what is at", where);
    image_patch(image, at, other);
}

static void replace(struct image *image, const char *where, bool weaken) {
    const char *text = strchr(where, ':');
    if (!text) {
        replace_at(image, find_place(image, where), weaken, where);
        return;
    }
    char name[128];
    snprintf(name, sizeof name, "%.*s", (int)(text - where), where);
    const struct symbol *s = image_symbol(image, name);
    bool found = false;
    for (uint64_t at = s ? s->address : 0; s && at < s->address + s->size; at += 4) {
        uint32_t word;
        if (image_word(image, at, &word) && strstr(decode(word)->text, text + 1) == decode(word)->text) {
            replace_at(image, at, weaken, where);
            found = true;
        }
    }
    if (!found)
        fail("no such instruction:", where);
}

/* One friendly run of each kernel, by the first of the ways, with what it asks memory for. */
static int count_all(void) {
    struct machine *m = machine_new();
    m->friendly = true;
    m->no_tree = options.no_tree;
    m->trace = options.trace;
    if (options.max_steps)
        m->max_steps = options.max_steps;
    int status = 0;
    for (unsigned k = 0; k < options.kernels; k++) {
        m->stretch_count = options.stretches;
        for (unsigned n = 0; n < options.stretches; n++) {
            char from[128];
            const char *dots = strstr(options.stretch[n], "..");
            snprintf(from, sizeof from, "%.*s", (int)(dots ? dots - options.stretch[n] : 127), options.stretch[n]);
            m->stretches[n].name = options.stretch[n];
            m->stretches[n].from = find_place(&images[k], from);
            m->stretches[n].to = dots ? find_place(&images[k], dots + 2) : 0;
        }
        print_bus_head();
        enum verdict verdict = machine_run(m, &images[k], options.way[0], options.first);
        if (verdict != PASSED) {
            machine_report(m);
            status = verdict == BLIND ? EXIT_BLIND : 1;
        }
    }
    return status;
}

static const char *argument(int argc, char **argv, int *n) {
    if (*n + 1 >= argc)
        fail("an argument is missing after", argv[*n]);
    return argv[++*n];
}

static void read_options(int argc, char **argv) {
    for (int n = 1; n < argc; n++) {
        const char *o = argv[n];
        if (!strcmp(o, "--way")) {
            const char *name = argument(argc, argv, &n);
            if (strcmp(name, "all"))
                options.way[options.ways++ % 64] = find_way(name);
        } else if (!strcmp(o, "--list-ways")) {
            for (unsigned i = 0; i < way_count; i++)
                printf("%-16s %s\n", ways[i].name, ways[i].about);
            exit(0);
        } else if (!strcmp(o, "--seed")) {
            options.first = options.last = strtoull(argument(argc, argv, &n), NULL, 0);
        } else if (!strcmp(o, "--seeds")) {
            char *end;
            options.first = strtoull(argument(argc, argv, &n), &end, 0);
            if (strncmp(end, "..", 2) ||
                (options.last = strtoull(end + 2, &end, 0)) < options.first || *end)
                fail("not a range of seeds:", argv[n]);
        } else if (!strcmp(o, "--jobs")) {
            options.jobs = (unsigned)strtoul(argument(argc, argv, &n), NULL, 0);
        } else if (!strcmp(o, "--max-steps")) {
            options.max_steps = strtoull(argument(argc, argv, &n), NULL, 0);
        } else if ((!strcmp(o, "--nop") || !strcmp(o, "--weaken")) && options.nops < MAX_NOPS) {
            options.nop[options.nops].weaken = o[2] == 'w';
            options.nop[options.nops++].where = argument(argc, argv, &n);
        } else if (!strcmp(o, "--only")) {
            options.only = argument(argc, argv, &n);
        } else if (!strcmp(o, "--count")) {
            options.count = true;
            /* what follows is a place, if it is no option and no kernel */
            if (n + 1 < argc && argv[n + 1][0] != '-' && !strstr(argv[n + 1], ".elf") &&
                options.stretches < MAX_STRETCHES)
                options.stretch[options.stretches++] = argument(argc, argv, &n);
        } else if (!strcmp(o, "--no-tree")) {
            options.no_tree = true;
        } else if (!strcmp(o, "--expect-fail")) {
            options.expect = argument(argc, argv, &n);
        } else if (!strcmp(o, "--first")) {
            options.first_only = true;
        } else if (!strcmp(o, "--spread")) {
            options.spread = true;
        } else if (!strcmp(o, "--trace")) {
            options.trace = true;
        } else if (!strcmp(o, "--verbose")) {
            options.verbose = true;
        } else if (!strcmp(o, "--known")) {
            options.known = argument(argc, argv, &n);
        } else if (!strcmp(o, "--weaker")) {
            options.weaker = true;
        } else if (!strcmp(o, "--barrier-table")) {
            options.table = true;
        } else if (!strncmp(o, "--", 2) || options.kernels == MAX_KERNELS) {
            fail("what is", o);
        } else if (!image_load(&images[options.kernels++], o)) {
            fail("cannot load", o);
        }
    }
    if (!options.kernels)
        fail("no kernel", "");
    for (unsigned i = 0; !options.ways && i < way_count; i++)
        options.way[i] = &ways[i];
    if (!options.ways)
        options.ways = way_count;
    if (!options.jobs) {
        long processors = sysconf(_SC_NPROCESSORS_ONLN);
        options.jobs = processors > 0 ? (unsigned)processors : 1;
    }
    if (options.trace || (options.verbose && options.first == options.last))
        options.jobs = 1;
}

int main(int argc, char **argv) {
    read_options(argc, argv);
    for (unsigned k = 0; k < options.kernels; k++)
        for (unsigned n = 0; n < options.nops; n++)
            replace(&images[k], options.nop[n].where, options.nop[n].weaken);
    int status = options.count ? count_all() : options.table ? print_table() : run_all();
    for (unsigned k = 0; k < options.kernels; k++)
        image_free(&images[k]);
    return status;
}
