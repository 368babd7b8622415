# SPDX-License-Identifier: MIT
# Boots kernels that end QEMU by themselves, by turns, many times in a row; each must end with status 0.
# cmake -DBOOTS=<rounds> -DKERNELS=<file>... -P boots.cmake -- <qemu> <argument>...

set(command "")
set(seen OFF)
math(EXPR last "${CMAKE_ARGC} - 1")
foreach(i RANGE ${last})
    if(seen)
        list(APPEND command "${CMAKE_ARGV${i}}")
    elseif("${CMAKE_ARGV${i}}" STREQUAL "--")
        set(seen ON)
    endif()
endforeach()
list(GET command 0 qemu)
find_program(found NAMES "${qemu}")
if(NOT found)
    message("piboot: skipped: there is no ${qemu} on this machine; run script/setup")
    return()
endif()

foreach(round RANGE 1 ${BOOTS})
    foreach(kernel IN LISTS KERNELS)
        execute_process(COMMAND ${command} "${kernel}" TIMEOUT 20
            RESULT_VARIABLE status OUTPUT_VARIABLE output ERROR_VARIABLE output)
        if(NOT status EQUAL 0)
            message(FATAL_ERROR "round ${round} of ${BOOTS}: ${kernel}: status ${status}\n${output}")
        endif()
    endforeach()
endforeach()
message("${BOOTS} rounds, each boot with the same end")
