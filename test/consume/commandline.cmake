# SPDX-License-Identifier: MIT
# By copying: the files in a folder with nothing else in it, and one command line of the README.
# cmake -DCOMPILER=<clang or gcc> ... -P commandline.cmake

include("${CMAKE_CURRENT_LIST_DIR}/steps.cmake")

file(COPY "${PIBOOT}/piboot.h" "${PIBOOT}/piboot_start.S" "${PIBOOT}/link64.ld"
    "${CMAKE_CURRENT_LIST_DIR}/kernel.c" "${PIBOOT}/test/piboot_test.h" DESTINATION "${WORK}")

# The line as it stands in the README, so that what people paste is what is tested.
file(STRINGS "${PIBOOT}/README.md" lines REGEX "-T link64.ld kernel.c piboot_start.S")
list(FILTER lines INCLUDE REGEX "^ *${COMPILER}")
list(LENGTH lines count)
if(NOT count EQUAL 1)
    message(FATAL_ERROR "README.md has ${count} command lines for ${COMPILER}")
endif()
string(STRIP "${lines}" line)
string(REGEX MATCH "^[^ ]+" program "${line}")
find_program(found NAMES "${program}")
if(NOT found)
    message("piboot: skipped: there is no ${program} on this machine; run script/setup")
    return()
endif()
separate_arguments(command UNIX_COMMAND "${line}")
step("the README's line for ${program}" COMMAND ${command} ${ARGS})
step("an image" COMMAND "${OBJCOPY}" -O binary kernel8.elf kernel8.img)
boot("the ELF" "${WORK}/kernel8.elf" "4 cores")
boot("the image" "${WORK}/kernel8.img" "4 cores")
