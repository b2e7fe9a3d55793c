/* Products of float32 matrices small enough for the caches, read where they lie: no packing, which
 * costs as much as the product itself where one of the matrices is used a few times only. Every
 * element is summed in the order of k, in blocks that depend on k alone, so that the rows that are
 * computed at a time change no bit.
 *
 * Threads share rows. Where k is long and rows are few, as in the layers of a classifier going
 * forward, they share k instead, except in exact mode: each then reads the same rows of the weights
 * that it has written when it shared the rows of their gradient, in its own cache, and only partial
 * sums travel from core to core. */
#include "gemm_direct.h"

#include "isa.h"
#include "threads.h"

#include "base/memory.h"
#include <string.h>

enum {
    MOST_COLUMNS = 1024,
    MOST_K = 8192,
    MOST_PACKED = 1 << 14, /* elements of a b that has to be transposed */
    BLOCK_K = 512,
    LONG_K = 256,
    WORTH_A_TEAM = 1 << 17, /* multiplications */
    ROWS_PER_THREAD = 4,
    FEW_ROWS = 2, /* that read b as a stream, some of its rows at a time */
    STREAM_K = 16,
    LARGE_B = 1 << 17, /* elements, from which on that matters */
};
static const int64_t most_work = INT64_C(1) << 26; /* multiplications */

static int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }

static int threads_for(const cornu_matmul_shape *s) {
    return s->m * s->n * s->k < WORTH_A_TEAM ? 1 : cornu_num_threads();
}

bool cornu_gemm_direct_suits_(const cornu_matmul_shape *s) {
    int threads = threads_for(s);
    if (s->batch != 1 || s->m < 1 || s->n < 1 || s->k < 1) return false;
    if (s->n > MOST_COLUMNS || s->k > MOST_K || s->m * s->n * s->k > most_work) return false;
    /* with few rows others are better, which share columns: but not with the same bits */
    if (threads > 1 && s->m < ROWS_PER_THREAD * threads && !cornu_exact()) return false;
    return s->b_column == 1 || s->k * s->n <= MOST_PACKED;
}

/* One row or two by a large b take as long as reading b does: along its rows, not down a few
 * columns. */
static bool streams(const cornu_matmul_shape *s) {
    return s->m <= FEW_ROWS && s->b_column == 1 && s->k * s->n >= LARGE_B;
}

cornu_gemm_direct cornu_gemm_direct_make_(const cornu_matmul_shape *shape) {
    const cornu_cpu_loops *loops = cornu_cpu_loops_();
    int64_t columns = (int64_t)loops->gemm_columns, vector = columns / 2;
    int64_t parts = (shape->k + BLOCK_K - 1) / BLOCK_K, tail = shape->n % columns;
    cornu_gemm_direct direct = {
        .loops = loops,
        .shape = *shape,
        .block_k = streams(shape) ? STREAM_K : (shape->k + parts - 1) / parts,
        .packs = shape->b_column != 1,
        .tail = tail == vector || streams(shape) ? 0 : tail,
        .threads = threads_for(shape),
        .k_shares = 1,
    };
    /* Sums cut among threads have other bits for other numbers of threads. */
    if (shape->k >= LONG_K && shape->k >= 4 * shape->m && !cornu_exact())
        direct.k_shares = direct.threads;
    int64_t packed = direct.packs ? shape->n - tail : 0;
    if (direct.packs && tail == vector) packed += vector;
    if (direct.tail > 0) packed += tail > vector ? columns : vector;
    direct.panel_size = (size_t)(packed * shape->k) * sizeof(float);
    return direct;
}

void cornu_gemm_direct_pack_(const cornu_gemm_direct *d, const float *b, float *panel) {
    const cornu_matmul_shape *s = &d->shape;
    int64_t columns = (int64_t)d->loops->gemm_columns, vector = columns / 2;
    int64_t rest = s->n % columns, whole = s->n - rest;
    if (d->packs && whole > 0) {
        cornu_gemm_pack_(panel, b, whole, s->b_column, s->k, s->b_row, columns);
        panel += whole * s->k;
    }
    if (rest == 0 || !(d->packs || d->tail)) return;
    cornu_gemm_pack_(
        panel, b + whole * s->b_column, rest, s->b_column, s->k, s->b_row,
        rest > vector ? columns : vector
    );
}

/* Columns j .. j + width - 1 of a block of rows; c is the first element of the rows. */
static void multiply_column(
    const cornu_gemm_direct *d, cornu_gemm_operands o, int64_t rows, int64_t width
) {
    int64_t vector = (int64_t)d->loops->gemm_columns / 2, vectors = width > vector ? 2 : 1;
    int64_t blocks = (rows + (int64_t)d->loops->gemm_rows - 1) / (int64_t)d->loops->gemm_rows;
    for (int64_t block = 0; block < blocks; block++) {
        int64_t first = rows * block / blocks, count = rows * (block + 1) / blocks - first;
        cornu_gemm_operands part = o;
        cornu_gemm_direct_block *run = d->loops->gemm_direct[vectors - 1][count - 1];
        part.a += first * (int64_t)o.a_row;
        part.c += first * (int64_t)o.c_row;
        if (width == vectors * vector) {
            run(&part);
            continue;
        }
        float tile[CORNU_CPU_GEMM_ROWS * 32], *c = part.c;
        part.c = tile;
        part.c_row = (size_t)(vectors * vector);
        part.add = false;
        run(&part);
        for (int64_t r = 0; r < count; r++, c += o.c_row) {
            const float *sum = tile + r * vectors * vector;
            if (!o.add) memcpy(c, sum, (size_t)width * sizeof *c);
            else
                for (int64_t j = 0; j < width; j++) c[j] += sum[j];
        }
    }
}

/* Columns from j on, as many as a register block has, summed over block_k of k from p on. */
static void multiply_block(
    const cornu_gemm_direct *d, const float *a, const float *b, const float *panel, float *c,
    const cornu_gemm_part *part, int64_t j, int64_t p
) {
    const cornu_matmul_shape *s = &d->shape;
    int64_t columns = (int64_t)d->loops->gemm_columns, end = part->k + part->k_count;
    int64_t width = smaller(s->n - j, columns);
    bool packed = d->packs || (d->tail && j + columns > s->n);
    int64_t b_row = !packed ? s->b_row : width > columns / 2 ? columns : columns / 2;
    const float *from = !packed ? b + j : d->packs ? panel + j * s->k : panel;
    cornu_gemm_operands o = {
        .a = a + part->row * s->a_row + p * s->a_column,
        .b = from + p * b_row,
        .c = c + j,
        .a_row = (size_t)s->a_row,
        .a_column = (size_t)s->a_column,
        .b_row = (size_t)b_row,
        .c_row = (size_t)s->n,
        .k = (size_t)smaller(end - p, d->block_k),
        .add = p > part->k,
    };
    multiply_column(d, o, part->rows, width);
}

/* A few rows by some rows of b, and by the next ones. */
static void stream(
    const cornu_gemm_direct *d, const float *a, const float *b, float *c,
    const cornu_gemm_part *part
) {
    const cornu_matmul_shape *s = &d->shape;
    int64_t end = part->k + part->k_count;
    for (int64_t p = part->k; p < end; p += d->block_k) {
        for (int64_t r = 0; r < part->rows; r++) {
            cornu_gemm_operands o = {
                .a = a + (part->row + r) * s->a_row + p * s->a_column,
                .b = b + p * s->b_row,
                .c = c + r * s->n,
                .a_column = (size_t)s->a_column,
                .b_row = (size_t)s->b_row,
                .k = (size_t)smaller(end - p, d->block_k),
                .add = p > part->k,
            };
            d->loops->gemm_stream(&o, (size_t)s->n);
        }
    }
}

void cornu_gemm_direct_part_(
    const cornu_gemm_direct *d, const float *a, const float *b, const float *panel, float *c,
    const cornu_gemm_part *part
) {
    int64_t n = d->shape.n, columns = (int64_t)d->loops->gemm_columns;
    int64_t end = part->k + part->k_count;
    if (streams(&d->shape)) {
        stream(d, a, b, c, part);
        return;
    }
    for (int64_t j = 0; j < n; j += columns)
        for (int64_t p = part->k; p < end; p += d->block_k)
            multiply_block(d, a, b, panel, c, part, j, p);
}

bool cornu_gemm_direct_updates_(const cornu_gemm_direct *d) {
    const cornu_matmul_shape *s = &d->shape;
    return d->loops->gemm_update[0] && !d->packs && s->n % (int64_t)d->loops->gemm_columns == 0 &&
           s->a_row == 1 && s->k <= d->block_k && d->k_shares == 1;
}

/* Block after block along the rows, so that weights and moments come and go as streams; each block
 * leaves its gradient to the next one. */
void cornu_gemm_direct_update_(
    const cornu_gemm_direct *d, const float *a, const float *b, const cornu_adam_operands *adam,
    float room[CORNU_GEMM_UPDATE_ROOM], int64_t row, int64_t rows
) {
    const cornu_matmul_shape *s = &d->shape;
    int64_t columns = (int64_t)d->loops->gemm_columns, tallest = (int64_t)d->loops->gemm_rows;
    int64_t blocks = (rows + tallest - 1) / tallest;
    cornu_gemm_operands o = {
        .c = room,
        .a_row = 1,
        .a_column = (size_t)s->a_column,
        .b_row = (size_t)s->b_row,
        .c_row = (size_t)columns,
        .k = (size_t)s->k,
    };
    cornu_gemm_update update = {.pitch = (size_t)s->n, .ahead = (size_t)(tallest * s->n)};
    memcpy(update.scalars, adam->scalars, sizeof update.scalars);
    for (int64_t block = 0; block < blocks; block++) {
        int64_t first = rows * block / blocks, count = rows * (block + 1) / blocks - first;
        o.a = a + row + first;
        for (int64_t j = 0; j < s->n; j += columns) {
            int64_t at = (row + first) * s->n + j;
            o.b = b + j;
            d->loops->gemm_update[count - 1](&o, &update);
            update.g = o.c;
            update.w = adam->w + at;
            update.m = adam->m + at;
            update.v = adam->v + at;
            update.rows = (size_t)count;
            o.c = o.c == room ? room + tallest * columns : room;
        }
    }
    for (size_t r = 0; r < update.rows; r++) {
        float *const out[3] = {
            update.w + r * update.pitch, update.m + r * update.pitch, update.v + r * update.pitch};
        const float *in[4] = {out[0], out[1], out[2], update.g + r * o.c_row};
        d->loops->adam(out, in, update.scalars, o.c_row);
    }
}
