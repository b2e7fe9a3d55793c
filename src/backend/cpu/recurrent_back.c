/* LSTM and GRU back: from the last step to the first, the gradients d of what enters the gates give
 * those of x and of h before by one product by w and v transposed. Rows [x, h] and d of some steps
 * are kept, and then multiplied for the gradients of w and v while they are in the cache. */
#include "recurrent.h"

#include "matmul.h"

#include <string.h>

enum { KEPT_ROWS = 128 };

/* A thread's memory. For LSTM e, what h gave, is d, what x gave. */
typedef struct room {
    float *d_now, *e_now; /* [rows, stride], of one step */
    float *dx;            /* [rows, wide_x], if the rows of the result are no whole panels */
    float *dh, *dc;       /* [rows, wide_h], [rows, units]: gradients of the states */
    float *none;          /* [record * units] zeros, a gradient that nobody gave */
    float *inputs;        /* [kept, features + units]: x, h before the step */
    float *d, *e;         /* [panels, kept, width] */
    int64_t kept;         /* rows of them so far */
    const float **lines;  /* [rows * lines_of_row] */
} room;

static int64_t kinds_of(const cornu_recurrent_layout *k) { return k->lstm ? 1 : 2; }

/* Whether the product by w transposed goes to its rows of the result. */
static bool gives_dx(const cornu_recurrent_kernel *kernel) {
    return kernel->wide_x == kernel->k.features;
}

/* Lines that a row reads and writes in a step. */
static int64_t lines_of_row(const cornu_recurrent_layout *k) {
    return 2 * cornu_lines_of_(k->features) + 3 * cornu_lines_of_(k->units) +
           cornu_lines_of_(k->record * k->units);
}

/* Rows of some steps, of one at least. */
static int64_t most_kept(const cornu_recurrent_kernel *kernel) {
    return kernel->rows < KEPT_ROWS ? KEPT_ROWS / kernel->rows * kernel->rows : kernel->rows;
}

/* Places everything in a thread's memory; returns its size. */
static int64_t place(const cornu_recurrent_kernel *kernel, float *memory, room *r) {
    const cornu_recurrent_layout *k = &kernel->k;
    int64_t rows = kernel->rows, kept = most_kept(kernel);
    int64_t next = 0;
    *r = (room){.d_now = cornu_recurrent_take_room_(memory, &next, rows * kernel->stride)};
    r->e_now =
        k->lstm ? r->d_now : cornu_recurrent_take_room_(memory, &next, rows * kernel->stride);
    r->dx = cornu_recurrent_take_room_(memory, &next, gives_dx(kernel) ? 0 : rows * kernel->wide_x);
    r->dh = cornu_recurrent_take_room_(memory, &next, rows * kernel->wide_h);
    r->dc = cornu_recurrent_take_room_(memory, &next, rows * k->units);
    r->none = cornu_recurrent_take_room_(memory, &next, k->record * k->units);
    r->inputs = cornu_recurrent_take_room_(memory, &next, kept * (k->features + k->units));
    r->d = cornu_recurrent_take_room_(memory, &next, kept * kernel->stride);
    r->e = k->lstm ? r->d : cornu_recurrent_take_room_(memory, &next, kept * kernel->stride);
    r->lines = cornu_recurrent_take_lines_(memory, &next, rows * lines_of_row(k));
    return next;
}

void cornu_recurrent_plan_back_(cornu_recurrent_kernel *kernel) {
    const cornu_recurrent_layout *k = &kernel->k;
    int64_t rows = k->features + k->units + kinds_of(k);
    room r;
    kernel->panels =
        cornu_recurrent_round_((kernel->wide_x + kernel->wide_h) * k->columns, CORNU_LINE);
    kernel->sums = cornu_recurrent_round_(rows * kernel->stride, CORNU_LINE);
    kernel->scratch = place(kernel, NULL, &r);
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
    const float *dy = all + (row * k->time + t) * k->units;
    const float *dr = k->dy_is_long ? all + at : r->none;
    const float *before = cornu_recurrent_before_gates_(part, row, t);
    float *d = r->d_now + i * kernel->stride, *e = r->e_now + i * kernel->stride;
    float *dh = r->dh + i * kernel->wide_h, *dc = r->dc + i * k->units;
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

/* What step number n reads and writes: rows of one step lie far from one another, where the
 * processor does not fetch ahead by itself. */
static cornu_line_list list_step(const cornu_recurrent_part *part, const room *r, int64_t n) {
    const cornu_recurrent_layout *k = &part->kernel->k;
    const float *y = part->buffers[k->y], *dy = part->buffers[k->dy], *x = part->buffers[k->x];
    const float *dx = part->buffers[k->result];
    cornu_line_list lines = {r->lines, 0};
    if (n < 0) return lines;
    int64_t t = cornu_recurrent_step_(k, n);
    for (int64_t row = part->first; row < part->first + part->count; row++) {
        int64_t at = row * k->time + t, record = cornu_recurrent_record_(k, row, t);
        const float *h = cornu_recurrent_state_(part, row, cornu_recurrent_before_(k, t));
        cornu_line_list_add_(&lines, y + record, k->record * k->units);
        if (k->lstm)
            cornu_line_list_add_(&lines, cornu_recurrent_before_gates_(part, row, t), k->units);
        cornu_line_list_add_(&lines, dy + at * k->units, k->units);
        cornu_line_list_add_(&lines, x + at * k->features, k->features);
        cornu_line_list_add_(&lines, h, k->units);
        if (k->wants_x) cornu_line_list_add_(&lines, dx + at * k->features, k->features);
    }
    return lines;
}

/* The gradient of x at step t, d w^T, and what is added to that of h before, e v^T, while step
 * `next` is asked for. */
static void multiply(const cornu_recurrent_part *part, const room *r, int64_t t, int64_t next) {
    const cornu_recurrent_kernel *kernel = part->kernel;
    const cornu_recurrent_layout *k = &kernel->k;
    int64_t width = (int64_t)kernel->loops->gemm_columns;
    float *dx = (float *)part->buffers[k->result] + (part->first * k->time + t) * k->features;
    cornu_line_list lines = list_step(part, r, next);
    cornu_gemm_operands o = {
        .a = r->d_now,
        .b = part->panels,
        .c = gives_dx(kernel) ? dx : r->dx,
        .a_row = (size_t)kernel->stride,
        .a_column = 1,
        .b_row = (size_t)width,
        .c_row = (size_t)(gives_dx(kernel) ? k->time * k->features : kernel->wide_x),
        .k = (size_t)k->columns,
        .lines = lines.at,
        .line_count = lines.count,
    };
    cornu_gemm_panels_(kernel->loops, &o, part->count, kernel->wide_x / width, k->columns * width);
    o.a = r->e_now;
    o.b += kernel->wide_x * k->columns;
    o.c = r->dh;
    o.c_row = (size_t)kernel->wide_h;
    o.add = true;
    cornu_gemm_panels_(kernel->loops, &o, part->count, kernel->wide_h / width, k->columns * width);
    if (!k->wants_x || gives_dx(kernel)) return;
    for (int64_t i = 0; i < part->count; i++, dx += k->time * k->features)
        memcpy(dx, r->dx + i * kernel->wide_x, (size_t)k->features * sizeof *dx);
}

/* ---- the gradients of the weights ---- */
/* Rows of a step into the panels of those that are kept. */
static void keep_rows(
    const cornu_recurrent_kernel *kernel, float *panels, int64_t at, const float *rows,
    int64_t count
) {
    enum { PIECE = 8 }; /* of every panel's width a part, and known to the compiler */
    int64_t width = (int64_t)kernel->loops->gemm_columns, most = most_kept(kernel);
    for (int64_t j = 0; j < kernel->stride; j += width) {
        float *to = panels + j * most + at * width;
        const float *from = rows + j;
        for (int64_t i = 0; i < count; i++, to += width, from += kernel->stride)
            for (int64_t c = 0; c < width; c += PIECE) memcpy(to + c, from + c, PIECE * sizeof *to);
    }
}

static void keep(const cornu_recurrent_part *part, room *r, int64_t t) {
    const cornu_recurrent_kernel *kernel = part->kernel;
    const cornu_recurrent_layout *k = &kernel->k;
    int64_t inner = k->features + k->units;
    for (int64_t i = 0; i < part->count; i++)
        cornu_recurrent_take_inputs_(part, r->inputs + (r->kept + i) * inner, i, t);
    keep_rows(kernel, r->d, r->kept, r->d_now, part->count);
    if (!k->lstm) keep_rows(kernel, r->e, r->kept, r->e_now, part->count);
    r->kept += part->count;
}

/* sums[rows, stride] += inputs[kept, rows]^T d[kept, stride], for `rows` columns of the inputs */
static void add_product(
    const cornu_recurrent_part *part, const room *r, float *sums, const float *inputs, int64_t rows,
    const float *d
) {
    const cornu_recurrent_kernel *kernel = part->kernel;
    int64_t width = (int64_t)kernel->loops->gemm_columns;
    cornu_gemm_operands o = {
        .a = inputs,
        .b = d,
        .c = sums,
        .a_row = 1,
        .a_column = (size_t)(kernel->k.features + kernel->k.units),
        .b_row = (size_t)width,
        .c_row = (size_t)kernel->stride,
        .k = (size_t)r->kept,
        .add = true,
    };
    cornu_gemm_panels_(kernel->loops, &o, rows, kernel->stride / width, most_kept(kernel) * width);
}

/* sums[stride] += the sum of the rows of d */
static void add_bias(const cornu_recurrent_part *part, const room *r, float *sums, const float *d) {
    const cornu_recurrent_kernel *kernel = part->kernel;
    int64_t width = (int64_t)kernel->loops->gemm_columns, most = most_kept(kernel);
    for (int64_t j = 0; j < kernel->stride; j += width)
        kernel->loops->moment_sum(
            sums + j, d + j * most, (size_t)r->kept, (size_t)width, (size_t)width
        );
}

/* Adds what the rows that are kept give to the gradients of w, v and b. */
static void spend(const cornu_recurrent_part *part, room *r) {
    const cornu_recurrent_kernel *kernel = part->kernel;
    const cornu_recurrent_layout *k = &kernel->k;
    float *dv = part->sums + k->features * kernel->stride, *db = dv + k->units * kernel->stride;
    if (k->lstm) {
        add_product(part, r, part->sums, r->inputs, k->features + k->units, r->d);
    } else {
        add_product(part, r, part->sums, r->inputs, k->features, r->d);
        add_product(part, r, dv, r->inputs + k->features, k->units, r->e);
        add_bias(part, r, db + kernel->stride, r->e);
    }
    add_bias(part, r, db, r->d);
    r->kept = 0;
}

/* ---- a part ---- */
static void run_steps(const cornu_recurrent_part *part, room *r) {
    const cornu_recurrent_layout *k = &part->kernel->k;
    for (int64_t n = k->time - 1; n >= 0; n--) {
        int64_t t = cornu_recurrent_step_(k, n);
        for (int64_t i = 0; i < part->count; i++) gates_back(part, r, i, t);
        multiply(part, r, t, n - 1);
        keep(part, r, t);
        if (n == 0 || r->kept + part->count > most_kept(part->kernel)) spend(part, r);
    }
}

/* Where the gradients of w, v and b begin in the result; those of the states follow. */
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
    memset(part->sums, 0, (size_t)kernel->sums * sizeof(float));
    if (part->scratch == NULL) return; /* place() would only count */
    (void)place(kernel, part->scratch, &r);
    memset(r.d_now, 0, (size_t)(r.inputs - r.d_now) * sizeof(float));
    run_steps(part, &r);
    float *first = weights_of(kernel, part->buffers[k->result]) + weight_rows(k) * k->columns;
    size_t bytes = (size_t)k->units * sizeof(float);
    for (int64_t i = 0; i < part->count; i++) {
        int64_t row = part->first + i;
        memcpy(first + row * k->units, r.dh + i * kernel->wide_h, bytes);
        if (k->lstm) memcpy(first + (k->batch + row) * k->units, r.dc + i * k->units, bytes);
    }
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
