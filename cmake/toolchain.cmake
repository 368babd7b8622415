# SPDX-License-Identifier: MIT
# Cross-compiles for a Raspberry Pi 3 without an operating system.
#
#   cmake -B build -DCMAKE_TOOLCHAIN_FILE=<this file> [-DPIBOOT_TOOLCHAIN=...] [-DPIBOOT_LINKER=...]
#
#   PIBOOT_TOOLCHAIN   clang (default), clang-19 or another version, gcc
#   PIBOOT_LINKER      lld (the default for clang), bfd, which is GNU ld (the default for gcc)
#
# A clang or gcc given as CMAKE_C_COMPILER, a path or a name, is taken, and its kind is known by its name.
# A build folder keeps the two that it was made for. script/setup installs all of these.

set(CMAKE_SYSTEM_NAME Generic)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
list(APPEND CMAKE_TRY_COMPILE_PLATFORM_VARIABLES
    PIBOOT_TOOLCHAIN PIBOOT_LINKER PIBOOT_CC PIBOOT_CXX PIBOOT_LD PIBOOT_LD_OPTION)

set(gcc_prefixes aarch64-none-elf- aarch64-elf- aarch64-linux-gnu-)

# Finds <program>, or another of the names, and stores its path in the cache variable <out>.
macro(piboot_need out package program)
    find_program(${out} NAMES ${program} ${ARGN})
    if(NOT ${out})
        message(FATAL_ERROR "piboot: there is no ${program} on this machine. "
            "On Debian and Ubuntu: apt-get install ${package}, or run script/setup.")
    endif()
endmacro()

# CMake finds its compiler once for a build folder; a change of mind would be accepted and not done.
macro(piboot_made_for variable)
    if(DEFINED CACHE{${variable}_MADE_FOR} AND NOT ${variable} STREQUAL ${variable}_MADE_FOR)
        message(FATAL_ERROR "piboot: ${variable} is '${${variable}}', and this build folder was made for "
            "${${variable}_MADE_FOR}; use an empty one, or pass -D${variable}=${${variable}_MADE_FOR}")
    endif()
endmacro()

# Types of STRING here and below, as with FILEPATH a name would be taken for a file in this folder.
set(default_toolchain clang)
if(CMAKE_C_COMPILER AND NOT PIBOOT_CC)
    find_program(PIBOOT_CC NAMES "${CMAKE_C_COMPILER}")
    if(NOT PIBOOT_CC)
        message(FATAL_ERROR "piboot: CMAKE_C_COMPILER is '${CMAKE_C_COMPILER}', and there is no such "
            "program on this machine.")
    endif()
endif()
if(PIBOOT_CC)
    get_filename_component(found "${PIBOOT_CC}" NAME)
    if(found MATCHES "clang(-[0-9]+)?$")
        set(default_toolchain "clang${CMAKE_MATCH_1}")
    elseif(found MATCHES "gcc")
        set(default_toolchain gcc)
    else()
        message(FATAL_ERROR "piboot: the compiler is ${PIBOOT_CC}; it can be a clang or a gcc.")
    endif()
endif()
set(PIBOOT_TOOLCHAIN ${default_toolchain} CACHE STRING "Compiler: clang, clang-19 or another version, gcc")
piboot_made_for(PIBOOT_TOOLCHAIN)
string(REGEX REPLACE "-.*" "" kind "${default_toolchain}")
if(PIBOOT_CC AND PIBOOT_TOOLCHAIN MATCHES "^(clang|gcc)" AND NOT PIBOOT_TOOLCHAIN MATCHES "^${kind}")
    message(FATAL_ERROR "piboot: PIBOOT_TOOLCHAIN is '${PIBOOT_TOOLCHAIN}', and the compiler of this build "
        "folder is ${PIBOOT_CC}; use an empty one, without -DCMAKE_C_COMPILER.")
endif()

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

    set(CMAKE_C_COMPILER "${PIBOOT_CC}" CACHE STRING "C compiler")
    get_filename_component(beside "${PIBOOT_CC}" DIRECTORY)
    find_program(PIBOOT_CXX NAMES clang++${suffix} HINTS "${beside}")
    if(PIBOOT_CXX)
        set(CMAKE_CXX_COMPILER "${PIBOOT_CXX}" CACHE STRING "C++ compiler")
    endif()
    set(CMAKE_ASM_COMPILER "${PIBOOT_CC}" CACHE STRING "Assembler")
    foreach(language C CXX ASM)
        set(CMAKE_${language}_COMPILER_TARGET aarch64-none-elf)
    endforeach()
    set(CMAKE_ASM_COMPILER_ID Clang) # it is the one of C: CMake need not ask it three times more
    set(default_linker lld)
elseif(PIBOOT_TOOLCHAIN STREQUAL "gcc")
    list(TRANSFORM gcc_prefixes APPEND gcc OUTPUT_VARIABLE names)
    piboot_need(PIBOOT_CC gcc-aarch64-linux-gnu ${names})
    string(REGEX REPLACE "gcc([^/]*)$" "g++\\1" cxx "${PIBOOT_CC}")

    set(CMAKE_C_COMPILER "${PIBOOT_CC}" CACHE STRING "C compiler")
    if(EXISTS "${cxx}")
        set(CMAKE_CXX_COMPILER "${cxx}" CACHE STRING "C++ compiler")
    endif()
    set(CMAKE_ASM_COMPILER "${PIBOOT_CC}" CACHE STRING "Assembler")
    set(CMAKE_ASM_COMPILER_ID GNU)
    set(default_linker bfd)
else()
    message(FATAL_ERROR "piboot: PIBOOT_TOOLCHAIN is '${PIBOOT_TOOLCHAIN}'; "
        "it can be clang, clang-19 (or another version), or gcc.")
endif()

set(PIBOOT_LINKER ${default_linker} CACHE STRING "Linker: lld, or bfd for GNU ld")
piboot_made_for(PIBOOT_LINKER)
if(PIBOOT_LINKER STREQUAL "lld" AND PIBOOT_TOOLCHAIN MATCHES "^clang")
    # clang prefers the lld of its own version, and -print-prog-name tells which it would take. Asked once, as CMake
    # reads this file several times.
    if(NOT PIBOOT_LD_OPTION)
        execute_process(COMMAND "${PIBOOT_CC}" -print-prog-name=ld.lld
            OUTPUT_VARIABLE linker OUTPUT_STRIP_TRAILING_WHITESPACE)
        set(option "-fuse-ld=lld")
        if(NOT IS_ABSOLUTE "${linker}")
            piboot_need(PIBOOT_LD lld ld.lld ld.lld${suffix})
            set(option "\"--ld-path=${PIBOOT_LD}\"")
        endif()
        set(PIBOOT_LD_OPTION "${option}" CACHE INTERNAL "")
    endif()
    set(CMAKE_EXE_LINKER_FLAGS_INIT "${PIBOOT_LD_OPTION}")
elseif(PIBOOT_LINKER STREQUAL "lld")
    # GCC looks for a program of this name only where -B points.
    piboot_need(PIBOOT_LD lld ld.lld)
    file(MAKE_DIRECTORY "${CMAKE_BINARY_DIR}/piboot-lld")
    file(CREATE_LINK "${PIBOOT_LD}" "${CMAKE_BINARY_DIR}/piboot-lld/ld.lld" SYMBOLIC)
    set(CMAKE_EXE_LINKER_FLAGS_INIT "-fuse-ld=lld \"-B${CMAKE_BINARY_DIR}/piboot-lld\"")
elseif(PIBOOT_LINKER STREQUAL "bfd" AND PIBOOT_TOOLCHAIN MATCHES "^clang")
    list(TRANSFORM gcc_prefixes APPEND ld.bfd OUTPUT_VARIABLE names)
    piboot_need(PIBOOT_LD binutils-aarch64-linux-gnu ${names})
    set(CMAKE_EXE_LINKER_FLAGS_INIT "\"--ld-path=${PIBOOT_LD}\"")
elseif(NOT PIBOOT_LINKER STREQUAL "bfd")
    message(FATAL_ERROR "piboot: PIBOOT_LINKER is '${PIBOOT_LINKER}'; it can be lld or bfd.")
endif()

set(PIBOOT_TOOLCHAIN_MADE_FOR "${PIBOOT_TOOLCHAIN}" CACHE INTERNAL "")
set(PIBOOT_LINKER_MADE_FOR "${PIBOOT_LINKER}" CACHE INTERNAL "")

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
