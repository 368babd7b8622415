/* SPDX-License-Identifier: MIT */
/*
 * FP and SIMD data processing by libunicorn, which is QEMU's translator as a library: one instruction at a time on the
 * model's registers. What touches memory, system registers, barriers and exceptions stays with the model.
 */
#include <stdlib.h>
#include <unicorn/unicorn.h>

#include "machine.h"

static int x_register(unsigned n) {
    return n < 29 ? UC_ARM64_REG_X0 + (int)n : n == 29 ? UC_ARM64_REG_X29 : UC_ARM64_REG_X30;
}

/* False: UNDEFINED on a Cortex-A53. */
bool fpu_execute(struct core *c, uint32_t word) {
    enum { SLOTS = 0x10000 };
    static uc_engine *uc;
    static uint32_t place[SLOTS]; /* a word keeps its place: it is translated once */
    if (!uc) {
        uint64_t on = 3 << 20;
        if (uc_open(UC_ARCH_ARM64, UC_MODE_ARM, &uc) || uc_ctl_set_cpu_model(uc, UC_CPU_ARM64_A53) ||
            uc_mem_map(uc, 0, SLOTS * 4 + PAGE, UC_PROT_ALL) /* and what follows the last */ || uc_reg_write(uc, UC_ARM64_REG_CPACR_EL1, &on))
            abort();
    }
    uint32_t slot = (word * UINT32_C(2654435761)) >> 16;
    if (place[slot] != word) {
        uc_mem_write(uc, slot * 4, &word, 4);
        uc_ctl_remove_cache(uc, slot * 4, slot * 4 + 4);
        place[slot] = word;
    }
    unsigned d = word & 31, n = word >> 5 & 31, m = word >> 16 & 31, a = word >> 10 & 31;
    bool table = (word & 0xbfe08c00) == 0x0e000000; /* TBL and TBX read up to four in a row */
    const unsigned v[] = {d, n, m, a, m & 15 /* by an element of 16 bits */, (n + 1) & 31, (n + 2) & 31, (n + 3) & 31};
    uint64_t fpcr = c->reg[FPCR], fpsr = c->reg[FPSR];
    uint64_t flags =
        (uint64_t)c->n << 31 | (uint64_t)c->z << 30 | (uint64_t)c->c << 29 | (uint64_t)c->vf << 28;
    for (unsigned k = 0; k < (table ? 8 : 5); k++)
        uc_reg_write(uc, UC_ARM64_REG_V0 + (int)v[k], &c->v[v[k]]);
    if (n < 31)
        uc_reg_write(uc, x_register(n), &c->x[n]);
    if (d < 31)
        uc_reg_write(uc, x_register(d), &c->x[d]);
    uc_reg_write(uc, UC_ARM64_REG_NZCV, &flags);
    uc_reg_write(uc, UC_ARM64_REG_FPCR, &fpcr);
    uc_reg_write(uc, UC_ARM64_REG_FPSR, &fpsr);
    if (uc_emu_start(uc, slot * 4, UINT64_MAX, 0, 1))
        return false;
    uc_reg_read(uc, UC_ARM64_REG_V0 + (int)d, &c->v[d]);
    if (d < 31)
        uc_reg_read(uc, x_register(d), &c->x[d]);
    uc_reg_read(uc, UC_ARM64_REG_NZCV, &flags);
    uc_reg_read(uc, UC_ARM64_REG_FPSR, &fpsr);
    c->reg[FPSR] = c->force[FPSR] = fpsr;
    c->n = flags >> 31 & 1, c->z = flags >> 30 & 1, c->c = flags >> 29 & 1, c->vf = flags >> 28 & 1;
    return true;
}
