# SPDX-License-Identifier: MIT
# Installs PiBoot to where consume.package and its like look for it, and moves it once: nothing that is
# installed knows where it was.

include("${CMAKE_CURRENT_LIST_DIR}/steps.cmake")

step("it installs" COMMAND "${CMAKE_COMMAND}" --install "${BUILD}" --prefix "${WORK}/first")
file(RENAME "${WORK}/first" "${WORK}/a prefix")
foreach(file piboot.h piboot_start.S link64.ld test/piboot_test.h cmake/piboot.cmake cmake/qemu.sh)
    if(NOT EXISTS "${WORK}/a prefix/share/piboot/${file}")
        message(FATAL_ERROR "${file} was not installed")
    endif()
endforeach()
file(GLOB_RECURSE files "${WORK}/a prefix/*")
foreach(file IN LISTS files)
    file(READ "${file}" text)
    foreach(folder IN ITEMS "${PIBOOT}" "${WORK}")
        string(FIND "${text}" "${folder}" at)
        if(NOT at EQUAL -1)
            message(FATAL_ERROR "${file} names ${folder}, a folder of the machine that built it")
        endif()
    endforeach()
endforeach()
