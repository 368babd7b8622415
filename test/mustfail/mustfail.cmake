# SPDX-License-Identifier: MIT
# Runs a command that must fail with a message that matches MESSAGE, a regex, and not NOT_ALSO if there is one; with an
# empty MESSAGE it must succeed.
# cmake -DMESSAGE=<regex> [-DNOT_ALSO=<regex>] -P mustfail.cmake -- <command> <argument>...

set(command "")
set(seen OFF)
math(EXPR last "${CMAKE_ARGC} - 1")
foreach(i RANGE ${last})
    if(seen)
        list(APPEND command "${CMAKE_ARGV${i}}")
    elseif("${CMAKE_ARGV${i}}" STREQUAL "--")
        set(seen ON)
    endif()
endforeach()

set(ENV{LC_ALL} C) # plain quotes in messages
execute_process(COMMAND ${command} RESULT_VARIABLE status OUTPUT_VARIABLE output ERROR_VARIABLE output)
list(JOIN command " " line)
message("${line}\n${output}")

if("${MESSAGE}" STREQUAL "")
    if(NOT status EQUAL 0)
        message(FATAL_ERROR "It must build, and did not.")
    endif()
    return()
endif()
if(status EQUAL 0)
    message(FATAL_ERROR "It must not build, and did.")
endif()
# A blank in MESSAGE matches a line's end, too.
string(REGEX REPLACE "[ \t\r\n]+" " " output "${output}")
if(NOT output MATCHES "${MESSAGE}")
    message(FATAL_ERROR "It did not build, but its message has no match for: ${MESSAGE}")
endif()
if(NOT "${NOT_ALSO}" STREQUAL "" AND output MATCHES "${NOT_ALSO}")
    message(FATAL_ERROR "Its message also says what is not wrong: ${CMAKE_MATCH_0}")
endif()
