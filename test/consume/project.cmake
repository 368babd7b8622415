# SPDX-License-Identifier: MIT
# A project that uses PiBoot, as its author would have it: configured, built, booted by its own tests.
# cmake -DPROJECT=<folder> [-DFAILS=<regex>] ... -P project.cmake -- <argument of cmake>...

include("${CMAKE_CURRENT_LIST_DIR}/steps.cmake")

file(COPY "${CMAKE_CURRENT_LIST_DIR}/${PROJECT}/" DESTINATION "${WORK}/source")
file(COPY "${CMAKE_CURRENT_LIST_DIR}/kernel.c" DESTINATION "${WORK}/source")
if(PROJECT STREQUAL "several") # one of its kernels has a linker script of its own
    configure_file("${PIBOOT}/link64.ld" "${WORK}/source/own.ld" COPYONLY)
endif()

if(PROJECT MATCHES "^fetch")
    # As it would come from a release: what an archive of the repository has.
    step("an archive" IN "${PIBOOT}" COMMAND "${CMAKE_COMMAND}" -E tar cf "${WORK}/piboot.tar"
        CMakeLists.txt piboot.h piboot_start.S link64.ld cmake test/piboot_test.h)
    list(APPEND ARGS "-DARCHIVE=${WORK}/piboot.tar")
endif()

set(build "a build") # a blank, for all the paths that go through shells and linkers
set(configure "${CMAKE_COMMAND}" -S source -B "${build}" "-DPIBOOT=${PIBOOT}" "-DPIBOOT_QEMU=${QEMU}"
    ${ARGS} -Wno-dev --no-warn-unused-cli)
if(FAILS)
    step("a wrong project does not configure" COMMAND ${configure} FAILS EXPECT "${FAILS}")
    return()
endif()
step("it configures" COMMAND ${configure})
step("it builds" COMMAND "${CMAKE_COMMAND}" --build "${build}" EXPECT "kernel8.img [0-9]+ bytes")
step("its tests pass" COMMAND "${CMAKE_CTEST_COMMAND}" --test-dir "${build}" -V
    EXPECT "100% tests passed")
step("nothing is left to build" COMMAND "${CMAKE_COMMAND}" --build "${build}"
    EXPECT "no work to do|Built target")
if(PROJECT STREQUAL "several")
    file(APPEND "${WORK}/source/own.ld" "/* changed */\n")
    step("a changed linker script links again" COMMAND "${CMAKE_COMMAND}" --build "${build}"
        EXPECT "mapped: kernel8.img")
endif()
