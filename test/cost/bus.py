# SPDX-License-Identifier: MIT
"""Counts what a boot asks memory for, and holds it against its budgets.

The numbers are those of `machine --count` (test/machine/README.md, "Transactions"): of a Cortex-A53 that is friendly,
and waits for nobody longer than it must. They come from the firmware's stub, at EL2, with core 0 alone.

    bus.py --machine <test/machine's program> --folder <build>/test/cost   measures, prints the table, judges it
        --save <file>                                    measures and keeps the numbers, for
    bus.py --saved <file> --only <line>                  the judgement of one line"""

import argparse
import collections
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent))
import qemu  # noqa: E402

HERE = pathlib.Path(__file__).resolve().parent

Stretch = collections.namedtuple("Stretch", "core instructions transactions")

# line: what it is, and the most transactions that it may take
BUDGETS = {
    "reset": ("reset to alive(0), 64 KiB of .bss", 4180),
    "reset-elf": ("the same as an ELF: EL3, all cores at once", 4180),
    "tree": ("a device tree of 4 KiB that lies in the heap", 520),
    "core": ("its first instruction to alive(n), the slowest core", 55),
    "start-up": ("the call to ready, the slowest of cores 1 to 3", 20),
    "handshake": ("alive(n) returns to alive(n + 1), on both cores", 8),
    "exception": ("vector to an empty handler and back", 106),
    "memset": ("memset, 4 KiB", 256),
    "memcpy": ("memcpy, 4 KiB", 512),
    "mmu-reset": ("MMU: reset to alive(0), 64 KiB of .bss", 900),
    "mmu-core": ("MMU: its first instruction to alive(n), the slowest", 58),
    "mmu-start-up": ("MMU: the call to ready, the slowest core", 22),
    "mmu-handshake": ("MMU: alive(n) returns to alive(n + 1), on both cores", 8),
    "mmu-exception": ("MMU: vector to an empty handler and back", 0),
    "mmu-memset": ("MMU: memset, 4 KiB that no cache has, and to memory", 128),
    "mmu-memcpy": ("MMU: memcpy, 4 KiB that no cache has, and to memory", 192),
}
# Beside them, without a budget: start files of others, in their shape. main is their alive.
OTHERS = {"tutorial": HERE.parent / "docs" / "tutorial" / "start.S", "seed": HERE / "seed.S"}
# What the start of the MMU and the clearing of .bss consist of, for docs/speed.md: (kernel, stretch, which of them).
STEPS = {
    "old lines of four tables dropped; level 1": ("cost.mmu-64k", "piboot_make_map..piboot_fill_table", 0),
    "level 2: 512 entries of RAM": ("cost.mmu-64k", "piboot_fill_table", 0),
    "level 2 of the second GiB: nothing": ("cost.mmu-64k", "piboot_zero_pages", 0),
    "level 3: 512 pages of RAM": ("cost.mmu-64k", "piboot_fill_table", 1),
    "text is read-only and executable": ("cost.mmu-64k", "piboot_change_pages", 0),
    "read-only data": ("cost.mmu-64k", "piboot_change_pages", 1),
    "the map, with its links and guards": ("cost.mmu-64k", "piboot_make_map", 0),
    "MMU and caches on": ("cost.mmu-64k", "piboot_mmu_on", 0),
    "64 KiB of .bss, MMU on": ("cost.mmu-64k", "piboot_clear_bss", 0),
    "64 KiB of .bss, MMU off": ("cost.bss-64k", "piboot_clear_bss", 0),
}
OTHERS_KERNEL = """
volatile unsigned char bss[64 * 1024 - 16] __attribute__((__aligned__(16)));
volatile unsigned long end[2] = {0x20026};
static void leave(void) { __asm__ volatile("mov w0, #0x18; mov x1, %0; hlt #0xf000" ::"r"(end) : "x0", "x1"); }
#ifdef CORES
void main(unsigned core) { (void)core; }
void running(unsigned core) { if (core == CORES - 1) leave(); for (;;) __asm__ volatile("wfe"); }
#else
void main(void) { leave(); }
#endif
volatile unsigned long more[2];
"""

SEV, DC_CIVAC = 0xd503209f, 0xd50b7e20
VECTOR = 0x200  # EL1h, synchronous


def count(machine, elf, *options):
    """What machine --count prints of each stretch: in order, for each core that comes by."""
    way = () if "--way" in options else ("--way", "firmware")
    command = [machine, "--count", "--max-steps", "10000000", *way, *options, elf]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    if run.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))}\n{run.stdout}{run.stderr}")
    stretches = {}
    for line in run.stdout.splitlines()[1:]:
        name, core, instructions, *parts = re.match(r"(.*?) +(\d+)" + r" +(\d+)" * 8 + "$", line).groups()
        stretches.setdefault(name, []).append(Stretch(int(core), int(instructions), int(parts[-1])))
    return stretches


def most(stretches):
    return max(stretches, key=lambda stretch: stretch.transactions)


def boots(options, kernel):
    """Lines of a boot, and the symbols."""
    elf = os.path.join(options.folder, kernel, "kernel8.elf")
    symbols = qemu.Symbols(options.nm, elf)
    image = pathlib.Path(options.folder, kernel, "kernel8.img").read_bytes()
    base = symbols.address["_start"]

    def first(routine, instruction, mask=0xffffffff):
        begin = symbols.address[routine]
        return next(pc for pc in range(begin, begin + 0x100, 4)
                    if int.from_bytes(image[pc - base:][:4], "little") & mask == instruction)

    start_up = "piboot_secondary..piboot_wait_for_turn"
    wake = f"piboot_let_next_go..{first('piboot_let_next_go', SEV) + 4:#x}"
    # The one core runs until it yields, so the next one finds its word at its first look.
    turn = f"{first('piboot_wait_for_turn', DC_CIVAC, 0xffffffe0):#x}..piboot_alive"
    found = count(options.machine, elf, "--no-tree", "--count", start_up, "--count", wake, "--count", turn)
    entry = found["entry to alive"]
    # What one core does from its alive's return, and the next one to its alive.
    shakes = [Stretch(woken.core, waker.instructions + woken.instructions, waker.transactions + woken.transactions)
              for waker, woken in zip(found[wake], found[turn])]
    if [stretch.core for stretch in entry] != [0, 1, 2, 3] or len(shakes) != 3 or len(found[start_up]) != 3:
        sys.exit(f"{kernel}: not every core's alive was seen")
    return {"reset": entry[0], "core": most(entry[1:]), "start-up": most(found[start_up]), "handshake": most(shakes)}


def steps(options):
    """Of core 0."""
    values = {}
    for kernel in sorted({kernel for kernel, _, _ in STEPS.values()}):
        names = sorted({stretch for other, stretch, _ in STEPS.values() if other == kernel})
        found = count(options.machine, os.path.join(options.folder, kernel, "kernel8.elf"), "--no-tree",
                      *(word for name in names for word in ("--count", name)))
        for line, (other, stretch, which) in STEPS.items():
            if other == kernel:
                calls = [entry for entry in found.get(stretch, ()) if entry.core == 0]
                if which >= len(calls):
                    sys.exit(f"core 0 comes {len(calls)} times by {stretch}; docs/speed.md has other steps")
                values[line] = calls[which][1:]
    return values


def works(options, kernel):
    """What a kernel does later; each twice, and the second time counts."""
    elf = os.path.join(options.folder, kernel, "kernel8.elf")
    vectors = qemu.Symbols(options.nm, elf).address["piboot_vectors"]
    exception = f"{vectors + VECTOR:#x}..after_svc"
    names = {"exception": exception, "memset": "set_page", "memcpy": "copy_page"}
    found = count(options.machine, elf, *(word for name in names.values() for word in ("--count", name)))
    return {line: found[name][1] for line, name in names.items()}


def other(options, name):
    """A start file of another shape: from its _start to its main, and of its other cores."""
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder)
        build_other(path, OTHERS[name], ["-DCORES=4"] if name == "seed" else [])
        found = count(options.machine, path / "kernel8.elf", "--no-tree", "--count", "_start..main")["_start..main"]
    lines = {"reset": found[0]}
    if len(found) > 1:
        lines["core"] = most(found[1:])
    return lines


def build_other(path, start_file, flags=()):
    """Makes path/kernel8.elf of a start file of another shape, with 64 KiB of .bss."""
    (path / "main.c").write_text(OTHERS_KERNEL)
    subprocess.run(["clang", "--target=aarch64-none-elf", "-O2", "-ffreestanding", "-nostdlib", "-fuse-ld=lld", *flags,
                    "-T", HERE.parent / "docs" / "tutorial" / "link.ld", start_file, path / "main.c",
                    "-o", path / "kernel8.elf"], check=True)


def measure(options):
    values = {}
    plain, mmu = "cost.bss-64k", "cost.mmu-64k"
    values.update(boots(options, plain))
    values.update(works(options, "cost.bus"))
    values.update({f"mmu-{line}": value for line, value in boots(options, mmu).items()})
    values.update({f"mmu-{line}": value for line, value in works(options, "cost.bus-mmu").items()})
    elf = os.path.join(options.folder, plain, "kernel8.elf")
    values["reset-elf"] = count(options.machine, elf, "--way", "elf")["entry to alive"][0]
    with_tree = count(options.machine, elf, "--count", "piboot_note_entry")["piboot_note_entry"][0]
    without = count(options.machine, elf, "--no-tree", "--count", "piboot_note_entry")["piboot_note_entry"][0]
    values["tree"] = Stretch(0, *(a - b for a, b in zip(with_tree[1:], without[1:])))
    lines = {line: value[1:] for line, value in values.items()}
    lines["steps"] = steps(options)
    lines.update({name: {line: value[1:] for line, value in other(options, name).items()} for name in OTHERS})
    return lines


def main():
    parser = qemu.arguments(__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--machine")
    parser.add_argument("--folder")
    parser.add_argument("--only", choices=BUDGETS)
    parser.add_argument("--save")
    parser.add_argument("--saved")
    options = parser.parse_args()

    if options.saved:
        with open(options.saved, encoding="ascii") as file:
            values = json.load(file)
    elif options.folder and options.machine:
        qemu.need(options.nm)
        values = measure(options)
    else:
        parser.error("--folder and --machine, or --saved")
    if options.save:
        with open(options.save, "w", encoding="ascii") as file:
            json.dump(values, file)
        print(values)
        return

    failed = False
    print(f"| {'on a bus, by test/machine':52} | instructions | transactions | at most |")
    print(f"|{'-' * 54}|{'-' * 13}:|{'-' * 13}:|{'-' * 8}:|")
    for line in [options.only] if options.only else BUDGETS:
        what, budget = BUDGETS[line]
        instructions, transactions = values[line]
        failed |= transactions > budget
        print(f"| {what:52} | {instructions:12,} | {transactions:12,} | {budget:7,} |"
              + (" OVER BUDGET" if transactions > budget else ""))
    for name in OTHERS if not options.only else ():
        for line, (instructions, transactions) in values[name].items():
            print(f"| {name + ': ' + BUDGETS[line][0]:52} | {instructions:12,} | {transactions:12,} | {'':7} |")
    sys.exit(failed)


if __name__ == "__main__":
    main()
