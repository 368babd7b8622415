# SPDX-License-Identifier: MIT
"""Boots a single-core kernel and looks at every instruction that cores 1 to 3 execute: none of it
may be the user's. They end up in piboot_park_unused or, where the firmware keeps them, in nothing of
this image at all."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent))
import qemu  # noqa: E402

parser = qemu.arguments(__doc__)
parser.add_argument("--elf", required=True)
parser.add_argument("--kernel", required=True)
options = parser.parse_args()

symbols = qemu.Symbols(options.nm, options.elf)
start = symbols.address["_start"]
for attempt in range(5):  # on a busy machine a core may have come nowhere when core 0 ends
    status, executed = qemu.trace(options, ["-kernel", options.kernel], start, start + 0xfffff)
    if status != 0:
        sys.exit(f"the kernel ended with status {status}")
    if symbols.address["piboot_alive"] not in executed[0]:
        sys.exit("core 0 never came to alive(): the trace is wrong")
    asleep = True
    for core in (1, 2, 3):
        path = executed.get(core, [])
        places = list(dict.fromkeys(symbols.at(pc) for pc in path))
        print(f"core {core}: {len(path)} instructions, in: {' '.join(places) or 'nothing of the image'}")
        strange = [place for place in places if place not in ("_start", "start") and not place.startswith("piboot_")]
        strange += [place for place in places if place in ("piboot_alive", "piboot_running")]
        if strange:
            sys.exit(f"core {core} must sleep and do nothing else")
        asleep &= not path or symbols.within(path[-1], "piboot_park_unused")
    if asleep:
        sys.exit(0)
sys.exit("cores 1 to 3 must end up in piboot_park_unused")
