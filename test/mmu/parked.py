# SPDX-License-Identifier: MIT
"""Boots a kernel without exceptions on which these cores do what the map forbids, and looks where they
are some time later: each must sleep in the slot for a synchronous exception from EL1h.

    parked.py --elf kernel8.elf --kernel kernel8.img <core>..."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent))
import qemu  # noqa: E402

parser = qemu.arguments(__doc__)
parser.add_argument("--elf", required=True)
parser.add_argument("--kernel", required=True)
parser.add_argument("cores", nargs="+", type=int)
options = parser.parse_args()

slot = qemu.Symbols(options.nm, options.elf).any["piboot_park_fault"] + 4 * 0x80
for seconds in qemu.LOOKS:
    counters = qemu.program_counters(options, ["-kernel", options.kernel], seconds)
    if len(counters) != 4:
        sys.exit(f"QEMU told of {len(counters)} cores, not of 4")
    awake = [core for core in options.cores if not slot <= counters[core] < slot + 8]
    for core in options.cores:
        print(f"core {core} is at {counters[core]:#x}" +
              (f" and should be at {slot:#x}" if core in awake else ""))
    if not awake:
        sys.exit(0)
sys.exit(1)
