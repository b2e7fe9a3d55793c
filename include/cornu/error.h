/* Errors: a status to act on, one message to read.
 *
 * Verbs return a cornu_status; makers return the object or NULL. The message is kept per thread and
 * grows outwards, so that it tells the whole way: "fit, epoch 1: layer 'hidden' (Dense): matmul:
 * inner sizes differ, 784 and 128". A call that gets NULL where it wants an object (because an
 * earlier maker failed) returns NULL or the first error's status and keeps the first message; one
 * check at the end of a chain is enough.
 *
 * Example:
 *
 *     #include <cornu/cornu.h>
 *
 *     int main(void) {
 *         cornu_tensor *x = cornu_op_ones(cornu_shape(2, 3), CORNU_FLOAT32);
 *         cornu_tensor *product = cornu_op_matmul(x, x);  // 3 columns, 2 rows: NULL
 *         cornu_tensor *y = cornu_op_tanh(product);       // NULL again, the message stays
 *         if (y || cornu_error_status() != CORNU_ESHAPE) return 1;
 *         printf("%s\n", cornu_error_message());
 *         cornu_error_clear();                            // handled
 *     }
 */
#ifndef CORNU_ERROR_H
#define CORNU_ERROR_H

#include <cornu/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Every status: enumerator, value, what it means. The library itself never sets CORNU_ECANCELED: it
 * is for callbacks and programs. */
#define CORNU_STATUS_LIST(X)                                                                       \
    X(CORNU_OK, 0, "success")                                                                      \
    X(CORNU_ENOMEM, 1, "out of memory")                                                            \
    X(CORNU_EINVAL, 2, "an argument has a value that does not fit")                                \
    X(CORNU_ESHAPE, 3, "shapes do not fit")                                                        \
    X(CORNU_EDTYPE, 4, "data types do not fit")                                                    \
    X(CORNU_EUNKNOWN, 5, "a name is not known")                                                    \
    X(CORNU_ESTATE, 6, "the object is not in the state that the call needs")                       \
    X(CORNU_EIO, 7, "reading or writing failed")                                                   \
    X(CORNU_EFORMAT, 8, "a file is damaged or not of the expected format")                         \
    X(CORNU_EUNSUPPORTED, 9, "not supported")                                                      \
    X(CORNU_ENAN, 10, "a value became NaN or infinite")                                            \
    X(CORNU_ECANCELED, 11, "stopped by a callback or a signal")

typedef enum cornu_status {
#define CORNU_STATUS_ENUM_(name, value, text) name = value,
    CORNU_STATUS_LIST(CORNU_STATUS_ENUM_)
#undef CORNU_STATUS_ENUM_
} cornu_status;

/* The enumerator's name ("CORNU_ESHAPE") and its meaning ("shapes do not fit"). Static texts;
 * "unknown status" for another number. */
CORNU_API const char *cornu_status_name(cornu_status status);
CORNU_API const char *cornu_status_text(cornu_status status);

/* The calling thread's pending error: CORNU_OK and "" if there is none. The text is *borrowed*
 * until the next error of the thread. A call that succeeds leaves the pending error as it is. */
CORNU_API cornu_status cornu_error_status(void);
CORNU_API const char *cornu_error_message(void);

/* Forgets the pending error; whoever handles an error calls it. Until then, makers take an object
 * among their arguments that is NULL for one that could not be made, and fail. */
CORNU_API void cornu_error_clear(void);

/* Sets the pending error (in place of an older one that nobody cleared) and returns `status`.
 * `file` and `line` close the message: "... (matmul.c:41)"; `file` may be NULL. Messages are cut at
 * 767 bytes. */
CORNU_API cornu_status
cornu_error_set(cornu_status status, const char *file, int line, const char *format, ...)
    CORNU_PRINTF_(4, 5);
/* For a call that was handed NULL: keeps the pending error if there is one (an earlier maker
 * failed), otherwise sets CORNU_EINVAL "WHAT is NULL". Returns the pending status. */
CORNU_API cornu_status cornu_error_null(const char *what);
/* Puts "context: " before the pending message and returns the pending status; does nothing if there
 * is none (CORNU_OK), or if the message is full (1023 bytes). */
CORNU_API cornu_status cornu_error_context(const char *format, ...) CORNU_PRINTF_(1, 2);

/* Sets an error and returns it from a function that returns cornu_status; _NULL from one that
 * returns a pointer. The status is named again, so that compilers and linters see that it is not
 * CORNU_OK. */
#define CORNU_FAIL(status, ...)                                                                    \
    return (void)cornu_error_set((status), __FILE__, __LINE__, __VA_ARGS__), (status)
#define CORNU_FAIL_NULL(status, ...)                                                               \
    return (void)cornu_error_set((status), __FILE__, __LINE__, __VA_ARGS__), NULL

/* Returns a failed status to the caller, with context if a format is given (and up to six values
 * for it):
 *
 *     CORNU_TRY(cornu_layer_build(layer, &shape, 1), "layer '%s'", cornu_layer_name(layer));
 */
#define CORNU_TRY(...) CORNU_TRY_PICK_(__VA_ARGS__, CORNU_TRY_N_, CORNU_TRY_N_, CORNU_TRY_N_,      \
    CORNU_TRY_N_,                                                                                  \
                                       CORNU_TRY_N_, CORNU_TRY_N_, CORNU_TRY_1_, 0)(__VA_ARGS__)
#define CORNU_TRY_PICK_(a, b, c, d, e, f, g, pick, ...) pick
#define CORNU_TRY_1_(expression)                                                                   \
    do {                                                                                           \
        cornu_status status_ = (expression);                                                       \
        if (status_ != CORNU_OK) return status_;                                                   \
    } while (0)
#define CORNU_TRY_N_(expression, ...)                                                              \
    do {                                                                                           \
        cornu_status status_ = (expression);                                                       \
        if (status_ != CORNU_OK) return (void)cornu_error_context(__VA_ARGS__), status_;           \
    } while (0)

/* ---- warnings -------------------------------------------------------------------------------- */
/* What is allowed and yet may not be what was meant: a layer that knows nothing of masks is given
 * one. Warnings go to a handler, one for the process: by default it writes "cornu: warning: ..." to
 * standard error (Python: warnings.warn). NULL brings that one back. A handler may be called by
 * several threads at once; `message` is *borrowed* during the call. */
typedef void cornu_warning_handler(const char *message, void *user);
CORNU_API void cornu_on_warning(cornu_warning_handler *handler, void *user);
/* Warns. Messages are cut at 767 bytes. */
CORNU_API void cornu_warn(const char *format, ...) CORNU_PRINTF_(1, 2);

/* For programs, not for libraries: prints the message to standard error and exits with status 1 if
 * the call failed. Takes a status or any pointer (NULL is failure). */
#ifndef __cplusplus
#define cornu_check(result)                                                                        \
    _Generic((result), cornu_status: cornu_check_status_, int: cornu_check_int_,                   \
        default: cornu_check_pointer_)((result), __FILE__, __LINE__)
#endif
CORNU_API void cornu_check_status_(cornu_status status, const char *file, int line);
CORNU_API void cornu_check_int_(int status, const char *file, int line);
CORNU_API void cornu_check_pointer_(const void *object, const char *file, int line);

#ifdef __cplusplus
}
#endif
#endif
