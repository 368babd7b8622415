# SPDX-License-Identifier: MIT
"""The tests of a build folder that boot a kernel on QEMU, and the boot code in each of their kernels:
what coverage.py and mutants.py share."""

import collections
import json
import os
import pathlib
import re
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent))
import program as code  # noqa: E402

# Tests that count or repeat, and those that trace by themselves: what they boot, others boot too.
NOT_WANTED = re.compile(r"fuzz\.|cost\.|docs\.|coverage\.all|.*100-boots|boot\.silent")
# Tests of the memory functions that are too long to be traced; coverage.memory is short.
NOT_TRACED = re.compile(r"boot\.memory")
MEMORY = ("memmove", "memcpy", "memset", "memcmp")
IMAGE = re.compile(r"/[^,=;']*?\.(?:elf|img)\b")
PIBOOT_START = pathlib.Path(__file__).resolve().parent.parent.parent / "piboot_start.S"


class Test:
    """One of ctest's: its command, QEMU's place in it, the kernel files that it names."""

    def __init__(self, name, command):
        self.name = name
        self.command = command
        # A script that is given a folder reads all of the kernels in it.
        self.folder = command[command.index("--folder") + 1] if "--folder" in command else None
        self.files = sorted({path for word in command for path in IMAGE.findall(word)
                             if os.path.exists(path)})
        if self.folder:
            self.files = sorted(map(str, pathlib.Path(self.folder).glob("*/kernel8.*[fg]")))
        folders = {os.path.dirname(path) for path in self.files}
        self.elfs = [os.path.join(folder, "kernel8.elf") for folder in sorted(folders)
                     if os.path.exists(os.path.join(folder, "kernel8.elf"))]
        loaded = re.search(r"(?:loader,file=[^,]*\.img,addr=|--loaded )(0x[0-9a-f]+|0)\b", " ".join(command))
        self.load_address = int(loaded[1], 0) if loaded else None

    def with_words(self, qemu, files):
        """The command with another program for QEMU, and other kernel files."""
        words = []
        for word in self.command:
            if os.path.basename(word).startswith("qemu-system-aarch64"):
                word = qemu or word
            if files and word == self.folder:
                word = os.path.dirname(os.path.dirname(files[self.files[0]]))
            for old, new in files.items():
                word = word.replace(old, new)
            words.append(word)
        return words


def tests(build, wanted=None):
    """Every test of the build folder that boots a kernel made of piboot_start.S, or those that match."""
    shown = subprocess.run(["ctest", "--test-dir", build, "--show-only=json-v1"], check=True,
                           capture_output=True, text=True).stdout
    found = [Test(test["name"], test["command"]) for test in json.loads(shown)["tests"]
             if test.get("command")
             and (wanted.match(test["name"]) if wanted else not NOT_WANTED.match(test["name"]))]
    return [test for test in found if test.elfs
            and any("qemu" in os.path.basename(word) for word in test.command)]


def routines(piboot_start):
    """The routine of each line: the last FUNC or PARK before it, whatever else names that place."""
    name, found = None, {}
    for number, line in enumerate(pathlib.Path(piboot_start).read_text().splitlines(), 1):
        if begins := re.match(r"(?:FUNC|PARK)\s+(\w+)|(piboot_vectors):", line):
            name = begins[1] or begins[2]
        found[number] = name
    return found


class Kernel:
    """The boot code of one ELF file. An instruction's key is the same in kernels with other options: routine,
    line, slot of the vector table, mnemonic, and which one of these."""

    def __init__(self, objdump, nm, elf, routine_of):
        self.path = elf
        self.program = code.Program(objdump, nm, elf)
        self.keys = {}          # address: key
        self.instructions = {}  # key: Instruction
        vectors = self.program.symbols.get("piboot_vectors", (None,))[0]
        seen = collections.Counter()
        end = relaxed = False
        for i in self.program.boot_code():
            # Between a branch and a multiple of 8 or 128 the assembler puts nops, or zeros.
            padding = i.word == 0 or end and i.mnemonic == "nop"
            end = padding or i.jump or i.mnemonic in ("ret", "br", "eret")
            if padding:
                continue
            # lld makes of ADRP and ADD a NOP and an ADR where that is near enough.
            mnemonic = "adrp" if i.mnemonic == "nop" else "add" if relaxed else i.mnemonic
            relaxed = i.mnemonic == "nop"
            routine = routine_of[i.line]
            slot = (i.address - vectors) // 0x80 if routine == "piboot_vectors" else 0
            place = (routine, i.line, slot, mnemonic)
            seen[place] += 1
            key = place + (seen[place],)
            self.keys[i.address] = key
            self.instructions[key] = i

        # A parked core's loop, WFE and a branch back to it, would fill the trace. Whoever comes there is
        # there for ever: it is executed if what is before it is.
        self.asleep = {address: address - 4 for address in self.keys
                       if self.program.at[address].mnemonic == "wfe"
                       and self.program.at[address + 4].jump
                       and self.program.at[address + 4].target == address}
        self.asleep.update({address + 4: before for address, before in self.asleep.items()})

    def ranges(self):
        """The runs of addresses of boot code that are worth tracing."""
        runs = []
        for address in sorted(set(self.keys) - set(self.asleep)):
            if runs and address <= runs[-1][1]:
                runs[-1][1] = address + 4
            else:
                runs.append([address, address + 4])
        return runs


class Kernels(dict):
    """Kernels by path, read when first wanted."""

    def __init__(self, options):
        super().__init__()
        self.options = options
        self.routine_of = routines(PIBOOT_START)

    def __missing__(self, elf):
        self[elf] = Kernel(self.options.objdump, self.options.nm, elf, self.routine_of)
        return self[elf]


def listed(path):
    """The entries of unreachable.txt or survivors.txt: the columns of each line but the last, the reason."""
    lines = pathlib.Path(path).read_text().splitlines()
    return {tuple(part.strip() for part in line.split(" | ")[:-1]) for line in lines
            if line.strip() and not line.startswith("#")}


def source_lines():
    """The text of each line, without comment, in single blanks."""
    lines = PIBOOT_START.read_text().splitlines()
    return {number: " ".join(re.sub(r"\s*(//|/\*).*", "", line).split())
            for number, line in enumerate(lines, 1)}
