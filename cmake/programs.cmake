# cli/, examples/ and bench/: programs on the shared library and the public headers, nothing else.
# Code that several programs of a folder share stands in its support/ folder.
function(cornu_add_program target output folder)
    add_executable(${target} ${ARGN})
    target_link_libraries(${target} PRIVATE cornu cornu_warnings m)
    target_compile_definitions(${target} PRIVATE _GNU_SOURCE)
    set_target_properties(
        ${target} PROPERTIES OUTPUT_NAME ${output} RUNTIME_OUTPUT_DIRECTORY
                                                   "${PROJECT_BINARY_DIR}/${folder}"
    )
endfunction()

file(GLOB_RECURSE cli_sources CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/cli/*.c")
if(cli_sources)
    cornu_add_program(cornu_cli cornu cli ${cli_sources})
    target_include_directories(cornu_cli PRIVATE "${PROJECT_SOURCE_DIR}/cli")
    target_link_libraries(cornu_cli PRIVATE PkgConfig::CJSON)
    set_target_properties(
        cornu_cli PROPERTIES INSTALL_RPATH "$ORIGIN/../${CMAKE_INSTALL_LIBDIR}"
    )
endif()

set(CORNU_EXAMPLES)
foreach(folder IN ITEMS examples bench)
    file(GLOB sources CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/${folder}/*.c")
    file(GLOB support CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/${folder}/support/*.c")
    foreach(source IN LISTS sources)
        cmake_path(GET source STEM name)
        if(folder STREQUAL "examples")
            set(target example_${name})
            list(APPEND CORNU_EXAMPLES ${name})
        else()
            set(target bench_${name})
        endif()
        cornu_add_program(${target} ${name} ${folder} "${source}" ${support})
        target_include_directories(${target} PRIVATE "${PROJECT_SOURCE_DIR}/${folder}")
    endforeach()
endforeach()
# Its loops written by hand are built as the library's are, and run on as many threads.
if(TARGET bench_elementwise)
    target_compile_options(
        bench_elementwise PRIVATE -fno-math-errno -fno-trapping-math -ffp-contract=off
    )
    if(CORNU_OPENMP)
        target_link_libraries(bench_elementwise PRIVATE OpenMP::OpenMP_C)
    endif()
endif()
