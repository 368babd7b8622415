# SPDX-License-Identifier: MIT
"""Prints the matrix of the last test runs: every way in, single-core and multicore, for each build.

    matrix.py build/clang-multicore build/gcc-multicore ...

With --stubs also what each stand-in for the firmware sets, from the comments in test/stub."""

import argparse
import pathlib
import re
import sys

SETTINGS = ("single", "multi")


def results(build):
    """The outcome of each contract test of a build's last run."""
    log = pathlib.Path(build, "Testing", "Temporary", "LastTest.log")
    if not log.exists():
        sys.exit(f"matrix.py: {build} has no test log; run ctest there")
    text = log.read_text(encoding="utf-8", errors="replace")
    ends = re.findall(
        r"^\d+/\d+ Testing: contract\.(\S+)\n(?:(?!^\d+/\d+ Testing:).*\n)*?^Test (\w+)\.$",
        text, re.MULTILINE)
    return {name: {"Passed": "pass", "Failed": "FAIL"}.get(end, end.lower()) for name, end in ends}


def comment(file):
    """The comment at the top of a source file, without its licence line."""
    lines = file.read_text(encoding="utf-8").splitlines()
    top = []
    for line in lines[2:]:
        if not line.startswith("//"):
            break
        top.append(line[3:])
    return "\n".join(top)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("builds", nargs="+")
    parser.add_argument("--stubs", action="store_true")
    options = parser.parse_args()

    runs = {pathlib.Path(build).name: results(build) for build in options.builds}
    ways = []
    for build in options.builds:
        file = pathlib.Path(build, "test", "contract", "ways.txt")
        for line in file.read_text(encoding="utf-8").splitlines():
            way = tuple(line.split("|", 1))
            if way not in ways:
                ways.append(way)

    columns = [(run, setting) for run in runs for setting in SETTINGS]
    width = max(len(way) for way, _ in ways)
    cells = failed = 0
    heads = [f"{run.split('-')[0]} {setting}" for run, setting in columns]
    print(f"| {'way in':{width}} | {' | '.join(heads)} | what is special about it |")
    print(f"|{'-' * (width + 2)}|{'|'.join('-' * (len(head) + 2) for head in heads)}|---|")
    for way, what in ways:
        outcomes = [runs[run].get(f"{way}.{setting}", "") for run, setting in columns]
        cells += sum(outcome != "" for outcome in outcomes)
        failed += sum(outcome == "FAIL" for outcome in outcomes)
        row = " | ".join(f"{outcome:{len(head)}}" for outcome, head in zip(outcomes, heads))
        print(f"| {way:{width}} | {row} | {what} |")
    print(f"\n{len(ways)} ways in, {cells} cells, {failed} failed")

    if options.stubs:
        print("\nWhat the stand-ins for the firmware set:")
        for name in ("firmware.S", "entry.S", "junk.S", "mmu.S"):
            print("\n" + comment(pathlib.Path(__file__).parent.parent / "stub" / name))
    sys.exit(failed > 0)


if __name__ == "__main__":
    main()
