# SPDX-License-Identifier: MIT
"""What the tests that look at a kernel from outside share: its symbols, where its cores are, and
every instruction that they execute. Python's standard library only."""

import argparse
import bisect
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time


def arguments(description):
    """The command line of every script that uses this file."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--nm", default="llvm-nm")
    parser.add_argument("--qemu", default="qemu-system-aarch64")
    return parser


def need(program):
    """Skips the test, and says so, on a machine without the program."""
    if shutil.which(program) is None:
        print(f"piboot: skipped: there is no {program} on this machine; run script/setup")
        sys.exit(0)


class Symbols:
    """The code symbols of an ELF file, by address and by name."""

    def __init__(self, nm, elf):
        need(nm)
        listing = subprocess.run([nm, elf], check=True, capture_output=True, text=True).stdout
        found = re.findall(r"^([0-9a-f]+) ([tTwW]) ([^$.\s]\S*)$", listing, re.MULTILINE)
        self.address = {name: int(address, 16) for address, _, name in found}
        self.sorted = sorted((address, name) for name, address in self.address.items())
        every = re.findall(r"^([0-9a-f]+) \S (\S+)$", listing, re.MULTILINE)
        self.any = {name: int(address, 16) for address, name in every}

    def at(self, pc):
        """The function in which an address lies."""
        index = bisect.bisect_right(self.sorted, (pc, "\x7f")) - 1
        return self.sorted[index][1] if index >= 0 else "(below the image)"

    def within(self, pc, name):
        """Whether an address lies in the function of this name; some functions have two names."""
        return self.address.get(self.at(pc)) == self.address[name]


UNTIL = pathlib.Path(__file__).resolve().parent.parent / "cmake" / "until.sh"
LATE = 124  # until.sh's status when it had to end QEMU
PATIENCE = int(os.environ.get("PIBOOT_TEST_PATIENCE", "1"))


def machine(options, seconds=60, accel="tcg,thread=single"):
    """QEMU without a window, with an end that a kernel can ask for; its cores in turn, as those that wait would keep
    this machine busy. until.sh ends it after these seconds, and when this program or who runs it is gone."""
    need(options.qemu)
    return ["sh", str(UNTIL), "-t", "", str(seconds),
            options.qemu, "-M", "raspi3b", "-display", "none", "-serial", "null", "-accel", accel,
            "-semihosting-config", "enable=on,target=native"]


# Seconds after which cores should be at rest: a busy machine may take longer.
LOOKS = [seconds * PATIENCE for seconds in (0.3, 2, 8, 30)]


def program_counters(options, guest, seconds):
    """Boots the guest (arguments of QEMU), lets it run, and gives the PC of each core."""
    command = machine(options) + ["-monitor", "stdio"] + guest
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as qemu:
        time.sleep(seconds)
        output, _ = qemu.communicate("info registers -a\nquit\n")
    return [int(pc, 16) for pc in re.findall(r"^\s*PC=([0-9a-f]{16})", output, re.MULTILINE)]


def trace(options, guest, start, end, base=0):
    """Boots the guest and gives QEMU's exit status (None: it did not end) and, for each core, the address of every
    instruction that it executed between start and end. With a PIBOOT_KERNEL_BASE, also those that it executed at the
    same place in memory, before the MMU was on: all by their addresses above the base."""
    version = subprocess.run([options.qemu, "--version"], check=True, capture_output=True, text=True)
    if int(re.search(r"version (\d+)", version.stdout).group(1)) >= 8:
        one_by_one = machine(options, accel="tcg,thread=single,one-insn-per-tb=on")
    else:
        one_by_one = machine(options) + ["-singlestep"]
    with tempfile.TemporaryDirectory() as folder:
        log = os.path.join(folder, "trace")
        command = one_by_one + ["-monitor", "none", "-d", "exec,nochain",
                                "-dfilter", ",".join(f"{start - off:#x}..{end - off:#x}" for off in {0, base}),
                                "-D", log] + guest
        status = subprocess.run(command, check=False).returncode
        if status == LATE:
            status = None
        executed = {}
        with open(log, encoding="ascii", errors="replace") as lines:
            for line in lines:
                # Trace 0: 0x7f0ee4000100 [00000000/0000000000080000/00000000/ff000201] _start
                found = re.match(r"Trace (\d+): \S+ \[[0-9a-f]+/([0-9a-f]{16})/", line)
                if found:
                    path, pc = executed.setdefault(int(found.group(1)), []), int(found.group(2), 16)
                    pc = pc if pc >= base else pc + base
                    # Told twice: when the core's turn ends before the instruction is executed, it is told again then.
                    # No instruction of PiBoot jumps to itself.
                    if path[-1:] != [pc]:
                        path.append(pc)
    return status, executed
