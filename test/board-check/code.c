/* SPDX-License-Identifier: MIT */
/*
 * Code that was stored since the start: when it is executed, its line must have been made visible to instruction
 * fetches (DC CVAU for what is in a data cache, DSB for what is not), instruction caches must have been told (IC),
 * and this core must have thrown away what it fetched before (ISB). Each in turn; the first that is missing is named.
 */
#include "check.h"

static uint64_t all_invalidated[CORES], synchronized[CORES];
static bool fetched_cached[CORES]; /* instruction fetches of this core ever were cacheable */

void code_invalidate_all(unsigned core, uint64_t when) { all_invalidated[core] = when; }
void code_synchronize(unsigned core) { synchronized[core] = ++now; }

static const char *missing(unsigned core, const struct line *line, enum rule *rule) {
    *rule = STALE_CODE;
    uint64_t invalidated =
        line->invalidated > all_invalidated[core] ? line->invalidated : all_invalidated[core];
    if (line->type == CACHED && line->cleaned < line->written)
        return "DC CVAU with DSB";
    if (line->type != CACHED && !line_complete(line, ALL_BYTES))
        return "DSB after the store";
    if (invalidated < line->written && synchronized[core] >= line->written && !fetched_cached[core])
        *rule = STALE_CODE_UNCACHED;
    if (invalidated < line->written)
        return "IC with DSB";
    if (synchronized[core] < invalidated)
        return "ISB";
    return NULL;
}

void code_execute(unsigned core, const struct insn *insn, uint64_t pa, uint64_t size, bool cached) {
    fetched_cached[core] |= cached;
    for (uint64_t end = pa + size; pa < end && pa < RAM_END;) {
        uint64_t next = (pa | (LINE - 1)) + 1;
        struct line *line = line_at(pa);
        uint64_t bytes = bytes_of(pa, (unsigned)((next < end ? next : end) - pa));
        if ((line->code & bytes) && !(line->good >> core & 1)) {
            enum rule rule;
            const char *what = missing(core, line, &rule);
            if (what) {
                report(rule, core, insn, line->core, line->writer, "the line at %#llx; missing: %s",
                       (unsigned long long)(pa & ~(uint64_t)(LINE - 1)), what);
                line->code &= ~bytes;
            } else {
                line->good |= (uint8_t)(1U << core);
            }
        }
        pa = next;
    }
}
