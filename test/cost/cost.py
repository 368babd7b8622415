# SPDX-License-Identifier: MIT
"""Counts what a boot costs and holds it against its budgets.

The numbers are instructions that QEMU executed, one line of its trace each: the same on every machine.
Waiting is not work and is not counted: of a wait loop (the pen, the wait for an answer or for one's turn), in
which a core comes to the same instruction again and again, only the last round is.

    cost.py --folder <build>/test/cost                   measures, prints the table, judges it
        --save <file>                                    measures and keeps the numbers, for
    cost.py --saved <file> --only <line>                 the judgement of one line"""

import argparse
import collections
import functools
import json
import os
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent))
import qemu  # noqa: E402

Options = collections.namedtuple("Options", "nm qemu folder")  # of qemu.py, and the kernels' folder

# line: what it is, its budget, its unit, and whether the budget is the least or the most
BUDGETS = {
    "reset": ("reset to alive(0), 64 KiB of .bss, raw, multicore", 2450, "instructions", "most"),
    "reset-elf": ("the same as an ELF: EL3, all cores at once", 2450, "instructions", "most"),
    "start-up": ("the call to ready, the slowest of cores 1 to 3", 150, "instructions", "most"),
    "handshake": ("alive(n) returns to alive(n + 1), on both cores", 40, "instructions", "most"),
    "image": ("image file, with vectors", 5700, "bytes", "most"),
    "image-no-exceptions": ("image file, PIBOOT_EXCEPTIONS=0", 2300, "bytes", "most"),
    "image-one-core": ("image file, PIBOOT_EXCEPTIONS=0, one core", 1835, "bytes", "most"),
    "bss": (".bss cleared per instruction", 48, "bytes", "least"),
    "mmu-fixed": ("MMU: reset to alive(0), tables, without .bss", 2200, "instructions", "most"),
    "mmu-start-up": ("MMU: the call to ready, the slowest core", 115, "instructions", "most"),
    "mmu-handshake": ("MMU: alive(n) returns to alive(n + 1), on both cores", 40, "instructions", "most"),
    "mmu-bss": ("MMU: .bss cleared per instruction", 28, "bytes", "least"),
    "base-0xffffff8000000000": ("MMU at 0xffffff8000000000: reset to alive(0), more", 200, "instructions", "most"),
    # 200 cannot be kept here: the walk begins a level higher (TCR_EL1.T1SZ 16), so there is a table more to be cleaned
    # and zeroed: 212 of these. It has one entry, but shares its page with none: theirs are at the same index.
    "base-0xffff000000000000": ("MMU at 0xffff000000000000: the same", 320, "instructions", "most"),
    "base-start-up": ("MMU at either: the call to ready, more", 20, "instructions", "most"),
    "base-handshake": ("MMU at either: alive(n) to alive(n + 1), more", 0, "instructions", "most"),
    "exception": ("vector to an empty handler and back", 110, "instructions", "most"),
    "exception-no-fp": ("the same, PIBOOT_FRAME_FP=0", 71, "instructions", "most"),
    "memcpy": ("memcpy, addresses equal modulo 8", 6, "bytes", "least"),
    "memcpy-apart": ("memcpy, other addresses", 1.6, "bytes", "least"),
    "memmove": ("memmove from the end, addresses equal modulo 8", 6, "bytes", "least"),
    "memmove-apart": ("memmove from the end, other addresses", 1.6, "bytes", "least"),
    "memset": ("memset", 12, "bytes", "least"),
    "memcmp": ("memcmp, addresses equal modulo 8", 3, "bytes", "least"),
}
BASES = ("base-0xffff000000000000", "base-0xffffff8000000000")  # held against cost.mmu-64k
# The calls of memory.c, in order, at other alignments each: the bytes per instruction are those of the slowest.
MEMORY = [("memset", 8), ("memcmp", 8), ("memcpy", 8), ("memcpy-apart", 14), ("memmove", 8), ("memmove-apart", 14)]
MEMORY_SIZE = 4096
LIBRARIES = ("picolibc", "picolibc-release", "glibc")  # cost.memory-..., where the library is on this machine


@functools.cache
def boot(options, kernel, form="img"):
    """The instructions that each core executed, and the symbols."""
    folder = os.path.join(options.folder, kernel)
    symbols = qemu.Symbols(options.nm, os.path.join(folder, "kernel8.elf"))
    start = symbols.address["_start"]
    guest = ["-kernel", os.path.join(folder, f"kernel8.{form}")]
    base = start & ~0x3fffffff  # PIBOOT_KERNEL_BASE is a multiple of 1 GiB
    status, executed = qemu.trace(options, guest, start, start + 0xfffff, base)
    if status != 0:
        sys.exit(f"{kernel}: the kernel ended with status {status}")
    return executed, symbols


def to_alive(path, symbols, start):
    """Instructions from the first one at start to the first one of piboot_alive."""
    path = path[path.index(start):]
    return path[:path.index(symbols.address["piboot_alive"])]


def without_waiting(path, symbols):
    """A path of instructions without the rounds of a wait loop before the last."""
    waits = ("piboot_pen", "piboot_gather_cores", "piboot_wait_for_turn")
    worked = []
    for pc in path:
        if symbols.at(pc) in waits and pc in worked:
            del worked[worked.index(pc):]
        worked.append(pc)
    return worked


def reset_cost(options, kernel="cost.bss-64k", form="img"):
    executed, symbols = boot(options, kernel, form)
    return len(without_waiting(to_alive(executed[0], symbols, symbols.address["_start"]), symbols))


def start_up_costs(options, kernel="cost.bss-64k"):
    """Of cores 1 to 3: from the first instruction behind the pen to the first look whether it is their turn."""
    executed, symbols = boot(options, kernel)
    called, ready = symbols.address["piboot_secondary"], symbols.address["piboot_wait_for_turn"]
    return [executed[core].index(ready) - executed[core].index(called) for core in (1, 2, 3)]


SEV, DC_CIVAC, DC_MASK = 0xd503209f, 0xd50b7e20, 0xffffffe0


def handshake_costs(options, kernel="cost.bss-64k"):
    """For n from 1 to 3: from the return of alive(n - 1) to the first instruction of alive(n): what core n - 1 executes
    up to its event, and what core n executes from the look that finds the word to go on."""
    executed, symbols = boot(options, kernel)
    image = pathlib.Path(options.folder, kernel, "kernel8.img").read_bytes()

    def word(pc):
        return int.from_bytes(image[pc - symbols.address["_start"]:][:4], "little")

    wait, costs = symbols.address["piboot_wait_for_turn"], []
    for core in (1, 2, 3):
        waker = executed[core - 1]
        begin = max(n for n, pc in enumerate(waker) if symbols.within(pc, "piboot_alive")) + 1
        end = next(n for n in range(begin, len(waker)) if word(waker[n]) == SEV) + 1
        woken = to_alive(executed[core], symbols, wait)
        look = next(pc for pc in woken if word(pc) & DC_MASK == DC_CIVAC)  # the first one of the loop
        costs.append(end - begin + len(woken) - (len(woken) - 1 - woken[::-1].index(look)))
    return costs


def exception_cost(options, kernel):
    """From the vector of the one SVC to the instruction behind it, the empty handler included."""
    executed, symbols = boot(options, kernel)
    path = executed[0]
    first = path.index(symbols.address["piboot_vectors"] + 0x200)
    return path.index(symbols.any["after_svc"]) - first


@functools.cache
def memory_costs(options, kernel):
    """Bytes per instruction, from the first instruction of each call to the one before the caller's next."""
    executed, symbols = boot(options, kernel)
    functions = {symbols.address[name] for name in ("memset", "memcmp", "memcpy", "memmove")}
    caller, counts = None, []
    for before, pc in zip(executed[0], executed[0][1:]):
        if caller is None and pc in functions:
            caller = symbols.at(before)
            counts.append(0)
        elif symbols.at(pc) == caller:
            caller = None
        if caller is not None:
            counts[-1] += 1
    if len(counts) != sum(calls for _, calls in MEMORY):
        sys.exit(f"{kernel}: {len(counts)} calls")
    return {line: round(MEMORY_SIZE / max(counts.pop(0) for _ in range(calls)), 2) for line, calls in MEMORY}


def image_size(options, kernel):
    return os.path.getsize(os.path.join(options.folder, kernel, "kernel8.img"))


def bss_slope(options):
    more = reset_cost(options, "cost.bss-128k") - reset_cost(options, "cost.bss-64k")
    return 64 * 1024 / more


def mmu_cost(options):
    """With the MMU: instructions for no .bss, and bytes per instruction, from 64 KiB and 16 MiB of it. The
    slope pays for the tables that 16 MiB more need, too."""
    small, large = (reset_cost(options, f"cost.mmu-{size}") for size in ("64k", "16m"))
    slope = (16 * 1024 - 64) * 1024 / (large - small)
    return small - round(64 * 1024 / slope), round(slope, 1)


def measure(options, line):
    if line == "reset":
        return reset_cost(options)
    if line == "reset-elf":
        return reset_cost(options, form="elf")
    if line == "start-up":
        return max(start_up_costs(options))
    if line == "handshake":
        return max(handshake_costs(options))
    if line in BASES:
        return reset_cost(options, f"cost.{line}") - reset_cost(options, "cost.mmu-64k")
    if line in ("base-start-up", "base-handshake"):
        costs = start_up_costs if line == "base-start-up" else handshake_costs
        return max(max(costs(options, f"cost.{base}")) for base in BASES) - min(costs(options, "cost.mmu-64k"))
    if line.startswith("exception"):
        return exception_cost(options, f"cost.{line}")
    if line.startswith("mem"):
        return memory_costs(options, "cost.memory")[line]
    if line == "image":
        return image_size(options, "cost.bss-64k")
    if line == "image-no-exceptions":
        return image_size(options, "cost.no-exceptions")
    if line == "image-one-core":
        return image_size(options, "cost.one-core")
    if line == "mmu-fixed":
        return mmu_cost(options)[0]
    if line == "mmu-start-up":
        return max(start_up_costs(options, "cost.mmu-64k"))
    if line == "mmu-handshake":
        return max(handshake_costs(options, "cost.mmu-64k"))
    if line == "mmu-bss":
        return mmu_cost(options)[1]
    return round(bss_slope(options), 1)


def main():
    parser = qemu.arguments(__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--folder")
    parser.add_argument("--only", choices=BUDGETS)
    parser.add_argument("--save")
    parser.add_argument("--saved")
    options = parser.parse_args()

    if not (options.saved or options.folder):
        parser.error("--folder or --saved")
    qemu.need(options.qemu)
    qemu.need(options.nm)
    if options.saved:
        with open(options.saved, encoding="ascii") as file:
            values = json.load(file)
    else:
        measured = Options(options.nm, options.qemu, options.folder)
        values = {line: measure(measured, line) for line in BUDGETS if options.only in (None, line)}
        for library in LIBRARIES:
            if os.path.exists(os.path.join(options.folder, f"cost.memory-{library}", "kernel8.img")):
                values[library] = memory_costs(measured, f"cost.memory-{library}")
    if options.save:
        with open(options.save, "w", encoding="ascii") as file:
            json.dump(values, file)
        print(values)
        return

    failed = False
    print(f"| {'':50} | {'measured':>10} | {'budget':>15} | {'':12} |")
    print(f"|{'-' * 52}|{'-' * 11}:|{'-' * 16}:|{'-' * 14}|")
    for line in [options.only] if options.only else BUDGETS:
        what, budget, unit, kind = BUDGETS[line]
        value = values[line]
        good = value <= budget if kind == "most" else value >= budget
        failed |= not good
        print(f"| {what:50} | {value:>10,} | {'at ' + kind:>8} {budget:>6,} | {unit:12} |"
              + ("" if good else " OVER BUDGET"))
    if not options.only:
        for library in LIBRARIES:
            costs = values.get(library)
            print(f"{library}: " + (", ".join(f"{line} {value:,}" for line, value in costs.items()) if costs
                                    else "skipped: it is not on this machine; run script/setup"))
    sys.exit(failed)


if __name__ == "__main__":
    main()
