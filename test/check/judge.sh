#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs a kernel of this group under the board check, and judges the report.
#
#   judge.sh SOURCE BUG COMMAND [ARGUMENT]...
#
# With BUG 0 there must be neither hazard nor note. Else there must be reports of one rule, and one of them must
# name the lines of SOURCE that have a comment above them, with bug, rule and place: "/* 1 stale-tlb first */".
set -u
source=$1 bug=$2
shift 2
output=$("$@" 2>&1)
status=$?
printf '%s\n' "$output"
case $output in *'piboot: skipped:'*) exit 77 ;; esac

fail() {
    echo "judge: $1" >&2
    exit 1
}

if [ "$bug" = 0 ]; then
    [ "$status" -eq 0 ] || fail "a kernel without a bug ended with status $status"
    case $output in *'board-check: hazards: 0, notes: 0, '*) exit 0 ;; esac
    fail "a kernel without a bug is reported"
fi
# The marks of this bug: "rule place line", one a line.
marks=$(awk -v bug="$bug" '{
    while (match($0, /[0-9]+ [a-z0-9-]+ (first|second)/)) {
        split(substr($0, RSTART, RLENGTH), word, " ")
        if (word[1] == bug) print word[2], word[3], FNR + 1
        $0 = substr($0, RSTART + RLENGTH)
    }
}' "$source")
rule=$(printf '%s\n' "$marks" | awk '{ print $1; exit }')
[ -n "$rule" ] || fail "$source has no mark for bug $bug"
printf '%s\n' "$output" | grep -E '^board-check: (hazard|note): ' | grep -v "\[$rule\]\$" &&
    fail "these are not [$rule]"
expected=66
case $output in *"board-check: note: "*) expected=0 ;; esac
[ "$status" -eq "$expected" ] || fail "a kernel with a bug ended with status $status, not $expected"
printf '%s\n' "$output" | awk -v rule="$rule" -v marks="$marks" -v file="$(basename "$source")" '
BEGIN {
    count = split(marks, lines, "\n")
    for (i = 1; i <= count; i++) {
        split(lines[i], word, " ")
        wanted[word[2] == "first" ? 1 : 2, word[3]] = 1
        needed[word[2] == "first" ? 1 : 2] = 1
    }
}
/^board-check: / { place = 0; seen = index($0, "[" rule "]"); good[1] = !needed[1]; good[2] = !needed[2]; next }
seen && ++place <= 2 && match($0, file ":[0-9]+") {
    line = substr($0, RSTART + length(file) + 1, RLENGTH - length(file) - 1)
    if ((place, line) in wanted) good[place] = 1
    if (good[1] && good[2]) found = 1
}
END { exit !found }' || fail "no report of [$rule] names the marked lines: $(printf '%s' "$marks" | tr '\n' ';')"
