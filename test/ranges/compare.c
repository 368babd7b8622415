// SPDX-License-Identifier: MIT
//
// compare { <tree.dtb> [=<ranges>] }...: prints the ranges of memory that piboot.h reads from each, holds them against
// libfdt's, and against what is written there. Then it breaks the tree: cuts it at each length, which leaves no memory,
// and, where it is small, puts into each word of it what may lead astray.
#include "judge.h"

#define SMALL 4096u

static uint32_t *read_tree(const char *path, size_t *size) {
    FILE *file = fopen(path, "rb");
    uint32_t *tree = malloc(PIBOOT_TREE_MOST);
    if (file == NULL || tree == NULL) {
        perror(path);
        exit(1);
    }
    *size = fread(tree, 1, PIBOOT_TREE_MOST, file);
    fclose(file);
    if (*size < PIBOOT_TREE_HEADER || fdt_check_full(tree, *size) != 0) {
        fprintf(stderr, "%s: not a device tree\n", path);
        exit(1);
    }
    return tree;
}

// A copy that ends where its memory does.
static uint32_t *copy(const uint32_t *tree, size_t size) {
    uint32_t *exact = malloc(size);
    if (exact == NULL) {
        abort();
    }
    memcpy(exact, tree, size);
    return exact;
}

static int cut(const uint32_t *tree, size_t size) {
    for (size_t length = PIBOOT_TREE_HEADER; length < size; length++) {
        uint32_t *part = copy(tree, length);
        struct piboot_ranges ranges;
        fdt_set_totalsize(part, (uint32_t)length);
        piboot_tree_memory(&ranges, part);
        free(part);
        if (ranges.count != 0) {
            return wrong("memory from a tree that was cut", length, ranges.count);
        }
    }
    return 0;
}

static int lead_astray(const uint32_t *tree, size_t size) {
    static const uint32_t words[] = {0, 1, 2, 3, 4, 9, 40, 0x7fffffff, 0xfffffffc, 0xffffffff};
    for (size_t at = 1; at < size / sizeof *tree && size <= SMALL; at++) {
        for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
            uint32_t *changed = copy(tree, size);
            changed[at] = cpu_to_fdt32(words[i]);
            const int status = fdt_totalsize(changed) <= size ? judge(changed, size, NULL) : 0;
            free(changed);
            if (status != 0) {
                return wrong("with another word", at * sizeof *tree, words[i]);
            }
        }
    }
    return 0;
}

// A tree by hand, with one range of memory, and what makes it one that has none: up to three words.
enum {
    SIZE = 1,
    STRUCTURE,
    STRINGS,
    RESERVED,
    VERSION,
    OLDEST,
    STRINGS_SIZE = 8,
    NODES = 14,
    NAMES = 30
};
static const uint32_t by_hand[] = {
    FDT_MAGIC,
    128,
    4 * NODES,
    4 * NAMES,
    40,
    17,
    16,
    0,
    8,
    4 * (NAMES - NODES),
    0,
    0,
    0,
    0,
    FDT_BEGIN_NODE,
    0,
    FDT_BEGIN_NODE,
    0x6d656d6f,
    0x72790000,
    FDT_PROP,
    12,
    0,
    0,
    0x100000,
    0x100000,
    FDT_NOP,
    FDT_END_NODE,
    FDT_END_NODE,
    FDT_NOP,
    FDT_END,
    0x72656700,
    0x2e2e2e2e,
};
static const struct {
    const char *what;
    struct {
        uint32_t at, word;
    } changes[4];
} broken[] = {
    {"no bytes at all", {{SIZE, 0}, {STRUCTURE, 0x7ffffff0}, {STRINGS, 0}, {STRINGS_SIZE, 0}}},
    {"an old version", {{VERSION, 3}}},
    {"a new version", {{OLDEST, 18}}},
    {"names behind the end", {{STRINGS_SIZE, 9}}},
    {"a name that is longer", {{NAMES, 0x72656740}}},
    {"a node that does not end", {{NODES + 12, FDT_NOP}}},
    {"a name that does not end",
     {{STRINGS, 0}, {STRINGS_SIZE, 0}, {STRUCTURE, 4 * NAMES}, {NAMES, FDT_BEGIN_NODE}}},
    {"more than 2 MiB", {{SIZE, 0x200001}}},
    {"names that come back", {{STRINGS, 0xfffffff8}, {NODES + 7, 4 * NAMES + 8}}},
    {"a property at the end",
     {{STRINGS, 0}, {STRINGS_SIZE, 0}, {STRUCTURE, 4 * (NAMES + 1)}, {NAMES + 1, FDT_PROP}}},
    {"a name at the end",
     {{STRINGS, 4 * (NAMES + 1) + 1}, {STRINGS_SIZE, 3}, {NAMES + 1, 0x2e726567}}},
    {"no end", {{NODES + 15, FDT_NOP}, {NAMES, FDT_NOP}, {NAMES + 1, FDT_NOP}}},
    {"reservations without an end", {{RESERVED, 4 * (NAMES - 2)}}},
};

static int is_broken(void) {
    for (size_t i = 0; i <= sizeof broken / sizeof *broken; i++) {
        struct piboot_ranges ranges;
        uint32_t *tree = copy(by_hand, sizeof by_hand);
        for (size_t j = 0; i > 0 && j < 4 && broken[i - 1].changes[j].at != 0; j++) {
            tree[broken[i - 1].changes[j].at] = broken[i - 1].changes[j].word;
        }
        for (size_t at = 0; at < sizeof by_hand / sizeof *by_hand; at++) {
            tree[at] = cpu_to_fdt32(tree[at]);
        }
        piboot_tree_memory(&ranges, tree);
        free(tree);
        if (ranges.count != (i == 0)) {
            return wrong(i == 0 ? "a tree by hand" : broken[i - 1].what, i, ranges.count);
        }
    }
    return 0;
}

int main(int count, char **arguments) {
    int status = is_broken();
    for (int i = 1; i < count; i++) {
        static char found[4096];
        size_t size;
        uint32_t *tree = read_tree(arguments[i], &size);
        status |= judge(tree, size, found);
        printf("%s:%s\n", arguments[i], found);
        size = fdt_totalsize(tree);
        status |= cut(tree, size) | lead_astray(tree, size);
        free(tree);
        if (i + 1 < count && arguments[i + 1][0] == '=') {
            i++;
            if (strcmp(found, arguments[i] + 1) != 0) {
                printf("and not:%s\n", arguments[i] + 1);
                status = 1;
            }
        }
    }
    return status;
}
