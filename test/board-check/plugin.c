/* SPDX-License-Identifier: MIT */
/*
 * The board check: a plugin of QEMU that watches an ordinary run of a Raspberry Pi 3 kernel, and reports what QEMU lets
 * pass and a Cortex-A53 would not forgive. run.sh builds and starts it; docs/board-check.md is for who uses it.
 *
 *   qemu-system-aarch64 -M raspi3b -accel tcg,thread=single
 *       -plugin board-check.so,image=kernel8.img,elf=kernel8.elf[,symbolizer=PATH][,allow=FILE][,status=66]
 *
 * The parts keep a shadow of what a board has and QEMU has not: lines.c the data caches, code.c the instruction caches,
 * translation.c system registers and TLBs, order.c events and the order in which cores see stores, ram.c which bytes
 * anybody wrote, videocore.c the other masters of the memory. report.c prints. This file hands them what happens, in
 * the order in which it happens: with thread=single QEMU's cores run in turn, in one thread, so that there is one order
 * and nothing to lock. QEMU 10 and 11 give plugins the wrong core number there; the core is known by its VMPIDR_EL2.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "check.h"
#include "qemu_plugin.h"

#define EXPORT __attribute__((visibility("default")))
EXPORT extern int qemu_plugin_version;
int qemu_plugin_version = PIBOOT_PLUGIN_API;
EXPORT int qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t *info, int argc, char **argv);

uint64_t now = 1;
uint64_t blocks[CORES];
unsigned level[CORES];

static unsigned current; /* the core that executes */
static uint64_t instructions;
static int status_at_hazard;
static size_t register_size; /* of QEMU's description of a register */

/* ---- what the core's registers hold ------------------------------------------------------------------- */

enum { X_REGISTERS = 31 };
static struct qemu_plugin_register *x[X_REGISTERS], *cpsr, *vmpidr_register;
static struct qemu_plugin_register *esr[4], *elr[4], *far[4]; /* by level */
static GByteArray *buffer;
static uint64_t vmpidr[CORES];

void *shadow_of_ram(uint64_t unit, size_t size) {
    /* Pages that are never touched cost nothing. 64 bytes more, for accesses at the end. */
    void *shadow = mmap(NULL, (RAM_END + 64) / unit * size, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (shadow == MAP_FAILED) {
        fprintf(stderr, "board-check: there are not enough addresses for a shadow of RAM\n");
        exit(1);
    }
    return shadow;
}

static uint64_t read_register(struct qemu_plugin_register *handle) {
    uint64_t value = 0;
    if (!handle)
        return 0;
    g_byte_array_set_size(buffer, 0);
    qemu_plugin_read_register(handle, buffer);
    memcpy(&value, buffer->data, buffer->len < sizeof value ? buffer->len : sizeof value);
    return value;
}

uint64_t read_x(unsigned number) { return number < X_REGISTERS ? read_register(x[number]) : 0; }

uint32_t read_code(uint64_t va) {
    uint32_t word = 0;
    g_byte_array_set_size(buffer, 0);
    if (qemu_plugin_read_memory_vaddr(va, buffer, sizeof word) && buffer->len >= sizeof word)
        memcpy(&word, buffer->data, sizeof word);
    return word;
}

uint64_t physical(uint64_t va) { return translation_of(current, va); }

uint64_t bytes_of(uint64_t pa, unsigned size) {
    unsigned offset = pa % LINE;
    uint64_t mask = size >= LINE ? ALL_BYTES : (UINT64_C(1) << size) - 1;
    return mask << offset;
}

/* The core that executes. A kernel can change VMPIDR_EL2; where two cores have the same one, nothing can be told. */
static void know_core(void) {
    uint64_t value = read_register(vmpidr_register);
    if (value == vmpidr[current])
        return;
    for (unsigned core = 0; core < CORES; core++)
        if (value == vmpidr[core]) {
            current = core;
            return;
        }
    if (vmpidr[value % CORES] == 0) {
        current = value % CORES;
        vmpidr[current] = value;
        return;
    }
    fprintf(stderr,
            "board-check: VMPIDR_EL2 is %#llx, which no core wrote: it cannot tell cores apart\n",
            (unsigned long long)value);
    _exit(1);
}

static void write_vmpidr(uint64_t value) {
    for (unsigned core = 0; core < CORES; core++)
        if (core != current && vmpidr[core] == value) {
            fprintf(stderr,
                    "board-check: cores %u and %u have the same VMPIDR_EL2: it cannot tell them "
                    "apart\n",
                    core, current);
            _exit(1);
        }
    vmpidr[current] = value;
}

/* ---- loads and stores -------------------------------------------------------------------------------------- */

static void check_alignment(const struct access *access, uint64_t va) {
    const struct insn *insn = access->insn;
    unsigned element = insn->element ? insn->element : access->size;
    bool atomic = (insn->flags & (INSN_EXCLUSIVE | INSN_ACQUIRE | INSN_RELEASE)) != 0;
    uint64_t base = va - (uint64_t)insn->offset;
    bool second = insn->element == access->size && (base - insn->element) % 16 == 0; /* of a pair */
    if (va % element != 0 && (access->type == DEVICE || atomic))
        report(atomic ? UNALIGNED_ATOMIC : UNALIGNED, access->core, insn, access->core, NULL,
               "%u bytes at %#llx", access->size, (unsigned long long)va);
    if ((insn->flags & INSN_SP_BASE) && base % 16 != 0 && !second && sp_is_checked(access->core))
        report(SP_ALIGNMENT, access->core, insn, access->core, NULL, "SP is %#llx",
               (unsigned long long)base);
    if ((insn->flags & INSN_EXCLUSIVE) && access->type != CACHED)
        report(EXCLUSIVE, access->core, insn, access->core, NULL, "%u bytes at %#llx, %s",
               access->size, (unsigned long long)va,
               access->type == DEVICE ? "Device (as all is with the MMU off)"
                                      : "uncached (or SCTLR_ELx.C is 0)");
}

static void peripheral_access(const struct access *access, bool store, uint64_t value) {
    if (access->type == CACHED && access->pa < PERIPHERALS_END)
        report(PERIPHERAL_NORMAL, access->core, access->insn, access->core, NULL, "address %#llx",
               (unsigned long long)access->pa);
    if (!store)
        return;
    order_peripheral_store(access->core);
    videocore_store(access->core, access->insn, access->pa, (uint32_t)value);
}

/* Calls for each part of an access that lies in one line. */
static void each_part(const struct access *access, void (*visit)(const struct access *)) {
    struct access part = *access;
    unsigned room = LINE - access->pa % LINE;
    part.size = access->size < room ? access->size : room;
    visit(&part);
    if (part.size < access->size && access->pa + part.size < RAM_END) {
        part.pa += part.size;
        part.size = access->size - part.size;
        visit(&part);
    }
}

static void ram_access(const struct access *access, bool store, const void *bytes) {
    if (store) {
        uint64_t old = ram_read(access->pa & ~UINT64_C(7), 8);
        bool changed = ram_store(access->pa, bytes, access->size);
        each_part(access, line_store);
        if (changed)
            descriptor_store(access, old);
        order_store(access, changed);
    } else {
        ram_learn(access->pa, bytes, access->size);
        uint64_t value = ram_read(access->pa, access->size);
        ram_load_check(access);
        each_part(access, line_load);
        order_load(access, value);
        videocore_load(access->pa, value);
        if (access->insn->flags & INSN_EXCLUSIVE)
            monitor_set(access->core, access->pa);
    }
}

static void on_access(unsigned vcpu, qemu_plugin_meminfo_t info, uint64_t va, void *data) {
    (void)vcpu;
    const struct insn *insn = data;
    struct qemu_plugin_hwaddr *hwaddr = qemu_plugin_get_hwaddr(info, va);
    bool store = qemu_plugin_mem_is_store(info);
    /* To QEMU a store-exclusive is a compare-and-swap, which loads first. */
    if (!hwaddr || (!store && (insn->flags & INSN_EXCLUSIVE) && !(insn->flags & INSN_LOAD)))
        return;
    uint64_t pa = qemu_plugin_hwaddr_phys_addr(hwaddr);
    struct access access;
    uint64_t by_tables = 0;
    if (!translate(current, insn, va, &by_tables, &access))
        access = (struct access){.type = pa < RAM_END ? CACHED : DEVICE, .shareable = true};
    access.core = current;
    access.insn = insn;
    access.pa = pa;
    access.size = 1U << qemu_plugin_mem_size_shift(info);
    registers_access_check(current, insn);
    check_alignment(&access, va);
    qemu_plugin_mem_value value = qemu_plugin_mem_get_value(info);
    if (pa >= RAM_END) {
        peripheral_access(&access, store, value.data.u64);
        return;
    }
    uint64_t bytes[2] = {value.data.u64, 0};
    if (access.size == 16)
        bytes[0] = value.data.u128.low, bytes[1] = value.data.u128.high;
    ram_access(&access, store, bytes);
}

/* ---- system instructions ------------------------------------------------------------------------------------- */

static void synchronize(void) {
    registers_synchronize(current);
    code_synchronize(current);
    order_synchronize(current);
}

static void zero_line(const struct insn *insn, uint64_t va) {
    static const uint8_t zeros[LINE];
    uint64_t pa = 0;
    struct access access;
    va &= ~(uint64_t)(LINE - 1);
    if (!translate(current, insn, va, &pa, &access) || pa >= RAM_END)
        return;
    access.core = current;
    access.insn = insn;
    access.pa = pa;
    access.size = LINE;
    if (access.type == DEVICE)
        report(ZVA, current, insn, current, NULL, "address %#llx", (unsigned long long)va);
    ram_store(pa, zeros, LINE);
    line_store(&access);
}

static void maintain(const struct insn *insn, uint64_t va) {
    unsigned operation = (insn->word >> 16 & 7) << 8 | (insn->word >> 8 & 15) << 4 |
                         (insn->word >> 5 & 7); /* op1, CRm, op2 */
    enum maintenance how;
    uint64_t pa = 0;
    struct access access;
    maintenance_check(current, insn);
    switch (operation) {
    case 0x062: /* DC ISW, CSW, CISW */
    case 0x0a2:
    case 0x0e2:
        report(lines_may_be_cached() ? SET_WAY : SET_WAY_EARLY, current, insn, current, NULL,
               "core %u", current);
        return;
    case 0x050: line_maintain(current, insn, IC_ALL, 0); return;
    case 0x010: line_maintain(current, insn, IC_ALL_SHARED, 0); return;
    case 0x341: zero_line(insn, va); return;
    case 0x061: how = INVALIDATE; break;
    case 0x3a1: how = CLEAN_POC; break;
    case 0x3b1: how = CLEAN_POU; break;
    case 0x3e1: how = CLEAN_INVALIDATE; break;
    case 0x351: how = IC_LINE; break;
    default: return;
    }
    if (translate(current, insn, va, &pa, &access))
        line_maintain(current, insn, how, pa);
}

static void barrier(const struct insn *insn) {
    unsigned operation = insn->word >> 5 & 7;
    unsigned domain = insn->word >> 10 & 3;
    unsigned types = insn->word >> 8 & 3; /* 1 loads, 2 stores, 3 and 0 all */
    bool loads = types != 2;
    bool stores = types != 1;
    switch (operation) {
    case 2: /* CLREX */ monitor_clear(current); break;
    case 4: /* DSB */
        if (stores)
            lines_dsb(current, loads);
        if (stores && loads)
            tlb_dsb(current);
        order_barrier(current, loads, stores, stores);
        break;
    case 5: /* DMB; one for this core alone orders nothing for others */
        if (domain != 1)
            order_barrier(current, loads, stores, false);
        break;
    case 6: /* ISB */ synchronize(); break;
    default: break;
    }
}

/* What the host writes to memory for a semihosting call: read, command line, heap information. */
static void semihosting(const struct insn *insn) {
    uint64_t operation = read_x(0) & 0xffffffff;
    uint64_t pa = 0;
    struct access access;
    if (!translate(current, insn, read_x(1), &pa, &access) || pa >= RAM_END)
        return;
    if (operation == 0x06)
        ram_known(ram_read(pa + 8, 8) & 0x3fffffff, ram_read(pa + 16, 8));
    else if (operation == 0x15)
        ram_known(ram_read(pa, 8) & 0x3fffffff, ram_read(pa + 8, 8));
    else if (operation == 0x16)
        ram_known(ram_read(pa, 8) & 0x3fffffff, 32);
}

static const struct insn *eret[CORES]; /* the last thing that this core did */
static unsigned eret_level[CORES];

static void on_system(unsigned vcpu, void *data) {
    (void)vcpu;
    const struct insn *insn = data;
    uint32_t w = insn->word;
    if (w == 0xd69f03e0) {
        synchronize();
        set_event(current);
        monitor_clear(current);
        eret[current] = insn;
        eret_level[current] = level[current];
    } else if (w == 0xd45e0000) {
        semihosting(insn);
    } else if ((w & 0xfff00000) == 0xd5100000) {
        uint64_t value = read_x(w & 31);
        if (register_write(current, insn, value))
            write_vmpidr(value);
    } else if ((w & 0xfff00000) == 0xd5300000) {
        register_read(current, insn);
    } else if ((w & 0xfff8f000) == 0xd5087000) {
        maintain(insn, read_x(w & 31));
    } else if ((w & 0xfff8f000) == 0xd5088000) {
        maintenance_check(current, insn);
        tlb_invalidate(current, insn, read_x(w & 31));
    } else if ((w & 0xfffff01f) == 0xd503301f) {
        barrier(insn);
    } else if (w == 0xd503205f) {
        wait_for_event(current, insn);
    } else if (w == 0xd503209f) {
        send_event(current, insn);
    } else if (w == 0xd50320bf) { /* SEVL */
        set_event(current);
    }
}

/* ---- blocks of code -------------------------------------------------------------------------------------------- */

struct block {
    const struct insn *first, *fp; /* fp: the first that uses FP or SIMD, or null */
    uint64_t size;
    unsigned count;
    int level; /* QEMU translates a block for one exception level; -1 until it is known */
};

/* An alignment fault that QEMU takes too: QEMU 9 and later know Device memory. */
static void check_fault(void) {
    unsigned now_at = level[current] ? level[current] : 1;
    uint64_t syndrome = read_register(esr[now_at]);
    unsigned class = syndrome >> 26 & 63;
    const struct insn *insn = insn_executed_at(read_register(elr[now_at]));
    if ((class == 0x24 || class == 0x25) && (syndrome & 0x3f) == 0x21 && insn &&
        !alignment_is_checked(current))
        report(insn->flags & (INSN_EXCLUSIVE | INSN_ACQUIRE | INSN_RELEASE) ? UNALIGNED_ATOMIC
                                                                            : UNALIGNED,
               current, insn, current, NULL, "address %#llx; QEMU took this fault too",
               (unsigned long long)read_register(far[now_at]));
}

static void check_exception(const struct block *block, unsigned before) {
    bool known = false;
    uint64_t offset = block->first->pc - vectors(current, &known);
    if (known && offset < 0x800 && offset % 0x80 == 0) {
        synchronize();
        order_exception(current);
        if (offset % 0x200 == 0)
            check_fault();
    } else if (level[current] > before) {
        synchronize();
        order_exception(current);
    }
}

/* The device tree: what x0 points to as the kernel starts. */
static void know_tree(void) {
    uint64_t tree = read_x(0);
    if (tree == 0 || tree % 8 != 0 || tree >= RAM_END)
        return;
    g_byte_array_set_size(buffer, 0);
    if (!qemu_plugin_read_memory_vaddr(tree, buffer, 8) || buffer->len < 8)
        return;
    const uint8_t *b = buffer->data;
    uint32_t size = (uint32_t)b[4] << 24 | (uint32_t)b[5] << 16 | (uint32_t)b[6] << 8 | b[7];
    if (b[0] == 0xd0 && b[1] == 0x0d && b[2] == 0xfe && b[3] == 0xed)
        ram_known(tree, size);
}

static void start_core(const struct block *block) {
    static bool in_kernel;
    if (blocks[current] == 0)
        translation_start(current, (unsigned)block->level);
    if (!in_kernel && block->first->pc >= 0x1000) {
        in_kernel = true;
        know_tree();
    }
}

static void on_block(unsigned vcpu, void *data) {
    (void)vcpu;
    struct block *block = data;
    know_core();
    unsigned before = level[current];
    if (block->level < 0)
        block->level = (int)(read_register(cpsr) >> 2 & 3);
    start_core(block);
    blocks[current]++;
    instructions += block->count;
    level[current] = (unsigned)block->level;
    if (eret[current]) {
        registers_eret_check(current, eret_level[current], eret[current]);
        eret[current] = NULL;
    } else {
        check_exception(block, before);
    }
    uint64_t pa = 0;
    struct access access;
    if (translate(current, block->first, block->first->pc, &pa, &access)) {
        uint64_t room = 4096 - pa % 4096;
        code_execute(current, block->first, pa, block->size < room ? block->size : room,
                     fetches_cached(current));
    }
    if (block->fp)
        registers_fp_check(current, block->fp);
}

static void translate_block(struct qemu_plugin_tb *tb) {
    size_t count = qemu_plugin_tb_n_insns(tb);
    struct block *block = calloc(1, sizeof *block);
    if (!block)
        abort();
    block->level = -1;
    block->count = (unsigned)count;
    block->size = 4 * count;
    for (size_t i = 0; i < count; i++) {
        struct qemu_plugin_insn *q = qemu_plugin_tb_get_insn(tb, i);
        uint32_t word = 0;
        qemu_plugin_insn_data(q, &word, sizeof word);
        struct insn *insn = insn_at(qemu_plugin_insn_vaddr(q), word);
        if (!block->first)
            block->first = insn;
        if (!block->fp && (insn->flags & INSN_FP))
            block->fp = insn;
        if (insn_is_system(insn))
            qemu_plugin_register_vcpu_insn_exec_cb(q, on_system, QEMU_PLUGIN_CB_R_REGS, insn);
        else if (insn_is_load_or_store(insn))
            qemu_plugin_register_vcpu_mem_cb(q, on_access, QEMU_PLUGIN_CB_NO_REGS,
                                             QEMU_PLUGIN_MEM_RW, insn);
    }
    qemu_plugin_register_vcpu_tb_exec_cb(tb, on_block, QEMU_PLUGIN_CB_R_REGS, block);
}

/* ---- start and end --------------------------------------------------------------------------------------------- */

static void know_register(const qemu_plugin_reg_descriptor *r) {
    static const struct {
        const char *name;
        struct qemu_plugin_register **handle;
    } table[] = {
        {"cpsr", &cpsr},      {"VMPIDR_EL2", &vmpidr_register},
        {"ESR_EL1", &esr[1]}, {"ESR_EL2", &esr[2]},
        {"ESR_EL3", &esr[3]}, {"ELR_EL1", &elr[1]},
        {"ELR_EL2", &elr[2]}, {"ELR_EL3", &elr[3]},
        {"FAR_EL1", &far[1]}, {"FAR_EL2", &far[2]},
        {"FAR_EL3", &far[3]},
    };
    if (r->name[0] == 'x' && r->name[1] >= '0' && r->name[1] <= '9') {
        unsigned long number = strtoul(r->name + 1, NULL, 10);
        if (number < X_REGISTERS && !x[number])
            x[number] = r->handle;
    }
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        if (strcmp(r->name, table[i].name) == 0 && !*table[i].handle)
            *table[i].handle = r->handle;
}

static void start_vcpu(void) {
    if (buffer)
        return;
    buffer = g_byte_array_new();
    const GArray *array = qemu_plugin_get_registers();
    for (unsigned i = 0; i < array->len; i++)
        know_register((const void *)(array->data + i * register_size));
    if (!cpsr || !x[0] || !vmpidr_register) {
        fprintf(stderr, "board-check: this QEMU does not show the core's registers to plugins\n");
        exit(1);
    }
}

static void finish(void) {
    events_finish();
    videocore_finish();
    if (report_all(instructions) > 0 && status_at_hazard != 0)
        _exit(status_at_hazard);
}

#if PIBOOT_PLUGIN_API >= 7
static void on_translation(struct qemu_plugin_tb *tb, void *data) {
    (void)data;
    translate_block(tb);
}
static void on_start(unsigned vcpu, void *data) {
    (void)vcpu;
    (void)data;
    start_vcpu();
}
static void on_exit_(void *data) {
    (void)data;
    finish();
}
static void register_callbacks(qemu_plugin_id_t id) {
    qemu_plugin_register_vcpu_init_cb(id, on_start, NULL);
    qemu_plugin_register_vcpu_tb_trans_cb(id, on_translation, NULL);
    qemu_plugin_register_atexit_cb(id, on_exit_, NULL);
}
#else
static void on_translation(qemu_plugin_id_t id, struct qemu_plugin_tb *tb) {
    (void)id;
    translate_block(tb);
}
static void on_start(qemu_plugin_id_t id, unsigned vcpu) {
    (void)id;
    (void)vcpu;
    start_vcpu();
}
static void on_exit_(qemu_plugin_id_t id, void *data) {
    (void)id;
    (void)data;
    finish();
}
static void register_callbacks(qemu_plugin_id_t id) {
    qemu_plugin_register_vcpu_init_cb(id, on_start);
    qemu_plugin_register_vcpu_tb_trans_cb(id, on_translation);
    qemu_plugin_register_atexit_cb(id, on_exit_, NULL);
}
#endif

/* The value of an argument of this name, kept; or null. */
static const char *argument(int argc, char **argv, const char *name) {
    size_t length = strlen(name);
    for (int i = 0; i < argc; i++)
        if (strncmp(argv[i], name, length) == 0 && argv[i][length] == '=')
            return strdup(argv[i] + length + 1);
    return NULL;
}

EXPORT int qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t *info, int argc,
                               char **argv) {
    const char *image = argument(argc, argv, "image");
    const char *elf = argument(argc, argv, "elf");
    const char *status = argument(argc, argv, "status");
    if (strcmp(info->target_name, "aarch64") != 0 || !info->system_emulation ||
        info->version.cur < 4) {
        fprintf(stderr, "board-check: it needs qemu-system-aarch64 9.2 or later\n");
        return 1;
    }
    register_size = sizeof(qemu_plugin_reg_descriptor);
    if (info->version.cur >= 6)
        register_size += sizeof(void *);
    status_at_hazard = status ? (int)strtol(status, NULL, 10) : 0;
    ram_open();
    lines_open();
    order_open();
    if (!image || !ram_load(image)) {
        fprintf(stderr, "board-check: image=%s is no kernel that it can read\n",
                image ? image : "");
        return 1;
    }
    if (elf)
        ram_symbols(elf);
    report_open(elf, argument(argc, argv, "symbolizer"), argument(argc, argv, "allow"));
    register_callbacks(id);
    return 0;
}
