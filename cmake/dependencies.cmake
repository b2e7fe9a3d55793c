# What cornu stands on. Each is one imported target; which folder may use it is said in library.cmake.
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
pkg_check_modules(CJSON REQUIRED IMPORTED_TARGET libcjson)
pkg_check_modules(LIBZIP REQUIRED IMPORTED_TARGET libzip)
pkg_check_modules(ZLIB REQUIRED IMPORTED_TARGET zlib)
# Debian names the serial build 'hdf5' (an alternative) and always 'hdf5-serial'.
pkg_search_module(HDF5 REQUIRED IMPORTED_TARGET hdf5-serial hdf5)

# Pictures in folders (optional)
pkg_check_modules(PNG IMPORTED_TARGET libpng)
pkg_check_modules(JPEG IMPORTED_TARGET libjpeg)

find_path(RANDOM123_INCLUDE_DIR Random123/philox.h)
if(NOT RANDOM123_INCLUDE_DIR)
    message(FATAL_ERROR "Random123 is missing (header Random123/philox.h; Debian: librandom123-dev)")
endif()

# OpenMP comes from gcc's libgomp alone: oneDNN uses that pool, and a second one would fight it for
# the cores. Other compilers build the same loops without threads.
if(CMAKE_C_COMPILER_ID STREQUAL "GNU")
    option(CORNU_OPENMP "Threads in src/backend/cpu" ON)
else()
    option(CORNU_OPENMP "Threads in src/backend/cpu" OFF)
endif()
if(CORNU_OPENMP)
    find_package(OpenMP REQUIRED COMPONENTS C)
endif()

# Found by hand: the CMake package that oneDNN installs differs from version to version and asks for
# C++ packages that a C program has no use for.
set(CORNU_HAVE_ONEDNN OFF)
if(CORNU_ONEDNN STREQUAL "AUTO" OR CORNU_ONEDNN)
    find_path(ONEDNN_INCLUDE_DIR oneapi/dnnl/dnnl.h)
    find_library(ONEDNN_LIBRARY dnnl)
    if(ONEDNN_INCLUDE_DIR AND ONEDNN_LIBRARY)
        set(CORNU_HAVE_ONEDNN ON)
        add_library(cornu_onednn INTERFACE IMPORTED)
        target_include_directories(cornu_onednn INTERFACE "${ONEDNN_INCLUDE_DIR}")
        target_link_libraries(cornu_onednn INTERFACE "${ONEDNN_LIBRARY}")
    elseif(NOT CORNU_ONEDNN STREQUAL "AUTO")
        message(FATAL_ERROR "CORNU_ONEDNN=ON, but oneDNN is missing (Debian: libdnnl-dev)")
    endif()
endif()
message(STATUS "oneDNN: ${CORNU_HAVE_ONEDNN}, OpenMP: ${CORNU_OPENMP}")
