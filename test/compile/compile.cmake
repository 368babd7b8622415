# SPDX-License-Identifier: MIT
# cmake -DWHAT=<standard, start, lld, bfd> -DCOMPILER= -DPIBOOT=<folder> -DOUT=<folder>
#     -DQEMU= -DLLD= -DBFD= -DOBJCOPY= -DJUNK=<file> -P compile.cmake

set(warnings -Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow -Wundef -Wcast-qual
    -Wredundant-decls -Werror)
# Every option at every value that changes what the header says; for later standards the first two alone.
set(settings
    "-DPIBOOT_MULTICORE=0"
    "-DPIBOOT_MULTICORE=1"
    "-DPIBOOT_EXCEPTIONS=0"
    "-DPIBOOT_FRAME_FP=0 -mgeneral-regs-only"
    "-DPIBOOT_MMU=1"
    "-DPIBOOT_MMU=1 -DPIBOOT_MULTICORE=1 -DPIBOOT_EXCEPTIONS=0 -DPIBOOT_STACK_SIZE=0x4000")

file(MAKE_DIRECTORY "${OUT}")
get_filename_component(name "${COMPILER}" NAME)
set(command "${COMPILER}")
if(name MATCHES "clang")
    list(APPEND command --target=aarch64-none-elf)
endif()

# Runs a command; what it prints is the message when it fails, or when it warns.
function(run)
    execute_process(COMMAND ${ARGV} RESULT_VARIABLE status OUTPUT_VARIABLE output ERROR_VARIABLE output)
    if(NOT status EQUAL 0 OR NOT "${output}" STREQUAL "")
        list(JOIN ARGV " " line)
        message(FATAL_ERROR "${line}\n${output}\nstatus ${status}")
    endif()
endfunction()

if(WHAT STREQUAL "start")
    foreach(setting IN LISTS settings)
        separate_arguments(setting)
        run(${command} ${setting} -Wa,--fatal-warnings -Wall -Wundef -Werror -c "${PIBOOT}/piboot_start.S" -o "${OUT}/start.o")
    endforeach()
elseif(WHAT MATCHES "^c")
    if(WHAT MATCHES "^c\\+\\+")
        list(APPEND warnings -Wold-style-cast)
        set(language c++)
    else()
        set(language c)
    endif()
    # A standard that has no final name yet goes by the one of its drafts, if the compiler knows it at all.
    set(drafts_c2x c2x c23)
    set(drafts_c++20 c++20 c++2a)
    set(drafts_c++23 c++23 c++2b)
    set(standard -std=${WHAT})
    if(drafts_${WHAT})
        unset(standard)
        file(WRITE "${OUT}/empty.c" "extern int empty;\n")
    endif()
    foreach(draft IN LISTS drafts_${WHAT})
        execute_process(COMMAND ${command} -std=${draft} -x ${language} -c "${OUT}/empty.c" -o "${OUT}/empty.o"
            RESULT_VARIABLE status OUTPUT_QUIET ERROR_VARIABLE why)
        if(status EQUAL 0)
            set(standard -std=${draft})
            break()
        endif()
    endforeach()
    if(NOT standard)
        message("piboot: skipped: ${name} does not know ${WHAT}:\n${why}")
        return()
    endif()
    if(NOT WHAT MATCHES "^(c99|c11|c\\+\\+11)$")
        list(SUBLIST settings 0 2 settings) # piboot.h asks for nothing later than C11 and C++11
    endif()
    foreach(setting IN LISTS settings)
        separate_arguments(setting)
        run(${command} ${standard} -x ${language} -O2 -ffreestanding ${setting} ${warnings}
            "-I${PIBOOT}" -c header.c -o "${OUT}/header.o")
    endforeach()
    # Beside a kernel's own types, and without any header of the compiler's.
    set(types ${command} ${standard} -x ${language} -O2 -ffreestanding ${warnings})
    run(${types} "-I${PIBOOT}" -include own.h -c header.c -o "${OUT}/header.o")
    run(${types} "-I${PIBOOT}" -nostdinc -include own.h -c header.c -o "${OUT}/header.o")
    run(${types} "-I${PIBOOT}" -c types.c -o "${OUT}/types.o")
    if(NOT WHAT STREQUAL "c99") # with -Wpedantic it has no second typedef in a user's header
        run(${types} "-I${PIBOOT}" -nostdinc -DOWN_TYPES -c types.c -o "${OUT}/types.o")
    endif()
    # The README's kernel, copied: with -nostdinc GCC has no search path at all, and refuses __has_include(<...>).
    file(COPY "${PIBOOT}/piboot.h" DESTINATION "${OUT}")
    file(WRITE "${OUT}/readme.c" "#include \"piboot.h\"\n"
        "static void put(char c) { *(volatile uint32_t *)UINT64_C(0x3f201000) = (unsigned char)c; }\n"
        "static void hook(uint32_t core) { (void)core; }\n"
        "PIBOOT_ALIVE(hook);\nPIBOOT_RUNNING(hook);\nPIBOOT_CONSOLE(put);\n")
    foreach(flag -nostdinc -ffreestanding)
        run(${command} ${standard} -x ${language} -ffreestanding ${flag} -Wall -Wextra -Werror
            -c "${OUT}/readme.c" -o "${OUT}/readme.o")
    endforeach()
else()
    # The README's command lines, with this linker.
    if(WHAT STREQUAL "lld")
        set(path "${LLD}")
    else()
        set(path "${BFD}")
    endif()
    if(NOT path)
        message("piboot: skipped: there is no ${WHAT} on this machine; run script/setup")
        return()
    endif()
    if(name MATCHES "clang")
        set(linker -mcpu=cortex-a53 "--ld-path=${path}")
    else()
        file(CREATE_LINK "${path}" "${OUT}/ld.${WHAT}" SYMBOLIC)
        set(linker -static -fuse-ld=${WHAT} "-B${OUT}")
    endif()
    find_program(found NAMES "${QEMU}")
    foreach(mmu 0 1)
        set(kernel "${OUT}/kernel8-${mmu}")
        run(${command} -ffreestanding -nostdlib ${linker} -DPIBOOT_MULTICORE=1 -DPIBOOT_MMU=${mmu}
            -DPIBOOT_WAKE_TIMEOUT_MS=10000 "-I${PIBOOT}" -I..
            -T "${PIBOOT}/link64.ld" kernel.c sections.S "${PIBOOT}/piboot_start.S" -o "${kernel}.elf")
        run("${OBJCOPY}" -O binary "${kernel}.elf" "${kernel}.img")
        if(NOT found)
            message("piboot: skipped: it links, but there is no ${QEMU} to boot it; run script/setup")
            return()
        endif()
        # In RAM that is dirty behind the image.
        execute_process(COMMAND "${CMAKE_COMMAND}" -E cat "${kernel}.img" "${JUNK}" OUTPUT_FILE "${kernel}.dirty.img")
        foreach(form elf dirty.img)
            run(sh -c "exec sh \"$0\" -t '' 60 \"$@\"" "${PIBOOT}/cmake/until.sh" "${QEMU}" -M raspi3b -display none -monitor none -serial null
                -semihosting-config enable=on,target=native -kernel "${kernel}.${form}")
        endforeach()
    endforeach()
endif()
