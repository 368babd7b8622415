# SPDX-License-Identifier: MIT
"""Sends an image to examples/chainload on QEMU by cmake/send.py, over two ptys with this program between them, which
may damage bytes or pull the cable, and looks whether the image starts.

    send.py --qemu <QEMU> --loader <kernel8.img or .elf> --image <kernel8.img> --expect <text>
        [--size <bytes>] [--damage <every n-th byte>] [--pull <after so many bytes>]"""

import argparse
import os
import pathlib
import pty
import re
import select
import subprocess
import sys
import tempfile
import time
import tty

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import qemu  # noqa: E402

SEND = pathlib.Path(__file__).resolve().parents[2] / "cmake" / "send.py"
BUFFER = 4096


class Cable:
    """A pty whose name is a link, so that another one can take its place."""

    def __init__(self, link):
        self.link = link
        self.master = None
        self.connect()

    def connect(self):
        self.master, slave = pty.openpty()
        tty.setraw(slave)
        self.keep = slave                   # or the master would tell of a hang-up until somebody opens it
        if os.path.islink(self.link):
            os.unlink(self.link)
        os.symlink(os.ttyname(slave), self.link)

    def pull(self):
        os.unlink(self.link)
        os.close(self.keep)
        os.close(self.master)


def filler(size):
    """So many bytes: a hundred thousand that are no zeros, then zeros, which are sent as one word for each block."""
    return (bytes(range(1, 256)) * 400)[:max(size, 0)] + bytes(max(size - 400 * 255, 0))


def write(fd, data):
    while data:
        data = data[os.write(fd, data):]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("--qemu", "--loader", "--image", "--expect"):
        parser.add_argument(name, required=True)
    for name in ("--size", "--damage", "--pull"):
        parser.add_argument(name, type=int, default=0)
    parser.add_argument("--seconds", type=int, default=600)
    options = parser.parse_args()
    limit = time.monotonic() + options.seconds * qemu.PATIENCE

    folder = tempfile.TemporaryDirectory()
    image = os.path.join(folder.name, "kernel8.img")
    data = pathlib.Path(options.image).read_bytes()
    pathlib.Path(image).write_bytes(data + filler(options.size - len(data)))
    size = os.path.getsize(image)

    command = ["sh", str(qemu.UNTIL), "-t", "", str(options.seconds), options.qemu, "-M", "raspi3b", "-display", "none",
               "-monitor", "none", "-serial", "pty", "-accel", "tcg,thread=single", "-kernel", options.loader]
    qemu.need(options.qemu)
    with subprocess.Popen(command, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True) as board:
        line = board.stdout.readline()
        found = re.search(r"redirected to (\S+)", line)
        if not found:
            sys.exit(f"QEMU names no pty: {line}")
        far = os.open(found[1], os.O_RDWR | os.O_NOCTTY)
        tty.setraw(far)
        cable = Cable(os.path.join(folder.name, "port"))
        sender = subprocess.Popen([sys.executable, "-B", str(SEND), cable.link, image], stdin=subprocess.DEVNULL,
                                  stdout=subprocess.PIPE)
        os.set_blocking(sender.stdout.fileno(), False)
        output, sent, damaged, asked, begin, end = b"", 0, 0, b"", None, None
        try:
            while options.expect.encode() not in output:
                if time.monotonic() > limit or sender.poll() is not None:
                    sys.exit(f"not within {options.seconds} s, or send.py has ended:\n"
                             f"{output[-3000:].decode(errors='replace')}")
                ready, _, _ = select.select([far, cable.master, sender.stdout], [], [], 1)
                if far in ready:
                    text = os.read(far, BUFFER)
                    asked += text
                    write(cable.master, text)
                if cable.master in ready:
                    part = bytearray(os.read(cable.master, BUFFER))
                    begin = begin or time.monotonic()
                    if options.damage and sent + len(part) >= options.damage * (damaged + 1):
                        part[-1] ^= 0x55
                        damaged += 1
                    sent += len(part)
                    write(far, bytes(part))
                    if options.pull and sent >= options.pull:
                        options.pull = 0
                        cable.pull()
                        time.sleep(2)       # the board asks again, and nobody hears it
                        cable.connect()
                if sender.stdout in ready:
                    output += sender.stdout.read() or b""
                    if end is None and b"start" in asked:
                        end = time.monotonic()
        finally:
            sender.kill()
            board.kill()
    print(f"{size} bytes in {end - begin:.1f} s; {sent} bytes on the line, {damaged} of them damaged; "
          f"at 115200 baud at most {11520 * size / sent:.0f} bytes per second")
    if options.damage and damaged == 0:
        sys.exit("no byte was damaged")


main()
