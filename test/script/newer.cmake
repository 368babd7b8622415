# SPDX-License-Identifier: MIT
# Where no newer QEMU is to be had, script/test says so and counts one that was skipped.

include("${CMAKE_CURRENT_LIST_DIR}/../consume/steps.cmake")

file(COPY "${PIBOOT}/script" DESTINATION "${WORK}")
file(WRITE "${WORK}/bin/apt-get" "#!/bin/sh\necho 'E: no network'\nexit 100\n")
file(CHMOD "${WORK}/bin/apt-get" PERMISSIONS OWNER_READ OWNER_EXECUTE)
file(WRITE "${WORK}/script/setup" "#!/bin/sh\n") # is script.setup's
set(no_network "${CMAKE_COMMAND}" -E env "PATH=${WORK}/bin:$ENV{PATH}")
step("no mirror answers" COMMAND ${no_network} script/newer-qemu FAILS EXPECT
    "script/newer-qemu: (no QEMU of [^ ]+ from [^ ]+|no mirror in this machine's apt sources) $")
step("it is counted" COMMAND ${no_network} script/test newer EXPECT
    "newer-qemu: skipped: none is to be had here, as told above [0-9]+ s after set-up 0 passed, 0 failed, 1 skipped $")
