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
set(configure "${CMAKE_COMMAND}" -S source "-DPIBOOT=${PIBOOT}" "-DPYTHON=${PYTHON}" "-DNM=${NM}" ${ARGS})
set(ctest "${CMAKE_CTEST_COMMAND}" --output-on-failure --test-dir)

step("it configures" COMMAND ${configure} -B build "-DPIBOOT_QEMU=${QEMU}")
step("it builds" COMMAND "${CMAKE_COMMAND}" --build build)
step("what is right passes" COMMAND ${ctest} build -j 2 -L pass EXPECT "100% tests passed.* out of 5")
step("what is wrong fails, and says why" COMMAND "${CMAKE_COMMAND}" -E env PIBOOT_TEST_PATIENCE=1
    ${ctest} build -j 2 -L fail FAILS EXPECT
    "0% tests passed, 7 tests failed out of 7"
    "its output has no match for: third"
    "its output matches what it must not: sec.nd"
    "it ended with status 42, not 0"
    "how.c:[0-9]+: core 0: check failed: core . 1 == 7 .0x1, 0x7. piboot: .*with status 1, not 0"
    "hang.raw [^/]* first second [^/]*piboot: the test failed: - it did not end within its 2 s"
    "never.raw [^/]* first second [^/]*it did not end within its 2 s"
    "By hand: qemu-system-aarch64 -M raspi3b .*kernel8.img")

step("a person's patience multiplies the limits" FAILS EXPECT "it did not end within its 4 s"
    COMMAND "${CMAKE_COMMAND}" -E env PIBOOT_TEST_PATIENCE=2 ${ctest} build -R hang.raw)

# QEMU ends with its test, however that ends: this one tells its process. With Python, as it takes a clock.
if(PYTHON)
    file(WRITE "${WORK}/qemu-system-aarch64" "#!/bin/sh\necho $$ >>'${WORK}/pids'\nexec '${found}' \"$@\"\n")
    file(CHMOD "${WORK}/qemu-system-aarch64" PERMISSIONS OWNER_READ OWNER_EXECUTE)
    step("it configures with that" COMMAND ${configure} -B build "-DPIBOOT_QEMU=${WORK}/qemu-system-aarch64")
    set(left "${PYTHON}" -B "${CMAKE_CURRENT_LIST_DIR}/left.py" --pids pids --count)
    step("nothing is left of tests that failed" COMMAND ${left} 7 ${ctest} build -j 2 -L fail
        EXPECT "nothing is left of 7 QEMU")
    foreach(signal INT TERM KILL)
        # Four, as the script that looks into QEMU first asks for its version.
        step("nothing is left when ctest gets SIG${signal}" EXPECT "nothing is left of 4 QEMU"
            COMMAND ${left} 4 --signal ${signal} ${ctest} build -j 3 -L interrupted)
    endforeach()
else()
    message("piboot: skipped: there is no Python 3 on this machine; run script/setup")
endif()

step("it configures without QEMU" COMMAND ${configure} -B build -DPIBOOT_QEMU=no-such-qemu)
step("and has nothing to build" COMMAND "${CMAKE_COMMAND}" --build build)
step("it skips without QEMU" COMMAND ${ctest} build -L fail
    EXPECT "[*][*][*]Skipped" "The following tests did not run")
