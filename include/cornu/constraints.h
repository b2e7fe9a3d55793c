/* What weights must fulfil after each update. https://keras.io/api/layers/constraints/
 *
 * Makers are *new*; a layer takes what it is given. The length of a column is taken over `axis`: 0
 * for a dense kernel [in, out], cornu_axes(0, 1, 2) for that of a 2D convolution [height, width,
 * in, out]. CORNU_EINVAL for a bound or a rate out of range; CORNU_ENOMEM.
 *
 * Example:
 *
 *     cornu_layer *dense = cornu_layer_dense(64,
 *         .kernel_constraint = cornu_constraint_max_norm(2), // taken
 *         .bias_constraint = cornu_constraint_non_neg());
 */
#ifndef CORNU_CONSTRAINTS_H
#define CORNU_CONSTRAINTS_H

#include <cornu/extend.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The weight as the constraint wants it, of the same shape, belonging to the scope. CORNU_EINVAL
 * for an axis that the weight does not have. */
CORNU_API cornu_tensor *cornu_constraint_call(cornu_constraint *constraint, cornu_tensor *weight);

/* Columns longer than max_value are scaled down to it. */
typedef struct cornu_constraint_max_norm_args {
    CORNU_ARG(size_t, size_, sizeof(cornu_constraint_max_norm_args));
    CORNU_ARG(double, max_value, 2);
    CORNU_ARG(cornu_axes, axis, {});
} cornu_constraint_max_norm_args;
#define CORNU_CONSTRAINT_MAX_NORM_DEFAULTS                                                         \
    .size_ = sizeof(cornu_constraint_max_norm_args), .max_value = 2, .axis = {.count = 1}
CORNU_API cornu_constraint *
cornu_constraint_max_norm_new(const cornu_constraint_max_norm_args *args);

/* Lengths are moved towards min_value .. max_value, by the part `rate` of the way. */
typedef struct cornu_constraint_min_max_norm_args {
    CORNU_ARG(size_t, size_, sizeof(cornu_constraint_min_max_norm_args));
    CORNU_ARG(double, min_value, 0);
    CORNU_ARG(double, max_value, 1);
    CORNU_ARG(double, rate, 1);
    CORNU_ARG(cornu_axes, axis, {});
} cornu_constraint_min_max_norm_args;
#define CORNU_CONSTRAINT_MIN_MAX_NORM_DEFAULTS                                                     \
    .size_ = sizeof(cornu_constraint_min_max_norm_args), .max_value = 1, .rate = 1,                \
    .axis = {.count = 1}
CORNU_API cornu_constraint *
cornu_constraint_min_max_norm_new(const cornu_constraint_min_max_norm_args *args);

/* Every column gets the length 1. */
typedef struct cornu_constraint_unit_norm_args {
    CORNU_ARG(size_t, size_, sizeof(cornu_constraint_unit_norm_args));
    CORNU_ARG(cornu_axes, axis, {});
} cornu_constraint_unit_norm_args;
#define CORNU_CONSTRAINT_UNIT_NORM_DEFAULTS                                                        \
    .size_ = sizeof(cornu_constraint_unit_norm_args), .axis = {.count = 1}
CORNU_API cornu_constraint *
cornu_constraint_unit_norm_new(const cornu_constraint_unit_norm_args *args);

/* Negative elements become 0. */
CORNU_API cornu_constraint *cornu_constraint_non_neg(void);

#ifndef __cplusplus
#define CORNU_CONSTRAINT_KW_(name, NAME, ...)                                                      \
    CORNU_KW_(cornu_constraint_##name##_new(                                                       \
        &(cornu_constraint_##name##_args){CORNU_CONSTRAINT_##NAME##_DEFAULTS, __VA_ARGS__}))
#define cornu_constraint_max_norm(...)                                                             \
    CORNU_CONSTRAINT_KW_(max_norm, MAX_NORM, .max_value = __VA_ARGS__)
#define cornu_constraint_min_max_norm(...)                                                         \
    CORNU_CONSTRAINT_KW_(min_max_norm, MIN_MAX_NORM, __VA_ARGS__)
#define cornu_constraint_unit_norm(...) CORNU_CONSTRAINT_KW_(unit_norm, UNIT_NORM, __VA_ARGS__)
#endif

#ifdef __cplusplus
}
#endif
#endif
