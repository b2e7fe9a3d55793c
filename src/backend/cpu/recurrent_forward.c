/* LSTM and GRU forward: the sums of a step are one product of the rows [x, h], by w over v. GRU
 * wants what comes from h by itself: two products. */
#include "recurrent.h"

#include "matmul.h"

#include <string.h>

/* Lines that a row reads and writes in a step. */
static int64_t lines_of_row(const cornu_recurrent_layout *k) {
    return cornu_lines_of_(k->features) + cornu_lines_of_(k->units) +
           cornu_lines_of_(k->record * k->units);
}

/* A thread's memory. */
typedef struct room {
    float *left;          /* [rows, features + units]: x, h */
    float *sums, *from_h; /* [rows, stride]; the latter for GRU */
    const float **lines;  /* [rows * lines_of_row] */
} room;

/* Places everything in a thread's memory; returns its size. */
static int64_t place(const cornu_recurrent_kernel *kernel, float *memory, room *r) {
    const cornu_recurrent_layout *k = &kernel->k;
    int64_t next = 0;
    r->left = cornu_recurrent_take_room_(memory, &next, kernel->rows * (k->features + k->units));
    r->sums = cornu_recurrent_take_room_(memory, &next, kernel->rows * kernel->stride);
    r->from_h = r->sums;
    if (!k->lstm)
        r->from_h = cornu_recurrent_take_room_(memory, &next, kernel->rows * kernel->stride);
    r->lines = cornu_recurrent_take_lines_(memory, &next, kernel->rows * lines_of_row(k));
    return next;
}

void cornu_recurrent_plan_forward_(cornu_recurrent_kernel *kernel) {
    const cornu_recurrent_layout *k = &kernel->k;
    room r;
    kernel->panels = cornu_recurrent_round_(kernel->stride * (k->features + k->units), CORNU_LINE);
    kernel->scratch = place(kernel, NULL, &r);
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

/* What step number n reads, and where it writes: rows of one step lie far from one another, where
 * the processor does not fetch ahead by itself. */
static cornu_line_list list_step(const cornu_recurrent_part *part, const room *r, int64_t n) {
    const cornu_recurrent_layout *k = &part->kernel->k;
    cornu_line_list lines = {r->lines, 0};
    if (n >= k->time) return lines;
    int64_t t = cornu_recurrent_step_(k, n);
    const float *x = part->buffers[k->x], *y = part->buffers[k->y];
    for (int64_t row = part->first; row < part->first + part->count; row++) {
        int64_t at = row * k->time + t;
        cornu_line_list_add_(&lines, x + at * k->features, k->features);
        cornu_line_list_add_(&lines, y + cornu_recurrent_record_(k, row, t), k->record * k->units);
        cornu_line_list_add_(&lines, y + at * k->units, k->units);
    }
    return lines;
}

/* The sums of a step, while the next one is asked for. */
static void multiply(const cornu_recurrent_part *part, const room *r, int64_t next) {
    const cornu_recurrent_kernel *kernel = part->kernel;
    const cornu_recurrent_layout *k = &kernel->k;
    int64_t width = (int64_t)kernel->loops->gemm_columns, panels = kernel->stride / width;
    int64_t inner = k->features + k->units, first = k->lstm ? inner : k->features;
    cornu_line_list lines = list_step(part, r, next);
    cornu_gemm_operands o = {
        .a = r->left,
        .b = part->panels,
        .c = r->sums,
        .a_row = (size_t)inner,
        .a_column = 1,
        .b_row = (size_t)width,
        .c_row = (size_t)kernel->stride,
        .k = (size_t)first,
        .lines = lines.at,
        .line_count = lines.count,
    };
    cornu_gemm_panels_(kernel->loops, &o, part->count, panels, first * width);
    if (k->lstm) return;
    o.a += k->features;
    o.b += panels * first * width;
    o.c = r->from_h;
    o.k = (size_t)k->units;
    cornu_gemm_panels_(kernel->loops, &o, part->count, panels, k->units * width);
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
    room r;
    if (part->scratch == NULL) return; /* place() would only count */
    (void)place(kernel, part->scratch, &r);
    for (int64_t n = 0; n < k->time; n++) {
        int64_t t = cornu_recurrent_step_(k, n);
        for (int64_t i = 0; i < part->count; i++)
            cornu_recurrent_take_inputs_(part, r.left + i * inner, i, t);
        multiply(part, &r, n + 1);
        for (int64_t i = 0; i < part->count; i++) step(part, &r, i, t);
    }
}
