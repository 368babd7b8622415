# SPDX-License-Identifier: MIT
# The daily life of a kernel: run-<name>, debug-<name>, sdcard-<name>, on examples/cmake.

include("${CMAKE_CURRENT_LIST_DIR}/steps.cmake")

set(build "${CMAKE_COMMAND}" --build build --target)
# In a folder with a blank, for all the paths that go through shells, linkers and gdb.
set(WORK "${WORK}/a folder")
file(MAKE_DIRECTORY "${WORK}")
step("it configures" COMMAND "${CMAKE_COMMAND}" -S "${PIBOOT}/examples/cmake" -B build ${ARGS})
step("sdcard" COMMAND ${build} sdcard-mykernel EXPECT "FIRMWARE.txt says which")
set(card "${WORK}/build/mykernel/sdcard")
file(SIZE "${card}/kernel8.img" size)
file(READ "${card}/config.txt" config)
file(READ "${card}/FIRMWARE.txt" firmware)
foreach(line "arm_64bit=1" "enable_uart=1" "kernel_address=0x80000")
    if(NOT config MATCHES "(^|\n)${line}\n")
        message(FATAL_ERROR "config.txt lacks ${line}:\n${config}")
    endif()
endforeach()
if(NOT firmware MATCHES "bootcode.bin +start.elf +fixup.dat" OR size EQUAL 0)
    message(FATAL_ERROR "the card lacks its list or its kernel")
endif()
foreach(file kernel8.lst kernel8.map)
    file(READ "${WORK}/build/mykernel/${file}" text)
    if(NOT text MATCHES "piboot_alive")
        message(FATAL_ERROR "${file} lacks piboot_alive")
    endif()
endforeach()

step("tools that fail" EXPECT "cmake made no kernel8.lst" "cmake told no sizes" "mykernel: kernel8.img [0-9]+ bytes"
    COMMAND "${CMAKE_COMMAND}" -DOBJCOPY=${OBJCOPY} -DNAME=mykernel "-DOBJDUMP=${CMAKE_COMMAND}" "-DSIZE=${CMAKE_COMMAND}"
        "-DFOLDER=${WORK}/build/mykernel" -P "${PIBOOT}/cmake/image.cmake")
step("it configures without QEMU" COMMAND "${CMAKE_COMMAND}" -DPIBOOT_QEMU=no-such-qemu build)
foreach(target run debug)
    step("${target} without QEMU" COMMAND ${build} ${target}-mykernel FAILS
        EXPECT "piboot: there is no no-such-qemu on this machine. .*apt-get install qemu-system-arm")
endforeach()
regex_of(nowhere "${WORK}/nowhere")
step("a wrong folder of PiBoot" COMMAND "${CMAKE_COMMAND}" -S "${PIBOOT}/examples/cmake" -B wrong -DPIBOOT=nowhere FAILS
    EXPECT "There is no PiBoot in ${nowhere}: configure with -DPIBOOT=<folder of PiBoot>")
step("the right one in the same build folder"
    COMMAND "${CMAKE_COMMAND}" -S "${PIBOOT}/examples/cmake" -B wrong "-DPIBOOT=${PIBOOT}")

find_program(found NAMES "${QEMU}")
if(NOT found)
    message("piboot: skipped: there is no ${QEMU} on this machine; run script/setup")
    return()
endif()
# A QEMU that ends after the last line, as mykernel itself goes on for ever.
file(WRITE "${WORK}/qemu" "#!/bin/sh\nexec '${PIBOOT}/cmake/until.sh' 'core 3 is alive' 30 '${QEMU}' \"$@\"\n")
file(CHMOD "${WORK}/qemu" PERMISSIONS OWNER_READ OWNER_EXECUTE)
step("it configures again" COMMAND "${CMAKE_COMMAND}" "-DPIBOOT_QEMU=${WORK}/qemu" build)
step("run" COMMAND ${build} run-mykernel
    EXPECT "core 0 is alive core 1 is alive core 2 is alive core 3 is alive")
step("run of a kernel that ends" COMMAND ${build} run-mytest EXPECT "all is well")

find_program(gdb NAMES gdb-multiarch aarch64-none-elf-gdb aarch64-elf-gdb aarch64-linux-gnu-gdb)
if(NOT gdb)
    message("piboot: skipped: there is no gdb for AArch64 on this machine; run script/setup")
    return()
endif()
# debug-<name> is this command without the arguments for gdb; the port is the test's own.
step("debug"
    EXPECT "hit Temporary breakpoint 1, .*piboot_alive" "CPU#3"
        "hit Breakpoint 2, greeting .*greeting.c:[0-9]+" "core = 0"
    COMMAND sh "${PIBOOT}/cmake/debug.sh" "${WORK}/build/mykernel" "${QEMU}" ${PORT} -batch
        -ex "continue" -ex "info threads" -ex "break greeting" -ex "continue" -ex "info args"
        -ex "kill")
# The port is another QEMU's, whose kernel is not the one whose symbols gdb has.
step("debug where the port is taken" FAILS
    EXPECT "QEMU did not start. Is another one waiting at port ${PORT}. .*-DPIBOOT_GDB_PORT="
    COMMAND sh -c "'${QEMU}' -M raspi3b -display none -S -gdb tcp:localhost:${PORT} -daemonize -pidfile pid && \
        sh '${PIBOOT}/cmake/debug.sh' build/mykernel '${QEMU}' ${PORT} -batch -ex kill; \
        status=$?; kill $(cat pid); exit $status")
