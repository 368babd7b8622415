/* SPDX-License-Identifier: MIT */
/*
 * The board check: types and functions that its parts share. What it is, and how a run is watched, is told at the
 * top of plugin.c; what it reports, in rules.h.
 */
#ifndef CHECK_H
#define CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rules.h"

enum {
    CORES = 4,
    VIDEOCORE = CORES, /* in place of a core's number: the GPU and the DMA controller */
    LINE = 64,         /* bytes in a cache line of a Cortex-A53, and in a DC ZVA block */
    POLL_BLOCKS = 64   /* a loop that polls comes back to its load within so many blocks of code */
};
#define RAM_END UINT64_C(0x3f000000)
#define PERIPHERALS_END UINT64_C(0x41000000) /* with the local peripherals */
#define ALL_BYTES UINT64_MAX

/* What an instruction is, as far as it matters here. */
enum {
    INSN_EXCLUSIVE = 1, /* LDXR, STXR and their kin */
    INSN_ACQUIRE = 2,   /* LDAR, LDAXR */
    INSN_RELEASE = 4,   /* STLR, STLXR */
    INSN_LOAD = 8,      /* of the three above: the load */
    INSN_SP_BASE = 16,  /* its base register is SP, and offset tells the distance */
    INSN_FP = 32
};

/* One for each address and word: reports compare them by address. */
struct insn {
    uint64_t pc;
    uint32_t word;
    uint8_t flags;
    uint8_t
        element; /* bytes that must be aligned, where they are fewer than those accessed; else 0 */
    int16_t offset;
    struct insn *next;
};

/* As the memory system of a Cortex-A53 treats it: write-through is not cached. */
enum memory_type { DEVICE, UNCACHED, CACHED };

/* One access of a core to one piece of RAM that lies within a line. */
struct access {
    unsigned core;
    const struct insn *insn;
    uint64_t pa;
    unsigned size;
    enum memory_type type;
    bool shareable;
};

/* ---- plugin.c --------------------------------------------------------------------------------------- */

extern uint64_t now;           /* counts what must be put in order: stores, maintenance, barriers */
extern uint64_t blocks[CORES]; /* of code, executed by each core */
extern unsigned level[CORES];  /* the exception level of each core */

uint64_t read_x(unsigned number);
uint32_t read_code(uint64_t va);
uint64_t
physical(uint64_t va); /* as the core that executes translates it, without a look at the TLB */
uint64_t bytes_of(uint64_t pa, unsigned size);
void *shadow_of_ram(uint64_t unit, size_t size);

/* ---- insn.c ------------------------------------------------------------------------------------------ */

struct insn *insn_at(uint64_t pc, uint32_t word);
const struct insn *insn_executed_at(uint64_t pc); /* null if nothing was */
bool insn_is_load_or_store(const struct insn *insn);
bool insn_is_system(const struct insn *insn); /* and ERET, and the HLT of semihosting */

/* ---- report.c --------------------------------------------------------------------------------------- */

/*
 * Reports a rule broken by a core's instruction, and the other instruction that takes part (or null). One report for
 * each such pair; the text tells the details of the first.
 */
void report(enum rule rule, unsigned core, const struct insn *insn, unsigned other_core,
            const struct insn *other, const char *format, ...)
    __attribute__((format(printf, 6, 7)));

/* A third instruction that has a part in the last report, if that one was new. */
void report_also(const char *label, unsigned core, const struct insn *insn);

/*
 * The same for a load, of which a loop that polls may read an old value as long as it reads the new one in the end:
 * the report is withdrawn if the same instruction soon reads the same address again (again_good: and reads it right).
 */
void report_load(enum rule rule, const struct access *access, unsigned other_core,
                 const struct insn *other, const char *text);
void read_again(const struct access *access, bool good);
bool any_load_reported(void);

/* Something that the check does not know: it says so once, and does not judge what depends on it. */
void not_watched(const char *what);

void report_open(const char *elf, const char *symbolizer, const char *allow);
/* Prints all reports; the number of hazards. */
unsigned report_all(uint64_t instructions);

/* ---- ram.c: what memory holds ----------------------------------------------------------------------- */

void ram_open(void);
bool ram_load(const char *path);   /* an ELF, or an image as the firmware loads it */
void ram_symbols(const char *elf); /* where the linker put what runs somewhere else */
uint64_t ram_link_address(uint64_t pc);
void ram_known(uint64_t pa, uint64_t size);
uint64_t ram_read(uint64_t pa, unsigned size);
/* Stores; whether that changed anything. */
void ram_learn(uint64_t pa, const void *bytes, unsigned size); /* what another master wrote */
bool ram_store(uint64_t pa, const void *bytes, unsigned size);
void ram_load_check(const struct access *access);

/* ---- lines.c: what caches hold ----------------------------------------------------------------------- */

struct line {
    const struct insn *writer, *past; /* of the last store, and of the last one past the caches */
    uint64_t dirty, newer;   /* bytes: newer in a cache than in memory, and the other way round */
    uint64_t code;           /* bytes stored, and not yet found missing in an instruction cache */
    uint64_t kept;           /* bytes stored through a cache since the line was last in none */
    uint64_t incomplete;     /* bytes stored since the writer's last DSB */
    uint64_t written;        /* when: the last store, */
    uint64_t cleaned;        /* the last one that is known to be visible to instruction fetches, */
    uint64_t invalidated;    /* and the IC IVAU of it */
    uint64_t dropped;        /* the last time that maintenance took it out of the caches */
    uint8_t core, past_core; /* of the writers */
    uint8_t type;            /* enum memory_type of the last store */
    uint8_t good; /* a bit for each core that has executed it since, with nothing missing */
    bool cached;  /* a cache may hold the line */
};

void lines_open(void);
struct line *line_at(uint64_t pa);
/* While a core has its caches on, any line may be fetched into one ahead of time, and stays there. */
void lines_caches(unsigned core, bool on);
bool lines_may_be_cached(void);
void line_store(const struct access *access);
void line_load(const struct access *access);
bool line_complete(const struct line *line, uint64_t bytes); /* a DSB followed the store of these */
enum maintenance {
    CLEAN_POC,
    CLEAN_POU,
    CLEAN_INVALIDATE,
    INVALIDATE,
    IC_LINE,
    IC_ALL,
    IC_ALL_SHARED
};
void line_maintain(unsigned core, const struct insn *insn, enum maintenance how, uint64_t pa);
void lines_dsb(unsigned core, bool maintenance);

/* ---- code.c: what instruction caches hold ------------------------------------------------------------ */

void code_execute(unsigned core, const struct insn *insn, uint64_t pa, uint64_t size, bool cached);
void code_invalidate_all(unsigned core, uint64_t when);
void code_synchronize(unsigned core);
uint64_t dsb_time(unsigned core);

/* ---- translation.c: system registers, page tables, TLBs ----------------------------------------------- */

void translation_start(unsigned core, unsigned entry_level);
bool translate(unsigned core, const struct insn *insn, uint64_t va, uint64_t *pa,
               struct access *access);
void descriptor_store(const struct access *access, uint64_t old);
bool register_write(unsigned core, const struct insn *insn, uint64_t value);
void register_read(unsigned core, const struct insn *insn);
void tlb_invalidate(unsigned core, const struct insn *insn, uint64_t value);
void tlb_dsb(unsigned core);
void registers_synchronize(unsigned core);
void registers_access_check(unsigned core, const struct insn *insn);
void registers_fp_check(unsigned core, const struct insn *insn);
void registers_eret_check(unsigned core, unsigned from, const struct insn *insn);
bool fetches_cached(unsigned core);
bool sp_is_checked(unsigned core);
bool alignment_is_checked(unsigned core);
bool event_stream(unsigned core);
uint64_t vectors(unsigned core, bool *known);
void maintenance_check(unsigned core, const struct insn *insn);
uint64_t translation_of(unsigned core, uint64_t va);

/* ---- order.c: barriers, events -------------------------------------------------------------------------- */

void order_open(void);
void order_store(const struct access *access, bool changed);
void order_load(const struct access *access, uint64_t value);
void order_barrier(unsigned id, bool loads, bool stores, bool complete);
void order_synchronize(unsigned id);
void order_exception(unsigned id);
void order_peripheral_store(unsigned id);
void monitor_set(unsigned id, uint64_t pa);
void monitor_clear(unsigned id);
void wait_for_event(unsigned id, const struct insn *insn);
void send_event(unsigned id, const struct insn *insn);
void set_event(unsigned id);
void events_finish(void);

/* ---- videocore.c: the other masters of the memory --------------------------------------------------------- */

void videocore_store(unsigned core, const struct insn *insn, uint64_t pa, uint32_t value);
void videocore_load(uint64_t pa, uint64_t value);
void videocore_finish(void);

#endif
