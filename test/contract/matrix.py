# SPDX-License-Identifier: MIT
"""Prints the matrix of the last run of script/test: every way in, single-core and multicore, for each build.

    matrix.py build/clang-multicore build/gcc-multicore ...

Status 1 when a build has no result for one of its ways in, as what it was asked for cannot be shown then. What failed
is in the table, and counted by script/test."""

import argparse
import pathlib
import re
import sys


def results(build):
    """The outcome of each contract test, as ctest told script/test."""
    log = pathlib.Path(build, "tests.log")
    lines = log.read_text(encoding="utf-8", errors="replace") if log.exists() else ""
    found = re.findall(r"^ *\d+/\d+ Test +#\d+: contract\.(\S+) \.*[ *]*(\w+)", lines, re.MULTILINE)
    if not found:
        sys.exit(f"matrix.py: {log} has no contract test; run script/test")
    return {name: {"Passed": "pass", "Skipped": "skipped"}.get(end, "FAIL") for name, end in found}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("builds", nargs="+")
    options = parser.parse_args()

    runs = {pathlib.Path(build).name: results(build) for build in options.builds}
    ways = []
    columns = [] # single, multi, and the bases of the kernels at high addresses
    unknown = []
    for build in options.builds:
        file = pathlib.Path(build, "test", "contract", "ways.txt")
        for line in file.read_text(encoding="utf-8").splitlines():
            name, of_way, what = line.split("|", 2)
            of_build = of_way.split(";")
            unknown += [f"{build}: {name}.{setting}" for setting in of_build
                        if f"{name}.{setting}" not in runs[pathlib.Path(build).name]]
            if (name, what) not in ways:
                ways.append((name, what))
            columns += [(pathlib.Path(build).name, setting) for setting in of_build
                        if (pathlib.Path(build).name, setting) not in columns]

    width = max(len(way) for way, _ in ways)
    cells = failed = 0
    heads = [f"{run.split('-')[0]} {setting}" for run, setting in columns]
    print(f"| {'way in':{width}} | {' | '.join(heads)} | what is special about it |")
    print(f"|{'-' * (width + 2)}|{'|'.join('-' * (len(head) + 2) for head in heads)}|---|")
    for way, what in ways:
        outcomes = [runs[run].get(f"{way}.{setting}", "") for run, setting in columns]
        cells += sum(outcome in ("pass", "FAIL") for outcome in outcomes)
        failed += sum(outcome == "FAIL" for outcome in outcomes)
        row = " | ".join(f"{outcome:{len(head)}}" for outcome, head in zip(outcomes, heads))
        print(f"| {way:{width}} | {row} | {what} |")
    print(f"\n{len(ways)} ways in, {cells} cells, {failed} failed")
    if unknown or not cells:
        sys.exit(f"no result: {', '.join(unknown) or 'at all'}")


if __name__ == "__main__":
    main()
