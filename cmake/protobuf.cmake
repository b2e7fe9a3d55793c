# Messages of protocol buffers, in C by protobuf-c: the ONNX export and event files for
# TensorBoard. Without protobuf-c the library says so when it is asked for one.
#   cornu_add_messages(src/export/onnx.proto)    adds an object library to `cornu_messages`
set(CORNU_PROTOBUF AUTO CACHE STRING "Files of protocol buffers (ONNX, TensorBoard): AUTO (if found), ON, OFF")
set(CORNU_HAVE_PROTOBUF OFF)
set(cornu_messages)
if(CORNU_PROTOBUF STREQUAL "AUTO" OR CORNU_PROTOBUF)
    pkg_check_modules(PROTOBUF_C IMPORTED_TARGET libprotobuf-c)
    find_program(PROTOC_C NAMES protoc-c protoc-gen-c)
    if(PROTOBUF_C_FOUND AND PROTOC_C)
        set(CORNU_HAVE_PROTOBUF ON)
    elseif(NOT CORNU_PROTOBUF STREQUAL "AUTO")
        message(FATAL_ERROR "CORNU_PROTOBUF=ON, but protobuf-c is missing "
                            "(Debian: libprotobuf-c-dev, protobuf-c-compiler)"
        )
    endif()
endif()
message(STATUS "protobuf-c: ${CORNU_HAVE_PROTOBUF}")

# The generated code is compiled without our warnings.
function(cornu_add_messages proto)
    get_filename_component(name "${proto}" NAME_WE)
    get_filename_component(folder "${PROJECT_SOURCE_DIR}/${proto}" DIRECTORY)
    set(generated "${PROJECT_BINARY_DIR}/generated/messages")
    file(MAKE_DIRECTORY "${generated}")
    add_custom_command(
        OUTPUT "${generated}/${name}.pb-c.c" "${generated}/${name}.pb-c.h"
        COMMAND "${PROTOC_C}" "--proto_path=${folder}" "--c_out=${generated}" "${name}.proto"
        DEPENDS "${PROJECT_SOURCE_DIR}/${proto}"
        VERBATIM
    )
    add_library(cornu_${name} OBJECT "${generated}/${name}.pb-c.c" "${generated}/${name}.pb-c.h")
    target_link_libraries(cornu_${name} PRIVATE PkgConfig::PROTOBUF_C)
    set(cornu_messages ${cornu_messages} cornu_${name} PARENT_SCOPE)
endfunction()
