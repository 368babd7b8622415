# SPDX-License-Identifier: MIT
"""Runs one tool over all files of its kind in this tree.

    lint.py <clang-tidy|cppcheck|clang-format|shellcheck|python|cmake> [--build <folder>]

With a build folder, clang-tidy looks at each file as it is compiled there."""

import argparse
import concurrent.futures
import json
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
PLACES = ["examples", "test", "cmake", "script", ".ci"]

# For files that no CMake target compiles: examples/make, test/consume, test/mustfail.
TARGET = ["--target=aarch64-none-elf", "-ffreestanding", f"-I{ROOT}", f"-I{ROOT}/test",
          f"-I{ROOT}/examples", "-DPIBOOT_MULTICORE=1", "-DMULTI=1", "-DSTACK=0x10000", "-DLARGE=16"]
HOST = {"machine": ["-std=gnu11", "-D_DEFAULT_SOURCE"],     # folders of test/ whose programs are this host's
        "board-check": ["-std=gnu11", "-D_GNU_SOURCE", "-DPIBOOT_PLUGIN_API=7"],
        "ranges": ["-std=gnu11", "-D__aarch64__", f"-I{ROOT}"]}
# What cppcheck cannot know: the compiler's macros, and those that CMake gives.
CPPCHECK = ["--std=c11", "--language=c", "--quiet", "--error-exitcode=1", "--inline-suppr",
            "--enable=warning,performance,portability",
            # Where one section ends and the next begins, two of the linker's symbols are compared.
            "--suppress=comparePointers",
            "-D__aarch64__", "-D__STDC_VERSION__=201112L", "-D__GNUC__=12", "-D__attribute__(x)=",
            "-DPIBOOT_MULTICORE=1", "-DRETURNS=1", "-DBSS_SIZE=16", "-DLARGE=16", "-DMULTI=1",
            "-DSTACK=0x10000", "-I.", "-Itest", "-Iexamples"]
# Tables, macros and comments that are set by hand; one line per instruction in test/machine; kernels to be
# ported in test/docs, in the style of where they come from.
SET_BY_HAND = [ROOT / "piboot.h", *ROOT.joinpath("test", "machine").rglob("*"),
               *ROOT.joinpath("test", "docs").rglob("*")]


def files(*endings):
    """The files of this tree with these endings, or with none and a shell's first line."""
    found = [path for path in ROOT.iterdir() if path.is_file() and path.suffix in endings]
    for place in PLACES:
        found += [path for path in ROOT.joinpath(place).rglob("*")
                  if path.is_file() and path.suffix in endings]
    if not found:
        sys.exit(f"no file ends in {' or '.join(endings)} here")
    return sorted(found)


def scripts():
    return [path for path in files(".sh", "") if path.read_bytes().startswith(b"#!/bin/sh")]


# The releases for which the settings are written, Debian 12's: another one formats otherwise, and has other checks.
RELEASES = {"clang-tidy": "14.0", "clang-format": "14.0", "cppcheck": "2.10"}


def need(tool):
    if shutil.which(tool) is None:
        print(f"piboot: skipped: there is no {tool} on this machine; run script/setup")
        sys.exit(0)
    told = subprocess.run([tool, "--version"], capture_output=True, text=True, check=False).stdout
    print(told)
    release = re.search(r"(?:version|Cppcheck) (\d+\.\d+)", told)
    if release and release[1] != RELEASES.get(tool, release[1]):
        print(f"piboot: skipped: this is {tool} {release[1]}, and the settings are for {RELEASES[tool]}")
        sys.exit(0)


def run(command, **options):
    """The command's status, or 1 if a captured stderr tells of an error; shows that, and what was run, if not 0."""
    result = subprocess.run(command, cwd=ROOT, text=True, check=False, **options)
    errors = result.stderr or ""
    status = result.returncode or int("error:" in errors)
    if status != 0:
        print(errors + "failed: " + " ".join(shlex.quote(str(word)) for word in command))
    return status


def sees(wrong, *command):
    """Whether a tool complains of a file that is wrong: one that cannot see passes everything. The text's first line
    is the file's name, which goes last."""
    name, text = wrong.split("\n", 1)
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder, name)
        file.write_text(text)
        if subprocess.run([*command, file], cwd=ROOT, capture_output=True, check=False).returncode != 0:
            return True
    print(f"{command[0]} finds nothing in code that is wrong: are its warnings on?\n{text}")
    return False


def clang_tidy(options):
    """Each file once, with one of its compiler's command lines (for four cores if there is such a
    one); without any, with TARGET."""
    need("clang-tidy")
    if not sees("wrong.c\nint wrong(int p) { if (p = 1) return 1; return 0; }\n",
                "clang-tidy", "--quiet", f"--config-file={ROOT}/.clang-tidy"):
        return 1
    wanted = set(files(".c", ".cpp"))
    database = {}
    compiled = pathlib.Path(options.build, "compile_commands.json") if options.build else None
    if compiled and compiled.exists() and "clang" in pathlib.Path(options.compiler).name:
        for entry in json.loads(compiled.read_text()):
            path = pathlib.Path(entry["directory"], entry["file"]).resolve()
            four_cores = "PIBOOT_MULTICORE=1" in entry["command"]
            if path in wanted and (path not in database or four_cores):
                database[path] = entry
    for path in wanted - set(database):
        flags = HOST.get(path.parent.name, TARGET)
        database[path] = {"directory": str(ROOT), "file": str(path),
                          "arguments": ["clang", *flags, "-c", str(path)]}
    with tempfile.TemporaryDirectory() as folder:
        pathlib.Path(folder, "stubs.h").write_text(    # which the build of test/machine generates
            "static const unsigned char stub_el1[1], stub_el2[1], stub_el3[1];\n")
        pathlib.Path(folder, "compile_commands.json").write_text(json.dumps(list(database.values())))
        command = ["clang-tidy", "--quiet", "-p", folder, f"--extra-arg=-I{folder}"]
        quick = "--checks=-clang-analyzer-*"    # kernels of tests: the analyzer sees piboot.h in the examples
        tests = sorted(path for path in database if ROOT / "test" in path.parents)
        parts = [[quick, *tests[n::os.cpu_count()]] for n in range(os.cpu_count())]    # it is slow to start
        parts.append(sorted(set(database) - set(tests)))
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            # A .clang-tidy that it cannot read is told on stderr alone: it ends with 0, and checks less, or nothing.
            return any(list(pool.map(lambda part: run([*command, *part], stderr=subprocess.PIPE),
                                     filter(None, parts))))


def cppcheck(_):
    """Its default is errors alone: what is a warning is shown to it first."""
    need("cppcheck")
    if not sees("wrong.c\nint wrong(const int *p);\nint wrong(const int *p) { return p == 0 && *p == 1; }\n",
                "cppcheck", *CPPCHECK):
        return 1
    return run(["cppcheck", *CPPCHECK, *[str(path.relative_to(ROOT)) for path in files(".c")]])


def clang_format(_):
    need("clang-format")
    if not sees("wrong.c\nint  wrong( void );\n", "clang-format", "--dry-run", "--Werror",
                f"--style=file:{ROOT}/.clang-format"):
        return 1
    return run(["clang-format", "--dry-run", "--Werror",
                *[path for path in files(".c", ".h", ".cpp") if path not in SET_BY_HAND]])


def shellcheck(_):
    need("shellcheck")
    if not sees("wrong.sh\n#!/bin/sh\necho $1\n", "shellcheck"):
        return 1
    return run(["shellcheck", *scripts()])


def python(_):
    """Syntax, lines that are too long, tabs, and white space at the end: what the standard library sees."""
    failed = 0
    for path in files(".py"):
        text = path.read_text()
        try:
            compile(text, str(path), "exec")
        except SyntaxError as error:
            print(error)
            failed = 1
        for number, line in enumerate(text.splitlines(), 1):
            if len(line) > 120 or line != line.rstrip() or "\t" in line:
                print(f"{path}:{number}: over 120 columns, a tab, or white space at the end")
                failed = 1
    return failed


def cmake(options):
    """CMake's own warnings for developers, as errors, over the whole tree."""
    with tempfile.TemporaryDirectory() as folder:
        pathlib.Path(folder, "CMakeLists.txt").write_text(
            "cmake_minimum_required(VERSION 3.16)\nproject(wrong NONE)\nmessage(AUTHOR_WARNING wrong)\n")
        if subprocess.run([options.cmake, "-S", folder, "-B", f"{folder}/build", "-Werror=dev"],
                          capture_output=True, check=False).returncode == 0:
            print("cmake says nothing of what is wrong")
            return 1
    with tempfile.TemporaryDirectory() as folder:
        return run([options.cmake, "-S", ROOT, "-B", folder, "-Wdev", "-Werror=dev", "-Wdeprecated",
                    "-Werror=deprecated", "-DPIBOOT_MULTICORE=ON"], stdout=subprocess.DEVNULL)


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    tools = {"clang-tidy": clang_tidy, "cppcheck": cppcheck, "clang-format": clang_format,
             "shellcheck": shellcheck, "python": python, "cmake": cmake}
    parser.add_argument("tool", choices=tools)
    parser.add_argument("--build")
    parser.add_argument("--cmake", default="cmake")
    parser.add_argument("--compiler", default="clang")
    options = parser.parse_args()
    sys.exit(tools[options.tool](options))


if __name__ == "__main__":
    main()
