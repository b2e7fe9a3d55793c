# Compiles every public header alone, as a user's first and only include.
#   cmake -DCOMPILER=... -DSTANDARD=c17 -DINCLUDE=... [-DOPTIONS=...] -P check_headers.cmake
file(GLOB_RECURSE headers RELATIVE "${INCLUDE}" "${INCLUDE}/*.h")
if(STANDARD MATCHES "\\+\\+")
    set(language c++)
else()
    set(language c)
endif()

set(failed 0)
list(LENGTH headers count)
foreach(header IN LISTS headers)
    file(WRITE "header.${language}" "#include <${header}>\n")
    execute_process(
        COMMAND
            "${COMPILER}" -x ${language} -std=${STANDARD} -Wall -Wextra -Wpedantic -Wshadow
            -Wconversion -Werror ${OPTIONS} -I "${INCLUDE}" -fsyntax-only "header.${language}"
        RESULT_VARIABLE result
    )
    if(NOT result EQUAL 0)
        message("${header} does not compile alone as ${STANDARD}")
        math(EXPR failed "${failed} + 1")
    endif()
endforeach()
math(EXPR passed "${count} - ${failed}")
execute_process(COMMAND ${CMAKE_COMMAND} -E echo "${passed} passed, ${failed} failed")
if(failed GREATER 0 OR count EQUAL 0)
    message(FATAL_ERROR "public headers must stand alone")
endif()
