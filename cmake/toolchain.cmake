# SPDX-License-Identifier: MIT
# Cross-compiles for a Raspberry Pi 3 without an operating system.
#
#   cmake -B build -DCMAKE_TOOLCHAIN_FILE=<this file> [-DPIBOOT_TOOLCHAIN=...] [-DPIBOOT_LINKER=...]
#
#   PIBOOT_TOOLCHAIN   clang (default), clang-19 or another version, gcc
#   PIBOOT_LINKER      lld (the default for clang), bfd, which is GNU ld (the default for gcc)
#
# A compiler given as CMAKE_C_COMPILER is taken as it is. script/setup installs all of these.

set(CMAKE_SYSTEM_NAME Generic)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
list(APPEND CMAKE_TRY_COMPILE_PLATFORM_VARIABLES PIBOOT_TOOLCHAIN PIBOOT_LINKER)

set(PIBOOT_TOOLCHAIN clang CACHE STRING "Compiler: clang, clang-19 or another version, gcc")
set(gcc_prefixes aarch64-none-elf- aarch64-elf- aarch64-linux-gnu-)

# Finds <program>, or another of the names, and stores its path in the cache variable <out>.
macro(piboot_need out package program)
    find_program(${out} NAMES ${program} ${ARGN})
    if(NOT ${out})
        message(FATAL_ERROR "piboot: there is no ${program} on this machine. "
            "On Debian and Ubuntu: apt-get install ${package}, or run script/setup.")
    endif()
endmacro()

if(PIBOOT_TOOLCHAIN MATCHES "^clang(-[0-9]+)?$")
    set(suffix "${CMAKE_MATCH_1}")
    set(versions "${suffix}")
    if(suffix STREQUAL "")
        set(versions "" -22 -21 -20 -19 -18 -17 -16 -15 -14)
    endif()
    list(TRANSFORM versions PREPEND clang OUTPUT_VARIABLE names)
    piboot_need(PIBOOT_CC clang${suffix} clang${suffix} ${names})
    get_filename_component(found "${PIBOOT_CC}" NAME)
    string(REGEX MATCH "-[0-9]+$" suffix "${found}")

    set(CMAKE_C_COMPILER "${PIBOOT_CC}" CACHE FILEPATH "C compiler")
    find_program(PIBOOT_CXX NAMES clang++${suffix})
    if(PIBOOT_CXX)
        set(CMAKE_CXX_COMPILER "${PIBOOT_CXX}" CACHE FILEPATH "C++ compiler")
    endif()
    set(CMAKE_ASM_COMPILER "${CMAKE_C_COMPILER}" CACHE FILEPATH "Assembler")
    foreach(language C CXX ASM)
        set(CMAKE_${language}_COMPILER_TARGET aarch64-none-elf)
    endforeach()
    set(default_linker lld)
elseif(PIBOOT_TOOLCHAIN STREQUAL "gcc")
    list(TRANSFORM gcc_prefixes APPEND gcc OUTPUT_VARIABLE names)
    piboot_need(PIBOOT_CC gcc-aarch64-linux-gnu ${names})
    string(REGEX REPLACE "gcc$" "" prefix "${PIBOOT_CC}")

    set(CMAKE_C_COMPILER "${PIBOOT_CC}" CACHE FILEPATH "C compiler")
    if(EXISTS "${prefix}g++")
        set(CMAKE_CXX_COMPILER "${prefix}g++" CACHE FILEPATH "C++ compiler")
    endif()
    set(CMAKE_ASM_COMPILER "${CMAKE_C_COMPILER}" CACHE FILEPATH "Assembler")
    set(default_linker bfd)
else()
    message(FATAL_ERROR "piboot: PIBOOT_TOOLCHAIN is '${PIBOOT_TOOLCHAIN}'; "
        "it can be clang, clang-19 (or another version), or gcc.")
endif()

set(PIBOOT_LINKER ${default_linker} CACHE STRING "Linker: lld, or bfd for GNU ld")
if(PIBOOT_LINKER STREQUAL "lld" AND PIBOOT_TOOLCHAIN MATCHES "^clang")
    # clang prefers the lld of its own version, and -print-prog-name tells which it would take.
    execute_process(COMMAND "${CMAKE_C_COMPILER}" -print-prog-name=ld.lld
        OUTPUT_VARIABLE linker OUTPUT_STRIP_TRAILING_WHITESPACE)
    if(IS_ABSOLUTE "${linker}")
        set(CMAKE_EXE_LINKER_FLAGS_INIT "-fuse-ld=lld")
    else()
        piboot_need(PIBOOT_LD lld ld.lld ld.lld${suffix})
        set(CMAKE_EXE_LINKER_FLAGS_INIT "--ld-path=${PIBOOT_LD}")
    endif()
elseif(PIBOOT_LINKER STREQUAL "lld")
    # GCC looks for a program of this name only where -B points.
    piboot_need(PIBOOT_LD lld ld.lld)
    file(MAKE_DIRECTORY "${CMAKE_BINARY_DIR}/piboot-lld")
    file(CREATE_LINK "${PIBOOT_LD}" "${CMAKE_BINARY_DIR}/piboot-lld/ld.lld" SYMBOLIC)
    set(CMAKE_EXE_LINKER_FLAGS_INIT "-fuse-ld=lld -B${CMAKE_BINARY_DIR}/piboot-lld")
elseif(PIBOOT_LINKER STREQUAL "bfd" AND PIBOOT_TOOLCHAIN MATCHES "^clang")
    list(TRANSFORM gcc_prefixes APPEND ld.bfd OUTPUT_VARIABLE names)
    piboot_need(PIBOOT_LD binutils-aarch64-linux-gnu ${names})
    set(CMAKE_EXE_LINKER_FLAGS_INIT "--ld-path=${PIBOOT_LD}")
elseif(NOT PIBOOT_LINKER STREQUAL "bfd")
    message(FATAL_ERROR "piboot: PIBOOT_LINKER is '${PIBOOT_LINKER}'; it can be lld or bfd.")
endif()

# Optimised, with what a debugger needs; the build type of CMake's own default has neither.
if(NOT DEFINED CMAKE_BUILD_TYPE)
    set(CMAKE_BUILD_TYPE RelWithDebInfo CACHE STRING "Debug, Release, RelWithDebInfo, MinSizeRel")
endif()

# Nothing of this machine's belongs into a kernel but its programs. find_package(piboot) finds the
# PiBoot that was installed with this file.
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
if(EXISTS "${CMAKE_CURRENT_LIST_DIR}/pibootConfigVersion.cmake")
    set(piboot_DIR "${CMAKE_CURRENT_LIST_DIR}" CACHE PATH "Where piboot was installed")
endif()
