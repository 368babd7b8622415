/* SPDX-License-Identifier: MIT */
/*
 * The other masters of the memory: the VideoCore, which answers property requests of the mailbox and shows the
 * framebuffer, and the DMA controller. They look past the cores' caches, and the cores' caches do not see them.
 */
#include "check.h"

#define MAILBOX_WRITE UINT64_C(0x3f00b8a0)
#define PROPERTY_CHANNEL 8
#define TAG_ALLOCATE_BUFFER 0x40001
#define DMA UINT64_C(0x3f007000) /* channel n at 0x100 n */
#define DMA_CHANNELS 15
#define DMA_CS 0
#define DMA_CONBLK_AD 4
#define DMA_ACTIVE 1
/* Transfer information: fields of a control block's first word. */
#define DMA_2D (1U << 1)
#define DMA_DEST_INC (1U << 4)
#define DMA_DEST_IGNORE (1U << 7)
#define DMA_SRC_INC (1U << 8)
#define DMA_SRC_IGNORE (1U << 11)

static uint64_t answer; /* where the framebuffer's address will be read */
static uint64_t framebuffer, framebuffer_size;
static uint32_t control_block[DMA_CHANNELS];

/* Bus addresses: four aliases of RAM, by how the VideoCore's own cache is used. */
static uint64_t ram_of(uint32_t bus) { return bus & 0x3fffffff; }
static bool is_peripheral(uint32_t bus) { return bus >> 24 == 0x7e || bus >> 24 == 0x3f; }

static void each_line(unsigned core, const struct insn *insn, uint64_t pa, uint64_t size,
                      void (*visit)(const struct access *access)) {
    uint64_t end = pa + size;
    while (pa < end && pa < RAM_END) {
        uint64_t next = (pa | (LINE - 1)) + 1;
        struct access access = {.core = core,
                                .insn = insn,
                                .pa = pa,
                                .size = (unsigned)((next < end ? next : end) - pa),
                                .type = UNCACHED,
                                .shareable = true};
        visit(&access);
        pa = next;
    }
}

/* The master starts at a store of a core to its peripheral: what that core stored before must be complete. */
static void visit_read(const struct access *access) {
    struct line *line = line_at(access->pa);
    uint64_t bytes = bytes_of(access->pa, access->size);
    struct access by_master = *access;
    by_master.core = VIDEOCORE;
    if (line->writer && line->type != CACHED && !line_complete(line, bytes))
        report(line->type == DEVICE ? MAILBOX_ORDER : MAILBOX_DSB, access->core, access->insn,
               line->core, line->writer, "%u bytes at %#llx", access->size,
               (unsigned long long)access->pa);
    line_load(&by_master);
    if (line->dirty & bytes)
        line->dirty = 0; /* reported once, and not again for the answer */
}

static void visit_write(const struct access *access) {
    struct access by_master = *access;
    by_master.core = VIDEOCORE;
    line_store(&by_master);
    ram_known(access->pa, access->size);
}

static void property_request(unsigned core, const struct insn *insn, uint64_t buffer) {
    uint64_t size = ram_read(buffer, 4);
    if (buffer >= RAM_END || size < 12 || size > 0x10000)
        return;
    each_line(core, insn, buffer, size, visit_read);
    for (uint64_t tag = buffer + 8; tag + 12 <= buffer + size && ram_read(tag, 4) != 0;
         tag += 12 + (ram_read(tag + 4, 4) + 3) / 4 * 4)
        if (ram_read(tag, 4) == TAG_ALLOCATE_BUFFER)
            answer = tag + 12;
    each_line(core, insn, buffer, size, visit_write);
}

static void transfer(unsigned core, const struct insn *insn, uint32_t bus) {
    for (unsigned blocks_left = 4096; bus != 0 && blocks_left > 0; blocks_left--) {
        uint64_t block = ram_of(bus);
        if (block >= RAM_END)
            return;
        each_line(core, insn, block, 32, visit_read);
        uint32_t information = (uint32_t)ram_read(block, 4);
        uint32_t source = (uint32_t)ram_read(block + 4, 4);
        uint32_t destination = (uint32_t)ram_read(block + 8, 4);
        uint64_t length = ram_read(block + 12, 4) & 0x3fffffff;
        if (information & DMA_2D) {
            not_watched("DMA in two dimensions");
            return;
        }
        if (!is_peripheral(source) && !(information & DMA_SRC_IGNORE))
            each_line(core, insn, ram_of(source), information & DMA_SRC_INC ? length : 4,
                      visit_read);
        if (!is_peripheral(destination) && !(information & DMA_DEST_IGNORE))
            each_line(core, insn, ram_of(destination), information & DMA_DEST_INC ? length : 4,
                      visit_write);
        bus = (uint32_t)ram_read(block + 20, 4);
    }
}

void videocore_store(unsigned core, const struct insn *insn, uint64_t pa, uint32_t value) {
    if (pa == MAILBOX_WRITE && (value & 15) == PROPERTY_CHANNEL) {
        property_request(core, insn, ram_of(value & ~15U));
        return;
    }
    unsigned channel = (unsigned)(pa - DMA) / 0x100;
    if (pa < DMA || channel >= DMA_CHANNELS)
        return;
    if (pa % 0x100 == DMA_CONBLK_AD)
        control_block[channel] = value;
    else if (pa % 0x100 == DMA_CS && (value & DMA_ACTIVE))
        transfer(core, insn, control_block[channel]);
}

/* The kernel reads the answer to its request for a framebuffer: its address, and then its size. */
void videocore_load(uint64_t pa, uint64_t value) {
    if (answer && pa == answer) {
        framebuffer = ram_of((uint32_t)value);
        if (value >> 32)
            framebuffer_size = value >> 32;
    } else if (answer && pa == answer + 4) {
        framebuffer_size = (uint32_t)value;
    } else {
        return;
    }
    if (framebuffer)
        ram_known(framebuffer, framebuffer_size ? framebuffer_size : 4);
}

/* What is still in a cache at the end is what the screen does not show. */
void videocore_finish(void) {
    for (uint64_t pa = framebuffer; framebuffer && pa < framebuffer + framebuffer_size;
         pa += LINE) {
        const struct line *line = pa < RAM_END ? line_at(pa) : NULL;
        if (line && line->dirty && line->writer)
            report(STALE_MEMORY, VIDEOCORE, NULL, line->core, line->writer,
                   "the framebuffer, at %#llx", (unsigned long long)pa);
    }
}
