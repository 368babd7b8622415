# SPDX-License-Identifier: MIT
# By copying: examples/make with the three files beside its Makefile.

include("${CMAKE_CURRENT_LIST_DIR}/steps.cmake")

find_program(make NAMES make gmake)
find_program(clang NAMES clang)
if(NOT make OR NOT clang)
    message("piboot: skipped: there is no make or no clang on this machine; run script/setup")
    return()
endif()
file(COPY "${PIBOOT}/piboot.h" "${PIBOOT}/piboot_start.S" "${PIBOOT}/link64.ld"
    "${PIBOOT}/examples/make/" DESTINATION "${WORK}")
step("make" COMMAND "${make}" PIBOOT=.)
boot("what make built" "${WORK}/kernel8.img" "core 3 is alive" "core 3 is alive")
step("make again" COMMAND "${make}" PIBOOT=. EXPECT "up to date")
