#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs QEMU, or says how to come by it.
#
#   qemu.sh QEMU [ARGUMENT]...
set -eu
if ! command -v "$1" >/dev/null 2>&1; then
    echo "piboot: there is no $1 on this machine." >&2
    echo "On Debian and Ubuntu: apt-get install qemu-system-arm, or run script/setup run." >&2
    exit 1
fi
exec "$@"
