#!/bin/sh
# SPDX-License-Identifier: MIT
# The report that a document shows is what the board check prints, but for folders, addresses and the number of instructions.
#
#   readme.sh DOCUMENT COMMAND [ARGUMENT]...
set -u
document=$1
shift
output=$("$@" 2>&1)
case $output in *'piboot: skipped:'*) printf '%s\n' "$output" && exit 77 ;; esac
normal() { sed 's|at /[^ ]*/|at |; s/0x[0-9a-f]*/0x/g; s/[0-9]* instructions/instructions/'; }
shown=$(sed -n '/^board-check: hazard: /,/^```/p' "$document" | sed '/^```/,$d' | normal)
printed=$(printf '%s\n' "$output" | normal)
[ -n "$shown" ] || { echo "$document shows no report" && exit 1; }
case $printed in *"$shown"*) exit 0 ;; esac
printf '%s shows\n%s\nand it prints\n%s\n' "$document" "$shown" "$printed"
exit 1
