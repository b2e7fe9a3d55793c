/* Seeds: the default sequence, and generators, streams of draws with a key and a counter.
 * keras/src/random/seed_generator.py, SeedGenerator; keras/src/utils/rng_utils.py, set_random_seed
 */
#include <cornu/random.h>

#include "base/entropy.h"
#include "base/memory.h"
#include "graph/graph.h"
#include "ops/seed.h"

#include <stdatomic.h>

/* ---- the default sequence ---- */
/* The n-th seed is a permutation of the 32-bit numbers, chosen by the key, applied to n: none comes
 * twice before all have come. 32 bits, since Keras keeps seeds as uint32, in files too. */
static atomic_uint_fast64_t sequence_key; /* 0: not chosen yet */
static atomic_uint_fast32_t sequence_length;

/* Steele, Lea, Flood, "Fast splittable pseudorandom number generators" (2014): splitmix64's
 * finaliser. */
static uint64_t mix(uint64_t x) {
    x += UINT64_C(0x9e3779b97f4a7c15);
    x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
    return x ^ x >> 31;
}

/* A Feistel network on two halves of 16 bits, which is a permutation whatever `mix` does. */
static uint32_t permute(uint64_t key, uint32_t n) {
    uint32_t left = n >> 16, right = n & 0xffff;
    for (uint64_t round = 0; round < 6; round++) {
        uint32_t next = left ^ (uint32_t)(mix(key + (round << 16 | right)) & 0xffff);
        left = right;
        right = next;
    }
    return left << 16 | right;
}

static void choose(uint64_t key) {
    atomic_store(&sequence_key, key != 0 ? key : 1);
    atomic_store(&sequence_length, 0);
}

void cornu_set_random_seed(uint64_t seed) { choose(mix(seed)); }

int64_t cornu_random_next_seed(void) {
    uint_fast64_t key = atomic_load(&sequence_key);
    if (key == 0) {
        /* of several threads that come first, one chooses */
        uint64_t chosen = cornu_entropy_() | 1;
        if (atomic_compare_exchange_strong(&sequence_key, &key, chosen)) key = chosen;
    }
    return permute(key, (uint32_t)atomic_fetch_add(&sequence_length, 1));
}

cornu_seed_sequence cornu_seed_sequence_get_(void) {
    return (cornu_seed_sequence
    ){atomic_load(&sequence_key), (uint32_t)atomic_load(&sequence_length)};
}

void cornu_seed_sequence_set_(cornu_seed_sequence sequence) {
    atomic_store(&sequence_key, sequence.key);
    atomic_store(&sequence_length, sequence.length);
}

/* ---- generators ---- */
struct cornu_seed_generator {
    cornu_tensor *state; /* int64 [2]: key, counter */
};

cornu_seed_generator *cornu_seed_generator_new(int64_t seed) {
    int64_t first[2] = {seed == CORNU_SEED_NONE ? cornu_random_next_seed() : seed, 0};
    cornu_seed_generator *generator = cornu_alloc_(sizeof *generator);
    cornu_tensor *value = cornu_tensor_from(CORNU_INT64, cornu_shape(2), first);
    if (generator != NULL && value != NULL)
        generator->state =
            cornu_variable(value, .name = "seed_generator_state", .trainable = false);
    cornu_tensor_free(value);
    if (generator != NULL && generator->state == NULL) {
        cornu_free_(generator);
        return NULL;
    }
    return generator;
}

void cornu_seed_generator_free(cornu_seed_generator *generator) {
    if (generator == NULL) return;
    cornu_tensor_free(generator->state);
    cornu_free_(generator);
}

cornu_tensor *cornu_seed_generator_next(cornu_seed_generator *generator) {
    if (generator == NULL) return (void)cornu_error_null("seed_generator_next: generator"), NULL;
    /* What was drawn keeps its value when the counter moves on. Both in ops, so that a traced step
     * moves it on as well. */
    cornu_tensor *drawn = cornu_scope_add_(cornu_trace_snapshot_(generator->state));
    cornu_tensor *one =
        cornu_scope_add_(cornu_tensor_from(CORNU_INT64, cornu_shape(2), (const int64_t[]){0, 1}));
    if (drawn == NULL || one == NULL || cornu_assign_add(generator->state, one) != CORNU_OK)
        return NULL;
    return drawn;
}

cornu_tensor *cornu_seed_generator_state(cornu_seed_generator *generator) {
    if (generator == NULL) return (void)cornu_error_null("seed_generator_state: generator"), NULL;
    return generator->state;
}
