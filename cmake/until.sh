#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs a program that may never end by itself, a kernel on QEMU: shows what it prints, and leaves nothing of it behind.
#
#   until.sh [-t] TEXT SECONDS COMMAND [ARGUMENT]...
#
# The program is stopped after the line that contains TEXT (if that is not empty), after SECONDS (times
# PIBOOT_TEST_PATIENCE, a whole number, if the environment has it), by SIGINT, SIGTERM and SIGHUP, and when the process
# that called this is gone; with -t, as a test, also when the caller's own caller is: ctest, behind a script. CMake is
# not relied on, as from 3.31 on execute_process(TIMEOUT) leaves the child running.
#
# Status 0 when a line contained TEXT, 124 when SECONDS went by, else the command's own.
set -u
test=
if [ "$1" = -t ]; then
    test=yes
    shift
fi
patience=${PIBOOT_TEST_PATIENCE:-1}
case $patience in
    0* | *[!0-9]*)
        echo "piboot: PIBOOT_TEST_PATIENCE is '$patience' and must be a whole number, 1 or more" >&2
        exit 2
        ;;
esac
text=$1 limit=$(($2 * patience))
shift 2

# parent PROCESS: the process that started it; nothing when it is gone, or has ended and nobody took notice.
parent() {
    if [ -d /proc/self ]; then
        stat=
        [ ! -r "/proc/$1/stat" ] || IFS= read -r stat 2>/dev/null <"/proc/$1/stat" || :
        # 4711 (a name, with any characters) S 4710 ...
        # shellcheck disable=SC2086  # a list of words
        set -- ${stat##*)}
        [ "${1:-Z}" = Z ] || echo "$2"
    else
        ps -o ppid= -p "$1"
    fi
}
# Whoever started this, and who started that.
family() {
    parent $$
    [ -z "$test" ] || parent "$PPID"
}
born_to=$(family)

# A terminal is nobody's input here: QEMU would leave it as it found it only if it ended by itself.
[ ! -t 0 ] || exec </dev/null
exec 3<&0
folder=
if [ -n "$text" ]; then
    folder=$(mktemp -d)
    mkfifo "$folder/output"
    "$@" <&3 3<&- >"$folder/output" 2>&1 &
else
    "$@" <&3 3<&- &
fi
command=$!
exec 3<&-

# Politely first: a program of several processes can end the others.
end_command() {
    kill "$command" 2>/dev/null || return 0
    for pause in 0.02 0.1 0.4 0.5 1; do
        sleep "$pause"
        kill -0 "$command" 2>/dev/null || return 0
    done
    kill -9 "$command" 2>/dev/null
}

# Once a second: is it time, is anybody still there? If not it ends the command, and itself with status 0.
(
    trap 'kill "$sleeper" 2>/dev/null; exit 1' TERM
    seconds=$limit
    while [ "$seconds" -gt 0 ] && [ "$(family)" = "$born_to" ]; do
        sleep 1 &
        sleeper=$!
        wait "$sleeper"
        seconds=$((seconds - 1))
    done
    trap '' TERM
    end_command || :
) >/dev/null 2>&1 </dev/null &
watchdog=$!
# shellcheck disable=SC2317,SC2329  # called by the trap
leave() {
    trap '' INT TERM HUP
    kill "$watchdog" 2>/dev/null
    end_command
    [ -z "$folder" ] || rm -rf "$folder"
}
trap leave EXIT
trap 'exit 130' INT TERM HUP

if [ -n "$text" ]; then
    while IFS= read -r line || [ -n "$line" ]; do
        printf '%s\n' "$line"
        case $line in *"$text"*) exit 0 ;; esac
    done <"$folder/output"
fi
wait "$command" 2>/dev/null
status=$?
kill "$watchdog" 2>/dev/null
if wait "$watchdog" 2>/dev/null; then
    echo "piboot: stopped, as it did not end within its $limit s" >&2
    status=124
fi
exit "$status"
