/* Random numbers, counter-based (Philox 4x32-10): element i of a draw depends on the seed and i
 * alone, so that results are the same for any number of threads. Salmon et al., "Parallel random
 * numbers: as easy as 1, 2, 3" (2011). Names are those of keras.random
 * (https://keras.io/api/random/); the numbers are not Keras', whose backends differ among
 * themselves.
 *
 * Example:
 *
 *     #include <cornu/cornu.h>
 *
 *     int main(void) {
 *         cornu_set_random_seed(42);                 // the whole run can be repeated
 *         CORNU_SCOPE {
 *             cornu_tensor *noise = cornu_random_normal(cornu_shape(2, 3), .stddev = 0.1);
 *             cornu_tensor *a = cornu_random_uniform(cornu_shape(4), .maxval = 10, .seed = 1);
 *             cornu_tensor *b = cornu_random_uniform(cornu_shape(4), .maxval = 10, .seed = 1);
 *             cornu_check(noise);
 *             if (!cornu_tensor_equal(a, b)) return 1; // the same seed, the same numbers
 *         }
 *     }
 */
#ifndef CORNU_RANDOM_H
#define CORNU_RANDOM_H

#include <cornu/ops.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The program's default seed, from which objects without a seed of their own are seeded:
 * cornu_set_random_seed makes a run repeatable, as keras.utils.set_random_seed does. Without it,
 * each process starts from the system's entropy. */
CORNU_API void cornu_set_random_seed(uint64_t seed);
/* A seed that has not been handed out yet, of 32 bits: the next one of the default sequence. */
CORNU_API int64_t cornu_random_next_seed(void);

/* A stream of draws: a key, and a counter that moves on with every draw. Layers own one
 * (cornu_layer_add_seed). */
typedef struct cornu_seed_generator cornu_seed_generator;
#define CORNU_SEED_NONE INT64_MIN /* "no seed given": one is taken from the default sequence */
/* *new*; CORNU_ENOMEM */
CORNU_API cornu_seed_generator *cornu_seed_generator_new(int64_t seed);
CORNU_API void cornu_seed_generator_free(cornu_seed_generator *generator);
/* The state for one draw, int64 [2] (key, counter), belonging to the scope; moves the counter
 * on. CORNU_ENOMEM. */
CORNU_API cornu_tensor *cornu_seed_generator_next(cornu_seed_generator *generator);
/* The state itself, a non-trainable variable int64 [2]; *borrowed*. What exact resume saves. */
CORNU_API cornu_tensor *cornu_seed_generator_state(cornu_seed_generator *generator);

/* Draws. `seed`: an int64 [2] tensor as above (CORNU_EDTYPE, CORNU_ESHAPE). Results belong to the
 * scope. No gradient flows through them. */
/* low <= number < high; whole numbers for integer types. CORNU_EINVAL for an empty range;
 * CORNU_EDTYPE for bool. */
CORNU_API cornu_tensor *cornu_random_uniform_from(
    cornu_tensor *seed, cornu_shape shape, cornu_dtype dtype, double low, double high
);
/* Floats only (CORNU_EDTYPE); CORNU_EINVAL for a negative deviation. */
CORNU_API cornu_tensor *cornu_random_normal_from(
    cornu_tensor *seed, cornu_shape shape, cornu_dtype dtype, double mean, double stddev
);
/* The same within two deviations of the mean. */
CORNU_API cornu_tensor *cornu_random_truncated_normal_from(
    cornu_tensor *seed, cornu_shape shape, cornu_dtype dtype, double mean, double stddev
);
/* 1 with the probability given, otherwise 0; CORNU_EINVAL outside 0..1. */
CORNU_API cornu_tensor *cornu_random_bernoulli_from(
    cornu_tensor *seed, cornu_shape shape, cornu_dtype dtype, double probability
);
/* 0 .. count-1 in random order, int64 [count]; CORNU_EINVAL for a negative count. */
CORNU_API cornu_tensor *cornu_random_permutation_from(cornu_tensor *seed, int64_t count);

/* The same with keywords: cornu_random_normal(cornu_shape(201), .seed = 1). Without a seed, one of
 * the default sequence. Statuses as above. */
typedef struct cornu_random_args {
    CORNU_ARG(size_t, size_, sizeof(cornu_random_args));
    CORNU_ARG(cornu_shape, shape, {});
    CORNU_ARG(cornu_dtype, dtype, CORNU_FLOAT32);
    CORNU_ARG(int64_t, seed, CORNU_SEED_NONE);
    CORNU_ARG(double, minval, 0); /* uniform */
    CORNU_ARG(double, maxval, 1);
    CORNU_ARG(double, mean, 0); /* normal, truncated normal */
    CORNU_ARG(double, stddev, 1);
    CORNU_ARG(double, probability, 0.5); /* bernoulli */
} cornu_random_args;
#define CORNU_RANDOM_DEFAULTS                                                                      \
    .size_ = sizeof(cornu_random_args), .seed = CORNU_SEED_NONE, .maxval = 1, .stddev = 1,         \
    .probability = 0.5
#define CORNU_RANDOM_(maker, ...)                                                                  \
    CORNU_KW_(maker(&(cornu_random_args){CORNU_RANDOM_DEFAULTS, .shape = __VA_ARGS__}))
CORNU_API cornu_tensor *cornu_random_uniform_new(const cornu_random_args *args);
CORNU_API cornu_tensor *cornu_random_normal_new(const cornu_random_args *args);
CORNU_API cornu_tensor *cornu_random_truncated_normal_new(const cornu_random_args *args);
CORNU_API cornu_tensor *cornu_random_bernoulli_new(const cornu_random_args *args);
#ifndef __cplusplus
#define cornu_random_uniform(...) CORNU_RANDOM_(cornu_random_uniform_new, __VA_ARGS__)
#define cornu_random_normal(...) CORNU_RANDOM_(cornu_random_normal_new, __VA_ARGS__)
#define cornu_random_truncated_normal(...)                                                         \
    CORNU_RANDOM_(cornu_random_truncated_normal_new, __VA_ARGS__)
#define cornu_random_bernoulli(...) CORNU_RANDOM_(cornu_random_bernoulli_new, __VA_ARGS__)
#endif
/* x with its first axis in random order, belonging to the scope; `seed` may be CORNU_SEED_NONE.
 * CORNU_ESHAPE for a scalar. */
CORNU_API cornu_tensor *cornu_random_shuffle(cornu_tensor *x, int64_t seed);

#ifdef __cplusplus
}
#endif
#endif
