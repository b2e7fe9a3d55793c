/* What the tests of the cpu backend share: a description runs on the reference and on the cpu
 * backend, for every instruction set that the machine has, with one thread and with two; results
 * are compared.
 *
 * Kernels are created here directly, past the cache, so that a kernel that the cpu backend silently
 * leaves to the reference fails the test. */
#ifndef CORNU_TESTS_BACKEND_CPU_CASE_H
#define CORNU_TESTS_BACKEND_CPU_CASE_H

#include "support/support.h"

#include "backend/cpu/isa.h"
#include "backend/kernel.h"
#include "base/memory.h"
#include <cornu/threads.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Runs `desc` once on `backend`. */
static inline void run_on(
    const cornu_backend *backend, const cornu_kernel_desc *desc, void *const *buffers
) {
    cornu_kernel *kernel = NULL;
    assert_ok(backend->kernel_create(desc, &kernel));
    void *workspace = cornu_alloc_aligned_(kernel->workspace_size);
    assert_ok(kernel->execute(kernel, buffers, workspace));
    cornu_free_(workspace);
    kernel->destroy(kernel);
}

/* Uniform in [-1, 1), always the same sequence from the same state. */
static inline float next_float(uint32_t *state) {
    *state = *state * 1664525u + 1013904223u;
    return (float)(*state >> 8) * 0x1p-23f - 1.0f;
}

static inline float *random_floats(size_t n, uint32_t seed) {
    float *x = cornu_alloc_aligned_(n * sizeof *x);
    for (size_t i = 0; i < n; i++) x[i] = next_float(&seed);
    return x;
}

/* Row-major strides. */
static inline void set_dense(cornu_operand *operand) {
    int64_t stride = 1;
    for (int axis = operand->rank - 1; axis >= 0; axis--) {
        operand->strides[axis] = stride;
        stride *= operand->dims[axis];
    }
}

static inline size_t operand_size(const cornu_operand *operand) {
    int64_t size = 1;
    for (int axis = 0; axis < operand->rank; axis++) size *= operand->dims[axis];
    return (size_t)size;
}

static inline cornu_operand operand_of(cornu_dtype dtype, cornu_shape shape) {
    return cornu_operand_dense_(dtype, &shape);
}

static inline bool close_floats(float got, float wanted, double rtol, double atol) {
    if (isnan(wanted) || isnan(got)) return isnan(wanted) && isnan(got);
    if (isinf(wanted) || isinf(got)) return got == wanted;
    return fabs((double)got - (double)wanted) <= atol + rtol * fabs((double)wanted);
}

static inline void assert_floats(
    const char *what, const float *got, const float *wanted, size_t n, double rtol, double atol
) {
    for (size_t i = 0; i < n; i++) {
        if (!close_floats(got[i], wanted[i], rtol, atol))
            ck_abort_msg(
                "%s: element %zu of %zu is %a (%g), not %a (%g)", what, i, n, (double)got[i],
                (double)got[i], (double)wanted[i], (double)wanted[i]
            );
    }
}

/* New kernels use instruction set `level`; gives its name, or NULL if the machine has none. One
 * past the last level restores the usual choice. */
static inline const char *use_isa(int level) {
    const cornu_cpu_loops *loops =
        level < CORNU_CPU_ISA_LEVELS ? cornu_cpu_loops_of_level_(level) : NULL;
    if (loops != NULL || level == CORNU_CPU_ISA_LEVELS) cornu_cpu_loops_use_(loops);
    return loops != NULL ? loops->name : NULL;
}

/* FOR_EACH_ISA(isa) { ... }: once for every instruction set of the machine, `isa` being its name.
 */
#define FOR_EACH_ISA(isa)                                                                          \
    for (int level_ = 0; level_ <= CORNU_CPU_ISA_LEVELS; level_++)                                 \
        for (const char *isa = use_isa(level_); isa != NULL; isa = NULL)

/* Output of `desc` (float32 or anything else, by bytes) with one thread and with two is the same;
 * leaves it in `out`. */
static inline void run_cpu_with_threads(
    const cornu_kernel_desc *desc, void **buffers, void *out, size_t out_bytes
) {
    int last = desc->operand_count - 1;
    void *other = cornu_alloc_aligned_(out_bytes);
    int before = cornu_num_threads();
    memset(out, 0x5a, out_bytes);
    memset(other, 0xa5, out_bytes);
    assert_ok(cornu_set_num_threads(1));
    buffers[last] = out;
    run_on(&cornu_backend_cpu_, desc, buffers);
    assert_ok(cornu_set_num_threads(2));
    buffers[last] = other;
    run_on(&cornu_backend_cpu_, desc, buffers);
    assert_ok(cornu_set_num_threads(before));
    ck_assert_msg(
        out_bytes == 0 || memcmp(out, other, out_bytes) == 0, "two threads give other bits than one"
    );
    cornu_free_(other);
}

#endif
