/* Large products of float32 matrices for any strides.
 *
 * The usual scheme (Goto and van de Geijn, "Anatomy of high-performance matrix multiplication",
 * 2008) but for what is kept: a block of a, [BLOCK_M, BLOCK_K], is packed for the second-level
 * cache, and of b one panel as wide as the register block at a time. While the rows of a's block
 * are multiplied by a panel, the next one is packed bit by bit, so that nobody waits for the memory
 * that b lies in: rows of b are copied inside the register block's loop, columns are transposed
 * between two of its calls. The lines of c that the next call adds to are fetched meanwhile too.
 *
 * Every element of c is summed in the order of k, in blocks that depend on k alone. */
#include "gemm_packed.h"

#include <string.h>

enum {
    BLOCK_M = CORNU_GEMM_BLOCK_M,
    BLOCK_K = CORNU_GEMM_BLOCK_K,
    TURN = 8, /* steps along k, at each of which a register block copies a row */
    LINE = 16 /* elements of a cache line */
};

/* A panel of b that is being packed. */
typedef struct panel {
    const float *from;
    float *to;
    int64_t k, columns, done; /* rows of it, its columns, rows that are there */
    enum { AT_ONCE, BY_ROWS, BY_LINES } way;
} panel;

typedef struct position {
    int64_t p, k, j; /* k of them from p on; columns from j on */
} position;

static int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }
static int64_t round_up(int64_t x, int64_t step) { return (x + step - 1) / step * step; }

int64_t cornu_gemm_block_k_(int64_t k) {
    int64_t blocks = (k + BLOCK_K - 1) / BLOCK_K;
    return blocks > 1 ? round_up((k + blocks - 1) / blocks, TURN) : k;
}

size_t cornu_gemm_panels_size_(const cornu_cpu_loops *loops) {
    return (BLOCK_M + 2 * loops->gemm_columns) * BLOCK_K;
}

static panel panel_at(const cornu_gemm_stripe *s, const position *at, float *to) {
    int64_t columns = (int64_t)s->loops->gemm_columns;
    panel b = {
        .from = s->b + at->p * s->shape->b_row + at->j * s->shape->b_column,
        .to = to,
        .k = at->k,
        .columns = smaller(columns, s->columns - at->j),
    };
    if (b.columns < columns) b.way = AT_ONCE;
    else if (s->shape->b_column == 1) b.way = BY_ROWS;
    else if (s->shape->b_row == 1) b.way = BY_LINES;
    return b;
}

/* Packs rows of the panel up to `end` - for a panel that is packed at once, all of it. */
static void pack_up_to(const cornu_gemm_stripe *s, panel *b, int64_t end) {
    int64_t columns = (int64_t)s->loops->gemm_columns, vector = (int64_t)s->loops->gemm_width;
    int64_t row = s->shape->b_row, column = s->shape->b_column;
    if (end <= b->done) return;
    float *to = b->to + b->done * columns;
    const float *from = b->from + b->done * row;
    size_t k = (size_t)(end - b->done), width = (size_t)columns;
    switch (b->way) {
    case AT_ONCE:
        cornu_gemm_pack_(b->to, b->from, b->columns, column, b->k, row, columns);
        end = b->k;
        break;
    case BY_ROWS:
        s->loops->pack_rows(to, width, from, (size_t)row, k);
        break;
    case BY_LINES:
        for (int64_t j = 0; j < columns; j += vector) {
            s->loops->pack_lines(
                to + j, width, from + j * column, (size_t)column, (size_t)vector, k
            );
        }
        break;
    }
    b->done = end;
}

/* How much of a panel there is to be after part `part` of `parts`. */
static int64_t due(const panel *b, int64_t part, int64_t parts) {
    int64_t rows = b->k * part / parts;
    return b->way == BY_LINES && part < parts ? smaller(round_up(rows, LINE), b->k) : rows;
}

/* What comes before a register block or, if that is `full`, goes into it for the next panel: rows
 * are copied, and what is due after that is fetched. */
static void carry(
    const cornu_gemm_stripe *s, panel *b, int64_t part, int64_t parts, bool full,
    cornu_gemm_block *block
) {
    int64_t now = due(b, part + 1, parts), then = due(b, smaller(part + 2, parts), parts);
    if (b->way == BY_ROWS && full) {
        int64_t row = s->shape->b_row, copies = smaller(now - b->done, (int64_t)block->k / TURN);
        pack_up_to(s, b, now - copies);
        block->copies = (cornu_gemm_lines){b->from + b->done * row, (size_t)row, (size_t)copies};
        block->copy = b->to + b->done * (int64_t)s->loops->gemm_columns;
        b->done = now;
        block->source = (cornu_gemm_lines){b->from + now * row, (size_t)row, (size_t)(then - now)};
        return;
    }
    pack_up_to(s, b, now);
    if (b->way != BY_LINES || then == now) return;
    block->source =
        (cornu_gemm_lines){b->from + now, (size_t)s->shape->b_column, (size_t)b->columns};
}

/* A register block at an edge of c. */
static void run_edge(
    const cornu_gemm_stripe *s, const cornu_gemm_block *block, int64_t rows, int64_t width
) {
    int64_t columns = (int64_t)s->loops->gemm_columns;
    int vectors = width > columns / 2 ? 2 : 1;
    float tile[CORNU_CPU_GEMM_ROWS * 32], *c = block->c;
    bool whole = width == vectors * columns / 2 && block->end < CORNU_GEMM_SHIFT;
    cornu_gemm_operands o = {
        .a = block->a,
        .b = block->b,
        .c = whole ? c : tile,
        .a_row = 1,
        .a_column = s->loops->gemm_rows,
        .b_row = (size_t)columns,
        .c_row = whole ? block->c_row : (size_t)columns,
        .k = block->k,
        .add = whole && block->end == CORNU_GEMM_ADD,
    };
    s->loops->gemm_direct[vectors - 1][rows - 1](&o);
    for (int64_t r = 0; r < rows && !whole; r++, c += block->c_row) {
        const float *sum = tile + r * columns;
        for (int64_t j = 0; j < width; j++) {
            if (block->end == CORNU_GEMM_SET) c[j] = sum[j];
            else if (block->end == CORNU_GEMM_ADD) c[j] += sum[j];
            else if (block->end == CORNU_GEMM_SHIFT) c[j] = sum[j] + block->shift[j];
            else c[j] -= sum[j] * block->rate;
        }
    }
}

/* The lines of c that a register block from row `block` on adds to, or else those at the top of the
 * next columns. */
static cornu_gemm_lines following(const cornu_gemm_stripe *s, const position *at, int64_t block) {
    int64_t rows = (int64_t)s->loops->gemm_rows, row = block * rows, column = at->j;
    if (row >= s->rows) {
        row = 0;
        column += (int64_t)s->loops->gemm_columns;
        if (column >= s->columns) column = 0;
    }
    return (cornu_gemm_lines
    ){s->c + row * s->c_row + column, (size_t)s->c_row, (size_t)smaller(rows, s->rows - row)};
}

/* All rows by the panel b, and the panel that follows, if any, packed meanwhile. */
static void run_panel(
    const cornu_gemm_stripe *s, const float *a, const float *b, const position *at, panel *next
) {
    int64_t rows = (int64_t)s->loops->gemm_rows, columns = (int64_t)s->loops->gemm_columns;
    int64_t width = smaller(columns, s->columns - at->j), blocks = (s->rows + rows - 1) / rows;
    cornu_gemm_block block = {.b = b, .c_row = (size_t)s->c_row, .k = (size_t)at->k};
    block.end = s->descends ? CORNU_GEMM_DESCEND
                : s->shift  ? CORNU_GEMM_SHIFT
                : at->p > 0 ? CORNU_GEMM_ADD
                            : CORNU_GEMM_SET;
    block.rate = s->rate;
    if (s->shift) block.shift = s->shift + at->j;
    for (int64_t i = 0; i < blocks; i++) {
        int64_t height = smaller(rows, s->rows - i * rows);
        bool full = height == rows && width == columns;
        block.a = a + i * rows * at->k;
        block.c = s->c + i * rows * s->c_row + at->j;
        block.copies.count = block.source.count = 0;
        if (next) carry(s, next, i, blocks, full, &block);
        if (!full) {
            run_edge(s, &block, height, width);
            continue;
        }
        block.result = following(s, at, i + 1);
        s->loops->gemm_block(&block);
    }
}

void cornu_gemm_stripe_run_(const cornu_gemm_stripe *s) {
    int64_t columns = (int64_t)s->loops->gemm_columns, block_k = cornu_gemm_block_k_(s->shape->k);
    float *a = s->panels, *b[2] = {a + BLOCK_M * BLOCK_K, a + (BLOCK_M + columns) * BLOCK_K};
    position at = {0, block_k, 0};
    panel first = panel_at(s, &at, b[0]);
    pack_up_to(s, &first, first.k);
    for (int odd = 0;; odd = !odd) {
        if (at.j == 0) {
            const float *from = s->a + at.p * s->shape->a_column;
            cornu_gemm_pack_(
                a, from, s->rows, s->shape->a_row, at.k, s->shape->a_column,
                (int64_t)s->loops->gemm_rows
            );
        }
        position then = at;
        then.j += columns;
        if (then.j >= s->columns) {
            then.j = 0;
            then.p += at.k;
            then.k = smaller(block_k, s->shape->k - then.p);
        }
        bool last = then.p >= s->shape->k;
        panel next = last ? (panel){0} : panel_at(s, &then, b[!odd]);
        run_panel(s, a, b[odd], &at, last ? NULL : &next);
        if (last) return;
        at = then;
    }
}
