#!/bin/sh
# SPDX-License-Identifier: MIT
# Starts a kernel on QEMU, stopped before its first instruction, and gdb attached to it.
#
#   debug.sh FOLDER QEMU PORT [GDB ARGUMENT]...
#
# In gdb the cores are threads: "info threads", "thread 2". What the kernel prints goes to
# FOLDER/serial.txt. Without gdb, QEMU waits at the port for a debugger of your own.
set -eu
folder=$1 qemu=$2 port=$3
shift 3
command -v "$qemu" >/dev/null 2>&1 || exec sh "$(dirname "$0")/qemu.sh" "$qemu" # says how to come by it

cat >"$folder/gdbinit" <<END
set confirm off
set architecture aarch64
file "$folder/kernel8.elf"
target remote localhost:$port
tbreak piboot_alive
END

gdb=
for name in gdb-multiarch aarch64-none-elf-gdb aarch64-elf-gdb aarch64-linux-gnu-gdb; do
    if command -v "$name" >/dev/null 2>&1; then
        gdb=$name
        break
    fi
done

start_qemu() {
    exec $session "$qemu" -M raspi3b -display none -monitor none -serial "$1" \
        -semihosting-config enable=on,target=native \
        -S -gdb "tcp:localhost:$port" -kernel "$folder/kernel8.img"
}

refused() {
    echo "piboot: QEMU did not start. Is another one waiting at port $port? End it, or configure with" >&2
    echo "-DPIBOOT_GDB_PORT=$((port + 1)), or any port that is free." >&2
    exit 1
}

session=
if [ -z "$gdb" ]; then
    echo "There is no gdb for AArch64 here (on Debian and Ubuntu: apt-get install gdb-multiarch)."
    echo "QEMU waits at localhost:$port; $folder/gdbinit has the commands. Ctrl-C ends it."
    (start_qemu stdio) || refused
    exit
fi

# In a session of its own, so that Ctrl-C stops the kernel in gdb and does not end QEMU.
! command -v setsid >/dev/null 2>&1 || session=setsid
start_qemu "file:$folder/serial.txt" </dev/null &
qemu_id=$!
trap 'kill "$qemu_id" 2>/dev/null || :' EXIT
# Time to find the port taken: gdb would attach to whoever has it, with the symbols of this kernel.
sleep 1
kill -0 "$qemu_id" 2>/dev/null || refused
"$gdb" -q -nx -x "$folder/gdbinit" "$@"
