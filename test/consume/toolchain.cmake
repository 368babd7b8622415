# SPDX-License-Identifier: MIT
# What is missing or misspelt is said at configure time, with what to do about it.

include("${CMAKE_CURRENT_LIST_DIR}/steps.cmake")

set(configure "${CMAKE_COMMAND}" -S "${CMAKE_CURRENT_LIST_DIR}/package" -B)
set(toolchain "-DCMAKE_TOOLCHAIN_FILE=${PIBOOT}/cmake/toolchain.cmake")

step("no such toolchain" COMMAND ${configure} a ${toolchain} -DPIBOOT_TOOLCHAIN=msvc FAILS
    EXPECT "PIBOOT_TOOLCHAIN is 'msvc'; it can be clang, clang-19 .or another version., or gcc")
step("no such version" COMMAND ${configure} b ${toolchain} -DPIBOOT_TOOLCHAIN=clang-99 FAILS
    EXPECT "there is no clang-99 on this machine. .*apt-get install clang-99")
step("no such linker" COMMAND ${configure} c ${toolchain} -DPIBOOT_LINKER=gold FAILS
    EXPECT "PIBOOT_LINKER is 'gold'; it can be lld or bfd")
step("a bad stack size" FAILS EXPECT "PIBOOT_STACK_SIZE is 'large' and must be a number"
    COMMAND "${CMAKE_COMMAND}" -S "${PIBOOT}" -B d -DPIBOOT_STACK_SIZE=large)

# A machine on which there is nothing: the tools are looked for in an empty folder.
file(MAKE_DIRECTORY "${WORK}/empty")
set(bare "${CMAKE_COMMAND}" -E env "PATH=${WORK}/empty" ${configure})
step("no clang" COMMAND ${bare} e ${toolchain}
    -DCMAKE_FIND_USE_CMAKE_SYSTEM_PATH=OFF FAILS
    EXPECT "there is no clang on this machine. .*apt-get install clang, or run script/setup")
step("no gcc" COMMAND ${bare} f ${toolchain} -DPIBOOT_TOOLCHAIN=gcc
    -DCMAKE_FIND_USE_CMAKE_SYSTEM_PATH=OFF FAILS
    EXPECT "there is no aarch64-none-elf-gcc .*apt-get install gcc-aarch64-linux-gnu")
find_program(clang NAMES clang)
if(clang)
    step("no linker" COMMAND ${bare} g ${toolchain} "-DPIBOOT_CC=${clang}" -DPIBOOT_LINKER=bfd
        -DCMAKE_FIND_USE_CMAKE_SYSTEM_PATH=OFF FAILS
        EXPECT "there is no .*ld.bfd on this machine. .*apt-get install binutils-aarch64-linux-gnu")
endif()

# A compiler by its name, on a machine where no clang is looked for; its folder keeps it, and its linker.
find_program(gcc NAMES aarch64-linux-gnu-gcc)
if(NOT gcc)
    message("piboot: skipped: there is no aarch64-linux-gnu-gcc on this machine; run script/setup")
    return()
endif()
set(configure "${CMAKE_COMMAND}" -S "${PIBOOT}/examples/cmake" -B)
step("CMAKE_C_COMPILER" COMMAND ${configure} h -DCMAKE_C_COMPILER=aarch64-linux-gnu-gcc
    EXPECT "C compiler identification is GNU")
step("the same again" COMMAND ${configure} h -DCMAKE_C_COMPILER=aarch64-linux-gnu-gcc)
step("another toolchain" COMMAND ${configure} h -DPIBOOT_TOOLCHAIN=clang FAILS
    EXPECT "this build folder was made for gcc; use an empty one, or pass -DPIBOOT_TOOLCHAIN=gcc")
step("another linker" COMMAND ${configure} h -DPIBOOT_TOOLCHAIN=gcc -DPIBOOT_LINKER=lld FAILS
    EXPECT "this build folder was made for bfd; use an empty one, or pass -DPIBOOT_LINKER=bfd")
step("the old ones" COMMAND ${configure} h -DPIBOOT_LINKER=bfd)
file(STRINGS "${WORK}/h/CMakeCache.txt" objcopy REGEX "^PIBOOT_OBJCOPY:.*/aarch64-linux-gnu-objcopy$")
if(NOT objcopy)
    message(FATAL_ERROR "the objcopy is not the compiler's")
endif()
step("no such compiler" COMMAND ${configure} i -DCMAKE_C_COMPILER=no-such-gcc FAILS
    EXPECT "CMAKE_C_COMPILER is 'no-such-gcc', and there is no such program")
step("a compiler and a toolchain that differ" FAILS
    COMMAND ${configure} j -DCMAKE_C_COMPILER=aarch64-linux-gnu-gcc -DPIBOOT_TOOLCHAIN=clang
    EXPECT "PIBOOT_TOOLCHAIN is 'clang', and the compiler of this build folder is ")
