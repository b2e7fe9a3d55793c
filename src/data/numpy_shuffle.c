/* The shuffle of numpy.random.RandomState, by which Keras parts files and samples: MT19937 and
 * Fisher-Yates from the end. Matsumoto and Nishimura (1998), Mersenne Twister;
 * https://numpy.org/doc/stable/reference/random/legacy.html */
#include "data/dataset.h"

enum { N = 624, M = 397 };

typedef struct twister {
    uint32_t state[N];
    int at;
} twister;

static void seed_twister(twister *self, uint32_t seed) {
    for (int i = 0; i < N; i++) {
        self->state[i] = seed;
        seed = 1812433253u * (seed ^ (seed >> 30)) + (uint32_t)i + 1;
    }
    self->at = N;
}

static void refill(twister *self) {
    for (int i = 0; i < N; i++) {
        uint32_t joined = (self->state[i] & 0x80000000u) | (self->state[(i + 1) % N] & 0x7fffffffu);
        uint32_t odd = joined & 1 ? 0x9908b0dfu : 0;
        self->state[i] = self->state[(i + M) % N] ^ (joined >> 1) ^ odd;
    }
    self->at = 0;
}

static uint32_t draw(twister *self) {
    if (self->at == N) refill(self);
    uint32_t y = self->state[self->at++];
    y ^= y >> 11;
    y ^= (y << 7) & 0x9d2c5680u;
    y ^= (y << 15) & 0xefc60000u;
    return y ^ (y >> 18);
}

/* A number up to `most`, by rejection. */
static uint64_t draw_up_to(twister *self, uint64_t most) {
    uint64_t mask = most, value;
    for (int shift = 1; shift < 64; shift *= 2) mask |= mask >> shift;
    do {
        value = draw(self);
        if (most > UINT32_MAX) value = value << 32 | draw(self);
        value &= mask;
    } while (value > most);
    return value;
}

static void shuffle(twister *numbers, int64_t *order, int64_t count) {
    for (int64_t i = count - 1; i > 0; i--) {
        int64_t k = (int64_t)draw_up_to(numbers, (uint64_t)i), moved = order[k];
        order[k] = order[i];
        order[i] = moved;
    }
}

void cornu_numpy_shuffle_(uint32_t seed, int64_t *order, int64_t count) {
    cornu_numpy_shuffle_two_(seed, order, count, NULL, 0);
}

void cornu_numpy_shuffle_two_(
    uint32_t seed, int64_t *first, int64_t first_count, int64_t *second, int64_t second_count
) {
    twister numbers;
    seed_twister(&numbers, seed);
    shuffle(&numbers, first, first_count);
    shuffle(&numbers, second, second_count);
}
