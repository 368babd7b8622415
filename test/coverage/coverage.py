# SPDX-License-Identifier: MIT
"""Which instructions of piboot_start.S the tests execute, and which branches go both ways, from QEMU's
trace of every test that boots a kernel.

    coverage.py --build <folder>                  all tests; prints the table by routine
        --only <file>                             only the tests that the file names
        --choose <file>                           writes a short list of tests that cover the same
        --listing <file>                          every instruction of every shape, annotated
        --save <file>                             what each test executes, for mutants.py

What no test can reach is in unreachable.txt, one reason each. Status 1 when something else is not
executed, when something that is listed there is executed, and when a test has no trace."""

import argparse
import collections
import concurrent.futures
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time

import suite

HERE = pathlib.Path(__file__).parent
PAGE = 0x1000
HOME = 0x80000
OUTSIDE_PEN, OUTSIDE_PEN_SIZE = 0xf00, 64   # where piboot_hand_over copies piboot_outside_pen to

# Stands before QEMU: what is executed goes through a pipe, and only the first of equal steps is kept,
# since the trace of a loop can be gigabytes.
WRAPPER = """#!/bin/sh
mkfifo {log}.$$.pipe
(awk -v begin="{begin}" -f '{here}/steps.awk' {log}.$$.pipe >{log}.$$.steps
mv {log}.$$.steps {log}.$$.done) </dev/null >/dev/null 2>&1 &
{one_by_one}
exec '{qemu}' "$@" -d exec,nochain -dfilter {ranges} -D {log}.$$.pipe
"""
# One instruction at a time. From QEMU 8 on that is a property of -accel, and only the first -accel counts.
ONE_BY_ONE = {7: "set -- \"$@\" -singlestep", 8: """last= accel=
for word; do
    shift
    if [ "$last" = -accel ]; then
        word=$word,one-insn-per-tb=on
        accel=1
    fi
    set -- "$@" "$word"
    last=$word
done
[ -n "$accel" ] || set -- "$@" -accel tcg,one-insn-per-tb=on"""}


class Trace:
    """What one test executes: instructions, and the steps from one to the next on the same core."""

    def __init__(self, options, test, kernels):
        self.executed = set()       # keys
        self.taken = set()
        self.not_taken = set()
        self.passed = False
        kernel = kernels[test.elfs[0]]
        with tempfile.TemporaryDirectory() as folder:
            wrapper = os.path.join(folder, "qemu-system-aarch64")
            log = os.path.join(folder, "log")
            ranges = kernel.ranges()
            base = kernel.program.address("piboot_kernel_base")
            if base:    # until its MMU is on it runs below
                ranges = ranges + [[start - base, end - base] for start, end in ranges]
            if test.load_address not in (None, HOME):   # the first page runs where it was loaded
                ranges = ranges + [[test.load_address, test.load_address + PAGE]]
            if "piboot_outside_pen" in kernel.program.symbols:
                ranges = ranges + [[OUTSIDE_PEN, OUTSIDE_PEN + OUTSIDE_PEN_SIZE]]
            begin = [f"{kernel.program.address(name) - base:016x}" for name in
                     ("piboot_drop_to_el1", "piboot_secondary") if name in kernel.program.symbols]
            pathlib.Path(wrapper).write_text(WRAPPER.format(
                qemu=options.qemu, one_by_one=ONE_BY_ONE[8 if options.qemu_version >= 8 else 7], log=log, here=HERE,
                begin=" ".join(begin),
                ranges=",".join(f"{start:#x}..{end - 1:#x}" for start, end in ranges)))
            os.chmod(wrapper, 0o755)
            command = [re.sub(r"^-DTIMEOUT=.*", "-DTIMEOUT=250", word)
                       for word in test.with_words(wrapper, {})]
            try:
                result = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
                self.passed = result.returncode == 0
                self.output = result.stdout + result.stderr
            except subprocess.TimeoutExpired:
                self.output = "not ended within 300 s"
            self.read(folder, kernel, test.load_address)
            if self.passed and not self.executed:
                self.passed = False
                self.output = "it passes, and QEMU's trace shows no instruction of the boot code"

    def read(self, folder, kernel, loaded):
        """A line of steps.awk: 1 if at home, the instruction before on this core, the instruction."""
        for _ in range(200):        # the last lines may still be in the pipe
            names = os.listdir(folder)
            if not [name for name in names if name.endswith(".steps")]:
                break
            time.sleep(0.05)
        for name in names:
            if name.endswith(".done"):
                for line in pathlib.Path(folder, name).read_text().splitlines():
                    home, before, pc = line.split()
                    offset = 0 if home == "1" or loaded is None else loaded - HOME
                    self.add(kernel, *(self.place(kernel.program, each, loaded, offset) for each in (before, pc)))
        self.executed |= {kernel.keys[address] for address, before in kernel.asleep.items()
                          if kernel.keys.get(before) in self.executed}

    @staticmethod
    def place(program, pc, loaded, offset):
        """Where an instruction is linked."""
        if pc == "-":
            return None
        pc = int(pc, 16)
        if OUTSIDE_PEN <= pc < OUTSIDE_PEN + OUTSIDE_PEN_SIZE and "piboot_outside_pen" in program.symbols:
            return pc - OUTSIDE_PEN + program.address("piboot_outside_pen")
        if offset and loaded <= pc < loaded + PAGE:
            pc -= offset
        base = program.address("piboot_kernel_base")
        return pc + base if pc < base else pc

    def add(self, kernel, before, pc):
        if pc in kernel.keys:
            self.executed.add(kernel.keys[pc])
        if before in kernel.keys:
            i = kernel.program.at[before]
            if i.conditional and pc == i.target:
                self.taken.add(kernel.keys[before])
            elif i.conditional and pc == before + 4:
                self.not_taken.add(kernel.keys[before])


class Coverage:
    """The sum over tests and kernels."""

    def __init__(self, lines):
        self.lines = lines
        self.instructions = {}  # key: Instruction
        self.executed = collections.Counter()
        self.taken = collections.Counter()
        self.not_taken = collections.Counter()

    def know(self, kernel):
        for key, i in kernel.instructions.items():
            self.instructions.setdefault(key, i)

    def add(self, trace):
        self.executed.update(trace.executed)
        self.taken.update(trace.taken)
        self.not_taken.update(trace.not_taken)

    def missing(self):
        """(routine, source line, mnemonic, what): the keys of what did not happen."""
        found = {}
        for key, i in self.instructions.items():
            if not self.executed[key]:
                what = ["never"]
            elif i.conditional:
                what = ["never taken"] * (not self.taken[key]) + ["always taken"] * (not self.not_taken[key])
            else:
                what = []
            for each in what:
                found.setdefault((key[0], self.lines[i.line], key[3], each), []).append(key)
        return found

    def table(self):
        """By routine, in the order of the source."""
        rows = {}
        for key, i in sorted(self.instructions.items(), key=lambda item: item[0][1]):
            row = rows.setdefault(key[0], [0] * 5)
            row[0] += 1
            row[1] += bool(self.executed[key])
            if i.conditional:
                row[2] += 1
                row[3] += bool(self.taken[key])
                row[4] += bool(self.not_taken[key])
        head = f"| {'routine':28} | instructions | executed | branches | taken | not taken |"
        yield head
        yield re.sub(r"[^|]", "-", head)
        for name, row in rows.items():
            yield self.row(name, row)
        total = [sum(column) for column in zip(*rows.values())]
        yield self.row("all", total)
        yield ""
        yield (f"instructions executed: {100 * total[1] / total[0]:.2f} %; branch directions: "
               f"{100 * (total[3] + total[4]) / (2 * total[2]):.2f} %")

    @staticmethod
    def row(name, counts):
        return (f"| {name:28} | {counts[0]:>12} | {counts[1]:>8} | {counts[2]:>8} "
                f"| {counts[3]:>5} | {counts[4]:>9} |")

    def listing(self):
        """By line: how many tests execute each instruction, which way its branches go, the source."""
        routine = line = None
        for key in sorted(self.instructions):
            i = self.instructions[key]
            if key[0] != routine:
                yield f"\n{key[0]}"
            if (key[0], key[1]) != (routine, line):
                yield f"{key[1]:>5}: {self.lines[key[1]]}"
            routine, line = key[:2]
            good = self.executed[key] and (
                not i.conditional or self.taken[key] and self.not_taken[key])
            way = f"taken {self.taken[key]}, not taken {self.not_taken[key]}" if i.conditional else ""
            yield f"{'  ' if good else '##'} {self.executed[key]:>6}  {i.mnemonic:6} {i.operands:44} {way}".rstrip()


def choose(traces):
    """A short list of tests that cover what all cover: greedily, the most of what is left first."""
    left = {name: {("x", key) for key in trace.executed} | {("t", key) for key in trace.taken}
            | {("n", key) for key in trace.not_taken} for name, trace in traces.items()}
    chosen = []
    while left:
        name = max(sorted(left), key=lambda each: len(left[each]))
        if not left[name]:
            break
        chosen.append(name)
        covered = left.pop(name)
        left = {each: what - covered for each, what in left.items()}
    return chosen


def arguments(description):
    parser = argparse.ArgumentParser(description=description,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", required=True)
    parser.add_argument("--qemu", default="qemu-system-aarch64")
    parser.add_argument("--objdump", default="llvm-objdump")
    parser.add_argument("--nm", default="llvm-nm")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    return parser


def main():
    parser = arguments(__doc__)
    for option in ("only", "choose", "listing", "save"):
        parser.add_argument(f"--{option}")
    options = parser.parse_args()
    version = subprocess.run([options.qemu, "--version"], check=True, capture_output=True, text=True)
    options.qemu_version = int(re.search(r"version (\d+)", version.stdout)[1])

    kernels = suite.Kernels(options)
    coverage = Coverage(suite.source_lines())
    # All of the boot code, used or not, with each combination of options.
    for elf in sorted(pathlib.Path(options.build, "test", "static").glob("*/kernel8.elf")):
        coverage.know(kernels[str(elf)])
    wanted = [test for test in suite.tests(options.build) if not suite.NOT_TRACED.match(test.name)]
    if options.only:
        names = pathlib.Path(options.only).read_text().split()
        unknown = set(names) - {test.name for test in wanted}
        if unknown:
            sys.exit(f"{options.only}: no such tests: {' '.join(sorted(unknown))}; see --choose")
        wanted = [test for test in wanted if test.name in names]

    traces, blind = {}, []
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        for test, trace in zip(wanted, pool.map(lambda each: Trace(options, each, kernels), wanted)):
            if trace.passed:
                traces[test.name] = trace
                coverage.know(kernels[test.elfs[0]])
                coverage.add(trace)
            else:
                blind.append(test.name)
                print(f"not counted, as it fails under the trace: {test.name}", flush=True)
                if len(wanted) < 100:
                    print(trace.output[-2000:])

    for line in coverage.table():
        print(line)
    print(f"{len(traces)} tests, {len({test.elfs[0] for test in wanted})} kernels")
    if options.listing:
        pathlib.Path(options.listing).write_text("\n".join(coverage.listing()) + "\n")
    if options.choose:
        pathlib.Path(options.choose).write_text("\n".join(choose(traces)) + "\n")
    if options.save:
        data = {name: sorted(trace.executed) for name, trace in traces.items()}
        pathlib.Path(options.save).write_text(json.dumps(data))

    missing = coverage.missing()
    listed = suite.listed(HERE / "unreachable.txt")
    for entry in sorted(set(missing) - listed):
        print(f"not covered: {' | '.join(entry)} ({len(missing[entry])} places)")
    for entry in sorted(listed - set(missing)):
        print(f"covered, or gone: take it off unreachable.txt: {' | '.join(entry)}")
    sys.exit(set(missing) != listed or bool(blind))


if __name__ == "__main__":
    main()
