# SPDX-License-Identifier: MIT
"""A kernel's machine code as a list of instructions, by routine, and its ELF file: what test/static, test/coverage
and test/docs read. Python's standard library only; disassembles with LLVM's or GNU's objdump."""

import re
import struct
import subprocess


def signed(value, bits):
    return value - (1 << bits) if value >> (bits - 1) else value


class Instruction:
    """One instruction: address, word, mnemonic and operands as objdump prints them, its routine (the
    symbol before it), offset in there, and where it was written: file and line, if the ELF tells."""

    def __init__(self, address, word, mnemonic, operands):
        self.address = address
        self.word = word
        self.mnemonic = {"b.cs": "b.hs", "b.cc": "b.lo"}.get(mnemonic.lower(), mnemonic.lower()) # GNU's names
        self.operands = re.sub(r"\s*//.*", "", operands).strip().lower()
        self.routine = None
        self.offset = 0
        self.file = None
        self.line = None

    def __str__(self):
        return f"{self.routine}+{self.offset:#x}: {self.mnemonic} {self.operands}"

    @property
    def conditional(self):
        """b.cond, cbz, cbnz, tbz, tbnz"""
        return (self.word & 0xff000010 == 0x54000000 or self.word & 0x7e000000 == 0x34000000
                or self.word & 0x7e000000 == 0x36000000)

    @property
    def call(self):
        """bl"""
        return self.word & 0xfc000000 == 0x94000000

    @property
    def jump(self):
        """b"""
        return self.word & 0xfc000000 == 0x14000000

    @property
    def target(self):
        """Where a branch or a call goes to, or what adr gives; else None."""
        if self.call or self.jump:
            return self.address + signed(self.word & 0x3ffffff, 26) * 4
        if self.word & 0x7e000000 == 0x36000000:
            return self.address + signed(self.word >> 5 & 0x3fff, 14) * 4
        if self.conditional:
            return self.address + signed(self.word >> 5 & 0x7ffff, 19) * 4
        if self.word & 0x9f000000 == 0x10000000:
            return self.address + signed((self.word >> 5 & 0x7ffff) << 2 | self.word >> 29 & 3, 21)
        return None


class Program:
    """The instructions of an ELF file by address, the routines in order, and every symbol."""

    def __init__(self, objdump, nm, elf):
        listing = subprocess.run([objdump, "-d", "-l", elf], check=True, capture_output=True,
                                 text=True).stdout
        self.at = {}
        self.routines = {}
        routine = start = file = line = None
        for text in listing.splitlines():
            if found := re.match(r"([0-9a-f]+) <([^>]+)>:$", text):
                if not found[2].startswith("$"):
                    routine, start = found[2], int(found[1], 16)
                    file = line = None
            elif found := re.match(r"(?:; )?(/.+):(\d+)(?: \(.*\))?$", text):
                file, line = found[1], int(found[2])
            elif found := re.match(r"\s*([0-9a-f]+):\s+((?:[0-9a-f]{2} ){4}|[0-9a-f]{8})\s+"
                                   r"([a-z<]\S*)\s*(.*)$", text):
                raw = found[2].split()
                word = int(raw[0], 16) if len(raw) == 1 else int("".join(reversed(raw)), 16)
                instruction = Instruction(int(found[1], 16), word, found[3], found[4])
                instruction.routine, instruction.offset = routine, instruction.address - start
                instruction.file, instruction.line = file, line
                self.at[instruction.address] = instruction
                self.routines.setdefault(routine, []).append(instruction)

        # name: (address, nm's letter); capital letters are global, W, V, w and v are weak.
        symbols = subprocess.run([nm, elf], check=True, capture_output=True, text=True).stdout
        self.symbols = {found[3]: (int(found[1] or "0", 16), found[2]) for found in
                        re.finditer(r"^([0-9a-f]*) *([A-Za-z]) ([^$\s]\S*)$", symbols, re.MULTILINE)}

        # The name by which link64.ld chooses a routine is not that routine's own.
        chosen = self.routines.pop("piboot_prepare_core", [])
        if chosen:
            own = next(name for name, (address, letter) in self.symbols.items() if address == chosen[0].address
                       and letter in "tT" and name != "piboot_prepare_core")
            self.routines[own] = chosen
            for instruction in chosen:
                instruction.routine = own

    def address(self, name):
        return self.symbols[name][0]

    def boot_code(self):
        """The instructions of piboot_start.S: all whose source line is there; none in a file without lines. What is in
        the file, but has no place in memory (link64.ld leaves a routine out so), lies at 0."""
        return [instruction for instruction in self.at.values()
                if instruction.file and instruction.file.endswith("piboot_start.S")
                and instruction.address >= self.address("_start")]


class Elf:
    """The parts of an ELF file that objdump does not show well: header, segments, sections, bytes."""

    def __init__(self, path):
        with open(path, "rb") as file:
            self.data = file.read()
        (self.type, _, _, self.entry, phoff, shoff, _, _, phsize, phcount, shsize, shcount,
         names) = struct.unpack_from("<HHIQQQIHHHHHH", self.data, 16)
        self.segments = []      # (type, file offset, address, bytes in the file)
        for i in range(phcount):
            kind, _, offset, address, _, size, _, _ = struct.unpack_from(
                "<IIQQQQQQ", self.data, phoff + i * phsize)
            self.segments.append((kind, offset, address, size))
        headers = [struct.unpack_from("<IIQQQQIIQQ", self.data, shoff + i * shsize)
                   for i in range(shcount)]
        table = headers[names][4]
        self.sections = {}      # name: (type, address, size)
        for name, kind, _, address, _, size, *_ in headers:
            end = self.data.index(b"\0", table + name)
            self.sections[self.data[table + name:end].decode()] = (kind, address, size)

    def offset(self, address):
        """Where in the file the byte of an address is."""
        for kind, offset, start, size in self.segments:
            if kind == 1 and start <= address < start + size:
                return offset + address - start
        raise ValueError(f"no byte of the file is loaded at {address:#x}")

    def read(self, address, size):
        offset = self.offset(address)
        return self.data[offset:offset + size]
