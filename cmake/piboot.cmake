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
#   piboot_add_board_check   boots a kernel and reports what a board would not forgive
#
# The options are cache variables: the defaults for every kernel of the build. A kernel overrides
# one by a target property of the same name, which is what piboot_add_kernel's arguments do.

include_guard(GLOBAL)
cmake_policy(VERSION 3.20...3.30)

get_filename_component(piboot_dir "${CMAKE_CURRENT_LIST_DIR}" DIRECTORY)
get_property(other_dir GLOBAL PROPERTY PIBOOT_DIR)
if(other_dir)
    message(FATAL_ERROR "piboot: this project takes PiBoot in twice, from ${other_dir} and from "
        "${piboot_dir}. The targets of the first are there for all its parts: leave the second out.")
endif()
set_property(GLOBAL PROPERTY PIBOOT_DIR "${piboot_dir}")

set(PIBOOT_MULTICORE OFF CACHE BOOL "Wake cores 1 to 3; OFF: they sleep for ever")
set(PIBOOT_STACK_SIZE 0x10000 CACHE STRING "Bytes of stack per core: a multiple of 16, of 4096 with the MMU")
set(PIBOOT_EXCEPTIONS ON CACHE BOOL "Vector table, frames and report; OFF: a fault parks the core")
set(PIBOOT_FRAME_FP ON CACHE BOOL "Exceptions save q0-q31, FPSR and FPCR")
set(PIBOOT_MMU OFF CACHE BOOL "Identity map and caches on, on every core")
set(PIBOOT_KERNEL_BASE 0 CACHE STRING "With PIBOOT_MMU: where the kernel sees address 0; 0xffff000000000000 or higher")
set(PIBOOT_WAKE_TIMEOUT_MS 500 CACHE STRING "How long a core may take to answer its wake-up")
set(PIBOOT_QEMU qemu-system-aarch64 CACHE STRING "QEMU, for run- and debug- targets and for tests")
set(PIBOOT_SERIAL_PORT /dev/ttyUSB0 CACHE STRING "The serial line to a board, for send- targets")
set(PIBOOT_GDB_PORT 1234 CACHE STRING "Where QEMU waits for gdb, for debug- targets")
set(piboot_switches PIBOOT_MULTICORE PIBOOT_EXCEPTIONS PIBOOT_FRAME_FP PIBOOT_MMU)
set(piboot_numbers PIBOOT_STACK_SIZE PIBOOT_KERNEL_BASE PIBOOT_WAKE_TIMEOUT_MS)

# What CMake, make or lld take for something else in a path, however it is quoted. The rest is taken as it is.
set(forbidden "[[$#%;:\"]")
if(NOT CMAKE_GENERATOR MATCHES "Makefiles")
    set(forbidden "[$#%;\"]")
endif()
foreach(path IN ITEMS "${piboot_dir}" "${CMAKE_SOURCE_DIR}" "${CMAKE_BINARY_DIR}")
    if("${path}" MATCHES "${forbidden}")
        message(FATAL_ERROR "piboot: ${CMAKE_GENERATOR} cannot build with a path that has a ${CMAKE_MATCH_0} in it: ${path}")
    endif()
endforeach()

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
foreach(option IN LISTS piboot_switches)
    string(TOUPPER "${${option}}" value)
    if(NOT value MATCHES "^(ON|OFF|1|0|TRUE|FALSE|YES|NO)$")
        message(FATAL_ERROR "piboot: ${option} is '${${option}}' and must be ON or OFF.")
    endif()
endforeach()
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
    set(value_of_${option} "${value}")
    # The default, and what the cache said beside it, for piboot_add_kernel.
    set_property(GLOBAL APPEND PROPERTY PIBOOT_OPTIONS ${option})
    set_property(GLOBAL PROPERTY ${option} "${${option}}")
    set_property(GLOBAL PROPERTY ${option}_CACHED "$CACHE{${option}}")
endforeach()
# Thread-local variables by TPIDR_EL1: TPIDR_EL0 is user mode's. GCC has the option from 14 on.
set(thread_pointer "-mtp=el1")
if(NOT CMAKE_C_COMPILER_ID MATCHES "Clang" AND CMAKE_C_COMPILER_VERSION VERSION_LESS 14)
    set(thread_pointer "")
endif()
target_compile_options(piboot_headers INTERFACE
    "$<$<COMPILE_LANGUAGE:C,CXX>:-ffreestanding;-fno-pie;-mno-outline-atomics;-mfix-cortex-a53-835769;${thread_pointer}>"
    "$<$<COMPILE_LANGUAGE:C,CXX>:-ftls-model=local-exec>" # a kernel is one image, whatever -fpic says
    # What of C++ needs a run-time library.
    "$<$<COMPILE_LANGUAGE:CXX>:-fno-exceptions;-fno-rtti;-fno-threadsafe-statics>"
    # Without the MMU all memory is Device memory, where an unaligned access faults.
    "$<$<AND:$<COMPILE_LANGUAGE:C,CXX>,$<NOT:${value_of_PIBOOT_MMU}>>:-mstrict-align>"
    # A handler must not change registers that its frame does not save.
    "$<$<AND:$<COMPILE_LANGUAGE:C,CXX>,$<NOT:${value_of_PIBOOT_FRAME_FP}>>:-mgeneral-regs-only>")

add_library(piboot_test INTERFACE)
add_library(piboot::test ALIAS piboot_test)
target_include_directories(piboot_test INTERFACE "${piboot_dir}/test")

# piboot: what a kernel links to, once.
add_library(piboot INTERFACE)
add_library(piboot::piboot ALIAS piboot)
target_link_libraries(piboot INTERFACE piboot_headers)
target_sources(piboot INTERFACE "${piboot_dir}/piboot_start.S")
set(own "$<TARGET_PROPERTY:PIBOOT_LINKER_SCRIPT>")
string(REPLACE "," "$<COMMA>" script "${piboot_dir}/link64.ld")
set(script "$<IF:$<STREQUAL:${own},>,${script},${own}>")
target_link_options(piboot INTERFACE
    -nostdlib -static "$<$<C_COMPILER_ID:GNU>:-no-pie>" -Wl,--fix-cortex-a53-843419
    -Wl,--build-id=none "-T${script}")
set_property(TARGET piboot PROPERTY INTERFACE_LINK_DEPENDS "${script}")

# Tools for the image: the compiler's own, or LLVM's or GNU's, whichever is here, as all do the same to
# an AArch64 ELF.
get_filename_component(compiler "${CMAKE_C_COMPILER}" NAME)
get_filename_component(compiler_dir "${CMAKE_C_COMPILER}" DIRECTORY)
foreach(tool OBJCOPY OBJDUMP SIZE)
    string(TOLOWER ${tool} name)
    set(names llvm-${name} llvm-${name}-19 aarch64-none-elf-${name} aarch64-elf-${name}
        aarch64-linux-gnu-${name})
    if(compiler MATCHES "^clang(-[0-9]+)$")
        list(PREPEND names llvm-${name}${CMAKE_MATCH_1})
    elseif(compiler MATCHES "^(.*-)?gcc")
        list(PREPEND names ${CMAKE_MATCH_1}${name})
    endif()
    find_program(PIBOOT_${tool} NAMES ${names} HINTS "${compiler_dir}")
    mark_as_advanced(PIBOOT_${tool})
endforeach()
set(install "On Debian and Ubuntu: apt-get install llvm, or run script/setup.")
if(NOT PIBOOT_OBJCOPY)
    message(FATAL_ERROR "piboot: there is no objcopy for AArch64 on this machine. ${install}")
endif()
if(NOT PIBOOT_OBJDUMP)
    message(WARNING "piboot: no kernel8.lst: there is no objdump for AArch64 on this machine. ${install}")
endif()
if(NOT PIBOOT_SIZE)
    message(WARNING "piboot: no sizes: there is no size for AArch64 on this machine. ${install}")
endif()

# Refuses keywords of the calling function (ARGV is the function's, as a macro has no variable of this name)
# that came without a value: most often ${of_a_variable} that is not set.
macro(piboot_need_values name)
    foreach(keyword ${ARGN})
        if(keyword IN_LIST ARGV AND "${arg_${keyword}}" STREQUAL "")
            message(FATAL_ERROR "${CMAKE_CURRENT_FUNCTION}(${name}): ${keyword} has no value; "
                "is the variable set?")
        endif()
    endforeach()
endmacro()

# The absolute path of a keyword's file, which is there or will be made by the build.
macro(piboot_need_file name keyword)
    get_filename_component(arg_${keyword} "${arg_${keyword}}" ABSOLUTE)
    get_source_file_property(generated "${arg_${keyword}}" GENERATED)
    string(FIND "${arg_${keyword}}" "${CMAKE_BINARY_DIR}/" in_build)
    if(NOT EXISTS "${arg_${keyword}}" AND NOT generated AND NOT in_build EQUAL 0)
        message(FATAL_ERROR "${CMAKE_CURRENT_FUNCTION}(${name}): ${keyword}: there is no file "
            "${arg_${keyword}}")
    endif()
endmacro()

# piboot_add_kernel(<name> SOURCES <file>...
#     [MULTICORE | SINGLECORE] [MMU | NO_MMU] [KERNEL_BASE <address>] [STACK_SIZE <bytes>] [LINKER_SCRIPT <file>]
#     [DEFINITIONS <A=1>...] [OPTIONS <compile flag>...] [LINK_OPTIONS <flag>...])
#
# Makes the target <name>, and in the folder <name> of the build: kernel8.elf, kernel8.img (what
# the firmware loads), kernel8.lst (disassembly), kernel8.map; prints their size after each build.
# The target's properties PIBOOT_ELF and PIBOOT_IMG hold the paths. Three more targets: run-<name>
# boots it on QEMU, debug-<name> does so under gdb, and sdcard-<name> fills a folder to be copied to a
# card. With PIBOOT_KERNEL_TARGETS OFF, for hundreds of test kernels, the ELF and the image are all.
function(piboot_add_kernel name)
    cmake_parse_arguments(PARSE_ARGV 1 arg "MULTICORE;SINGLECORE;MMU;NO_MMU"
        "KERNEL_BASE;STACK_SIZE;LINKER_SCRIPT" "SOURCES;DEFINITIONS;OPTIONS;LINK_OPTIONS")
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
    piboot_need_values(${name} KERNEL_BASE STACK_SIZE LINKER_SCRIPT)
    foreach(number KERNEL_BASE STACK_SIZE)
        if(DEFINED arg_${number} AND NOT arg_${number} MATCHES "^(0[xX][0-9a-fA-F]+|[0-9]+)$")
            message(FATAL_ERROR "piboot_add_kernel(${name}): ${number} is '${arg_${number}}' and must be a number")
        endif()
    endforeach()
    # Where the compiler is known but not how to call it, another folder has enabled assembly for itself.
    if(NOT CMAKE_ASM_COMPILE_OBJECT)
        message(FATAL_ERROR "piboot: piboot_start.S is assembly. Write "
            "project(${CMAKE_PROJECT_NAME} LANGUAGES C ASM) in ${CMAKE_SOURCE_DIR}/CMakeLists.txt")
    endif()
    foreach(source IN LISTS arg_SOURCES) # CMake would leave it out in silence
        if(source MATCHES "\\.(cpp|cc|cxx|c\\+\\+|C|CPP)$" AND NOT CMAKE_CXX_COMPILE_OBJECT)
            message(FATAL_ERROR "piboot_add_kernel(${name}): ${source} is C++, and this project does not enable it. Write "
                "project(${CMAKE_PROJECT_NAME} LANGUAGES C CXX ASM) in ${CMAKE_SOURCE_DIR}/CMakeLists.txt")
        endif()
    endforeach()

    set(folder "${CMAKE_CURRENT_BINARY_DIR}/${name}")
    add_executable(${name} ${arg_SOURCES})
    target_link_libraries(${name} PRIVATE piboot::piboot)
    target_compile_definitions(${name} PRIVATE ${arg_DEFINITIONS})
    target_compile_options(${name} PRIVATE ${arg_OPTIONS})
    target_link_options(${name} PRIVATE # -Wl, would end at a comma in the path
        -Wl,--gc-sections "SHELL:-Xlinker \"-Map=${folder}/kernel8.map\"" ${arg_LINK_OPTIONS})
    set_target_properties(${name} PROPERTIES
        OUTPUT_NAME kernel8 SUFFIX .elf RUNTIME_OUTPUT_DIRECTORY "${folder}"
        PIBOOT_ELF "${folder}/kernel8.elf" PIBOOT_IMG "${folder}/kernel8.img")
    # Of several configurations too, each in turn: image, card and QEMU know one place.
    foreach(config IN LISTS CMAKE_CONFIGURATION_TYPES CMAKE_BUILD_TYPE)
        string(TOUPPER "${config}" config)
        set_property(TARGET ${name} PROPERTY RUNTIME_OUTPUT_DIRECTORY_${config} "${folder}")
    endforeach()
    foreach(on_off "MULTICORE;SINGLECORE" "MMU;NO_MMU")
        list(GET on_off 0 on)
        list(GET on_off 1 off)
        if(arg_${on})
            set_property(TARGET ${name} PROPERTY PIBOOT_${on} ON)
        elseif(arg_${off})
            set_property(TARGET ${name} PROPERTY PIBOOT_${on} OFF)
        endif()
    endforeach()
    foreach(number KERNEL_BASE STACK_SIZE)
        if(DEFINED arg_${number})
            set_property(TARGET ${name} PROPERTY PIBOOT_${number} ${arg_${number}})
        endif()
    endforeach()
    if(DEFINED arg_LINKER_SCRIPT)
        piboot_need_file(${name} LINKER_SCRIPT)
        set_property(TARGET ${name} PROPERTY PIBOOT_LINKER_SCRIPT "${arg_LINKER_SCRIPT}")
    endif()
    # What the project says of an option after it took PiBoot in, and this call does not, would be lost.
    get_property(options GLOBAL PROPERTY PIBOOT_OPTIONS)
    foreach(option IN LISTS options)
        get_property(own TARGET ${name} PROPERTY ${option} SET)
        get_property(default GLOBAL PROPERTY ${option})
        get_property(cached GLOBAL PROPERTY ${option}_CACHED)
        if(NOT own AND NOT "${${option}}" STREQUAL "${cached}" AND NOT "${${option}}" STREQUAL "${default}")
            message(FATAL_ERROR "piboot_add_kernel(${name}): ${option} was set to '${${option}}' too late: it was "
                "'${default}' when PiBoot was taken in. Set it before that, or as a property of ${name}.")
        endif()
    endforeach()

    if(DEFINED PIBOOT_KERNEL_TARGETS AND NOT PIBOOT_KERNEL_TARGETS)
        add_custom_command(TARGET ${name} POST_BUILD
            COMMAND "${PIBOOT_OBJCOPY}" -O binary "${folder}/kernel8.elf" "${folder}/kernel8.img"
            BYPRODUCTS "${folder}/kernel8.img" VERBATIM)
    else()
        add_custom_command(TARGET ${name} POST_BUILD
            COMMAND "${CMAKE_COMMAND}" -DOBJCOPY=${PIBOOT_OBJCOPY} -DOBJDUMP=${PIBOOT_OBJDUMP}
                -DSIZE=${PIBOOT_SIZE} -DNAME=${name} -DFOLDER=${folder} -DSCRIPT=${arg_LINKER_SCRIPT}
                -P "${CMAKE_CURRENT_FUNCTION_LIST_DIR}/image.cmake"
            BYPRODUCTS "${folder}/kernel8.img" "${folder}/kernel8.lst" VERBATIM)
        piboot_add_kernel_targets(${name} "${folder}")
    endif()
endfunction()

# run-<name>, debug-<name>, send-<name> and sdcard-<name>, for the kernel in a folder.
function(piboot_add_kernel_targets name folder)
    set(here "${CMAKE_CURRENT_FUNCTION_LIST_DIR}")
    add_custom_target(run-${name}
        COMMAND sh "${here}/qemu.sh" "${PIBOOT_QEMU}" -M raspi3b -display none -monitor none
            -serial stdio -semihosting-config enable=on,target=native -kernel "${folder}/kernel8.img"
        DEPENDS ${name} USES_TERMINAL VERBATIM
        COMMENT "${name} on QEMU raspi3b; Ctrl-C ends it")
    add_custom_target(debug-${name}
        COMMAND sh "${here}/debug.sh" "${folder}" "${PIBOOT_QEMU}" ${PIBOOT_GDB_PORT}
        DEPENDS ${name} USES_TERMINAL VERBATIM
        COMMENT "${name} on QEMU raspi3b, under gdb")
    # To a board that runs examples/chainload.
    add_custom_target(send-${name}
        COMMAND python3 -B "${here}/send.py" "${PIBOOT_SERIAL_PORT}" "${folder}/kernel8.img"
        DEPENDS ${name} USES_TERMINAL VERBATIM
        COMMENT "${name} to the board at ${PIBOOT_SERIAL_PORT}; Ctrl-] ends the terminal")
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
# ends by itself within TIMEOUT (60 s) with status EXIT (0), its output matches each EXPECT and not
# REJECT. For a kernel that never ends, UNTIL is a text: QEMU is stopped after the line that
# contains it. Without QEMU the test is skipped, and says so. On a busy machine, PIBOOT_TEST_PATIENCE=4
# in ctest's environment makes each TIMEOUT four times as long.
function(piboot_add_qemu_test name)
    cmake_parse_arguments(PARSE_ARGV 1 arg "" "REJECT;EXIT;UNTIL;TIMEOUT;MACHINE"
        "COMMAND_ARGS;EXPECT;LABELS")
    if(arg_UNPARSED_ARGUMENTS OR NOT arg_COMMAND_ARGS)
        message(FATAL_ERROR "piboot_add_qemu_test(${name}): write COMMAND_ARGS and QEMU's "
            "arguments; unknown: '${arg_UNPARSED_ARGUMENTS}'")
    endif()
    piboot_need_values(${name} EXPECT REJECT EXIT UNTIL TIMEOUT MACHINE)
    piboot_add_parsed_test(piboot_add_qemu_test ${name} ${name})
endfunction()

# piboot_add_boot_test(<name> KERNEL <kernel> [FORMS raw elf] [DTB <file>]
#     [EXPECT <regex>...] [REJECT <regex>] [EXIT <status>] [UNTIL <text>] [TIMEOUT <seconds>]
#     [MACHINE <machine>] [LABELS <label>...] [QEMU_ARGS <argument>...])
#
# Tests <name>.raw and <name>.elf, which boot a kernel made by piboot_add_kernel: kernel8.img, as
# the firmware would (core 0 at EL2), and kernel8.elf (four cores at EL3). With DTB, a device tree,
# <name>.raw alone: QEMU hands none to an ELF.
function(piboot_add_boot_test name)
    cmake_parse_arguments(PARSE_ARGV 1 arg "" "KERNEL;DTB;REJECT;EXIT;UNTIL;TIMEOUT;MACHINE"
        "FORMS;QEMU_ARGS;EXPECT;LABELS")
    if(arg_UNPARSED_ARGUMENTS)
        message(FATAL_ERROR "piboot_add_boot_test(${name}): unknown: ${arg_UNPARSED_ARGUMENTS}")
    endif()
    piboot_need_values(${name} KERNEL DTB FORMS EXPECT REJECT EXIT UNTIL TIMEOUT MACHINE)
    set(raw "")
    if(TARGET "${arg_KERNEL}")
        get_target_property(raw ${arg_KERNEL} PIBOOT_IMG)
        get_target_property(elf ${arg_KERNEL} PIBOOT_ELF)
    endif()
    if(NOT raw)
        message(FATAL_ERROR "piboot_add_boot_test(${name}): KERNEL '${arg_KERNEL}' is not a "
            "target that piboot_add_kernel made")
    endif()
    if(DEFINED arg_DTB)
        piboot_need_file(${name} DTB)
        list(APPEND arg_QEMU_ARGS -dtb "${arg_DTB}")
    endif()
    if(NOT arg_FORMS)
        set(arg_FORMS raw)
        if(NOT arg_DTB)
            list(APPEND arg_FORMS elf)
        endif()
    endif()
    foreach(form IN LISTS arg_FORMS)
        if(NOT form MATCHES "^(raw|elf)$")
            message(FATAL_ERROR "piboot_add_boot_test(${name}): FORMS are raw and elf, not ${form}")
        endif()
        set(arg_COMMAND_ARGS -kernel "${${form}}" ${arg_QEMU_ARGS})
        piboot_add_parsed_test(piboot_add_boot_test ${name} ${name}.${form})
    endforeach()
endfunction()

# What the two have in common; <caller>'s arguments lie in its variables arg_*.
function(piboot_add_parsed_test caller name test)
    # Nobody would miss the tests. BUILD_TESTING OFF is include(CTest)'s way to want none.
    if(NOT CMAKE_TESTING_ENABLED AND (BUILD_TESTING OR NOT DEFINED BUILD_TESTING))
        message(FATAL_ERROR "${caller}(${name}): write enable_testing() above ${caller}, in "
            "${CMAKE_SOURCE_DIR}/CMakeLists.txt")
    endif()
    foreach(default "EXIT=0" "TIMEOUT=60" "MACHINE=raspi3b")
        string(REGEX MATCH "^([^=]+)=(.*)$" default "${default}")
        if(NOT DEFINED arg_${CMAKE_MATCH_1})
            set(arg_${CMAKE_MATCH_1} "${CMAKE_MATCH_2}")
        endif()
    endforeach()
    if(NOT arg_TIMEOUT MATCHES "^[1-9][0-9]*$")
        message(FATAL_ERROR "${caller}(${name}): TIMEOUT is '${arg_TIMEOUT}' and must be whole "
            "seconds, 1 or more")
    endif()
    if(NOT arg_EXIT MATCHES "^[0-9]+$" OR arg_EXIT GREATER 255)
        message(FATAL_ERROR "${caller}(${name}): EXIT is '${arg_EXIT}' and must be a status, 0 to 255")
    endif()
    add_test(NAME ${test}
        COMMAND "${CMAKE_COMMAND}" "-DEXPECT=${arg_EXPECT}" "-DREJECT=${arg_REJECT}"
            "-DEXIT=${arg_EXIT}" "-DUNTIL=${arg_UNTIL}" "-DTIMEOUT=${arg_TIMEOUT}"
            -P "${CMAKE_CURRENT_FUNCTION_LIST_DIR}/run.cmake" --
            ${PIBOOT_QEMU} -M ${arg_MACHINE} -display none -monitor none -serial stdio -no-reboot
            -semihosting-config enable=on,target=native ${arg_COMMAND_ARGS})
    # The script keeps the time, as told. This is for when it cannot, whatever PIBOOT_TEST_PATIENCE is.
    math(EXPR limit "100 * ${arg_TIMEOUT}")
    set_tests_properties(${test} PROPERTIES LABELS "${arg_LABELS}" TIMEOUT ${limit}
        SKIP_REGULAR_EXPRESSION "piboot: skipped:")
endfunction()

include("${CMAKE_CURRENT_LIST_DIR}/board-check.cmake")
