/* SPDX-License-Identifier: MIT */
/*
 * What caches hold, line by line. The caches of the four cores are one, as they are coherent for memory that is
 * mapped Normal write-back; past them go accesses with the MMU or the caches off, to Device and uncached memory, and
 * those of the VideoCore. A line can be dirty (newer in a cache), or memory can be newer than a line that a cache may
 * hold. Which of the two a reader gets is a matter of luck on a board: here it is a hazard.
 *
 * Maintenance takes effect at the DSB that follows it on the same core; one for stores alone does not wait for it
 * (Arm ARM B2.3.5).
 */
#include <stdio.h>
#include <stdlib.h>

#include "check.h"

struct pending {
    enum maintenance how;
    bool early; /* an IC of a line whose data it could not see yet */
    uint64_t line, time;
};

static struct line *lines;
static bool caches_on;      /* of some core, or have been */
static unsigned caching;    /* a bit for each core whose caches are on */
static uint64_t caches_off; /* when the last one turned its own off */
static uint64_t dsb[CORES + 1];
static struct pending *pending[CORES];
static size_t pending_count[CORES], pending_size[CORES];

void lines_open(void) { lines = shadow_of_ram(LINE, sizeof *lines); }
struct line *line_at(uint64_t pa) {
    return &lines[pa / LINE];
}
void lines_caches(unsigned core, bool on) {
    unsigned before = caching;
    caching = (caching & ~(1U << core)) | (unsigned)on << core;
    caches_on |= on;
    if (before && !caching)
        caches_off = ++now;
}
bool lines_may_be_cached(void) { return caches_on; }
uint64_t dsb_time(unsigned core) { return dsb[core]; }

bool line_complete(const struct line *line, uint64_t bytes) {
    return line->core == VIDEOCORE || line->written <= dsb[line->core] ||
           !(line->incomplete & bytes);
}

/* Where the text of a report points to. */
static const char *place(const struct access *access) {
    static char text[64];
    snprintf(text, sizeof text, "%u bytes at %#llx", access->size, (unsigned long long)access->pa);
    return text;
}

/* What this store replaces may be as old as it likes; the rest of the line is written back with it. */
static void store_cached(struct line *line, const struct access *access, uint64_t bytes) {
    if (line->newer & ~bytes)
        report(OLD_LINE, access->core, access->insn, line->past_core, line->past, "%s",
               place(access));
    line->newer = 0;
    line->dirty |= bytes;
    line->kept |= bytes;
    line->cached = true;
}

static void store_past(struct line *line, const struct access *access, uint64_t bytes) {
    if (line->dirty) {
        report(DIRTY_LINE, access->core, access->insn, line->core, line->writer, "%s",
               place(access));
        line->dirty = 0;
    }
    if (line->cached || caching || (caches_on && line->dropped <= caches_off))
        line->newer |= bytes;
    line->past = access->insn;
    line->past_core = (uint8_t)access->core;
}

void line_store(const struct access *access) {
    struct line *line = line_at(access->pa);
    uint64_t bytes = bytes_of(access->pa, access->size);
    if (access->type == CACHED)
        store_cached(line, access, bytes);
    else
        store_past(line, access, bytes);
    if (line_complete(line, ALL_BYTES) || line->core != access->core)
        line->incomplete = 0;
    line->incomplete |= bytes;
    line->code |= bytes;
    line->good = 0;
    line->written = ++now;
    line->writer = access->insn;
    line->core = (uint8_t)access->core;
    line->type = (uint8_t)access->type;
}

void line_load(const struct access *access) {
    struct line *line = line_at(access->pa);
    uint64_t bytes = bytes_of(access->pa, access->size);
    bool good = true;
    if (access->type == CACHED) {
        good = !(line->newer & bytes);
        if (!good)
            report_load(STALE_LINE, access, line->past_core, line->past, place(access));
        line->cached = true;
        if (!access->shareable && line->type == CACHED && line->writer &&
            line->core != access->core && (line->kept & bytes)) {
            good = false;
            report_load(NOT_SHAREABLE, access, line->core, line->writer, place(access));
        }
    } else {
        good = !(line->dirty & bytes);
        if (!good)
            report_load(STALE_MEMORY, access, line->core, line->writer, place(access));
    }
    if (any_load_reported())
        read_again(access, good);
}

/* ---- maintenance --------------------------------------------------------------------------------------- */

/* Is the last store to the line where an instruction fetch finds it? */
static bool visible_to_fetch(const struct line *line) {
    if (!line->written)
        return true;
    return line->type == CACHED ? line->cleaned >= line->written : line_complete(line, ALL_BYTES);
}

void line_maintain(unsigned core, const struct insn *insn, enum maintenance how, uint64_t pa) {
    if (pa >= RAM_END)
        return;
    struct line *line = line_at(pa);
    if (how == INVALIDATE && line->dirty)
        report(DISCARDED, core, insn, line->core, line->writer, "the line at %#llx",
               (unsigned long long)(pa & ~(uint64_t)(LINE - 1)));
    if (pending_count[core] == pending_size[core]) {
        size_t size = pending_size[core] ? 2 * pending_size[core] : 256;
        struct pending *larger = realloc(pending[core], size * sizeof *larger);
        if (!larger)
            abort();
        pending[core] = larger;
        pending_size[core] = size;
    }
    pending[core][pending_count[core]++] = (struct pending){
        .how = how,
        .early = how == IC_LINE && !visible_to_fetch(line),
        .line = pa,
        .time = ++now,
    };
}

static void complete(unsigned core, const struct pending *p) {
    struct line *line = line_at(p->line);
    bool before = line->written < p->time; /* the store came first */
    switch (p->how) {
    case CLEAN_POU:
        if (before)
            line->cleaned = now;
        break;
    case CLEAN_POC:
    case CLEAN_INVALIDATE:
    case INVALIDATE:
        if (before) {
            line->dirty = 0;
            line->cleaned = now;
        }
        if (p->how != CLEAN_POC && before) {
            line->newer = 0;
            line->cached = false;
            line->kept = 0;
            line->dropped = p->time;
        }
        break;
    case IC_LINE:
        if (!p->early)
            line->invalidated = p->time;
        break;
    case IC_ALL: code_invalidate_all(core, p->time); break;
    case IC_ALL_SHARED:
        for (unsigned other = 0; other < CORES; other++)
            code_invalidate_all(other, p->time);
        break;
    }
}

void lines_dsb(unsigned core, bool maintenance) {
    dsb[core] = ++now;
    if (!maintenance)
        return;
    for (size_t i = 0; i < pending_count[core]; i++)
        complete(core, &pending[core][i]);
    pending_count[core] = 0;
}
