/* SPDX-License-Identifier: MIT */
/*
 * Reports: collected during the run, one for each rule and pair of instructions, and printed at its end with
 * functions, files and lines by addr2line or llvm-symbolizer. Those in functions that the user allows are counted.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"

enum { REPORTS = 256, PLACES = 4 };

enum kind { HAZARD, NOTE };

static const struct {
    const char *name;
    enum kind kind;
    const char *title, *at, *other, *section, *advice;
} rules[] = {
#define ROW(id, name, kind, title, at, other, section, advice)                                     \
    {name, kind, title, at, other, section, advice},
    RULES(ROW)
#undef ROW
};

struct place {
    const char *label;
    unsigned core;
    const struct insn *insn;
    char text[400]; /* function, file and line */
};

static struct report {
    enum rule rule;
    struct place places[PLACES];
    unsigned place_count;
    const struct insn *other; /* the second, if it is one of those that tell reports apart */
    uint64_t times;
    char text[256];
    /* Of a load that may be one of a loop that polls. */
    uint64_t pa, block;
    bool is_load, withdrawn;
} reports[REPORTS];
static unsigned report_count, load_count, lost_count;
static struct report *newest; /* if the last call made a new one */

static const char *limits[8];
static const char *elf_path, *symbolizer_path, *allow_path;

void report_open(const char *elf, const char *symbolizer, const char *allow) {
    elf_path = elf;
    symbolizer_path = symbolizer;
    allow_path = allow;
}

void not_watched(const char *what) {
    for (unsigned i = 0; i < sizeof limits / sizeof limits[0]; i++) {
        if (limits[i] == NULL)
            limits[i] = what;
        if (limits[i] == what)
            return;
    }
}

/* Code that changes has several instructions at one address. */
static bool same_place(const struct insn *one, const struct insn *other) {
    return one == other || (one && other && one->pc == other->pc);
}

static struct report *find(enum rule rule, const struct insn *insn, const struct insn *other) {
    newest = NULL;
    for (unsigned i = 0; i < report_count; i++) {
        struct report *r = &reports[i];
        if (r->rule == rule && same_place(r->places[0].insn, insn) && same_place(r->other, other))
            return r;
    }
    if (report_count == REPORTS) {
        lost_count++;
        return NULL;
    }
    newest = &reports[report_count++];
    newest->rule = rule;
    return newest;
}

static struct report *add(enum rule rule, unsigned core, const struct insn *insn,
                          unsigned other_core, const struct insn *other) {
    struct report *r = find(rule, insn, other);
    if (!r)
        return NULL;
    r->times++;
    if (newest) {
        r->places[0] = (struct place){.label = rules[rule].at, .core = core, .insn = insn};
        r->places[1] =
            (struct place){.label = rules[rule].other, .core = other_core, .insn = other};
        r->other = other;
        r->place_count = other ? 2 : 1;
    }
    return r;
}

void report(enum rule rule, unsigned core, const struct insn *insn, unsigned other_core,
            const struct insn *other, const char *format, ...) {
    struct report *r = add(rule, core, insn, other_core, other);
    if (!r || !newest)
        return;
    va_list list;
    va_start(list, format);
    vsnprintf(r->text, sizeof r->text, format, list);
    va_end(list);
}

void report_also(const char *label, unsigned core, const struct insn *insn) {
    if (newest && insn && newest->place_count < PLACES)
        newest->places[newest->place_count++] =
            (struct place){.label = label, .core = core, .insn = insn};
}

void report_load(enum rule rule, const struct access *access, unsigned other_core,
                 const struct insn *other, const char *text) {
    struct report *r = add(rule, access->core, access->insn, other_core, other);
    if (!r)
        return;
    if (newest)
        snprintf(r->text, sizeof r->text, "%s", text);
    load_count += !r->is_load;
    r->is_load = true;
    r->withdrawn = false;
    r->pa = access->pa;
    if (access->core < CORES)
        r->block = blocks[access->core];
}

bool any_load_reported(void) { return load_count != 0; }

void read_again(const struct access *access, bool good) {
    for (unsigned i = 0; i < report_count && access->core < CORES; i++) {
        struct report *r = &reports[i];
        bool order = r->rule == ORDER_LOADS || r->rule == ORDER_STORES;
        if (r->is_load && r->places[0].insn == access->insn && r->places[0].core == access->core &&
            r->pa == access->pa && (good || order) &&
            blocks[access->core] - r->block <= POLL_BLOCKS && blocks[access->core] != r->block)
            r->withdrawn = true;
    }
}

/* ---- functions and lines ----------------------------------------------------------------------------------- */

/* Reads the answer of addr2line -a -f -i: the address, then a function and a file:line for each level of inlining. */
static void read_answer(FILE *answer) {
    char line[4096];
    struct place *place = NULL;
    unsigned index = 0;
    unsigned lines = 0;
    char function[200] = "";
    while (fgets(line, sizeof line, answer)) {
        line[strcspn(line, "\r\n")] = '\0';
        if (strncmp(line, "0x", 2) == 0) {
            /* The next place that was asked for. */
            while (index < report_count * PLACES &&
                   !reports[index / PLACES].places[index % PLACES].insn)
                index++;
            place = index < report_count * PLACES ? &reports[index / PLACES].places[index % PLACES]
                                                  : NULL;
            index++;
            lines = 0;
        } else if (place && lines++ % 2 == 0) {
            snprintf(function, sizeof function, "%.150s", line);
        } else if (place && lines == 2) {
            char *more = strstr(line, " (discriminator");
            if (more)
                *more = '\0';
            snprintf(place->text, sizeof place->text, "%.150s at %.240s", function, line);
        } else if (place && lines % 2 == 0) {
            size_t length = strlen(place->text);
            snprintf(place->text + length, sizeof place->text - length, ", inlined into %s",
                     function);
        }
    }
}

static void symbolize(void) {
    char name[] = "/tmp/board-check-XXXXXX";
    int descriptor = symbolizer_path && elf_path ? mkstemp(name) : -1;
    if (descriptor < 0)
        return;
    FILE *list = fdopen(descriptor, "w");
    for (unsigned i = 0; list && i < report_count; i++)
        for (unsigned j = 0; j < PLACES; j++)
            if (reports[i].places[j].insn)
                fprintf(list, "0x%llx\n",
                        (unsigned long long)ram_link_address(reports[i].places[j].insn->pc));
    if (list)
        fclose(list);
    char command[4096];
    snprintf(command, sizeof command, "'%s' -a -f -i -e '%s' <%s 2>/dev/null", symbolizer_path,
             elf_path, name);
    FILE *answer = popen(command, "r"); /* NOLINT(cert-env33-c): the paths are the caller's own */
    if (answer) {
        read_answer(answer);
        pclose(answer);
    }
    remove(name);
}

/* One line of a source is several instructions, of a loop that was unrolled: one report is enough. */
static void merge(void) {
    for (unsigned i = 0; i < report_count; i++)
        for (unsigned j = 0; j < i && !reports[i].withdrawn; j++) {
            bool same = reports[i].rule == reports[j].rule && !reports[j].withdrawn;
            for (unsigned k = 0; k < 2 && same; k++)
                same = reports[i].places[k].core == reports[j].places[k].core &&
                       strcmp(reports[i].places[k].text, reports[j].places[k].text) == 0 &&
                       (reports[i].places[k].text[0] ||
                        same_place(reports[i].places[k].insn, reports[j].places[k].insn));
            if (same) {
                reports[j].times += reports[i].times;
                reports[i].withdrawn = true;
            }
        }
}

/* ---- what the user allows ------------------------------------------------------------------------------------ */

static bool function_is(const struct report *r, const char *function) {
    size_t length = strlen(function);
    for (unsigned i = 0; i < r->place_count; i++) {
        const char *text = r->places[i].text;
        const char *inlined = strstr(text, ", inlined into ");
        if (strncmp(text, function, length) == 0 && strncmp(text + length, " at ", 4) == 0)
            return true;
        while (inlined) {
            inlined += strlen(", inlined into ");
            if (strncmp(inlined, function, length) == 0 &&
                (inlined[length] == '\0' || inlined[length] == ','))
                return true;
            inlined = strstr(inlined, ", inlined into ");
        }
    }
    return false;
}

/* Lines of the file: a function, or a rule and a function; # begins a comment. */
static bool is_allowed(const struct report *r) {
    FILE *file = allow_path ? fopen(allow_path, "r") : NULL;
    bool allowed = false;
    char line[512];
    while (file && !allowed && fgets(line, sizeof line, file)) {
        line[strcspn(line, "#\r\n")] = '\0';
        const char *first = strtok(line, " \t");
        const char *second = strtok(NULL, " \t");
        if (!first)
            continue;
        const char *function = second ? second : first;
        allowed = (!second || strcmp(first, rules[r->rule].name) == 0) &&
                  (strcmp(function, "*") == 0 || function_is(r, function));
    }
    if (file)
        fclose(file);
    return allowed;
}

/* ---- the end --------------------------------------------------------------------------------------------------- */

static void print_place(const struct place *place) {
    char who[16];
    snprintf(who, sizeof who, place->core == VIDEOCORE ? "VideoCore" : "core %u", place->core);
    fprintf(stderr, "    %-13s %s", place->label, who);
    if (place->insn)
        fprintf(stderr, ", %s (%#llx)", place->text[0] ? place->text : "no symbol",
                (unsigned long long)place->insn->pc);
    fprintf(stderr, "\n");
}

static void print_report(const struct report *r) {
    fprintf(stderr, "board-check: %s: %s [%s]\n", rules[r->rule].kind == NOTE ? "note" : "hazard",
            rules[r->rule].title, rules[r->rule].name);
    for (unsigned i = 0; i < r->place_count; i++)
        print_place(&r->places[i]);
    fprintf(stderr, "    %-13s %s", "what", r->text);
    if (r->times > 1)
        fprintf(stderr, "; %llu times", (unsigned long long)r->times);
    fprintf(stderr, "\n    %-13s %s\n    %-13s %s\n", "rule", rules[r->rule].section, "write",
            rules[r->rule].advice);
}

unsigned report_all(uint64_t instructions) {
    unsigned count[2] = {0, 0};
    unsigned allowed = 0;
    fflush(stdout);
    symbolize();
    merge();
    for (unsigned i = 0; i < report_count; i++) {
        if (reports[i].withdrawn)
            continue;
        if (is_allowed(&reports[i])) {
            allowed++;
            continue;
        }
        print_report(&reports[i]);
        count[rules[reports[i].rule].kind]++;
    }
    if (lost_count)
        fprintf(stderr, "board-check: and %u more\n", lost_count);
    for (unsigned i = 0; i < sizeof limits / sizeof limits[0] && limits[i]; i++)
        fprintf(stderr, "board-check: not watched: %s\n", limits[i]);
    fprintf(stderr, "board-check: hazards: %u, notes: %u, allowed: %u; %llu instructions\n",
            count[HAZARD], count[NOTE], allowed, (unsigned long long)instructions);
    return count[HAZARD];
}
