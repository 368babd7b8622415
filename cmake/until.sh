#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs a kernel that never ends by itself: shows what it prints, and stops it after a line.
#
#   until.sh TEXT SECONDS COMMAND [ARGUMENT]...
#
# Status 0 when a line contained TEXT, 124 when SECONDS went by without it, else the command's own.
set -u
text=$1 seconds=$2
shift 2

folder=$(mktemp -d)
mkfifo "$folder/output"
"$@" </dev/null >"$folder/output" 2>&1 &
command=$!
(
    sleep "$seconds" &
    sleeper=$!
    trap 'kill $sleeper; exit' TERM
    wait "$sleeper"
    : >"$folder/late"
    kill "$command"
) >/dev/null 2>&1 </dev/null &
watchdog=$!
trap 'kill "$command" "$watchdog" 2>/dev/null; rm -rf "$folder"' EXIT
trap 'exit 130' INT TERM HUP

while IFS= read -r line || [ -n "$line" ]; do
    printf '%s\n' "$line"
    [ ! -e "$folder/late" ] || continue
    case $line in *"$text"*) exit 0 ;; esac
done <"$folder/output"

wait "$command"
status=$?
[ ! -e "$folder/late" ] || status=124
exit "$status"
