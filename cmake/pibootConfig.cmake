# SPDX-License-Identifier: MIT
# find_package(piboot CONFIG) reads this. What is installed is laid out as in the source tree.

include("${CMAKE_CURRENT_LIST_DIR}/piboot.cmake")
