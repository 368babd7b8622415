# SPDX-License-Identifier: MIT
# CMakePresets.json: each preset configures and builds the examples, and what it built boots. Without
# the tests, as this is one of them: "cmake --workflow --preset gcc" runs those too.

include("${CMAKE_CURRENT_LIST_DIR}/steps.cmake")

if(CMAKE_VERSION VERSION_LESS 3.25)
    message("piboot: skipped: CMake ${CMAKE_VERSION} is older than the presets' 3.25")
    return()
endif()
step("the workflows" IN "${PIBOOT}" COMMAND "${CMAKE_COMMAND}" --list-presets=workflow
    EXPECT "clang.*clang-single.*gcc.*mmu")
foreach(preset clang clang-single gcc mmu)
    step("preset ${preset}" IN "${PIBOOT}" COMMAND "${CMAKE_COMMAND}" --preset ${preset}
        -B "${WORK}/${preset}" -DPIBOOT_TESTS=OFF ${ARGS})
    step("preset ${preset} builds" COMMAND "${CMAKE_COMMAND}" --build ${preset} --target hello)
    set(last "core 3: running")
    if(preset STREQUAL "clang-single")
        set(last "core 0: running")
    endif()
    boot("preset ${preset}" "${WORK}/${preset}/examples/hello/kernel8.img" "${last}" "${last}")
endforeach()
