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

static void multiply(const cornu_recurrent_part *part, const room *r) {
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
    cornu_recurrent_multiply_(kernel->loops, &o, part->count, panels, first * width);
    if (k->lstm) return;
    o.a += k->features;
    o.b += kernel->stride * first;
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
    const float *x = part->buffers[k->x];
    int64_t inner = k->features + k->units;
    room r = {.left = part->scratch};
    r.sums = r.left + kernel->rows * inner;
    r.from_h = r.sums + kernel->rows * kernel->stride;
    for (int64_t n = 0; n < k->time; n++) {
        int64_t t = cornu_recurrent_step_(k, n), before = cornu_recurrent_before_(k, t);
        for (int64_t i = 0; i < part->count; i++) {
            int64_t row = part->first + i;
            const float *from = x + (row * k->time + t) * k->features;
            const float *h = cornu_recurrent_state_(part, row, before);
            memcpy(r.left + i * inner, from, (size_t)k->features * sizeof *x);
            memcpy(r.left + i * inner + k->features, h, (size_t)k->units * sizeof *x);
        }
        multiply(part, &r);
        for (int64_t i = 0; i < part->count; i++) {
            if (n + 1 < k->time) {
                int64_t next = cornu_recurrent_step_(k, n + 1);
                const float *from = x + ((part->first + i) * k->time + next) * k->features;
                cornu_recurrent_fetch_(from, k->features);
            }
            step(part, &r, i, t);
        }
    }
}
