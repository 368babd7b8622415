/* SPDX-License-Identifier: MIT */
/* Reads an AArch64 ELF executable: the bytes of its PT_LOAD segments, and its symbols. */
#include <elf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "machine.h"

static int by_address(const void *a, const void *b) {
    const struct symbol *x = a, *y = b;
    return x->address != y->address ? (x->address < y->address ? -1 : 1)
                                    : (x->size < y->size) - (x->size > y->size);
}

static uint8_t *read_file(const char *path, size_t *size) {
    FILE *f = fopen(path, "rb");
    if (!f)
        return NULL;
    uint8_t *bytes = NULL;
    size_t room = 0, got;
    *size = 0;
    do {
        room = room ? room * 2 : 1 << 16;
        bytes = realloc(bytes, room);
        if (!bytes)
            abort();
        got = fread(bytes + *size, 1, room - *size, f);
        *size += got;
    } while (*size == room);
    fclose(f);
    return bytes;
}

/* Where in memory what is linked there is; others are as they are. */
uint64_t without_base(const struct image *image, uint64_t address) {
    return address >= image->base ? address - image->base : address;
}

static void read_symbols(struct image *image, const Elf64_Shdr *sections, unsigned count) {
    for (unsigned i = 0; i < count; i++) {
        if (sections[i].sh_type != SHT_SYMTAB)
            continue;
        const Elf64_Sym *from = (const Elf64_Sym *)(image->file + sections[i].sh_offset);
        const char *names = (const char *)image->file + sections[sections[i].sh_link].sh_offset;
        size_t n = sections[i].sh_size / sizeof *from;
        image->symbols = calloc(n + 1, sizeof *image->symbols);
        if (!image->symbols)
            abort();
        for (size_t k = 0; k < n; k++) {
            const char *name = names + from[k].st_name;
            unsigned type = ELF64_ST_TYPE(from[k].st_info);
            if (!*name || *name == '$' || type == STT_FILE || type == STT_SECTION ||
                from[k].st_shndx == SHN_UNDEF)
                continue;
            image->symbols[image->symbol_count++] =
                (struct symbol){without_base(image, from[k].st_value), from[k].st_size, name};
        }
        qsort(image->symbols, image->symbol_count, sizeof *image->symbols, by_address);
    }
}

bool image_load(struct image *image, const char *path) {
    size_t size;
    memset(image, 0, sizeof *image);
    image->path = path;
    image->file = read_file(path, &size);
    const Elf64_Ehdr *header = (const Elf64_Ehdr *)image->file;
    if (!image->file || size < sizeof *header || memcmp(header->e_ident, ELFMAG, SELFMAG) ||
        header->e_machine != EM_AARCH64 || header->e_type != ET_EXEC) {
        fprintf(stderr, "%s: not an AArch64 executable\n", path);
        return false;
    }
    image->entry = header->e_entry;
    image->low = UINT64_MAX;
    const Elf64_Phdr *ph = (const Elf64_Phdr *)(image->file + header->e_phoff);
    for (unsigned i = 0; i < header->e_phnum; i++) {
        if (ph[i].p_type != PT_LOAD || !ph[i].p_memsz)
            continue;
        if (ph[i].p_paddr + ph[i].p_memsz > image->memory_high)
            image->memory_high = ph[i].p_paddr + ph[i].p_memsz;
        if (!ph[i].p_filesz)
            continue;
        image->base = ph[i].p_vaddr - ph[i].p_paddr;
        if (image->segment_count == 16)
            return false;
        image->segments[image->segment_count++] =
            (struct segment){ph[i].p_paddr, ph[i].p_filesz, image->file + ph[i].p_offset,
                             (ph[i].p_flags & PF_X) != 0};
        if (ph[i].p_paddr < image->low)
            image->low = ph[i].p_paddr;
        if (ph[i].p_paddr + ph[i].p_filesz > image->high)
            image->high = ph[i].p_paddr + ph[i].p_filesz;
    }
    if (header->e_shoff)
        read_symbols(image, (const Elf64_Shdr *)(image->file + header->e_shoff), header->e_shnum);
    return image->segment_count != 0;
}

void image_free(struct image *image) {
    free(image->symbols);
    free(image->file);
}

/* The last symbol at or below an address. */
const struct symbol *image_symbol_at(const struct image *image, uint64_t address) {
    const struct symbol *found = NULL;
    for (size_t low = 0, high = image->symbol_count; low < high;) {
        size_t middle = (low + high) / 2;
        if (image->symbols[middle].address <= address)
            found = &image->symbols[middle], low = middle + 1;
        else
            high = middle;
    }
    while (found && found > image->symbols && found[-1].address == found->address &&
           found[-1].size >= found->size)
        found--;
    return found;
}

const struct symbol *image_symbol(const struct image *image, const char *name) {
    for (size_t i = 0; i < image->symbol_count; i++)
        if (!strcmp(image->symbols[i].name, name))
            return &image->symbols[i];
    return NULL;
}

static uint8_t *at(const struct image *image, uint64_t address) {
    for (unsigned i = 0; i < image->segment_count; i++) {
        const struct segment *s = &image->segments[i];
        if (address >= s->address && address + 4 <= s->address + s->size)
            return image->file + (s->bytes - image->file) + (address - s->address);
    }
    return NULL;
}

bool image_word(const struct image *image, uint64_t address, uint32_t *word) {
    const uint8_t *from = at(image, address);
    if (from)
        memcpy(word, from, 4);
    return from != NULL;
}

bool image_patch(struct image *image, uint64_t address, uint32_t word) {
    uint8_t *to = at(image, address);
    if (to)
        memcpy(to, &word, 4);
    return to != NULL;
}
