/* A convolution with an offset for each channel, a summand and relu, by any implementation without:
 * it is computed for a few samples at a time, which are finished while they are in the cache. */
#include "isa.h"
#include "threads.h"
#include "window.h"

#include "base/memory.h"
#include <math.h>
#include <stddef.h>

enum { CHUNK_FLOATS = 1 << 16 }; /* of the output, if a sample is no larger */

typedef struct finish_kernel {
    cornu_kernel base;
    cornu_kernel packed; /* the same with the inner kernel's packed weights */
    cornu_kernel *inner; /* of a chunk */
    const cornu_cpu_loops *loops;
    int64_t chunks, in, out; /* floats of a chunk of x, and of y */
    int64_t channels;
    int code;
    float limit;
    int threads;
} finish_kernel;

typedef struct finish_job {
    const finish_kernel *k;
    const float *offset, *summand;
    float *y;
} finish_job;

static void finish_rows(void *context, int64_t begin, int64_t end, int thread) {
    const finish_job *job = context;
    int64_t n = job->k->channels;
    (void)thread;
    job->k->loops->window_finish(
        job->y + begin * n, job->offset, job->summand ? job->summand + begin * n : NULL,
        (size_t)(end - begin), (size_t)n, (job->k->code & CORNU_CONV_RELU) != 0, job->k->limit
    );
}

static cornu_status run(
    const finish_kernel *k, const cornu_kernel *inner, void *const *buffers, void *workspace
) {
    int at = 2;
    finish_job job = {.k = k};
    if (k->code & CORNU_CONV_OFFSET) job.offset = buffers[at++];
    const float *summand = k->code & CORNU_CONV_SUMMAND ? buffers[at++] : NULL;
    for (int64_t i = 0; i < k->chunks; i++) {
        float *x = (float *)buffers[0] + i * k->in;
        job.y = (float *)buffers[at] + i * k->out;
        CORNU_TRY(inner->execute(inner, (void *const[]){x, buffers[1], job.y}, workspace));
        if (summand != NULL) job.summand = summand + i * k->out;
        cornu_parallel_(k->out / k->channels, k->threads, finish_rows, &job);
    }
    return CORNU_OK;
}

static cornu_status execute(const cornu_kernel *base, void *const *buffers, void *workspace) {
    const finish_kernel *k = (const finish_kernel *)base;
    return run(k, k->inner, buffers, workspace);
}

static cornu_status execute_packed(
    const cornu_kernel *base, void *const *buffers, void *workspace
) {
    const char *owner = (const char *)base - offsetof(finish_kernel, packed);
    const finish_kernel *k = (const finish_kernel *)(const void *)owner;
    return run(k, k->inner->packed, buffers, workspace);
}

static void destroy(cornu_kernel *base) {
    finish_kernel *k = (finish_kernel *)base;
    if (k->inner) k->inner->destroy(k->inner);
    cornu_free_(k);
}

/* Samples of a chunk: a divisor of the batch, so that all chunks are alike. */
static int64_t chunk_of(int64_t batch, int64_t sample) {
    int64_t most = CHUNK_FLOATS / sample, chunk = 1;
    for (int64_t n = 2; n <= most && n <= batch; n++)
        if (batch % n == 0) chunk = n;
    return chunk;
}

cornu_status cornu_cpu_conv_finish_(const cornu_kernel_desc *desc, cornu_kernel **out) {
    cornu_operand operands[3] = {
        desc->operands[0], desc->operands[1], desc->operands[desc->operand_count - 1]};
    finish_kernel *k = cornu_alloc_(sizeof *k);
    if (!k) return CORNU_ENOMEM;
    int64_t batch = operands[0].dims[0];
    int64_t chunk = chunk_of(batch, cornu_operand_size_(&operands[2]) / batch);
    k->chunks = batch / chunk;
    operands[0].dims[0] = operands[2].dims[0] = chunk;
    cornu_kernel_desc plain = {
        .kind = desc->kind, .operand_count = 3, .operands = operands, .stencil = desc->stencil};
    cornu_status status = cornu_cpu_conv_(&plain, &k->inner);
    if (status != CORNU_OK) return destroy(&k->base), status;
    k->loops = cornu_cpu_loops_();
    k->in = cornu_operand_size_(&operands[0]);
    k->out = cornu_operand_size_(&operands[2]);
    k->channels = operands[2].dims[operands[2].rank - 1];
    k->code = desc->code;
    k->limit = desc->value[0] > 0 ? (float)desc->value[0] : INFINITY;
    k->threads = cornu_threads_for_(k->out);
    k->base = (cornu_kernel
    ){.execute = execute,
      .destroy = destroy,
      .workspace_size = k->inner->workspace_size,
      .implementation = k->inner->implementation};
    *out = &k->base;
    if (!k->inner->pack) return CORNU_OK;
    k->packed = (cornu_kernel
    ){.execute = execute_packed,
      .workspace_size = k->inner->packed->workspace_size,
      .implementation = k->inner->packed->implementation};
    k->base.pack = k->inner->pack;
    k->base.packed = &k->packed;
    k->base.pack_operand = k->inner->pack_operand;
    k->base.pack_size = k->inner->pack_size;
    return CORNU_OK;
}
