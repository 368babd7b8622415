// SPDX-License-Identifier: MIT
//
// The map as the hardware sees it, on every core, in alive: each page of the image and its
// surroundings, each 2 MiB of the rest, and addresses far outside. For each the AT instructions say
// who may do what, where the address leads and with which attributes, and the descriptor in the tables
// says what AT cannot: whether it may be executed. Also the registers that turn all this on.
//
// pad.c puts something large into a section, so that a boundary lies where CMakeLists.txt wants it:
// IMAGE_END, TEXT_END, RODATA_END, GUARD_2 say where.
#include "map.h"

uint32_t pad_works(void); // pad.c: 42

static volatile uint32_t seen[4];
static volatile uint64_t table_base[4];

__attribute__((__noreturn__)) static void wrong(uint64_t address, const char *what,
                                                uint64_t value) {
    struct piboot_test_line line = {0};
    piboot_test_add(&line, "core ");
    piboot_test_add_number(&line, piboot_core_id(), 10);
    piboot_test_add(&line, ", address ");
    piboot_test_add_number(&line, address, 16);
    piboot_test_add(&line, ": wrong: ");
    piboot_test_add(&line, what);
    piboot_test_add(&line, " ");
    piboot_test_add_number(&line, value, 16);
    piboot_test_add(&line, "\n");
    piboot_test_puts(line.text);
    piboot_test_exit(1);
}

/* ---- What AT says ------------------------------------------------------------------------------- */

#define TRANSLATE(operation, address)                                                              \
    __extension__({                                                                                \
        __asm__ volatile("at " #operation ", %0" : : "r"(address) : "memory");                     \
        READ_SYSREG(par_el1);                                                                      \
    })

#define PAR_F UINT64_C(1)
#define PAR_FST(par) ((par) >> 1 & 0x3f)
#define PAR_SH(par) ((par) >> 7 & 3)
#define PAR_PA(par) ((par)&UINT64_C(0xfffffffff000))
#define PAR_ATTR(par) ((par) >> 56)

#define NOT_SHAREABLE 0
#define OUTER_SHAREABLE 2
#define INNER_SHAREABLE 3
#define WRITE_BACK 0xff // inner and outer; allocates on reads and writes
#define DEVICE_NGNRE 0x04

static void check_fault(uint64_t address, const char *what, uint64_t par, uint64_t status) {
    if ((par & PAR_F) == 0 || PAR_FST(par) != status) {
        wrong(address, what, par);
    }
}

static void check_translation(uint64_t address, const char *what, uint64_t par, enum kind kind) {
    const uint64_t physical = in_memory(address) & ~(PAGE - 1);
    // Device memory is outer shareable, whatever its descriptor says: PAR_EL1.SH must tell so. QEMU 7
    // repeats the descriptor's.
    const int shareable = kind == DEVICE
                              ? PAR_SH(par) == OUTER_SHAREABLE || PAR_SH(par) == NOT_SHAREABLE
                              : PAR_SH(par) == INNER_SHAREABLE;
    const uint64_t attribute = kind == DEVICE ? DEVICE_NGNRE : WRITE_BACK;
    if ((par & PAR_F) != 0 || PAR_PA(par) != physical || !shareable || PAR_ATTR(par) != attribute) {
        wrong(address, what, par);
    }
}

static void check_access(uint64_t address, enum kind kind) {
    const uint64_t status = fault_status(address);
    const uint64_t reading = TRANSLATE(s1e1r, address);
    const uint64_t writing = TRANSLATE(s1e1w, address);
    if (kind == UNMAPPED) {
        check_fault(address, "PAR_EL1 of a read", reading, status);
        check_fault(address, "PAR_EL1 of a write", writing, status);
        return;
    }
    check_translation(address, "PAR_EL1 of a read", reading, kind);
    if (kind == CODE || kind == CONSTANT) {
        check_fault(address, "PAR_EL1 of a write", writing, status);
    } else {
        check_translation(address, "PAR_EL1 of a write", writing, kind);
    }
    check_fault(address, "PAR_EL1 of a read at EL0", TRANSLATE(s1e0r, address), status);
}

/* ---- What the tables say ------------------------------------------------------------------------- */

#define DESC_KIND(descriptor) ((descriptor)&3)
#define DESC_ADDRESS(descriptor) ((descriptor)&UINT64_C(0xfffffffff000))
#define DESC_INDEX(descriptor) ((descriptor) >> 2 & 7)
#define DESC_NS (UINT64_C(1) << 5)
#define DESC_EL0 (UINT64_C(1) << 6)
#define DESC_READ_ONLY (UINT64_C(1) << 7)
#define DESC_ACCESSED (UINT64_C(1) << 10)
#define DESC_NOT_GLOBAL (UINT64_C(1) << 11)
#define DESC_CONTIGUOUS (UINT64_C(1) << 52)
#define DESC_PXN (UINT64_C(1) << 53)
#define DESC_UXN (UINT64_C(1) << 54)

static uint64_t entry(uint64_t table, uint64_t index) {
    return ((const volatile uint64_t *)(table + BASE))[index & 511];
}

// TTBR1's with a base, else TTBR0's.
static uint64_t map_of_all(void) {
    return DESC_ADDRESS(BASE == 0 ? READ_SYSREG(ttbr0_el1) : READ_SYSREG(ttbr1_el1));
}

static void check_descriptor(uint64_t address, enum kind kind) {
    uint64_t descriptor, size = BLOCK, table = map_of_all();
    if (BASE == 0 ? level_of(address) == 0
                  : address >> VIRTUAL_BITS != UINT64_C(0xffffffffffffffff) >> VIRTUAL_BITS) {
        return; // no table reaches so far
    }
    if (VIRTUAL_BITS > 39) {
        descriptor = entry(table, address >> 39);
        if (level_of(address) == 0 ? descriptor != 0
                                   : DESC_KIND(descriptor) != 3 || (descriptor >> 48) != 0) {
            wrong(address, "level 0 descriptor", descriptor);
        }
        if (level_of(address) == 0) {
            return;
        }
        table = DESC_ADDRESS(descriptor);
    }
    descriptor = entry(table, address >> 30);
    if (level_of(address) == 1) {
        if (descriptor != 0) {
            wrong(address, "level 1 descriptor of what is not mapped", descriptor);
        }
        return;
    }
    if (DESC_KIND(descriptor) != 3 || (descriptor >> 48) != 0) {
        wrong(address, "level 1 descriptor", descriptor);
    }
    descriptor = entry(DESC_ADDRESS(descriptor), address >> 21);
    if (level_of(address) == 3) {
        if (DESC_KIND(descriptor) != 3 || (descriptor >> 48) != 0) {
            wrong(address, "level 2 descriptor", descriptor);
        }
        descriptor = entry(DESC_ADDRESS(descriptor), address >> 12);
        size = PAGE;
    }
    if (kind == UNMAPPED) {
        if (descriptor != 0) {
            wrong(address, "descriptor of what is not mapped", descriptor);
        }
        return;
    }
    if (DESC_KIND(descriptor) != (size == PAGE ? 3u : 1u) ||
        DESC_ADDRESS(descriptor) != (in_memory(address) & ~(size - 1)) ||
        (descriptor & DESC_ACCESSED) == 0 || (descriptor & DESC_EL0) != 0 ||
        (descriptor & (DESC_NS | DESC_NOT_GLOBAL | DESC_CONTIGUOUS)) != 0 ||
        (descriptor & DESC_UXN) == 0 || ((descriptor & DESC_PXN) == 0) != (kind == CODE) ||
        ((descriptor & DESC_READ_ONLY) != 0) != (kind == CODE || kind == CONSTANT) ||
        (READ_SYSREG(mair_el1) >> 8 * DESC_INDEX(descriptor) & 0xff) !=
            (kind == DEVICE ? DEVICE_NGNRE : WRITE_BACK)) {
        wrong(address, "descriptor", descriptor);
    }
}

static void check_address(uint64_t address) {
    const enum kind kind = kind_of(address);
    check_access(address, kind);
    check_descriptor(address, kind);
}

/* ---- All of it ---------------------------------------------------------------------------------- */

static void check_registers(uint32_t core) {
    const uint64_t tcr = READ_SYSREG(tcr_el1);
    PIBOOT_CHECK_EQ(READ_SYSREG(sctlr_el1), 0x30d8180d); // RES1, M, C, SA, I, WXN; no A
    PIBOOT_CHECK_EQ(tcr >> 8 & 3, 1);                    // IRGN0: write-back, allocates
    PIBOOT_CHECK_EQ(tcr >> 10 & 3, 1);                   // ORGN0
    PIBOOT_CHECK_EQ(tcr >> 12 & 3, INNER_SHAREABLE);     // SH0
    PIBOOT_CHECK_EQ(tcr >> 14 & 3, 0);                   // TG0: 4 KiB
    PIBOOT_CHECK_EQ(tcr >> 22 & 1, 0);                   // A1: the ASID is TTBR0's
    PIBOOT_CHECK_EQ(tcr >> 32 & 7, READ_SYSREG(id_aa64mmfr0_el1) & 0xf); // IPS
    PIBOOT_CHECK_EQ(tcr >> 35 & 1, 0);
    PIBOOT_CHECK_EQ(tcr >> 37, 0);
    if (BASE == 0) {
        PIBOOT_CHECK_EQ(tcr & 0x3f, 31);   // T0SZ: 8 GiB
        PIBOOT_CHECK_EQ(tcr >> 7 & 1, 0);  // EPD0
        PIBOOT_CHECK_EQ(tcr >> 23 & 1, 1); // EPD1: nothing by TTBR1
        PIBOOT_CHECK_EQ(tcr >> 36 & 1, 0); // AS
        PIBOOT_CHECK_EQ(READ_SYSREG(ttbr0_el1), at(__piboot_tables));
    } else {
        PIBOOT_CHECK_EQ(tcr & 0x3f, 25);                      // T0SZ: 512 GiB, level 1 first
        PIBOOT_CHECK_EQ(tcr >> 7 & 1, 1);                     // EPD0: nothing by TTBR0
        PIBOOT_CHECK_EQ(tcr >> 16 & 0x3f, 64 - VIRTUAL_BITS); // T1SZ
        PIBOOT_CHECK_EQ(tcr >> 23 & 1, 0);                    // EPD1
        PIBOOT_CHECK_EQ(tcr >> 24 & 3, 1);                    // IRGN1
        PIBOOT_CHECK_EQ(tcr >> 26 & 3, 1);                    // ORGN1
        PIBOOT_CHECK_EQ(tcr >> 28 & 3, INNER_SHAREABLE);      // SH1
        PIBOOT_CHECK_EQ(tcr >> 30 & 3, 2);                    // TG1: 4 KiB
        PIBOOT_CHECK_EQ(tcr >> 36 & 1, 1);                    // AS: ASIDs of 16 bits
        PIBOOT_CHECK_EQ(READ_SYSREG(ttbr0_el1), 0);
        PIBOOT_CHECK_EQ(READ_SYSREG(ttbr1_el1), at(__piboot_tables) - BASE);
    }
    table_base[core] = map_of_all();
    PIBOOT_CHECK_EQ(READ_SYSREG(dczid_el0), 4); // DC ZVA is allowed, 64 bytes
}

static const uint64_t far_away[] = {
    0,
    UINT64_C(0x80000),
    UINT64_C(0x3f201000),
    UINT64_C(0x401fffff),
    UINT64_C(0x40200000),
    UINT64_C(0x7fffffff),
    UINT64_C(0x80000000),
    UINT64_C(0xbffff000),
    UINT64_C(0xfbffffff),
    UINT64_C(0xfc000000),
    UINT64_C(0xfe201000),
    UINT64_C(0xff841000),
    UINT64_C(0xffffffff),
    UINT64_C(0x100000000),
    UINT64_C(0x100080000),
    UINT64_C(0x1ffffffff),
    UINT64_C(0x200000000),
    UINT64_C(0x8000080000),
    UINT64_C(0x0000ffffffffffff),
    UINT64_C(0x0001000000080000),
    UINT64_C(0x5a00000000080000),
    UINT64_C(0x8000000000000000),
    UINT64_C(0xff00000000080000),
    UINT64_C(0xfffeffffc0000000),
    UINT64_C(0xffff000000000000),
    UINT64_C(0xffff000080000000),
    UINT64_C(0xffffff7fc0000000),
    UINT64_C(0xffffff8000000000),
    UINT64_C(0xffffff8080000000),
    UINT64_C(0xffffffff80000000),
    UINT64_C(0xfffffffffffffff8),
};

static void alive(uint32_t core) {
    check_registers(core);
    for (uint64_t address = 0; address < end_of_pages() + 2 * PAGE; address += PAGE) {
        check_address(BASE + address);
        check_address(BASE + address + PAGE - 1);
    }
    for (uint64_t address = end_of_pages(); address < 4 * GIB + BLOCK; address += BLOCK) {
        if (address == 2 * GIB) {
            address = 3 * GIB - BLOCK; // nothing but devices may be in the fourth
        }
        check_address(BASE + address);
        check_address(BASE + address + BLOCK - 1);
    }
    for (uint32_t i = 0; i < sizeof far_away / sizeof far_away[0]; i++) {
        check_address(far_away[i]);
        check_address(BASE + far_away[i]);
    }
    if (core % 3 == 0) { // it takes a while
        PIBOOT_CHECK_EQ(pad_works(), 42);
    }
    set_flag(&seen[core], 1);
}

// Above level 2. In a map of 48 bits the last of 8 GiB may be in another entry of level 0.
#define TOP_TABLES (VIRTUAL_BITS <= 39 ? 1 : BASE >> 39 == (BASE + 7 * GIB) >> 39 ? 2 : 3)

// Where CMakeLists.txt wants the boundaries; __piboot_tables lies right behind the image.
static void check_layout(void) {
    PIBOOT_CHECK_EQ(at(__piboot_text_end) % PAGE, 0);
    PIBOOT_CHECK_EQ(at(__piboot_rodata_end) % PAGE, 0);
    PIBOOT_CHECK_EQ(at(__piboot_image_end) % PAGE, 0);
    PIBOOT_CHECK_EQ(at(__piboot_tables), at(__piboot_image_end));
    PIBOOT_CHECK_EQ(at(__piboot_tables_end) - at(__piboot_tables),
                    PAGE * (TOP_TABLES + 2 + end_of_pages() / BLOCK));
#ifdef IMAGE_END
    PIBOOT_CHECK_EQ(at(__piboot_image_end) - BASE, IMAGE_END);
#endif
#ifdef TEXT_END
    PIBOOT_CHECK_EQ(at(__piboot_text_end) - BASE, TEXT_END);
#endif
#ifdef RODATA_END
    PIBOOT_CHECK_EQ(at(__piboot_rodata_end) - BASE, RODATA_END);
#endif
#ifdef GUARD_2
    PIBOOT_CHECK_EQ(guard_of(2) - BASE, GUARD_2);
#endif
}

static void running(uint32_t core) {
    if (core != 0) {
        idle();
    }
    check_layout();
    for (uint32_t n = 0; n < CORES; n++) {
        while (get_flag(&seen[n]) == 0) {
        }
        PIBOOT_CHECK_EQ(table_base[n], table_base[0]); // the same tables for all
    }
    piboot_test_puts("the map is right\n");
    piboot_test_exit(0);
}

PIBOOT_ALIVE(alive);
PIBOOT_RUNNING(running);
