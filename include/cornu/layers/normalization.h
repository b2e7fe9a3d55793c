/* Normalization layers. https://keras.io/api/layers/normalization_layers/
 *
 * Inputs of 16 bits are normalized in float32. Normalization of inputs by fixed statistics
 * (Normalization) is in preprocessing.h. */
#ifndef CORNU_LAYERS_NORMALIZATION_H
#define CORNU_LAYERS_NORMALIZATION_H

#include <cornu/extend.h>

#ifdef __cplusplus
extern "C" {
#endif

/* gamma * (x - mean) / sqrt(variance + epsilon) + beta, with mean and variance of each index of
 * `axis`: in training those of the batch (of its unmasked part), else their moving averages moving
 * = momentum * moving + (1 - momentum) * batch's. A layer that is not trainable normalizes as in
 * inference. With `renorm` (Ioffe, 2017) training corrects towards the moving averages, by factors
 * kept within rmin to rmax and dmax. Ioffe and Szegedy (2015). */
typedef struct cornu_layer_batch_normalization_args {
    CORNU_LAYER_ARGS(cornu_layer_batch_normalization_args);
    CORNU_ARG(int64_t, axis, -1);
    CORNU_ARG(double, momentum, 0.99);
    CORNU_ARG(double, epsilon, 1e-3);
    CORNU_ARG(bool, center, true); /* add beta */
    CORNU_ARG(bool, scale, true);  /* multiply by gamma */
    CORNU_ARG(cornu_initializer *, beta_initializer, NULL);            /* zeros */
    CORNU_ARG(cornu_initializer *, gamma_initializer, NULL);           /* ones */
    CORNU_ARG(cornu_initializer *, moving_mean_initializer, NULL);     /* zeros */
    CORNU_ARG(cornu_initializer *, moving_variance_initializer, NULL); /* ones */
    CORNU_ARG(cornu_regularizer *, beta_regularizer, NULL);
    CORNU_ARG(cornu_regularizer *, gamma_regularizer, NULL);
    CORNU_ARG(cornu_constraint *, beta_constraint, NULL);
    CORNU_ARG(cornu_constraint *, gamma_constraint, NULL);
    CORNU_ARG(bool, synchronized, false); /* there is one device: false */
    CORNU_ARG(bool, renorm, false);
    /* Keras: renorm_clipping; NAN: not clipped */
    CORNU_ARG(double, renorm_rmax, NAN);
    CORNU_ARG(double, renorm_rmin, NAN);
    CORNU_ARG(double, renorm_dmax, NAN);
    CORNU_ARG(double, renorm_momentum, 0.99);
} cornu_layer_batch_normalization_args;
#define CORNU_LAYER_BATCH_NORMALIZATION_DEFAULTS                                                   \
    CORNU_LAYER_DEFAULTS(cornu_layer_batch_normalization_args), .axis = -1, .momentum = 0.99,      \
    .epsilon = 1e-3, .center = true, .scale = true, .renorm_rmax = NAN, .renorm_rmin = NAN,        \
    .renorm_dmax = NAN, .renorm_momentum = 0.99
CORNU_API cornu_layer *cornu_layer_batch_normalization_new(
    const cornu_layer_batch_normalization_args *args
);

/* gamma * (x - mean) / sqrt(variance + epsilon) + beta, with mean and variance over the axes of
 * each sample. gamma and beta have the sizes of these axes. With `rms_scaling`, x * gamma /
 * sqrt(variance + epsilon). Ba, Kiros and Hinton (2016). */
typedef struct cornu_layer_layer_normalization_args {
    CORNU_LAYER_ARGS(cornu_layer_layer_normalization_args);
    CORNU_ARG(cornu_axes, axis, {}); /* the last one unless given */
    CORNU_ARG(double, epsilon, 1e-3);
    CORNU_ARG(bool, center, true);
    CORNU_ARG(bool, scale, true);
    CORNU_ARG(bool, rms_scaling, false);
    CORNU_ARG(cornu_initializer *, beta_initializer, NULL);  /* zeros */
    CORNU_ARG(cornu_initializer *, gamma_initializer, NULL); /* ones */
    CORNU_ARG(cornu_regularizer *, beta_regularizer, NULL);
    CORNU_ARG(cornu_regularizer *, gamma_regularizer, NULL);
    CORNU_ARG(cornu_constraint *, beta_constraint, NULL);
    CORNU_ARG(cornu_constraint *, gamma_constraint, NULL);
} cornu_layer_layer_normalization_args;
#define CORNU_LAYER_LAYER_NORMALIZATION_DEFAULTS                                                   \
    CORNU_LAYER_DEFAULTS(cornu_layer_layer_normalization_args),                                    \
    .axis = {.count = 1, .axis = {-1}}, .epsilon = 1e-3, .center = true, .scale = true
CORNU_API cornu_layer *cornu_layer_layer_normalization_new(
    const cornu_layer_layer_normalization_args *args
);

/* scale * x / sqrt(mean(x^2) + epsilon) over the axes of each sample. Zhang and Sennrich (2019). */
typedef struct cornu_layer_rms_normalization_args {
    CORNU_LAYER_ARGS(cornu_layer_rms_normalization_args);
    CORNU_ARG(cornu_axes, axis, {}); /* the last one unless given */
    CORNU_ARG(double, epsilon, 1e-6);
} cornu_layer_rms_normalization_args;
#define CORNU_LAYER_RMS_NORMALIZATION_DEFAULTS                                                     \
    CORNU_LAYER_DEFAULTS(cornu_layer_rms_normalization_args), .axis = {.count = 1, .axis = {-1}},  \
    .epsilon = 1e-6
CORNU_API cornu_layer *cornu_layer_rms_normalization_new(
    const cornu_layer_rms_normalization_args *args
);

/* Layer normalization over `groups` groups of channels (axis) each with all other axes of the
 * sample; gamma and beta per channel. groups -1: one per channel. Wu and He (2018). */
typedef struct cornu_layer_group_normalization_args {
    CORNU_LAYER_ARGS(cornu_layer_group_normalization_args);
    CORNU_ARG(int64_t, groups, 32);
    CORNU_ARG(int64_t, axis, -1);
    CORNU_ARG(double, epsilon, 1e-3);
    CORNU_ARG(bool, center, true);
    CORNU_ARG(bool, scale, true);
    CORNU_ARG(cornu_initializer *, beta_initializer, NULL);  /* zeros */
    CORNU_ARG(cornu_initializer *, gamma_initializer, NULL); /* ones */
    CORNU_ARG(cornu_regularizer *, beta_regularizer, NULL);
    CORNU_ARG(cornu_regularizer *, gamma_regularizer, NULL);
    CORNU_ARG(cornu_constraint *, beta_constraint, NULL);
    CORNU_ARG(cornu_constraint *, gamma_constraint, NULL);
} cornu_layer_group_normalization_args;
#define CORNU_LAYER_GROUP_NORMALIZATION_DEFAULTS                                                   \
    CORNU_LAYER_DEFAULTS(cornu_layer_group_normalization_args), .groups = 32, .axis = -1,          \
    .epsilon = 1e-3, .center = true, .scale = true
CORNU_API cornu_layer *cornu_layer_group_normalization_new(
    const cornu_layer_group_normalization_args *args
);

/* x / |x| over the axes of each sample (L2). */
typedef struct cornu_layer_unit_normalization_args {
    CORNU_LAYER_ARGS(cornu_layer_unit_normalization_args);
    CORNU_ARG(cornu_axes, axis, {}); /* the last one unless given */
} cornu_layer_unit_normalization_args;
#define CORNU_LAYER_UNIT_NORMALIZATION_DEFAULTS                                                    \
    CORNU_LAYER_DEFAULTS(cornu_layer_unit_normalization_args), .axis = {.count = 1, .axis = {-1}}
CORNU_API cornu_layer *cornu_layer_unit_normalization_new(
    const cornu_layer_unit_normalization_args *args
);

/* The layer inside, whose kernel (or embeddings) is divided by its largest singular value before
 * each call in training: cornu_layer_spectral_normalization(cornu_layer_dense(8)). The value is
 * found by power iteration, from where the last call left off. Miyato et al. (2018). */
typedef struct cornu_layer_spectral_normalization_args {
    CORNU_LAYER_ARGS(cornu_layer_spectral_normalization_args);
    CORNU_ARG(cornu_layer *, layer, NULL); /* taken; must be given */
    CORNU_ARG(int64_t, power_iterations, 1);
} cornu_layer_spectral_normalization_args;
#define CORNU_LAYER_SPECTRAL_NORMALIZATION_DEFAULTS                                                \
    CORNU_LAYER_DEFAULTS(cornu_layer_spectral_normalization_args), .power_iterations = 1
CORNU_API cornu_layer *cornu_layer_spectral_normalization_new(
    const cornu_layer_spectral_normalization_args *args
);

#ifndef __cplusplus
#define cornu_layer_batch_normalization(...)                                                       \
    CORNU_LAYER_KW_(batch_normalization, BATCH_NORMALIZATION, __VA_ARGS__)
#define cornu_layer_layer_normalization(...)                                                       \
    CORNU_LAYER_KW_(layer_normalization, LAYER_NORMALIZATION, __VA_ARGS__)
#define cornu_layer_rms_normalization(...)                                                         \
    CORNU_LAYER_KW_(rms_normalization, RMS_NORMALIZATION, __VA_ARGS__)
#define cornu_layer_group_normalization(...)                                                       \
    CORNU_LAYER_KW_(group_normalization, GROUP_NORMALIZATION, __VA_ARGS__)
#define cornu_layer_unit_normalization(...)                                                        \
    CORNU_LAYER_KW_(unit_normalization, UNIT_NORMALIZATION, __VA_ARGS__)
#define cornu_layer_spectral_normalization(...)                                                    \
    CORNU_LAYER_KW_(spectral_normalization, SPECTRAL_NORMALIZATION, .layer = __VA_ARGS__)
#endif

#ifdef __cplusplus
}
#endif
#endif
