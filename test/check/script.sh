#!/bin/sh
# SPDX-License-Identifier: MIT
# script/board-check from outside: its status, its report, what it allows, and what it refuses.
#
#   script.sh SCRIPT KERNEL [OPTION]...      KERNEL.elf and KERNEL.img have one hazard: zva, in main
set -u
script=$1 kernel=$2
shift 2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# expect STATUS TEXT ARGUMENT...
expect() {
    status=$1 text=$2
    shift 2
    output=$("$script" "$@" 2>&1)
    was=$?
    case $status$output in [!7]*'piboot: skipped:'*) printf '%s\n' "$output" && exit 77 ;; esac
    case $output in
    *"$text"*) [ "$was" -ne "$status" ] || return 0 ;;
    esac
    printf '%s\n' "$output"
    echo "script.sh: status $was and not $status, or no '$text': board-check $*" >&2
    exit 1
}

expect 66 'main at ' "$@" --elf "$kernel.elf" "$kernel.img"
expect 66 '[zva]' "$@" "$kernel.img"
expect 66 'no symbol' "$@" "$kernel.img"
echo 'main # all of it' >"$work/allow"
expect 0 'allowed: 1' "$@" --allow "$work/allow" --elf "$kernel.elf" "$kernel.img"
echo 'zva main' >"$work/allow"
expect 0 'allowed: 1' "$@" --allow "$work/allow" --elf "$kernel.elf" "$kernel.img"
printf '%s\n' 'stale-tlb main' 'mai' >"$work/allow"
expect 66 'allowed: 0' "$@" --allow "$work/allow" --elf "$kernel.elf" "$kernel.img"
expect 2 'there is no file' "$@" "$work/none.elf"
expect 2 '--until TEXT' "$@"
expect 77 'skipped' "$@" --qemu no-such-qemu "$kernel.img"
