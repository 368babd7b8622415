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
if(PROJECT STREQUAL "fetch")
    # As docs/cmake.md has it, from a repository.
    find_program(git NAMES git)
    if(NOT git)
        message("piboot: skipped: there is no git on this machine; run script/setup")
        return()
    endif()
    file(ARCHIVE_EXTRACT INPUT "${WORK}/piboot.tar" DESTINATION "${WORK}/repository")
    foreach(command "init -q -b main" "add -A" "-c user.name=x -c user.email=x commit -qm all")
        separate_arguments(command)
        step("a repository" IN "${WORK}/repository" COMMAND "${git}" ${command})
    endforeach()
    file(READ "${PIBOOT}/docs/cmake.md" text)
    if(NOT text MATCHES "FetchContent_Declare\\(piboot GIT_REPOSITORY \\.\\.\\. [^)]*\\)")
        message(FATAL_ERROR "docs/cmake.md has no recipe for FetchContent")
    endif()
    string(REPLACE "..." "\"${WORK}/repository\"" DECLARE "${CMAKE_MATCH_0}")
    configure_file("${WORK}/source/CMakeLists.txt" "${WORK}/source/CMakeLists.txt" @ONLY)
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
step("its tests pass" COMMAND "${CMAKE_CTEST_COMMAND}" --test-dir "${build}" -C Debug -V
    EXPECT "100% tests passed")
step("nothing is left to build" COMMAND "${CMAKE_COMMAND}" --build "${build}"
    EXPECT "no work to do|Built target")
if(PROJECT STREQUAL "several")
    file(APPEND "${WORK}/source/own.ld" "/* changed */\n")
    step("a changed linker script links again" COMMAND "${CMAKE_COMMAND}" --build "${build}"
        EXPECT "mapped: kernel8.img")
endif()

# Options as cache variables: they reach C and assembly, and a change builds again.
function(change what listing_has listing_lacks)
    step("${what}" COMMAND "${CMAKE_COMMAND}" ${ARGN} "${build}")
    step("it builds again" COMMAND "${CMAKE_COMMAND}" --build "${build}" --target one EXPECT "one: kernel8.img")
    step("it boots again" COMMAND "${CMAKE_CTEST_COMMAND}" --test-dir "${build}" -R "^one" EXPECT "100% tests passed")
    file(READ "${WORK}/${build}/one/kernel8.lst" listing)
    if(NOT listing MATCHES "${listing_has}" OR listing MATCHES "${listing_lacks}")
        message(FATAL_ERROR "${what}: its listing lacks ${listing_has} or has ${listing_lacks}")
    endif()
endfunction()
if(CHANGES)
    file(READ "${WORK}/${build}/one/kernel8.lst" listing)
    if(NOT listing MATCHES "ld[rp][ \t]+q" OR NOT listing MATCHES "<piboot_vectors>:")
        message(FATAL_ERROR "the listing of one does not show what the changes take away")
    endif()
    change("four cores, small stacks, frames without q0 to q31" "<piboot_vectors>:" "ld[rp][ \t]+q"
        -DPIBOOT_MULTICORE=ON -DPIBOOT_STACK_SIZE=0x6000 -DPIBOOT_FRAME_FP=OFF)
    change("no exceptions" "<_start>:" "<piboot_vectors>:" -DPIBOOT_EXCEPTIONS=OFF)
endif()
