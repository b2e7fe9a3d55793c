/* The inner loops of the cpu backend, one table of them per instruction set. The loops are written
 * once, in the .inc files, and built by loops_base.c, loops_avx2.c and loops_avx512.c with the
 * options that their names stand for. */
#ifndef CORNU_BACKEND_CPU_LOOPS_H
#define CORNU_BACKEND_CPU_LOOPS_H

#include "backend/kernel.h"
#include "tape.h"

/* d[i] = f(a[i], b[i], c[i]) for i < n. d may be a, b or c; otherwise it overlaps none of them. */
typedef void cornu_tile_function(
    float *d, const float *a, const float *b, const float *c, size_t n
);

/* c = a b, or c += a b: element p of row r of a at a[r * a_row + p * a_column], row p of b at
 * b + p * b_row, row r of c at c + r * c_row. */
typedef struct cornu_gemm_operands {
    const float *a, *b;
    float *c;
    size_t a_row, a_column, b_row, c_row, k;
    bool add;
    const float *const *lines; /* for gemm_fetching alone: memory to ask for meanwhile, */
    size_t line_count;         /* at most cornu_gemm_lines_within_(k) lines of it */
} cornu_gemm_operands;
typedef void cornu_gemm_direct_block(const cornu_gemm_operands *operands);
enum { CORNU_CPU_GEMM_ROWS = 12 }; /* of the tallest register block */

/* Lines that come from afar hold up those that the sums wait for if they are all asked for at once:
 * a few at every so many steps along k. */
enum { CORNU_GEMM_TURN = 8, CORNU_GEMM_LINES_IN_TURN = 2 };
static inline size_t cornu_gemm_lines_within_(size_t k) {
    return (k + CORNU_GEMM_TURN - 1) / CORNU_GEMM_TURN * CORNU_GEMM_LINES_IN_TURN;
}

/* Lines of an array, `row` elements apart. */
typedef struct cornu_gemm_lines {
    const float *at;
    size_t row, count;
} cornu_gemm_lines;

/* What becomes of c: the product, the sum of both, the product plus a row for all of its rows, or
 * c - rate * product. */
typedef enum cornu_gemm_end {
    CORNU_GEMM_SET,
    CORNU_GEMM_ADD,
    CORNU_GEMM_SHIFT,
    CORNU_GEMM_DESCEND
} cornu_gemm_end;

/* A full register block of packed panels, and what is done on the side for the next ones. */
typedef struct cornu_gemm_block {
    const float *a, *b; /* [k, gemm_rows], [k, gemm_columns] */
    float *c;           /* rows c_row elements apart */
    size_t c_row, k;
    cornu_gemm_end end;
    float rate;
    const float *shift; /* CORNU_GEMM_SHIFT: what to add */
    cornu_gemm_lines result, source; /* to be fetched: of the next c, and of what is packed next */
    cornu_gemm_lines copies;         /* at most k / 8, to `copy`, one after the other */
    float *copy;
} cornu_gemm_block;

/* What follows the sum of a convolution: an offset per channel (NULL: none), the element that lies
 * `apart` from the result, if it `adds` one, relu with a limit. */
typedef struct cornu_conv_finish {
    const float *offset;
    ptrdiff_t apart;
    bool adds, relu;
    float limit;
} cornu_conv_finish;

/* Places of a row, side by side in y: y[p, c] = finish(the sum over r < rows, t < taps of
 * x[r][p * step + t * tap + c] * w[r][t * channels + c]). */
struct cornu_cpu_loops;
typedef struct cornu_depthwise_row {
    const struct cornu_cpu_loops *loops;
    float *y;
    const float *const *x, *const *w;
    size_t rows, taps, step, tap, places, channels;
    size_t fresh; /* of the rows, the last ones, that have to be fetched from afar */
    cornu_conv_finish finish;
} cornu_depthwise_row;

/* Rows of y = finish(x w): `width` columns, w [k, one vector or two] packed. */
typedef struct cornu_pointwise_block {
    const float *x, *w;
    float *y;
    size_t x_row, y_row, k, width;
    cornu_conv_finish finish;
} cornu_pointwise_block;
typedef void cornu_pointwise_function(const cornu_pointwise_block *block);

/* Adam's update of some rows of weights, as wide as a register block, from their gradient. */
typedef struct cornu_gemm_update {
    const float *g;     /* one row after the other */
    float *w, *m, *v;   /* rows `pitch` elements apart */
    size_t rows, pitch;
    size_t ahead;       /* how far on, in elements, the next update begins: fetched meanwhile */
    float scalars[4];   /* as those of `adam` below */
} cornu_gemm_update;
typedef void cornu_gemm_update_block(
    const cornu_gemm_operands *operands, const cornu_gemm_update *update
);

/* How a reduction runs over blocks of a row or of a column: sizes are part of the result's bits. */
enum {
    CORNU_CPU_LANES = 64,       /* running values kept side by side */
    CORNU_CPU_ROW_BLOCK = 8192, /* elements of a row that become one partial value */
    CORNU_CPU_COLUMN_BLOCK =
        128, /* rows that are added up before they join a partial value in double */
};

/* Two or three instructions done in one pass over a tile; every operation is rounded as if it stood
 * alone. Name, operands, what it computes. */
#define CORNU_CPU_PAIR_LIST(X)                                                                     \
    X(LERP, 3)              /* b + (a - b) * c */                                                  \
    X(LERP_SQUARE, 3)       /* b + (a * a - b) * c */                                              \
    X(SQRT_ADD, 2)          /* sqrt(a) + b */                                                      \
    X(MULTIPLY_DIVIDE, 3)   /* a * b / c */                                                        \
    X(MULTIPLY_SUBTRACT, 3) /* a - b * c */                                                        \
    X(MULTIPLY_ADD, 3)      /* a + b * c */
typedef enum cornu_cpu_pair {
#define CORNU_CPU_PAIR_ENUM_(name, operands) CORNU_CPU_##name,
    CORNU_CPU_PAIR_LIST(CORNU_CPU_PAIR_ENUM_)
#undef CORNU_CPU_PAIR_ENUM_
    CORNU_CPU_PAIR_COUNT
} cornu_cpu_pair;

typedef struct cornu_cpu_loops {
    const char *name; /* "base", "avx2", "avx512" */
    cornu_tile_function *tile[CORNU_EW_COUNT];
    cornu_tile_function *pair[CORNU_CPU_PAIR_COUNT];
    /* Tapes: a strip has `strip` elements. */
    cornu_tape_function *tape[CORNU_TAPE_COUNT][CORNU_TAPE_FORMS];
    void (*run_tape)(const cornu_tape_run *run);
    size_t strip;
    /* Adam's update in one pass: out and in are w, m, v, and in[3] the gradient; `scalars` are 1 -
     * beta_1, 1 - beta_2, the rate and epsilon. Outputs may be the inputs of their kind. */
    void (*adam)(float *const out[3], const float *const in[4], const float scalars[4], size_t n);

    /* To and from float32; `stride` counts elements. NULL for types that the reference serves. */
    void (*load[CORNU_DTYPE_COUNT])(float *d, const void *source, ptrdiff_t stride, size_t n);
    void (*store[CORNU_DTYPE_COUNT])(void *target, const float *s, size_t n);

    void (*scale_bytes)(float *to, const uint8_t *from, size_t n, float factor);

    /* One block of a row, n <= CORNU_CPU_ROW_BLOCK; maxima and minima of any length, NaN if there
     * is one. */
    double (*row_sum)(const float *x, size_t n);
    double (*row_prod)(const float *x, size_t n);
    float (*row_max)(const float *x, size_t n);
    float (*row_min)(const float *x, size_t n);

    /* partial[j] op= x[r * stride + j] over r < rows, for j < columns. */
    void (*column_sum)(double *partial, const float *x, size_t rows, size_t columns, size_t stride);
    void (*column_prod
    )(double *partial, const float *x, size_t rows, size_t columns, size_t stride);
    void (*column_max)(double *partial, const float *x, size_t rows, size_t columns, size_t stride);
    void (*column_min)(double *partial, const float *x, size_t rows, size_t columns, size_t stride);

    void (*softmax_row)(float *y, const float *x, size_t n);
    void (*log_softmax_row)(float *y, const float *x, size_t n);
    /* The largest element, and log(sum(exp(x - largest))). */
    void (*log_sum_row)(const float *x, size_t n, float *largest, float *log_sum);
    /* y[i] = exp(x[i] - largest - log_sum) * factor */
    void (*shares_row)(
        float *y, const float *x, size_t n, float largest, float log_sum, float factor
    );

    /* One row of one step, n units: h and its row of the record, from the sums and their biases.
     * `before`: c (LSTM) or h (GRU) before the step. */
    void (*lstm_forward)(
        size_t n, float *h, float *record, const float *sum, const float *bias, const float *before
    );
    void (*gru_forward)(
        size_t n, float *h, float *record, const float *from_x, const float *from_h,
        const float *bias, const float *before
    );
    /* The same back, from the record, dy, and the gradient dr of the record: d, of what enters the
     * gates, for GRU of what comes from x, and e of what comes from h. dh and dc come as what later
     * steps gave to the gradients of the states after the step; dc goes as that of c before it, and
     * dh as the part of h's that does not go through the product. */
    void (*lstm_back)(
        size_t n, float *d, float *dh, float *dc, const float *record, const float *dy,
        const float *dr, const float *before
    );
    void (*gru_back)(
        size_t n, float *d, float *e, float *dh, const float *record, const float *dy,
        const float *dr, const float *before
    );

    /* Philox words of `blocks` blocks, and words made into numbers: see random.c. */
    void (*random_words
    )(uint32_t *words, uint64_t key, uint64_t counter, uint64_t first, size_t blocks);
    void (*random_uniform
    )(float *y, const uint32_t *words, size_t n, double low, double high, float below);
    void (*random_bernoulli)(float *y, const uint32_t *words, size_t n, uint64_t threshold);

    /* The register block of the matrix product, gemm_rows by gemm_columns, on packed panels. */
    void (*gemm_block)(const cornu_gemm_block *block);
    size_t gemm_rows, gemm_columns;
    /* Parts of panels, at most gemm_width lines wide: see pack_functions.inc. */
    void (*pack_lines)(
        float *panel, size_t width, const float *from, size_t line, size_t lines, size_t k
    );
    void (*pack_rows)(float *panel, size_t width, const float *from, size_t step, size_t k);
    size_t gemm_width;
    /* The same without packing, for 1 .. gemm_rows rows and one vector or two of columns, half of
     * gemm_columns or all: [vectors - 1][rows - 1]. */
    cornu_gemm_direct_block *gemm_direct[2][CORNU_CPU_GEMM_ROWS];
    /* The same for two vectors, and lines of memory asked for between the multiply-adds. */
    cornu_gemm_direct_block *gemm_fetching[CORNU_CPU_GEMM_ROWS];
    /* The same for one row and any number of columns, where b is large and read once. */
    void (*gemm_stream)(const cornu_gemm_operands *operands, size_t columns);
    /* The same for two vectors, where a_row is 1 and `add` false, and an update of other rows
     * between the multiply-adds. NULL where there are too few registers for both. */
    cornu_gemm_update_block *gemm_update[CORNU_CPU_GEMM_ROWS];

    /* Rows of windows, for pooling and depthwise convolution: see window_functions.inc. */
    void (*window_max)(float *y, const float *x, size_t places, size_t step, size_t channels);
    void (*window_add
    )(float *y, size_t y_step, const float *x, size_t x_step, size_t places, size_t channels);
    void (*window_scale)(float *y, const float *x, size_t n, float factor);
    void (*window_route
    )(float *dx, float *dy, const float *x, const float *largest, size_t places, size_t step,
      size_t channels);
    void (*window_max_apart
    )(float *y, const float *x, const ptrdiff_t *offset, size_t taps, size_t places, size_t step,
      size_t channels);
    void (*window_route_apart
    )(float *dx, const float *dy, const float *x, const ptrdiff_t *offset, size_t taps,
      size_t places, size_t step, size_t channels, bool positive);
    void (*window_multiply_add
    )(float *y, size_t y_step, const float *x, size_t x_step, const float *w, size_t places,
      size_t channels);
    void (*window_finish)(
        float *y, const float *offset, const float *summand, size_t rows, size_t channels,
        bool relu, float limit
    );
    void (*window_dot
    )(float *w, const float *x, size_t x_step, const float *y, size_t y_step, size_t places,
      size_t channels);

    /* Convolutions that finish in registers: see windowed_conv_functions.inc. Blocks of 1 ..
     * gemm_rows rows and one vector or two: [vectors - 1][rows - 1]. */
    void (*depthwise_row)(const cornu_depthwise_row *row);
    cornu_pointwise_function *pointwise[2][CORNU_CPU_GEMM_ROWS];

    /* Sums along columns: see moment_functions.inc. */
    void (*moment_sum)(float *sum, const float *x, size_t rows, size_t width, size_t stride);
    void (*moment_squares)(
        float *sum, float *square, const float *x, const float *center, size_t rows, size_t width,
        size_t stride
    );
    void (*moment_products)(
        float *sum, float *product, const float *x, const float *dy, const float *center,
        size_t rows, size_t width, size_t stride
    );

    /* Transforms and products of Winograd's convolution, with tiles of 2x2 and of 4x4: see
     * winograd_functions.inc. */
    void (*winograd_input[2]
    )(float *v, size_t plane, const float *const *patch, size_t channels);
    void (*winograd_gradient[2]
    )(float *v, size_t plane, const float *const *patch, size_t channels);
    void (*winograd_output[2])(
        float *const *y, const float *m, size_t plane, const float *offset, bool adds,
        ptrdiff_t apart, bool relu, float limit, size_t channels
    );
    void (*winograd_kernel[2])(float *u, size_t plane, const float *const *g, size_t n);
    void (*winograd_kernel_gradient[2]
    )(float *const *g, const float *u, size_t plane, size_t n);
    void (*panel_product)(
        size_t rows, size_t columns, size_t k, const float *a, const float *b, float *c
    );
    void (*winograd_outer_product)(
        size_t rows, size_t columns, size_t k, const float *a, const float *b, float *c
    );
} cornu_cpu_loops;

/* NULL where the compiler cannot build for that instruction set. */
const cornu_cpu_loops *cornu_cpu_loops_base_(void);
const cornu_cpu_loops *cornu_cpu_loops_avx2_(void);
const cornu_cpu_loops *cornu_cpu_loops_avx512_(void);

#endif
