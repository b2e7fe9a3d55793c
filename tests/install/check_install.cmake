# Installs into a fresh prefix and builds a program that knows nothing but that prefix, by
# find_package (shared, then static) and by pkg-config, and runs each.
#   cmake -DBUILD=... -DSOURCE=... -DCOMPILER=... -DC_FLAGS=... -DVERSION=... -DGENERATOR=... -P check_install.cmake
set(work "${CMAKE_CURRENT_BINARY_DIR}/installed")
file(REMOVE_RECURSE "${work}")
set(prefix "${work}/a prefix with spaces")

function(run)
    execute_process(COMMAND ${ARGN} RESULT_VARIABLE result OUTPUT_VARIABLE output ERROR_VARIABLE output)
    if(NOT result EQUAL 0)
        message(FATAL_ERROR "${ARGN}\n${output}\nexit status ${result}")
    endif()
    set(output "${output}" PARENT_SCOPE)
endfunction()

function(expect_version)
    if(NOT output STREQUAL "cornu ${VERSION}\n")
        message(FATAL_ERROR "the outside program printed '${output}', not 'cornu ${VERSION}'")
    endif()
endfunction()

run("${CMAKE_COMMAND}" --install "${BUILD}" --prefix "${prefix}")

foreach(kind IN ITEMS cornu static)
    run("${CMAKE_COMMAND}" -S "${SOURCE}/outside" -B "${work}/${kind}" -G "${GENERATOR}"
        "-DCMAKE_PREFIX_PATH=${prefix}"
        "-DCMAKE_C_COMPILER=${COMPILER}" "-DCMAKE_C_FLAGS=${C_FLAGS}" "-DLIBRARY_KIND=${kind}"
    )
    run("${CMAKE_COMMAND}" --build "${work}/${kind}")
    run("${work}/${kind}/outside")
    expect_version()
endforeach()

file(GLOB_RECURSE pc_file "${prefix}/*/cornu.pc")
cmake_path(GET pc_file PARENT_PATH pc_folder)
cmake_path(GET pc_folder PARENT_PATH library_folder)
set(ENV{PKG_CONFIG_PATH} "${pc_folder}")
run(pkg-config --cflags --libs cornu)
separate_arguments(flags UNIX_COMMAND "${output}")
separate_arguments(c_flags UNIX_COMMAND "${C_FLAGS}")
run("${COMPILER}" ${c_flags} "${SOURCE}/outside/main.c" -o "${work}/by_pkg_config" ${flags}
    "-Wl,-rpath,${library_folder}"
)
run("${work}/by_pkg_config")
expect_version()
