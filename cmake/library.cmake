# libcornu.so and libcornu.a from one set of objects, in three groups that differ in what they see:
#   core     src/** without the cpu backend: public and private headers, no OpenMP, no oneDNN
#   cpu      src/backend/cpu: the same, with OpenMP, oneDNN and per-file instruction sets
#   classes  layers/ losses/ ...: public headers only, which proves that a user's class can do as much
file(GLOB_RECURSE core_sources CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/src/*.c")
file(GLOB_RECURSE cpu_sources CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/src/backend/cpu/*.c")
if(cpu_sources)
    list(REMOVE_ITEM core_sources ${cpu_sources})
endif()

# Files of protocol buffers: the messages, and what takes the place of their writers without them.
if(CORNU_HAVE_PROTOBUF)
    cornu_add_messages(src/export/onnx.proto)
    cornu_add_messages(src/save/event.proto)
    list(FILTER core_sources EXCLUDE REGEX "/src/(export/onnx|save/events)_missing\\.c$")
else()
    list(FILTER core_sources EXCLUDE REGEX "/src/save/(events|record|png)\\.c$")
    list(FILTER core_sources EXCLUDE REGEX "/src/export/onnx(_build|_ops|_window|_recurrent)?\\.c$")
endif()

set(class_sources)
foreach(folder IN ITEMS layers losses optimizers metrics callbacks)
    file(GLOB_RECURSE found CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/${folder}/*.c")
    list(APPEND class_sources ${found})
endforeach()

cornu_write_registry("${PROJECT_BINARY_DIR}/generated/registry_tables.c")
list(APPEND core_sources "${PROJECT_BINARY_DIR}/generated/registry_tables.c")

# name: the group; ARGN: its sources. Folders that do not exist yet make no group.
set(cornu_objects)
macro(cornu_add_objects name)
    if(NOT "${ARGN}" STREQUAL "")
        add_library(${name} OBJECT ${ARGN})
        target_include_directories(${name} PRIVATE "${PROJECT_SOURCE_DIR}/include")
        target_compile_definitions(${name} PRIVATE CORNU_BUILDING _GNU_SOURCE)
        target_link_libraries(${name} PRIVATE cornu_warnings)
        list(APPEND cornu_objects $<TARGET_OBJECTS:${name}>)
    endif()
endmacro()

cornu_add_objects(cornu_core ${core_sources})
target_include_directories(cornu_core PRIVATE "${PROJECT_SOURCE_DIR}/src")
target_include_directories(cornu_core SYSTEM PRIVATE "${RANDOM123_INCLUDE_DIR}")
target_link_libraries(
    cornu_core PRIVATE PkgConfig::CJSON PkgConfig::LIBZIP PkgConfig::ZLIB PkgConfig::HDF5
)
foreach(messages IN LISTS cornu_messages)
    list(APPEND cornu_objects $<TARGET_OBJECTS:${messages}>)
    add_dependencies(cornu_core ${messages})
endforeach()
if(CORNU_HAVE_PROTOBUF)
    target_include_directories(
        cornu_core SYSTEM PRIVATE "${PROJECT_BINARY_DIR}/generated/messages"
    )
    target_link_libraries(cornu_core PRIVATE PkgConfig::PROTOBUF_C)
endif()

# Pictures: each format through its library, where that is installed.
set(cornu_pictures)
foreach(format IN ITEMS PNG JPEG)
    if(${format}_FOUND)
        target_compile_definitions(cornu_core PRIVATE CORNU_HAVE_${format})
        target_link_libraries(cornu_core PRIVATE PkgConfig::${format})
        list(APPEND cornu_pictures PkgConfig::${format})
    endif()
endforeach()

cornu_add_objects(cornu_classes ${class_sources})

# Hot loops are built once per instruction set and chosen at run time: x_base.c for any machine,
# x_avx2.c and x_avx512.c for those x86-64 processors that have them.
if(NOT CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|amd64|AMD64)$")
    list(FILTER cpu_sources EXCLUDE REGEX "_avx(2|512)\\.c$")
endif()
cornu_add_objects(cornu_cpu ${cpu_sources})
if(TARGET cornu_cpu)
    target_include_directories(cornu_cpu PRIVATE "${PROJECT_SOURCE_DIR}/src")
    target_include_directories(cornu_cpu SYSTEM PRIVATE "${RANDOM123_INCLUDE_DIR}")
    # Loops vectorise only when math functions need not set errno and comparisons cannot trap; they
    # stay optimised in Debug, where tests would take minutes otherwise. NaN and infinity keep
    # their meaning: -ffast-math is not used.
    if(NOT CORNU_COVERAGE)
        target_compile_options(cornu_cpu PRIVATE -O3)
    endif()
    # Multiply-adds are written out where they are wanted: contraction by the compiler could round
    # the last elements of a row differently from those that fill vectors.
    target_compile_options(
        cornu_cpu PRIVATE -fno-math-errno -fno-trapping-math -ffp-contract=off
    )
    if(CORNU_OPENMP)
        target_link_libraries(cornu_cpu PRIVATE OpenMP::OpenMP_C)
    else()
        target_compile_options(cornu_cpu PRIVATE -Wno-unknown-pragmas)
    endif()
    if(CORNU_HAVE_ONEDNN)
        target_compile_definitions(cornu_cpu PRIVATE CORNU_HAVE_ONEDNN=1)
        target_link_libraries(cornu_cpu PRIVATE cornu_onednn)
    endif()
    foreach(source IN LISTS cpu_sources)
        if(source MATCHES "_avx2\\.c$")
            set_source_files_properties("${source}" PROPERTIES COMPILE_OPTIONS "-mavx2;-mfma")
        elseif(source MATCHES "_avx512\\.c$")
            set_source_files_properties(
                "${source}"
                PROPERTIES COMPILE_OPTIONS
                           "-mavx512f;-mavx512bw;-mavx512vl;-mavx512dq;-mavx2;-mfma;-mprefer-vector-width=512"
            )
        endif()
    endforeach()
endif()

# Random numbers are the same bits from every backend and on every machine: no fused products.
foreach(source IN LISTS core_sources cpu_sources)
    if(source MATCHES "/src/backend/[a-z]+/random[a-z0-9_]*\\.c$")
        set_property(SOURCE "${source}" APPEND PROPERTY COMPILE_OPTIONS -ffp-contract=off)
    endif()
endforeach()

add_library(cornu SHARED ${cornu_objects})
add_library(cornu_static STATIC ${cornu_objects})
set_target_properties(
    cornu PROPERTIES VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR}
                     LINKER_LANGUAGE C
)
set_target_properties(cornu_static PROPERTIES OUTPUT_NAME cornu EXPORT_NAME static LINKER_LANGUAGE C)

foreach(library IN ITEMS cornu cornu_static)
    target_include_directories(
        ${library} PUBLIC "$<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>"
                          "$<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>"
    )
    target_link_libraries(
        ${library}
        PRIVATE PkgConfig::CJSON
                PkgConfig::LIBZIP
                PkgConfig::ZLIB
                PkgConfig::HDF5
                ${cornu_pictures}
                Threads::Threads
                m
    )
    if(CORNU_HAVE_ONEDNN)
        target_link_libraries(${library} PRIVATE "${ONEDNN_LIBRARY}")
    endif()
    if(CORNU_OPENMP)
        target_link_libraries(${library} PRIVATE OpenMP::OpenMP_C)
    endif()
    if(CORNU_HAVE_PROTOBUF)
        target_link_libraries(${library} PRIVATE PkgConfig::PROTOBUF_C)
    endif()
endforeach()
add_library(cornu::cornu ALIAS cornu)
add_library(cornu::static ALIAS cornu_static)
