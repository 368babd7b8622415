# SPDX-License-Identifier: MIT
"""Interrupts ctest while QEMU runs, and looks whether it still runs afterwards.

    left.py --pids <file> --count <n> [--signal INT|TERM|KILL] ctest <argument>...

The file has the process of each QEMU, one a line: the tests' PIBOOT_QEMU writes it. The signal is sent when there are
as many as <n>; without one ctest ends by itself. Status 1 when a QEMU is left, or when there were not that many."""

import argparse
import os
import pathlib
import signal
import subprocess
import sys
import time

SECONDS = 30 * int(os.environ.get("PIBOOT_TEST_PATIENCE", "1"))


def runs(process):
    """Whether the process is there; one that has ended and was not asked how is not."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    try:
        return not os.path.exists("/proc/self/stat") or (
            pathlib.Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z")
    except FileNotFoundError:
        return False


def wait_for(what):
    """True as soon as it is, False when it never was."""
    end = time.monotonic() + SECONDS
    while not what():
        if time.monotonic() > end:
            return False
        time.sleep(0.1)
    return True


parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--count", type=int, required=True)
parser.add_argument("--signal")
parser.add_argument("--pids", type=pathlib.Path, required=True)
parser.add_argument("command", nargs=argparse.REMAINDER)
options = parser.parse_args()


def started():
    return [int(line) for line in options.pids.read_text().split()] if options.pids.exists() else []


options.pids.unlink(missing_ok=True)
# In a session of its own: the signal is for ctest alone, where a terminal's Ctrl-C reaches more. Who runs this may
# ignore interrupts, as a shell's job in the background does.
with subprocess.Popen(options.command, stdout=subprocess.DEVNULL, start_new_session=True,
                      preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL)) as ctest:
    if options.signal:
        wait_for(lambda: len(started()) >= options.count)
        ctest.send_signal(getattr(signal, "SIG" + options.signal))
    ctest.wait()
if len(started()) < options.count:
    sys.exit(f"{len(started())} QEMU were started, not {options.count}")
if not wait_for(lambda: not any(map(runs, started()))):
    left = list(filter(runs, started()))
    for process in left:
        os.kill(process, signal.SIGKILL)
    sys.exit(f"of {len(started())} QEMU {len(left)} run on")
print(f"nothing is left of {len(started())} QEMU; ctest's status was {ctest.returncode}")
