# SPDX-License-Identifier: MIT
"""Shows that each rule of static.py fails on boot code that breaks it: changes piboot_start.S or
link64.ld in one place, builds the least kernel, and looks whether that rule complains.

    proof.py --piboot <folder> [--objdump ...] [--nm ...] -- <compiler> <flag>..."""

import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import types

import static


def insert(after, line):
    """A line after the first one that begins so."""
    return "piboot_start.S", rf"(?m)^({re.escape(after)}.*)$", rf"\1\n    {line}"


def replace(pattern, by, file="piboot_start.S"):
    return file, pattern, by


def within(routine, pattern, by):
    """Changes the first match in a routine."""
    return "piboot_start.S", rf"(?ms)^(FUNC {routine}\b.*?){pattern}", rf"\1{by}"


NO_ASSERT = replace(r"(?s)ASSERT\(SIZEOF\(\.rela\.dyn\).*?\"\)", "", "link64.ld")

# The rule, what is broken, the changes, further flags.
BROKEN = [
    ("exclusives", "a load-exclusive", [insert("FUNC piboot_set_stack", "ldxr x9, [x10]")]),
    ("clean", "a DC CVAC", [insert("FUNC piboot_set_stack", "dc cvac, x9")]),
    ("clean", "piboot_clean() does DC CVAC", [replace(r'"dc civac, %0"', '"dc cvac, %0"', "piboot.h")]),
    ("exclusives", "a store-release-exclusive", [insert("FUNC piboot_stop", "stlxr w9, x11, [x10]")]),
    ("exclusives", "an LSE atomic",
     [insert("FUNC piboot_set_stack", ".arch_extension lse\n    ldadd x9, x9, [x10]")]),
    ("exclusives", "a compare and swap",
     [insert("FUNC piboot_set_stack", ".arch_extension lse\n    casal x9, x9, [x10]")]),
    ("set_way", "DC ISW", [insert("FUNC piboot_set_stack", "dc isw, x9")]),
    ("set_way", "DC CISW", [insert("FUNC memset", "dc cisw, x9")]),
    ("wake_up", "the word is not cleaned",
     [within("piboot_let_next_go", r"(\.Lgo_again:\n\s+)dc\s+ci?vac, x\d+", r"\2nop")]),
    ("wake_up", "another address is cleaned",
     [within("piboot_let_next_go", r"(\.Lgo_again:\n\s+)dc\s+ci?vac, x\d+", r"\2dc cvac, x15")]),
    ("wake_up", "no DSB before the SEV", [within("piboot_let_next_go", r"dsb\s+sy(?=[^\n]*\n\s+sev)", "nop")]),
    ("wake_up", "the DSB is a DMB", [within("piboot_let_next_go", r"dsb\s+sy(?=[^\n]*\n\s+sev)", "dmb sy")]),
    ("wake_up", "the SEV comes first",
     [within("piboot_let_next_go", r"(\.Lgo_again:\n\s+)(dc\s+ci?vac, x\d+)", r"\2sev\n    \3")]),
    ("wake_up", "no SEV", [within("piboot_let_next_go", r"\bsev\b", "nop")]),
    ("wake_up", "no DSB before the call's SEV", [within("piboot_call_cores", r"dsb\s+sy", "nop")]),
    ("wake_up", "no SEV for the call", [within("piboot_call_cores", r"\bsev\b", "nop")]),
    ("wake_up", "no DSB while they gather", [within("piboot_gather_cores", r"dsb\s+sy", "nop")]),
    ("wake_up", "no SEV while they gather", [within("piboot_gather_cores", r"\bsev\b", "nop")]),
    ("stack", "a push before SP is set", [insert("FUNC piboot_el1_state", "str x9, [sp, #-16]!")]),
    ("stack", "a push on a secondary's way", [insert("FUNC piboot_secondary", "stp x9, x10, [sp, #-16]!")]),
    ("stack", "SP is read and set", [insert("FUNC piboot_drop_to_el1", "sub sp, sp, #16")]),
    ("stack", "no stack at all", [within("piboot_reset", r"bl\s+piboot_prepare_core", "nop")]),
    ("stack", "SP set elsewhere, at EL2", [within("piboot_secondary", r"bl\s+piboot_prepare_core", "nop")]),
    ("fp", "an FP register too early", [insert("FUNC piboot_quiesce", "movi v0.2d, #0\n    str q0, [x9]")]),
    ("fp", "FP is never switched on", [within("piboot_el1_state", r"msr\s+cpacr_el1, x9", "nop")]),
    ("symbols", "a global symbol that a user may have too", [insert("FUNC piboot_stop", ".globl stray\nstray:")]),
    ("symbols", "a strong memcpy", [replace(r"\.weak\s+memcpy, memmove", ".globl memcpy, memmove")]),
    ("symbols", "no memcmp", [replace(r"\bmemcmp\b", "piboot_memcmp")]),
    ("vectors", "a table in the wrong place", [replace(r"(?m)^(piboot_vectors:)$", r".space 0x100\n\1")]),
    ("vectors", "a slot that does not end", [replace(r"(?m)^    b\s+piboot_save_frame$", "    nop")]),
    ("errata", "no write of CONTEXTIDR_EL1", [replace(r"msr\s+contextidr_el1, x2", "nop")]),
    ("errata", "it is written elsewhere", [replace(r"msr(\s+)contextidr_el1, x2", "nop"),
                                           insert("FUNC piboot_save_frame", "msr contextidr_el1, x2")]),
    ("errata", "no way of its own", [within("piboot_save_frame", r"tbnz\s+x3, #4", "tbnz x3, #9")]),
    ("redirection", "no ISB behind HCR_EL2",
     [within("piboot_drop_to_el1", r"(msr\s+hcr_el2, x9\s+)isb", r"\2nop")]),
    ("redirection", "HCR_EL2 is not written", [within("piboot_drop_to_el1", r"msr\s+hcr_el2, x9", "nop")]),
    ("relocations", "a position-independent link",
     [NO_ASSERT, replace(r"\.reloc  ., R_AARCH64_ABS32, piboot_ERROR.*", ""),
      replace(r"\.reloc  ., R_AARCH64_ABS32, _start.*", ".quad   _start")],
     "-fpic", "-Wl,-pie"),
    ("header", "the first instruction is no branch", [replace(r"b\s+piboot_reset\b", "nop")]),
    ("header", "it branches elsewhere", [replace(r"b\s+piboot_reset\b", "b piboot_quiesce")]),
    ("header", "another load offset", [replace(r"\.quad\s+0x80000\b", ".quad 0")]),
    ("header", "the bytes of the image are not told", [replace(r"\.quad\s+__piboot_image_size", ".quad 0")]),
    ("header", "other flags", [replace(r"\.quad\s+1 << 1\b", ".quad 8")]),
    ("header", "no magic", [replace(r'"ARMd"', '"ARMx"')]),
    ("header", "something lies where the spin table is",
     [replace(r"(\.fill\s+SPIN_TABLE_END - SPIN_TABLE, 1), 0", r"\1, 1")]),
]


class Builder:
    def __init__(self, options, folder):
        self.options = options
        self.folder = pathlib.Path(folder)
        self.here = pathlib.Path(__file__).parent

    def build(self, changes, flags):
        """The kernel of the changed files, or None and the compiler's words."""
        for name in ("piboot.h", "piboot_start.S", "link64.ld"):
            shutil.copy(pathlib.Path(self.options.piboot, name), self.folder)
        for name, pattern, by in changes:
            text = (self.folder / name).read_text()
            text, count = re.subn(pattern, by, text, count=0 if name == "piboot_start.S"
                                  and pattern == r"\bmemcmp\b" else 1)
            if count == 0:
                sys.exit(f"{name} has nothing that matches {pattern}: change proof.py with it")
            (self.folder / name).write_text(text)
        elf = self.folder / "kernel8.elf"
        compiler = self.options.compiler + [
            "-g", "-O2", "-ffreestanding", "-nostdlib", "-static", "-fno-pie", "-DPIBOOT_MULTICORE=1",
            "-Wl,--build-id=none", f"-I{self.folder}", "-T", self.folder / "link64.ld", *flags]
        other = any(name == "piboot.h" for name, *_ in changes)
        kernel = self.folder / f"kernel{len(flags)}{other:d}.o"     # the same for all that have these flags
        if other or not kernel.exists():
            result = subprocess.run([*compiler, "-c", self.here / "kernel.c", "-o", kernel],
                                    capture_output=True, text=True, check=False)
            if result.returncode != 0:
                return None, result.stderr
        result = subprocess.run([*compiler, kernel, self.folder / "piboot_start.S", "-o", elf],
                                capture_output=True, text=True, check=False)
        if result.returncode != 0:
            return None, result.stderr
        return static.Kernel(types.SimpleNamespace(
            elf=elf, objdump=self.options.objdump, nm=self.options.nm, multicore=1, exceptions=1)), result.stderr


def main():
    parser = static.arguments(__doc__)
    parser.add_argument("--piboot", required=True)
    parser.add_argument("compiler", nargs="+")
    options = parser.parse_args()
    failed = False
    with tempfile.TemporaryDirectory() as folder:
        builder = Builder(options, folder)
        for rule, what, changes, *flags in [("", "nothing", [])] + BROKEN:
            kernel, errors = builder.build(changes, flags)
            if kernel is None:
                print(f"FAIL  {rule}: {what}: does not build\n{errors}")
                failed = True
                continue
            complaints = {name: check(kernel) for name, check in static.CHECKS.items()}
            found = [name for name, wrong in complaints.items() if wrong]
            good = rule in found if rule else not found
            failed |= not good
            said = complaints[rule][0] if good and rule else f"rules that complain: {found}"
            print(f"{'PASS' if good else 'FAIL'}  {rule}: {what}: {said}")
    missing = set(static.CHECKS) - {rule for rule, *_ in BROKEN}
    if missing:
        sys.exit(f"not proved: {missing}")
    sys.exit(failed)


if __name__ == "__main__":
    main()
