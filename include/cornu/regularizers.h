/* Terms that are added to the loss. https://keras.io/api/layers/regularizers/
 *
 * Makers are *new*; a layer takes what it is given. CORNU_EINVAL for a factor that is negative or
 * not finite; CORNU_ENOMEM.
 *
 * Example:
 *
 *     cornu_layer *dense = cornu_layer_dense(64,
 *         .kernel_regularizer = cornu_regularizer_l2(1e-4),           // taken
 *         .activity_regularizer = cornu_regularizer_l1_l2(.l1 = 1e-5));
 */
#ifndef CORNU_REGULARIZERS_H
#define CORNU_REGULARIZERS_H

#include <cornu/extend.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The term for a weight of any shape, a scalar belonging to the scope. */
CORNU_API cornu_tensor *
cornu_regularizer_call(cornu_regularizer *regularizer, cornu_tensor *weight);

/* l1 * sum(|w|) */
typedef struct cornu_regularizer_l1_args {
    CORNU_ARG(size_t, size_, sizeof(cornu_regularizer_l1_args));
    CORNU_ARG(double, l1, 0.01);
} cornu_regularizer_l1_args;
#define CORNU_REGULARIZER_L1_DEFAULTS .size_ = sizeof(cornu_regularizer_l1_args), .l1 = 0.01
CORNU_API cornu_regularizer *cornu_regularizer_l1_new(const cornu_regularizer_l1_args *args);

/* l2 * sum(w^2) */
typedef struct cornu_regularizer_l2_args {
    CORNU_ARG(size_t, size_, sizeof(cornu_regularizer_l2_args));
    CORNU_ARG(double, l2, 0.01);
} cornu_regularizer_l2_args;
#define CORNU_REGULARIZER_L2_DEFAULTS .size_ = sizeof(cornu_regularizer_l2_args), .l2 = 0.01
CORNU_API cornu_regularizer *cornu_regularizer_l2_new(const cornu_regularizer_l2_args *args);

/* Both: cornu_regularizer_l1_l2(.l1 = 1e-5, .l2 = 1e-4) */
typedef struct cornu_regularizer_l1_l2_args {
    CORNU_ARG(size_t, size_, sizeof(cornu_regularizer_l1_l2_args));
    CORNU_ARG(double, l1, 0);
    CORNU_ARG(double, l2, 0);
} cornu_regularizer_l1_l2_args;
#define CORNU_REGULARIZER_L1_L2_DEFAULTS .size_ = sizeof(cornu_regularizer_l1_l2_args)
CORNU_API cornu_regularizer *cornu_regularizer_l1_l2_new(const cornu_regularizer_l1_l2_args *args);

/* factor * the mean of |cosine| between any two rows, or columns, of a matrix: draws them towards
 * right angles. */
typedef struct cornu_regularizer_orthogonal_regularizer_args {
    CORNU_ARG(size_t, size_, sizeof(cornu_regularizer_orthogonal_regularizer_args));
    CORNU_ARG(double, factor, 0.01);
    CORNU_ARG(const char *, mode, "rows"); /* or "columns" */
} cornu_regularizer_orthogonal_regularizer_args;
#define CORNU_REGULARIZER_ORTHOGONAL_REGULARIZER_DEFAULTS                                          \
    .size_ = sizeof(cornu_regularizer_orthogonal_regularizer_args), .factor = 0.01, .mode = "rows"
CORNU_API cornu_regularizer *cornu_regularizer_orthogonal_regularizer_new(
    const cornu_regularizer_orthogonal_regularizer_args *args
);

#ifndef __cplusplus
#define CORNU_REGULARIZER_KW_(name, NAME, ...)                                                     \
    CORNU_KW_(cornu_regularizer_##name##_new(                                                      \
        &(cornu_regularizer_##name##_args){CORNU_REGULARIZER_##NAME##_DEFAULTS, __VA_ARGS__}))
#define cornu_regularizer_l1(...) CORNU_REGULARIZER_KW_(l1, L1, .l1 = __VA_ARGS__)
#define cornu_regularizer_l2(...) CORNU_REGULARIZER_KW_(l2, L2, .l2 = __VA_ARGS__)
#define cornu_regularizer_l1_l2(...) CORNU_REGULARIZER_KW_(l1_l2, L1_L2, __VA_ARGS__)
#define cornu_regularizer_orthogonal_regularizer(...)                                              \
    CORNU_REGULARIZER_KW_(orthogonal_regularizer, ORTHOGONAL_REGULARIZER, __VA_ARGS__)
#endif

#ifdef __cplusplus
}
#endif
#endif
