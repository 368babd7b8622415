# SPDX-License-Identifier: MIT
# CMakePresets.json: each workflow configures, builds and tests, in a copy of the repository whose tests are
# one kernel that boots with the cores and the MMU that its preset says.

include("${CMAKE_CURRENT_LIST_DIR}/steps.cmake")

if(CMAKE_VERSION VERSION_LESS 3.25)
    message("piboot: skipped: CMake ${CMAKE_VERSION} is older than the presets' 3.25")
    return()
endif()
find_program(ninja NAMES ninja)
if(NOT ninja)
    message("piboot: skipped: there is no ninja on this machine; run script/setup")
    return()
endif()
foreach(part CMakeLists.txt CMakePresets.json piboot.h piboot_start.S link64.ld cmake test/piboot_test.h)
    get_filename_component(folder "${WORK}/piboot/${part}" DIRECTORY)
    file(COPY "${PIBOOT}/${part}" DESTINATION "${folder}")
endforeach()
file(COPY "${PIBOOT}/test/consume/kernel.c" DESTINATION "${WORK}/piboot/test")
file(WRITE "${WORK}/piboot/test/CMakeLists.txt" [[
piboot_add_kernel(kernel SOURCES kernel.c)
set_property(TARGET kernel PROPERTY PIBOOT_WAKE_TIMEOUT_MS 10000)
target_link_libraries(kernel PRIVATE piboot::test)
piboot_add_boot_test(kernel KERNEL kernel EXPECT "cores?, MMU")
]])

foreach(workflow "clang=4 cores, MMU off" "clang-single=1 core, MMU off" "gcc=4 cores, MMU off" "mmu=4 cores, MMU on")
    string(REGEX MATCH "^(.*)=(.*)$" workflow "${workflow}")
    set(preset ${CMAKE_MATCH_1})
    set(printed "${CMAKE_MATCH_2}")
    find_program(gcc NAMES aarch64-none-elf-gcc aarch64-elf-gcc aarch64-linux-gnu-gcc)
    if(preset STREQUAL "gcc" AND NOT gcc)
        message("piboot: skipped: preset gcc: there is no aarch64-linux-gnu-gcc on this machine; run script/setup")
        continue()
    endif()
    step("workflow ${preset}" IN "${WORK}/piboot" COMMAND "${CMAKE_COMMAND}" --workflow --preset ${preset}
        EXPECT "100% tests passed, 0 tests failed out of 2|tests did not run")
    boot("preset ${preset}" "${WORK}/piboot/build/${preset}/test/kernel/kernel8.img" "${printed}")
endforeach()
# The program that made it says which compiler a preset has.
if(gcc)
    file(STRINGS "${WORK}/piboot/build/gcc/CMakeCache.txt" compiler REGEX "^CMAKE_C_COMPILER:.*gcc$")
    if(NOT compiler)
        message(FATAL_ERROR "the preset gcc was not built by GCC")
    endif()
endif()
