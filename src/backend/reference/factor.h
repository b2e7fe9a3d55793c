/* Factorisations of one matrix, of doubles: factor.c, jacobi.c. */
#ifndef CORNU_BACKEND_REFERENCE_FACTOR_H
#define CORNU_BACKEND_REFERENCE_FACTOR_H

#include "backend/kernel.h"

/* a[m, n] -> out[m + n, width]: q[m, width] and the transpose of r; a is overwritten. `room` has
 * (m + 1) * min(m, n) numbers. */
void cornu_factor_qr_(double *a, double *out, int64_t m, int64_t n, int64_t width, double *room);
/* The symmetric part of a[n, n] -> out[n + 1, n]: eigenvalues in ascending order, and the
 * eigenvectors as columns. `room` has 2 n^2 numbers. */
cornu_status cornu_factor_eigh_(double *a, double *out, int64_t n, double *room);
/* a[m, n] -> out[m + 1 + n, k], k the smaller: u, the singular values in descending order, v.
 * `room` has 3 times the square of the larger. */
cornu_status cornu_factor_svd_(double *a, double *out, int64_t m, int64_t n, double *room);

#endif
