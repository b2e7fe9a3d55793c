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
        $<$<BOOL:${CORNU_WERROR}>:-Werror>
)
