/* Log-softmax of float32 rows at one place each, and its gradient: one pass over the rows, which
 * are shared out among threads. */
#include "cpu.h"
#include "isa.h"
#include "threads.h"

#include "base/memory.h"

typedef struct label_kernel {
    cornu_kernel base;
    const cornu_cpu_loops *loops;
    int64_t rows, n;
    bool wide; /* labels are int64, not int32 */
    int threads;
} label_kernel;

typedef struct label_job {
    const label_kernel *kernel;
    void *const *buffers;
} label_job;

static int64_t label_at(const label_kernel *kernel, const void *labels, int64_t row) {
    return kernel->wide ? ((const int64_t *)labels)[row] : ((const int32_t *)labels)[row];
}

static cornu_status check_labels(const label_kernel *kernel, const void *labels) {
    for (int64_t row = 0; row < kernel->rows; row++) {
        int64_t label = label_at(kernel, labels, row);
        if (label < 0 || label >= kernel->n)
            CORNU_FAIL(
                CORNU_EINVAL, "index %lld is outside an axis of size %lld", (long long)label,
                (long long)kernel->n
            );
    }
    return CORNU_OK;
}

static void run_rows(void *context, int64_t begin, int64_t end, int thread) {
    const label_job *job = context;
    const label_kernel *kernel = job->kernel;
    int64_t n = kernel->n, rows = kernel->rows;
    float *y = job->buffers[2];
    (void)thread;
    for (int64_t row = begin; row < end; row++) {
        const float *x = (const float *)job->buffers[0] + row * n;
        float *largest = &y[rows + row], *log_sum = &y[2 * rows + row];
        kernel->loops->log_sum_row(x, (size_t)n, largest, log_sum);
        y[row] = x[label_at(kernel, job->buffers[1], row)] - *largest - *log_sum;
    }
}

static cornu_status execute(const cornu_kernel *base, void *const *buffers, void *workspace) {
    const label_kernel *kernel = (const label_kernel *)base;
    label_job job = {kernel, buffers};
    (void)workspace;
    CORNU_TRY(check_labels(kernel, buffers[1]));
    cornu_parallel_(kernel->rows, kernel->threads, run_rows, &job);
    return CORNU_OK;
}

static int64_t place_of_largest(const float *x, int64_t n) {
    int64_t place = 0;
    for (int64_t j = 1; j < n; j++)
        if (x[j] > x[place]) place = j;
    return place;
}

static void run_gradient_rows(void *context, int64_t begin, int64_t end, int thread) {
    const label_job *job = context;
    const label_kernel *kernel = job->kernel;
    int64_t n = kernel->n, rows = kernel->rows;
    const float *y = job->buffers[2], *dy = job->buffers[3];
    (void)thread;
    for (int64_t row = begin; row < end; row++) {
        const float *x = (const float *)job->buffers[0] + row * n;
        float *dx = (float *)job->buffers[4] + row * n;
        float d0 = dy[row], d1 = dy[rows + row], d2 = dy[2 * rows + row];
        kernel->loops->shares_row(dx, x, (size_t)n, y[rows + row], y[2 * rows + row], d2 - d0);
        dx[label_at(kernel, job->buffers[1], row)] += d0;
        if (d1 != d2) dx[place_of_largest(x, n)] += d1 - d2;
    }
}

static cornu_status execute_gradient(
    const cornu_kernel *base, void *const *buffers, void *workspace
) {
    const label_kernel *kernel = (const label_kernel *)base;
    label_job job = {kernel, buffers};
    (void)workspace;
    CORNU_TRY(check_labels(kernel, buffers[1]));
    cornu_parallel_(kernel->rows, kernel->threads, run_gradient_rows, &job);
    return CORNU_OK;
}

static void destroy(cornu_kernel *kernel) { cornu_free_(kernel); }

cornu_status cornu_cpu_label_softmax_(const cornu_kernel_desc *desc, cornu_kernel **out) {
    const cornu_operand *x = &desc->operands[0], *labels = &desc->operands[1];
    bool indices = labels->dtype == CORNU_INT32 || labels->dtype == CORNU_INT64;
    if (x->dtype != CORNU_FLOAT32 || !indices) return CORNU_EUNSUPPORTED;
    label_kernel *kernel = cornu_alloc_(sizeof *kernel);
    if (!kernel) return CORNU_ENOMEM;
    bool gradient = desc->kind == CORNU_KERNEL_LABEL_SOFTMAX_GRADIENT;
    kernel->base.execute = gradient ? execute_gradient : execute;
    kernel->base.destroy = destroy;
    kernel->base.implementation = "cpu label softmax";
    kernel->loops = cornu_cpu_loops_();
    kernel->rows = x->dims[0];
    kernel->n = x->dims[1];
    kernel->wide = labels->dtype == CORNU_INT64;
    kernel->threads = cornu_threads_for_(cornu_operand_size_(x));
    *out = &kernel->base;
    return CORNU_OK;
}
