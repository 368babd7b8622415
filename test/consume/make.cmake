# SPDX-License-Identifier: MIT
# By copying: examples/make with the three files beside its Makefile, and in its own folder.

include("${CMAKE_CURRENT_LIST_DIR}/steps.cmake")

find_program(make NAMES make gmake)
find_program(clang NAMES clang)
if(NOT make OR NOT clang)
    message("piboot: skipped: there is no make or no clang on this machine; run script/setup")
    return()
endif()
set(product "${PIBOOT}/piboot.h" "${PIBOOT}/piboot_start.S" "${PIBOOT}/link64.ld")
file(COPY ${product} "${PIBOOT}/examples/make/" DESTINATION "${WORK}")
step("make" COMMAND "${make}" PIBOOT=.)
boot("what make built" "${WORK}/kernel8.img" "core 3 is alive" "core 3 is alive")
step("make again" COMMAND "${make}" PIBOOT=. EXPECT "up to date")

# And where it lies, with nothing to say; a file of the name of a target is none of make's business.
file(COPY ${product} DESTINATION "${WORK}/piboot")
file(COPY "${PIBOOT}/examples/make" DESTINATION "${WORK}/piboot/examples")
set(folder "${WORK}/piboot/examples/make")
file(WRITE "${folder}/clean" "")
step("make in the repository" COMMAND "${make}" IN "${folder}")
if(NOT EXISTS "${folder}/kernel8.img")
    message(FATAL_ERROR "make made no kernel8.img in ${folder}")
endif()
step("make clean" COMMAND "${make}" clean IN "${folder}")
if(EXISTS "${folder}/kernel8.img")
    message(FATAL_ERROR "make clean left kernel8.img in ${folder}")
endif()
