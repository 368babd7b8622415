# SPDX-License-Identifier: MIT
# A kernel project and PiBoot in a folder of an odd name: it builds and boots, or does not configure and says why.
# cmake -DGENERATOR= ... -P paths.cmake -- <argument of cmake>...

include("${CMAKE_CURRENT_LIST_DIR}/steps.cmake")

# place(<folder>): both of them there.
function(place folder)
    file(COPY "${PIBOOT}/piboot.h" "${PIBOOT}/piboot_start.S" "${PIBOOT}/link64.ld" "${PIBOOT}/cmake"
        DESTINATION "${folder}/piboot")
    file(COPY "${PIBOOT}/test/piboot_test.h" DESTINATION "${folder}/piboot/test")
    file(COPY "${PIBOOT}/examples/cmake/" DESTINATION "${folder}/my kernel")
    set(configure "${CMAKE_COMMAND}" -S "my kernel" -B "a build" -G "${GENERATOR}" "-DPIBOOT=${folder}/piboot"
        "-DPIBOOT_QEMU=${QEMU}" ${ARGS} PARENT_SCOPE)
endfunction()

set(folder "${WORK}/a (b), c=d~e")
place("${folder}")
step("it configures" COMMAND ${configure} IN "${folder}")
step("it builds" COMMAND "${CMAKE_COMMAND}" --build "a build" IN "${folder}" EXPECT "mykernel: kernel8.img [0-9]+ bytes")
step("its tests pass" COMMAND "${CMAKE_CTEST_COMMAND}" --test-dir "a build" -V IN "${folder}"
    EXPECT "100% tests passed|tests did not run")
step("it makes a card" COMMAND "${CMAKE_COMMAND}" --build "a build" --target sdcard-mykernel IN "${folder}")
foreach(file kernel8.map kernel8.lst sdcard/kernel8.img)
    if(NOT EXISTS "${folder}/a build/mykernel/${file}")
        message(FATAL_ERROR "there is no ${file} in ${folder}/a build/mykernel")
    endif()
endforeach()
step("nothing is left to build" COMMAND "${CMAKE_COMMAND}" --build "a build" IN "${folder}"
    EXPECT "no work to do|Built target")

regex_of(work "${WORK}")
set(forbidden "\\$" "#" "%")
if(GENERATOR MATCHES "Makefiles")
    list(APPEND forbidden ":")
endif()
foreach(character IN LISTS forbidden)
    string(REPLACE "\\" "" plain "${character}")
    set(folder "${WORK}/a${plain}b")
    place("${folder}")
    step("a path with ${plain} is refused" COMMAND ${configure} IN "${folder}" FAILS
        EXPECT "piboot: ${GENERATOR} cannot build with a path that has a ${character} in it: ${work}/a${character}b/piboot")
endforeach()
