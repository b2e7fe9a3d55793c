# Compiles the examples in the public headers, and runs those that are whole programs.
#   cmake -DCOMPILER=... -DINCLUDE=... -DLIBRARY=... [-DC_FLAGS=...] -P check_header_examples.cmake
#
# An example is what a comment indents by four more spaces after a line " * Example:" and an empty
# one. With a main function it is a program: it is compiled, linked with the library and run, and
# must exit with 0. Without, it is a part of one: it is compiled as the inside of a function that
# has a model, tensors x and y, and a dataset. Headers without an example are named at the end, but
# for those in `umbrellas`, which only include others.
cmake_policy(SET CMP0057 NEW) # IN_LIST
set(umbrellas cornu.h layers.h)
set(head "#include <cornu/cornu.h>\n#include <stdio.h>\n#include <stdlib.h>\n#include <string.h>\n")
set(begin
    "void example(cornu_model *, cornu_tensor *, cornu_tensor *, cornu_dataset *);
void example(cornu_model *model, cornu_tensor *x, cornu_tensor *y, cornu_dataset *dataset) {
(void)model, (void)x, (void)y, (void)dataset;
{\n"
)
set(end "}\n}\n")
set(warnings -std=gnu17 -Wall -Wextra -Wpedantic -Wconversion -Wno-sign-conversion -Werror)
# a part of a program makes values that only the rest would use
set(part_warnings -Wno-unused-variable -Wno-unused-but-set-variable)
separate_arguments(flags UNIX_COMMAND "${C_FLAGS}")
cmake_path(GET LIBRARY PARENT_PATH library_folder)

set(passed 0)
set(failed 0)
set(programs 0)
macro(fail what)
    message("${what}")
    math(EXPR failed "${failed} + 1")
endmacro()

file(GLOB_RECURSE headers RELATIVE "${INCLUDE}/cornu" "${INCLUDE}/cornu/*.h")
foreach(header IN LISTS headers)
    file(READ "${INCLUDE}/cornu/${header}" text)
    set(number 0)
    while(text MATCHES "\n \\* Example:\n \\*\n")
        string(FIND "${text}" "\n * Example:\n *\n" start)
        math(EXPR start "${start} + 16")
        string(SUBSTRING "${text}" ${start} -1 text)
        # up to the first line that is neither empty nor indented
        string(REGEX MATCH "\n \\*( ? ? ?[^ \n]|/)" rest "\n${text}")
        string(FIND "\n${text}" "${rest}" length)
        string(SUBSTRING "\n${text}" 0 ${length} code)
        string(REGEX REPLACE "\n \\*(     )?" "\n" code "${code}")
        math(EXPR number "${number} + 1")
        set(place "example ${number} of ${header}")
        if(code MATCHES "int main\\(")
            math(EXPR programs "${programs} + 1")
            file(WRITE example.c "${code}\n")
            execute_process(
                COMMAND "${COMPILER}" ${warnings} -Wshadow ${flags} -I "${INCLUDE}" example.c
                        -o example "${LIBRARY}" "-Wl,-rpath,${library_folder}" -lm
                RESULT_VARIABLE result
            )
            if(NOT result EQUAL 0)
                fail("${place} does not compile")
                continue()
            endif()
            execute_process(
                COMMAND ./example RESULT_VARIABLE result OUTPUT_VARIABLE output
                ERROR_VARIABLE output
            )
            if(NOT result EQUAL 0)
                fail("${place} exits with ${result}:\n${output}")
                continue()
            endif()
        else()
            file(WRITE example.c "${head}#include <cornu/${header}>\n${begin}${code}\n${end}")
            execute_process(
                COMMAND "${COMPILER}" ${warnings} ${part_warnings} -I "${INCLUDE}" -fsyntax-only
                        example.c
                RESULT_VARIABLE result
            )
            if(NOT result EQUAL 0)
                fail("${place} does not compile")
                continue()
            endif()
        endif()
        math(EXPR passed "${passed} + 1")
    endwhile()
    if(number EQUAL 0 AND NOT header IN_LIST umbrellas)
        list(APPEND without ${header})
    endif()
endforeach()
execute_process(COMMAND ${CMAKE_COMMAND} -E echo
    "${passed} passed, ${failed} failed; ${programs} are programs; no example in: ${without}"
)
if(failed GREATER 0 OR programs EQUAL 0)
    message(FATAL_ERROR "the examples in the public headers must work")
endif()
