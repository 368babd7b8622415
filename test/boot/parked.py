# SPDX-License-Identifier: MIT
"""Boots a kernel whose running() returns, and looks where the cores are afterwards.

    parked.py --elf kernel8.elf --kernel kernel8.img 0=piboot_park_returned 1=piboot_park_unused

Each argument names a core and the place where it must sleep."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent))
import qemu  # noqa: E402

parser = qemu.arguments(__doc__)
parser.add_argument("--elf", required=True)
parser.add_argument("--kernel", required=True)
parser.add_argument("places", nargs="+")
options = parser.parse_args()

symbols = qemu.Symbols(options.nm, options.elf)
places = [place.split("=") for place in options.places]
for seconds in qemu.LOOKS:
    counters = qemu.program_counters(options, ["-kernel", options.kernel], seconds)
    if len(counters) != 4:
        sys.exit(f"QEMU told of {len(counters)} cores, not of 4")
    print(f"After {seconds} seconds:")
    for core, pc in enumerate(counters):
        print(f"core {core} is at {pc:#x}: {symbols.at(pc)}")
    if all(symbols.within(counters[int(core)], name) for core, name in places):
        sys.exit(0)
sys.exit(f"The cores should be at: {' '.join(options.places)}")
