# SPDX-License-Identifier: MIT
# What script/setup says and does as an ordinary user, on a machine where nothing is installed: each program that it
# finds is one of these.

include("${CMAKE_CURRENT_LIST_DIR}/../consume/steps.cmake")

set(path "${WORK}/bin")
file(MAKE_DIRECTORY "${path}")
foreach(program env mktemp rm cat ls dirname true uname)
    find_program(found_${program} NAMES ${program} REQUIRED)
    file(CREATE_LINK "${found_${program}}" "${path}/${program}" SYMBOLIC)
endforeach()

# stand_in(<program> <line of sh>)
function(stand_in program line)
    file(WRITE "${path}/${program}" "#!/bin/sh\n${line}\n")
    file(CHMOD "${path}/${program}" PERMISSIONS OWNER_READ OWNER_EXECUTE)
endfunction()
stand_in(id "echo 1000")
stand_in(apt-get "echo \"$@\" >>'${WORK}/apt-get'")
stand_in(apt-cache "test \"$2\" != clang-19") # this release has none
set(setup "${CMAKE_COMMAND}" -E env --unset=DEBIAN_FRONTEND "PATH=${path}" "${PIBOOT}/script/setup")

# installs(<regex>): what apt-get was called for since the last time.
function(installs regex)
    set(log "")
    if(EXISTS "${WORK}/apt-get")
        file(READ "${WORK}/apt-get" log)
    endif()
    file(REMOVE "${WORK}/apt-get")
    if(NOT log MATCHES "${regex}" OR log MATCHES "clang-19")
        message(FATAL_ERROR "apt-get was called for:\n${log}\nand not for: ${regex}")
    endif()
endfunction()

step("no sudo" COMMAND ${setup} FAILS EXPECT "^script/setup: there is no sudo. Run as root: apt-get install clang lld [^\n]* $")
installs("^$")
stand_in(sudo "echo 'sudo: refused' >&2; exit 1")
step("sudo refuses" COMMAND ${setup} FAILS EXPECT
    "^script/setup: with sudo, apt-get will install clang lld .* sudo: refused script/setup: sudo refused. Run as root: apt-get install clang lld ")
installs("^$")
stand_in(sudo "echo 'sudo: the password' >&2; exec \"$@\"")
step("sudo works" COMMAND ${setup} EXPECT
    "^script/setup: with sudo, apt-get will install clang lld .* sudo: the password .* no package clang-19 here.* script/setup: installing clang lld ")
installs("update\n[^\n]*install --no-install-recommends clang lld [^\n]* gcc-aarch64-linux-gnu ")
step("for script/run alone" COMMAND ${setup} run EXPECT "installing clang lld llvm cmake ninja-build qemu-system-arm $")
