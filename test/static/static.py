# SPDX-License-Identifier: MIT
"""Looks at a linked kernel, without running it, for what no test on QEMU would notice: QEMU accepts
exclusives with the MMU off, set/way operations, a wake-up without its barriers.

    static.py --elf kernel8.elf --multicore 1 --exceptions 1 [--objdump ...] [--nm ...]

Each check_... below is one rule; its text is printed for what breaks it. proof.py shows that each
of them fails on a kernel that is broken in that way. The kernel must not be stripped of unused
sections (no --gc-sections), so that all of piboot_start.S is in it."""

import argparse
import pathlib
import re
import struct
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent))
import program as code  # noqa: E402

SET_WAY = re.compile(r"(isw|csw|cisw)\b")
STACK_POINTER = re.compile(r"\bw?sp\b")
FP_REGISTER = re.compile(r"\b[qdsvhb]([12]?[0-9]|3[01])\b|\bfp[cs]r\b")

# What is weak so that a user's own may replace it: the compiler's run-time functions and the hooks.
RUN_TIME = {"memcpy", "memmove", "memset", "memcmp", "__stack_chk_fail", "__stack_chk_guard",
            "__cxa_atexit", "__cxa_pure_virtual", "__dso_handle", "_ZdlPv", "_ZdlPvm",
            "_ZdlPvSt11align_val_t", "_ZdlPvmSt11align_val_t"}
LINKER_SYMBOLS = {"__bss_start", "__bss_end", "_end", "__heap_start", "__heap_end",
                  "__init_array_start", "__init_array_end"}
PT_DYNAMIC = 2
ET_EXEC = 2


def exclusive(word):
    """Decoded here, as objdump knows the atomics of Armv8.1 only when it is told to."""
    in_class = word & 0x3f000000 == 0x08000000      # load/store exclusive, ordered, compare and swap
    ordered = word & 0x00a00000 == 0x00800000       # LDAR and STLR, which are neither
    atomic = word & 0x3b200c00 == 0x38200000        # LDADD, SWP and their like
    clear = word & 0xfffff0ff == 0xd503305f         # CLREX
    return in_class and not ordered or atomic or clear


def check_exclusives(kernel):
    """no exclusive or atomic instruction: with the MMU off they abort on hardware"""
    return [str(i) for i in kernel.code.boot_code() if exclusive(i.word)]


def check_set_way(kernel):
    """no cache operation by set and way: on a secondary it destroys the other cores' dirty lines"""
    return [str(i) for i in kernel.code.boot_code()
            if i.mnemonic == "dc" and SET_WAY.search(i.operands)
            # as an unnamed system instruction: sys #op1, C7, C6|C10|C14, #2
            or i.mnemonic == "sys" and re.search(r"c7, c(6|10|14), #2", i.operands)]


def followed_by(routine, n, wanted):
    """What is missing of these instructions, in this order, between a store and the next one; other barriers between
    them do not count."""
    wanted = list(wanted)
    for instruction in routine[n + 1:]:
        if not wanted or re.match(r"st|ret", instruction.mnemonic):
            break
        mnemonic, operands = wanted[0]
        if instruction.mnemonic == mnemonic and re.match(operands, instruction.operands):
            wanted.pop(0)
        elif instruction.mnemonic in [mnemonic for mnemonic, _ in wanted[1:]]:
            break
    return wanted


GO = 2  # piboot_start.S, step 2


def check_wake_up(kernel):
    """in piboot_let_next_go, after the store of GO: DC CVAC or CIVAC of its address, DSB SY, SEV; in
    piboot_gather_cores and piboot_call_cores, where the MMU is off, after the stores: DSB SY, SEV"""
    if not kernel.multicore:
        return []
    wrong = []
    barrier = [("dsb", r"sy$"), ("sev", r"$")]
    routine = kernel.code.routines["piboot_let_next_go"]
    stores = [n for n, i in enumerate(routine) if re.match(r"st", i.mnemonic) and
              re.search(rf", #({GO}|0x{GO})$", routine[n - 1].operands)]
    for n in stores:
        address = re.search(r"\[(x\d+)", routine[n].operands)[1]
        if missing := followed_by(routine, n, [("dc", rf"ci?vac, {address}$")] + barrier):
            wrong.append(f"{routine[n]}: not followed by {missing[0][0]}")
    for name in ("piboot_gather_cores", "piboot_call_cores"):
        calls = kernel.code.routines[name]
        events = [n for n, i in enumerate(calls) if i.mnemonic == "sev"]
        called = [n for n, i in enumerate(calls) if re.match(r"st", i.mnemonic) and events and n < events[0]]
        if called and (missing := followed_by(calls, called[-1], barrier)):
            wrong.append(f"{calls[called[-1]]}: not followed by {missing[0][0]}")
        if not called:
            wrong.append(f"{name}: there is no store to a word, or no SEV behind it")
    if not stores:
        wrong.append("piboot_let_next_go: there is no store of GO")
    return wrong


class Walk:
    """Every path from an entry to the call of piboot_alive, through calls, returns and ERET."""

    def __init__(self, kernel):
        self.code = kernel.code
        self.alive = self.code.address("piboot_alive")
        self.secondary = self.code.symbols.get("piboot_secondary", (None,))[0]
        self.stack_code = {i.address for i in self.code.routines["piboot_set_stack"]}
        self.stack_early = set()
        self.fp_early = set()
        self.arrived = set()    # (SP is set, FP is on) where piboot_alive is called
        self.lost = set()

    def from_entry(self, name):
        seen = set()
        paths = [(self.code.address(name), False, False, ())]
        while paths:
            path = paths.pop()
            if path not in seen:
                seen.add(path)
                paths += self.step(*path)

    def step(self, pc, stack, fp, callers):
        """The states that may follow one."""
        i = self.code.at.get(pc)
        if i is None:
            self.lost.add(f"{pc:#x} is no instruction")
            return []
        if i.call and i.target == self.alive:
            self.arrived.add((stack, fp))
            return []
        if STACK_POINTER.search(i.operands) and not stack:
            # As a destination it is set; of value is only what piboot_set_stack sets, at EL1.
            if re.match(r"(add|mov) sp, (?!sp)", f"{i.mnemonic} {i.operands}"):
                stack = pc in self.stack_code
            else:
                self.stack_early.add(str(i))
        if FP_REGISTER.search(i.operands) and not fp:
            self.fp_early.add(str(i))
        if i.mnemonic == "msr" and i.operands.startswith("cpacr_el1"):
            fp = True
        following = [(pc + 4, stack, fp, callers)]
        if i.call:
            return [(i.target, stack, fp, callers + (pc + 4,))]
        if i.jump:
            return [(i.target, stack, fp, callers)]
        if i.conditional:
            return following + [(i.target, stack, fp, callers)]
        if i.mnemonic == "ret":
            return [(callers[-1], stack, fp, callers[:-1])] if callers else []
        if i.mnemonic == "eret":
            return self.leap(i, self.last(i, r"elr_el\d, (x\d+)"), stack, fp, callers)
        if i.mnemonic == "br":
            return self.leap(i, i.operands, stack, fp, callers)
        if i.mnemonic == "blr" and not stack:
            self.stack_early.add(f"{i}: calls a function")
        return following

    def leap(self, i, register, stack, fp, callers):
        """ERET and BR: to the caller (x30), to the label of the last ADR, or out of the pen."""
        if register == "x30":
            return [(callers[-1], stack, fp, callers[:-1])]
        for earlier in reversed(self.before(i)):
            if earlier.operands.startswith(register + ","):
                if earlier.mnemonic == "adr":
                    return [(earlier.target, stack, fp, callers)]
                if earlier.mnemonic == "ldr":
                    break
        if i.routine == "piboot_pen" and self.secondary:
            return [(self.secondary, stack, fp, ())]
        self.lost.add(f"{i}: where to?")
        return []

    def before(self, i):
        routine = self.code.routines[i.routine]
        return routine[:routine.index(i)]

    def last(self, i, operands):
        for earlier in reversed(self.before(i)):
            if found := re.match(operands, earlier.operands):
                return found[1]
        return None


def walk(kernel):
    path = Walk(kernel)
    path.from_entry("_start")
    if kernel.multicore:
        path.from_entry("piboot_secondary")
    return path


def check_stack(kernel):
    """on no path from an entry to alive is the stack used before piboot_set_stack has set SP"""
    path = walk(kernel)
    wrong = sorted(path.stack_early) + sorted(path.lost)
    if {stack for stack, _ in path.arrived} != {True}:
        wrong.append("piboot_alive is called without a stack, or not at all")
    return wrong


def check_fp(kernel):
    """on no path from an entry to alive is an FP register used before CPACR_EL1 is written"""
    path = walk(kernel)
    wrong = sorted(path.fp_early)
    if {fp for _, fp in path.arrived} != {True}:
        wrong.append("piboot_alive is called with FP off, or not at all")
    return wrong


def check_symbols(kernel):
    """defines nothing but piboot_..., __piboot_..., _start, the linker's conventional symbols, and,
    weak, start and what compilers call without being asked"""
    wrong = []
    for name, (_, kind) in kernel.code.symbols.items():
        if name in RUN_TIME or name == "start":
            if kind not in "WV":
                wrong.append(f"{name} is not weak ({kind})")
        elif kind.isupper() and kind != "U" and name not in LINKER_SYMBOLS and name != "_start" \
                and not re.match(r"(__)?piboot_", name):
            wrong.append(f"{name} ({kind})")
    return wrong + [f"{name} is not defined" for name in sorted(RUN_TIME - set(kernel.code.symbols))]


def check_vectors(kernel):
    """the vectors are at a multiple of 2 KiB, and each of the 16 ends within its 128 bytes"""
    name = "piboot_vectors" if kernel.exceptions else "piboot_park_fault"
    start = kernel.code.address(name)
    wrong = [f"{name} is at {start:#x}"] if start % 0x800 else []
    for slot in range(start, start + 0x800, 0x80) if kernel.exceptions else []:
        for pc in range(slot, slot + 0x80, 4):
            i = kernel.code.at.get(pc)
            if i is None or i.jump:
                break
        else:
            i = None
        if i is None:
            wrong.append(f"the slot at {name}+{slot - start:#x} runs into the next one")
    return wrong


def check_errata(kernel):
    """on the way back to AArch32 CONTEXTIDR_EL1 is written (Cortex-A53 erratum 845719)"""
    routine = kernel.code.routines.get("piboot_save_frame", [])
    to_aarch32 = [i.target for i in routine if i.mnemonic == "tbnz" and re.search(r", #4, ", i.operands)]
    wrong = [] if to_aarch32 or not kernel.exceptions else ["SPSR's bit 4 decides nothing"]
    for start in to_aarch32:
        way = [i for i in routine if i.address >= start]
        way = way[:[i.mnemonic for i in way].index("eret")]
        if not any(i.mnemonic == "msr" and i.operands.startswith("contextidr_el1,") for i in way):
            wrong.append(f"from {start:#x} to the ERET it is not")
    return wrong


def check_clean(kernel):
    """lines are cleaned by DC CIVAC: a Cortex-A53 may lose what DC CVAC cleans (erratum 855873)"""
    cleaned = [i for i in kernel.code.at.values() if i.mnemonic == "dc" and re.match(r"ci?vac,", i.operands)]
    wrong = [str(i) for i in cleaned if i.operands.startswith("cvac")]
    if not any(i.routine in ("piboot_alive", "alive") for i in cleaned):
        wrong.append("the kernel does not clean anything")
    return wrong


def check_redirection(kernel):
    """behind the write of HCR_EL2, whose E2H redirects other registers' names (not on a Cortex-A53 or A72, so that no
    test sees it), is an ISB, before any other register is written"""
    wrong = []
    routine = kernel.code.routines["piboot_drop_to_el1"]
    writes = [n for n, i in enumerate(routine) if i.mnemonic == "msr" and i.operands.startswith("hcr_el2,")]
    for n in writes:
        for instruction in routine[n + 1:]:
            if instruction.mnemonic == "isb":
                break
            if instruction.mnemonic in ("msr", "mrs", "eret"):
                wrong.append(f"{instruction}: no ISB before it")
                break
    return wrong if writes else ["HCR_EL2 is not written"]


def check_relocations(kernel):
    """nothing is left for a dynamic linker to do: there is none"""
    wrong = [f"section {name}: {size} bytes" for name, (_, _, size) in kernel.elf.sections.items()
             if size and re.match(r"\.(rela?|relr)\b|\.dynamic$|\.interp$", name)]
    if any(kind == PT_DYNAMIC for kind, *_ in kernel.elf.segments):
        wrong.append("there is a dynamic segment")
    if kernel.elf.type != ET_EXEC:
        wrong.append(f"the file's type is {kernel.elf.type}, not EXEC")
    return wrong


def check_header(kernel):
    """the image begins with a branch to piboot_reset and has the arm64 Image header's fields; where
    the spin table would be, were it loaded at 0, it is zero"""
    start = kernel.code.address("_start")
    wrong = []
    if kernel.elf.entry != start or start != 0x80000:
        wrong.append(f"entry {kernel.elf.entry:#x}, _start {start:#x}: not at 0x80000")
    first = kernel.code.at.get(start)
    if first is None or not first.jump or first.target != kernel.code.address("piboot_reset"):
        wrong.append(f"its first instruction is {first}")
    header = kernel.elf.read(start, 0x100)
    text_offset, size, flags = struct.unpack_from("<QQQ", header, 8)
    for field, value, wanted in (
            ("text_offset", text_offset, 0x80000),
            ("image_size", size, kernel.code.address("_end") - start),
            ("flags", flags, 2),
            ("magic", header[56:60], b"ARMd"),
            ("spin table", header[0xd8:0xf8], bytes(0x20))):
        if value != wanted:
            wrong.append(f"{field} is {value!r}, not {wanted!r}")
    return wrong


CHECKS = {name.removeprefix("check_"): check for name, check in list(globals().items())
          if name.startswith("check_")}


class Kernel:
    """What the checks look at."""

    def __init__(self, options):
        self.multicore = options.multicore
        self.exceptions = options.exceptions
        self.code = code.Program(options.objdump, options.nm, options.elf)
        self.elf = code.Elf(options.elf)
        if len(self.code.boot_code()) < 200:
            sys.exit(f"{options.elf}: no line numbers of piboot_start.S: assemble it with -g")


def arguments(description):
    parser = argparse.ArgumentParser(description=description,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--objdump", default="llvm-objdump")
    parser.add_argument("--nm", default="llvm-nm")
    return parser


def main():
    parser = arguments(__doc__)
    parser.add_argument("--elf", required=True)
    for option in ("multicore", "exceptions"):
        parser.add_argument(f"--{option}", type=int, choices=(0, 1), required=True)
    kernel = Kernel(parser.parse_args())
    failed = False
    for name, check in CHECKS.items():
        wrong = check(kernel)
        failed |= bool(wrong)
        print(f"{'FAIL' if wrong else 'PASS'}  {name}: {' '.join(check.__doc__.split())}")
        for line in wrong:
            print(f"      {line}")
    sys.exit(failed)


if __name__ == "__main__":
    main()
