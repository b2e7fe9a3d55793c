/* LSTM and GRU back: first the steps, from the last to the first, whose gradients d of what enters
 * the gates give those of x and of h before by one product by w and v transposed. d is kept; the
 * gradients of w and v are products over all steps of a part. */
#include "recurrent.h"

#include "matmul.h"

#include <string.h>

enum { ALIGNED = 16, BLOCK_K = 256 };

/* A thread's memory. For LSTM e, what h gave, is d, what x gave. */
typedef struct room {
    float *d, *e;         /* [rows, time, stride] */
    float *d_now, *e_now; /* [rows, stride], of one step */
    float *back;          /* [rows, wide_x + wide_h]: d w^T, e v^T */
    float *dh, *dc;       /* [rows, units], gradients of the states but for what `back` adds */
    float *none;          /* [record * units] zeros, a gradient that nobody gave */
} room;

static int64_t kinds_of(const cornu_recurrent_layout *k) { return k->lstm ? 1 : 2; }

static int64_t round_up(int64_t x) { return cornu_recurrent_round_(x, ALIGNED); }

/* Where `rows` begin in scratch; returns their end. */
static float *place(const cornu_recurrent_kernel *kernel, float *from, room *r) {
    const cornu_recurrent_layout *k = &kernel->k;
    int64_t all = kernel->rows * k->time * kernel->stride, now = kernel->rows * kernel->stride;
    int64_t kinds = kinds_of(k);
    *r = (room){.d = from};
    r->e = r->d + (kinds - 1) * all;
    r->d_now = r->e + all;
    r->e_now = r->d_now + (kinds - 1) * now;
    r->back = r->e_now + now;
    r->dh = r->back + kernel->rows * (kernel->wide_x + kernel->wide_h);
    r->dc = r->dh + kernel->rows * k->units;
    r->none = r->dc + kernel->rows * k->units;
    return r->none + k->record * k->units;
}

void cornu_recurrent_plan_back_(cornu_recurrent_kernel *kernel) {
    const cornu_recurrent_layout *k = &kernel->k;
    kernel->panels = round_up((kernel->wide_x + kernel->wide_h) * k->columns);
    kernel->sums = round_up((k->features + k->units + kinds_of(k)) * kernel->stride);
    int64_t kinds = kinds_of(k), rest = kernel->wide_x + kernel->wide_h + 2 * k->units;
    int64_t row = kinds * (k->time + 1) * kernel->stride + rest;
    kernel->scratch = round_up(kernel->rows * row + k->record * k->units);
}

void cornu_recurrent_pack_back_(
    const cornu_recurrent_kernel *kernel, void *const *buffers, float *panels
) {
    const cornu_recurrent_layout *k = &kernel->k;
    int64_t width = (int64_t)kernel->loops->gemm_columns, columns = k->columns;
    if (k->wants_x)
        cornu_gemm_pack_(panels, buffers[k->w], k->features, columns, columns, 1, width);
    panels += kernel->wide_x * columns;
    cornu_gemm_pack_(panels, buffers[k->v], k->units, columns, columns, 1, width);
}

/* ---- steps ---- */
static void gates_back(const cornu_recurrent_part *part, const room *r, int64_t i, int64_t t) {
    const cornu_recurrent_kernel *kernel = part->kernel;
    const cornu_recurrent_layout *k = &kernel->k;
    const cornu_cpu_loops *loops = kernel->loops;
    int64_t row = part->first + i, at = cornu_recurrent_record_(k, row, t);
    size_t n = (size_t)k->units, bytes = (size_t)kernel->stride * sizeof(float);
    const float *record = (const float *)part->buffers[k->y] + at, *all = part->buffers[k->dy];
    const float *dy = all + (row * k->time + t) * k->units,
                *dr = k->dy_is_long ? all + at : r->none;
    const float *before = cornu_recurrent_before_gates_(part, row, t);
    float *d = r->d_now + i * kernel->stride, *e = r->e_now + i * kernel->stride;
    float *dh = r->dh + i * k->units, *dc = r->dc + i * k->units;
    if (!cornu_recurrent_counts_(part, row, t)) {
        loops->tile[CORNU_EW_ADD](dh, dh, dy, NULL, n);
        if (k->lstm) loops->tile[CORNU_EW_ADD](dc, dc, dr, NULL, n);
        memset(d, 0, bytes);
        memset(e, 0, bytes);
    } else if (k->lstm) {
        loops->lstm_back(n, d, dh, dc, record, dy, dr, before);
    } else {
        loops->gru_back(n, d, e, dh, record, dy, dr, before);
    }
}

/* Keeps d and e of a step, and adds them to the gradient of the bias. */
static void keep(const cornu_recurrent_part *part, const room *r, int64_t t) {
    const cornu_recurrent_kernel *kernel = part->kernel;
    const cornu_recurrent_layout *k = &kernel->k;
    size_t n = (size_t)kernel->stride;
    float *bias = part->sums + (k->features + k->units) * kernel->stride;
    for (int kind = 0; kind < kinds_of(k); kind++, bias += n) {
        float *all = kind == 0 ? r->d : r->e, *now = kind == 0 ? r->d_now : r->e_now;
        for (int64_t i = 0; i < part->count; i++) {
            const float *row = now + i * kernel->stride;
            memcpy(all + (i * k->time + t) * kernel->stride, row, n * sizeof *row);
            kernel->loops->tile[CORNU_EW_ADD](bias, bias, row, NULL, n);
        }
    }
}

/* back = d w^T, e v^T */
static void multiply(const cornu_recurrent_part *part, const room *r) {
    const cornu_recurrent_kernel *kernel = part->kernel;
    int64_t width = (int64_t)kernel->loops->gemm_columns, columns = kernel->k.columns;
    int64_t panels_x = kernel->wide_x / width, panels_h = kernel->wide_h / width;
    cornu_gemm_operands o = {
        .a = r->d_now,
        .b = part->panels,
        .c = r->back,
        .a_row = (size_t)kernel->stride,
        .a_column = 1,
        .b_row = (size_t)width,
        .c_row = (size_t)(kernel->wide_x + kernel->wide_h),
        .k = (size_t)columns,
    };
    cornu_recurrent_multiply_(kernel->loops, &o, part->count, panels_x, columns * width);
    o.a = r->e_now;
    o.b += kernel->wide_x * columns;
    o.c += kernel->wide_x;
    cornu_recurrent_multiply_(kernel->loops, &o, part->count, panels_h, columns * width);
}

/* What the product gives: the gradient of x, and what is added to that of h. */
static void take(const cornu_recurrent_part *part, const room *r, int64_t t) {
    const cornu_recurrent_kernel *kernel = part->kernel;
    const cornu_recurrent_layout *k = &kernel->k;
    float *dx = part->buffers[k->result];
    for (int64_t i = 0; i < part->count; i++) {
        const float *back = r->back + i * (kernel->wide_x + kernel->wide_h);
        float *to = dx + ((part->first + i) * k->time + t) * k->features;
        float *dh = r->dh + i * k->units;
        if (k->wants_x) memcpy(to, back, (size_t)k->features * sizeof *to);
        kernel->loops->tile[CORNU_EW_ADD](dh, dh, back + kernel->wide_x, NULL, (size_t)k->units);
    }
}

static void run_steps(const cornu_recurrent_part *part, const room *r) {
    const cornu_recurrent_layout *k = &part->kernel->k;
    const float *dy = part->buffers[k->dy];
    for (int64_t n = k->time - 1; n >= 0; n--) {
        int64_t t = cornu_recurrent_step_(k, n);
        for (int64_t i = 0; i < part->count; i++) {
            if (n > 0) {
                int64_t next = cornu_recurrent_step_(k, n - 1);
                cornu_recurrent_fetch_(
                    dy + ((part->first + i) * k->time + next) * k->units, k->units
                );
            }
            gates_back(part, r, i, t);
        }
        keep(part, r, t);
        multiply(part, r);
        take(part, r, t);
    }
}

/* ---- the gradients of the weights ---- */
/* sums[rows, stride] += a[k, rows]^T b[k, stride], in the order of k */
static void add_product(
    const cornu_recurrent_part *part, float *sums, int64_t rows, const float *a, int64_t k,
    const float *b, int64_t b_row
) {
    const cornu_recurrent_kernel *kernel = part->kernel;
    int64_t width = (int64_t)kernel->loops->gemm_columns;
    for (int64_t p = 0; p < k; p += BLOCK_K) {
        cornu_gemm_operands o = {
            .a = a + p * rows,
            .b = b + p * b_row,
            .c = sums,
            .a_row = 1,
            .a_column = (size_t)rows,
            .b_row = (size_t)b_row,
            .c_row = (size_t)kernel->stride,
            .k = (size_t)(k - p < BLOCK_K ? k - p : BLOCK_K),
            .add = true,
        };
        cornu_recurrent_multiply_(kernel->loops, &o, rows, kernel->stride / width, width);
    }
}

static void add_weights(const cornu_recurrent_part *part, const room *r) {
    const cornu_recurrent_kernel *kernel = part->kernel;
    const cornu_recurrent_layout *k = &kernel->k;
    int64_t stride = kernel->stride, time = k->time, units = k->units;
    const float *x = (const float *)part->buffers[k->x] + part->first * time * k->features;
    const float *h = (const float *)part->buffers[k->y] + part->first * time * units;
    const float *h_first = (const float *)part->buffers[k->h] + part->first * units;
    float *dv = part->sums + k->features * stride;
    add_product(part, part->sums, k->features, x, part->count * time, r->d, stride);
    /* each step with the state before it */
    int64_t first = cornu_recurrent_step_(k, 0), h_at = k->reverse ? 1 : 0;
    add_product(part, dv, units, h_first, part->count, r->e + first * stride, time * stride);
    for (int64_t i = 0; i < part->count; i++) {
        const float *e = r->e + (i * time + 1 - h_at) * stride;
        add_product(part, dv, units, h + (i * time + h_at) * units, time - 1, e, stride);
    }
}

/* Where the gradients of w, v and b begin in the result, and those of the states, which follow. */
static float *weights_of(const cornu_recurrent_kernel *kernel, float *result) {
    const cornu_recurrent_layout *k = &kernel->k;
    return result + (k->wants_x ? k->batch * k->time * k->features : 0);
}

static int64_t weight_rows(const cornu_recurrent_layout *k) {
    return k->features + k->units + kinds_of(k);
}

void cornu_recurrent_run_back_(const cornu_recurrent_part *part) {
    const cornu_recurrent_kernel *kernel = part->kernel;
    const cornu_recurrent_layout *k = &kernel->k;
    room r;
    float *end = place(kernel, part->scratch, &r);
    memset(part->sums, 0, (size_t)kernel->sums * sizeof(float));
    memset(r.d_now, 0, (size_t)(end - r.d_now) * sizeof(float));
    run_steps(part, &r);
    add_weights(part, &r);
    float *first = weights_of(kernel, part->buffers[k->result]) + weight_rows(k) * k->columns;
    size_t bytes = (size_t)(part->count * k->units) * sizeof(float);
    memcpy(first + part->first * k->units, r.dh, bytes);
    if (k->lstm) memcpy(first + (k->batch + part->first) * k->units, r.dc, bytes);
}

void cornu_recurrent_add_parts_(
    const cornu_recurrent_kernel *kernel, const float *sums, float *result
) {
    const cornu_recurrent_layout *k = &kernel->k;
    size_t n = (size_t)k->columns;
    float *to = weights_of(kernel, result);
    for (int64_t row = 0; row < weight_rows(k); row++, to += n) {
        const float *from = sums + row * kernel->stride;
        if (kernel->parts == 0) memset(to, 0, n * sizeof *to);
        else memcpy(to, from, n * sizeof *to);
        for (int64_t part = 1; part < kernel->parts; part++)
            kernel->loops->tile[CORNU_EW_ADD](to, to, from + part * kernel->sums, NULL, n);
    }
}
