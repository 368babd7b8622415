# SPDX-License-Identifier: MIT
# After each link: kernel8.img and kernel8.lst beside kernel8.elf, and a line with the sizes.
# cmake -DOBJCOPY= -DOBJDUMP= -DSIZE= -DNAME= -DFOLDER= -DSCRIPT= -P image.cmake

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

# Thread-local variables that nobody has a copy of: to a linker a script without a place for them is right.
if(OBJDUMP AND NOT "${SCRIPT}" STREQUAL "")
    execute_process(COMMAND "${OBJDUMP}" -h -t "${elf}" OUTPUT_VARIABLE listing ERROR_QUIET)
    if(listing MATCHES " \\.t(data|bss)[ .]" AND NOT listing MATCHES "\n[0-9a-f]+ g[^\n]* __piboot_tdata_end\n")
        message(FATAL_ERROR "ERROR(piboot): ${NAME} has thread-local variables.\n"
            "  Why: ${SCRIPT} has no place for the copy of each core, and TPIDR_EL1 would point at none.\n"
            "  Write: what docs/porting.md has for them in that script; or no _Thread_local, thread_local or __thread.")
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
