/* Eigenvalues and singular values by rotations, which keep small ones exact. Jacobi 1846;
 * Hestenes 1958 for the one-sided form. Vectors have a sign of ours, for there is no other rule:
 * the last component of an eigenvector is not negative, the first of a left singular vector is not
 * positive. */
#include "backend/reference/factor.h"

#include <float.h>
#include <math.h>
#include <string.h>

enum { MOST_SWEEPS = 60 };

static cornu_status not_converged(const char *what) {
    CORNU_FAIL(CORNU_EINVAL, "no %s: the matrix holds what is no number", what);
}

/* Columns i and k of [rows, width] become c i - s k and s i + c k. */
static void turn(double *x, int64_t rows, int64_t width, int64_t i, int64_t k, double c, double s) {
    for (int64_t r = 0; r < rows; r++) {
        double a = x[r * width + i], b = x[r * width + k];
        x[r * width + i] = c * a - s * b;
        x[r * width + k] = s * a + c * b;
    }
}

/* Cosine and sine of the rotation that makes the off-diagonal element of [[p, x], [x, q]] zero. */
static void angle_of(double p, double q, double x, double *c, double *s) {
    double theta = (q - p) / (2 * x);
    double t = (theta < 0 ? -1 : 1) / (fabs(theta) + sqrt(theta * theta + 1));
    *c = 1 / sqrt(t * t + 1);
    *s = t * *c;
}

/* The places of `count` keys in ascending order; equal ones stay. */
static void order_of(const double *keys, int64_t count, double *places) {
    for (int64_t i = 0; i < count; i++) {
        int64_t to = i;
        for (; to > 0 && keys[i] < keys[(int64_t)places[to - 1]]; to--) places[to] = places[to - 1];
        places[to] = (double)i;
    }
}

/* ---- eigenvalues ---- */
/* One round over all pairs; whether anything was turned. */
static bool sweep(double *a, double *vectors, int64_t n) {
    bool turned = false;
    for (int64_t i = 0; i < n; i++)
        for (int64_t k = i + 1; k < n; k++) {
            double x = a[i * n + k], p = a[i * n + i], q = a[k * n + k], c, s;
            if (fabs(x) <= DBL_EPSILON * 0.25 * sqrt(fabs(p) * fabs(q)) || fabs(x) < DBL_MIN)
                continue;
            turned = true;
            angle_of(p, q, x, &c, &s);
            turn(a, n, n, i, k, c, s);
            for (int64_t r = 0; r < n; r++) { /* the rows as the columns */
                double upper = a[i * n + r], lower = a[k * n + r];
                a[i * n + r] = c * upper - s * lower;
                a[k * n + r] = s * upper + c * lower;
            }
            a[i * n + k] = a[k * n + i] = 0;
            turn(vectors, n, n, i, k, c, s);
        }
    return turned;
}

cornu_status cornu_factor_eigh_(double *a, double *out, int64_t n, double *room) {
    double *vectors = room, *places = room + n * n, *values = places + n;
    for (int64_t i = 0; i < n; i++)
        for (int64_t k = 0; k <= i; k++) {
            double both = (a[i * n + k] + a[k * n + i]) / 2;
            if (!isfinite(both)) return not_converged("eigenvalues");
            a[i * n + k] = a[k * n + i] = both;
            vectors[i * n + k] = vectors[k * n + i] = i == k;
        }
    for (int round = 0; round < MOST_SWEEPS && sweep(a, vectors, n); round++) {
    }
    for (int64_t i = 0; i < n; i++) values[i] = a[i * n + i];
    order_of(values, n, places);
    for (int64_t i = 0; i < n; i++) {
        int64_t from = (int64_t)places[i];
        double sign = vectors[(n - 1) * n + from] < 0 ? -1 : 1;
        out[i] = values[from];
        for (int64_t r = 0; r < n; r++) out[(r + 1) * n + i] = sign * vectors[r * n + from];
    }
    return CORNU_OK;
}

/* ---- singular values ---- */
/* One round that makes the columns of x[m, n] orthogonal in pairs. */
static bool sweep_columns(double *x, double *v, int64_t m, int64_t n) {
    bool turned = false;
    for (int64_t i = 0; i < n; i++)
        for (int64_t k = i + 1; k < n; k++) {
            double p = 0, q = 0, dot = 0, c, s;
            for (int64_t r = 0; r < m; r++) {
                p += x[r * n + i] * x[r * n + i];
                q += x[r * n + k] * x[r * n + k];
                dot += x[r * n + i] * x[r * n + k];
            }
            if (fabs(dot) <= 4 * DBL_EPSILON * sqrt(p) * sqrt(q) || fabs(dot) < DBL_MIN) continue;
            turned = true;
            angle_of(p, q, dot, &c, &s);
            turn(x, m, n, i, k, c, s);
            turn(v, n, n, i, k, c, s);
        }
    return turned;
}

/* A column at a right angle to the `count` before it, for a singular value of 0. */
static void complete(double *u, int64_t m, int64_t width, int64_t count) {
    for (int64_t unit = 0; unit < m; unit++) {
        double length = 0;
        for (int64_t r = 0; r < m; r++) u[r * width + count] = r == unit;
        for (int pass = 0; pass < 2; pass++)
            for (int64_t i = 0; i < count; i++) {
                double dot = 0;
                for (int64_t r = 0; r < m; r++) dot += u[r * width + i] * u[r * width + count];
                for (int64_t r = 0; r < m; r++) u[r * width + count] -= dot * u[r * width + i];
            }
        for (int64_t r = 0; r < m; r++) length += u[r * width + count] * u[r * width + count];
        if (length < 0.5 / (double)m) continue; /* one of the units leaves more */
        for (int64_t r = 0; r < m; r++) u[r * width + count] /= sqrt(length);
        return;
    }
}

/* x[m, n], m >= n. u[m, n], values[n] and v[n, n] in order; x is overwritten. `room` has n^2 + 2 n
 * numbers. */
static cornu_status tall_svd(
    double *x, int64_t m, int64_t n, double *u, double *values, double *v, double *room
) {
    double *turned = room, *lengths = room + n * n, *places = lengths + n, largest = 0;
    for (int64_t i = 0; i < m * n; i++)
        if (!isfinite(x[i])) return not_converged("singular values");
    for (int64_t i = 0; i < n * n; i++) turned[i] = i % (n + 1) == 0;
    for (int round = 0; round < MOST_SWEEPS && sweep_columns(x, turned, m, n); round++) {
    }
    for (int64_t i = 0; i < n; i++) {
        double sum = 0;
        for (int64_t r = 0; r < m; r++) sum += x[r * n + i] * x[r * n + i];
        lengths[i] = -sqrt(sum);
        if (-lengths[i] > largest) largest = -lengths[i];
    }
    order_of(lengths, n, places);
    for (int64_t i = 0; i < n; i++) {
        int64_t from = (int64_t)places[i];
        values[i] = -lengths[from];
        bool empty = values[i] <= largest * DBL_EPSILON * 0x1p-8;
        if (empty) complete(u, m, n, i);
        double by = empty ? 1 : values[i];
        for (int64_t r = 0; r < m && !empty; r++) u[r * n + i] = x[r * n + from] / by;
        double sign = u[i] > 0 ? -1 : 1;
        for (int64_t r = 0; r < m; r++) u[r * n + i] *= sign;
        for (int64_t r = 0; r < n; r++) v[r * n + i] = sign * turned[r * n + from];
    }
    return CORNU_OK;
}

cornu_status cornu_factor_svd_(double *a, double *out, int64_t m, int64_t n, double *room) {
    if (m >= n) return tall_svd(a, m, n, out, out + m * n, out + (m + 1) * n, room);
    double *turned = room, *u = room + m * n;
    for (int64_t i = 0; i < m; i++)
        for (int64_t k = 0; k < n; k++) turned[k * m + i] = a[i * n + k];
    double *v = out + (m + 1) * m;
    CORNU_TRY(tall_svd(turned, n, m, v, out + m * m, out, u));
    for (int64_t i = 0; i < m; i++) { /* the rule for signs is about u */
        double sign = out[i] > 0 ? -1 : 1;
        for (int64_t r = 0; r < m; r++) out[r * m + i] *= sign;
        for (int64_t r = 0; r < n; r++) v[r * m + i] *= sign;
    }
    return CORNU_OK;
}
