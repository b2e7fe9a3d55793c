/* Our own product of large float32 matrices, for shapes that it is faster at than oneDNN, strides
 * that oneDNN has no loops for, exact mode and builds without oneDNN. Some of them come with an
 * elementwise program, which runs on the rows of a stripe (gemm_packed.c) while they are in the
 * cache. Plain gradient descent needs no pass of its own: the weights are what the product is
 * subtracted from.
 *
 * Threads share matrices, or columns or rows of one. */
#include "cpu.h"
#include "gemm_packed.h"
#include "isa.h"
#include "product.h"
#include "threads.h"

#include "base/memory.h"

/* From these sizes on it was faster than oneDNN where rows of b are copied as they are: with few
 * rows of a, packing b is what takes the time, and with few columns packing a is. */
enum {
    LEAST_M = 96,
    LEAST_N = 512,
    LEAST_K = 128,
    MOST_N = 4096,                   /* with a program: some hundred rows wait for it */
    MANY_M = 4 * CORNU_GEMM_BLOCK_M, /* or more where that is little of the whole */
};

typedef struct gemm_kernel {
    cornu_kernel base;
    const cornu_cpu_loops *loops;
    cornu_matmul_shape shape;
    int threads;
    int64_t row_parts, column_parts; /* of one matrix */
    int64_t part_rows, part_columns, stripe_rows;
    cornu_tile_kernel *program; /* NULL: none */
    int kept;                   /* the operand that the product goes to, or -1 */
    bool descends;              /* the program is gradient descent, and a block of k is all */
    int shift; /* the program's input that is added to all rows by the register blocks, or -1 */
    size_t chunk_at, tiles_at, room; /* bytes in a thread's part of the workspace */
} gemm_kernel;

typedef struct gemm_job {
    const gemm_kernel *kernel;
    void *const *buffers;
    char *workspace;
} gemm_job;

static int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }
static int64_t round_up(int64_t x, int64_t step) { return (x + step - 1) / step * step; }

/* A stripe from row `row` on, with the program on it. */
static void run_stripe(const gemm_job *job, cornu_gemm_stripe *stripe, char *room, int64_t row) {
    const gemm_kernel *kernel = job->kernel;
    float *weights, *chunk = (float *)(void *)(room + kernel->chunk_at);
    if (!kernel->program || stripe->shift) {
        cornu_gemm_stripe_run_(stripe);
        return;
    }
    /* the program's first input stands where b does */
    if (kernel->descends && cornu_tile_kernel_descent_in_place_(
                                kernel->program, job->buffers + 1, &weights, &stripe->rate
                            )) {
        stripe->descends = true;
        stripe->c = weights + row * kernel->shape.n;
        cornu_gemm_stripe_run_(stripe);
        return;
    }
    if (kernel->kept < 0) stripe->c = chunk;
    cornu_gemm_stripe_run_(stripe);
    cornu_tile_kernel_run_rows_(
        kernel->program, job->buffers + 1, room + kernel->tiles_at, stripe->c, row, stripe->rows
    );
}

/* Parts begin .. end - 1 of c, over all matrices. */
static void run_parts(void *context, int64_t begin, int64_t end, int thread) {
    const gemm_job *job = context;
    const gemm_kernel *kernel = job->kernel;
    const cornu_matmul_shape *s = &kernel->shape;
    char *room = job->workspace + (size_t)thread * kernel->room;
    bool shifts = kernel->shift >= 0; /* the program's first input stands where b does */
    const float *shift = shifts ? job->buffers[kernel->shift + 1] : NULL;
    int target = shifts ? kernel->program->inputs + 1 : kernel->kept < 0 ? 2 : kernel->kept;
    float *c = job->buffers[target];
    for (int64_t part = begin; part < end; part++) {
        int64_t column = part % kernel->column_parts * kernel->part_columns;
        int64_t row = part / kernel->column_parts % kernel->row_parts * kernel->part_rows;
        int64_t index = part / kernel->column_parts / kernel->row_parts, a, b;
        int64_t last = smaller(row + kernel->part_rows, s->m);
        cornu_matmul_locate_(s, index, &a, &b);
        for (; row < last && column < s->n; row += kernel->stripe_rows) {
            cornu_gemm_stripe stripe = {
                .loops = kernel->loops,
                .shape = s,
                .a = (const float *)job->buffers[0] + a + row * s->a_row,
                .b = (const float *)job->buffers[1] + b + column * s->b_column,
                .c = c + (index * s->m + row) * s->n + column,
                .c_row = s->n,
                .rows = smaller(kernel->stripe_rows, last - row),
                .columns = smaller(kernel->part_columns, s->n - column),
                .shift = shift ? shift + column : NULL,
                .panels = (float *)(void *)room,
            };
            run_stripe(job, &stripe, room, row);
        }
    }
}

static cornu_status execute(const cornu_kernel *base, void *const *buffers, void *workspace) {
    const gemm_kernel *kernel = (const gemm_kernel *)base;
    gemm_job job = {kernel, buffers, workspace};
    int64_t parts = kernel->shape.batch * kernel->row_parts * kernel->column_parts;
    cornu_parallel_(parts, kernel->threads, run_parts, &job);
    return CORNU_OK;
}

static void destroy(cornu_kernel *base) {
    gemm_kernel *kernel = (gemm_kernel *)base;
    if (kernel->program) kernel->program->base.destroy(&kernel->program->base);
    cornu_free_(kernel);
}

/* Enough parts for every thread, a whole number of register blocks each. A program works on whole
 * rows. */
static void cut(gemm_kernel *kernel) {
    const cornu_matmul_shape *s = &kernel->shape;
    int64_t rows = (int64_t)kernel->loops->gemm_rows;
    int64_t columns = (int64_t)kernel->loops->gemm_columns, parts = kernel->threads;
    if (s->batch >= 4 * parts || s->batch % parts == 0) parts = 1;
    bool by_rows = (kernel->program && kernel->shift < 0) || s->m / rows > s->n / columns;
    kernel->part_rows = by_rows ? round_up((s->m + parts - 1) / parts, rows) : s->m;
    kernel->part_columns = by_rows ? s->n : round_up((s->n + parts - 1) / parts, columns);
    kernel->row_parts = (s->m + kernel->part_rows - 1) / kernel->part_rows;
    kernel->column_parts = (s->n + kernel->part_columns - 1) / kernel->part_columns;
    int64_t stripes = (kernel->part_rows + CORNU_GEMM_BLOCK_M - 1) / CORNU_GEMM_BLOCK_M;
    kernel->stripe_rows = round_up((kernel->part_rows + stripes - 1) / stripes, rows);
}

static void place(gemm_kernel *kernel) {
    size_t chunk = 0, tiles = 0;
    if (kernel->program) {
        tiles = cornu_aligned_size_(kernel->program->part_size);
        if (kernel->kept < 0 && kernel->shift < 0)
            chunk = (size_t)(kernel->stripe_rows * kernel->shape.n) * sizeof(float);
    }
    kernel->chunk_at = cornu_aligned_size_(cornu_gemm_panels_size_(kernel->loops) * sizeof(float));
    kernel->tiles_at = kernel->chunk_at + cornu_aligned_size_(chunk);
    kernel->room = kernel->tiles_at + tiles;
    kernel->base.workspace_size = kernel->room * (size_t)kernel->threads;
}

bool cornu_cpu_gemm_suits_(const cornu_matmul_shape *s) {
    return s->batch == 1 && s->b_column == 1 && s->m >= LEAST_M && s->n >= LEAST_N &&
           s->k >= LEAST_K;
}

bool cornu_cpu_gemm_takes_program_(const cornu_matmul_shape *s) {
    /* threads share rows then */
    int64_t least = s->n <= MOST_N ? LEAST_M : MANY_M;
    return cornu_cpu_gemm_suits_(s) && s->m >= least * cornu_num_threads();
}

cornu_status cornu_cpu_gemm_with_(
    const cornu_matmul_shape *shape, const cornu_kernel_desc *desc, cornu_kernel **out
) {
    gemm_kernel *kernel = cornu_alloc_(sizeof *kernel);
    if (!kernel) return CORNU_ENOMEM;
    kernel->base.execute = execute;
    kernel->base.destroy = destroy;
    kernel->base.implementation = "cpu gemm";
    kernel->loops = cornu_cpu_loops_();
    kernel->shape = *shape;
    kernel->threads = cornu_threads_for_(shape->batch * shape->m * shape->n * shape->k / 8);
    kernel->kept = 2;
    kernel->shift = -1;
    if (desc) {
        cornu_status status = cornu_product_program_(desc, &kernel->program, &kernel->kept);
        if (status != CORNU_OK) return destroy(&kernel->base), status;
        kernel->base.implementation = "cpu gemm, tiles";
        kernel->descends = kernel->kept < 0 && cornu_gemm_block_k_(shape->k) == shape->k &&
                           cornu_tile_kernel_is_descent_(kernel->program);
        if (kernel->kept < 0 && cornu_gemm_block_k_(shape->k) == shape->k)
            kernel->shift = cornu_tile_kernel_shift_(kernel->program);
        if (kernel->shift >= 0) kernel->base.implementation = "cpu gemm, sum inside";
        if (kernel->descends) kernel->base.implementation = "cpu gemm, descent inside";
    }
    cut(kernel);
    place(kernel);
    *out = &kernel->base;
    return CORNU_OK;
}

cornu_status cornu_cpu_gemm_(const cornu_matmul_shape *shape, cornu_kernel **kernel) {
    return cornu_cpu_gemm_with_(shape, NULL, kernel);
}
