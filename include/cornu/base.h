/* What every cornu header needs: the export mark, keyword calls, memory hooks.
 *
 * Example:
 *
 *     if (strcmp(cornu_version(), CORNU_VERSION) != 0)
 *         printf("compiled with %s, linked with %s\n", CORNU_VERSION, cornu_version());
 */
#ifndef CORNU_BASE_H
#define CORNU_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CORNU_VERSION_MAJOR 0
#define CORNU_VERSION_MINOR 1
#define CORNU_VERSION_PATCH 0
#define CORNU_VERSION "0.1.0"

#if defined(__GNUC__) || defined(__clang__)
#define CORNU_API __attribute__((visibility("default")))
#define CORNU_PRINTF_(text, first) __attribute__((__format__(__printf__, text, first)))
#define CORNU_MUST_USE __attribute__((warn_unused_result))
#else
#define CORNU_API
#define CORNU_PRINTF_(text, first)
#define CORNU_MUST_USE
#endif

/* Keyword calls. A maker with keywords is a macro over a function that takes one argument struct:
 *
 *     cornu_layer_dense(128, .activation = "relu", .use_bias = false)
 *
 * The macro writes a compound literal in which the defaults come first and the caller's words
 * after, so that what the caller wrote wins. The pragmas silence the warning about exactly that,
 * and nothing else. Define CORNU_KW_ISO for compilers without statement expressions. */
#if (defined(__GNUC__) || defined(__clang__)) && !defined(CORNU_KW_ISO)
#define CORNU_KW_(...)                                                                             \
    __extension__({                                                                                \
        _Pragma("GCC diagnostic push")                                                             \
        _Pragma("GCC diagnostic ignored \"-Woverride-init\"")                                      \
        _Pragma("GCC diagnostic ignored \"-Wmissing-braces\"")                                     \
        __VA_ARGS__;                                                                               \
        _Pragma("GCC diagnostic pop")                                                              \
    })
#else
#define CORNU_KW_(...) (__VA_ARGS__)
#endif

/* A field of an argument struct. C takes its default from the keyword macro, C++ from the member
 * itself. */
#ifdef __cplusplus
#define CORNU_ARG(type, name, ...) type name = __VA_ARGS__
#else
#define CORNU_ARG(type, name, ...) type name
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* The version of the library that is linked, as text ("0.1.0"); static. */
CORNU_API const char *cornu_version(void);

/* Replaces the allocator of the library. Call it before anything else of cornu; the functions must
 * be thread-safe. `allocate` gets a size in bytes (at least 1) and an alignment (a power of two, at
 * least 16), and may return NULL, which the caller sees as CORNU_ENOMEM; `release` never gets NULL.
 * Both get `user`, which stays the caller's. NULL, NULL restores the default. */
CORNU_API void cornu_set_allocator(void *(*allocate)(size_t size, size_t alignment, void *user),
                                   void (*release)(void *memory, void *user), void *user);

/* `size` bytes of zeroed memory that cornu_free frees, for classes of one's own; NULL with
 * CORNU_ENOMEM pending. */
CORNU_API void *cornu_allocate(size_t size);

/* Frees memory that a cornu function returned as plain memory (texts, arrays). NULL is fine. */
CORNU_API void cornu_free(void *memory);

#ifdef __cplusplus
}
#endif
#endif
