# SPDX-License-Identifier: MIT
# What the scripts of this folder share: each is one test, in an empty folder WORK of its own.

file(REMOVE_RECURSE "${WORK}")
file(MAKE_DIRECTORY "${WORK}")

# ARGS: what follows "--" on the command line, for the cmake that configures a project.
set(ARGS "")
set(seen OFF)
foreach(i RANGE ${CMAKE_ARGC})
    if(seen AND i LESS CMAKE_ARGC)
        list(APPEND ARGS "${CMAKE_ARGV${i}}")
    elseif("${CMAKE_ARGV${i}}" STREQUAL "--")
        set(seen ON)
    endif()
endforeach()

# regex_of(<variable> <text>): a regex for a text that has no blanks but single ones, as step() makes of all.
function(regex_of variable text)
    string(REGEX REPLACE "([][+.*()^$?|\\\\])" "\\\\\\1" text "${text}")
    set(${variable} "${text}" PARENT_SCOPE)
endfunction()

# step(<what> COMMAND <command>... [EXPECT <regex>...] [FAILS] [IN <folder>])
#
# Runs a command, which must succeed (FAILS: must not), and whose output must match. White space
# counts as one blank, as CMake breaks its messages into lines.
function(step what)
    cmake_parse_arguments(PARSE_ARGV 1 arg "FAILS" "IN" "COMMAND;EXPECT")
    if(NOT arg_IN)
        set(arg_IN "${WORK}")
    endif()
    execute_process(COMMAND ${arg_COMMAND} WORKING_DIRECTORY "${arg_IN}"
        RESULT_VARIABLE status OUTPUT_VARIABLE output ERROR_VARIABLE output)
    message("${what}: status ${status}\n${output}") # with run.cmake's word when QEMU is missing
    string(REGEX REPLACE "[ \t\r\n]+" " " flat "${output}")
    set(wrong "")
    if(arg_FAILS AND status EQUAL 0)
        string(APPEND wrong "it succeeded, and must not\n")
    elseif(NOT arg_FAILS AND NOT status EQUAL 0)
        string(APPEND wrong "it failed\n")
    endif()
    foreach(regex IN LISTS arg_EXPECT)
        if(NOT flat MATCHES "${regex}")
            string(APPEND wrong "its output has no match for: ${regex}\n")
        endif()
    endforeach()
    if(NOT wrong STREQUAL "")
        list(JOIN arg_COMMAND " " line)
        message(FATAL_ERROR "${what}: ${wrong}in ${arg_IN}: ${line}")
    endif()
endfunction()

# boot(<what> <file> <regex>): boots an ELF or an image on QEMU.
function(boot what file regex)
    step("${what} boots" EXPECT "${regex}|piboot: skipped"
        COMMAND "${CMAKE_COMMAND}" -DEXPECT=${regex} -DREJECT= -DEXIT=0 -DUNTIL=${ARGN} -DTIMEOUT=60
            -P "${PIBOOT}/cmake/run.cmake" -- "${QEMU}" -M raspi3b -display none -monitor none
            -serial stdio -semihosting-config enable=on,target=native -kernel "${file}")
endfunction()
