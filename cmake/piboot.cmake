# SPDX-License-Identifier: MIT
# The targets and functions of PiBoot. This file is the same whether PiBoot is added as a
# subdirectory, fetched, or installed and found: piboot.h, piboot_start.S and link64.ld lie in the
# folder above it.
#
#   piboot::piboot           link a kernel to it: start file, header, linker script, flags
#   piboot::headers          link a library to it: header and flags, no start file
#   piboot::test             link a test kernel to it, for piboot_test.h
#   piboot_add_kernel        an ELF, its kernel8.img, listing and map, and targets to run it
#   piboot_add_boot_test     boots a kernel on QEMU and checks what it printed and how it ended
#   piboot_add_qemu_test     the same for a QEMU command line of one's own
#
# The options are cache variables: the defaults for every kernel of the build. A kernel overrides
# one by a target property of the same name, which is what piboot_add_kernel's arguments do.

include_guard(GLOBAL)
cmake_policy(VERSION 3.20...3.30)

get_filename_component(piboot_dir "${CMAKE_CURRENT_LIST_DIR}" DIRECTORY)

set(PIBOOT_MULTICORE OFF CACHE BOOL "Wake cores 1 to 3; OFF: they sleep for ever")
set(PIBOOT_STACK_SIZE 0x10000 CACHE STRING "Bytes of stack per core: a multiple of 16, of 4096 with the MMU")
set(PIBOOT_EXCEPTIONS ON CACHE BOOL "Vector table, frames and report; OFF: a fault parks the core")
set(PIBOOT_FRAME_FP ON CACHE BOOL "Exceptions save q0-q31, FPSR and FPCR")
set(PIBOOT_MMU OFF CACHE BOOL "Identity map and caches on, on every core")
set(PIBOOT_WAKE_TIMEOUT_MS 500 CACHE STRING "How long a core may take to answer its wake-up")
set(PIBOOT_QEMU qemu-system-aarch64 CACHE STRING "QEMU, for run- and debug- targets and for tests")
set(PIBOOT_GDB_PORT 1234 CACHE STRING "Where QEMU waits for gdb, for debug- targets")
set(piboot_switches PIBOOT_MULTICORE PIBOOT_EXCEPTIONS PIBOOT_FRAME_FP PIBOOT_MMU)
set(piboot_numbers PIBOOT_STACK_SIZE PIBOOT_WAKE_TIMEOUT_MS)

# Checked here and not by the compiler alone, whose message would come hundreds of lines later.
if(NOT CMAKE_SYSTEM_PROCESSOR MATCHES "^(aarch64|arm64|ARM64|cortex-a53|cortex-a72)")
    message(FATAL_ERROR
        "piboot: this build makes code for ${CMAKE_SYSTEM_PROCESSOR}, and a Raspberry Pi 3 kernel "
        "is AArch64. In an empty build folder, configure with\n"
        "  cmake -B build -DCMAKE_TOOLCHAIN_FILE=${piboot_dir}/cmake/toolchain.cmake\n"
        "or set CMAKE_TOOLCHAIN_FILE before project() in CMakeLists.txt.")
endif()
get_property(languages GLOBAL PROPERTY ENABLED_LANGUAGES)
if(NOT ASM IN_LIST languages)
    enable_language(ASM) # for piboot_start.S, which CMake would otherwise leave out in silence
endif()
foreach(option IN LISTS piboot_numbers)
    if(NOT "${${option}}" MATCHES "^(0[xX][0-9a-fA-F]+|[0-9]+)$")
        message(FATAL_ERROR "piboot: ${option} is '${${option}}' and must be a number.")
    endif()
endforeach()

# piboot_headers: where piboot.h is, the options, and the flags that freestanding code needs.
add_library(piboot_headers INTERFACE)
add_library(piboot::headers ALIAS piboot_headers)
target_include_directories(piboot_headers INTERFACE "${piboot_dir}")
foreach(option IN LISTS piboot_switches piboot_numbers)
    # The kernel's property if it has one, else the cache variable.
    set(own "$<TARGET_PROPERTY:${option}>")
    set(value "$<IF:$<STREQUAL:${own},>,${${option}},${own}>")
    if(option IN_LIST piboot_switches)
        set(value "$<BOOL:${value}>")
    endif()
    target_compile_definitions(piboot_headers INTERFACE "${option}=${value}")
    if(option STREQUAL "PIBOOT_MMU")
        set(mmu "${value}")
    endif()
endforeach()
target_compile_options(piboot_headers INTERFACE
    "$<$<COMPILE_LANGUAGE:C,CXX>:-ffreestanding;-fno-pie;-mno-outline-atomics;-mfix-cortex-a53-835769>"
    # Without the MMU all memory is Device memory, where an unaligned access faults.
    "$<$<AND:$<COMPILE_LANGUAGE:C,CXX>,$<NOT:${mmu}>>:-mstrict-align>")

add_library(piboot_test INTERFACE)
add_library(piboot::test ALIAS piboot_test)
target_include_directories(piboot_test INTERFACE "${piboot_dir}/test")

# piboot: what a kernel links to, once.
add_library(piboot INTERFACE)
add_library(piboot::piboot ALIAS piboot)
target_link_libraries(piboot INTERFACE piboot_headers)
target_sources(piboot INTERFACE "${piboot_dir}/piboot_start.S")
set(own "$<TARGET_PROPERTY:PIBOOT_LINKER_SCRIPT>")
set(script "$<IF:$<STREQUAL:${own},>,${piboot_dir}/link64.ld,${own}>")
target_link_options(piboot INTERFACE
    -nostdlib -static "$<$<C_COMPILER_ID:GNU>:-no-pie>" -Wl,--fix-cortex-a53-843419
    -Wl,--build-id=none "-T${script}")
set_property(TARGET piboot PROPERTY INTERFACE_LINK_DEPENDS "${script}")

# Tools for the image: LLVM's or GNU's, whichever is here, as both do the same to an AArch64 ELF.
foreach(tool OBJCOPY OBJDUMP SIZE)
    string(TOLOWER ${tool} name)
    find_program(PIBOOT_${tool} NAMES llvm-${name} llvm-${name}-19 aarch64-none-elf-${name}
        aarch64-elf-${name} aarch64-linux-gnu-${name})
    mark_as_advanced(PIBOOT_${tool})
endforeach()
if(NOT PIBOOT_OBJCOPY)
    message(FATAL_ERROR "piboot: there is no objcopy for AArch64 on this machine. "
        "On Debian and Ubuntu: apt-get install llvm, or run script/setup.")
endif()

# piboot_add_kernel(<name> SOURCES <file>...
#     [MULTICORE | SINGLECORE] [MMU | NO_MMU] [STACK_SIZE <bytes>] [LINKER_SCRIPT <file>]
#     [DEFINITIONS <A=1>...] [OPTIONS <compile flag>...] [LINK_OPTIONS <flag>...])
#
# Makes the target <name>, and in the folder <name> of the build: kernel8.elf, kernel8.img (what
# the firmware loads), kernel8.lst (disassembly), kernel8.map; prints their size after each build.
# The target's properties PIBOOT_ELF and PIBOOT_IMG hold the paths. Three more targets: run-<name>
# boots it on QEMU, debug-<name> does so under gdb, and sdcard-<name> fills a folder to be copied to a
# card. With PIBOOT_KERNEL_TARGETS OFF, for hundreds of test kernels, the ELF and the image are all.
function(piboot_add_kernel name)
    cmake_parse_arguments(PARSE_ARGV 1 arg "MULTICORE;SINGLECORE;MMU;NO_MMU"
        "STACK_SIZE;LINKER_SCRIPT" "SOURCES;DEFINITIONS;OPTIONS;LINK_OPTIONS")
    if(arg_UNPARSED_ARGUMENTS)
        message(FATAL_ERROR "piboot_add_kernel(${name}): unknown: ${arg_UNPARSED_ARGUMENTS}")
    endif()
    if(NOT arg_SOURCES)
        message(FATAL_ERROR "piboot_add_kernel(${name}): write SOURCES and the kernel's files")
    endif()
    if((arg_MULTICORE AND arg_SINGLECORE) OR (arg_MMU AND arg_NO_MMU))
        message(FATAL_ERROR "piboot_add_kernel(${name}): MULTICORE and SINGLECORE exclude each "
            "other, and so do MMU and NO_MMU")
    endif()
    if(NOT CMAKE_ASM_COMPILER)
        message(FATAL_ERROR "piboot: piboot_start.S is assembly. "
            "Write project(${PROJECT_NAME} LANGUAGES C ASM) in ${PROJECT_SOURCE_DIR}/CMakeLists.txt")
    endif()

    set(folder "${CMAKE_CURRENT_BINARY_DIR}/${name}")
    add_executable(${name} ${arg_SOURCES})
    target_link_libraries(${name} PRIVATE piboot::piboot)
    target_compile_definitions(${name} PRIVATE ${arg_DEFINITIONS})
    target_compile_options(${name} PRIVATE ${arg_OPTIONS})
    target_link_options(${name} PRIVATE
        -Wl,--gc-sections "-Wl,-Map=${folder}/kernel8.map" ${arg_LINK_OPTIONS})
    set_target_properties(${name} PROPERTIES
        OUTPUT_NAME kernel8 SUFFIX .elf RUNTIME_OUTPUT_DIRECTORY "${folder}"
        PIBOOT_ELF "${folder}/kernel8.elf" PIBOOT_IMG "${folder}/kernel8.img")
    foreach(on_off "MULTICORE;SINGLECORE" "MMU;NO_MMU")
        list(GET on_off 0 on)
        list(GET on_off 1 off)
        if(arg_${on})
            set_property(TARGET ${name} PROPERTY PIBOOT_${on} ON)
        elseif(arg_${off})
            set_property(TARGET ${name} PROPERTY PIBOOT_${on} OFF)
        endif()
    endforeach()
    if(arg_STACK_SIZE)
        set_property(TARGET ${name} PROPERTY PIBOOT_STACK_SIZE ${arg_STACK_SIZE})
    endif()
    if(arg_LINKER_SCRIPT)
        get_filename_component(script "${arg_LINKER_SCRIPT}" ABSOLUTE)
        set_property(TARGET ${name} PROPERTY PIBOOT_LINKER_SCRIPT "${script}")
    endif()

    if(DEFINED PIBOOT_KERNEL_TARGETS AND NOT PIBOOT_KERNEL_TARGETS)
        add_custom_command(TARGET ${name} POST_BUILD
            COMMAND "${PIBOOT_OBJCOPY}" -O binary "${folder}/kernel8.elf" "${folder}/kernel8.img"
            BYPRODUCTS "${folder}/kernel8.img" VERBATIM)
    else()
        add_custom_command(TARGET ${name} POST_BUILD
            COMMAND "${CMAKE_COMMAND}" -DOBJCOPY=${PIBOOT_OBJCOPY} -DOBJDUMP=${PIBOOT_OBJDUMP}
                -DSIZE=${PIBOOT_SIZE} -DNAME=${name} -DFOLDER=${folder}
                -P "${CMAKE_CURRENT_FUNCTION_LIST_DIR}/image.cmake"
            BYPRODUCTS "${folder}/kernel8.img" "${folder}/kernel8.lst" VERBATIM)
        piboot_add_kernel_targets(${name} "${folder}")
    endif()
endfunction()

# run-<name>, debug-<name> and sdcard-<name>, for the kernel in a folder.
function(piboot_add_kernel_targets name folder)
    set(here "${CMAKE_CURRENT_FUNCTION_LIST_DIR}")
    add_custom_target(run-${name}
        COMMAND ${PIBOOT_QEMU} -M raspi3b -display none -monitor none -serial stdio
            -kernel "${folder}/kernel8.img"
        DEPENDS ${name} USES_TERMINAL VERBATIM
        COMMENT "${name} on QEMU raspi3b; Ctrl-C ends it")
    add_custom_target(debug-${name}
        COMMAND sh "${here}/debug.sh" "${folder}" ${PIBOOT_QEMU} ${PIBOOT_GDB_PORT}
        DEPENDS ${name} USES_TERMINAL VERBATIM
        COMMENT "${name} on QEMU raspi3b, under gdb")
    add_custom_target(sdcard-${name}
        COMMAND "${CMAKE_COMMAND}" -DIMAGE=${folder}/kernel8.img -DFOLDER=${folder}/sdcard
            -P "${here}/sdcard.cmake"
        DEPENDS ${name} VERBATIM)
endfunction()

# piboot_add_qemu_test(<name> COMMAND_ARGS <argument of QEMU>...
#     [EXPECT <regex>...] [REJECT <regex>] [EXIT <status>] [UNTIL <text>] [TIMEOUT <seconds>]
#     [MACHINE <machine>] [LABELS <label>...])
#
# A test that starts QEMU with a serial line, semihosting and these arguments. It passes when QEMU
# ends by itself within TIMEOUT (20 s) with status EXIT (0), its output matches each EXPECT and not
# REJECT. For a kernel that never ends, UNTIL is a text: QEMU is stopped after the line that
# contains it. Without QEMU the test is skipped, and says so.
function(piboot_add_qemu_test name)
    cmake_parse_arguments(PARSE_ARGV 1 arg "" "REJECT;EXIT;UNTIL;TIMEOUT;MACHINE"
        "COMMAND_ARGS;EXPECT;LABELS")
    if(arg_UNPARSED_ARGUMENTS OR NOT arg_COMMAND_ARGS)
        message(FATAL_ERROR "piboot_add_qemu_test(${name}): write COMMAND_ARGS and QEMU's "
            "arguments; unknown: '${arg_UNPARSED_ARGUMENTS}'")
    endif()
    foreach(default "EXIT=0" "TIMEOUT=20" "MACHINE=raspi3b")
        string(REGEX MATCH "^([^=]+)=(.*)$" default "${default}")
        if(NOT DEFINED arg_${CMAKE_MATCH_1})
            set(arg_${CMAKE_MATCH_1} "${CMAKE_MATCH_2}")
        endif()
    endforeach()
    add_test(NAME ${name}
        COMMAND "${CMAKE_COMMAND}" "-DEXPECT=${arg_EXPECT}" "-DREJECT=${arg_REJECT}"
            "-DEXIT=${arg_EXIT}" "-DUNTIL=${arg_UNTIL}" "-DTIMEOUT=${arg_TIMEOUT}"
            -P "${CMAKE_CURRENT_FUNCTION_LIST_DIR}/run.cmake" --
            ${PIBOOT_QEMU} -M ${arg_MACHINE} -display none -monitor none -serial stdio -no-reboot
            -semihosting-config enable=on,target=native ${arg_COMMAND_ARGS})
    math(EXPR limit "${arg_TIMEOUT} + 10") # the script has its own, and a better message
    set_tests_properties(${name} PROPERTIES LABELS "${arg_LABELS}" TIMEOUT ${limit}
        SKIP_REGULAR_EXPRESSION "piboot: skipped:")
endfunction()

# piboot_add_boot_test(<name> KERNEL <kernel> [FORMS raw elf] [DTB <file>]
#     [EXPECT <regex>...] [REJECT <regex>] [EXIT <status>] [UNTIL <text>] [TIMEOUT <seconds>]
#     [MACHINE <machine>] [LABELS <label>...] [QEMU_ARGS <argument>...])
#
# Tests <name>.raw and <name>.elf, which boot a kernel made by piboot_add_kernel: kernel8.img, as
# the firmware would (core 0 at EL2), and kernel8.elf (four cores at EL3).
function(piboot_add_boot_test name)
    set(one EXIT UNTIL TIMEOUT MACHINE REJECT)
    set(many EXPECT LABELS)
    cmake_parse_arguments(PARSE_ARGV 1 arg "" "KERNEL;DTB;${one}" "FORMS;QEMU_ARGS;${many}")
    if(arg_UNPARSED_ARGUMENTS)
        message(FATAL_ERROR "piboot_add_boot_test(${name}): unknown: ${arg_UNPARSED_ARGUMENTS}")
    endif()
    if(NOT TARGET "${arg_KERNEL}")
        message(FATAL_ERROR "piboot_add_boot_test(${name}): KERNEL '${arg_KERNEL}' is not a "
            "target that piboot_add_kernel made")
    endif()
    if(NOT arg_FORMS)
        set(arg_FORMS raw elf)
    endif()
    # What is for piboot_add_qemu_test goes on to it as it came.
    set(rest "")
    foreach(keyword IN LISTS one many)
        if(DEFINED arg_${keyword})
            list(APPEND rest ${keyword} ${arg_${keyword}})
        endif()
    endforeach()
    foreach(form IN LISTS arg_FORMS)
        if(form STREQUAL "raw")
            get_target_property(file ${arg_KERNEL} PIBOOT_IMG)
        elseif(form STREQUAL "elf")
            get_target_property(file ${arg_KERNEL} PIBOOT_ELF)
        else()
            message(FATAL_ERROR "piboot_add_boot_test(${name}): FORMS are raw and elf")
        endif()
        set(args -kernel "${file}" ${arg_QEMU_ARGS})
        if(arg_DTB)
            list(APPEND args -dtb "${arg_DTB}")
        endif()
        piboot_add_qemu_test(${name}.${form} COMMAND_ARGS ${args} ${rest})
    endforeach()
endfunction()
