# SPDX-License-Identifier: MIT
"""Takes instructions of piboot_start.S away, one at a time, and looks whether a test notices.

    mutants.py --build <folder> --coverage <coverage.json> [n] [--seed <s>] [--only <regex of routines>]
               [--machine <folder>]

A mutant is one instruction, in every kernel of the build folder that has it: a nop is put in its place
in kernel8.elf and in the image, at its link address, which is much faster than to assemble again. Then
the tests that execute it, as the coverage has it, are run on the changed files until one fails. n is the
size of a random sample; without it, all.

QEMU does nothing for barriers, cache, TLB and event instructions. With --machine, a build folder of
test/machine, these are taken away there, and so is everything else before QEMU's tests are asked. Without, they
are left out. Survivors that are right are in survivors.txt, one reason each. Status 1 when another one survives,
and when one that is listed does not (with all mutants and --machine).
"""

import collections
import concurrent.futures
import json
import math
import os
import pathlib
import random
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import threading
import time

import coverage
import suite

NOP = 0xd503201f
HARDWARE = re.compile(r"(dsb|dmb|isb|wfe|sev|sevl|dc|ic|tlbi|nop)$")
FIRST = 15              # tests that are tried before the hostile machine is for the second time,
MOST = 60               # and before an instruction counts as a survivor
GLANCE = ("--spread", "--seeds", "0..4")    # of the hostile machine, before the tests: a fraction of a second,
LOOK = ("--spread", "--seeds", "0..99")     # after the first of them,
EVERYWHERE = ("--seeds", "0..99")           # and for what QEMU knows nothing of: each kernel by each way in
COSTS = re.compile(r"cost\.measure$")       # counts, and judges all lines: what is slower and not wrong
SEEDS = 6               # of each fuzz test: junk in registers and RAM finds much
CPU_SECONDS = 2         # of QEMU, all cores together, and three times what the test takes: then it hangs
WALL_SECONDS = 60


class Runner:
    """Runs tests on changed kernels."""

    def __init__(self, machine, kernels):
        self.machine = machine
        self.kernels = kernels
        self.killers = collections.Counter()
        self.short = set(names("tests.txt") + names("killers.txt"))
        self.limits = {}
        self.lock = threading.Lock()

    def fails(self, test, key, folder):
        """True if the test, on kernels without this instruction, does."""
        files = {}
        for elf in test.elfs:
            kernel = self.kernels[elf]
            address = next((a for a, k in kernel.keys.items() if k == key), None)
            for path in test.files:
                if os.path.dirname(path) == os.path.dirname(elf):
                    files[path] = self.change(kernel, path, address, folder)
        failed = self.run(test, files, self.limit(test))[0]
        if failed:
            with self.lock:
                self.killers[test.name] += 1
        return failed

    def limit(self, test):
        """What QEMU may use, from a run of the test as it is; None if it fails then: it tells nothing."""
        if test.name not in self.limits:
            for _ in range(3):      # a busy host may be too slow once
                failed, used = self.run(test, {}, 60)
                self.limits[test.name] = None if failed else math.ceil(CPU_SECONDS + 3 * used)
                if not failed:
                    break
        return self.limits[test.name]

    @staticmethod
    def run(test, files, limit):
        """Whether a test fails with other files, and the processor time that it takes."""
        process = subprocess.Popen(
            test.with_words(None, files), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CPU, (limit, limit)),
            start_new_session=True)
        killer = threading.Timer(WALL_SECONDS, os.killpg, (process.pid, 9))
        killer.start()
        _, status, used = os.wait4(process.pid, 0)
        killer.cancel()
        process.returncode = status
        return status != 0, used.ru_utime + used.ru_stime

    @staticmethod
    def change(kernel, path, address, folder):
        """A copy of an ELF file or an image with a nop at the address."""
        copy = os.path.join(folder, os.path.basename(os.path.dirname(path)))
        os.makedirs(copy, exist_ok=True)
        copy = os.path.join(copy, os.path.basename(path))
        data = bytearray(pathlib.Path(path).read_bytes())
        if address is not None:
            offset = address - kernel.program.address("_start")
            if path.endswith(".elf"):
                offset = suite.code.Elf(path).offset(address)
            data[offset:offset + 4] = NOP.to_bytes(4, "little")
        pathlib.Path(copy).write_bytes(data)
        return copy

    def killer(self, key, candidates):
        """The name of the first test that fails, or None."""
        with self.lock:
            order = sorted(candidates, key=lambda test: -self.killers[test.name])
        # Tests that show something that others do not (tests.txt), those that have killed much first; the fuzz; one
        # of each kernel; the others; and those that count.
        special = [test for test in order if test.name in self.short]
        special += [test for test in order if test.name.startswith("fuzz.")]
        one_each = list({test.elfs[0]: test for test in reversed(order)}.values())
        costs = [test for test in order if COSTS.match(test.name)]
        order = [test for test in dict.fromkeys(special + one_each + order) if test not in costs]
        with tempfile.TemporaryDirectory() as folder:
            for looks, some in (GLANCE, order[:FIRST]), (LOOK, order[FIRST:MOST] + costs):
                if self.machine and self.machine.misses(key, folder, looks):
                    return "machine"
                for test in some:
                    if self.limit(test) and self.fails(test, key, folder):
                        return test.name
        return None


class Blind(Exception):
    """What should judge cannot: its failure is no proof."""


class Machine:
    """The hostile machine of test/machine, and its kernels."""

    def __init__(self, folder, kernels):
        self.program = os.path.join(folder, "machine")
        self.kernels = [kernels[str(elf)] for elf in sorted(pathlib.Path(folder, "kernels").glob("*.elf"))]

    def misses(self, key, folder, looks):
        """True if a kernel without the instruction fails on it, and does not fail unchanged."""
        changed = {}
        for kernel in self.kernels:
            if key in kernel.instructions and kernel.instructions[key].word != NOP:
                copy = os.path.join(folder, pathlib.Path(kernel.path).stem)
                os.makedirs(copy, exist_ok=True)
                path = Runner.change(kernel, kernel.path, kernel.instructions[key].address, folder)
                changed[shutil.move(path, os.path.join(copy, "kernel.elf"))] = kernel.path
        if not changed:
            return False
        status, output = self.run("--first", *looks, *changed)
        if status == 0:
            return False
        run = re.search(r"^FAIL seed (\d+), way (\S+), (.+)$", output, re.MULTILINE)
        if status != 1 or not run:      # 3: it met only what it does not model
            raise Blind(f"the hostile machine tells nothing of a kernel without {key}: status {status}\n{output}")
        unchanged, output = self.run("--seed", run[1], "--way", run[2], changed[run[3]])
        if unchanged != 0:
            raise Blind(f"the hostile machine fails with nothing taken away: status {unchanged}\n{output}")
        return True

    def run(self, *arguments):
        result = subprocess.run([self.program, "--jobs", "1", *arguments], capture_output=True, text=True, check=False)
        return result.returncode, result.stdout + result.stderr


def names(file):
    return coverage.HERE.joinpath(file).read_text().split()


def main():
    parser = coverage.arguments(__doc__)
    parser.add_argument("count", nargs="?", type=int)
    parser.add_argument("--coverage", required=True)
    parser.add_argument("--seed", type=int, default=int(time.strftime("%Y%m%d")), help="default: a new one each day")
    parser.add_argument("--only")
    parser.add_argument("--machine")
    options = parser.parse_args()

    kernels = suite.Kernels(options)
    tests = {test.name: test for test in suite.tests(options.build)}
    executed = json.loads(pathlib.Path(options.coverage).read_text())
    cover = collections.defaultdict(list)
    for name, keys in executed.items():
        if name in tests:
            kernel = kernels[tests[name].elfs[0]]
            for key in map(tuple, keys):
                if kernel.instructions[key].word != NOP:
                    cover[key].append(tests[name])
    instructions = {}
    for name in executed:
        if name in tests:
            instructions.update(kernels[tests[name].elfs[0]].instructions)
    more = suite.tests(options.build, re.compile(r"fuzz\.")) + suite.tests(options.build, COSTS)
    extra = names("killers.txt")
    unknown = set(extra) - set(tests)
    if unknown:
        sys.exit(f"killers.txt: no such tests: {' '.join(sorted(unknown))}; take them off, or rename them")
    more += [tests[name] for name in extra]
    for test in more:
        if "--save" in test.command:        # for others, who want the numbers of what is right
            at = test.command.index("--save")
            del test.command[at:at + 2]
        if "--seeds" in test.command:
            test.command[test.command.index("--seeds") + 1] = str(SEEDS)
        for key in set().union(*(kernels[elf].instructions for elf in test.elfs)):
            if cover[key] or test.name in extra:
                cover[key].append(test)
    for test in tests.values():
        if suite.NOT_TRACED.match(test.name):
            for key in kernels[test.elfs[0]].instructions:
                if key[0] in suite.MEMORY:
                    cover[key].append(test)
    lines = suite.source_lines()

    machine = Machine(options.machine, kernels) if options.machine else None
    for kernel in machine.kernels if machine else []:
        instructions.update({key: i for key, i in kernel.instructions.items() if key not in instructions})
    mutants = [key for key, i in sorted(instructions.items()) if i.word != NOP
               and (not options.only or re.fullmatch(options.only, key[0]))
               and (machine or not HARDWARE.match(i.mnemonic))]
    if not mutants:
        sys.exit("there is no such instruction")
    if options.count:
        mutants = random.Random(options.seed).sample(mutants, min(options.count, len(mutants)))
    runner = Runner(machine, kernels)

    def judge(key):
        if HARDWARE.match(instructions[key].mnemonic):
            with tempfile.TemporaryDirectory() as folder:
                return key, "machine" if machine.misses(key, folder, EVERYWHERE) else None
        return key, runner.killer(key, cover[key])

    survivors, killers = {}, []
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        for done, (key, killer) in enumerate(pool.map(judge, mutants), 1):
            i = instructions[key]
            killers.append(killer)
            if killer is None:
                # An address in its operands is another one in each build; the source line names the symbol.
                text = re.sub(r"(, )?(0x)?[0-9a-f]+ <[^>]*>$", "", f"{i.mnemonic} {i.operands}".strip())
                survivors.setdefault((i.routine, lines[i.line], text), []).append(key)
                print(f"survives: {i.routine} | {lines[i.line]} | {text} "
                      f"(line {i.line}, {len(cover[key])} tests execute it)", flush=True)
            if done % 100 == 0:
                print(f"{done} of {len(mutants)}", flush=True)

    print("missed by: " + ", ".join(f"{name} {count}" for name, count in collections.Counter(
        killer for killer in killers if killer).most_common()))
    useless = sorted(name for name, limit in runner.limits.items() if limit is None)
    if useless:
        print(f"failed on kernels with nothing taken away: {' '.join(useless)}")
    allowed = suite.listed(coverage.HERE / "survivors.txt")
    count = sum(map(len, survivors.values()))
    by_machine = sum(killer == "machine" for killer in killers)
    right = sum(len(keys) for entry, keys in survivors.items() if entry in allowed)
    print(f"{len(mutants)} instructions taken away: {len(mutants) - count - by_machine} missed by tests on QEMU, "
          f"{by_machine} by the hostile machine, {count} survive, {right} of them as survivors.txt says"
          + (f"; sample of seed {options.seed}" if options.count else "")
          + ("" if machine else "; without barriers, cache, TLB and event instructions"))
    failed = [entry for entry in survivors if entry not in allowed]
    if machine and not options.count and not options.only:
        for entry in sorted(allowed - set(survivors)):
            print(f"killed, or gone: take it off survivors.txt: {' | '.join(entry)}")
            failed.append(entry)
    sys.exit(bool(failed))


if __name__ == "__main__":
    try:
        main()
    except Blind as error:
        sys.exit(str(error))
