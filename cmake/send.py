#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Sends an image to examples/chainload over a serial line, and is the line's terminal from then on.

    send.py <port> <kernel8.img> [<baud>]

It waits for the port to be there, and for the board to say that it is ready. Ctrl-] ends the terminal.
Python's standard library only."""

import binascii
import os
import select
import struct
import sys
import termios
import time
import tty

MAGIC = 0x31424950
BLOCK = 16384
ZEROS = 0x80000000      # with the number of a block that is nothing but zeros
PREFIX = b"chainload: "
END = b"\x1d"           # Ctrl-]
WIDTH = 40              # of the progress bar


def crc(data):
    return binascii.crc32(data) & 0xffffffff


def open_port(name, baud):
    """The port, raw, or None if it is not there."""
    try:
        port = os.open(name, os.O_RDWR | os.O_NOCTTY)
    except OSError:
        return None
    try:
        tty.setraw(port)
        attributes = termios.tcgetattr(port)
        attributes[2] = termios.CS8 | termios.CREAD | termios.CLOCAL
        attributes[4] = attributes[5] = getattr(termios, f"B{baud}")
        termios.tcsetattr(port, termios.TCSANOW, attributes)
        termios.tcflush(port, termios.TCIFLUSH) # what was asked before somebody listened
    except termios.error:
        os.close(port)
        return None
    return port


class Sender:
    """What the board has asked for, and how far it is."""

    def __init__(self, image):
        self.image = image
        self.begin = None
        self.line = b""
        self.started = False

    def answer(self, line):
        """What is to be sent when the board has said this."""
        if line == b"ready":
            self.begin = None
            words = struct.pack("<III", MAGIC, len(self.image), crc(self.image))
            return words + struct.pack("<I", crc(words))
        if line.startswith(b"send ") and line[5:].isdigit():
            n = int(line[5:])
            if n * BLOCK < len(self.image):
                self.progress(n * BLOCK)
                data = self.image[n * BLOCK:(n + 1) * BLOCK]
                if data.count(0) == len(data):
                    data = struct.pack("<I", n | ZEROS)
                else:
                    data = struct.pack("<I", n) + data
                return data + struct.pack("<I", crc(data))
            return b""
        if line == b"start":
            self.progress(len(self.image))
            print()
            self.started = True
            return b""
        print(f"\n{line.decode(errors='replace')}", flush=True)
        return b""

    def progress(self, done):
        now = time.monotonic()
        if self.begin is None:
            self.begin = now
        rate = done / (now - self.begin) if now > self.begin else 0
        bar = "#" * (WIDTH * done // len(self.image))
        print(f"\r[{bar:{WIDTH}}] {done} of {len(self.image)} bytes, {rate:.0f} bytes/s", end="", flush=True)

    def received(self, data):
        """Takes in what came; gives what is to be sent, and what belongs to the terminal."""
        out = b""
        while data and not self.started:
            part, newline, data = data.partition(b"\n")
            self.line += part
            if newline:
                start = self.line.rfind(PREFIX)
                if start >= 0:
                    out += self.answer(self.line[start + len(PREFIX):].strip())
                self.line = b""
        return out, data


def send(port, data):
    while data:
        data = data[os.write(port, data):]


def talk(port, sender):
    """Until the port is gone (True) or the user ends (False)."""
    keyboard = sys.stdin.fileno() if sys.stdin.isatty() else None
    saved = None
    try:
        while True:
            if sender.started and keyboard is not None and saved is None:
                saved = termios.tcgetattr(keyboard)
                tty.setraw(keyboard)
            ready, _, _ = select.select([port] + ([keyboard] if saved else []), [], [])
            if port in ready:
                data = os.read(port, 65536)
                if not data:
                    return True
                out, rest = sender.received(data)
                send(port, out)
                sys.stdout.buffer.write(rest)
                sys.stdout.buffer.flush()
            if keyboard in ready:
                keys = os.read(keyboard, 1024)
                if END in keys:
                    return False
                send(port, keys)
    except OSError:
        return True
    finally:
        if saved:
            termios.tcsetattr(keyboard, termios.TCSADRAIN, saved)


def main():
    if not 3 <= len(sys.argv) <= 4:
        sys.exit(__doc__)
    name, baud = sys.argv[1], sys.argv[3] if len(sys.argv) == 4 else "115200"
    if not hasattr(termios, f"B{baud}"):
        sys.exit(f"send: this system has no speed of {baud} baud")
    with open(sys.argv[2], "rb") as file:
        sender = Sender(file.read())
    if len(sender.image) < 64:
        sys.exit(f"send: {sys.argv[2]} is no image: it has {len(sender.image)} bytes")
    print(f"send: {sys.argv[2]}, {len(sender.image)} bytes; waiting for the board at {name}", flush=True)
    gone = True
    while gone:
        port = open_port(name, baud)
        if port is None:
            if sender.started:
                break
            time.sleep(0.2)
            continue
        try:
            gone = talk(port, sender)
        finally:
            os.close(port)
        if gone and sender.started:
            break
        if gone:
            print("\nsend: the port is gone; waiting for it", flush=True)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(1)
