# A plain rebuild sees a new op, a second op in an old file, a new layer, and a deletion; a name
# registered twice stops the configure step.
#   cmake -DSOURCE=tests/build -DROOT=... -DCOMPILER=... -DGENERATOR=... -P check_registry.cmake
set(tree "${CMAKE_CURRENT_BINARY_DIR}/tree")
file(REMOVE_RECURSE "${tree}")
file(COPY "${SOURCE}/tree" DESTINATION "${CMAKE_CURRENT_BINARY_DIR}")
file(COPY "${ROOT}/include" DESTINATION "${tree}")
file(COPY "${ROOT}/src/" DESTINATION "${tree}/src" FILES_MATCHING PATTERN "*.h")
set(passed 0)

function(build)
    execute_process(
        COMMAND "${CMAKE_COMMAND}" --build "${tree}/build" RESULT_VARIABLE result
        OUTPUT_VARIABLE output ERROR_VARIABLE output
    )
    set(result "${result}" PARENT_SCOPE)
    set(output "${output}" PARENT_SCOPE)
endfunction()

function(expect claim wanted)
    build()
    if(NOT result EQUAL 0)
        message(FATAL_ERROR "${claim}: the build fails\n${output}")
    endif()
    execute_process(COMMAND "${tree}/build/tree" OUTPUT_VARIABLE got OUTPUT_STRIP_TRAILING_WHITESPACE)
    if(NOT got STREQUAL wanted)
        message(FATAL_ERROR "${claim}: the tables hold '${got}' instead of '${wanted}'")
    endif()
    math(EXPR passed "${passed} + 1")
    set(passed ${passed} PARENT_SCOPE)
endfunction()

# op(file name): appends an op to a file of src/ops/
function(op file name)
    file(APPEND "${tree}/src/ops/${file}" "#include \"graph/op.h\"\nCORNU_OP(${name}) {.name = \"${name}\"};\n")
endfunction()

op(sine.c sine)
execute_process(
    COMMAND "${CMAKE_COMMAND}" -S "${tree}" -B "${tree}/build" -G "${GENERATOR}" "-DREGISTRY=${ROOT}/cmake/registry.cmake"
            "-DCMAKE_C_COMPILER=${COMPILER}"
    OUTPUT_QUIET COMMAND_ERROR_IS_FATAL ANY
)
expect("the first op is in the table, and an empty table compiles" "sine |")
op(cosine.c cosine)
expect("a new file is seen" "cosine sine |")
# file times count whole seconds on some systems
execute_process(COMMAND "${CMAKE_COMMAND}" -E sleep 1)
op(sine.c arcsine)
expect("a second op in an old file is seen" "arcsine cosine sine |")
file(MAKE_DIRECTORY "${tree}/layers/core")
file(WRITE "${tree}/layers/core/dense.c"
     "#include <cornu/extend.h>\nCORNU_LAYER_CLASS(dense) {.name = \"Dense\"};\n"
     "    /* CORNU_LAYER_CLASS(indented) is no registration */\n"
)
expect("a new layer is seen" "arcsine cosine sine | Dense")
file(REMOVE "${tree}/src/ops/cosine.c")
expect("a deletion is seen" "arcsine sine | Dense")
op(again.c sine)
build()
if(result EQUAL 0 OR NOT output MATCHES "CORNU_OP\\(sine\\) stands twice")
    message(FATAL_ERROR "a name registered twice is not refused\n${output}")
endif()
math(EXPR passed "${passed} + 1")
execute_process(COMMAND ${CMAKE_COMMAND} -E echo "${passed} passed, 0 failed")
