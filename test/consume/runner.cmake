# SPDX-License-Identifier: MIT
# piboot_add_boot_test: what must pass passes, what must fail fails and says why, and without QEMU
# everything is skipped, not passed.

include("${CMAKE_CURRENT_LIST_DIR}/steps.cmake")

find_program(found NAMES "${QEMU}")
if(NOT found)
    message("piboot: skipped: there is no ${QEMU} on this machine; run script/setup")
    return()
endif()
file(COPY "${CMAKE_CURRENT_LIST_DIR}/runner/" DESTINATION "${WORK}/source")
set(configure "${CMAKE_COMMAND}" -S source "-DPIBOOT=${PIBOOT}" ${ARGS})
set(ctest "${CMAKE_CTEST_COMMAND}" --output-on-failure --test-dir)

step("it configures" COMMAND ${configure} -B build "-DPIBOOT_QEMU=${QEMU}")
step("it builds" COMMAND "${CMAKE_COMMAND}" --build build)
step("what is right passes" COMMAND ${ctest} build -j 2 -L pass EXPECT "100% tests passed.* out of 5")
step("what is wrong fails, and says why" COMMAND ${ctest} build -j 2 -L fail FAILS EXPECT
    "0% tests passed, 7 tests failed out of 7"
    "its output has no match for: third"
    "its output matches what it must not: sec.nd"
    "it ended with status 42, not 0"
    "how.c:[0-9]+: core 0: check failed: core . 1 == 7 .0x1, 0x7. piboot: .*with status 1, not 0"
    "hang.raw [^/]* first second piboot: the test failed: - it did not end within its 2 s"
    "never.raw [^/]* first second [^/]*it did not end within its 2 s"
    "By hand: qemu-system-aarch64 -M raspi3b .*kernel8.img")

step("it configures without QEMU" COMMAND ${configure} -B build -DPIBOOT_QEMU=no-such-qemu)
step("and has nothing to build" COMMAND "${CMAKE_COMMAND}" --build build)
step("it skips without QEMU" COMMAND ${ctest} build -L fail
    EXPECT "[*][*][*]Skipped" "The following tests did not run")
