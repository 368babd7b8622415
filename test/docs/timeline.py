# SPDX-License-Identifier: MIT
"""Draws docs/boot.svg, lost.svg and memory.svg: two boots as QEMU traced them, and where a linked
kernel lies in memory. Python's standard library only.

    timeline.py --folder <build>/test/docs [--check]

A boot is drawn from the instructions that each core executed. What a width shows is the order: who
waits for whom. How many instructions there were is written below, without the rounds of a wait. Each
box has a title, which says what it is: with --check nothing is written, and the titles of the committed
pictures are compared with those that would be drawn, counts within a tenth."""

import html
import pathlib
import re
import sys

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path.insert(0, str(HERE.parent))
import program  # noqa: E402
import qemu  # noqa: E402

ERET, WFE, SEV, CBZ, CBZ_MASK = 0xd69f03e0, 0xd503205f, 0xd503209f, 0x34000000, 0x7f000000
STUB_END, LOAD = 0x100, 0x80000
# Routines in which a core waits.
WAITS = ("piboot_pen", "piboot_gather_cores", "piboot_wait_for_turn", "piboot_let_next_go")
BEGINS = {"piboot_gather_cores": "call", "piboot_set_stack": None, "piboot_wait_for_turn": "turn",
          "piboot_alive": "alive", "piboot_report_lost": "report", "piboot_running": "running"}


# ---- What happened on a core -------------------------------------------------------------------------

class Step:
    """Instructions of one kind in a row. kind: EL3, EL2, EL1, pen (the firmware's), call, turn (waits for it), alive,
    go (lets the next core go), report, running."""

    def __init__(self, kind):
        self.kind, self.path, self.count = kind, [], 0

    def add(self, pc, waits):
        """One more instruction. Of the rounds of a wait only the last counts."""
        if waits and pc in self.path:
            del self.path[self.path.index(pc):]
        self.path.append(pc)
        self.count = len(self.path)


def words(code):
    return [int.from_bytes(code[i:i + 4], "little") for i in range(0, len(code) - 3, 4)]


def steps(path, image, stub, symbols):
    """A core's path as steps. It starts at EL3, in the stub, and each ERET goes down one level."""
    pen = range(4 * stub.index(WFE), 4 * next(i for i, word in enumerate(stub)
                                              if word & CBZ_MASK == CBZ and i > stub.index(WFE)) + 4)
    level, user, found = 3, None, []
    for pc in path:
        routine = symbols.at(pc) if pc >= STUB_END else "(stub)"
        word = stub[pc // 4] if pc < STUB_END else image[(pc - LOAD) // 4]
        user = BEGINS.get(routine, user)
        if word == SEV and user in ("alive", "report"):
            user = "go"
        kind = "pen" if pc in pen else user or f"EL{level}"
        if not found or found[-1].kind != kind:
            found.append(Step(kind))
        found[-1].add(pc, routine in WAITS or kind == "pen")
        if word == ERET:
            level -= 1
    return found


def boot(options, kernel, stub):
    """The steps of each core, and how many milliseconds one waits for the next."""
    folder = pathlib.Path(options.folder)
    files = folder / kernel / "kernel8.img", folder / stub
    guest = ["-device", f"loader,file={files[1]},addr=0,force-raw=on",
             "-device", f"loader,file={files[0]},addr=0x80000,force-raw=on"]
    symbols = qemu.Symbols(options.nm, folder / kernel / "kernel8.elf")
    for _ in range(5):      # on a busy machine a core may be lost that should not be
        status, executed = qemu.trace(options, guest, 0, 0xfffff)
        if status == 0:
            break
    else:
        sys.exit(f"{kernel}: ended with status {status}, five times")
    image, stub = (words(file.read_bytes()) for file in files)
    timeout = symbols.any["piboot_options"] >> 32
    return [steps(executed[core], image, stub, symbols) for core in range(4)], timeout


# ---- Drawing -----------------------------------------------------------------------------------------

STYLE = """
  text { font: 14px system-ui, "Segoe UI", Helvetica, Arial, sans-serif; fill: #1f2328 }
  .small { font-size: 12px; fill: #59636e }
  .middle { text-anchor: middle }
  .end { text-anchor: end }
  .mono { font-family: ui-monospace, "DejaVu Sans Mono", Menlo, monospace; font-size: 12px }
  rect { stroke: #59636e; stroke-width: 1 }
  .EL3 { fill: #ffc9c4 } .EL2 { fill: #ffdfa8 } .EL1 { fill: #fff3b8 } .alive { fill: #aceebb }
  .running { fill: #b6dcff } .call, .go, .report { fill: #e3d5fb } .pen, .turn { fill: none; stroke-dasharray: 4 4 }
  .firmware { fill: #ffdfa8 } .text { fill: #b6dcff } .rodata { fill: #d5e5f3 } .data { fill: #aceebb }
  .bss { fill: #d6f5dc } .stack { fill: #fff3b8 } .tables { fill: #e3d5fb } .device { fill: #ffc9c4 }
  .free, .guard { fill: none } .guard { stroke-dasharray: 4 4 }
  line, path { stroke: #59636e; stroke-width: 1.5; fill: none }
  marker path { fill: #59636e; stroke: none }
  @media (prefers-color-scheme: dark) {
    text { fill: #f0f6fc } .small { fill: #9198a1 }
    rect, line, path { stroke: #9198a1 } marker path { fill: #9198a1; stroke: none }
    .EL3 { fill: #7d2d28 } .EL2 { fill: #744d10 } .EL1 { fill: #5c5214 } .alive { fill: #1c5e2c }
    .running { fill: #174a7c } .call, .go, .report { fill: #4c3675 }
    .firmware { fill: #744d10 } .text { fill: #174a7c } .rodata { fill: #2b445c } .data { fill: #1c5e2c }
    .bss { fill: #24442d } .stack { fill: #5c5214 } .tables { fill: #4c3675 } .device { fill: #7d2d28 }
    rect.pen, .turn, .free, .guard { fill: none }
  }
"""


class Picture:
    def __init__(self, width, height, label):
        self.parts = [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" '
            f'height="{height}" role="img" aria-label="{html.escape(label)}">',
            f"<style>{STYLE}</style>",
            '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" '
            'orient="auto"><path d="M0 0 8 4 0 8z"/></marker></defs>']

    def text(self, x, y, text, classes=""):
        self.parts.append(f'<text x="{x:g}" y="{y:g}" class="{classes}">{html.escape(text)}</text>')

    def box(self, x, y, width, height, kind, title):
        self.parts.append(f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" rx="3" '
                          f'class="{kind}"><title>{html.escape(title)}</title></rect>')

    def line(self, *points, tip=False):
        marker = ' marker-end="url(#tip)"' if tip else ""
        path = " ".join(f"{x:g} {y:g}" for x, y in points)
        self.parts.append(f'<path d="M{path}"{marker}/>')

    def svg(self):
        return "\n".join(self.parts + ["</svg>", ""])


LEFT, RIGHT, TOP, LANE, HEIGHT = 62, 990, 40, 64, 32
EVENT = 10      # from a SEV to what the core does that it wakes
WIDTHS = {"EL3": 40, "EL2": 46, "EL1": 46, "alive": 72, "go": 104, "report": 110,
          ("EL2", 0): 78, ("EL1", 0): 98}      # core 0's: the others' pen, above it, and longer words


def place(cores, lost):
    """Where each step is: (core, step, left, right), and where one core tells another: (from, to, x). Core 0 calls all,
    and goes on when the last that comes is ready, or its time is up; then each alive ends before the next begins."""
    placed, events = [], []

    def put(core, step, left, right):
        placed.append((core, step, left, right))
        return right

    called = ready = free = LEFT
    for core in range(4):
        x = LEFT
        for step in cores[core]:
            if step.kind == "pen":
                x = put(core, step, x, RIGHT if core in lost else called + EVENT)
            elif step.kind == "call":
                called = x
                ready = x + EVENT + WIDTHS["EL2"] + WIDTHS["EL1"] + EVENT + 40 * bool(lost)
                events += [(0, other, x) for other in range(1, 4) if other not in lost]
                x = put(core, step, x, ready)
            elif step.kind == "turn":
                x = put(core, step, x, free + EVENT)
            elif step.kind == "go":
                free = x
                events.append((core, min(set(range(core + 1, 4)) - lost), x))
                x = put(core, step, x, x + WIDTHS["go"])
            elif step.kind == "running":
                x = put(core, step, x, RIGHT)
            else:
                x = put(core, step, x, x + WIDTHS.get((step.kind, core), WIDTHS[step.kind]))
    return placed, events


def label(step, core, lost, again):
    if step.kind == "call":
        return "calls the others"
    if step.kind == "turn":
        return "waits for its turn"
    if step.kind == "go":
        return f"lets core {min(set(range(core + 1, 4)) - lost)} go"
    if step.kind == "report":
        return f"reports core {core + 1}"
    if step.kind == "pen":
        return "never answers" if core in lost else "in the firmware's pen"
    if step.kind == "EL1" and again:
        return "EL1: stack, .bss"
    return f"{step.kind}({core})" if step.kind in ("alive", "running") else step.kind


def timeline(cores, timeout, what):
    lost = {core for core in range(4) if not any(step.kind == "alive" for step in cores[core])}
    placed, events = place(cores, lost)
    picture = Picture(1000, TOP + 4 * LANE + 14, what)
    picture.text(LEFT, 22, what)
    picture.text(RIGHT, 22, "below each box: executed instructions", "small end")
    for core in range(4):
        picture.text(LEFT - 8, TOP + core * LANE + 21, f"core {core}", "end")
    boxes = []
    again = False       # core 0 has called, and is at EL1 for the second time
    for core, step, left, right in placed:
        y = TOP + core * LANE
        text = label(step, core, lost, again and core == 0)
        again = again or step.kind == "call"
        below = ""
        if step.kind in ("EL3", "EL2", "EL1"):
            below = str(step.count)
        elif step.kind == "call":
            below = f"waits {timeout} ms for core {min(lost)}" if lost else "until all are ready"
        title = f"core {core}: {text}" + f", {below}" * bool(below) + " instructions" * below.isdigit()
        picture.box(left, y, right - left, HEIGHT, step.kind, title)
        boxes.append(((left + right) / 2, y, text, below))
    for core, other, x in events:
        x += EVENT / 2
        picture.line((x, TOP + core * LANE + HEIGHT), (x, TOP + other * LANE - 1), tip=True)
    for middle, y, text, below in boxes:
        picture.text(middle, y + 21, text, "middle")
        picture.text(middle, y + HEIGHT + 14, below, "small middle")
    return picture.svg()


# ---- Memory ------------------------------------------------------------------------------------------

def size(count):
    if count >= 1 << 20:
        return f"{count / (1 << 20):.0f} MiB"
    return f"{count >> 10} KiB" if count % 1024 == 0 else f"{count:,} bytes"


def memory(options):
    elf_file = pathlib.Path(options.folder) / "docs.memory" / "kernel8.elf"
    elf = program.Elf(elf_file)
    at = qemu.Symbols(options.nm, elf_file).any
    stacks = at["piboot_stacks"]
    stack_size = int(re.search(r"define PIBOOT_STACK_SIZE (0x\w+)", (ROOT / "piboot.h").read_text())[1], 16)
    guard = (at["piboot_core_states"] - stacks) // 4 - stack_size
    tables_end = at["__piboot_tables_end"]
    script = (ROOT / "link64.ld").read_text()
    heap_end = int(re.search(r"__heap_end = piboot_kernel_base \+ (0x[0-9a-f]+)", script)[1], 16)
    rows = [("firmware", 0, 0x1000, "the firmware's stub; spin table at 0xd8", "not mapped"),
            ("free", 0x1000, at["_start"], "free; the device tree may be anywhere", "read, write"),
            ("text", at["_start"], at["__piboot_text_end"], ".text", "read, execute"),
            ("rodata", at["__piboot_text_end"], at["__piboot_rodata_end"], ".rodata", "read"),
            ("data", at["__piboot_rodata_end"], at["__bss_start"], ".got, .data, .init_array", "read, write"),
            ("bss", at["__bss_start"], at["__bss_end"], ".bss", "read, write"),
            ("stack", at["piboot_emergency_stacks"], stacks, "emergency stacks of the four cores", "read, write")]
    for core in range(4):
        base = stacks + core * (guard + stack_size)
        rows.append(("guard", base, base + guard, f"guard of core {core}", "not mapped"))
        rows.append(("stack", base + guard, base + guard + stack_size, f"stack of core {core}", "read, write"))
    rows += [("stack", rows[-1][2], at["__piboot_image_end"], "PiBoot's words for each core", "read, write"),
             ("tables", at["__piboot_tables"], tables_end, "translation tables", "read, write"),
             ("free", tables_end, heap_end, "the heap", "read, write"),
             ("device", heap_end, 0x3f000000, "the VideoCore's memory", "read, write"),
             ("device", 0x3f000000, 0x40000000, "peripherals", "device"),
             ("device", 0x40000000, 0x40200000, "local peripherals of the cores", "device")]
    if elf.sections[".text"][1] != at["_start"] or elf.sections[".bss"][1] != at["__bss_start"]:
        sys.exit("docs.memory: .text or .bss is not where its symbols are")
    row_height, left, wide = 26, 110, 400
    picture = Picture(940, 66 + row_height * len(rows), "Memory of a kernel with PIBOOT_MMU")
    picture.text(left, 22, "A small kernel with PIBOOT_MMU and all four cores, as it is linked")
    y = 36
    for kind, begin, end, what, access in rows:
        picture.box(left, y, wide, row_height, kind, f"{what}, {size(end - begin)}")
        picture.text(left - 10, y + 18, f"0x{begin:08x}", "mono end")
        picture.text(left + 12, y + 18, what)
        picture.text(left + wide + 110, y + 18, size(end - begin), "end")
        picture.text(left + wide + 130, y + 18, access, "small")
        y += row_height
    picture.text(left - 10, y + 18, f"0x{rows[-1][2]:08x}", "mono end")
    picture.text(left + 12, y + 18, "above: not mapped", "small")
    # What the file has, and what core 0 clears.
    x = left + wide + 240
    for first, last, text in (("text", "data", "kernel8.img"), ("bss", "bss", "zeroed by core 0")):
        top = 36 + row_height * next(i for i, row in enumerate(rows) if row[0] == first)
        bottom = 36 + row_height * (1 + next(i for i, row in enumerate(rows) if row[0] == last))
        picture.line((x - 8, top + 3), (x, top + 3), (x, bottom - 3), (x - 8, bottom - 3))
        picture.text(x + 10, (top + bottom) / 2 + 5, text)
    return picture.svg()


# ---- Checking ----------------------------------------------------------------------------------------

def titles(svg):
    return re.findall(r"<title>([^<]*)</title>", svg)


def agree(committed, drawn):
    """The same words; numbers of instructions within a tenth or 8; sizes may differ, as compilers do."""
    number = r"[0-9][0-9,]*(?= (?:instructions|bytes|KiB)$)"
    if re.sub(number, "#", committed) != re.sub(number, "#", drawn):
        return False
    old, new = (re.search(r"([0-9]+) instructions$", title) for title in (committed, drawn))
    return old is None or abs(int(old[1]) - int(new[1])) <= max(8, int(new[1]) / 10)


def main():
    parser = qemu.arguments(__doc__)
    parser.add_argument("--folder", required=True)
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    pictures = {
        "boot.svg": timeline(*boot(options, "docs.timeline", "firmware.bin"),
                             "A boot from the firmware, four cores"),
        "lost.svg": timeline(*boot(options, "docs.timeline.lost", "firmware.lost.bin"),
                             "The same, but core 2 never answers"),
        "memory.svg": memory(options)}
    failed = False
    for name, svg in pictures.items():
        file = ROOT / "docs" / name
        if not options.check:
            file.write_text(svg)
            print(f"docs/{name}: {len(titles(svg))} boxes")
            continue
        old, new = titles(file.read_text()), titles(svg)
        for committed, drawn in zip(old, new):
            if not agree(committed, drawn):
                print(f"docs/{name}: '{committed}' would be '{drawn}' now: run script/timeline")
                failed = True
        if len(old) != len(new):
            print(f"docs/{name}: {len(old)} boxes, would be {len(new)} now: run script/timeline")
            failed = True
    sys.exit(failed)


if __name__ == "__main__":
    main()
