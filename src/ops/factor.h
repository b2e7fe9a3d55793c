/* What the factorisations of matrices share: cholesky.c, triangular.c, lu.c, qr.c, eigh.c, svd.c.
 *
 * Ops have one result, so a factorisation gives its factors as rows or columns of one tensor,
 * [.., rows, columns], from which the public functions and the derivatives take their parts. */
#ifndef CORNU_OPS_FACTOR_H
#define CORNU_OPS_FACTOR_H

#include "graph/op.h"

/* The operand of a public function: two axes or more, the last two alike if `square`; float32 or
 * float64, to which other types are cast. */
cornu_tensor *cornu_factor_operand_(cornu_tensor *x, bool square, const char *what);
/* x[.., m, n] -> [.., rows, columns], of its type. */
cornu_status cornu_factor_infer_(
    const cornu_tensor *x, int64_t rows, int64_t columns, cornu_spec *out
);
cornu_status cornu_factor_describe_(
    const cornu_node *node, cornu_factor_code code, cornu_kernel_request *request
);
/* A stack of matrices as three axes. */
void cornu_factor_group_(cornu_operand *operand, const cornu_shape *shape);

/* Rows, columns of x[.., m, n]: from `start` up to but without `stop`. */
cornu_tensor *cornu_factor_rows_(cornu_tensor *x, int64_t start, int64_t stop);
cornu_tensor *cornu_factor_columns_(cornu_tensor *x, int64_t start, int64_t stop);
cornu_tensor *cornu_factor_transpose_(cornu_tensor *x);
/* x below the k-th diagonal and on it, on it and above; zeros elsewhere. */
cornu_tensor *cornu_factor_lower_(cornu_tensor *x, int64_t k);
cornu_tensor *cornu_factor_upper_(cornu_tensor *x, int64_t k);
/* x[.., i, i], [.., k]; and x[.., k] on the diagonals of matrices. */
cornu_tensor *cornu_factor_diagonal_(cornu_tensor *x);
cornu_tensor *cornu_factor_from_diagonal_(cornu_tensor *x);
/* (x + x^T) / 2 */
cornu_tensor *cornu_factor_symmetric_(cornu_tensor *x);
/* 1 / (x[.., k] - x[.., i]) at [.., i, k]; 0 where they are equal. */
cornu_tensor *cornu_factor_gaps_(cornu_tensor *x);
/* x with a x = b, of the triangle of a. Of equal batch axes. */
typedef struct cornu_triangle {
    bool lower, transposed, unit;
} cornu_triangle;
cornu_tensor *cornu_triangular_solve_(cornu_tensor *a, cornu_tensor *b, cornu_triangle triangle);

/* A symmetric, positive definite matrix and others, well conditioned, for samples. */
cornu_tensor *cornu_factor_sample_(cornu_shape shape, bool symmetric, int salt);
/* The samples of an op of one symmetric matrix. */
bool cornu_factor_symmetric_samples_(
    int index, cornu_attrs *attrs, cornu_tensor **inputs, int *count
);

#endif
