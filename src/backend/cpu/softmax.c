/* Softmax and log-softmax of float32 rows; rows are shared out among threads. */
#include "cpu.h"
#include "isa.h"
#include "threads.h"

#include "base/memory.h"

typedef struct softmax_kernel {
    cornu_kernel base;
    void (*row)(float *y, const float *x, size_t n);
    int64_t rows, n;
    int threads;
} softmax_kernel;

typedef struct softmax_job {
    const softmax_kernel *kernel;
    const float *x; /* [rows, n] */
    float *y;       /* [rows, n] */
} softmax_job;

static void run_rows(void *context, int64_t begin, int64_t end, int thread) {
    (void)thread;
    const softmax_job *job = context;
    int64_t n = job->kernel->n;
    for (int64_t r = begin; r < end; r++)
        job->kernel->row(job->y + r * n, job->x + r * n, (size_t)n);
}

static cornu_status execute(const cornu_kernel *base, void *const *buffers, void *workspace) {
    (void)workspace;
    const softmax_kernel *kernel = (const softmax_kernel *)base;
    softmax_job job = {kernel, buffers[0], buffers[1]};
    cornu_parallel_(kernel->rows, kernel->threads, run_rows, &job);
    return CORNU_OK;
}

static void destroy(cornu_kernel *kernel) { cornu_free_(kernel); }

cornu_status cornu_cpu_softmax_(const cornu_kernel_desc *desc, cornu_kernel **out) {
    const cornu_operand *x = &desc->operands[0], *y = &desc->operands[1];
    if (x->dtype != CORNU_FLOAT32 || y->dtype != CORNU_FLOAT32 || x->rank < 1)
        return CORNU_EUNSUPPORTED;
    softmax_kernel *kernel = cornu_alloc_(sizeof *kernel);
    if (!kernel) return CORNU_ENOMEM;
    const cornu_cpu_loops *loops = cornu_cpu_loops_();
    int64_t size = cornu_operand_size_(x);
    kernel->base.execute = execute;
    kernel->base.destroy = destroy;
    kernel->base.implementation = "cpu softmax";
    kernel->row = desc->flag ? loops->log_softmax_row : loops->softmax_row;
    kernel->n = x->dims[x->rank - 1];
    kernel->rows = size == 0 ? 0 : size / kernel->n;
    kernel->threads = cornu_threads_for_(size);
    *out = &kernel->base;
    return CORNU_OK;
}
