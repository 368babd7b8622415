#!/bin/sh
# SPDX-License-Identifier: MIT
# Holds what piboot_memory() reads from device trees against libfdt, on this host.
#
#   ranges.sh trees <folder>     trees that dtc makes: boards as their firmware fills them in, and odd ones
#   ranges.sh fuzz <folder>      libFuzzer, from these trees on
#   ranges.sh debian <folder>    the trees of Debian's arm64 kernel, as they are and as the firmware fills them in
#
# What this machine has not, is skipped, and says so. <folder> is for what is built.
set -eu
piboot=$(cd "$(dirname "$0")/../.." && pwd)
what=$1
mkdir -p "$2"
cd "$2"

skip() {
    echo "piboot: skipped: $1"
    exit 0
}
for tool in clang dtc fdtput; do
    command -v $tool >/dev/null || skip "there is no $tool on this machine; run script/setup"
done

# build PROGRAM FLAG...: of the same name with .c, for this host; piboot.h asks for __aarch64__.
build() {
    program=$1
    shift
    echo '
#include <libfdt.h>
int LLVMFuzzerTestOneInput(const char *data, unsigned long size);
int LLVMFuzzerTestOneInput(const char *data, unsigned long size) { return fdt_check_full(data, size) & 0; }
int main(void) { return 0; }' >"try-$program.c"
    main=
    [ "$program" != fuzz ] || main=-Dmain=not_main
    clang $main "$@" "try-$program.c" -lfdt -o "try-$program" >"try-$program.log" 2>&1 ||
        skip "no $program with clang and libfdt on this machine; run script/setup"
    clang -D__aarch64__ -std=gnu11 -g -O1 -Wall -Wextra -Wshadow -Werror -I"$piboot" "$@" -fno-sanitize-recover=all \
        "$piboot/test/ranges/$program.c" -lfdt -o "$program"
}

# tree NAME ADDRESS_CELLS SIZE_CELLS MEMORY [REST]: a tree with one node for memory.
tree() {
    {
        echo "/dts-v1/; /memreserve/ 0x0 0x1000; ${6:-} / {"
        echo "#address-cells = <$2>; #size-cells = <$3>; compatible = \"raspberrypi\";"
        echo "aliases { memory = \"/memory@0\"; }; memory@0 { device_type = \"memory\"; reg = <$4>; };"
        echo "chosen { bootargs = \"\"; }; ${5:-} };"
    } | dtc -q -I dts -O dtb -o "made/$1.dtb" -
}

# series FORMAT FIRST STEP COUNT: numbers
series() {
    i=0
    while [ $i -lt "$4" ]; do
        # shellcheck disable=SC2059  # a format
        printf "$1" $(($2 + $3 * i))
        i=$((i + 1))
    done
}

# A board's memory, as its firmware writes it: gpu_mem 76 or, with 512 MiB, 64.
low='0 0 0x3b400000'
pi3_64='0 0x3c000000'
pi3='0 0x3b400000'
zero='0 0x1c000000'
pi4_2="$low 0 0x40000000 0x40000000"
pi4_4="$low 0 0x40000000 0xbc000000"
pi4_8="$pi4_4 1 0 0x80000000 1 0x80000000 0x80000000"
is_pi3='= 0x1000+0x3b3ff000'
is_zero='= 0x1000+0x1bfff000'
is_pi4_2="$is_pi3 0x40000000+0x40000000"
is_pi4_4="$is_pi3 0x40000000+0xbc000000"
is_pi4_8="$is_pi4_4 0x100000000+0x100000000"
cma='reserved-memory { #address-cells = <2>; #size-cells = <1>; ranges; cma { size = <0x4000000>; reusable; };
     nvram@0 { reg = <0 0x3ef61234 0x10>; status = "disabled"; no-map; }; };'

make_trees() {
    mkdir -p made
    tree pi3-1gib-64 1 1 "$pi3_64"
    tree pi3-1gib 1 1 "$pi3"
    tree zero2-512mib 1 1 "$zero"
    tree pi4-1gib 2 1 "$low" "$cma"
    tree pi4-2gib 2 1 "$pi4_2" "$cma"
    tree pi4-4gib 2 1 "$pi4_4" "$cma"
    tree pi4-8gib 2 1 "$pi4_8" "$cma"
    # Sizes of two words; ranges that are not sorted, overlap, touch, are empty, overflow or do not begin with a page.
    tree ranges 2 2 '0 0x30000000 0 0x1000800  0 0x800 0 0xff800  0 0x100000 0 0x100000  0 0x180000 0 0x100fff
        0 0x20000000 0 0  0xffffffff 0xfffff000 0 0x2000  0 0x31000800 0 0x1000  1 0 0xffffffff 0'
    # Reserved: by its own numbers of cells, with two ranges in one property, in the middle of a page; and, without an
    # end, all from there on.
    tree reserved 1 1 "$zero" 'reserved-memory { #address-cells = <2>; #size-cells = <2>; ranges;
        a@1 { reg = <0 0x1000000 0 0x1000  0 0x2000800 0 0x1000>; deeper { reg = <0 0x3000000 0 0x1000>; }; };
        b@2 { reg = <0 0x18000000 0xffffffff 0xffffffff>; }; };' \
        '/memreserve/ 0x4000000 0x800; /memreserve/ 0x4800000 0; /memreserve/ 0x5000800 1;'
    # Twice, and what the first says of its numbers does not hold for the second.
    tree twice 1 1 "$zero" 'reserved-memory@0 { #address-cells = <1>; #size-cells = <2>; a { reg = <0x1000000 0 0x1000>; }; };
        reserved-memory@1 { a { reg = <0 0x2000000 0x1000>; }; };'
    # Two words are the default for an address, one for a size.
    echo '/dts-v1/; / { memory { reg = <0 0x100000 0x200000>; }; reserved-memory { ranges; a { reg = <0 0x180000 4096>; };
        }; };' | dtc -q -I dts -O dtb -o made/defaults.dtb -
    # A hundred that are reserved, upwards and downwards: the largest of what is between them is left.
    tree up 1 1 "$zero" "reserved-memory { #address-cells = <1>; #size-cells = <1>; ranges;
        a { reg = <$(series ' 0x%x 0x1000' 0x101000 8192 100)>; }; };"
    tree down 1 1 "$zero" "reserved-memory { #address-cells = <1>; #size-cells = <1>; ranges;
        a { reg = <$(series ' 0x%x 0x1000' 0xc8000 -8192 100)>; }; };"
    nodes=$(series 'n%d { ' 1 1 500)$(series '}; /* %d */' 1 1 500)
    tree deep 1 1 "$pi3" "$nodes"
}

case $what in
trees)
    build compare -fsanitize=address,undefined
    make_trees
    cd made
    ../compare pi3-1gib-64.dtb '= 0x1000+0x3bfff000' pi3-1gib.dtb "$is_pi3" zero2-512mib.dtb "$is_zero" \
        pi4-1gib.dtb "$is_pi3" pi4-2gib.dtb "$is_pi4_2" pi4-4gib.dtb "$is_pi4_4" pi4-8gib.dtb "$is_pi4_8" \
        ranges.dtb '= 0x1000+0x27f000 0x30000000+0x1001000' \
        reserved.dtb '= 0x1000+0xfff000 0x1001000+0xfff000 0x2002000+0x1ffe000 0x4001000+0xfff000 0x5001000+0x12fff000' \
        defaults.dtb '= 0x100000+0x80000 0x181000+0x17f000' \
        twice.dtb '= 0x1000+0xfff000 0x1001000+0xfff000 0x2001000+0x19fff000' \
        up.dtb "= 0x1000+0x100000$(series ' 0x%x+0x1000' 0x18c000 8192 30) 0x1c8000+0x1be38000" \
        down.dtb "= 0x1000+0x1000$(series ' 0x%x+0x1000' 0x8d000 8192 30) 0xc9000+0x1bf37000" \
        deep.dtb '= 0x1000+0x3b3ff000'
    ;;
fuzz)
    build fuzz -fsanitize=fuzzer,address,undefined
    make_trees
    rm -rf corpus
    mkdir corpus
    if ! ./fuzz -seed=1 -runs=100000 -max_len=2048 -print_final_stats=1 corpus made >fuzz.log 2>&1; then
        tail -n 40 fuzz.log
        exit 1
    fi
    grep '^stat' fuzz.log
    ;;
debian)
    command -v apt-get >/dev/null || skip "there is no apt-get on this machine"
    build compare -fsanitize=address,undefined
    if ! [ -e trees/done ]; then # another architecture's lists, apart from this machine's
        mkdir -p state/lists/partial cache/archives/partial trees
        arm64() {
            apt_program=$1
            shift
            "$apt_program" -q -o APT::Architecture=arm64 -o APT::Architectures=arm64 -o "Dir::State=$PWD/state" \
                -o Dir::State::status=/dev/null -o "Dir::Cache=$PWD/cache" -o Acquire::Languages=none "$@"
        }
        arm64 apt-get update >apt.log 2>&1 || skip "apt-get has no lists of arm64"
        package=$(arm64 apt-cache show linux-image-arm64 2>/dev/null | sed -n 's/^Depends: \([^ ]*\) .*/\1/p' | head -n 1)
        [ -n "$package" ] || skip "there is no package linux-image-arm64"
        arm64 apt-get download "$package" >>apt.log 2>&1 || skip "$package is not in reach"
        dpkg-deb --fsys-tarfile "$package"_*.deb | tar -x -C trees --wildcards '*/broadcom/bcm2*.dtb'
        rm -rf "$package"_*.deb state cache
        touch trees/done
    fi
    # fill BOARD WORDS: its memory, as the firmware would have it
    fill() {
        find trees -name "$1.dtb" -exec cp {} filled \;
        # shellcheck disable=SC2086  # a list of words
        fdtput -t x "filled/$1.dtb" /memory@0 reg $2
    }
    mkdir -p filled
    for board in bcm2837-rpi-3-b bcm2837-rpi-3-b-plus bcm2837-rpi-cm3-io3; do
        fill $board "$pi3"
    done
    for board in bcm2837-rpi-3-a-plus bcm2837-rpi-zero-2-w; do
        fill $board "$zero"
    done
    fill bcm2711-rpi-cm4-io "$pi4_2"
    fill bcm2711-rpi-400 "$pi4_4"
    fill bcm2711-rpi-4-b "$pi4_8"
    find trees -name '*.dtb' -exec ./compare {} +
    cd filled
    ../compare bcm2837-rpi-3-b.dtb "$is_pi3" bcm2837-rpi-3-b-plus.dtb "$is_pi3" bcm2837-rpi-cm3-io3.dtb "$is_pi3" \
        bcm2837-rpi-3-a-plus.dtb "$is_zero" bcm2837-rpi-zero-2-w.dtb "$is_zero" bcm2711-rpi-cm4-io.dtb "$is_pi4_2" \
        bcm2711-rpi-400.dtb "$is_pi4_4" bcm2711-rpi-4-b.dtb "$is_pi4_8"
    ;;
esac
