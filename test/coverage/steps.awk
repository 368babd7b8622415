# SPDX-License-Identifier: MIT
# Of QEMU's trace (-d exec,nochain, one instruction per line), each step once: whether the core has come to one
# of the addresses in begin, the address before on this core, the address.
#   Trace 0: 0x7f0ee4000100 [00000000/0000000000080000/00000000/ff000201] _start
BEGIN {
    count = split(begin, list, " ")
    for (i = 1; i <= count; i++) {
        is_begin[list[i]] = 1
    }
}
$1 == "Trace" {
    split($4, part, "/")
    pc = part[2]
    if (length(pc) == 16) {
        if (pc in is_begin) {
            home[$2] = 1
        }
        step = (home[$2] + 0) " " (($2 in last) ? last[$2] : "-") " " pc
        if (!(step in seen)) {
            seen[step] = 1
            print step
        }
        last[$2] = pc
    }
}
