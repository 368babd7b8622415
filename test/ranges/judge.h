// SPDX-License-Identifier: MIT
//
// Holds what piboot.h reads from a device tree against what libfdt does. For this host: __aarch64__ is defined on the
// command line, and nothing of piboot.h that needs that processor is called.
#ifndef JUDGE_H
#define JUDGE_H

#include <inttypes.h>
#include <libfdt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "piboot.h"

#define PAGE 4096u
#define MOST 4096 // ranges of one kind, and more than a tree of fuzz.c can have

typedef struct {
    uint64_t start, end;
} Range;

typedef struct {
    unsigned count;
    Range range[MOST];
} Ranges;

static void add(Ranges *ranges, uint64_t start, uint64_t end) {
    if (ranges->count == MOST) {
        fprintf(stderr, "more than %d ranges\n", MOST);
        abort();
    }
    ranges->range[ranges->count++] = (Range){start, end};
}

static bool contains(const Ranges *ranges, uint64_t address) {
    for (unsigned i = 0; i < ranges->count; i++) {
        if (ranges->range[i].start <= address && address < ranges->range[i].end) {
            return true;
        }
    }
    return false;
}

static int by_value(const void *a, const void *b) {
    const uint64_t *left = a;
    const uint64_t *right = b;
    return (*left > *right) - (*left < *right);
}

static uint64_t cells(const fdt32_t *data, uint32_t count) {
    return count == 1 ? fdt32_to_cpu(data[0])
                      : (uint64_t)fdt32_to_cpu(data[0]) << 32 | fdt32_to_cpu(data[1]);
}

// The last property of this name, and its number of cells; 0 for what we do not know how to read.
static uint32_t cells_of(const void *tree, int node, const char *name, uint32_t otherwise) {
    int property;
    fdt_for_each_property_offset(property, tree, node) {
        const char *found;
        int length;
        const fdt32_t *value = fdt_getprop_by_offset(tree, property, &found, &length);
        if (value != NULL && strcmp(found, name) == 0) {
            otherwise = length == 4 && fdt32_to_cpu(*value) <= 2 ? fdt32_to_cpu(*value) : 0;
            if (otherwise == 0) {
                return 0;
            }
        }
    }
    return otherwise;
}

static void regs_of(const void *tree, int node, uint32_t address_cells, uint32_t size_cells,
                    Ranges *ranges, bool is_memory) {
    int property;
    fdt_for_each_property_offset(property, tree, node) {
        const char *name;
        int length;
        const fdt32_t *value = fdt_getprop_by_offset(tree, property, &name, &length);
        if (value == NULL || strcmp(name, "reg") != 0) {
            continue;
        }
        for (; length >= (int)(4 * (address_cells + size_cells));
             length -= (int)(4 * (address_cells + size_cells))) {
            const uint64_t start = cells(value, address_cells);
            const uint64_t size = cells(value + address_cells, size_cells);
            const uint64_t end = start + size;
            if (!is_memory) {
                add(ranges, start, end < start ? UINT64_MAX : end);
            } else if (end > start && end <= UINT64_C(1) << 48) {
                add(ranges, start, end);
            }
            value += address_cells + size_cells;
        }
    }
}

static bool is_named(const char *name, const char *wanted) {
    const size_t length = strlen(wanted);
    return name != NULL && strncmp(name, wanted, length) == 0 &&
           (name[length] == '\0' || name[length] == '@');
}

static uint32_t word(const void *tree, uint32_t offset) {
    return fdt32_ld((const fdt32_t *)((const char *)tree + offset));
}

// 0, or the offset behind a property's or a node's token that is as the Devicetree Specification asks.
static uint32_t after(const void *tree, uint32_t token, uint32_t offset, uint32_t end) {
    const char *const text = tree;
    const char *const names = text + fdt_off_dt_strings(tree);
    if (token == FDT_PROP) {
        const uint32_t length = offset + 8 <= end ? word(tree, offset) : UINT32_MAX;
        const uint32_t name = length != UINT32_MAX ? word(tree, offset + 4) : UINT32_MAX;
        if (length > end || offset + 8 + length > end || name >= fdt_size_dt_strings(tree) ||
            memchr(names + name, '\0', fdt_size_dt_strings(tree) - name) == NULL) {
            return 0;
        }
        return (offset + 8 + length + 3) / 4 * 4;
    }
    const char *const zero = memchr(text + offset, '\0', end - offset);
    return zero == NULL ? 0 : (uint32_t)(zero - text + 4) / 4 * 4;
}

// A tree as the Devicetree Specification asks: words at multiples of 4, one root, properties before nodes, reservations
// up to one that is all zero. Without it two readers may read two things; and libfdt 1.6.1 goes back, or where it must
// not, by what a property says of its length.
static bool is_in_order(const void *tree, size_t size) {
    const uint32_t total = fdt_totalsize(tree);
    const uint32_t nodes = fdt_off_dt_struct(tree);
    const uint32_t names = fdt_off_dt_strings(tree);
    uint32_t offset = fdt_off_mem_rsvmap(tree);
    if (total < sizeof(struct fdt_header) || total > size || total > PIBOOT_TREE_MOST ||
        fdt_version(tree) < 17 || fdt_last_comp_version(tree) > 17 || nodes % 4 != 0 ||
        nodes > total || fdt_size_dt_struct(tree) > total - nodes || names > total ||
        fdt_size_dt_strings(tree) > total - names || offset % 4 != 0) {
        return false;
    }
    for (bool more = true; more; offset += 16) {
        if (offset > total - 16) {
            return false;
        }
        const uint32_t address = word(tree, offset) | word(tree, offset + 4);
        more = (word(tree, offset + 8) | word(tree, offset + 12)) != 0;
        if (!more && address != 0) {
            return false;
        }
    }
    const uint32_t end = nodes + fdt_size_dt_struct(tree);
    uint32_t depth = 0;
    bool has_root = false;
    bool was_end = false;
    for (offset = nodes; offset != 0 && offset + 4 <= end;) {
        const uint32_t token = word(tree, offset);
        offset += 4;
        if (token == FDT_END) {
            return has_root && depth == 0;
        }
        if (token == FDT_BEGIN_NODE) {
            if (depth++ == 0 && has_root) {
                return false;
            }
            has_root = true;
            was_end = false;
            offset = after(tree, token, offset, end);
        } else if (token == FDT_PROP) {
            if (was_end || depth == 0) {
                return false;
            }
            offset = after(tree, token, offset, end);
        } else if (token == FDT_END_NODE) {
            if (depth-- == 0) {
                return false;
            }
            was_end = true;
        } else if (token != FDT_NOP) {
            return false;
        }
    }
    return false;
}

// What libfdt says, from every place where a range begins or ends to the next. Nothing of a tree with numbers of cells
// that are not 1 or 2. Gives how many ranges there may be on the way to that.
static unsigned expect(const void *tree, Ranges *expected) {
    static Ranges memory, reserved;
    static uint64_t places[4 * MOST + 2];
    unsigned count = 0;
    int node, child;
    const uint32_t address_cells = cells_of(tree, 0, "#address-cells", 2);
    const uint32_t size_cells = cells_of(tree, 0, "#size-cells", 1);
    memory.count = reserved.count = expected->count = 0;
    if (address_cells == 0 || size_cells == 0) {
        return 0;
    }
    fdt_for_each_subnode(node, tree, 0) {
        const char *name = fdt_get_name(tree, node, NULL);
        if (is_named(name, "memory")) {
            regs_of(tree, node, address_cells, size_cells, &memory, true);
        }
        if (is_named(name, "reserved-memory")) {
            const uint32_t its_address_cells = cells_of(tree, node, "#address-cells", 2);
            const uint32_t its_size_cells = cells_of(tree, node, "#size-cells", 1);
            if (its_address_cells == 0 || its_size_cells == 0) {
                return 0;
            }
            fdt_for_each_subnode(child, tree, node) {
                regs_of(tree, child, its_address_cells, its_size_cells, &reserved, false);
            }
        }
    }
    for (int i = 0; i < fdt_num_mem_rsv(tree); i++) {
        uint64_t start, size;
        if (fdt_get_mem_rsv(tree, i, &start, &size) == 0) {
            add(&reserved, start, start + size < start ? UINT64_MAX : start + size);
        }
    }
    add(&reserved, (uint64_t)tree, (uint64_t)tree + fdt_totalsize(tree));

    for (unsigned i = 0; i < memory.count; i++) {
        places[count++] = memory.range[i].start;
        places[count++] = memory.range[i].end;
    }
    for (unsigned i = 0; i < reserved.count; i++) {
        places[count++] = reserved.range[i].start;
        places[count++] = reserved.range[i].end;
    }
    qsort(places, count, sizeof *places, by_value);
    for (unsigned i = 0; i + 1 < count; i++) {
        if (places[i] == places[i + 1] || !contains(&memory, places[i]) ||
            contains(&reserved, places[i])) {
            continue;
        }
        if (expected->count != 0 && expected->range[expected->count - 1].end == places[i]) {
            expected->range[expected->count - 1].end = places[i + 1];
        } else {
            add(expected, places[i], places[i + 1]);
        }
    }
    count = 0;
    for (unsigned i = 0; i < expected->count; i++) { // whole pages
        const uint64_t start = (expected->range[i].start + PAGE - 1) / PAGE * PAGE;
        const uint64_t end = expected->range[i].end / PAGE * PAGE;
        if (start < end) {
            expected->range[count++] = (Range){start, end};
        }
    }
    expected->count = count;
    return 2 * memory.count + reserved.count;
}

static int wrong(const char *what, uint64_t start, uint64_t size) {
    fprintf(stderr, "%s: 0x%" PRIx64 " bytes at 0x%" PRIx64 "\n", what, size, start);
    return 1;
}

// 0 if piboot.h is right about a tree of at most size bytes, at a multiple of 8. Text, if not null, gets its ranges. Of a
// broken tree only their order is looked at. Where there may be more ranges than it has room for, some may be missing.
static int judge(const void *tree, size_t size, char *text) {
    static Ranges expected;
    struct piboot_ranges ranges;
    piboot_u64 start, bytes, last = 0;
    unsigned next = 0;
    const bool is_tree = is_in_order(tree, size) && fdt_check_full(tree, size) == 0;
    const bool is_all = is_tree && expect(tree, &expected) <= PIBOOT_RANGES;
    if (text != NULL) {
        *text = '\0';
    }
    piboot_tree_memory(&ranges, tree);
    for (piboot_u32 n = 0; piboot_nth_range(&ranges, n, &start, &bytes) != 0; n++) {
        if (text != NULL) {
            text += sprintf(text, " 0x%" PRIx64 "+0x%" PRIx64, (uint64_t)start, (uint64_t)bytes);
        }
        if (bytes == 0 || start % PAGE != 0 || bytes % PAGE != 0 || start + bytes < start ||
            (n != 0 && start <= last)) {
            return wrong("empty, not aligned, or out of order", start, bytes);
        }
        last = start + bytes;
        if (!is_tree) {
            continue;
        }
        while (!is_all && next < expected.count && expected.range[next].end <= start) {
            next++;
        }
        if (next == expected.count || expected.range[next].start > start ||
            expected.range[next].end < last) {
            return wrong("libfdt has no such range", start, bytes);
        }
        if (is_all && (expected.range[next].start != start || expected.range[next].end != last)) {
            return wrong("libfdt's is larger", start, bytes);
        }
        next += is_all;
    }
    if (is_all && next != expected.count) {
        return wrong("libfdt has another range", expected.range[next].start,
                     expected.range[next].end - expected.range[next].start);
    }
    return 0;
}

#endif
