/* Our own product of float32 matrices, for strides that oneDNN is slow at and for builds without
 * it.
 *
 * The usual scheme (Goto and van de Geijn, "Anatomy of high-performance matrix multiplication",
 * 2008): blocks of a and b are copied into panels as wide as the register block, which then runs
 * over them without a gap. Copying takes any stride, so transposes and broadcasts cost nothing
 * more. Threads share the blocks of c; every element of c is summed in the same order whatever
 * their number. */
#include "cpu.h"
#include "isa.h"
#include "matmul.h"
#include "threads.h"

#include "base/memory.h"
#include <string.h>

enum {
    BLOCK_M = 240, /* a multiple of the rows of every register block: 12, 6, 4 */
    BLOCK_N = 256, /* a multiple of their columns: 32, 16, 8 */
    BLOCK_K = 256,
    LARGEST_TILE = 12 * 32,
};

typedef struct gemm_kernel {
    cornu_kernel base;
    const cornu_cpu_loops *loops;
    cornu_matmul_shape shape;
    int64_t block_m, block_n;   /* at most BLOCK_M and BLOCK_N */
    int64_t blocks_m, blocks_n; /* in one matrix */
    int threads;
} gemm_kernel;

typedef struct gemm_job {
    const gemm_kernel *kernel;
    const float *a, *b;
    float *c;
    float *panels; /* per thread: a block of a, a block of b */
} gemm_job;

static int64_t round_up(int64_t x, int64_t step) { return (x + step - 1) / step * step; }
static int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }

void cornu_gemm_pack_(
    float *panel, const float *from, int64_t lines, int64_t line_stride, int64_t k,
    int64_t k_stride, int64_t width
) {
    for (int64_t first = 0; first < lines; first += width) {
        int64_t count = smaller(lines - first, width);
        const float *s = from + first * line_stride;
        if (count < width) memset(panel, 0, (size_t)(width * k) * sizeof *panel);
        if (line_stride == 1) {
            for (int64_t p = 0; p < k; p++) {
                memcpy(panel + p * width, s + p * k_stride, (size_t)count * sizeof *panel);
            }
        } else {
            for (int64_t i = 0; i < count; i++) {
                for (int64_t p = 0; p < k; p++)
                    panel[p * width + i] = s[i * line_stride + p * k_stride];
            }
        }
        panel += width * k;
    }
}

/* c[m, n] += the product of two packed blocks */
static void multiply_block(
    const cornu_cpu_loops *loops, const float *a, const float *b, int64_t m, int64_t n, int64_t k,
    float *c, int64_t ldc
) {
    int64_t rows = (int64_t)loops->gemm_rows, columns = (int64_t)loops->gemm_columns;
    for (int64_t j = 0; j < n; j += columns) {
        for (int64_t i = 0; i < m; i += rows) {
            const float *a_panel = a + i * k, *b_panel = b + j * k;
            int64_t height = smaller(m - i, rows), width = smaller(n - j, columns);
            if (height == rows && width == columns) {
                loops->gemm_block((size_t)k, a_panel, b_panel, c + i * ldc + j, (size_t)ldc);
                continue;
            }
            float tile[LARGEST_TILE] = {0};
            loops->gemm_block((size_t)k, a_panel, b_panel, tile, (size_t)columns);
            for (int64_t r = 0; r < height; r++) {
                for (int64_t q = 0; q < width; q++)
                    c[(i + r) * ldc + j + q] += tile[r * columns + q];
            }
        }
    }
}

/* Blocks begin .. end - 1 of c, over all matrices. */
static void run_blocks(void *context, int64_t begin, int64_t end, int thread) {
    const gemm_job *job = context;
    const gemm_kernel *kernel = job->kernel;
    const cornu_matmul_shape *s = &kernel->shape;
    float *a_panels = job->panels + (int64_t)thread * (BLOCK_M + BLOCK_N) * BLOCK_K;
    float *b_panels = a_panels + BLOCK_M * BLOCK_K;
    for (int64_t block = begin; block < end; block++) {
        int64_t column = block % kernel->blocks_n * kernel->block_n;
        int64_t row = block / kernel->blocks_n % kernel->blocks_m * kernel->block_m;
        int64_t index = block / kernel->blocks_n / kernel->blocks_m, a_offset, b_offset;
        int64_t m = smaller(s->m - row, kernel->block_m),
                n = smaller(s->n - column, kernel->block_n);
        cornu_matmul_locate_(s, index, &a_offset, &b_offset);
        const float *a = job->a + a_offset + row * s->a_row;
        const float *b = job->b + b_offset + column * s->b_column;
        float *c = job->c + (index * s->m + row) * s->n + column;
        for (int64_t i = 0; i < m; i++) memset(c + i * s->n, 0, (size_t)n * sizeof *c);
        for (int64_t p = 0; p < s->k; p += BLOCK_K) {
            int64_t k = smaller(s->k - p, BLOCK_K);
            cornu_gemm_pack_(
                a_panels, a + p * s->a_column, m, s->a_row, k, s->a_column,
                (int64_t)kernel->loops->gemm_rows
            );
            cornu_gemm_pack_(
                b_panels, b + p * s->b_row, n, s->b_column, k, s->b_row,
                (int64_t)kernel->loops->gemm_columns
            );
            multiply_block(kernel->loops, a_panels, b_panels, m, n, k, c, s->n);
        }
    }
}

static cornu_status execute(const cornu_kernel *base, void *const *buffers, void *workspace) {
    const gemm_kernel *kernel = (const gemm_kernel *)base;
    gemm_job job = {kernel, buffers[0], buffers[1], buffers[2], workspace};
    int64_t blocks = kernel->shape.batch * kernel->blocks_m * kernel->blocks_n;
    cornu_parallel_(blocks, kernel->threads, run_blocks, &job);
    return CORNU_OK;
}

static void destroy(cornu_kernel *kernel) { cornu_free_(kernel); }

/* Halves blocks until every thread has one. */
static void cut_blocks(gemm_kernel *kernel) {
    const cornu_matmul_shape *s = &kernel->shape;
    int64_t rows = (int64_t)kernel->loops->gemm_rows,
            columns = (int64_t)kernel->loops->gemm_columns;
    int64_t m = smaller(BLOCK_M, round_up(s->m, rows)),
            n = smaller(BLOCK_N, round_up(s->n, columns));
    while (s->batch * ((s->m + m - 1) / m) * ((s->n + n - 1) / n) < kernel->threads) {
        if (n > columns && (n >= m || m <= rows)) n = round_up(n / 2, columns);
        else if (m > rows) m = round_up(m / 2, rows);
        else break;
    }
    kernel->block_m = m;
    kernel->block_n = n;
    kernel->blocks_m = (s->m + m - 1) / m;
    kernel->blocks_n = (s->n + n - 1) / n;
}

cornu_status cornu_cpu_gemm_(const cornu_matmul_shape *shape, cornu_kernel **out) {
    gemm_kernel *kernel = cornu_alloc_(sizeof *kernel);
    if (!kernel) return CORNU_ENOMEM;
    kernel->base.execute = execute;
    kernel->base.destroy = destroy;
    kernel->base.implementation = "cpu gemm";
    kernel->loops = cornu_cpu_loops_();
    kernel->shape = *shape;
    kernel->threads = cornu_threads_for_(shape->batch * shape->m * shape->n * shape->k / 8);
    cut_blocks(kernel);
    kernel->base.workspace_size =
        (size_t)kernel->threads * (BLOCK_M + BLOCK_N) * BLOCK_K * sizeof(float);
    *out = &kernel->base;
    return CORNU_OK;
}
