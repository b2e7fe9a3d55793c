/* LSTM and GRU back: from the last step to the first, the gradients d of what enters the gates give
 * those of x and of h before by one product by w and v transposed. Rows [x, h] and d of some steps
 * are kept, and then multiplied for the gradients of w and v while they are in the cache. */
#include "recurrent.h"

#include "matmul.h"

#include <string.h>

enum { ALIGNED = 16, KEPT_ROWS = 128, AHEAD = 1 };

/* A thread's memory. For LSTM e, what h gave, is d, what x gave. */
typedef struct room {
    float *d_now, *e_now; /* [rows, stride], of one step */
    float *back;          /* [rows, wide_x + wide_h]: d w^T, e v^T */
    float *dh, *dc;       /* [rows, units], gradients of the states but for what `back` adds */
    float *none;          /* [record * units] zeros, a gradient that nobody gave */
    float *inputs;        /* [kept, features + units]: x, h before the step */
    float *d, *e;         /* [panels, kept, width] */
    int64_t kept;         /* rows of them so far */
} room;

static int64_t kinds_of(const cornu_recurrent_layout *k) { return k->lstm ? 1 : 2; }

static int64_t round_up(int64_t x) { return cornu_recurrent_round_(x, ALIGNED); }

/* Rows of some steps, of one at least. */
static int64_t most_kept(const cornu_recurrent_kernel *kernel) {
    return kernel->rows < KEPT_ROWS ? KEPT_ROWS / kernel->rows * kernel->rows : kernel->rows;
}

/* Takes so many floats from a thread's memory, of which *next is the first that is free; NULL: only
 * counts. */
static float *take_room(float *memory, int64_t *next, int64_t count) {
    float *taken = memory != NULL ? memory + *next : NULL;
    *next += round_up(count);
    return taken;
}

/* Places everything in a thread's memory; returns its size. */
static int64_t place(const cornu_recurrent_kernel *kernel, float *memory, room *r) {
    const cornu_recurrent_layout *k = &kernel->k;
    int64_t rows = kernel->rows, kept = most_kept(kernel), wide = kernel->wide_x + kernel->wide_h;
    int64_t next = 0;
    *r = (room){.d_now = take_room(memory, &next, rows * kernel->stride)};
    r->e_now = k->lstm ? r->d_now : take_room(memory, &next, rows * kernel->stride);
    r->back = take_room(memory, &next, rows * wide);
    r->dh = take_room(memory, &next, rows * k->units);
    r->dc = take_room(memory, &next, rows * k->units);
    r->none = take_room(memory, &next, k->record * k->units);
    r->inputs = take_room(memory, &next, kept * (k->features + k->units));
    r->d = take_room(memory, &next, kept * kernel->stride);
    r->e = k->lstm ? r->d : take_room(memory, &next, kept * kernel->stride);
    return next;
}

void cornu_recurrent_plan_back_(cornu_recurrent_kernel *kernel) {
    const cornu_recurrent_layout *k = &kernel->k;
    int64_t rows = k->features + k->units + kinds_of(k);
    room r;
    kernel->panels = round_up((kernel->wide_x + kernel->wide_h) * k->columns);
    kernel->sums = round_up(rows * kernel->stride);
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

/* Asks for what some rows of step number n read. */
static void fetch_step(const cornu_recurrent_part *part, int64_t n, int64_t begin, int64_t end) {
    const cornu_recurrent_layout *k = &part->kernel->k;
    const float *y = part->buffers[k->y], *dy = part->buffers[k->dy], *x = part->buffers[k->x];
    if (n < 0) return;
    int64_t t = cornu_recurrent_step_(k, n);
    for (int64_t i = begin; i < end; i++) {
        int64_t row = part->first + i, at = row * k->time + t;
        cornu_recurrent_fetch_(y + cornu_recurrent_record_(k, row, t), k->record * k->units);
        cornu_recurrent_fetch_(dy + at * k->units, k->units);
        cornu_recurrent_fetch_(y + at * k->units, k->units);
        cornu_recurrent_fetch_(x + at * k->features, k->features);
    }
}

/* back = d w^T, e v^T. What step `next` reads is fetched between the panels: asked for at once, it
 * would be waited for. */
static void multiply(const cornu_recurrent_part *part, const room *r, int64_t next) {
    const cornu_recurrent_kernel *kernel = part->kernel;
    int64_t width = (int64_t)kernel->loops->gemm_columns, columns = kernel->k.columns;
    int64_t panels_x = kernel->wide_x / width, panels = panels_x + kernel->wide_h / width;
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
    for (int64_t i = 0; i < panels; i++, o.b += columns * width, o.c += width) {
        fetch_step(part, next, part->count * i / panels, part->count * (i + 1) / panels);
        if (i == panels_x) o.a = r->e_now;
        cornu_recurrent_multiply_(kernel->loops, &o, part->count, 1, 0);
    }
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
    cornu_recurrent_multiply_(
        kernel->loops, &o, rows, kernel->stride / width, most_kept(kernel) * width
    );
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
        multiply(part, r, n - AHEAD);
        take(part, r, t);
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
