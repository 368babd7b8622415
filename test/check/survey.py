# SPDX-License-Identifier: MIT
"""Runs every test kernel that is built under the board check, from its image and its ELF, and counts what is silent.

    survey.py --build <folder> [--qemu <path>] [--seconds <n>] [--jobs <n>] [group]...     groups: boot, mmu, cost, ...

A kernel that does not end by itself is watched for that many seconds. What a kernel does on purpose is listed in
survey.txt: a part of its name | the rule, or * | why. Status 1 when something else is reported."""

import argparse
import collections
import concurrent.futures
import pathlib
import re
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
RUN = HERE.parent / "board-check" / "run.sh"


def known():
    """The lines of survey.txt: part of a name, rule."""
    lines = (HERE / "survey.txt").read_text().splitlines()
    return [tuple(word.strip() for word in line.split("|")[:2]) for line in lines if line and line[0] != "#"]


def watch(kernel, options):
    """The reports of one kernel: (hazard or note, rule); None if QEMU cannot run it so."""
    command = ["sh", RUN, "--timeout", str(options.seconds), "--elf", kernel.with_name("kernel8.elf")]
    if options.qemu:
        command += ["--qemu", options.qemu]
    run = subprocess.run([*command, kernel], capture_output=True, check=False)
    output = (run.stdout + run.stderr).decode(errors="replace")
    if "piboot: skipped:" in output:
        sys.exit(output)
    if "board-check: hazards:" not in output:
        return None
    return re.findall(r"^board-check: (hazard|note): .*\[([a-z0-9-]+)\]$", output, re.MULTILINE)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", required=True)
    parser.add_argument("--qemu")
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("group", nargs="*")
    options = parser.parse_args()

    tests = pathlib.Path(options.build, "test")
    groups = options.group or sorted(folder.name for folder in tests.iterdir() if folder.name != "check")
    on_purpose, unexpected = known(), []
    print("| group | runs | silent | notes | hazards | on purpose | did not run |")
    print("|---|---:|---:|---:|---:|---:|---:|")
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        for group in groups:
            kernels = sorted([*(tests / group).glob("*/kernel8.img"), *(tests / group).glob("*/kernel8.elf")])
            count = collections.Counter()
            for kernel, reports in zip(kernels, pool.map(lambda kernel: watch(kernel, options), kernels)):
                name = f"{kernel.parent.name} {kernel.suffix[1:]}"
                left = [(kind, rule) for kind, rule in reports or []
                        if not any(part in name and of in ("*", rule) for part, of in on_purpose)]
                count["lost" if reports is None else "silent" if not reports else "purpose" if not left else
                      "hazard" if ("hazard" in dict(left)) else "note"] += 1
                unexpected += [f"{name}: {kind} {rule}" for kind, rule in sorted(set(left))]
            if kernels:
                print(f"| {group} | {len(kernels)} | {count['silent']} | {count['note']} | {count['hazard']} | "
                      f"{count['purpose']} | {count['lost']} |", flush=True)
    print("\n".join(unexpected))
    sys.exit(any(": hazard " in line for line in unexpected))


if __name__ == "__main__":
    main()
