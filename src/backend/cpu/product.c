/* Products without packing, alone or with an elementwise program: bias and activation, the gradient
 * of an activation, an optimizer's update of the weights whose gradient the product is. Some rows
 * are multiplied, and the program runs on them while they are in the cache; a product that nobody
 * else wants is never written to memory. The bits are those of the two kernels one after the
 * other. */
#include "product.h"
#include "cpu.h"
#include "elementwise.h"
#include "gemm_direct.h"
#include "threads.h"

#include "base/memory.h"

enum { CHUNK_BYTES = 16384 }; /* of the product: half of the first-level cache */

typedef struct product_kernel {
    cornu_kernel base;
    cornu_gemm_direct direct;
    cornu_tile_kernel *program; /* NULL: none */
    int threads;                /* that share the rows */
    int64_t share, chunk;       /* rows of a thread, and rows that are worked on at a time */
    int kept;                   /* the operand that the product goes to, or -1 */
    bool updates;               /* the program is Adam's update, and can run inside the product */
    int result;                 /* the last operand: */
    bool claims;                /* whether its lines are asked for first */
    size_t result_size;
    size_t product_at, tiles_at, part_size; /* bytes in a thread's part of the workspace */
    size_t sums_at;                         /* of the shares of k, in the workspace */
} product_kernel;

typedef struct product_job {
    const product_kernel *kernel;
    void *const *buffers;
    char *workspace;
} product_job;

static int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }
static int64_t round_up(int64_t x, int64_t step) { return (x + step - 1) / step * step; }

/* The product of a thread's share of k. */
static float *sums_of(const product_job *job, int64_t share) {
    const cornu_matmul_shape *s = &job->kernel->direct.shape;
    return (float *)(void *)(job->workspace + job->kernel->sums_at) + share * s->m * s->n;
}

static void run_shares(void *context, int64_t begin, int64_t end, int thread) {
    const product_job *job = context;
    const product_kernel *kernel = job->kernel;
    const cornu_matmul_shape *s = &kernel->direct.shape;
    int64_t shares = kernel->direct.k_shares;
    float *panel = (float *)(void *)(job->workspace + (size_t)thread * kernel->part_size);
    cornu_gemm_direct_pack_(&kernel->direct, job->buffers[1], panel);
    for (int64_t share = begin; share < end; share++) {
        int64_t first = s->k * share / shares, last = s->k * (share + 1) / shares;
        cornu_gemm_part part = {0, s->m, first, last - first};
        cornu_gemm_direct_part_(
            &kernel->direct, job->buffers[0], job->buffers[1], panel, sums_of(job, share), &part
        );
    }
}

/* Rows of the product from its shares. */
static void add_shares(const product_job *job, float *product, int64_t row, int64_t rows) {
    const product_kernel *kernel = job->kernel;
    int64_t n = kernel->direct.shape.n;
    const float *sum = sums_of(job, 0) + row * n;
    for (int64_t share = 1; share < kernel->direct.k_shares; share++) {
        const float *more = sums_of(job, share) + row * n;
        kernel->direct.loops->tile[CORNU_EW_ADD](product, sum, more, NULL, (size_t)(rows * n));
        sum = product;
    }
}

/* Asks for the lines that a result goes to before there is something to write: another core may
 * have read the result of the step before, and a line that it still has is slow to get when the
 * stores wait for it one by one. */
static void claim(void *result, size_t size) {
    for (size_t at = 0; at < size; at += 64) __builtin_prefetch((char *)result + at, 1);
}

/* The rows of shares begin .. end - 1. */
static void run_rows(void *context, int64_t begin, int64_t end, int thread) {
    const product_job *job = context;
    const product_kernel *kernel = job->kernel;
    const cornu_matmul_shape *s = &kernel->direct.shape;
    char *room = job->workspace + (size_t)thread * kernel->part_size;
    float *panel = (float *)(void *)room, *product = (float *)(void *)(room + kernel->product_at);
    const float *a = job->buffers[0], *b = job->buffers[1];
    bool shared = kernel->direct.k_shares > 1;
    if (kernel->claims) claim(job->buffers[kernel->result], kernel->result_size);
    int64_t last = smaller(end * kernel->share, s->m);
    cornu_adam_operands adam;
    if (kernel->updates &&
        cornu_tile_kernel_adam_in_place_(kernel->program, job->buffers + 1, &adam)) {
        int64_t first = begin * kernel->share;
        if (first < last)
            cornu_gemm_direct_update_(&kernel->direct, a, b, &adam, product, first, last - first);
        return;
    }
    if (!shared) cornu_gemm_direct_pack_(&kernel->direct, b, panel);
    for (int64_t row = begin * kernel->share; row < last; row += kernel->chunk) {
        cornu_gemm_part part = {row, smaller(last - row, kernel->chunk), 0, s->k};
        if (kernel->kept >= 0) product = (float *)job->buffers[kernel->kept] + row * s->n;
        if (shared) add_shares(job, product, row, part.rows);
        else cornu_gemm_direct_part_(&kernel->direct, a, b, panel, product, &part);
        if (!kernel->program) continue;
        /* the program's first input stands where b does */
        cornu_tile_kernel_run_rows_(
            kernel->program, job->buffers + 1, room + kernel->tiles_at, product, row, part.rows
        );
    }
}

static cornu_status execute(const cornu_kernel *base, void *const *buffers, void *workspace) {
    const product_kernel *kernel = (const product_kernel *)base;
    product_job job = {kernel, buffers, workspace};
    if (kernel->direct.k_shares > 1)
        cornu_parallel_(kernel->direct.k_shares, kernel->direct.threads, run_shares, &job);
    cornu_parallel_(kernel->threads, kernel->threads, run_rows, &job);
    return CORNU_OK;
}

static void destroy(cornu_kernel *base) {
    product_kernel *kernel = (product_kernel *)base;
    if (kernel->program) kernel->program->base.destroy(&kernel->program->base);
    cornu_free_(kernel);
}

/* Threads share rows as they share k, so that the gradient's rows are those that were read going
 * forward. A chunk is as many rows as fit the cache. Both are whole tiles. */
static void cut_rows(product_kernel *kernel) {
    int64_t m = kernel->direct.shape.m, n = kernel->direct.shape.n;
    int64_t step = kernel->program ? kernel->program->rows_per_tile : 1;
    if (step == 0) step = 1;
    int64_t most = kernel->program ? CHUNK_BYTES / (n * (int64_t)sizeof(float)) : m;
    if (most < (int64_t)kernel->direct.loops->gemm_rows)
        most = (int64_t)kernel->direct.loops->gemm_rows;
    kernel->threads = kernel->direct.threads;
    if (kernel->direct.k_shares > 1) kernel->threads = cornu_threads_for_(m * n);
    kernel->share = round_up((m + kernel->threads - 1) / kernel->threads, step);
    int64_t chunks = (kernel->share + most - 1) / most;
    kernel->chunk = round_up((kernel->share + chunks - 1) / chunks, step);
}

static void place(product_kernel *kernel) {
    const cornu_matmul_shape *s = &kernel->direct.shape;
    size_t product = kernel->kept < 0 ? (size_t)(kernel->chunk * s->n) * sizeof(float) : 0;
    if (kernel->updates && product < CORNU_GEMM_UPDATE_ROOM * sizeof(float))
        product = CORNU_GEMM_UPDATE_ROOM * sizeof(float);
    size_t threads = (size_t)kernel->direct.threads;
    kernel->product_at = cornu_aligned_size_(kernel->direct.panel_size);
    kernel->tiles_at = kernel->product_at + cornu_aligned_size_(product);
    kernel->part_size = kernel->tiles_at;
    if (kernel->program) kernel->part_size += cornu_aligned_size_(kernel->program->part_size);
    kernel->sums_at = kernel->part_size * threads;
    kernel->base.workspace_size = kernel->sums_at;
    if (kernel->direct.k_shares > 1)
        kernel->base.workspace_size += (size_t)(s->m * s->n) * threads * sizeof(float);
}

cornu_status cornu_product_program_(
    const cornu_kernel_desc *desc, cornu_tile_kernel **program, int *kept
) {
    cornu_operand *operands = cornu_alloc_array_((size_t)desc->operand_count, sizeof *operands);
    if (!operands) return CORNU_ENOMEM;
    cornu_kernel_desc tiles = *desc;
    int outputs = cornu_kernel_outputs_(desc), last = desc->operand_count - 1;
    operands[0] = cornu_operand_like_(CORNU_FLOAT32, &desc->operands[last]);
    for (int i = 2; i <= last; i++) operands[i - 1] = desc->operands[i];
    tiles.kind = CORNU_KERNEL_ELEMENTWISE;
    tiles.operands = operands;
    tiles.operand_count = last;
    *kept = -1;
    if (desc->results && desc->results[outputs - 1] == 0) { /* register 0: the product itself */
        *kept = last;
        tiles.operand_count--;
        tiles.output_count = outputs - 1;
    }
    cornu_status status = cornu_tile_kernel_of_rows_(&tiles, program);
    cornu_free_(operands);
    return status;
}

bool cornu_cpu_takes_program_(const cornu_kernel_desc *product) {
    for (int i = 0; i < 3; i++) {
        if (product->operands[i].dtype != CORNU_FLOAT32 || product->operands[i].rank < 2)
            return false;
    }
    cornu_matmul_shape shape = cornu_matmul_simplify_(product);
    return (cornu_matmul_is_direct_(&shape) && shape.n > 1) ||
           cornu_cpu_gemm_takes_program_(&shape);
}

cornu_status cornu_cpu_product_(const cornu_kernel_desc *desc, cornu_kernel **out) {
    cornu_operand product[3] = {desc->operands[0], desc->operands[1]};
    product[2] = cornu_operand_like_(CORNU_FLOAT32, &desc->operands[desc->operand_count - 1]);
    cornu_kernel_desc plain = {
        .kind = CORNU_KERNEL_MATMUL, .operand_count = 3, .operands = product};
    cornu_matmul_shape shape = cornu_matmul_simplify_(&plain);
    if (desc->program_length > 0 && !cornu_cpu_takes_program_(&plain)) return CORNU_EUNSUPPORTED;
    if (!cornu_matmul_is_direct_(&shape))
        return cornu_cpu_gemm_with_(&shape, desc->program_length > 0 ? desc : NULL, out);
    product_kernel *kernel = cornu_alloc_(sizeof *kernel);
    if (!kernel) return CORNU_ENOMEM;
    kernel->base.execute = execute;
    kernel->base.destroy = destroy;
    kernel->base.implementation = "cpu direct product";
    kernel->direct = cornu_gemm_direct_make_(&shape);
    if (cornu_matmul_threads_(&shape) == 1) {
        kernel->direct.threads = 1;
        kernel->direct.k_shares = 1;
    }
    kernel->kept = 2;
    if (desc->program_length > 0) {
        kernel->base.implementation = "cpu direct product, tiles";
        cornu_status status = cornu_product_program_(desc, &kernel->program, &kernel->kept);
        if (status != CORNU_OK) return destroy(&kernel->base), status;
    }
    kernel->updates = kernel->program && kernel->kept < 0 &&
                      cornu_gemm_direct_updates_(&kernel->direct) &&
                      cornu_tile_kernel_is_adam_(kernel->program);
    if (kernel->updates) kernel->base.implementation = "cpu direct product, update inside";
    cut_rows(kernel);
    place(kernel);
    kernel->result = desc->operand_count - 1;
    kernel->result_size =
        (size_t)(shape.m * shape.n) * cornu_dtype_size(desc->operands[kernel->result].dtype);
    kernel->claims = kernel->threads == 1 && cornu_num_threads() > 1;
    *out = &kernel->base;
    return CORNU_OK;
}
