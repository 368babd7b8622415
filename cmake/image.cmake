# SPDX-License-Identifier: MIT
# After each link: kernel8.img and kernel8.lst beside kernel8.elf, and a line with the sizes.
# cmake -DOBJCOPY= -DOBJDUMP= -DSIZE= -DNAME= -DFOLDER= -P image.cmake

set(elf "${FOLDER}/kernel8.elf")
execute_process(COMMAND "${OBJCOPY}" -O binary "${elf}" "${FOLDER}/kernel8.img"
    RESULT_VARIABLE status ERROR_VARIABLE errors)
if(NOT status EQUAL 0)
    message(FATAL_ERROR "piboot: ${OBJCOPY} made no image of ${elf}: ${status}\n${errors}")
endif()

if(OBJDUMP)
    execute_process(COMMAND "${OBJDUMP}" -d "${elf}" OUTPUT_FILE "${FOLDER}/kernel8.lst"
        RESULT_VARIABLE status ERROR_VARIABLE errors)
    if(NOT status EQUAL 0)
        message(WARNING "piboot: ${OBJDUMP} made no kernel8.lst of ${elf}: ${status}\n${errors}")
    endif()
endif()

file(SIZE "${FOLDER}/kernel8.img" image)
set(sections "")
if(SIZE)
    execute_process(COMMAND "${SIZE}" "${elf}" OUTPUT_VARIABLE table
        RESULT_VARIABLE status ERROR_VARIABLE errors)
    if(NOT status EQUAL 0)
        message(WARNING "piboot: ${SIZE} told no sizes of ${elf}: ${status}\n${errors}")
    elseif(table MATCHES "\n[ \t]*([0-9]+)[ \t]+([0-9]+)[ \t]+([0-9]+)")
        set(sections " (text ${CMAKE_MATCH_1}, data ${CMAKE_MATCH_2}, bss and stacks ${CMAKE_MATCH_3})")
    endif()
endif()
execute_process(COMMAND "${CMAKE_COMMAND}" -E echo "${NAME}: kernel8.img ${image} bytes${sections}")
