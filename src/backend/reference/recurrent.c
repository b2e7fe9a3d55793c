/* LSTM and GRU over time, and the way back, step by step as kernel.h writes them. All operands pass
 * through double. */
#include "backend/recurrent.h"

#include "backend/reference/access.h"
#include "backend/reference/reference.h"
#include "backend/scalar.h"

enum { MOST_OPERANDS = 9 };

/* The operands as doubles. */
typedef struct {
    cornu_recurrent_layout k;
    double *operand[MOST_OPERANDS];
    double *dw, *dv, *db; /* back: within the result */
} task;

/* ---- checks ---- */
static cornu_status check(const cornu_kernel_desc *desc) {
    bool lstm = desc->kind == CORNU_KERNEL_LSTM || desc->kind == CORNU_KERNEL_LSTM_GRADIENT;
    bool back = desc->kind == CORNU_KERNEL_LSTM_GRADIENT || desc->kind == CORNU_KERNEL_GRU_GRADIENT;
    int count = desc->operand_count, least = (lstm ? 7 : 6) + (back ? 1 : 0);
    if (count != least && count != least + 1)
        CORNU_FAIL(
            CORNU_EINVAL, "recurrent kernel: %d operands instead of %d or %d", count, least,
            least + 1
        );
    for (int i = 0; i < count; i++) CORNU_TRY(cornu_reference_need_dense_(desc, i));
    CORNU_TRY(cornu_reference_need_rank_(desc, 0, 3));
    CORNU_TRY(cornu_reference_need_rank_(desc, 1, 2));
    CORNU_TRY(cornu_reference_need_rank_(desc, 2, 2));
    CORNU_TRY(cornu_reference_need_rank_(desc, count - 1, 1));
    cornu_recurrent_layout k = cornu_recurrent_layout_(desc);
    if (desc->operands[k.v].dims[1] != k.columns || desc->operands[k.w].dims[1] != k.columns)
        CORNU_FAIL(
            CORNU_EINVAL, "recurrent kernel: %lld columns for %lld units",
            (long long)desc->operands[k.v].dims[1], (long long)k.units
        );
    return CORNU_OK;
}

static size_t workspace_size(const cornu_kernel_desc *desc) {
    int64_t size = 9 * desc->operands[2].dims[0];
    for (int i = 0; i < desc->operand_count; i++) size += cornu_reference_size_(&desc->operands[i]);
    return (size_t)size * sizeof(double);
}

/* ---- where things are ---- */
static bool counts(const task *t, int64_t b, int64_t step) {
    return t->k.mask < 0 || t->operand[t->k.mask][b * t->k.time + step] != 0;
}

static bool exists(const task *t, int64_t step) { return step >= 0 && step < t->k.time; }

/* h of a step: what it was at first for a step that there is not. */
static double *state(const task *t, int64_t b, int64_t step) {
    if (!exists(t, step)) return t->operand[t->k.h] + b * t->k.units;
    return t->operand[t->k.y] + (b * t->k.time + step) * t->k.units;
}

static double *record(const task *t, int64_t b, int64_t step) {
    return t->operand[t->k.y] + cornu_recurrent_record_(&t->k, b, step);
}

static const double *cell_before(const task *t, int64_t b, int64_t step) {
    int64_t before = cornu_recurrent_before_(&t->k, step);
    return exists(t, before) ? record(t, b, before) : t->operand[t->k.c] + b * t->k.units;
}

static const double *input(const task *t, int64_t b, int64_t step) {
    return t->operand[t->k.x] + (b * t->k.time + step) * t->k.features;
}

/* `count` numbers times a column of w or v */
static double product(const task *t, const double *row, int64_t count, int matrix, int64_t column) {
    const double *w = t->operand[matrix] + column;
    double sum = 0;
    for (int64_t i = 0; i < count; i++) sum += row[i] * w[i * t->k.columns];
    return sum;
}

static double sigmoid(double x) { return x >= 0 ? 1 / (1 + exp(-x)) : exp(x) / (1 + exp(x)); }

/* ---- steps ---- */
static void lstm_step(const task *t, int64_t b, int64_t step) {
    int64_t units = t->k.units;
    const double *x = input(t, b, step), *h = state(t, b, cornu_recurrent_before_(&t->k, step));
    const double *c = cell_before(t, b, step);
    double *to = record(t, b, step), *out = state(t, b, step);
    bool counted = counts(t, b, step);
    for (int64_t u = 0; u < units; u++) {
        double gate[4] = {0};
        for (int n = 0; n < 4 && counted; n++) {
            int64_t column = n * units + u;
            double z = product(t, x, t->k.features, t->k.w, column) +
                       product(t, h, units, t->k.v, column) + t->operand[t->k.bias][column];
            gate[n] = n == 2 ? tanh(z) : sigmoid(z);
        }
        for (int n = 0; n < 4; n++) to[(1 + n) * units + u] = gate[n];
        double cell = gate[1] * c[u] + gate[0] * gate[2];
        to[u] = counted ? cell : c[u];
        out[u] = counted ? gate[3] * tanh(cell) : h[u];
    }
}

static void gru_step(const task *t, int64_t b, int64_t step) {
    int64_t units = t->k.units;
    const double *x = input(t, b, step), *h = state(t, b, cornu_recurrent_before_(&t->k, step));
    const double *bias = t->operand[t->k.bias];
    double *to = record(t, b, step), *out = state(t, b, step);
    bool counted = counts(t, b, step);
    for (int64_t u = 0; u < units; u++) {
        double from_x[3] = {0}, from_h[3] = {0};
        for (int n = 0; n < 3 && counted; n++) {
            int64_t column = n * units + u;
            from_x[n] = product(t, x, t->k.features, t->k.w, column) + bias[column];
            from_h[n] = product(t, h, units, t->k.v, column) + bias[t->k.columns + column];
        }
        double z = counted ? sigmoid(from_x[0] + from_h[0]) : 0;
        double r = counted ? sigmoid(from_x[1] + from_h[1]) : 0;
        double g = counted ? tanh(from_x[2] + r * from_h[2]) : 0;
        to[u] = z;
        to[units + u] = r;
        to[2 * units + u] = g;
        to[3 * units + u] = from_h[2];
        out[u] = counted ? z * h[u] + (1 - z) * g : h[u];
    }
}

/* ---- steps back: dh and dc hold the gradients of the states after the step, then of those before
 * it; d those of what enters the gates from x, and e from h ---- */
static void lstm_back(
    const task *t, int64_t b, int64_t step, double *dh, double *dc, double *d, double *e
) {
    int64_t units = t->k.units;
    const double *r = record(t, b, step), *before = cell_before(t, b, step);
    const double *dr = t->operand[t->k.dy] + cornu_recurrent_record_(&t->k, b, step);
    for (int64_t u = 0; u < units; u++) {
        double i = r[units + u], f = r[2 * units + u], g = r[3 * units + u], o = r[4 * units + u];
        double more[4] = {0}, top = tanh(r[u]);
        for (int n = 0; n < 4 && t->k.dy_is_long; n++) more[n] = dr[(1 + n) * units + u];
        double cell = dc[u] + dh[u] * o * (1 - top * top);
        d[u] = (cell * g + more[0]) * i * (1 - i);
        d[units + u] = (cell * before[u] + more[1]) * f * (1 - f);
        d[2 * units + u] = (cell * i + more[2]) * (1 - g * g);
        d[3 * units + u] = (dh[u] * top + more[3]) * o * (1 - o);
        for (int n = 0; n < 4; n++) e[n * units + u] = d[n * units + u];
        dc[u] = cell * f;
        dh[u] = 0;
    }
}

static void gru_back(
    const task *t, int64_t b, int64_t step, double *dh, double *dc, double *d, double *e
) {
    int64_t units = t->k.units;
    const double *r = record(t, b, step);
    const double *before = state(t, b, cornu_recurrent_before_(&t->k, step));
    const double *dr = t->operand[t->k.dy] + cornu_recurrent_record_(&t->k, b, step);
    (void)dc;
    for (int64_t u = 0; u < units; u++) {
        double z = r[u], reset = r[units + u], g = r[2 * units + u], q = r[3 * units + u];
        double more[4] = {0};
        for (int n = 0; n < 4 && t->k.dy_is_long; n++) more[n] = dr[n * units + u];
        double inner = (dh[u] * (1 - z) + more[2]) * (1 - g * g);
        d[u] = e[u] = (dh[u] * (before[u] - g) + more[0]) * z * (1 - z);
        d[units + u] = e[units + u] = (inner * q + more[1]) * reset * (1 - reset);
        d[2 * units + u] = inner;
        e[2 * units + u] = inner * reset + more[3];
        dh[u] *= z;
    }
}

/* Adds what a step gives to the gradients of x, w, v, b, and of h before it. */
static void spread(
    const task *t, int64_t b, int64_t step, double *dh, const double *d, const double *e
) {
    int64_t columns = t->k.columns, units = t->k.units, features = t->k.features;
    const double *x = input(t, b, step), *h = state(t, b, cornu_recurrent_before_(&t->k, step));
    double *dx = t->operand[t->k.result] + (b * t->k.time + step) * features;
    for (int64_t i = 0; i < features; i++) {
        const double *w = t->operand[t->k.w] + i * columns;
        double sum = 0;
        for (int64_t n = 0; n < columns; n++) {
            sum += d[n] * w[n];
            t->dw[i * columns + n] += x[i] * d[n];
        }
        if (t->k.wants_x) dx[i] = sum;
    }
    for (int64_t i = 0; i < units; i++) {
        const double *v = t->operand[t->k.v] + i * columns;
        for (int64_t n = 0; n < columns; n++) {
            dh[i] += e[n] * v[n];
            t->dv[i * columns + n] += h[i] * e[n];
        }
    }
    for (int64_t n = 0; n < columns; n++) {
        t->db[n] += d[n];
        if (!t->k.lstm) t->db[columns + n] += e[n];
    }
}

static void step_back(const task *t, int64_t b, int64_t step, double *dh, double *room) {
    int64_t units = t->k.units;
    double *dc = room, *d = dc + units, *e = d + (t->k.lstm ? 4 : 3) * units;
    const double *dy = t->operand[t->k.dy] + (b * t->k.time + step) * units;
    for (int64_t u = 0; u < units; u++) dh[u] += dy[u];
    if (t->k.lstm && t->k.dy_is_long) {
        const double *dr = t->operand[t->k.dy] + cornu_recurrent_record_(&t->k, b, step);
        for (int64_t u = 0; u < units; u++) dc[u] += dr[u];
    }
    if (!counts(t, b, step)) return;
    (t->k.lstm ? lstm_back : gru_back)(t, b, step, dh, dc, d, e);
    spread(t, b, step, dh, d, e);
}

/* ---- kinds ---- */
/* The operands in the workspace; `*spare` is room for 9 * units numbers. */
static task load(
    const cornu_kernel_desc *desc, void *const *buffers, void *workspace, double **spare
) {
    task t = {.k = cornu_recurrent_layout_(desc)};
    double *free_from = workspace;
    for (int i = 0; i < MOST_OPERANDS; i++) t.operand[i] = free_from; /* those that are not there */
    for (int i = 0; i < desc->operand_count; i++) {
        const cornu_operand *o = &desc->operands[i];
        cornu_run run = {o->dtype, buffers[i], 0, 1, cornu_reference_size_(o)};
        if (i < t.k.result) cornu_load_double_(&run, free_from);
        t.operand[i] = free_from;
        free_from += run.count;
    }
    *spare = free_from;
    return t;
}

static void store(const cornu_kernel_desc *desc, void *const *buffers, const task *t) {
    const cornu_operand *o = cornu_reference_out_(desc);
    cornu_run run = {o->dtype, buffers[desc->operand_count - 1], 0, 1, cornu_reference_size_(o)};
    cornu_store_double_(&run, t->operand[t->k.result]);
}

static cornu_status run_forward(
    const cornu_kernel_desc *desc, void *const *buffers, void *workspace
) {
    double *spare;
    task t = load(desc, buffers, workspace, &spare);
    for (int64_t b = 0; b < t.k.batch; b++)
        for (int64_t n = 0; n < t.k.time; n++)
            (t.k.lstm ? lstm_step : gru_step)(&t, b, cornu_recurrent_step_(&t.k, n));
    store(desc, buffers, &t);
    return CORNU_OK;
}

static cornu_status run_back(const cornu_kernel_desc *desc, void *const *buffers, void *workspace) {
    double *spare;
    task t = load(desc, buffers, workspace, &spare);
    const cornu_recurrent_layout *k = &t.k;
    double *result = t.operand[k->result];
    int64_t size = cornu_reference_size_(cornu_reference_out_(desc));
    for (int64_t i = 0; i < size; i++) result[i] = 0;
    t.dw = result + (k->wants_x ? k->batch * k->time * k->features : 0);
    t.dv = t.dw + k->features * k->columns;
    t.db = t.dv + k->units * k->columns;
    double *first = t.db + (k->lstm ? 1 : 2) * k->columns; /* of h, then of c */
    for (int64_t b = 0; b < k->batch; b++) {
        double *dh = first + b * k->units;
        for (int64_t u = 0; u < k->units; u++) spare[u] = 0;
        for (int64_t n = k->time - 1; n >= 0; n--)
            step_back(&t, b, cornu_recurrent_step_(k, n), dh, spare);
        for (int64_t u = 0; u < k->units && k->lstm; u++)
            first[(k->batch + b) * k->units + u] = spare[u];
    }
    store(desc, buffers, &t);
    return CORNU_OK;
}

const cornu_reference_kind cornu_reference_lstm_ = {"lstm", check, workspace_size, run_forward};
const cornu_reference_kind cornu_reference_lstm_gradient_ = {
    "lstm gradient", check, workspace_size, run_back};
const cornu_reference_kind cornu_reference_gru_ = {"gru", check, workspace_size, run_forward};
const cornu_reference_kind cornu_reference_gru_gradient_ = {
    "gru gradient", check, workspace_size, run_back};
