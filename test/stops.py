# SPDX-License-Identifier: MIT
"""Boots a kernel whose cores stop, and looks where they are afterwards.

    stops.py --elf kernel8.elf --kernel kernel8.img 0=piboot_park_fault+0x200 1=piboot_park_panic

Each argument names a core and the place where it must sleep: a symbol, and an offset from it.

    --loaded 0x40200000     core 0 alone, in an image that is there and not where it was linked
    --on virt -cpu cortex-a57       another machine: words for QEMU, the last ones"""

import sys

import qemu

PARK = 12   # bytes: what the macro of this name makes;
SLOT = 8    # and what piboot_write_parking_vectors writes of it

parser = qemu.arguments(__doc__)
parser.add_argument("--elf", required=True)
parser.add_argument("--kernel", required=True)
parser.add_argument("places", nargs="+")
parser.add_argument("--loaded", type=lambda number: int(number, 0))
parser.add_argument("--on", nargs="...")
options = parser.parse_args()

symbols = qemu.Symbols(options.nm, options.elf).any
guest = ["-kernel", options.kernel]
moved = 0
if options.loaded is not None:
    guest = ["-device", f"loader,file={options.kernel},addr={options.loaded:#x},cpu-num=0"]
    moved = options.loaded - symbols["_start"]
if options.on:
    guest = ["-M"] + options.on + guest
right = {}
for place in options.places:
    core, name = place.split("=")
    symbol, _, offset = name.partition("+")
    right[int(core)] = (name, symbols[symbol] + moved + int(offset or "0", 0), SLOT if offset else PARK)

for seconds in qemu.LOOKS:
    counters = qemu.program_counters(options, guest, seconds)
    if len(counters) <= max(right):
        sys.exit(f"QEMU told of {len(counters)} cores")
    wrong = 0
    for core, (name, address, size) in right.items():
        print(f"after {seconds} s core {core} is at {counters[core]:#x}; {name} is at {address:#x}")
        wrong += not address <= counters[core] < address + size
    if wrong == 0:
        sys.exit(0)
sys.exit("the cores are not where they should be")
