/* Uniform, Bernoulli and normal numbers in float32, bit for bit those of the reference (the scheme
 * is in backend/philox.h): an element depends on the seed and its position alone, so threads take
 * any part of the output. */
#include "cpu.h"
#include "isa.h"
#include "threads.h"

#include "backend/philox.h"
#include "base/memory.h"

enum { PIECE = 1024 }; /* elements made at a time; a multiple of the 4 of a Philox block */

typedef struct random_kernel {
    cornu_kernel base;
    const cornu_cpu_loops *loops;
    cornu_random_code code;
    double value[2];
    float below;        /* UNIFORM: the largest number below value[1] */
    uint64_t threshold; /* BERNOULLI */
    int64_t n;
    int threads;
} random_kernel;

typedef struct random_job {
    const random_kernel *kernel;
    cornu_philox draw;
    float *y; /* [n] */
} random_job;

static void normal(const random_kernel *kernel, float *y, const uint32_t *words, int64_t n) {
    for (int64_t i = 0; i < n; i += 2) {
        double even, odd;
        cornu_normal_32_(words[i], words[i + 1], &even, &odd);
        y[i] = (float)(kernel->value[0] + kernel->value[1] * even);
        if (i + 1 < n) y[i + 1] = (float)(kernel->value[0] + kernel->value[1] * odd);
    }
}

static void run_pieces(void *context, int64_t begin, int64_t end, int thread) {
    (void)thread;
    const random_job *job = context;
    const random_kernel *kernel = job->kernel;
    uint32_t words[PIECE];
    for (int64_t piece = begin; piece < end; piece++) {
        int64_t first = piece * PIECE, left = kernel->n - first, n = left < PIECE ? left : PIECE;
        float *y = job->y + first;
        kernel->loops->random_words(
            words, job->draw.key, job->draw.counter, (uint64_t)first / 4, (size_t)(n + 3) / 4
        );
        if (kernel->code == CORNU_RANDOM_UNIFORM)
            kernel->loops->random_uniform(
                y, words, (size_t)n, kernel->value[0], kernel->value[1], kernel->below
            );
        else if (kernel->code == CORNU_RANDOM_BERNOULLI)
            kernel->loops->random_bernoulli(y, words, (size_t)n, kernel->threshold);
        else normal(kernel, y, words, n);
    }
}

static cornu_status execute(const cornu_kernel *base, void *const *buffers, void *workspace) {
    (void)workspace;
    const random_kernel *kernel = (const random_kernel *)base;
    const int64_t *seed = buffers[0];
    random_job job = {kernel, {(uint64_t)seed[0], (uint64_t)seed[1]}, buffers[1]};
    cornu_parallel_((kernel->n + PIECE - 1) / PIECE, kernel->threads, run_pieces, &job);
    return CORNU_OK;
}

static void destroy(cornu_kernel *kernel) { cornu_free_(kernel); }

cornu_status cornu_cpu_random_(const cornu_kernel_desc *desc, cornu_kernel **out) {
    const cornu_operand *seed = &desc->operands[0], *y = &desc->operands[1];
    cornu_random_code code = (cornu_random_code)desc->code;
    if (desc->operand_count != 2 || seed->dtype != CORNU_INT64 || cornu_operand_size_(seed) != 2 ||
        y->dtype != CORNU_FLOAT32)
        return CORNU_EUNSUPPORTED;
    bool uniform = code == CORNU_RANDOM_UNIFORM && desc->value[0] < desc->value[1];
    if (!uniform && code != CORNU_RANDOM_BERNOULLI && code != CORNU_RANDOM_NORMAL)
        return CORNU_EUNSUPPORTED;
    random_kernel *kernel = cornu_alloc_(sizeof *kernel);
    if (!kernel) return CORNU_ENOMEM;
    kernel->base.execute = execute;
    kernel->base.destroy = destroy;
    kernel->base.implementation = "cpu philox";
    kernel->loops = cornu_cpu_loops_();
    kernel->code = code;
    kernel->value[0] = desc->value[0];
    kernel->value[1] = desc->value[1];
    kernel->below = nextafterf((float)desc->value[1], (float)desc->value[0]);
    kernel->threshold = cornu_bernoulli_threshold_(desc->value[0]);
    kernel->n = cornu_operand_size_(y);
    kernel->threads = cornu_threads_for_(kernel->n);
    *out = &kernel->base;
    return CORNU_OK;
}
