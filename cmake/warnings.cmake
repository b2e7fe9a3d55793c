# The warnings that every file of the project is built with.
add_library(cornu_warnings INTERFACE)
target_compile_options(
    cornu_warnings
    INTERFACE
        -Wall
        -Wextra
        -Wpedantic
        -Wshadow
        -Wconversion
        # sizes (size_t) and dimensions (int64_t) meet in every loop; casts at each would hide the code
        -Wno-sign-conversion
        # clang says which loops it could not vectorise; some call the C library and never can be
        $<$<C_COMPILER_ID:Clang>:-Wno-pass-failed>
        $<$<BOOL:${CORNU_WERROR}>:-Werror>
)
