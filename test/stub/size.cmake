# SPDX-License-Identifier: MIT
# Ends the build when a file is larger than it says it is. cmake -DFILE= -DMAX_SIZE= -P size.cmake

file(SIZE "${FILE}" size)
if(size GREATER MAX_SIZE)
    message(FATAL_ERROR "${FILE} has ${size} bytes; it must stay within ${MAX_SIZE}.")
endif()
