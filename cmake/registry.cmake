# The registry scan: finds the ops and classes of the tree by their registration lines and writes one
# C file with a table of each kind. A source therefore never lists its users, and adding an op or a
# layer touches one file. SQLite makes its opcode table the same way.
#   CORNU_OP(tanh) {...}               in src/ops/          -> cornu_op_table_
#   CORNU_LAYER_CLASS(dense) = {...}   in layers/ and so on -> cornu_builtin_layers_
# The scanned files are dependencies of the configure step, so that a plain rebuild sees a new file,
# a second line in an old file, and a deletion.
set(CORNU_CLASS_KINDS
    layer
    loss
    optimizer
    schedule
    metric
    callback
    initializer
    regularizer
    constraint
    activation
)

# Names in lines `macro(name)` of the given files, sorted, into `out`; a name met twice is an error.
function(cornu_scan out macro)
    set(names)
    foreach(file IN LISTS ARGN)
        file(STRINGS "${file}" lines REGEX "^${macro}\\([a-z0-9_]+\\)")
        string(REGEX MATCHALL "(^|;)${macro}\\([a-z0-9_]+\\)" matches "${lines}")
        foreach(match IN LISTS matches)
            if(match MATCHES "\\(([a-z0-9_]+)\\)")
                set(name "${CMAKE_MATCH_1}")
                if(name IN_LIST names)
                    message(FATAL_ERROR "${macro}(${name}) stands twice; the second in ${file}")
                endif()
                list(APPEND names "${name}")
            endif()
        endforeach()
    endforeach()
    list(SORT names)
    set(${out} "${names}" PARENT_SCOPE)
    set_property(DIRECTORY "${PROJECT_SOURCE_DIR}" APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${ARGN})
endfunction()

# Writes one table: the extern declarations, the array and its count. C has no empty array, so an
# empty table holds one NULL and counts 0.
function(cornu_append_table out type symbol_prefix symbol_suffix table names)
    set(externs "")
    set(items "")
    foreach(name IN LISTS names)
        string(APPEND externs "extern const ${type} ${symbol_prefix}${name}${symbol_suffix};\n")
        string(APPEND items "    &${symbol_prefix}${name}${symbol_suffix},\n")
    endforeach()
    list(LENGTH names count)
    if(count EQUAL 0)
        set(items "    NULL,\n")
    endif()
    string(REGEX REPLACE "_$" "_count_" table_count "${table}")
    set(entry "${externs}extern const ${type} *const ${table}[];\nextern const size_t ${table_count};\n")
    string(APPEND entry "const ${type} *const ${table}[] = {\n${items}};\n")
    string(APPEND entry "const size_t ${table_count} = ${count};\n\n")
    set(${out} "${${out}}${entry}" PARENT_SCOPE)
endfunction()

function(cornu_write_registry path)
    file(GLOB_RECURSE op_files CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/src/ops/*.c")
    set(class_files)
    foreach(folder IN ITEMS layers losses optimizers metrics callbacks src/nn)
        file(GLOB_RECURSE found CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/${folder}/*.c")
        list(APPEND class_files ${found})
    endforeach()

    set(text "/* Written by cmake/registry.cmake from the registration lines of the tree. */\n")
    string(APPEND text "#include <cornu/extend.h>\n#include <stddef.h>\n\n#include \"graph/op.h\"\n\n")

    cornu_scan(ops CORNU_OP ${op_files})
    cornu_append_table(text cornu_op_class cornu_op_class_ _ cornu_op_table_ "${ops}")
    list(LENGTH ops count)
    set(summary "${count} ops")

    foreach(kind IN LISTS CORNU_CLASS_KINDS)
        string(TOUPPER "${kind}" upper)
        set(plural "${kind}s")
        if(kind STREQUAL "loss")
            set(plural "losses")
        endif()
        cornu_scan(names CORNU_${upper}_CLASS ${class_files})
        cornu_append_table(
            text cornu_${kind}_class cornu_${kind}_ _class cornu_builtin_${plural}_ "${names}"
        )
        list(LENGTH names count)
        string(APPEND summary ", ${count} ${plural}")
    endforeach()

    file(CONFIGURE OUTPUT "${path}" CONTENT "${text}" @ONLY) # touches the file only if it differs
    message(STATUS "registry: ${summary}")
endfunction()
