# SPDX-License-Identifier: MIT
"""Checks a Markdown file of this repository against what it describes.

    docs.py <file.md> [--build <folder>] [--skip <kind of table>] [--only <kind of table>]

Each fenced block and each table must have a comment above it, which says how it is checked:

    <!-- tree: DIR -->         from here on work in a fresh copy of test/docs/DIR
    <!-- file: NAME -->        the block is the file NAME in the work folder
    <!-- without: PROGRAM... --> from here on these are not installed
    <!-- run -->               the block is run by sh, line after line, and must succeed
    <!-- run in the repository --> the same, but not in the work folder
    <!-- run: COMMANDS -->     the commands in the comment are run, and not shown
    <!-- output -->            the block is what the last run printed. Words of 16 hexadecimal digits
                               compare equal, for compilers differ; a line ... stands for any lines
    <!-- part of: FILE -->     the block is found in a file of the repository
    <!-- tested by: NAME... --> not done here (it installs, or takes long): these tests do it. With
                               a build folder the tests must exist
    <!-- table: KIND -->       compared with the source of its kind; see TABLES below
    <!-- text -->              a table of words only, or a block that nothing could check

The work folder has the name piboot/ for the repository, and PIBOOT_GIT is one to be cloned. QEMU is ended when it
has printed the last line of the output that comes next. Links to files of the repository, and to headings in them,
are checked too."""

import argparse
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
HERE = ROOT / "test" / "docs"
SECONDS = 600 * int(os.environ.get("PIBOOT_TEST_PATIENCE", "1"))  # at most, for one block: it may build what it tells


class Wrong(Exception):
    """What is wrong, for people."""


# ---- Reading Markdown -----------------------------------------------------------------------------

class Block:
    """A fenced block or a table with its mark; or a mark alone, that runs something or changes the tree."""

    def __init__(self, line, kind, argument, text):
        self.line, self.kind, self.argument, self.text = line, kind, argument, text


def blocks(text):
    """The marked blocks of a file in order. An unmarked one is an error."""
    lines = text.split("\n")
    found, mark, i = [], None, 0
    while i < len(lines):
        line, number = lines[i], i + 1
        if line.startswith("<!--"):
            comment = [line]
            while "-->" not in lines[i]:
                i += 1
                comment.append(lines[i])
            body = "\n".join(comment).strip()[4:].rsplit("-->", 1)[0].strip()
            kind, _, argument = body.partition(":")
            if kind in ("tree", "without", "tested by") or (kind == "run" and argument):
                found.append(Block(number, kind, argument.strip(), ""))
            if kind == "tested by":
                mark = ("tested", "")
            elif kind not in ("tree", "without") and not (kind == "run" and argument):
                mark = (kind.strip(), argument.strip())
        elif line.startswith("```"):
            body = []
            while not lines[i + 1].startswith("```"):
                i += 1
                body.append(lines[i])
            i += 1
            if mark is None:
                raise Wrong(f"line {number}: a block without a mark, so nothing checks it")
            found.append(Block(number, *mark, "\n".join(body)))
            mark = None
        elif line.startswith("|"):
            rows = []
            while i < len(lines) and lines[i].startswith("|"):
                rows.append(lines[i])
                i += 1
            if mark is None:
                raise Wrong(f"line {number}: a table without a mark, so nothing checks it")
            found.append(Block(number, *mark, "\n".join(rows)))
            mark = None
            continue
        elif line.strip() and mark is not None and mark[0] != "tested":
            raise Wrong(f"line {number}: the mark '{mark[0]}' has no block")
        i += 1
    return found


def cells(table):
    """The rows of a table below its heading, as lists of text without the Markdown."""
    rows = []
    for row in table.split("\n")[2:]:
        parts = re.split(r"(?<!\\)\|", row.strip()[1:-1])
        rows.append([re.sub(r"`|\*\*|\[([^]]*)\]\([^)]*\)|\\(?=[*|])", r"\1", part).strip() for part in parts])
    return rows


# ---- Tables: each kind's rows, as the sources have them ---------------------------------------------

def compare(rows, expected, what):
    """The rows' first columns must be those of the expected rows, in order."""
    width = len(expected[0])
    rows = [row[:width] for row in rows]
    for row, right in zip(rows, expected):
        if row != right:
            raise Wrong(f"the row {row} should be {right} ({what})")
    if len(rows) != len(expected):
        raise Wrong(f"{len(rows)} rows; {what} has {len(expected)}")


def table_options(rows, _):
    """name, default: as piboot.h's #ifndef lines."""
    header = (ROOT / "piboot.h").read_text()
    compare(rows, [list(pair) for pair in re.findall(
        r"^#ifndef (PIBOOT_\w+)\n#define \1 (\S+)\n#endif", header, re.MULTILINE)], "piboot.h")


def table_hooks(rows, _):
    """PIBOOT_X(fn);, void fn(...): as piboot.h's HOOKS."""
    header = (ROOT / "piboot.h").read_text()
    compare(rows, [list(pair) for pair in re.findall(
        r"^ \*   (PIBOOT_\w+\(fn\);) +(void fn\([^)]*\))", header, re.MULTILINE)], "piboot.h")


def table_contract(rows, _):
    """register, meaning, register, meaning, read column by column: as test/contract prints them."""
    rows = [row[:2] for row in rows] + [row[2:] for row in rows if any(row[2:])]
    text = (ROOT / "test/contract/contract.h").read_text()
    text = re.sub(r"\\\n", " ", text[text.index("#define CONTRACT("):])
    compare(rows, [[name, meaning] for name, meaning in re.findall(
        r'REGISTER\("([^"]+)".*?"([^"]*)"\)', text.split("#define CONTRACT_MMU(")[0])], "test/contract/contract.h")


def table_contract_mmu(rows, _):
    """register, meaning without a base, with one: as test/contract prints them."""
    text = (ROOT / "test/contract/contract.h").read_text()
    text = re.sub(r"\\\n", " ", text[text.index("#define CONTRACT_MMU("):])
    compare(rows, [list(row) for row in re.findall(
        r'REGISTER\("([^"]+)"[^"]*"([^"]*)",\s*"([^"]*)"\)', text)], "test/contract/contract.h")


def all_tests(options):
    listing = subprocess.run(["ctest", "--test-dir", options.build, "-N"], check=True, text=True,
                             capture_output=True).stdout
    return set(re.findall(r"Test +#\d+: (\S+)", listing))


def must_exist(names, options):
    """Each name is that of a test, or of a group of tests: contract.raw is contract.raw.multi and more."""
    if not options.build:
        return
    tests = all_tests(options)
    for name in names:
        if name not in tests and not any(test.startswith(name + ".") for test in tests):
            raise Wrong(f"there is no test {name}")


def table_ways(rows, options):
    """The last column has the tests' names."""
    must_exist([name for row in rows for name in re.split(r"[, ]+", row[-1]) if name], options)


TUTORIAL_MAIN = """
volatile unsigned char bss[64 * 1024 - 16] __attribute__((__aligned__(16)));
volatile unsigned long end[2] = {0x20026};
void main(void) { __asm__ volatile("mov w0, #0x18; mov x1, %0; hlt #0xf000" ::"r"(end) : "x0", "x1"); }
volatile unsigned long more[2];
"""


def tutorial_cost(options):
    """Instructions from _start to main of test/docs/tutorial, with 64 KiB of .bss."""
    import qemu  # found by table_cost
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder)
        (path / "main.c").write_text(TUTORIAL_MAIN)
        subprocess.run(["clang", "--target=aarch64-none-elf", "-O2", "-ffreestanding", "-nostdlib", "-fuse-ld=lld",
                        "-T", HERE / "tutorial/link.ld", HERE / "tutorial/start.S", path / "main.c",
                        "-o", path / "kernel8.elf"], check=True)
        subprocess.run(["llvm-objcopy", "-O", "binary", path / "kernel8.elf", path / "kernel8.img"], check=True)
        symbols = qemu.Symbols(options.nm, path / "kernel8.elf")
        cleared = symbols.any["__bss_end"] - symbols.any["__bss_start"]
        if cleared != 64 * 1024:
            raise Wrong(f"the tutorial's kernel has {cleared} bytes of .bss")
        status, executed = qemu.trace(options, ["-kernel", str(path / "kernel8.img")], 0x80000, 0xfffff)
        if status != 0:
            raise Wrong(f"the tutorial's kernel ended with status {status}")
        return executed[0].index(symbols.address["main"])


def number(text):
    return float(re.sub(r"[^0-9.]", "", text))


def table_cost(rows, options):
    """Second column: as cost.measure found, within 3 %. Last one, of reset: test/docs/tutorial; last ones, of the
    memory functions: the libraries that are on this machine."""
    sys.path.insert(0, str(ROOT / "test" / "cost"))
    import cost  # noqa: E402  # pylint: disable=all
    names = {what: line for line, (what, *_) in cost.BUDGETS.items()}
    costs = json.loads(pathlib.Path(options.build, "test", "cost", "costs.json").read_text())
    tutorial = tutorial_cost(options)
    for row in rows:
        if row[0] not in names:
            raise Wrong(f"test/cost/cost.py has no line '{row[0]}'")
        right = costs[names[row[0]]]
        if abs(number(row[1]) - right) > 0.03 * right:
            raise Wrong(f"'{row[0]}' is {right}, not {row[1]}")
        if names[row[0]] == "reset" and number(row[-1]) != tutorial:
            raise Wrong(f"the tutorial's shape takes {tutorial}, not {row[-1]}")
        for library, cell in zip(cost.LIBRARIES, row[3:]):
            if names[row[0]] in costs.get(library, {}) and number(cell) != costs[library][names[row[0]]]:
                raise Wrong(f"'{row[0]}' is {costs[library][names[row[0]]]} with {library}, not {cell}")


def table_bus(rows, options):
    """Instructions, transactions and their budget of each line of bus.py, within 3 % or two fetches of a line; those of
    a commit before, which nobody can measure here; those of the start files of other shapes."""
    sys.path.insert(0, str(ROOT / "test" / "cost"))
    import bus  # noqa: E402  # pylint: disable=all
    values = json.loads(pathlib.Path(options.build, "test", "cost", "transactions.json").read_text())
    names = {what: line for line, (what, _) in bus.BUDGETS.items()}
    if [row[0] for row in rows] != list(names):
        raise Wrong(f"the lines are those of test/cost/bus.py: {', '.join(names)}")
    for what, *cells in rows:
        line = names[what]
        right = [*values[line], bus.BUDGETS[line][1]]
        for cell, value in zip(cells, right):
            if abs(number(cell) - value) > max(2, 0.03 * value):
                raise Wrong(f"'{what}' is {right}, not {cells[:3]}")
        for name, cell in zip(bus.OTHERS, cells[4:]):
            value = values[name].get(line)
            if (number(cell) if cell else None) != (value and value[1]):
                raise Wrong(f"'{what}' is {value} of the shape {name}, not {cell}")


def table_steps(rows, options):
    """Instructions and transactions of each step of bus.py, within 3 %, or two fetches of a line."""
    values = json.loads(pathlib.Path(options.build, "test", "cost", "transactions.json").read_text())["steps"]
    if {row[0] for row in rows} != set(values):
        raise Wrong(f"the steps are those of test/cost/bus.py: {', '.join(values)}")
    for what, instructions, transactions, *_ in rows:
        pairs = zip((instructions, transactions), values[what])
        if any(abs(number(cell) - value) > max(2, 0.03 * value) for cell, value in pairs):
            raise Wrong(f"'{what}' takes {values[what]}, not {instructions} and {transactions}")


def table_bytes(rows, options):
    """Second column: how many bytes of the image without exceptions the routines of the last one are, up to what
    follows each, within 16 bytes; every routine is in one row. The row "image file" is the sum."""
    sys.path.insert(0, str(ROOT / "test"))
    import qemu  # noqa: E402  # pylint: disable=all
    folder = pathlib.Path(options.build, "test", "cost", "cost.no-exceptions")
    symbols = qemu.Symbols(options.nm, folder / "kernel8.elf")
    size = (folder / "kernel8.img").stat().st_size
    base = symbols.address["_start"]
    starts = sorted({address for address, _ in symbols.sorted if base <= address < base + size}) + [base + size]
    left = {start: end - start for start, end in zip(starts, starts[1:])}
    for what, text, names in rows:
        taken = 0
        for name in re.findall(r"\w+", names):
            name = name if name in symbols.address else f"piboot_{name}"
            if name not in symbols.address:
                raise Wrong(f"'{what}': the image has no {name}")
            taken += left.pop(symbols.address[name], 0)
        if what == "image file":
            taken = size
        if abs(number(text) - taken) > 16:
            raise Wrong(f"'{what}' has {taken} bytes, not {text}")
    if left:
        raise Wrong(f"no row has {', '.join(symbols.at(start) for start in left)}")


def table_parks(rows, _):
    """First column: routines of piboot_start.S, and below all of its parks are there."""
    source = (ROOT / "piboot_start.S").read_text()
    names = [row[0] for row in rows if row[0].startswith("piboot_")]
    for name in names:
        if not re.search(rf"^(FUNC |PARK |)(?:{name})\b", source, re.MULTILINE):
            raise Wrong(f"piboot_start.S has no {name}")
    for name in re.findall(r"^PARK (\w+)", source, re.MULTILINE):
        if name not in names:
            raise Wrong(f"{name} is not in the table")


TABLES = {"parks": table_parks, "options": table_options, "hooks": table_hooks, "contract": table_contract,
          "contract-mmu": table_contract_mmu, "ways": table_ways, "cost": table_cost, "bus": table_bus,
          "steps": table_steps, "bytes": table_bytes}


# ---- Running ----------------------------------------------------------------------------------------

QEMU_WRAPPER = """#!{python}
import os, re, signal, subprocess, sys
qemu = subprocess.Popen(["sh", "{until}", "-t", "", "60", "{qemu}", *sys.argv[1:]], stdout=subprocess.PIPE,
                        start_new_session=True)
def end(status):
    os.killpg(qemu.pid, signal.SIGKILL) # as a QEMU that is asked to end says so
    os._exit(status)
signal.signal(signal.SIGTERM, lambda *_: end(143))
until = os.environ.get("PIBOOT_DOC_UNTIL", "")
seen = ""
while data := os.read(qemu.stdout.fileno(), 4096):
    os.write(1, data)
    seen += data.decode(errors="replace")
    last = re.sub("[0-9a-f]{{16}}", "#", seen.replace("\\r", "").rstrip("\\n"))
    if until and last.endswith(until):
        end(0)
sys.exit(qemu.wait())
"""


def masked(text):
    """Text as it is compared: hexadecimal words of 16 digits alike, no carriage returns or end blanks."""
    text = re.sub(r"[0-9a-f]{16}", "#", text.replace("\r", ""))
    return "\n".join(line.rstrip() for line in text.split("\n")).strip("\n")


def same_output(expected, printed):
    pattern = "\n".join(".*" if line == "..." else re.escape(line) for line in masked(expected).split("\n"))
    return re.fullmatch(pattern, masked(printed), re.DOTALL) is not None


class Runner:
    """A work folder, and what the last command in it printed."""

    def __init__(self, folder, options):
        self.folder, self.options, self.output = folder, options, None
        self.work = None
        self.trees = 0
        self.tools = tools = folder / "bin"
        tools.mkdir()
        self.environment = dict(os.environ, PATH=f"{tools}:{os.environ['PATH']}", LC_ALL="C",
                                PIBOOT_GIT=str(folder / "git"))
        wrapper = tools / "qemu-system-aarch64"
        wrapper.write_text(QEMU_WRAPPER.format(python=sys.executable, until=ROOT / "cmake" / "until.sh",
                                               qemu=shutil.which(options.qemu)))
        wrapper.chmod(0o755)
        self.fresh(None)

    def make_repository(self):
        """One that can be cloned, of the files as they are here: committed or not, from a clone or an archive."""
        git = ["git", "--git-dir", self.environment["PIBOOT_GIT"], "--work-tree", str(ROOT)]
        for words in (["init", "-q"], ["add", "-A"],
                      ["-c", "user.name=docs.py", "-c", "user.email=", "commit", "-qm", "as it is"]):
            subprocess.run(git + words, check=True, stdout=subprocess.DEVNULL)

    def fresh(self, tree):
        self.trees += 1
        self.work = self.folder / str(self.trees)
        if tree:
            shutil.copytree(HERE / tree, self.work)
        else:
            self.work.mkdir()
        (self.work / "piboot").symlink_to(ROOT)

    def without(self, programs):
        """As if they were not installed: there, but they do nothing, as CMake's try of a build tool shows."""
        for program in programs:
            (self.tools / program).write_text(f"#!/bin/sh\necho '{program} is not installed'\nexit 127\n")
            (self.tools / program).chmod(0o755)

    def run(self, commands, until, folder=None):
        if "PIBOOT_GIT" in commands:
            self.make_repository()
        environment = dict(self.environment, PIBOOT_DOC_UNTIL=masked(until).split("\n")[-1])
        with subprocess.Popen(["sh", "-ec", commands], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, cwd=folder or self.work, env=environment, text=True,
                              start_new_session=True) as shell:
            try:
                self.output, _ = shell.communicate(timeout=SECONDS)
            except subprocess.TimeoutExpired:
                os.killpg(shell.pid, signal.SIGKILL)
                raise Wrong(f"more than {SECONDS} s:\n{commands}") from None
        if shell.returncode != 0:
            raise Wrong(f"status {shell.returncode}:\n{commands}\n\nIt printed:\n{self.output}")


def check(block, runner, following, options):
    """One block. following: the output expected after a run, or empty."""
    kind, argument, text = block.kind, block.argument, block.text
    if kind == "tree":
        runner.fresh(argument)
    elif kind == "without":
        runner.without(argument.split())
    elif kind == "file":
        path = runner.work / argument
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text + "\n")
    elif kind == "run":
        runner.run(argument or text, following)
    elif kind == "run in the repository":
        runner.run(text, following, ROOT)
    elif kind == "output":
        if not same_output(text, runner.output):
            raise Wrong(f"the output differs. Written:\n{text}\n\nPrinted:\n{runner.output}")
    elif kind == "part of":
        if text not in (ROOT / argument).read_text():
            raise Wrong(f"this is not in {argument}:\n{text}")
    elif kind == "tested by":
        must_exist(re.split(r"[, ]+", argument), options)
    elif kind == "table":
        TABLES[argument](cells(text), options)
    elif kind not in ("text", "tested"):
        raise Wrong(f"no such mark: {kind}")


def without_blocks(document):
    return re.sub(r"```.*?\n```", "", document.read_text(), flags=re.DOTALL)


def anchors(document):
    """What GitHub calls its headings: small letters, digits and hyphens."""
    headings = re.findall(r"^#+ +(.*\S)", without_blocks(document), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def check_links(document):
    """Links to files of this repository, and to headings in them, lead somewhere."""
    for link in re.findall(r"\]\(([^)]+)\)|(?:src|srcset)=\"([^\"]+)\"", without_blocks(document)):
        link = link[0] or link[1]
        target, _, anchor = link.partition("#")
        file = document.parent / target if target else document
        if "://" not in target and (not file.exists() or (anchor and anchor not in anchors(file))):
            raise Wrong(f"a link to {link}, which is not there")


def need(program):
    if shutil.which(program) is None:
        print(f"piboot: skipped: there is no {program} on this machine; run script/setup")
        sys.exit(0)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("document")
    parser.add_argument("--build", help="a build folder of this repository, for tests and costs; "
                        "without it, these are not checked")
    parser.add_argument("--skip", action="append", default=[], help="not the tables of this kind")
    parser.add_argument("--only", help="only the tables of this kind, and no commands")
    parser.add_argument("--nm", default="llvm-nm")
    parser.add_argument("--qemu", default="qemu-system-aarch64")
    options = parser.parse_args()
    for program in ("git", "clang", "ld.lld", "llvm-objcopy", "aarch64-linux-gnu-gcc", "make", options.qemu,
                    options.nm):
        need(program)

    document = pathlib.Path(options.document).resolve()
    done = 0
    with tempfile.TemporaryDirectory() as folder:
        runner = Runner(pathlib.Path(folder), options)
        try:
            check_links(document)
            every = blocks(document.read_text())
        except Wrong as wrong:
            sys.exit(f"{document.name}: {wrong}")
        for i, block in enumerate(every):
            following = ""
            if i + 1 < len(every) and every[i + 1].kind == "output":
                following = every[i + 1].text
            kind = block.argument if block.kind == "table" else None
            if (kind and kind in options.skip) or (options.only and kind != options.only):
                continue
            if kind in ("cost", "bus", "steps", "bytes") and not options.build:
                continue
            try:
                check(block, runner, following, options)
            except Wrong as wrong:
                sys.exit(f"{document.relative_to(ROOT)}:{block.line}: {wrong}")
            done += 1
    if options.only and not done:
        sys.exit(f"{document.relative_to(ROOT)}: no table of the kind '{options.only}' was compared")
    print(f"{document.relative_to(ROOT)}: {done} blocks, tables and commands as they are written")


if __name__ == "__main__":
    main()
