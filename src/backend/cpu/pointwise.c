/* Convolutions with kernels of one place, [1, 1, c, o]: products of the rows of places, read where
 * they lie, by the kernel, packed into panels of columns. A sum stays in registers from its first
 * term to relu, so that the result is written once and never read. */
#include "isa.h"
#include "matmul.h"
#include "threads.h"
#include "window.h"

#include "base/memory.h"
#include <math.h>
#include <stddef.h>

enum {
    NEAR_FLOATS = 1 << 16,  /* of a kernel that the second-level cache keeps from block to block */
    BLOCK_FLOATS = 1 << 15, /* of the places that it keeps otherwise */
    WORTH_A_TEAM = 1 << 18, /* multiplications */
};

typedef struct pointwise_kernel {
    cornu_kernel base;
    cornu_kernel pack, packed; /* packing w alone, and the convolution with what that makes */
    const cornu_cpu_loops *loops;
    cornu_window_axes axes;
    int64_t lines, places; /* rows of places that are equally far apart */
    int64_t pieces, piece; /* of a line, and their length at most */
    int64_t panels;        /* floats */
    int code;              /* cornu_conv_code */
    float limit;
    int threads;
} pointwise_kernel;

typedef struct pointwise_job {
    const pointwise_kernel *k;
    const float *x, *panels, *offset;
    float *y;
    bool adds;
    ptrdiff_t apart; /* of the summand from y, in floats */
} pointwise_job;

static int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }

/* Where the places of a line begin in the input. */
static int64_t line_begin(const pointwise_kernel *k, int64_t line) {
    const cornu_window_axes *a = &k->axes;
    if (k->lines == 1) return 0;
    int64_t rows = a->out[0] * a->out[1], row = line % rows;
    int64_t at0 = row / a->out[1] * a->stride[0], at1 = row % a->out[1] * a->stride[1];
    return ((line / rows * a->in[0] + at0) * a->in[1] + at1) * a->in[2] * a->in_channels;
}

/* Some places of a line by all panels, and each panel by all of them. */
static void multiply(const pointwise_job *job, const float *x, int64_t first, int64_t count) {
    const pointwise_kernel *k = job->k;
    const cornu_window_axes *a = &k->axes;
    int64_t wide = (int64_t)k->loops->gemm_columns, high = (int64_t)k->loops->gemm_rows;
    int64_t blocks = (count + high - 1) / high;
    for (int64_t j = 0; j < a->out_channels; j += wide) {
        int64_t width = smaller(a->out_channels - j, wide), vectors = 2 * width > wide ? 2 : 1;
        cornu_pointwise_block o = {
            .w = job->panels + j * a->in_channels,
            .x_row = (size_t)(a->stride[2] * a->in_channels),
            .y_row = (size_t)a->out_channels,
            .k = (size_t)a->in_channels,
            .width = (size_t)width,
            .finish =
                {.offset = job->offset ? job->offset + j : NULL,
                 .apart = job->apart,
                 .adds = job->adds,
                 .relu = (k->code & CORNU_CONV_RELU) != 0,
                 .limit = k->limit},
        };
        for (int64_t b = 0; b < blocks; b++) {
            int64_t row = count * b / blocks, rows = count * (b + 1) / blocks - row;
            o.x = x + row * (int64_t)o.x_row;
            o.y = job->y + (first + row) * a->out_channels + j;
            k->loops->pointwise[vectors - 1][rows - 1](&o);
        }
    }
}

static void run_pieces(void *context, int64_t begin, int64_t end, int thread) {
    const pointwise_job *job = context;
    const pointwise_kernel *k = job->k;
    (void)thread;
    for (int64_t i = begin; i < end; i++) {
        int64_t line = i / k->pieces, piece = i % k->pieces;
        int64_t first = k->places * piece / k->pieces;
        int64_t count = k->places * (piece + 1) / k->pieces - first;
        const float *x =
            job->x + line_begin(k, line) + first * k->axes.stride[2] * k->axes.in_channels;
        multiply(job, x, line * k->places + first, count);
    }
}

static void pack_kernel(const pointwise_kernel *k, const float *w, float *panels) {
    const cornu_window_axes *a = &k->axes;
    int64_t wide = (int64_t)k->loops->gemm_columns, rest = a->out_channels % wide;
    int64_t whole = a->out_channels - rest, o = a->out_channels, c = a->in_channels;
    if (whole > 0) cornu_gemm_pack_(panels, w, whole, 1, c, o, wide);
    if (rest > 0)
        cornu_gemm_pack_(
            panels + whole * c, w + whole, rest, 1, c, o, 2 * rest > wide ? wide : wide / 2
        );
}

static void run(const pointwise_kernel *k, void *const *buffers, const float *panels) {
    pointwise_job job = {.k = k, .x = buffers[0], .panels = panels};
    int at = 2;
    const float *summand = NULL;
    if (k->code & CORNU_CONV_OFFSET) job.offset = buffers[at++];
    if (k->code & CORNU_CONV_SUMMAND) summand = buffers[at++];
    job.y = buffers[at];
    job.adds = summand != NULL;
    if (job.adds) job.apart = ((intptr_t)summand - (intptr_t)job.y) / (intptr_t)sizeof(float);
    cornu_parallel_(k->lines * k->pieces, k->threads, run_pieces, &job);
}

static cornu_status execute(const cornu_kernel *base, void *const *buffers, void *workspace) {
    const pointwise_kernel *k = (const pointwise_kernel *)base;
    pack_kernel(k, buffers[1], workspace);
    run(k, buffers, workspace);
    return CORNU_OK;
}

/* The kernel whose member `packed` or `pack` this is. */
static const pointwise_kernel *owner(const cornu_kernel *member, size_t offset) {
    return (const pointwise_kernel *)(const void *)((const char *)member - offset);
}

static cornu_status execute_pack(const cornu_kernel *base, void *const *buffers, void *workspace) {
    (void)workspace;
    pack_kernel(owner(base, offsetof(pointwise_kernel, pack)), buffers[0], buffers[1]);
    return CORNU_OK;
}

static cornu_status execute_packed(
    const cornu_kernel *base, void *const *buffers, void *workspace
) {
    (void)workspace;
    run(owner(base, offsetof(pointwise_kernel, packed)), buffers, buffers[1]);
    return CORNU_OK;
}

static void destroy(cornu_kernel *kernel) { cornu_free_(kernel); }

static bool suits(const cornu_window_axes *a) {
    for (int i = 0; i < 3; i++)
        if (a->size[i] != 1 || a->before[i] != 0) return false;
    return a->groups == 1;
}

static void plan(pointwise_kernel *k) {
    const cornu_window_axes *a = &k->axes;
    int64_t wide = (int64_t)k->loops->gemm_columns, high = (int64_t)k->loops->gemm_rows;
    bool strides = a->stride[0] != 1 || a->stride[1] != 1 || a->stride[2] != 1;
    k->lines = strides ? a->batch * a->out[0] * a->out[1] : 1;
    k->places = strides ? a->out[2] : a->batch * a->out_places;
    k->threads = a->batch * a->out_places * a->in_channels * a->out_channels < WORTH_A_TEAM
                     ? 1
                     : cornu_num_threads();
    /* a kernel that stays near is read anew for each register block; for the sake of a large one
     * many places stay near */
    int64_t piece = 2 * high;
    if (a->in_channels * a->out_channels > NEAR_FLOATS) {
        int64_t most = BLOCK_FLOATS / a->in_channels / high * high;
        if (most > piece) piece = most;
    }
    k->pieces = (k->places + piece - 1) / piece;
    if (k->lines * k->pieces < k->threads) k->pieces = smaller(k->threads, k->places);
    int64_t rest = a->out_channels % wide, columns = a->out_channels - rest;
    if (rest > 0) columns += 2 * rest > wide ? wide : wide / 2;
    k->panels = columns * a->in_channels;
    k->base.workspace_size = (size_t)k->panels * sizeof(float);
}

cornu_status cornu_cpu_pointwise_(const cornu_kernel_desc *desc, cornu_kernel **out) {
    if (desc->kind != CORNU_KERNEL_CONV) return CORNU_EUNSUPPORTED;
    cornu_window_axes a = cornu_window_axes_(
        desc->stencil, &desc->operands[0], &desc->operands[desc->operand_count - 1],
        &desc->operands[1]
    );
    if (!suits(&a)) return CORNU_EUNSUPPORTED;
    pointwise_kernel *k = cornu_alloc_(sizeof *k);
    if (!k) return CORNU_ENOMEM;
    k->axes = a;
    k->code = desc->code;
    k->limit = desc->value[0] > 0 ? (float)desc->value[0] : INFINITY;
    k->loops = cornu_cpu_loops_();
    plan(k);
    k->base.execute = execute;
    k->base.destroy = destroy;
    k->base.implementation = "cpu pointwise";
    k->pack = (cornu_kernel){.execute = execute_pack, .implementation = "cpu pointwise"};
    k->packed = (cornu_kernel){.execute = execute_packed, .implementation = "cpu pointwise packed"};
    k->base.pack = &k->pack;
    k->base.packed = &k->packed;
    k->base.pack_operand = 1;
    k->base.pack_size = k->base.workspace_size;
    *out = &k->base;
    return CORNU_OK;
}
