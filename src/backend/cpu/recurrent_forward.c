/* LSTM and GRU forward: the sums of a step are one product of the rows [x, h], by w over v. GRU
 * wants what comes from h by itself: two products. */
#include "recurrent.h"

#include "matmul.h"

#include <string.h>

enum { ALIGNED = 16 };

void cornu_recurrent_plan_forward_(cornu_recurrent_kernel *kernel) {
    const cornu_recurrent_layout *k = &kernel->k;
    int64_t inner = k->features + k->units, sums = k->lstm ? 1 : 2;
    kernel->panels = cornu_recurrent_round_(kernel->stride * inner, ALIGNED);
    kernel->scratch =
        cornu_recurrent_round_(kernel->rows * (inner + sums * kernel->stride), ALIGNED);
}

/* Rows of weights into panels of `inner` rows, from row `at` on. */
static void pack(
    const cornu_recurrent_kernel *kernel, float *panels, int64_t inner, int64_t at,
    const float *weights, int64_t rows
) {
    int64_t width = (int64_t)kernel->loops->gemm_columns, columns = kernel->k.columns;
    for (int64_t j = 0; j < columns; j += width) {
        int64_t count = columns - j < width ? columns - j : width;
        cornu_gemm_pack_(
            panels + j * inner + at * width, weights + j, count, 1, rows, columns, width
        );
    }
}

void cornu_recurrent_pack_forward_(
    const cornu_recurrent_kernel *kernel, void *const *buffers, float *panels
) {
    const cornu_recurrent_layout *k = &kernel->k;
    int64_t inner = k->lstm ? k->features + k->units : k->features;
    pack(kernel, panels, inner, 0, buffers[k->w], k->features);
    if (k->lstm) pack(kernel, panels, inner, k->features, buffers[k->v], k->units);
    else pack(kernel, panels + kernel->stride * inner, k->units, 0, buffers[k->v], k->units);
}

/* A thread's memory. */
typedef struct room {
    float *left;          /* [rows, features + units]: x, h */
    float *sums, *from_h; /* [rows, stride]; the latter for GRU */
} room;

/* Asks for what some rows of step number n read, and for where they write. */
static void fetch_step(const cornu_recurrent_part *part, int64_t n, int64_t begin, int64_t end) {
    const cornu_recurrent_layout *k = &part->kernel->k;
    enum { LINE = 16 };
    if (n >= k->time) return;
    int64_t t = cornu_recurrent_step_(k, n);
    const float *x = part->buffers[k->x];
    float *y = part->buffers[k->y];
    for (int64_t i = begin; i < end; i++) {
        int64_t row = part->first + i, at = row * k->time + t;
        float *record = y + cornu_recurrent_record_(k, row, t);
        cornu_recurrent_fetch_(x + at * k->features, k->features);
        for (int64_t u = 0; u < k->record * k->units; u += LINE) __builtin_prefetch(record + u, 1);
        for (int64_t u = 0; u < k->units; u += LINE) __builtin_prefetch(y + at * k->units + u, 1);
    }
}

/* The sums of a step; the next one is fetched between the panels: asked for at once, it would be
 * waited for. */
static void multiply(const cornu_recurrent_part *part, const room *r, int64_t next) {
    const cornu_recurrent_kernel *kernel = part->kernel;
    const cornu_recurrent_layout *k = &kernel->k;
    int64_t width = (int64_t)kernel->loops->gemm_columns, panels = kernel->stride / width;
    int64_t inner = k->features + k->units, first = k->lstm ? inner : k->features;
    cornu_gemm_operands o = {
        .a = r->left,
        .b = part->panels,
        .c = r->sums,
        .a_row = (size_t)inner,
        .a_column = 1,
        .b_row = (size_t)width,
        .c_row = (size_t)kernel->stride,
        .k = (size_t)first,
    };
    for (int64_t i = 0; i < panels; i++, o.b += first * width, o.c += width) {
        fetch_step(part, next, part->count * i / panels, part->count * (i + 1) / panels);
        cornu_recurrent_multiply_(kernel->loops, &o, part->count, 1, 0);
    }
    if (k->lstm) return;
    o.a += k->features;
    o.c = r->from_h;
    o.k = (size_t)k->units;
    cornu_recurrent_multiply_(kernel->loops, &o, part->count, panels, k->units * width);
}

/* A masked step: the states as they were, no gates. */
static void keep(
    const cornu_recurrent_part *part, int64_t row, int64_t t, float *h, float *record
) {
    const cornu_recurrent_layout *k = &part->kernel->k;
    size_t bytes = (size_t)k->units * sizeof(float);
    memcpy(h, cornu_recurrent_state_(part, row, cornu_recurrent_before_(k, t)), bytes);
    memset(record, 0, (size_t)k->record * bytes);
    if (k->lstm) memcpy(record, cornu_recurrent_before_gates_(part, row, t), bytes);
}

static void step(const cornu_recurrent_part *part, const room *r, int64_t i, int64_t t) {
    const cornu_recurrent_kernel *kernel = part->kernel;
    const cornu_recurrent_layout *k = &kernel->k;
    int64_t row = part->first + i;
    const float *bias = part->buffers[k->bias], *sum = r->sums + i * kernel->stride;
    float *y = part->buffers[k->y], *h = y + (row * k->time + t) * k->units;
    float *record = y + cornu_recurrent_record_(k, row, t);
    const float *before = cornu_recurrent_before_gates_(part, row, t);
    size_t n = (size_t)k->units;
    if (!cornu_recurrent_counts_(part, row, t)) keep(part, row, t, h, record);
    else if (k->lstm) kernel->loops->lstm_forward(n, h, record, sum, bias, before);
    else
        kernel->loops->gru_forward(n, h, record, sum, r->from_h + i * kernel->stride, bias, before);
}

void cornu_recurrent_run_forward_(const cornu_recurrent_part *part) {
    const cornu_recurrent_kernel *kernel = part->kernel;
    const cornu_recurrent_layout *k = &kernel->k;
    int64_t inner = k->features + k->units;
    room r = {.left = part->scratch};
    r.sums = r.left + kernel->rows * inner;
    r.from_h = r.sums + kernel->rows * kernel->stride;
    for (int64_t n = 0; n < k->time; n++) {
        int64_t t = cornu_recurrent_step_(k, n);
        for (int64_t i = 0; i < part->count; i++)
            cornu_recurrent_take_inputs_(part, r.left + i * inner, i, t);
        multiply(part, &r, n + 1);
        for (int64_t i = 0; i < part->count; i++) step(part, &r, i, t);
    }
}
