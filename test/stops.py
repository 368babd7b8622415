# SPDX-License-Identifier: MIT
"""Boots a kernel whose cores stop, and looks where they are afterwards.

    stops.py --elf kernel8.elf --kernel kernel8.img 0=piboot_park_fault+0x200 1=piboot_park_panic

Each argument names a core and the place where it must sleep: a symbol, and an offset from it."""

import sys

import qemu

PARK = 12   # bytes: what the macro of this name makes;
SLOT = 8    # and what piboot_write_parking_vectors writes of it

parser = qemu.arguments(__doc__)
parser.add_argument("--elf", required=True)
parser.add_argument("--kernel", required=True)
parser.add_argument("places", nargs="+")
options = parser.parse_args()

symbols = qemu.Symbols(options.nm, options.elf).any
right = {}
for place in options.places:
    core, name = place.split("=")
    symbol, _, offset = name.partition("+")
    right[int(core)] = (name, symbols[symbol] + int(offset or "0", 0), SLOT if offset else PARK)

for seconds in qemu.LOOKS:
    counters = qemu.program_counters(options, ["-kernel", options.kernel], seconds)
    if len(counters) != 4:
        sys.exit(f"QEMU told of {len(counters)} cores, not of 4")
    wrong = 0
    for core, (name, address, size) in right.items():
        print(f"after {seconds} s core {core} is at {counters[core]:#x}; {name} is at {address:#x}")
        wrong += not address <= counters[core] < address + size
    if wrong == 0:
        sys.exit(0)
sys.exit("the cores are not where they should be")
