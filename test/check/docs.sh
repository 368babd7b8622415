#!/bin/sh
# SPDX-License-Identifier: MIT
# Compares the table of docs/board-check.md with test/board-check/rules.h: each rule, with its kind and title, in order.
#
#   docs.sh <the repository>
set -eu
cd "$1"
expected=$(awk '/^X[(]/ {
    split($0, part, /"/)
    print part[2] " | " ($0 ~ /", NOTE, / ? "note" : "hazard") " | " part[4]
}' test/board-check/rules.h)
# shellcheck disable=SC2016 # these are Markdown's
listed=$(sed -n 's/^| `\([a-z0-9-]*\)` | \([a-z]*\) | \(.*\) |$/\1 | \2 | \3/p' docs/board-check.md)
if [ -z "$expected" ] || [ "$listed" != "$expected" ]; then
    echo "docs/board-check.md lists other rules than rules.h has, which are:"
    printf '%s\n' "$expected"
    exit 1
fi
