# cornu-read, the program in which libhdf5 looks at files that nobody vouches for. It starts once per
# file, so it takes from the library only what it uses and loads neither oneDNN nor OpenMP. With
# libhdf5 inside it starts eight times as fast: the shared one brings the clients of network
# protocols along.
include(CheckSourceCompiles)
find_library(HDF5_ARCHIVE NAMES libhdf5.a libhdf5_serial.a HINTS ${HDF5_LIBRARY_DIRS})
set(reader_hdf5 PkgConfig::HDF5)
if(HDF5_ARCHIVE)
    set(inside "${HDF5_ARCHIVE}" sz PkgConfig::ZLIB Threads::Threads m ${CMAKE_DL_LIBS})
    set(CMAKE_REQUIRED_INCLUDES ${HDF5_INCLUDE_DIRS})
    set(CMAKE_REQUIRED_LIBRARIES ${inside})
    check_source_compiles(
        C "#include <hdf5.h>\nint main(void) { return H5open() < 0; }" CORNU_HDF5_INSIDE
    )
    unset(CMAKE_REQUIRED_INCLUDES)
    unset(CMAKE_REQUIRED_LIBRARIES)
    if(CORNU_HDF5_INSIDE)
        set(reader_hdf5 ${inside})
    endif()
endif()

file(GLOB reader_sources CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/reader/*.c")
add_executable(cornu_reader ${reader_sources})
add_dependencies(cornu_reader cornu_static)
target_include_directories(
    cornu_reader PRIVATE "${PROJECT_SOURCE_DIR}/include" "${PROJECT_SOURCE_DIR}/src"
                         ${HDF5_INCLUDE_DIRS}
)
target_compile_definitions(cornu_reader PRIVATE _GNU_SOURCE)
target_link_libraries(
    cornu_reader PRIVATE cornu_warnings $<TARGET_FILE:cornu_static> ${reader_hdf5} Threads::Threads m
)
set_target_properties(
    cornu_reader PROPERTIES OUTPUT_NAME cornu-read RUNTIME_OUTPUT_DIRECTORY
                                                   "${PROJECT_BINARY_DIR}/libexec/cornu"
)
# the library starts it, so building the library builds it
add_dependencies(cornu cornu_reader)
