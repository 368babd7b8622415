# SPDX-License-Identifier: MIT
"""Shows that two compilers make the same of piboot_start.S, with each set of options: the same bytes in each
section that is loaded, the same relocations, the same symbols. What one of them boots, the other does too, but
for what its linker makes of it.

    same.py --piboot <folder> [--objdump ...] [--nm ...] <compiler> <other compiler>"""

import itertools
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

import static

OPTIONS = [{"EXCEPTIONS": 1, "FRAME_FP": 1}, {"EXCEPTIONS": 1, "FRAME_FP": 0}, {"EXCEPTIONS": 0, "FRAME_FP": 1}]
NOT_LOADED = re.compile(r"\.(debug|comment|group|note|symtab|strtab|shstrtab|rela|llvm)")


def run(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def contents(options, path):
    """What is in an object file: {section or list: its lines}."""
    parts = {}
    lines = []
    # Assemblers differ in what they name for a place in the same file, the symbol or its section: by section then, but
    # for weak symbols, as another file's may take their place.
    places = {name: (section, int(value, 16)) for value, binding, section, name in re.findall(
        r"^([0-9a-f]+) (.{7}) (\.\S+)\s+[0-9a-f]+ (?:\.hidden )?(\S+)$", run(options.objdump, "-t", path), re.MULTILINE)
        if "w" not in binding}
    for line in run(options.objdump, "-s", "-r", path).splitlines():
        if found := re.match(r"Contents of section (\S+):|RELOCATION RECORDS FOR \[(\S+)\]:", line):
            name = found[1] or found[2]
            lines = [] if NOT_LOADED.match(name) else parts.setdefault(
                f"the bytes of {name}" if found[1] else f"the relocations of {name}", [])
        elif found := re.match(r" ([0-9a-f]+) +(.*?)(?:  .*)?$", line) or re.match(r"([0-9a-f]+) +(\S.*)$", line):
            words = found[2].split()  # bytes without their text; or a relocation
            if words[0].startswith("R_"):
                name, _, addend = words[1].partition("+")
                section, value = places.get(name, (name, 0))
                words[1] = f"{section}+{value + int(addend or '0', 16):#x}"
            lines.append(" ".join(words + [found[1]]))
    symbols = re.findall(r"^ *([0-9a-f]*) *([A-Za-z]) ([^$.\s]\S*)$", run(options.nm, path), re.MULTILINE)
    parts["the symbols"] = sorted(" ".join(symbol) for symbol in symbols)
    return {name: lines for name, lines in parts.items() if lines}


def main():
    parser = static.arguments(__doc__)
    parser.add_argument("--piboot", required=True)
    parser.add_argument("compilers", nargs=2)
    options = parser.parse_args()
    for compiler in options.compilers:
        if shutil.which(compiler) is None:
            print(f"piboot: skipped: there is no {compiler} on this machine; run script/setup")
            return
    wrong = 0
    start = pathlib.Path(options.piboot, "piboot_start.S")
    with tempfile.TemporaryDirectory() as folder:
        for cores, mmu, rest in itertools.product((0, 1), (0, 1), OPTIONS):
            values = {"MULTICORE": cores, "MMU": mmu} | rest
            flags = [f"-DPIBOOT_{name}={value}" for name, value in values.items()]
            made = []
            for compiler in options.compilers:
                target = ["--target=aarch64-none-elf"] if "clang" in pathlib.Path(compiler).name else []
                file = pathlib.Path(folder, "start.o")
                run(compiler, *target, *flags, "-c", start, "-o", file)
                made.append(contents(options, file))
            different = [name for name in made[0] | made[1] if made[0].get(name) != made[1].get(name)]
            lines = sum(map(len, made[0].values()))
            print(f"{'FAIL' if different else 'PASS'}  {' '.join(flags)}: {lines} lines in {len(made[0])} parts; "
                  f"different: {', '.join(different) or 'none'}")
            for name in different:
                print("\n".join(sorted(set(made[0].get(name, [])) ^ set(made[1].get(name, [])))[:8]))
            wrong += len(different) + (lines < 200)
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
