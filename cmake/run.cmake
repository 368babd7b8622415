# SPDX-License-Identifier: MIT
# Runs QEMU for one test, and says what went wrong; piboot_add_qemu_test describes the arguments.
# cmake -DEXPECT= -DREJECT= -DEXIT= -DUNTIL= -DTIMEOUT= -P run.cmake -- <qemu> <argument>...

# The command after "--", as a list, and as a line to be pasted into a shell.
set(command "")
set(line "")
set(seen OFF)
math(EXPR last "${CMAKE_ARGC} - 1")
foreach(i RANGE ${last})
    if(seen)
        list(APPEND command "${CMAKE_ARGV${i}}")
        string(APPEND line " '${CMAKE_ARGV${i}}'")
    elseif("${CMAKE_ARGV${i}}" STREQUAL "--")
        set(seen ON)
    endif()
endforeach()
string(REGEX REPLACE "'([-_=.,:/A-Za-z0-9]+)'" "\\1" line "${line}")

list(GET command 0 qemu)
find_program(found NAMES "${qemu}")
if(NOT found)
    message("piboot: skipped: there is no ${qemu} on this machine. "
        "On Debian and Ubuntu: apt-get install qemu-system-arm, or run script/setup.")
    return()
endif()

# until.sh keeps the time. Both streams into one variable, in the order written: the serial line is QEMU's standard
# output, and what a kernel prints by semihosting its standard error.
execute_process(COMMAND sh "${CMAKE_CURRENT_LIST_DIR}/until.sh" -t "${UNTIL}" ${TIMEOUT} ${command}
    RESULT_VARIABLE status OUTPUT_VARIABLE output ERROR_VARIABLE output)

set(wrong "")
if(status EQUAL 124 AND output MATCHES "piboot: stopped, as (it did not end within its [0-9]+ s)\n$")
    string(APPEND wrong "- ${CMAKE_MATCH_1}\n")
elseif(NOT status STREQUAL EXIT)
    string(APPEND wrong "- it ended with status ${status}, not ${EXIT}\n")
endif()
# A bracket without its partner, as in \[, would tie its regex to the next one of the list.
string(ASCII 1 open)
string(ASCII 2 close)
string(REPLACE "[" "${open}" EXPECT "${EXPECT}")
string(REPLACE "]" "${close}" EXPECT "${EXPECT}")
foreach(regex IN LISTS EXPECT)
    string(REPLACE "${open}" "[" regex "${regex}")
    string(REPLACE "${close}" "]" regex "${regex}")
    if(NOT output MATCHES "${regex}")
        string(APPEND wrong "- its output has no match for: ${regex}\n")
    endif()
endforeach()
if(NOT REJECT STREQUAL "" AND output MATCHES "${REJECT}")
    string(APPEND wrong "- its output matches what it must not: ${REJECT}\n")
endif()

message("${output}")
if(NOT wrong STREQUAL "")
    message("\npiboot: the test failed:\n${wrong}By hand:\n ${line}")
    message(FATAL_ERROR "failed")
endif()
