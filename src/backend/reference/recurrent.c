/* LSTM and GRU over time, and the way back, step by step as kernel.h writes them. All operands pass
 * through double. */
#include "backend/reference/access.h"
#include "backend/reference/reference.h"
#include "backend/scalar.h"

enum { PLAIN_INPUTS = 4 };

/* Sizes, and the operands as doubles. */
typedef struct {
    int64_t batch, time, units;
    int gates; /* blocks of `units` columns in w */
    const double *in[PLAIN_INPUTS];
    const double *mask; /* [batch, time], or NULL */
    double *out;
} task;

/* ---- checks ---- */
static bool is_gradient(const cornu_kernel_desc *desc) {
    return desc->kind == CORNU_KERNEL_LSTM_GRADIENT || desc->kind == CORNU_KERNEL_GRU_GRADIENT;
}

static int gates_of(const cornu_kernel_desc *desc) {
    return desc->kind == CORNU_KERNEL_LSTM || desc->kind == CORNU_KERNEL_LSTM_GRADIENT ? 4 : 3;
}

/* The operand that is w, [units, gates * units]. */
static int weights_at(const cornu_kernel_desc *desc) { return is_gradient(desc) ? 2 : 1; }

static cornu_status check(const cornu_kernel_desc *desc) {
    int count = desc->operand_count, w = weights_at(desc), sequence = is_gradient(desc) ? 4 : 3;
    if (count != PLAIN_INPUTS + 1 && count != PLAIN_INPUTS + 2)
        CORNU_FAIL(CORNU_EINVAL, "recurrent kernel: %d operands instead of 5 or 6", count);
    for (int i = 0; i < count; i++) CORNU_TRY(cornu_reference_need_dense_(desc, i));
    CORNU_TRY(cornu_reference_need_rank_(desc, 0, sequence));
    CORNU_TRY(cornu_reference_need_rank_(desc, w, 2));
    CORNU_TRY(cornu_reference_need_rank_(desc, count - 1, is_gradient(desc) ? 3 : 4));
    if (desc->operands[w].dims[1] != gates_of(desc) * desc->operands[w].dims[0])
        CORNU_FAIL(
            CORNU_EINVAL, "recurrent kernel: %lld columns for %lld units",
            (long long)desc->operands[w].dims[1], (long long)desc->operands[w].dims[0]
        );
    return CORNU_OK;
}

static size_t workspace_size(const cornu_kernel_desc *desc) {
    int64_t units = desc->operands[weights_at(desc)].dims[0], size = 8 * units;
    for (int i = 0; i < desc->operand_count; i++) size += cornu_reference_size_(&desc->operands[i]);
    return (size_t)size * sizeof(double);
}

/* ---- steps ---- */
static bool counts(const task *k, int64_t b, int64_t t) {
    return k->mask == NULL || k->mask[b * k->time + t] != 0;
}

/* Row [units] of a plane of y at a step; of what came before at t = -1. */
static const double *row(
    const task *k, const double *y, int plane, int64_t b, int64_t t, const double *first
) {
    if (t < 0) return first + b * k->units;
    return y + ((plane * k->batch + b) * k->time + t) * k->units;
}

static double *out_row(const task *k, int plane, int64_t b, int64_t t) {
    return k->out + ((plane * k->batch + b) * k->time + t) * k->units;
}

/* h w at one column */
static double product(const task *k, const double *h, const double *w, int64_t column) {
    double sum = 0;
    for (int64_t i = 0; i < k->units; i++) sum += h[i] * w[i * k->gates * k->units + column];
    return sum;
}

static double sigmoid(double x) { return x >= 0 ? 1 / (1 + exp(-x)) : exp(x) / (1 + exp(x)); }

static void lstm_step(const task *k, int64_t b, int64_t t) {
    const double *x = k->in[0] + (b * k->time + t) * 4 * k->units, *w = k->in[1];
    const double *h = row(k, k->out, 0, b, t - 1, k->in[2]);
    const double *c = row(k, k->out, 1, b, t - 1, k->in[3]);
    bool counted = counts(k, b, t);
    for (int64_t u = 0; u < k->units; u++) {
        double gate[4] = {0};
        for (int n = 0; n < 4 && counted; n++) {
            int64_t column = n * k->units + u;
            double z = x[column] + product(k, h, w, column);
            gate[n] = n == 2 ? tanh(z) : sigmoid(z);
            out_row(k, 2 + n, b, t)[u] = gate[n];
        }
        for (int n = 0; n < 4 && !counted; n++) out_row(k, 2 + n, b, t)[u] = 0;
        double cell = gate[1] * c[u] + gate[0] * gate[2];
        out_row(k, 1, b, t)[u] = counted ? cell : c[u];
        out_row(k, 0, b, t)[u] = counted ? gate[3] * tanh(cell) : h[u];
    }
}

static void gru_step(const task *k, int64_t b, int64_t t) {
    const double *x = k->in[0] + (b * k->time + t) * 3 * k->units, *w = k->in[1], *bias = k->in[2];
    const double *h = row(k, k->out, 0, b, t - 1, k->in[3]);
    bool counted = counts(k, b, t);
    for (int64_t u = 0; u < k->units; u++) {
        double a[3] = {0}; /* z, r, q */
        for (int n = 0; n < 3 && counted; n++) {
            int64_t column = n * k->units + u;
            a[n] = product(k, h, w, column) + bias[column];
            if (n < 2) a[n] = sigmoid(x[column] + a[n]);
        }
        double g = counted ? tanh(x[2 * k->units + u] + a[1] * a[2]) : 0;
        out_row(k, 0, b, t)[u] = counted ? a[0] * h[u] + (1 - a[0]) * g : h[u];
        out_row(k, 1, b, t)[u] = a[0];
        out_row(k, 2, b, t)[u] = a[1];
        out_row(k, 3, b, t)[u] = g;
        out_row(k, 4, b, t)[u] = a[2];
    }
}

/* ---- steps back: dh and dc hold the gradients of the states after the step, then of those before
 * it ---- */
/* Row [4 * units] of d: of the states at first for t = -1. */
static double *gradient_row(const task *k, int64_t b, int64_t t) {
    return k->out + (b * (k->time + 1) + t + 1) * 4 * k->units;
}

static void lstm_back(const task *k, int64_t b, int64_t t, double *dh, double *dc) {
    const double *y = k->in[0], *dy = k->in[1], *w = k->in[2];
    double *d = gradient_row(k, b, t);
    bool counted = counts(k, b, t);
    for (int64_t u = 0; u < k->units; u++) {
        dh[u] += row(k, dy, 0, b, t, NULL)[u];
        dc[u] += row(k, dy, 1, b, t, NULL)[u];
        for (int n = 0; n < 4 && !counted; n++) d[n * k->units + u] = 0;
        if (!counted) continue;
        double i = row(k, y, 2, b, t, NULL)[u], f = row(k, y, 3, b, t, NULL)[u];
        double g = row(k, y, 4, b, t, NULL)[u], o = row(k, y, 5, b, t, NULL)[u];
        double before = row(k, y, 1, b, t - 1, k->in[3])[u];
        double top = tanh(row(k, y, 1, b, t, NULL)[u]);
        double cell = dc[u] + dh[u] * o * (1 - top * top);
        double di = row(k, dy, 2, b, t, NULL)[u], df = row(k, dy, 3, b, t, NULL)[u];
        double dg = row(k, dy, 4, b, t, NULL)[u], d_o = row(k, dy, 5, b, t, NULL)[u];
        d[u] = (cell * g + di) * i * (1 - i);
        d[k->units + u] = (cell * before + df) * f * (1 - f);
        d[2 * k->units + u] = (cell * i + dg) * (1 - g * g);
        d[3 * k->units + u] = (dh[u] * top + d_o) * o * (1 - o);
        dc[u] = cell * f;
    }
    for (int64_t u = 0; u < k->units && counted; u++) {
        dh[u] = 0;
        for (int64_t n = 0; n < 4 * k->units; n++) dh[u] += d[n] * w[u * 4 * k->units + n];
    }
}

static void gru_back(const task *k, int64_t b, int64_t t, double *dh, double *direct) {
    const double *y = k->in[0], *dy = k->in[1], *w = k->in[2];
    double *d = gradient_row(k, b, t);
    int64_t units = k->units;
    bool counted = counts(k, b, t);
    for (int64_t u = 0; u < units; u++) {
        dh[u] += row(k, dy, 0, b, t, NULL)[u];
        for (int n = 0; n < 4 && !counted; n++) d[n * units + u] = 0;
        if (!counted) continue;
        double z = row(k, y, 1, b, t, NULL)[u], r = row(k, y, 2, b, t, NULL)[u];
        double g = row(k, y, 3, b, t, NULL)[u], q = row(k, y, 4, b, t, NULL)[u];
        double before = row(k, y, 0, b, t - 1, k->in[3])[u];
        double dz = row(k, dy, 1, b, t, NULL)[u], dr = row(k, dy, 2, b, t, NULL)[u];
        double dg = row(k, dy, 3, b, t, NULL)[u], dq = row(k, dy, 4, b, t, NULL)[u];
        double inner = (dh[u] * (1 - z) + dg) * (1 - g * g);
        d[u] = (dh[u] * (before - g) + dz) * z * (1 - z);
        d[units + u] = (inner * q + dr) * r * (1 - r);
        d[2 * units + u] = inner;
        d[3 * units + u] = inner * r + dq;
        direct[u] = dh[u] * z;
    }
    for (int64_t u = 0; u < units && counted; u++) {
        const double *columns = w + u * 3 * units;
        dh[u] = direct[u];
        for (int64_t n = 0; n < 2 * units; n++) dh[u] += d[n] * columns[n];
        for (int64_t n = 0; n < units; n++) dh[u] += d[3 * units + n] * columns[2 * units + n];
    }
}

/* ---- kinds ---- */
/* The operands in the workspace; `*spare` is room for 8 * units numbers. */
static task load(
    const cornu_kernel_desc *desc, void *const *buffers, void *workspace, double **spare
) {
    task k = {.gates = gates_of(desc)};
    double *free_from = workspace;
    for (int i = 0; i < desc->operand_count; i++) {
        const cornu_operand *o = &desc->operands[i];
        bool is_out = i == desc->operand_count - 1;
        cornu_run run = {o->dtype, buffers[i], 0, 1, cornu_reference_size_(o)};
        if (!is_out) cornu_load_double_(&run, free_from);
        if (is_out) k.out = free_from;
        else if (i == PLAIN_INPUTS) k.mask = free_from;
        else k.in[i] = free_from;
        free_from += run.count;
    }
    const cornu_operand *sequence = &desc->operands[0];
    int first = is_gradient(desc) ? 1 : 0;
    k.batch = sequence->dims[first];
    k.time = sequence->dims[first + 1];
    k.units = desc->operands[weights_at(desc)].dims[0];
    *spare = free_from;
    return k;
}

static void store(const cornu_kernel_desc *desc, void *const *buffers, const task *k) {
    const cornu_operand *o = cornu_reference_out_(desc);
    cornu_run run = {o->dtype, buffers[desc->operand_count - 1], 0, 1, cornu_reference_size_(o)};
    cornu_store_double_(&run, k->out);
}

static cornu_status run_forward(
    const cornu_kernel_desc *desc, void *const *buffers, void *workspace
) {
    double *spare;
    task k = load(desc, buffers, workspace, &spare);
    void (*step)(const task *, int64_t, int64_t) =
        desc->kind == CORNU_KERNEL_LSTM ? lstm_step : gru_step;
    for (int64_t b = 0; b < k.batch; b++)
        for (int64_t t = 0; t < k.time; t++) step(&k, b, t);
    store(desc, buffers, &k);
    return CORNU_OK;
}

static cornu_status run_back(const cornu_kernel_desc *desc, void *const *buffers, void *workspace) {
    double *dh, *second;
    task k = load(desc, buffers, workspace, &dh);
    bool lstm = desc->kind == CORNU_KERNEL_LSTM_GRADIENT;
    second = dh + k.units; /* dc, or room */
    for (int64_t b = 0; b < k.batch; b++) {
        for (int64_t u = 0; u < k.units; u++) dh[u] = second[u] = 0;
        for (int64_t t = k.time - 1; t >= 0; t--)
            (lstm ? lstm_back : gru_back)(&k, b, t, dh, second);
        double *first = gradient_row(&k, b, -1);
        for (int64_t u = 0; u < 4 * k.units; u++) first[u] = 0;
        for (int64_t u = 0; u < k.units; u++) {
            first[u] = dh[u];
            if (lstm) first[k.units + u] = second[u];
        }
    }
    store(desc, buffers, &k);
    return CORNU_OK;
}

const cornu_reference_kind cornu_reference_lstm_ = {"lstm", check, workspace_size, run_forward};
const cornu_reference_kind cornu_reference_lstm_gradient_ = {
    "lstm gradient", check, workspace_size, run_back};
const cornu_reference_kind cornu_reference_gru_ = {"gru", check, workspace_size, run_forward};
const cornu_reference_kind cornu_reference_gru_gradient_ = {
    "gru gradient", check, workspace_size, run_back};
