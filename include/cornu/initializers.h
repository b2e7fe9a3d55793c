/* Initial values of weights. https://keras.io/api/layers/initializers/
 *
 * Makers are *new*; a layer takes what it is given. With a seed, an initializer gives the same
 * values at every call (for a shape); without one, it takes a new seed of the default sequence each
 * time. CORNU_EINVAL for a negative deviation, an empty range and the like; CORNU_EUNSUPPORTED
 * for a window that is not known; CORNU_ENOMEM.
 *
 * Example:
 *
 *     cornu_layer *dense = cornu_layer_dense(64, .activation = "relu",
 *         .kernel_initializer = cornu_initializer_he_normal(.seed = 1)); // taken
 *
 *     cornu_initializer *small = cornu_initializer_random_uniform(.minval = -0.01, .maxval = 0.01);
 *     cornu_tensor *kernel = cornu_initializer_call(small, cornu_shape(784, 64), CORNU_FLOAT32);
 *     cornu_initializer_free(small);
 */
#ifndef CORNU_INITIALIZERS_H
#define CORNU_INITIALIZERS_H

#include <cornu/extend.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A keyword call of `name`, written large in its defaults. */
#define CORNU_INITIALIZER_KW_(name, args, NAME, ...)                                               \
    CORNU_KW_(cornu_initializer_##name##_new(                                                      \
        &(cornu_initializer_##args##_args){CORNU_INITIALIZER_##NAME##_DEFAULTS, __VA_ARGS__}))

/* What an initializer gives for a shape, [inputs, units] for a dense kernel, [height, width,
 * channels, filters] for that of a convolution; belongs to the scope. CORNU_ESHAPE where the
 * initializer is for other shapes; otherwise as random.h. */
CORNU_API cornu_tensor *
cornu_initializer_call(cornu_initializer *initializer, cornu_shape shape, cornu_dtype dtype);

/* ---- constants ---- */
CORNU_API cornu_initializer *cornu_initializer_zeros(void);
CORNU_API cornu_initializer *cornu_initializer_ones(void);

/* cornu_initializer_constant(0.5); 0 and 1 have makers without arguments */
typedef struct cornu_initializer_constant_args {
    CORNU_ARG(size_t, size_, sizeof(cornu_initializer_constant_args));
    CORNU_ARG(double, value, 0);
} cornu_initializer_constant_args;
#define CORNU_INITIALIZER_CONSTANT_DEFAULTS .size_ = sizeof(cornu_initializer_constant_args)
CORNU_API cornu_initializer *
cornu_initializer_constant_new(const cornu_initializer_constant_args *args);

/* The identity matrix times `gain`; matrices only (CORNU_ESHAPE). */
typedef struct cornu_initializer_identity_args {
    CORNU_ARG(size_t, size_, sizeof(cornu_initializer_identity_args));
    CORNU_ARG(double, gain, 1);
} cornu_initializer_identity_args;
#define CORNU_INITIALIZER_IDENTITY_DEFAULTS                                                        \
    .size_ = sizeof(cornu_initializer_identity_args), .gain = 1
CORNU_API cornu_initializer *
cornu_initializer_identity_new(const cornu_initializer_identity_args *args);

/* Windowed Fourier matrix [frame length, 1, bins], the kernel of a short-time Fourier transform by
 * convolution. `side`: "real" or "imag"; `window`: "hann", "hamming" or NULL (none); `scaling`:
 * "density", "spectrum" or NULL (none). */
typedef struct cornu_initializer_stft_args {
    CORNU_ARG(size_t, size_, sizeof(cornu_initializer_stft_args));
    CORNU_ARG(const char *, side, "real");
    CORNU_ARG(const char *, window, "hann");
    CORNU_ARG(const char *, scaling, "density");
    CORNU_ARG(bool, periodic, false);
} cornu_initializer_stft_args;
#define CORNU_INITIALIZER_STFT_DEFAULTS                                                            \
    .size_ = sizeof(cornu_initializer_stft_args), .side = "real", .window = "hann",                \
    .scaling = "density"
CORNU_API cornu_initializer *cornu_initializer_stft_new(const cornu_initializer_stft_args *args);

/* ---- random ---- */
/* Normal, of mean `mean` and deviation `stddev`. */
typedef struct cornu_initializer_random_normal_args {
    CORNU_ARG(size_t, size_, sizeof(cornu_initializer_random_normal_args));
    CORNU_ARG(double, mean, 0);
    CORNU_ARG(double, stddev, 0.05);
    CORNU_ARG(int64_t, seed, CORNU_NONE);
} cornu_initializer_random_normal_args;
#define CORNU_INITIALIZER_RANDOM_NORMAL_DEFAULTS                                                   \
    .size_ = sizeof(cornu_initializer_random_normal_args), .stddev = 0.05, .seed = CORNU_NONE
CORNU_API cornu_initializer *
cornu_initializer_random_normal_new(const cornu_initializer_random_normal_args *args);

/* Normal; values further than two deviations from the mean are drawn again. */
typedef cornu_initializer_random_normal_args cornu_initializer_truncated_normal_args;
#define CORNU_INITIALIZER_TRUNCATED_NORMAL_DEFAULTS CORNU_INITIALIZER_RANDOM_NORMAL_DEFAULTS
CORNU_API cornu_initializer *
cornu_initializer_truncated_normal_new(const cornu_initializer_truncated_normal_args *args);

/* minval <= value < maxval */
typedef struct cornu_initializer_random_uniform_args {
    CORNU_ARG(size_t, size_, sizeof(cornu_initializer_random_uniform_args));
    CORNU_ARG(double, minval, -0.05);
    CORNU_ARG(double, maxval, 0.05);
    CORNU_ARG(int64_t, seed, CORNU_NONE);
} cornu_initializer_random_uniform_args;
#define CORNU_INITIALIZER_RANDOM_UNIFORM_DEFAULTS                                                  \
    .size_ = sizeof(cornu_initializer_random_uniform_args), .minval = -0.05, .maxval = 0.05,       \
    .seed = CORNU_NONE
CORNU_API cornu_initializer *
cornu_initializer_random_uniform_new(const cornu_initializer_random_uniform_args *args);

/* Variance `scale` (positive) / n, where n is "fan_in", "fan_out" or "fan_avg"; `distribution` is
 * "truncated_normal", "untruncated_normal" or "uniform". */
typedef struct cornu_initializer_variance_scaling_args {
    CORNU_ARG(size_t, size_, sizeof(cornu_initializer_variance_scaling_args));
    CORNU_ARG(double, scale, 1);
    CORNU_ARG(const char *, mode, "fan_in");
    CORNU_ARG(const char *, distribution, "truncated_normal");
    CORNU_ARG(int64_t, seed, CORNU_NONE);
} cornu_initializer_variance_scaling_args;
#define CORNU_INITIALIZER_VARIANCE_SCALING_DEFAULTS                                                \
    .size_ = sizeof(cornu_initializer_variance_scaling_args), .scale = 1, .mode = "fan_in",        \
    .distribution = "truncated_normal", .seed = CORNU_NONE
CORNU_API cornu_initializer *
cornu_initializer_variance_scaling_new(const cornu_initializer_variance_scaling_args *args);

/* The well-known cases of variance scaling: Glorot and Bengio (2010), He et al. (2015), LeCun et
 * al. (1998). */
typedef struct cornu_initializer_seed_args {
    CORNU_ARG(size_t, size_, sizeof(cornu_initializer_seed_args));
    CORNU_ARG(int64_t, seed, CORNU_NONE);
} cornu_initializer_seed_args;
#define CORNU_INITIALIZER_SEED_DEFAULTS                                                            \
    .size_ = sizeof(cornu_initializer_seed_args), .seed = CORNU_NONE
CORNU_API cornu_initializer *
cornu_initializer_glorot_normal_new(const cornu_initializer_seed_args *args);
CORNU_API cornu_initializer *
cornu_initializer_glorot_uniform_new(const cornu_initializer_seed_args *args);
CORNU_API cornu_initializer *
cornu_initializer_he_normal_new(const cornu_initializer_seed_args *args);
CORNU_API cornu_initializer *
cornu_initializer_he_uniform_new(const cornu_initializer_seed_args *args);
CORNU_API cornu_initializer *
cornu_initializer_lecun_normal_new(const cornu_initializer_seed_args *args);
CORNU_API cornu_initializer *
cornu_initializer_lecun_uniform_new(const cornu_initializer_seed_args *args);

/* Rows or columns, whichever are fewer, orthogonal and of length `gain`; all axes but the last
 * count as rows. CORNU_ESHAPE for less than two axes. Saxe et al. (2014). */
typedef struct cornu_initializer_orthogonal_args {
    CORNU_ARG(size_t, size_, sizeof(cornu_initializer_orthogonal_args));
    CORNU_ARG(double, gain, 1);
    CORNU_ARG(int64_t, seed, CORNU_NONE);
} cornu_initializer_orthogonal_args;
#define CORNU_INITIALIZER_ORTHOGONAL_DEFAULTS                                                      \
    .size_ = sizeof(cornu_initializer_orthogonal_args), .gain = 1, .seed = CORNU_NONE
CORNU_API cornu_initializer *
cornu_initializer_orthogonal_new(const cornu_initializer_orthogonal_args *args);

#ifndef __cplusplus
#define cornu_initializer_constant(...)                                                            \
    CORNU_INITIALIZER_KW_(constant, constant, CONSTANT, .value = __VA_ARGS__)
#define cornu_initializer_identity(...)                                                            \
    CORNU_INITIALIZER_KW_(identity, identity, IDENTITY, __VA_ARGS__)
#define cornu_initializer_stft(...)                                                                \
    CORNU_INITIALIZER_KW_(stft, stft, STFT, __VA_ARGS__)
#define cornu_initializer_random_normal(...)                                                       \
    CORNU_INITIALIZER_KW_(random_normal, random_normal, RANDOM_NORMAL, __VA_ARGS__)
#define cornu_initializer_truncated_normal(...)                                                    \
    CORNU_INITIALIZER_KW_(truncated_normal, truncated_normal, TRUNCATED_NORMAL, __VA_ARGS__)
#define cornu_initializer_random_uniform(...)                                                      \
    CORNU_INITIALIZER_KW_(random_uniform, random_uniform, RANDOM_UNIFORM, __VA_ARGS__)
#define cornu_initializer_variance_scaling(...)                                                    \
    CORNU_INITIALIZER_KW_(variance_scaling, variance_scaling, VARIANCE_SCALING, __VA_ARGS__)
#define cornu_initializer_orthogonal(...)                                                          \
    CORNU_INITIALIZER_KW_(orthogonal, orthogonal, ORTHOGONAL, __VA_ARGS__)
#define cornu_initializer_glorot_normal(...)                                                       \
    CORNU_INITIALIZER_KW_(glorot_normal, seed, SEED, __VA_ARGS__)
#define cornu_initializer_glorot_uniform(...)                                                      \
    CORNU_INITIALIZER_KW_(glorot_uniform, seed, SEED, __VA_ARGS__)
#define cornu_initializer_he_normal(...)                                                           \
    CORNU_INITIALIZER_KW_(he_normal, seed, SEED, __VA_ARGS__)
#define cornu_initializer_he_uniform(...)                                                          \
    CORNU_INITIALIZER_KW_(he_uniform, seed, SEED, __VA_ARGS__)
#define cornu_initializer_lecun_normal(...)                                                        \
    CORNU_INITIALIZER_KW_(lecun_normal, seed, SEED, __VA_ARGS__)
#define cornu_initializer_lecun_uniform(...)                                                       \
    CORNU_INITIALIZER_KW_(lecun_uniform, seed, SEED, __VA_ARGS__)
#endif

#ifdef __cplusplus
}
#endif
#endif
