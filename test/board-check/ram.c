/* SPDX-License-Identifier: MIT */
/*
 * RAM as the cores in program order made it, whichever caches its bytes are in, and which of its bytes anybody
 * wrote: the kernel, what loaded it, or another master.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"

static uint8_t *contents; /* of all RAM */
static uint8_t *known;    /* a bit for each byte */

static void set_known(uint64_t pa, uint64_t size) {
    while (size > 0 && pa < RAM_END) {
        if (pa % 8 == 0 && size >= 8) {
            known[pa / 8] = 0xff;
            pa += 8, size -= 8;
        } else {
            known[pa / 8] |= (uint8_t)(1U << pa % 8);
            pa++, size--;
        }
    }
}

void ram_open(void) {
    contents = shadow_of_ram(1, 1);
    known = shadow_of_ram(8, 1);
    /* The firmware's: its stub and the spin table, ATAGS. */
    set_known(0, 0x1000);
}

void ram_known(uint64_t pa, uint64_t size) { set_known(pa, size); }

uint64_t ram_read(uint64_t pa, unsigned size) {
    uint64_t value = 0;
    if (pa + size <= RAM_END)
        memcpy(&value, contents + pa, size < sizeof value ? size : sizeof value);
    return value;
}

bool ram_store(uint64_t pa, const void *bytes, unsigned size) {
    bool changed = memcmp(contents + pa, bytes, size) != 0;
    memcpy(contents + pa, bytes, size);
    set_known(pa, size);
    return changed;
}

void ram_learn(uint64_t pa, const void *bytes, unsigned size) {
    memcpy(contents + pa, bytes, size);
}

/* A wide load that reads beyond what it uses (strlen, memcpy by blocks) is none: all of its bytes must be unknown. */
void ram_load_check(const struct access *access) {
    unsigned unknown = 0;
    for (unsigned i = 0; i < access->size; i++) {
        uint64_t pa = access->pa + i;
        unknown += !(known[pa / 8] >> pa % 8 & 1);
    }
    if (unknown == 0)
        return;
    if (access->size <= 4 || unknown == access->size)
        report(RAM_UNKNOWN, access->core, access->insn, access->core, NULL, "%u bytes at %#llx",
               access->size, (unsigned long long)access->pa);
    set_known(access->pa, access->size);
}

/* ---- what the loader put there ----------------------------------------------------------------------- */

static uint64_t field(const uint8_t *bytes, unsigned size) {
    uint64_t value = 0;
    memcpy(&value, bytes, size);
    return value;
}

/* Where code is linked and where it is loaded: the same, but for a kernel that is linked high. */
static struct { uint64_t pa, va, size; } segments[16];
static unsigned segment_count;

/* The segments of an ELF, stored if it is this file that is loaded. */
static bool read_segments(const uint8_t *file, size_t size, bool store) {
    uint64_t headers = field(file + 32, 8);
    uint64_t entry_size = field(file + 54, 2);
    uint64_t count = field(file + 56, 2);
    if (headers > size || count * entry_size > size - headers)
        return false;
    segment_count = 0;
    for (uint64_t i = 0; i < count; i++) {
        const uint8_t *header = file + headers + i * entry_size;
        uint64_t offset = field(header + 8, 8);
        uint64_t pa = field(header + 24, 8) & 0x3fffffff; /* a virtual base is none here */
        uint64_t bytes = field(header + 32, 8);
        if (field(header, 4) != 1 /* PT_LOAD */ || bytes == 0)
            continue;
        if (offset > size || bytes > size - offset || pa >= RAM_END || bytes > RAM_END - pa)
            return false;
        if (store)
            ram_store(pa, file + offset, (unsigned)bytes);
        if (segment_count < sizeof segments / sizeof segments[0]) {
            segments[segment_count].pa = pa;
            segments[segment_count].va = field(header + 16, 8);
            segments[segment_count++].size = bytes;
        }
    }
    return true;
}

uint64_t ram_link_address(uint64_t pc) {
    for (unsigned i = 0; i < segment_count; i++)
        if (pc - segments[i].va < segments[i].size)
            return pc;
    for (unsigned i = 0; i < segment_count; i++)
        if (pc - segments[i].pa < segments[i].size)
            return pc - segments[i].pa + segments[i].va;
    return pc;
}

static uint8_t *read_file(const char *path, size_t *size) {
    FILE *stream = fopen(path, "rb");
    uint8_t *bytes = NULL;
    *size = 0;
    if (stream && fseek(stream, 0, SEEK_END) == 0) {
        long length = ftell(stream);
        rewind(stream);
        bytes = length > 0 ? malloc((size_t)length) : NULL;
        *size = bytes ? fread(bytes, 1, (size_t)length, stream) : 0;
    }
    if (stream)
        fclose(stream);
    return bytes;
}

static bool is_elf(const uint8_t *file, size_t size) {
    return size >= 64 && memcmp(file, "\177ELF\2\1", 6) == 0;
}

void ram_symbols(const char *elf) {
    size_t size = 0;
    uint8_t *file = read_file(elf, &size);
    if (is_elf(file, size))
        read_segments(file, size, false);
    free(file);
}

bool ram_load(const char *path) {
    size_t size = 0;
    uint8_t *file = read_file(path, &size);
    bool good = false;
    if (is_elf(file, size)) {
        good = read_segments(file, size, true);
    } else if (size >= 64) {
        /* An arm64 Image says where it wants to be; anything else goes to 0x80000. */
        bool image = memcmp(file + 56, "ARM\x64", 4) == 0 && field(file + 16, 8) != 0;
        uint64_t at = image ? field(file + 8, 8) : 0x80000;
        good = at < RAM_END && size <= RAM_END - at;
        if (good)
            ram_store(at, file, (unsigned)size);
    }
    free(file);
    return good;
}
