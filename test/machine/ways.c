/* SPDX-License-Identifier: MIT */
/* The ways into a kernel (README.md, "Ways in"): who loads it where, at which exception level it arrives, with which
   cores, and what the loader leaves behind. ../stub/firmware.S lists what the firmware's stub does. */
#include <string.h>

#include "machine.h"
#include "stubs.h" /* made from stub.S: stub_el3[], stub_el2[], stub_el1[] */

#define TREE UINT64_C(0x08000000)
#define LOADER_TABLES UINT64_C(0x3b000000)

static void put_image(struct machine *m) {
    for (unsigned i = 0; i < m->image->segment_count; i++) {
        const struct segment *s = &m->image->segments[i];
        ram_write(m, m->load + (s->address - m->image->low), s->bytes, s->size);
    }
}

/* ---- through the firmware's stub ------------------------------------------------------------------------ */

static void through_stub(struct machine *m, const uint8_t *stub, size_t size) {
    static const uint8_t magic[8] = {0xd0, 0x0d, 0xfe, 0xed, 0, 0, 0x10, 0};
    uint32_t tree = m->no_tree ? 0 : (uint32_t)TREE, kernel = (uint32_t)m->handoff;
    ram_write(m, 0, stub, size);
    ram_write(m, 0xf8, &tree, 4);
    ram_write(m, 0xfc, &kernel, 4);
    ram_write(m, TREE, magic, sizeof magic);
    put_image(m);
    m->stub_end = 0x1000;
    /* EL3 was there before us: what only it can set is as the hardware of a Pi 3 comes out of reset. */
    for (unsigned i = 0; i < CORES; i++)
        sysreg_set(&m->core[i], MDCR_EL3, 0);
}

static void enter_el3(struct machine *m) {
    uint64_t junk[CORES];
    for (unsigned i = 0; i < CORES; i++)
        junk[i] = m->core[i].reg[MDCR_EL3];
    through_stub(m, stub_el3, sizeof stub_el3);
    for (unsigned i = 0; i < CORES; i++)
        sysreg_set(&m->core[i], MDCR_EL3, junk[i]);
}
static void enter_el2(struct machine *m) { through_stub(m, stub_el2, sizeof stub_el2); }
static void enter_el1(struct machine *m) { through_stub(m, stub_el1, sizeof stub_el1); }

/* ---- what loaders leave ------------------------------------------------------------------------------------ */

/* An earlier program ran at the link address: its instructions may be in every core's cache, and may be fetched
   again at any time. */
static void ran_before(struct machine *m) {
    m->warm_low = m->image->low;
    m->warm_high = m->image->memory_high < m->image->low + 0x100000 ? m->image->memory_high
                                                                    : m->image->low + 0x100000;
    for (unsigned i = 0; i < CORES; i++)
        for (unsigned n = 0; n < ICACHE_LINES / 2; n++) {
            uint64_t pa = m->warm_low + rnd(m) % (m->warm_high - m->warm_low);
            icache_put(&m->core[i], pa,
                       pa + LINE <= m->load ||
                           pa >= m->load + (m->image->high - m->image->low) + LINE);
        }
}

/* A loader that put the image where other code had run, and left the instruction cache as it was. What runs before
   PiBoot's first IC must be right, or nobody could start at all. */
static void stale_image(struct machine *m) {
    const struct symbol *last = image_symbol(m->image, "piboot_clean_image");
    uint64_t from = m->load + (last ? last->address + last->size - m->image->low : PAGE);
    for (uint64_t pa = (from + 63) & ~UINT64_C(63); pa < m->load + (m->image->high - m->image->low);
         pa += LINE)
        if (one_in(m, 2))
            icache_put(&m->core[0], pa, true);
}

static void handoff_moved(struct machine *m) { ran_before(m); }

/* Data of a loader's in its caches, in lines in and around the image's home, but for those from where the image was
   loaded to end. */
static void lines_around(struct machine *m, uint64_t end) {
    uint64_t span = m->image->memory_high - m->image->low + 0x40000;
    uint8_t line[LINE];
    for (unsigned n = 0; n < 192; n++) {
        uint64_t pa = (m->image->low + rnd(m) % span) & ~UINT64_C(63);
        if (n < 32) /* and the last ones that are the kernel's */
            pa = (m->image->memory_high - 1 - n * LINE) & ~UINT64_C(63);
        if (pa + LINE > m->load && pa < end)
            continue;
        for (unsigned k = 0; k < LINE; k++)
            line[k] = (uint8_t)rnd(m);
        if (one_in(m, 2))
            cache_put_dirty(m, pa, line, false);
        else
            cache_put_clean(m, pa, line);
    }
}

/* The same of page 0, which the loader may have read, or cleared slots in. */
static void lines_of_page_0(struct machine *m) {
    uint8_t line[LINE];
    for (uint64_t pa = 0; pa < 0x100; pa += LINE) {
        ram_read(m, pa, line, LINE);
        if (one_in(m, 2))
            cache_put_dirty(m, pa, line, true);
        else if (one_in(m, 2))
            cache_put_clean(m, pa, line);
    }
}

/* U-Boot's booti: caches off, the instruction cache perhaps on. What is the image's, with .bss and stacks, has been
   cleaned, and may still be in lines. */
static void handoff_booti(struct machine *m) {
    struct core *c = &m->core[0];
    uint64_t end = m->load + (m->image->memory_high - m->image->low);
    uint8_t line[LINE];
    if (one_in(m, 2))
        sysreg_set(c, SCTLR_EL2, c->reg[SCTLR_EL2] | 1 << 12);
    for (uint64_t pa = m->load & ~UINT64_C(63); pa < end; pa += LINE)
        if (one_in(m, 2)) {
            ram_read(m, pa, line, LINE);
            cache_put_clean(m, pa, line);
        }
    lines_around(m, end);
    lines_of_page_0(m);
}

static void handoff_junk(struct machine *m) {
    uint64_t keep = m->core[0].x[0];
    for (unsigned i = 0; i < CORES; i++)
        sysreg_junk(&m->core[i], 2);
    for (unsigned i = 0; i < 31; i++)
        m->core[0].x[i] = rnd(m);
    m->core[0].x[0] = one_in(m, 2) ? keep : one_in(m, 2) ? 0x100 : rnd(m);
    m->core[0].sp[0] = rnd(m), m->core[0].sp[1] = rnd(m), m->core[0].sp[2] = rnd(m);
}

/* A loader's own identity map: RAM write-back, the rest Device. */
static void map_all(struct machine *m, unsigned el) {
    static const enum sysreg mair[] = {0, MAIR_EL1, MAIR_EL2, MAIR_EL3},
                             ttbr[] = {0, TTBR0_EL1, TTBR0_EL2, TTBR0_EL3},
                             tcr_el[] = {0, TCR_EL1, TCR_EL2, TCR_EL3},
                             sctlr_el[] = {0, SCTLR_EL1, SCTLR_EL2, SCTLR_EL3};
    uint64_t user = el > 1 ? 1 << 6 : 0,
             no_execute = el > 1 ? UINT64_C(1) << 54 : UINT64_C(3) << 53;
    uint64_t top[4] = {(LOADER_TABLES + PAGE) | 3,
                       UINT64_C(0x40000000) | no_execute | 1 << 10 | user | 1 << 2 | 1};
    ram_write(m, LOADER_TABLES, top, sizeof top);
    for (unsigned i = 0; i < 512; i++) {
        uint64_t pa = (uint64_t)i << 21;
        uint64_t d = pa | 1 << 10 | user | 1 | (pa < RAM_END ? 3 << 8 : no_execute | 1 << 2);
        ram_write(m, LOADER_TABLES + PAGE + 8 * i, &d, 8);
    }
    struct core *c = &m->core[0];
    uint64_t tcr = 32 | 1 << 8 | 1 << 10 | 3 << 12, on = 1 | 1 << 2 | 1 << 12;
    sysreg_set(c, mair[el], 0x00ff);
    sysreg_set(c, ttbr[el], LOADER_TABLES);
    sysreg_set(c, tcr_el[el], el > 1 ? tcr | UINT64_C(0x80800000) : tcr | 1 << 23);
    sysreg_set(c, sctlr_el[el], (el > 1 ? 0x30c50830 : 0x30d00800) | on);
    for (unsigned i = 0; i < TLB_SETS; i++)
        for (unsigned j = 0; j < TLB_WAYS; j++)
            if (c->tlb[i][j].context >> 60 == el)
                c->tlb[i][j].valid = false;
    memset(c->walks, 0, sizeof c->walks);
    c->sp[el] = UINT64_C(0x3ac00000);
    c->x[30] = UINT64_C(0x3ab00000);
}

/* U-Boot's go: the image is partly only in dirty lines; elsewhere dirty and stale lines of what was there. */
static void handoff_caches_on(struct machine *m) {
    unsigned el = m->core[0].el;
    uint64_t end = m->load + (m->image->high - m->image->low);
    uint8_t line[LINE];
    map_all(m, el);
    ran_before(m);
    if (m->load ==
        m->image
            ->low) /* what other cores fetched there has been invalidated by the loader's writes */
        for (unsigned i = 0; i < CORES; i++)
            memset(m->core[i].icache.tag, 0, sizeof m->core[i].icache.tag);
    stale_image(m);
    for (uint64_t pa = m->load & ~UINT64_C(63); pa < end; pa += LINE) {
        ram_read(m, pa, line, LINE);
        if (one_in(m, 2)) {
            cache_put_dirty(m, pa, line, true);
            ram_junk_line(m, pa);
        } else if (one_in(m, 2)) {
            cache_put_clean(m, pa, line);
        }
    }
    lines_around(m, end);
    lines_of_page_0(m);
    for (unsigned i = 1; i < 30; i++)
        m->core[0].x[i] = rnd(m);
    m->core[0].x[0] = 1;
}

/* ---- no stub: all four cores come out of reset in the image, at EL3 ------------------------------------------ */

static void enter_all(struct machine *m) {
    put_image(m);
    for (unsigned i = 0; i < CORES; i++) {
        m->core[i].pc = m->handoff;
        sysreg_set(&m->core[i], CNTFRQ_EL0, one_in(m, 2) ? 0 : 19200000);
    }
    for (unsigned i = 1; i < CORES; i++)
        sysreg_set(&m->core[i], CNTFRQ_EL0, m->core[0].reg[CNTFRQ_EL0]);
    m->no_counter = m->core[0].reg[CNTFRQ_EL0] == 0;
    m->local[0] = m->local[2] = (uint32_t)rnd(m);
}

/* Restarted by a program that ran at the link address, in all four cores at EL3. */
static void enter_warm(struct machine *m) {
    enter_all(m);
    ran_before(m);
}

/* ---- cores that do not answer -------------------------------------------------------------------------------- */

static void handoff_lost(struct machine *m) { m->core[2].dead_until = UINT64_MAX; }
static void handoff_late(struct machine *m) { m->core[2].dead_until = m->steps + 150000; }

const struct way ways[] = {
    {"firmware", "stub, EL2, core 0 at the link address, others in the stub", enter_el2, NULL, 0,
     true, false},
    {"elf", "no stub, EL3, all four cores at the link address", enter_all, NULL, 0, true, false},
    {"old", "no stub, EL3, all four cores, loaded at 0x0", enter_all, NULL, 0, false, false},
    {"old-warm", "the same, restarted by a program that ran at the link address", enter_warm, NULL,
     0, false, false},
    {"el1", "a loader that dropped to EL1", enter_el1, NULL, 0, true, false},
    {"el3", "a loader that stays at EL3, others in its stub", enter_el3, NULL, 0, true, false},
    {"el3-mmu-on", "the same, MMU and caches on, image in dirty lines", enter_el3,
     handoff_caches_on, 0, true, false},
    {"booti", "U-Boot booti: EL2, MMU and data cache off, image cleaned", enter_el2, handoff_booti,
     0, true, false},
    {"booti-200000", "the same, loaded at 0x200000", enter_el2, handoff_booti, 0x200000, false,
     false},
    {"junk", "EL2, every general, EL1 and EL2 register full of junk", enter_el2, handoff_junk, 0,
     true, false},
    {"uboot-go", "U-Boot go: EL2, MMU and caches on, image in dirty lines", enter_el2,
     handoff_caches_on, 0, true, false},
    {"uboot-go-200000", "the same, loaded at 0x200000", enter_el2, handoff_caches_on, 0x200000,
     false, false},
    {"uboot-go-20000", "the same, loaded at 0x20000", enter_el2, handoff_caches_on, 0x20000, false,
     false},
    {"el1-mmu-on", "EL1, MMU and caches on, image in dirty lines", enter_el1, handoff_caches_on, 0,
     true, false},
    {"load200000", "stub, EL2, loaded at 0x200000", enter_el2, handoff_moved, 0x200000, false,
     false},
    {"load1000000", "stub, EL2, loaded at 0x1000000", enter_el2, handoff_moved, 0x1000000, false,
     false},
    {"overlap", "stub, EL2, loaded at 0x81000, over its destination", enter_el2, handoff_moved,
     0x81000, false, false},
    {"lost2", "as firmware, core 2 never answers", enter_el2, handoff_lost, 0, true, true},
    {"late2", "as firmware, core 2 answers much too late", enter_el2, handoff_late, 0, true, true},
};
const unsigned way_count = sizeof ways / sizeof ways[0];
