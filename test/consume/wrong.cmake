# SPDX-License-Identifier: MIT
# What is wrong in a CMakeLists.txt is said when it is configured, and not dropped or found out later.

include("${CMAKE_CURRENT_LIST_DIR}/steps.cmake")

file(COPY "${CMAKE_CURRENT_LIST_DIR}/wrong/" "${CMAKE_CURRENT_LIST_DIR}/kernel.c" DESTINATION "${WORK}/source")
file(COPY "${PIBOOT}/cmake" DESTINATION "${WORK}/second")
set(configure "${CMAKE_COMMAND}" -S source -B build "-DPIBOOT=${PIBOOT}" ${ARGS} -DTESTING=ON)

# wrong(<regex> <code>): the code does not configure, and the message matches.
function(wrong regex code)
    step("${code}" COMMAND ${configure} "-DCASE=${code}" FAILS EXPECT "${regex}")
endfunction()

set(kernel "piboot_add_kernel(k SOURCES kernel.c")
set(is "piboot_add_kernel.k.:")
wrong("${is} STACK_SIZE has no value; is the variable set" "${kernel} STACK_SIZE \${unset})")
wrong("${is} LINKER_SCRIPT has no value" "${kernel} LINKER_SCRIPT \${unset} MMU)")
wrong("${is} STACK_SIZE is '64K' and must be a number" "${kernel} STACK_SIZE 64K)")
wrong("${is} KERNEL_BASE is 'high' and must be a number" "${kernel} MMU KERNEL_BASE high)")
wrong("${is} LINKER_SCRIPT: there is no file .*/source/no.ld" "${kernel} LINKER_SCRIPT no.ld)")
wrong("${is} unknown: MULTI" "piboot_add_kernel(k MULTI SOURCES kernel.c)")
wrong("${is} write SOURCES" "piboot_add_kernel(k MULTICORE)")
wrong("${is} MULTICORE and SINGLECORE exclude each other" "${kernel} MULTICORE SINGLECORE)")
foreach(late "ON" "ON CACHE BOOL \"\" FORCE")
    step("an option that is set too late" COMMAND ${configure} "-DLATE=set(PIBOOT_MULTICORE ${late})"
        "-DCASE=${kernel})" FAILS EXPECT "${is} PIBOOT_MULTICORE was set to 'ON' too late: it was 'OFF'")
endforeach()
step("an option that is set late, and by the kernel itself" COMMAND ${configure} "-DLATE=set(PIBOOT_MULTICORE ON)"
    "-DCASE=${kernel} SINGLECORE)" -DPIBOOT_MULTICORE=OFF)

wrong("${is} kernel.cpp is C.., and this project does not enable it. Write project.stranger LANGUAGES C CXX ASM"
    "piboot_add_kernel(k SOURCES kernel.c kernel.cpp)")

set(test "piboot_add_boot_test(t KERNEL good")
set(is "piboot_add_boot_test.t.:")
foreach(keyword EXPECT REJECT UNTIL EXIT TIMEOUT DTB FORMS)
    wrong("${is} ${keyword} has no value; is the variable set" "${test} ${keyword} \${unset} LABELS x)")
endforeach()
wrong("${is} EXPECT has no value" "${test} EXPECT \"\${unset}\")")
wrong("${is} KERNEL 'other' is not a target that piboot_add_kernel made" "piboot_add_boot_test(t KERNEL other)")
wrong("${is} KERNEL 'nobody' is not a target" "piboot_add_boot_test(t KERNEL nobody)")
wrong("${is} TIMEOUT is '0' and must be whole seconds" "${test} TIMEOUT 0)")
wrong("${is} TIMEOUT is '1.5' and must be" "${test} TIMEOUT 1.5)")
wrong("${is} EXIT is '256' and must be a status, 0 to 255" "${test} EXIT 256)")
wrong("${is} DTB: there is no file .*/source/no.dtb" "${test} DTB no.dtb)")
wrong("${is} FORMS are raw and elf, not img" "${test} FORMS img)")
wrong("piboot_add_qemu_test.t.: EXPECT has no value" "piboot_add_qemu_test(t COMMAND_ARGS -S EXPECT \${unset})")
regex_of(piboot "${PIBOOT}")
wrong("piboot: this project takes PiBoot in twice, from ${piboot} and from .*/second"
    "include(../second/cmake/piboot.cmake)")

step("tests that are not enabled" COMMAND ${configure} -DTESTING=OFF "-DCASE=${test})" FAILS
    EXPECT "${is} write enable_testing.. above piboot_add_boot_test")
step("tests that are not wanted" COMMAND ${configure} -DTESTING=OFF -DBUILD_TESTING=OFF "-DCASE=${test})")

# What looks much the same and is right: files that the build makes, lists of flags that are empty.
step("files that will be made" COMMAND ${configure} "-DCASE=
    add_custom_command(OUTPUT made.ld COMMAND x)
    ${kernel} LINKER_SCRIPT \"\${CMAKE_CURRENT_BINARY_DIR}/made.ld\" STACK_SIZE 0x4000 OPTIONS \${unset})
    ${test} DTB \"\${CMAKE_CURRENT_BINARY_DIR}/made.dtb\" LABELS \${unset})")
step("QEMU hands no device tree to an ELF" COMMAND "${CMAKE_CTEST_COMMAND}" --test-dir build -N
    EXPECT "Test #1: t.raw Total Tests: 1")
step("a switch that is none" COMMAND ${configure} -DPIBOOT_MULTICORE=4 FAILS
    EXPECT "piboot: PIBOOT_MULTICORE is '4' and must be ON or OFF")

# Two folders of a project without assembly: the first one's enable_language does not reach the second.
file(WRITE "${WORK}/c-only/CMakeLists.txt" "cmake_minimum_required(VERSION 3.20)
project(top LANGUAGES C)
add_subdirectory(a)
add_subdirectory(b)
")
foreach(folder a b)
    file(WRITE "${WORK}/c-only/${folder}/CMakeLists.txt" "include(\"\${PIBOOT}/cmake/piboot.cmake\")
piboot_add_kernel(${folder} SOURCES ../../source/kernel.c)
")
endforeach()
regex_of(lists "${WORK}/c-only/CMakeLists.txt")
step("a project without assembly" COMMAND "${CMAKE_COMMAND}" -S c-only -B none "-DPIBOOT=${PIBOOT}" ${ARGS} FAILS
    EXPECT "Write project.top LANGUAGES C ASM. in ${lists}")
