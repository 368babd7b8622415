# SPDX-License-Identifier: MIT
# results.awk counts ctest's tests, and nothing that a test printed.

include("${CMAKE_CURRENT_LIST_DIR}/../consume/steps.cmake")

file(WRITE "${WORK}/source/CMakeLists.txt" [[
cmake_minimum_required(VERSION 3.20)
project(count LANGUAGES NONE)
enable_testing()
set(nested "1/2 Test #1: a ....***Failed 1.0 sec\n2/2 Test #2: b .... Passed 1.0 sec\n
\t<testcase name=\"c\" status=\"fail\">\n\t\t<skipped message=\"SKIP_\"/>\n")
file(WRITE "${CMAKE_BINARY_DIR}/nested" "${nested}")
add_test(NAME good COMMAND "${CMAKE_COMMAND}" -E cat nested)
add_test(NAME bad COMMAND sh -c "cat nested; exit 1")
add_test(NAME absent COMMAND no-such-program)
add_test(NAME late COMMAND sleep 100)
set_tests_properties(late PROPERTIES TIMEOUT 1)
add_test(NAME waits-for-bad COMMAND "${CMAKE_COMMAND}" -E true)
set_tests_properties(bad PROPERTIES FIXTURES_SETUP bad)
set_tests_properties(waits-for-bad PROPERTIES FIXTURES_REQUIRED bad)
add_test(NAME "skipped & named" COMMAND "${CMAKE_COMMAND}" -E echo "piboot: skipped: there is no <moon>")
set_tests_properties("skipped & named" PROPERTIES SKIP_REGULAR_EXPRESSION "piboot: skipped:")
add_test(NAME also-good COMMAND "${CMAKE_COMMAND}" -E true)
]])
step("it configures" COMMAND "${CMAKE_COMMAND}" -S source -B build)
step("it is tested" COMMAND "${CMAKE_CTEST_COMMAND}" --test-dir build --output-junit tests.xml FAILS EXPECT "out of 7")
step("it is counted" COMMAND awk -f "${PIBOOT}/test/results.awk" build/tests.xml
    EXPECT "^2 4 1 skipped & named: there is no <moon> $")
file(WRITE "${WORK}/nothing" "")
step("nothing is counted as nothing" COMMAND awk -f "${PIBOOT}/test/results.awk" nothing EXPECT "^0 0 0 $")
