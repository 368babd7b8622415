// SPDX-License-Identifier: MIT
//
// For libFuzzer: bytes that say that they are a device tree, in a block of their own that ends where they do.
#include "judge.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size < sizeof(struct fdt_header)) {
        return 0;
    }
    struct fdt_header *tree = malloc(size);
    if (tree == NULL) {
        abort();
    }
    memcpy(tree, data, size);
    fdt_set_magic(tree, FDT_MAGIC); // piboot_dtb() has looked
    if (fdt_totalsize(tree) > size) {
        fdt_set_totalsize(tree, (uint32_t)size);
    }
    if (judge(tree, size, NULL) != 0) {
        abort();
    }
    free(tree);
    return 0;
}
