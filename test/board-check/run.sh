#!/bin/sh
# SPDX-License-Identifier: MIT
# Boots a kernel on QEMU's Raspberry Pi 3, watched by the board check, and reports what a board would not forgive.
#
#   run.sh [OPTION]... kernel8.elf|kernel8.img [-- ARGUMENT OF QEMU...]
#
#   --elf FILE       the ELF of an image, for names and lines
#   --until TEXT     stop after the line that contains TEXT; else the kernel ends QEMU, or the time does
#   --timeout N      stop after N seconds (20), with what was found until then
#   --runs N         boot it N times (1)
#   --allow FILE     hazards that are known: a function a line, or a rule and a function; # begins a comment
#   --qemu PATH      QEMU 9.2 or later (qemu-system-aarch64)
#   --build FOLDER   where the plugin is built (build/board-check beside the sources, or a folder in TMPDIR)
#   --must-end       a kernel that is stopped by the time has failed
#
# Status: 66 at a hazard, 77 where it cannot be done (no such QEMU, no compiler), else the kernel's own, or 0.
set -u
here=$(cd "$(dirname "$0")" && pwd)
elf='' until='' timeout=20 runs=1 allow='' qemu=qemu-system-aarch64 build='' must_end='' kernel=''

usage() {
    sed -n '/^#   run.sh/,/^# Status/s/^# \{0,1\}//p' "$0" >&2
    exit 2
}

while [ $# -gt 0 ]; do
    case $1 in
    --elf | --until | --timeout | --runs | --allow | --qemu | --build)
        [ $# -gt 1 ] || usage
        name=${1#--}
        eval "$name=\$2"
        shift
        ;;
    --must-end) must_end=yes ;;
    --)
        shift
        break
        ;;
    -*) usage ;;
    *)
        [ -z "$kernel" ] || usage
        kernel=$1
        ;;
    esac
    shift
done
[ -n "$kernel" ] || usage
case $timeout$runs in *[!0-9]*) usage ;; esac
for file in "$kernel" ${elf:+"$elf"} ${allow:+"$allow"}; do
    case $file in *,*) echo "board-check: QEMU takes no comma in a path: $file" >&2 && exit 2 ;; esac
    [ -r "$file" ] || { echo "board-check: there is no file $file" >&2 && exit 2; }
done

skip() {
    echo "piboot: skipped: board check: $1" >&2
    exit 77
}

# ---- QEMU, by its version the plugin interface; the plugin; what finds lines -----------------------------

command -v "$qemu" >/dev/null 2>&1 ||
    skip "there is no $qemu on this machine (Debian and Ubuntu: apt-get install qemu-system-arm)"
version=$("$qemu" --version 2>/dev/null | sed -n 's/^QEMU emulator version \([0-9]*\)\.\([0-9]*\).*/\1 \2/p')
major=${version% *} minor=${version#* }
[ -n "$major" ] || skip "$qemu does not tell its version"
[ "$major" -gt 9 ] || { [ "$major" -eq 9 ] && [ "$minor" -ge 2 ]; } ||
    skip "$qemu is version $major.$minor, and 9.2 is the first that shows registers to plugins"
api=4
if [ "$major" -gt 11 ] || { [ "$major" -eq 11 ] && [ "$minor" -ge 1 ]; }; then
    api=7
fi

compiler=
for name in "${HOSTCC:-cc}" gcc clang; do
    if command -v "$name" >/dev/null 2>&1; then
        compiler=$name
        break
    fi
done
[ -n "$compiler" ] || skip "there is no compiler for this machine (Debian and Ubuntu: apt-get install gcc libc6-dev)"

if [ -z "$build" ]; then
    build=$here/../../build/board-check
    mkdir -p "$build" 2>/dev/null && [ -w "$build" ] || build=${TMPDIR:-/tmp}/piboot-board-check-$(id -u)
fi
mkdir -p "$build" || exit 2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM HUP

# Built anew when a source is newer; by another name first, as another run may be using it.
plugin=$build/board-check-$api.so
if [ ! -e "$plugin" ] || [ -n "$(find "$here" -name '*.[ch]' -newer "$plugin")" ]; then
    shared=-shared
    [ "$(uname)" != Darwin ] || shared='-bundle -undefined dynamic_lookup'
    # shellcheck disable=SC2086 # the flags are several words
    "$compiler" -std=c11 -D_GNU_SOURCE -O2 -g -fPIC $shared -fvisibility=hidden \
        "-DPIBOOT_PLUGIN_API=$api" "$here"/*.c -o "$plugin.$$" 2>"$work/errors" ||
        { cat "$work/errors" >&2 && skip "$compiler does not build its plugin"; }
    mv "$plugin.$$" "$plugin"
fi

symbolizer=
for name in aarch64-linux-gnu-addr2line aarch64-none-elf-addr2line aarch64-elf-addr2line llvm-addr2line \
    llvm-symbolizer addr2line; do
    if command -v "$name" >/dev/null 2>&1; then
        symbolizer=$(command -v "$name")
        break
    fi
done
[ -n "$symbolizer" ] ||
    echo "board-check: no names and lines: there is no llvm-symbolizer or addr2line (apt-get install llvm)" >&2

# ---- runs ---------------------------------------------------------------------------------------------------

case $kernel in *.elf | *.ELF) [ -n "$elf" ] || elf=$kernel ;; esac
# shellcheck disable=SC2016 # the characters are compared
if [ -z "$elf" ] && [ "$(dd if="$kernel" bs=1 skip=1 count=3 2>/dev/null)" = ELF ]; then
    elf=$kernel
fi
plugin=$plugin,image=$kernel,status=66${elf:+,elf=$elf}${symbolizer:+,symbolizer=$symbolizer}${allow:+,allow=$allow}

# What the kernel prints is shown as it comes; QEMU is asked to end, and its last words, the reports, are waited for.
run_once() {
    mkfifo "$work/output"
    "$qemu" -M raspi3b -display none -monitor none -serial stdio -no-reboot \
        -semihosting-config enable=on,target=native -accel tcg,thread=single -plugin "$plugin" \
        -kernel "$kernel" "$@" </dev/null >"$work/output" 2>&1 &
    running=$!
    (
        trap 'kill $sleeper 2>/dev/null; exit' TERM
        sleep "$timeout" &
        sleeper=$!
        wait "$sleeper"
        : >"$work/late"
        kill "$running"
    ) >/dev/null 2>&1 </dev/null &
    watchdog=$!
    trap 'kill "$running" "$watchdog" 2>/dev/null; rm -rf "$work"' EXIT
    found=
    while IFS= read -r line || [ -n "$line" ]; do
        case $line in *'terminating on signal 15'*) continue ;; esac
        printf '%s\n' "$line"
        if [ -n "$until" ] && [ -z "$found" ]; then
            case $line in *"$until"*) found=yes && kill "$running" ;; esac
        fi
    done <"$work/output"
    wait "$running"
    status=$?
    kill "$watchdog" 2>/dev/null
    trap 'rm -rf "$work"' EXIT
    rm -f "$work/output"
    # A kernel that never ends by itself is ended by a signal: that is no failure.
    if [ "$status" -ne 66 ]; then
        if [ -n "$found" ]; then
            status=0
        elif [ -e "$work/late" ]; then
            status=0
            if [ -n "$until" ] || [ -n "$must_end" ]; then
                echo "board-check: it did not end within its $timeout s" >&2
                status=124
            fi
        fi
    fi
    rm -f "$work/late"
    return "$status"
}

worst=0 run=1
while [ "$run" -le "$runs" ]; do
    [ "$runs" -eq 1 ] || echo "board-check: run $run of $runs"
    run_once "$@"
    status=$?
    [ "$status" -eq 0 ] || worst=$status
    [ "$status" -eq 0 ] || break
    run=$((run + 1))
done
exit "$worst"
