/* SPDX-License-Identifier: MIT */
/*
 * The machine against libunicorn, an independent implementation: random instructions, one at a time, from the same
 * registers and memory; then each register, the flags and the PC must be the same, and now and then the memory.
 *
 *   differential [COUNT [SEED]]     a million words; status 1 when one differs, 3 when too few were compared
 *
 * Both run at EL1 with the MMU on. Words of each class of encodings are drawn, allocated or not: what one of them finds
 * UNDEFINED the other must, too. Left out: SVC and its like, branches to registers (their targets are nowhere), system
 * registers other than NZCV, exclusives (they fail at random), and what the architecture leaves UNPREDICTABLE.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unicorn/unicorn.h>

#include "machine.h"

#define CODE UINT64_C(0x80000)
#define DATA UINT64_C(0x200000)
enum {
    SIZE = 0x10000,
    CLASSES = 12,
    BELOW = 0x1000, /* of the middle of DATA, and above it: as far as a store can go */
    ABOVE = 0x12000,
    SHOWN = 40,
};

static uint64_t state = 1;
static uint64_t draw(void) {
    uint64_t z = (state += UINT64_C(0x9e3779b97f4a7c15));
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static struct image image = {
    .path = "random words", .entry = CODE, .low = CODE, .high = CODE + PAGE, .memory_high = CODE + PAGE};
static void enter(struct machine *m) { m->verdict = PASSED; }
static const struct way way = {.name = "differential", .enter = enter, .as_linked = true};
static struct machine *machine;
static struct core *core;
static uc_engine *uc;

struct registers {
    uint64_t x[31], sp, pc, flags;
    struct vector128 v[32];
};

static int x_register(unsigned n) {
    return n < 29 ? UC_ARM64_REG_X0 + (int)n : n == 29 ? UC_ARM64_REG_X29 : UC_ARM64_REG_X30;
}

static void set_up(void) {
    static const struct {
        enum sysreg r;
        uint64_t value;
    } values[] = {
        {SCR_EL3, 0x5b1},   {HCR_EL2, UINT64_C(1) << 31},
        {CPTR_EL2, 0x33ff}, {CPTR_EL3, 0},
        {MDCR_EL2, 0},      {MDSCR_EL1, 0},
        {VTTBR_EL2, 0},     {CPACR_EL1, 3 << 20},
        {HSTR_EL2, 0},      {CPUECTLR_EL1, 0x40},
        {MDCR_EL3, 0},      {FPCR, 0},
        {FPSR, 0},          {MAIR_EL1, 0xff},
        {TTBR0_EL1, 0x300000}, {TCR_EL1, UINT64_C(2) << 32 | 1 << 23 | 3 << 12 | 1 << 10 | 1 << 8 | 25},
        {VBAR_EL1, 0x90000}, {SCTLR_EL1, 0x30d00805}, /* M, C */
    };
    uint64_t block = 0x701, on = 3 << 20; /* Normal, inner shareable */
    machine = machine_new();
    machine_run(machine, &image, &way, 1);
    memset(&machine->temper, 0, sizeof machine->temper);
    core = &machine->core[0];
    memset(core->tlb, 0, sizeof core->tlb);
    memset(core->walks, 0, sizeof core->walks);
    for (unsigned n = 0; n < sizeof values / sizeof values[0]; n++)
        sysreg_set(core, values[n].r, values[n].value);
    ram_write(machine, 0x300000, &block, 8);
    if (uc_open(UC_ARCH_ARM64, UC_MODE_ARM, &uc) || uc_ctl_set_cpu_model(uc, UC_CPU_ARM64_A53) ||
        uc_mem_map(uc, 0, 0x400000, UC_PROT_ALL) || uc_reg_write(uc, UC_ARM64_REG_CPACR_EL1, &on)) {
        fprintf(stderr, "differential: libunicorn does not start\n");
        exit(3);
    }
    for (uint64_t at = 0; at < DATA + 2 * SIZE; at += 8) {
        uint64_t junk = draw();
        ram_write(machine, at, &junk, 8);
        uc_mem_write(uc, at, &junk, 8);
    }
}

/* A word of a class: whole classes with anything in the other bits, and the dense ones again, which few words hit. */
static uint32_t word_of(unsigned class) {
    uint32_t w = (uint32_t)draw();
    static const uint32_t transfers[] = {0x39000000, 0x38000000, 0x38000400, 0x38000c00, 0x38200800, 0x38000800,
                                         0x28000000, 0x28800000, 0x29000000, 0x29800000, 0x18000000, 0x0c000000, 0x0c9f0000};
    switch (class) {
    case 0: return (w & 0xe3ffffff) | 0x10000000;                             /* immediate */
    case 1: return (w & 0xf1ffffff) | 0x0a000000;                             /* registers */
    case 2: return (w & 0xf5ffffff) | 0x08000000;                             /* loads and stores */
    case 3: return (w & 0xe3ffffff) | 0x14000000;                             /* branches */
    case 4: return (w & 0xf1ffffff) | 0x0e000000;                             /* FP and SIMD */
    case 5: return (w & 0x801fffff & ~UINT32_C(0x8000)) | 0x1ac00000;         /* two sources */
    case 6: return (w & 0x80000fff & ~UINT32_C(0)) | 0x5ac00000 | (w & 0x1000); /* one source */
    case 7: return (w & 0xe01ffbff) | 0x1a800000;                             /* select */
    case 8: return (w & 0xe01ffbef) | 0x3a400000;                             /* conditional compare */
    case 9: return (w & 0x80ffffff) | 0x1b000000;                             /* three sources */
    case 10: {
        unsigned k = (unsigned)(draw() % (sizeof transfers / sizeof transfers[0]));
        uint32_t keep = k == 0 ? 0xc4ffffff : k < 6 ? 0xc4dff3ff : k < 10 ? 0xc47fffff : k == 10 ? 0xc4ffffff : 0x4040ffff;
        return (w & keep) | transfers[k];
    }
    default: return (w & 0x0020001f) | ((w & 1 << 30) ? 0xd51b4200 : 0xd503201f | (w & 0xfe0)); /* NZCV, hints */
    }
}

static bool left_out(uint32_t w) {
    const struct insn *i = decode(w);
    switch (i->id) {
    case INSN_NOT_MODELLED:
    case INSN_UNPREDICTABLE:
    case INSN_LOAD_EXCLUSIVE:
    case INSN_STORE_EXCLUSIVE:
    case INSN_BR:
    case INSN_BLR:
    case INSN_RET:
    case INSN_ERET:
    case INSN_SVC:
    case INSN_HVC:
    case INSN_SMC:
    case INSN_BRK:
    case INSN_HLT:
    case INSN_WFE:
    case INSN_WFI:
    case INSN_SYS:
    case INSN_SYSL:
    case INSN_MSR_IMMEDIATE: return true;
    case INSN_MRS:
    case INSN_MSR: return (w & 0xffdfffe0) != 0xd51b4200;
    case INSN_LOAD:
    case INSN_STORE: return i->extends && i->rm == i->rn; /* nowhere */
    default: return cryptographic(w) || w >> 24 == 0xd4 || w >> 25 == 0x6b; /* their unallocated neighbours */
    }
}

static void draw_registers(struct registers *r, uint32_t w) {
    for (unsigned n = 0; n < 31; n++) {
        uint64_t value = draw();
        switch (draw() % 6) {
        case 0: value = (uint64_t)(int64_t)(int32_t)value; break;
        case 1: value &= 0xff; break;
        case 2: value = 0; break;
        case 3: value = value & 1 ? UINT64_C(1) << 63 : UINT64_MAX >> 1; break;
        default: break;
        }
        r->x[n] = value;
    }
    for (unsigned n = 0; n < 32; n++)
        r->v[n] = (struct vector128){draw(), draw()};
    uint64_t middle = DATA + SIZE / 2;
    r->sp = middle + (draw() & 0xff0);
    r->flags = (draw() & 15) << 28;
    r->pc = CODE + 0x800;
    const struct insn *i = decode(w);
    if (!i->is_memory || i->literal)
        return;
    if (i->rn < 31)
        r->x[i->rn] = middle + (draw() & 0xfff & (i->ordered ? ~UINT64_C(7) : UINT64_MAX)); /* it looks at no alignment */
    if (i->extends && i->rm < 31 && i->rm != i->rn) /* near enough, extended or not */
        r->x[i->rm] = (uint64_t)((int64_t)(draw() % 0x400) - (i->extend & 4 ? 0x200 : 0)) |
                      (i->extend & 1 ? 0 : draw() << 32);
}

/* False: it was UNDEFINED, or left RAM. */
static bool on_the_machine(struct registers *r, uint32_t w) {
    memcpy(core->x, r->x, sizeof r->x);
    core->x[31] = 0;
    core->sp[1] = r->sp;
    core->pc = r->pc;
    core->n = r->flags >> 31 & 1, core->z = r->flags >> 30 & 1;
    core->c = r->flags >> 29 & 1, core->vf = r->flags >> 28 & 1;
    memcpy(core->v, r->v, sizeof r->v);
    core->el = 1, core->spsel = true, core->daif = 15;
    core->illegal = core->monitor = core->asleep = false;
    core->storm = core->exception_count = 0;
    core->reg[FPSR] = core->force[FPSR] = 0;
    memset(core->icache.tag, 0, sizeof core->icache.tag);
    ram_write(machine, r->pc, &w, 4);
    machine->verdict = RUNNING;
    if (setjmp(machine->escape))
        return false;
    step(core);
    while (complete_one(core))
        ;
    memcpy(r->x, core->x, sizeof r->x);
    r->sp = core->sp[1];
    r->pc = core->pc;
    r->flags = (uint64_t)core->n << 31 | (uint64_t)core->z << 30 | (uint64_t)core->c << 29 | (uint64_t)core->vf << 28;
    memcpy(r->v, core->v, sizeof r->v);
    return true;
}

static bool on_unicorn(struct registers *r, uint32_t w) {
    uint64_t zero = 0;
    uc_mem_write(uc, r->pc, &w, 4);
    uc_ctl_remove_cache(uc, r->pc, r->pc + 4);
    for (unsigned n = 0; n < 31; n++)
        uc_reg_write(uc, x_register(n), &r->x[n]);
    for (unsigned n = 0; n < 32; n++)
        uc_reg_write(uc, UC_ARM64_REG_V0 + (int)n, &r->v[n]);
    uc_reg_write(uc, UC_ARM64_REG_SP, &r->sp);
    uc_reg_write(uc, UC_ARM64_REG_NZCV, &r->flags);
    uc_reg_write(uc, UC_ARM64_REG_FPCR, &zero);
    uc_reg_write(uc, UC_ARM64_REG_FPSR, &zero);
    uc_err error = uc_emu_start(uc, r->pc, UINT64_MAX, 0, 1);
    if (error && error != UC_ERR_FETCH_UNMAPPED) /* a branch to nowhere is a branch */
        return false;
    for (unsigned n = 0; n < 31; n++)
        uc_reg_read(uc, x_register(n), &r->x[n]);
    for (unsigned n = 0; n < 32; n++)
        uc_reg_read(uc, UC_ARM64_REG_V0 + (int)n, &r->v[n]);
    uc_reg_read(uc, UC_ARM64_REG_SP, &r->sp);
    uc_reg_read(uc, UC_ARM64_REG_NZCV, &r->flags);
    uc_reg_read(uc, UC_ARM64_REG_PC, &r->pc);
    r->flags &= UINT64_C(0xf0000000);
    return true;
}

/* What the machine's cores read, and what is in Unicorn's memory, which then takes it. */
static bool same_memory(void) {
    static uint8_t ours[BELOW + ABOVE], theirs[BELOW + ABOVE];
    uint64_t low = DATA + SIZE / 2 - BELOW;
    core->el = 1;
    static unsigned n; /* not lost in setjmp */
    for (n = 0; n < sizeof ours; n += LINE)
        if (!setjmp(machine->escape))
            data_read(core, low + n, LINE, ours + n);
    uc_mem_read(uc, low, theirs, sizeof theirs);
    bool same = !memcmp(ours, theirs, sizeof ours);
    if (!same)
        uc_mem_write(uc, low, ours, sizeof ours);
    return same;
}

int main(int argc, char **argv) {
    uint64_t count = argc > 1 ? strtoull(argv[1], NULL, 0) : 1000000, compared = 0, undefined = 0, different = 0;
    state = argc > 2 ? strtoull(argv[2], NULL, 0) : 1;
    set_up();
    for (uint64_t n = 0; n < count; n++) {
        uint32_t w = word_of((unsigned)(n % CLASSES));
        if (left_out(w))
            continue;
        struct registers before, ours, theirs;
        memset(&before, 0, sizeof before);
        draw_registers(&before, w);
        ours = theirs = before;
        bool good = on_the_machine(&ours, w), also = on_unicorn(&theirs, w);
        const char *what = NULL;
        if (good != also)
            what = good ? "the reference takes an exception" : "the machine takes an exception";
        else if (good && memcmp(ours.x, theirs.x, sizeof ours.x))
            what = "general registers";
        else if (good && (ours.sp != theirs.sp || ours.pc != theirs.pc))
            what = "SP or PC";
        else if (good && ours.flags != theirs.flags)
            what = "flags";
        else if (good && memcmp(ours.v, theirs.v, sizeof ours.v))
            what = "SIMD&FP registers";
        if ((n % 500 == 0 || n == count - 1) && !same_memory() && !what)
            what = "memory, by one of the last 500 words";
        compared += good && also;
        undefined += !good && !also;
        if (what && different++ < SHOWN)
            printf("%08x `%s': %s, ESR %#llx\n", w, decode(w)->text, what,
                   good ? 0 : (unsigned long long)core->exceptions[(core->exception_count - 1) % 4].esr);
    }
    printf("differential: %llu words: %llu executed, %llu undefined or out of RAM for both, %llu differ\n",
           (unsigned long long)count, (unsigned long long)compared, (unsigned long long)undefined,
           (unsigned long long)different);
    return different ? 1 : compared < count / 3 ? 3 : 0;
}
