# SPDX-License-Identifier: MIT
# piboot_add_board_check, for piboot.cmake, which includes this file.

set(PIBOOT_CHECK_QEMU "" CACHE STRING "QEMU 9.2 or later for the board check; empty: PIBOOT_QEMU")

# piboot_add_board_check(<name> KERNEL <kernel> [FORMS raw elf] [EXPECT <regex>...] [EXIT <status>]
#     [UNTIL <text>] [TIMEOUT <seconds>] [RUNS <n>] [ALLOW <file>] [LABELS <label>...]
#     [QEMU_ARGS <argument>...])
#
# Tests <name>.raw and <name>.elf, which boot a kernel made by piboot_add_kernel as piboot_add_boot_test does, RUNS
# times (1), with a plugin in QEMU that watches for what a Cortex-A53 does not forgive: stores that others do not see,
# stale lines, code and translations, barriers and events that are missing. docs/board-check.md has all. A hazard ends
# the run with status 66 and a report; so does none in the functions that ALLOW names. A kernel that does not end by
# itself is watched until UNTIL, or for TIMEOUT (20 s). By hand: target check-<kernel>, with the arguments of the first
# such call. Skipped where QEMU is older than 9.2, or there is no compiler for this machine.
function(piboot_add_board_check name)
    cmake_parse_arguments(PARSE_ARGV 1 arg "" "KERNEL;UNTIL;EXIT;TIMEOUT;RUNS;ALLOW"
        "FORMS;EXPECT;LABELS;QEMU_ARGS")
    if(arg_UNPARSED_ARGUMENTS)
        message(FATAL_ERROR "piboot_add_board_check(${name}): unknown: ${arg_UNPARSED_ARGUMENTS}")
    endif()
    piboot_need_values(${name} KERNEL UNTIL EXIT TIMEOUT RUNS ALLOW FORMS EXPECT)
    set(raw "")
    if(TARGET "${arg_KERNEL}")
        get_target_property(raw ${arg_KERNEL} PIBOOT_IMG)
        get_target_property(elf ${arg_KERNEL} PIBOOT_ELF)
    endif()
    if(NOT raw)
        message(FATAL_ERROR "piboot_add_board_check(${name}): KERNEL '${arg_KERNEL}' is not a "
            "target that piboot_add_kernel made")
    endif()
    if(NOT CMAKE_TESTING_ENABLED AND (BUILD_TESTING OR NOT DEFINED BUILD_TESTING))
        message(FATAL_ERROR "piboot_add_board_check(${name}): write enable_testing() above "
            "piboot_add_board_check, in ${CMAKE_SOURCE_DIR}/CMakeLists.txt")
    endif()
    foreach(default "EXIT=0" "TIMEOUT=20" "RUNS=1" "FORMS=raw;elf")
        string(REGEX MATCH "^([^=]+)=(.*)$" default "${default}")
        if(NOT DEFINED arg_${CMAKE_MATCH_1})
            set(arg_${CMAKE_MATCH_1} "${CMAKE_MATCH_2}")
        endif()
    endforeach()
    foreach(number TIMEOUT RUNS)
        if(NOT arg_${number} MATCHES "^[1-9][0-9]*$")
            message(FATAL_ERROR "piboot_add_board_check(${name}): ${number} is '${arg_${number}}' and must be "
                "a whole number, 1 or more")
        endif()
    endforeach()
    set(options --elf "${elf}" --timeout ${arg_TIMEOUT} --runs ${arg_RUNS})
    if(NOT "${arg_UNTIL}" STREQUAL "")
        list(APPEND options --until "${arg_UNTIL}")
    endif()
    if(DEFINED arg_ALLOW)
        piboot_need_file(${name} ALLOW)
        list(APPEND options --allow "${arg_ALLOW}")
    endif()
    piboot_board_check_command(command)
    math(EXPR limit "${arg_RUNS} * (${arg_TIMEOUT} + 10) + 60") # the script has its own; it may have to build the plugin
    foreach(form IN LISTS arg_FORMS)
        if(NOT form MATCHES "^(raw|elf)$")
            message(FATAL_ERROR "piboot_add_board_check(${name}): FORMS are raw and elf, not ${form}")
        endif()
        add_test(NAME ${name}.${form}
            COMMAND "${CMAKE_COMMAND}" "-DEXPECT=${arg_EXPECT}" -DREJECT= "-DEXIT=${arg_EXIT}" -DUNTIL=
                -DTIMEOUT=${limit} -P "${CMAKE_CURRENT_FUNCTION_LIST_DIR}/run.cmake" --
                ${command} ${options} "${${form}}" -- ${arg_QEMU_ARGS})
        set_tests_properties(${name}.${form} PROPERTIES LABELS "${arg_LABELS}" TIMEOUT ${limit}
            SKIP_REGULAR_EXPRESSION "piboot: skipped:")
    endforeach()
    if(NOT TARGET check-${arg_KERNEL})
        add_custom_target(check-${arg_KERNEL}
            COMMAND ${command} ${options} "${raw}" -- ${arg_QEMU_ARGS}
            DEPENDS ${arg_KERNEL} USES_TERMINAL VERBATIM
            COMMENT "${arg_KERNEL} on QEMU raspi3b, watched by the board check; Ctrl-C ends it")
    endif()
endfunction()

# The program that builds the plugin and starts QEMU with it, for this build.
function(piboot_board_check_command variable)
    set(qemu "${PIBOOT_CHECK_QEMU}")
    if(NOT qemu)
        set(qemu "${PIBOOT_QEMU}")
    endif()
    get_filename_component(top "${CMAKE_CURRENT_FUNCTION_LIST_DIR}" DIRECTORY)
    set(${variable} sh "${top}/test/board-check/run.sh" --qemu "${qemu}" --build "${CMAKE_BINARY_DIR}/board-check"
        PARENT_SCOPE)
endfunction()
