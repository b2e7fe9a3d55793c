/* Running sums of float32 and of integers along the middle axis of [outer, n, inner]. Sums are kept
 * in double (int64 for integers) as the reference keeps them, and give its bits; threads share the
 * outer axis. */
#include "cpu.h"
#include "threads.h"

#include "backend/scalar.h"
#include "base/memory.h"
#include <string.h>

typedef struct cumsum_kernel {
    cornu_kernel base;
    int64_t outer, n, inner;
    bool reverse, exclusive;
    cornu_range_function *run;
    int threads;
} cumsum_kernel;

typedef struct cumsum_job {
    const cumsum_kernel *kernel;
    const void *x;
    void *y;
    char *sums; /* [threads, inner] of eight bytes */
} cumsum_job;

/* Outer indices begin .. end - 1. A row of `inner` running sums moves along the axis. */
#define RUNNING_SUMS(name, type, sum_type, add)                                                    \
    static void name(void *context, int64_t begin, int64_t end, int thread) {                      \
        const cumsum_job *job = context;                                                           \
        const cumsum_kernel *kernel = job->kernel;                                                 \
        int64_t n = kernel->n, inner = kernel->inner;                                              \
        size_t row = cornu_aligned_size_((size_t)inner * sizeof(sum_type));                        \
        sum_type *sums = (sum_type *)(void *)(job->sums + (size_t)thread * row);                   \
        for (int64_t o = begin; o < end; o++) {                                                    \
            memset(sums, 0, (size_t)inner * sizeof *sums);                                         \
            for (int64_t i = 0; i < n; i++) {                                                      \
                int64_t at = (o * n + (kernel->reverse ? n - 1 - i : i)) * inner;                  \
                const type *x = (const type *)job->x + at;                                         \
                type *y = (type *)job->y + at;                                                     \
                for (int64_t j = 0; j < inner; j++) {                                              \
                    sum_type before = sums[j];                                                     \
                    sums[j] = add(before, (sum_type)x[j]);                                         \
                    y[j] = (type)(kernel->exclusive ? before : sums[j]);                           \
                }                                                                                  \
            }                                                                                      \
        }                                                                                          \
    }
static inline double add_doubles(double a, double b) { return a + b; }
RUNNING_SUMS(sum_float32, float, double, add_doubles)
RUNNING_SUMS(sum_float64, double, double, add_doubles)
RUNNING_SUMS(sum_int32, int32_t, int64_t, cornu_int_add_)
RUNNING_SUMS(sum_int64, int64_t, int64_t, cornu_int_add_)

static cornu_range_function *sums_of(cornu_dtype dtype) {
    switch (dtype) {
    case CORNU_FLOAT32:
        return sum_float32;
    case CORNU_FLOAT64:
        return sum_float64;
    case CORNU_INT32:
        return sum_int32;
    case CORNU_INT64:
        return sum_int64;
    default:
        return NULL;
    }
}

static cornu_status execute(const cornu_kernel *base, void *const *buffers, void *workspace) {
    const cumsum_kernel *kernel = (const cumsum_kernel *)base;
    cumsum_job job = {kernel, buffers[0], buffers[1], workspace};
    cornu_parallel_(kernel->outer, kernel->threads, kernel->run, &job);
    return CORNU_OK;
}

static void destroy(cornu_kernel *kernel) { cornu_free_(kernel); }

cornu_status cornu_cpu_cumsum_(const cornu_kernel_desc *desc, cornu_kernel **out) {
    const cornu_operand *x = &desc->operands[0];
    cornu_range_function *run = sums_of(x->dtype);
    if (!run || x->dtype != desc->operands[1].dtype || x->rank != 3) return CORNU_EUNSUPPORTED;
    cumsum_kernel *kernel = cornu_alloc_(sizeof *kernel);
    if (!kernel) return CORNU_ENOMEM;
    kernel->base.execute = execute;
    kernel->base.destroy = destroy;
    kernel->base.implementation = "cpu running sums";
    kernel->outer = x->dims[0];
    kernel->n = x->dims[1];
    kernel->inner = x->dims[2];
    kernel->reverse = desc->reverse;
    kernel->exclusive = desc->exclusive;
    kernel->run = run;
    kernel->threads = cornu_threads_for_(cornu_operand_size_(x));
    kernel->base.workspace_size =
        cornu_aligned_size_((size_t)kernel->inner * 8) * (size_t)kernel->threads;
    *out = &kernel->base;
    return CORNU_OK;
}
