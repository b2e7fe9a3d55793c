# fuzz/: one target per kind of file. With CORNU_FUZZ (clang) each is a libFuzzer program, fuzz_NAME,
# and the whole tree is instrumented; otherwise it is linked with support/replay.c, and a test runs
# it on every seed. tools/fuzz makes the seeds and does the rest.
if(NOT CORNU_FUZZ AND NOT CORNU_TESTING)
    return()
endif()
file(GLOB fuzz_targets CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/fuzz/*.c")
set(CORNU_FUZZ_TARGETS)
foreach(source IN LISTS fuzz_targets)
    cmake_path(GET source STEM name)
    list(APPEND CORNU_FUZZ_TARGETS ${name})
    add_executable(fuzz_${name} "${source}" "${PROJECT_SOURCE_DIR}/fuzz/support/fuzz.c")
    target_include_directories(
        fuzz_${name} PRIVATE "${PROJECT_SOURCE_DIR}/fuzz" "${PROJECT_SOURCE_DIR}/src"
    )
    target_compile_definitions(fuzz_${name} PRIVATE _GNU_SOURCE)
    target_link_libraries(
        fuzz_${name} PRIVATE cornu_static cornu_warnings PkgConfig::CJSON
    )
    add_dependencies(fuzz_${name} cornu_reader)
    set_target_properties(
        fuzz_${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/fuzz"
    )
    if(CORNU_FUZZ)
        target_link_options(fuzz_${name} PRIVATE -fsanitize=fuzzer)
    else()
        target_sources(fuzz_${name} PRIVATE "${PROJECT_SOURCE_DIR}/fuzz/support/replay.c")
    endif()
endforeach()
