# SPDX-License-Identifier: MIT
"""Shows that each judge of the tests fails when it cannot see: without its tool, without a trace, without results.

    judge.py <case> --build <folder> [--qemu ...] [--nm ...] [--objcopy ...]

Without a case: their names. test/machine has its own judge-... tests."""

import argparse
import os
import pathlib
import subprocess
import sys
import tempfile
import types

TEST = pathlib.Path(__file__).resolve().parent.parent
for part in ("", "coverage", "lint"):
    sys.path.insert(0, str(TEST / part))
import coverage  # noqa: E402
import lint      # noqa: E402
import mutants   # noqa: E402


def program(folder, name, text):
    """A shell script that stands in for a tool."""
    path = pathlib.Path(folder, name)
    path.write_text("#!/bin/sh\n" + text)
    path.chmod(0o755)
    return str(path)


def fails(expected, *command, path=None):
    """The command must end with a status that is not 0, and say so."""
    environment = dict(os.environ)
    if path:
        environment["PATH"] = f"{path}:{environment['PATH']}"
    result = subprocess.run([sys.executable, "-B", *map(str, command)], capture_output=True, text=True, check=False,
                            env=environment, timeout=100)
    output = result.stdout + result.stderr
    if result.returncode == 0 or expected not in output or "Traceback" in output:
        sys.exit(f"{' '.join(map(str, command))}\nstatus {result.returncode}; expected: not 0, and: {expected}\n"
                 f"{output}")
    print(f"fails, as it should: {expected}")


def kernel(options, name):
    return next(pathlib.Path(options.build, "test").glob(f"*/{name}/kernel8.elf"))


def case_fuzz(options, folder):
    """QEMU prints nothing; the source names no register; there is no seed."""
    image = str(kernel(options, "contract.multi")).replace(".elf", ".img")
    fuzz = [TEST / "fuzz/fuzz.py", "--stub", pathlib.Path(options.build, "test/fuzz/fuzz.bin"), "--image", image]
    source = ["--source", TEST / "fuzz/fuzz.S"]
    fails("2 seeds, 2 failed", *fuzz, *source, "--seeds", 2, "--qemu", "true")
    fails("nothing is drawn: 0 registers", *fuzz, "--source", "/dev/null", "--seeds", 2)
    fails("nothing is drawn", *fuzz, *source, "--seeds", 0)


def case_matrix(_, folder):
    """Results without one of the ways in; all of them skipped; none."""
    build = pathlib.Path(folder, "tree-x")
    (build / "test/contract").mkdir(parents=True)
    (build / "test/contract/ways.txt").write_text("raw|single;multi|a\nelf|single;multi|b\n")
    test = " 1/4 Test  #1: contract.{}.{} .......   {}  0.1 sec\n"
    names = [(way, setting) for way in ("raw", "elf") for setting in ("single", "multi")]
    (build / "tests.log").write_text("".join(test.format(*name, "Passed") for name in names[:3]))
    fails("elf.multi", TEST / "contract/matrix.py", build)
    (build / "tests.log").write_text("".join(test.format(*name, "***Skipped") for name in names))
    fails("no result", TEST / "contract/matrix.py", build)
    (build / "tests.log").write_text("nothing\n")
    fails("no contract test", TEST / "contract/matrix.py", build)


def case_coverage(options, folder):
    """A QEMU that leaves no trace."""
    only = pathlib.Path(folder, "only")
    only.write_text("coverage.memory.raw\n")
    blind = program(folder, "qemu", 'for word; do\n    shift\n    case $word in -d | -D | -dfilter) drop=1 ;; *)\n'
                    '        [ -n "$drop" ] || set -- "$@" "$word"\n        drop=\n    esac\ndone\n'
                    f'exec {options.qemu} "$@"\n')
    fails("not counted", TEST / "coverage/coverage.py", "--build", options.build, "--only", only, "--qemu", blind,
          "--nm", options.nm)


def case_accel(_, folder):
    """QEMU 8 and later take the first of two -accel: there is one, and it goes one by one."""
    echo = program(folder, "echo", coverage.ONE_BY_ONE[8] + '\necho "$@"\n')
    for words, expected in (("-accel tcg,thread=single -x", "-accel tcg,thread=single,one-insn-per-tb=on -x"),
                            ("-x", "-x -accel tcg,one-insn-per-tb=on")):
        found = subprocess.run([echo, *words.split()], capture_output=True, text=True, check=True).stdout.strip()
        if found != expected:
            sys.exit(f"{words} becomes {found}, not {expected}")


def case_mutants(_, folder):
    """The machine knows nothing of the kernel, or of its command line, or fails unchanged; it sees."""
    key = ("piboot_pen", 1, 0, "wfe", 1)
    elf = pathlib.Path(folder, "kernel.elf")
    some = types.SimpleNamespace(path=str(elf), instructions={key: types.SimpleNamespace(word=0, address=0)})
    mutants.Runner.change = staticmethod(lambda kernel, path, address, where: program(where, "copy", "changed"))
    told = 'eval "last=\\${$#}"\necho "FAIL seed 1, way elf, $last"\n'
    for text, expected in (("exit 3", "tells nothing"), ("exit 2", "tells nothing"), ("exit 1", "tells nothing"),
                           (told + "exit 1", "with nothing taken away"), (told + f'[ "$last" = {elf} ]', True),
                           ("exit 0", False)):
        machine = mutants.Machine.__new__(mutants.Machine)
        machine.program, machine.kernels = program(folder, "machine", text), [some]
        try:
            missed = machine.misses(key, folder, ())
        except mutants.Blind as error:
            missed = str(error)
        if expected is not missed and not (expected and expected is not True and expected in str(missed)):
            sys.exit(f"{text}: {missed}, not {expected}")
        print(f"{text!r}: {missed}")


def case_static(options, folder):
    """A kernel without line numbers; a disassembler that prints nothing."""
    elf = kernel(options, "static.multi.exceptions")
    stripped = pathlib.Path(folder, "kernel8.elf")
    subprocess.run([options.objcopy, "--strip-debug", elf, stripped], check=True)
    static = [TEST / "static/static.py", "--multicore", 1, "--exceptions", 1, "--nm", options.nm]
    fails("no line numbers", *static, "--elf", stripped)
    fails("no line numbers", *static, "--elf", elf, "--objdump", "true")


def case_lint(options, folder):
    """Tools that find nothing, and no files to look at."""
    for tool in ("clang-tidy", "cppcheck", "clang-format", "shellcheck"):
        program(folder, tool, "exit 0\n")
        fails("finds nothing", TEST / "lint/lint.py", tool, path=folder)
    fails("cmake says nothing", TEST / "lint/lint.py", "cmake", "--cmake", "true")
    lint.ROOT = pathlib.Path(folder)
    try:
        lint.python(None)
        sys.exit("lint.py python passes without a file")
    except SystemExit as end:
        if "no file" not in str(end):
            raise


def case_looks(options, _):
    """A QEMU that does nothing: where the cores are, and what a boot costs."""
    elf = kernel(options, "contract.multi")
    fails("QEMU told of 0 cores", TEST / "stops.py", "--elf", elf, "--kernel", elf, "--qemu", "true",
          "--nm", options.nm, "0=_start")


CASES = {name[5:]: case for name, case in sorted(globals().items()) if name.startswith("case_")}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("case", nargs="?", choices=CASES)
    parser.add_argument("--build")
    for tool in ("qemu", "nm", "objcopy"):
        parser.add_argument(f"--{tool}", default=tool)
    options = parser.parse_args()
    if not options.case:
        print(" ".join(CASES))
        return
    with tempfile.TemporaryDirectory() as folder:
        CASES[options.case](options, folder)


if __name__ == "__main__":
    main()
