/* Products of many rows by a matrix that the second-level cache holds a block of: b is packed, a
 * block of k at a time, and stays; rows of a are read where they lie, once for each block, and
 * fetched while the rows before them are multiplied. Packing a, as gemm_packed.c does, would cost
 * more than it gains where there are few columns.
 *
 * Every element of c is summed in the order of k, in blocks that depend on k alone, as there.
 * Threads share rows. */
#include "cpu.h"
#include "gemm_packed.h"
#include "gemm_panels.h"
#include "isa.h"
#include "threads.h"

#include "base/memory.h"

enum {
    MOST_COLUMNS = 512,
    MOST_RESIDENT = 1 << 17, /* floats of a block of b */
    LEAST_K = 64,
    LEAST_ROWS = 256, /* of a thread: what packing b is worth */
    LEAST_M = 512,
};

typedef struct resident_kernel {
    cornu_kernel base;
    const cornu_cpu_loops *loops;
    cornu_matmul_shape shape;
    int threads;
    int64_t block_k, part_rows;
    size_t lines_at, room; /* bytes of a thread */
} resident_kernel;

typedef struct resident_job {
    const resident_kernel *kernel;
    const float *a, *b;
    float *c;
    char *workspace;
} resident_job;

static int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }
static int64_t round_up(int64_t x, int64_t step) { return (x + step - 1) / step * step; }

/* Lists what rows `row` .. `end` - 1 read, and what they add to. */
static void list_rows(
    const resident_job *job, int64_t row, int64_t end, int64_t p, int64_t k, cornu_line_list *list
) {
    const cornu_matmul_shape *s = &job->kernel->shape;
    list->count = 0;
    for (; row < end; row++) {
        cornu_line_list_add_(list, job->a + row * s->a_row + p, k);
        cornu_line_list_add_(list, job->c + row * s->n, s->n);
    }
}

/* Rows `row` .. `last` - 1 by the block of b from p on, which is packed. */
static void run_block(
    const resident_job *job, const float *panels, const float **lines, int64_t row, int64_t last,
    int64_t p, int64_t k
) {
    const cornu_matmul_shape *s = &job->kernel->shape;
    const cornu_cpu_loops *loops = job->kernel->loops;
    int64_t rows = (int64_t)loops->gemm_rows, columns = (int64_t)loops->gemm_columns;
    cornu_line_list list = {lines, 0};
    for (; row < last; row += rows) {
        int64_t end = smaller(row + rows, last);
        list_rows(job, end, smaller(end + rows, last), p, k, &list);
        cornu_gemm_operands o = {
            .a = job->a + row * s->a_row + p,
            .b = panels,
            .c = job->c + row * s->n,
            .a_row = (size_t)s->a_row,
            .a_column = 1,
            .b_row = (size_t)columns,
            .c_row = (size_t)s->n,
            .k = (size_t)k,
            .add = p > 0,
            .lines = list.at,
            .line_count = list.count,
        };
        cornu_gemm_panels_(loops, &o, end - row, s->n / columns, k * columns);
    }
}

static void run_parts(void *context, int64_t begin, int64_t end, int thread) {
    const resident_job *job = context;
    const resident_kernel *kernel = job->kernel;
    const cornu_matmul_shape *s = &kernel->shape;
    char *room = job->workspace + (size_t)thread * kernel->room;
    float *panels = (float *)(void *)room;
    const float **lines = (const float **)(void *)(room + kernel->lines_at);
    int64_t first = begin * kernel->part_rows, last = smaller(end * kernel->part_rows, s->m);
    for (int64_t p = 0; p < s->k; p += kernel->block_k) {
        int64_t k = smaller(kernel->block_k, s->k - p);
        cornu_gemm_pack_(
            panels, job->b + p * s->b_row, s->n, s->b_column, k, s->b_row,
            (int64_t)kernel->loops->gemm_columns
        );
        run_block(job, panels, lines, first, last, p, k);
    }
}

static cornu_status execute(const cornu_kernel *base, void *const *buffers, void *workspace) {
    const resident_kernel *kernel = (const resident_kernel *)base;
    resident_job job = {kernel, buffers[0], buffers[1], buffers[2], workspace};
    cornu_parallel_(kernel->threads, kernel->threads, run_parts, &job);
    return CORNU_OK;
}

static void destroy(cornu_kernel *kernel) { cornu_free_(kernel); }

bool cornu_cpu_gemm_resident_suits_(const cornu_matmul_shape *s) {
    int64_t columns = (int64_t)cornu_cpu_loops_()->gemm_columns;
    return s->batch == 1 && s->a_column == 1 && s->n % columns == 0 && s->n <= MOST_COLUMNS &&
           s->k >= LEAST_K && cornu_gemm_block_k_(s->k) * s->n <= MOST_RESIDENT && s->m >= LEAST_M;
}

cornu_status cornu_cpu_gemm_resident_(const cornu_matmul_shape *shape, cornu_kernel **out) {
    resident_kernel *kernel = cornu_alloc_(sizeof *kernel);
    if (!kernel) return CORNU_ENOMEM;
    kernel->base.execute = execute;
    kernel->base.destroy = destroy;
    kernel->base.implementation = "cpu gemm, b resident";
    kernel->loops = cornu_cpu_loops_();
    kernel->shape = *shape;
    kernel->threads = (int)smaller(cornu_num_threads(), shape->m / LEAST_ROWS);
    kernel->block_k = cornu_gemm_block_k_(shape->k);
    int64_t rows = (int64_t)kernel->loops->gemm_rows, threads = kernel->threads;
    kernel->part_rows = round_up((shape->m + threads - 1) / threads, rows);
    int64_t lines = rows * (cornu_lines_of_(kernel->block_k) + cornu_lines_of_(shape->n));
    kernel->lines_at = cornu_aligned_size_((size_t)(kernel->block_k * shape->n) * sizeof(float));
    kernel->room = kernel->lines_at + cornu_aligned_size_((size_t)lines * sizeof(float *));
    kernel->base.workspace_size = kernel->room * (size_t)threads;
    *out = &kernel->base;
    return CORNU_OK;
}
