# SPDX-License-Identifier: MIT
"""Boots the contract kernel from a firmware that left every register, the RAM above the image and the
spin table at random values, once per seed: many in a row on one QEMU, which is reset in between.

    fuzz.py --stub fuzz.bin --source fuzz.S --image kernel8.img --seeds 500     seeds 0 to 499
    fuzz.py ... --seed 17                                                       this one again, at length

A seed draws: the level (EL1, EL2, EL3), all cores at once or core 0 alone, the load address, what x0 is,
and every bit that the level lets the boot code mend. What it cannot mend is as a sane loader leaves
it: SANE below. Status 1 when a boot fails, with the command that repeats it."""

import argparse
import concurrent.futures
import os
import pathlib
import random
import re
import struct
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent))
import qemu  # noqa: E402

HOME = 0x80000
IMAGE_SIZE = 0x10       # where the image tells how much memory it needs
BEHIND = 0x4000         # bytes of noise beyond that
IN_A_ROW = 25           # boots of one QEMU
SECONDS = 600           # at most, for all of these
QEMU_HZ = 62500000
FIRMWARE_HZ = 19200000
DTB_MAGIC = 0xedfe0dd0  # as a little-endian load sees it
RAM_END = 0x3f000000
DTB_END = RAM_END - 0x10000     # no tree is taken from the last of RAM, which is the VideoCore's
DTB_HEADER = 40                 # bytes: no tree is shorter
DTB_MAX = 1 << 21               # nor as long as this, and a header more
HEAP_END = 0x3b400000           # a tree below this is moved to where the image begins

SCTLR_M, SCTLR_A, SCTLR_C, SCTLR_SA, SCTLR_I, SCTLR_WXN = (1 << bit for bit in (0, 1, 2, 3, 12, 19))
SCTLR_FREE = SCTLR_A | SCTLR_C | SCTLR_SA | SCTLR_I | SCTLR_WXN     # with no map of one's own
SCTLR_EL1_RES1 = 0x30d00800
SCTLR_EL2_RES1 = 0x30c50830
SCR_FIRMWARE = 0x5b1    # RW, HCE, SMD, RES1, NS
HCR_RW = 1 << 31
CPTR_EL2_RES1 = 0x33ff
MDSCR_SS = 1

# Registers that have fewer bits than 64, or bits that are not for a boot code to mend.
MASKS = {"pmselr_el0": 0x1f, "cntp_ctl_el0": 3, "cntv_ctl_el0": 3, "cnthp_ctl_el2": 3,
         "mdscr_el1": 0xb000}


def sane(name, level, core, noise):
    """What the register holds where a level cannot mend it, or else the noise."""
    if name == "cntfrq_el0":
        return None
    if name == "mdscr_el1" and level == 3:
        return noise | MDSCR_SS         # steps, were it not for PSTATE.D
    if name.startswith("sctlr_el") and int(name[-1]) == level:
        return (SCTLR_EL1_RES1 if level == 1 else SCTLR_EL2_RES1) | noise & SCTLR_FREE
    # Above the level that is entered: no traps, EL1 in AArch64, Non-secure, the hardware's identity.
    if level < 3 and name.endswith("_el3"):
        return {"scr_el3": SCR_FIRMWARE, "sctlr_el3": SCTLR_EL2_RES1}.get(
            name, 0 if name in ("cptr_el3", "mdcr_el3") else noise)
    if level < 2:
        above = {"hcr_el2": HCR_RW, "cptr_el2": CPTR_EL2_RES1, "hstr_el2": 0, "mdcr_el2": 6,
                 "cnthctl_el2": 3, "cntvoff_el2": 0, "vmpidr_el2": 0x80000000 | core,
                 "vpidr_el2": 0x410fd034, "sctlr_el2": SCTLR_EL2_RES1, "cntp_ctl_el0": 0,
                 "cnthp_ctl_el2": 0}
        return above.get(name, noise)
    return noise


class Boot:
    """All that a seed draws."""

    def __init__(self, seed, registers, image):
        draw = random.Random(seed)
        self.level = draw.choice((1, 2, 2, 3, 3))
        self.all = draw.random() < (0.7 if self.level == 3 else 0.2)
        self.address = HOME
        if not self.all and draw.random() < 0.5:
            self.address = draw.choice((0x200000, draw.randrange(0x10, 0x40) << 16,
                                        HOME + draw.randrange(-64, 64) * 0x1000,
                                        draw.randrange(0x100, 0x7000) << 12))
        self.hz = draw.choice((QEMU_HZ, FIRMWARE_HZ, 0) if self.level == 3 else (QEMU_HZ, FIRMWARE_HZ))
        self.draw_tree(draw)

        slots = [draw.getrandbits(64) if self.all else 0 for _ in range(4)]
        tables = b""
        for core in range(4):
            table = self.table(draw, registers, core)
            tables += table + bytes(0x1000 - len(table))
        size = struct.unpack_from("<Q", image, IMAGE_SIZE)[0] + BEHIND
        noise = draw.randbytes(size - len(image))       # over .bss, stacks and tables
        dirty = draw.randbytes(size)                    # where it moves to, or the boot before would still be there
        # What fuzz.S reads.
        self.data = (struct.pack("<8Q", self.address, size, self.tree, self.magic, *slots) + tables + dirty
                     + image + noise)

    def draw_tree(self, draw):
        """x0: a device tree, a tree where none is taken or of a size that none has, a place that has none, or noise."""
        at = draw.randrange(0x08000000, DTB_END - 8)
        kind = draw.choice(("tree", "odd", "no tree", "noise", "null", "too high", "senseless"))
        if kind == "too high":
            at = draw.randrange(DTB_END, RAM_END - 8)
        self.tree = at & ~7 | (draw.randrange(1, 8) if kind == "odd" else 0)
        size = draw.choice((DTB_HEADER, draw.randrange(DTB_HEADER, 0x10000)))
        if kind == "senseless":
            size = draw.choice((0, DTB_HEADER - 1, DTB_MAX + DTB_HEADER, RAM_END - self.tree + 1, 0xffffffff))
        past = self.tree & 8  # it moves by 16 bytes at a time
        moved = ((HOME - size - past) & ~15) + past
        self.dtb = 0 if kind != "tree" or self.tree + size > RAM_END else moved if self.tree < HEAP_END else self.tree
        self.x0 = {"noise": draw.getrandbits(64), "null": 0}.get(kind, self.tree)
        self.magic = draw.choice((0, DTB_MAGIC ^ 1 << draw.randrange(32))) if kind == "no tree" else DTB_MAGIC
        self.magic |= int.from_bytes(size.to_bytes(4, "big"), "little") << 32
        if kind == "noise":
            self.x0 |= RAM_END          # none of the RAM

    def table(self, draw, registers, core):
        waits = core != 0 and not self.all
        words = [self.level, 0 if waits else self.address]
        words += [draw.getrandbits(64) for _ in range(64)]
        for name in registers:
            noise = draw.getrandbits(64)
            value = sane(name, self.level, core, noise & MASKS.get(name, 0xffffffffffffffff))
            words.append(self.hz if value is None else value)
        mode = self.level << 2 | draw.getrandbits(1)
        words += [draw.getrandbits(4) << 28, draw.getrandbits(4) << 6 | mode]
        words += [draw.getrandbits(64)]                     # SP
        words += [self.x0 if core == 0 else draw.getrandbits(64)]
        words += [draw.getrandbits(64) for _ in range(29)]  # x1 to x30 without x5
        return struct.pack(f"<{len(words)}Q", *words)

    def expected(self):
        hz = self.hz or FIRMWARE_HZ
        return (f"entered at EL{self.level}, device tree {self.dtb:#x}, counter at {hz} Hz, "
                f"lost cores 0x0: the contract holds")

    def __str__(self):
        cores = "all cores at once" if self.all else "core 0, the others wait for their slot"
        return f"EL{self.level}, {cores}, loaded at {self.address:#x}, x0 {self.x0:#x}"


def run(options, registers, seeds):
    """What went wrong, for each of these seeds with which something did, up to the first that hangs: [(seed, text)]."""
    image = pathlib.Path(options.image).read_bytes()
    command = qemu.machine(options, SECONDS) + ["-monitor", "none", "-icount", "shift=3,sleep=off",
                                                "-device", f"loader,file={options.stub},addr=0,force-raw=on"]
    wrong = []
    while seeds:
        boots = [Boot(seed, registers, image) for seed in seeds]
        result = subprocess.run(command, input=b"".join(boot.data for boot in boots), capture_output=True, check=False)
        # What QEMU says when all cores sleep for a moment, with -icount; when they do for ever, the time is up.
        remark = b"qemu-system-aarch64: warning: icount sleep disabled and no active timers\n"
        output, status = result.stdout + result.stderr.replace(remark, b""), result.returncode
        if status == qemu.LATE:
            status = "none (the rest of its row was not tried)" # until.sh tells after how many seconds
        # A boot's output ends with the line that says how it came in.
        outputs = re.split(r"(?<=: the contract holds\n)", output.decode(errors="replace"))
        good = 0
        while good < len(boots) and boots[good].expected() in outputs[min(good, len(outputs) - 1)]:
            if options.verbose:
                print(outputs[good])
            good += 1
        if good == len(boots):
            rest = "".join(outputs[good:])
            if status != 0 or rest:
                wrong.append((seeds[-1], f"after seed {seeds[-1]}: status {status}\n{rest}"))
            break
        wrong.append((seeds[good], f"seed {seeds[good]} ({boots[good]}), after {good} others: status {status}, "
                                   f"expected: {boots[good].expected()}\n{outputs[min(good, len(outputs) - 1)]}"))
        if not isinstance(status, int):
            break
        seeds = seeds[good + 1:]
    return wrong


def main():
    parser = qemu.arguments(__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--stub", required=True)
    parser.add_argument("--source", required=True)
    parser.add_argument("--image", required=True)
    parser.add_argument("--seeds", type=int, default=500)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--seed", type=int)
    options = parser.parse_args()
    options.verbose = options.seed is not None
    qemu.need(options.qemu)

    registers = re.findall(r"^    value (\w+)", pathlib.Path(options.source).read_text(), re.MULTILINE)
    seeds = range(options.first, options.first + options.seeds) if options.seed is None else [options.seed]
    if len(registers) < 50 or not seeds:
        sys.exit(f"nothing is drawn: {len(registers)} registers in {options.source}, {len(seeds)} seeds")
    failures = []
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        in_a_row = [seeds[i:i + IN_A_ROW] for i in range(0, len(seeds), IN_A_ROW)]
        for some in pool.map(lambda some: run(options, registers, some), in_a_row):
            for seed, text in some:
                print(text, flush=True)
                failures.append(seed)
    print(f"{len(seeds)} seeds, {len(failures)} failed; {len(registers)} system registers, x0 to x30, "
          f"q0 to q31, NZCV, DAIF, SP, RAM and slots at random")
    if failures:
        again = f"again: {sys.executable} {' '.join(sys.argv)}"
        print(f"{again} --seed {failures[0]}")
        first = options.first + (failures[0] - options.first) // IN_A_ROW * IN_A_ROW
        if options.seed is None and failures[0] != first:
            print(f"{again} --first {first} --seeds {failures[0] - first + 1}      if it needs those before it")
    sys.exit(bool(failures))


if __name__ == "__main__":
    main()
