/* Factors of matrices: Cholesky, LU, QR, eigenvalues, singular values, and systems with a triangle.
 * Everything is computed in double. Golub and Van Loan, Matrix Computations; the signs of QR and
 * the pivots of LU are those of LAPACK (dgeqrf, dgetrf). */
#include "backend/reference/factor.h"
#include "backend/reference/access.h"
#include "backend/reference/reference.h"

#include <math.h>
#include <string.h>

/* ---- shapes ---- */
static int64_t least(int64_t a, int64_t b) { return a < b ? a : b; }

/* Rows and columns of what a factorisation of [m, n] gives. */
static void result_of(const cornu_kernel_desc *desc, int64_t m, int64_t n, int64_t size[2]) {
    int64_t k = least(m, n);
    switch ((cornu_factor_code)desc->code) {
    case CORNU_FACTOR_CHOLESKY:
        size[0] = n, size[1] = n;
        return;
    case CORNU_FACTOR_LU:
        size[0] = m, size[1] = n + 2;
        return;
    case CORNU_FACTOR_QR:
        size[0] = m + n, size[1] = desc->flag ? m : k;
        return;
    case CORNU_FACTOR_EIGH:
        size[0] = n + 1, size[1] = n;
        return;
    case CORNU_FACTOR_SVD:
        size[0] = m + 1 + n, size[1] = k;
        return;
    }
    size[0] = size[1] = -1;
}

static cornu_status check_factor(const cornu_kernel_desc *desc) {
    int64_t size[2];
    CORNU_TRY(cornu_reference_need_count_(desc, 2));
    for (int i = 0; i < 2; i++) {
        CORNU_TRY(cornu_reference_need_rank_(desc, i, 3));
        CORNU_TRY(cornu_reference_need_dense_(desc, i));
    }
    const int64_t *in = desc->operands[0].dims, *out = desc->operands[1].dims;
    result_of(desc, in[1], in[2], size);
    bool square = desc->code == CORNU_FACTOR_CHOLESKY || desc->code == CORNU_FACTOR_EIGH;
    if (in[0] != out[0] || out[1] != size[0] || out[2] != size[1] || (square && in[1] != in[2]))
        CORNU_FAIL(CORNU_EINVAL, "factor kernel: the output does not fit the matrices");
    return CORNU_OK;
}

/* The matrix, the result, and as much again to work with. */
static size_t factor_room(const cornu_kernel_desc *desc) {
    const int64_t *in = desc->operands[0].dims, *out = desc->operands[1].dims;
    int64_t wide = in[1] > in[2] ? in[1] : in[2];
    return (size_t)(in[1] * in[2] + out[1] * out[2] + 3 * wide * wide + wide) * sizeof(double);
}

/* ---- Cholesky ---- */
/* a = l l^T of the symmetric part of a. */
static cornu_status cholesky(const double *a, double *l, int64_t n) {
    for (int64_t i = 0; i < n; i++) {
        for (int64_t j = 0; j <= i; j++) {
            double sum = (a[i * n + j] + a[j * n + i]) / 2;
            for (int64_t k = 0; k < j; k++) sum -= l[i * n + k] * l[j * n + k];
            if (i == j && !(sum > 0))
                CORNU_FAIL(
                    CORNU_EINVAL, "the matrix is not positive definite: pivot %lld is %g",
                    (long long)i, sum
                );
            l[i * n + j] = i == j ? sqrt(sum) : sum / l[j * n + j];
        }
        for (int64_t j = i + 1; j < n; j++) l[i * n + j] = 0;
    }
    return CORNU_OK;
}

/* ---- LU ---- */
/* out[m, n + 2]: l below the diagonal (ones on it), u on it and above; which row of a stands at
 * each place; and with which row each place was exchanged. */
static void lu(double *a, double *out, int64_t m, int64_t n) {
    int64_t width = n + 2;
    for (int64_t i = 0; i < m; i++) {
        memcpy(out + i * width, a + i * n, (size_t)n * sizeof *a);
        out[i * width + n] = out[i * width + n + 1] = (double)i;
    }
    for (int64_t k = 0; k < least(m, n); k++) {
        int64_t pivot = k;
        for (int64_t i = k + 1; i < m; i++)
            if (fabs(out[i * width + k]) > fabs(out[pivot * width + k])) pivot = i;
        for (int64_t j = 0; j < n + 1 && pivot != k; j++) {
            double kept = out[k * width + j];
            out[k * width + j] = out[pivot * width + j];
            out[pivot * width + j] = kept;
        }
        out[k * width + n + 1] = (double)pivot;
        double by = out[k * width + k];
        for (int64_t i = k + 1; i < m && by != 0; i++) {
            double factor = out[i * width + k] /= by;
            for (int64_t j = k + 1; j < n; j++) out[i * width + j] -= factor * out[k * width + j];
        }
    }
}

/* ---- QR ---- */
/* The reflection that makes zeros of a[k + 1 .., k]; v[k ..] is its vector, *scale its factor. */
static void reflect(double *a, int64_t m, int64_t n, int64_t k, double *v, double *scale) {
    double below = 0, head = a[k * n + k];
    for (int64_t i = k + 1; i < m; i++) below += a[i * n + k] * a[i * n + k];
    *scale = 0;
    v[k] = 1;
    if (below == 0) return;
    double length = sqrt(head * head + below), beta = head > 0 ? -length : length;
    *scale = (beta - head) / beta;
    for (int64_t i = k + 1; i < m; i++) v[i] = a[i * n + k] / (head - beta);
    for (int64_t j = k; j < n; j++) {
        double sum = 0;
        for (int64_t i = k; i < m; i++) sum += v[i] * a[i * n + j];
        for (int64_t i = k; i < m; i++) a[i * n + j] -= *scale * sum * v[i];
    }
}

/* out[m + n, width]: q, and r transposed. `room` has m * k + k numbers. */
void cornu_factor_qr_(double *a, double *out, int64_t m, int64_t n, int64_t width, double *room) {
    int64_t count = least(m, n);
    double *scales = room + m * count;
    for (int64_t k = 0; k < count; k++) reflect(a, m, n, k, room + k * m, &scales[k]);
    for (int64_t j = 0; j < n; j++)
        for (int64_t i = 0; i < width; i++)
            out[(m + j) * width + i] = i <= j && i < m ? a[i * n + j] : 0;
    for (int64_t i = 0; i < m; i++)
        for (int64_t j = 0; j < width; j++) out[i * width + j] = i == j;
    for (int64_t k = count; k-- > 0;) {
        const double *v = room + k * m;
        for (int64_t j = 0; j < width; j++) {
            double sum = 0;
            for (int64_t i = k; i < m; i++) sum += v[i] * out[i * width + j];
            for (int64_t i = k; i < m; i++) out[i * width + j] -= scales[k] * sum * v[i];
        }
    }
}

/* ---- all ---- */
static cornu_status factor(const cornu_kernel_desc *desc, double *a, double *out, double *room) {
    int64_t m = desc->operands[0].dims[1], n = desc->operands[0].dims[2];
    switch ((cornu_factor_code)desc->code) {
    case CORNU_FACTOR_CHOLESKY:
        return cholesky(a, out, n);
    case CORNU_FACTOR_LU:
        return lu(a, out, m, n), CORNU_OK;
    case CORNU_FACTOR_QR:
        return cornu_factor_qr_(a, out, m, n, desc->operands[1].dims[2], room), CORNU_OK;
    case CORNU_FACTOR_EIGH:
        return cornu_factor_eigh_(a, out, n, room);
    case CORNU_FACTOR_SVD:
        return cornu_factor_svd_(a, out, m, n, room);
    }
    CORNU_FAIL(CORNU_EINVAL, "factor kernel: no factorisation %d", desc->code);
}

static cornu_status run_factor(
    const cornu_kernel_desc *desc, void *const *buffers, void *workspace
) {
    const cornu_operand *in = &desc->operands[0], *out = &desc->operands[1];
    int64_t size = in->dims[1] * in->dims[2], result = out->dims[1] * out->dims[2];
    double *a = workspace, *made = a + size, *room = made + result;
    for (int64_t i = 0; i < in->dims[0]; i++) {
        cornu_load_double_(&(cornu_run){in->dtype, buffers[0], i * size, 1, size}, a);
        CORNU_TRY(factor(desc, a, made, room));
        cornu_store_double_(&(cornu_run){out->dtype, buffers[1], i * result, 1, result}, made);
    }
    return CORNU_OK;
}

const cornu_reference_kind cornu_reference_factor_ = {
    "factor", check_factor, factor_room, run_factor};

/* ---- systems with a triangle ---- */
static cornu_status check_solve(const cornu_kernel_desc *desc) {
    CORNU_TRY(cornu_reference_need_count_(desc, 3));
    CORNU_TRY(cornu_reference_need_like_(desc, 2, 1));
    for (int i = 0; i < 3; i++) {
        CORNU_TRY(cornu_reference_need_rank_(desc, i, 3));
        CORNU_TRY(cornu_reference_need_dense_(desc, i));
    }
    const int64_t *a = desc->operands[0].dims, *b = desc->operands[1].dims;
    if (a[0] != b[0] || a[1] != a[2] || a[2] != b[1])
        CORNU_FAIL(CORNU_EINVAL, "triangular_solve kernel: the operands do not fit");
    return CORNU_OK;
}

static size_t solve_room(const cornu_kernel_desc *desc) {
    const int64_t *b = desc->operands[1].dims;
    return (size_t)(b[1] * b[1] + b[1] * b[2]) * sizeof(double);
}

/* x[n, k] in the place of b. A transposed lower triangle is an upper one. */
static void solve(const cornu_kernel_desc *desc, const double *a, double *x, int64_t n, int64_t k) {
    bool forwards = desc->flag != desc->reverse;
    int64_t row = desc->reverse ? 1 : n, column = desc->reverse ? n : 1;
    for (int64_t step = 0; step < n; step++) {
        int64_t i = forwards ? step : n - 1 - step;
        for (int64_t before = 0; before < step; before++) {
            int64_t j = forwards ? before : n - 1 - before;
            double factor = a[i * row + j * column];
            for (int64_t c = 0; c < k; c++) x[i * k + c] -= factor * x[j * k + c];
        }
        for (int64_t c = 0; c < k && !desc->exclusive; c++) x[i * k + c] /= a[i * row + i * column];
    }
}

static cornu_status run_solve(
    const cornu_kernel_desc *desc, void *const *buffers, void *workspace
) {
    const cornu_operand *b = &desc->operands[1];
    int64_t n = b->dims[1], k = b->dims[2];
    double *a = workspace, *x = a + n * n;
    for (int64_t i = 0; i < b->dims[0]; i++) {
        cornu_run matrix = {desc->operands[0].dtype, buffers[0], i * n * n, 1, n * n};
        cornu_load_double_(&matrix, a);
        cornu_load_double_(&(cornu_run){b->dtype, buffers[1], i * n * k, 1, n * k}, x);
        solve(desc, a, x, n, k);
        cornu_run out = {desc->operands[2].dtype, buffers[2], i * n * k, 1, n * k};
        cornu_store_double_(&out, x);
    }
    return CORNU_OK;
}

const cornu_reference_kind cornu_reference_triangular_solve_ = {
    "triangular_solve", check_solve, solve_room, run_solve};
