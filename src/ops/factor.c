/* See factor.h. */
#include "ops/factor.h"

#include "ops/move.h"
#include "ops/samples.h"
#include <cornu/ops.h>

/* ---- operands ---- */
cornu_tensor *cornu_factor_operand_(cornu_tensor *x, bool square, const char *what) {
    if (x == NULL) return (void)cornu_error_null(what), NULL;
    const cornu_shape *shape = &x->shape;
    int last = shape->rank - 1;
    char text[256];
    if (last < 1 || (square && shape->dims[last] != shape->dims[last - 1]))
        CORNU_FAIL_NULL(
            CORNU_ESHAPE, "%s: wants %smatrices, got shape %s", what, square ? "square " : "",
            cornu_shape_format(shape, text, sizeof text)
        );
    if (x->dtype == CORNU_FLOAT32 || x->dtype == CORNU_FLOAT64) return x;
    return cornu_op_cast(x, CORNU_FLOAT32);
}

cornu_status cornu_factor_infer_(
    const cornu_tensor *x, int64_t rows, int64_t columns, cornu_spec *out
) {
    *out = (cornu_spec){x->dtype, x->shape};
    out->shape.dims[out->shape.rank - 2] = rows;
    out->shape.dims[out->shape.rank - 1] = columns;
    return CORNU_OK;
}

void cornu_factor_group_(cornu_operand *operand, const cornu_shape *shape) {
    int last = shape->rank - 1;
    cornu_shape grouped =
        cornu_shape(cornu_span_(shape, 0, last - 1), shape->dims[last - 1], shape->dims[last]);
    *operand = cornu_operand_dense_(operand->dtype, &grouped);
}

cornu_status cornu_factor_describe_(
    const cornu_node *node, cornu_factor_code code, cornu_kernel_request *request
) {
    cornu_factor_group_(&request->operands[0], &node->inputs[0]->shape);
    cornu_factor_group_(&request->operands[1], &node->out->shape);
    request->desc.kind = CORNU_KERNEL_FACTOR;
    request->desc.code = (int)code;
    return CORNU_OK;
}

/* ---- parts ---- */
static cornu_tensor *part(cornu_tensor *x, int axis, int64_t begin, int64_t end) {
    int64_t start[CORNU_MAX_RANK] = {0};
    if (x == NULL) return NULL;
    cornu_shape size = x->shape;
    start[axis + size.rank] = begin;
    size.dims[axis + size.rank] = end - begin;
    return cornu_op_slice(x, start, size);
}
cornu_tensor *cornu_factor_rows_(cornu_tensor *x, int64_t start, int64_t stop) {
    return part(x, -2, start, stop);
}
cornu_tensor *cornu_factor_columns_(cornu_tensor *x, int64_t start, int64_t stop) {
    return part(x, -1, start, stop);
}

cornu_tensor *cornu_factor_transpose_(cornu_tensor *x) { return cornu_op_swapaxes(x, -2, -1); }

/* Whether column - row >= k, bool [rows, columns]. */
static cornu_tensor *from_diagonal(const cornu_tensor *x, int64_t k) {
    int64_t rows = x->shape.dims[x->shape.rank - 2], columns = x->shape.dims[x->shape.rank - 1];
    cornu_tensor *row = cornu_op_arange(0, (double)rows, 1, CORNU_INT32);
    cornu_tensor *column = cornu_op_arange(0, (double)columns, 1, CORNU_INT32);
    row = cornu_op_add(cornu_op_expand_dims(row, 1), cornu_scalar_of(CORNU_INT32, (double)k));
    return cornu_op_greater_equal(column, row);
}
cornu_tensor *cornu_factor_lower_(cornu_tensor *x, int64_t k) {
    return x != NULL ? cornu_op_where(from_diagonal(x, k + 1), cornu_scalar(0), x) : NULL;
}
cornu_tensor *cornu_factor_upper_(cornu_tensor *x, int64_t k) {
    return x != NULL ? cornu_op_where(from_diagonal(x, k), x, cornu_scalar(0)) : NULL;
}

/* Ones on the diagonal, like the matrices of x. */
static cornu_tensor *unit_like(const cornu_tensor *x, int64_t rows, int64_t columns) {
    return cornu_op_eye(rows, columns, 0, x->dtype);
}
cornu_tensor *cornu_factor_diagonal_(cornu_tensor *x) {
    if (x == NULL) return NULL;
    int64_t rows = x->shape.dims[x->shape.rank - 2], columns = x->shape.dims[x->shape.rank - 1];
    int64_t k = rows < columns ? rows : columns;
    x = cornu_factor_columns_(cornu_factor_rows_(x, 0, k), 0, k);
    if (x == NULL) return NULL;
    cornu_tensor *on = cornu_op_cast(unit_like(x, k, k), CORNU_BOOL);
    return cornu_op_sum(cornu_op_where(on, x, cornu_scalar(0)), .axis = cornu_axes(-1));
}
cornu_tensor *cornu_factor_from_diagonal_(cornu_tensor *x) {
    if (x == NULL) return NULL;
    int64_t size = x->shape.dims[x->shape.rank - 1];
    cornu_tensor *on = cornu_op_cast(unit_like(x, size, size), CORNU_BOOL);
    return cornu_op_where(on, cornu_op_expand_dims(x, -1), cornu_scalar(0));
}

cornu_tensor *cornu_factor_symmetric_(cornu_tensor *x) {
    return cornu_op_multiply(cornu_op_add(x, cornu_factor_transpose_(x)), cornu_scalar(0.5));
}

cornu_tensor *cornu_factor_gaps_(cornu_tensor *x) {
    cornu_tensor *gap = cornu_op_subtract(cornu_op_expand_dims(x, -2), cornu_op_expand_dims(x, -1));
    return cornu_op_divide_no_nan(cornu_scalar(1), gap);
}

/* ---- samples ---- */
cornu_tensor *cornu_factor_sample_(cornu_shape shape, bool symmetric, int salt) {
    cornu_tensor *x = cornu_sample_tensor_(shape, -1, 1, salt);
    int64_t rows = shape.dims[shape.rank - 2], columns = shape.dims[shape.rank - 1];
    cornu_tensor *unit = cornu_op_eye(rows, columns, 0, CORNU_FLOAT64);
    if (!symmetric) return cornu_op_add(x, cornu_op_multiply(unit, cornu_scalar(2)));
    x = cornu_op_matmul(x, x, .transpose_b = true);
    /* different eigenvalues: what adds to them grows along the diagonal */
    cornu_tensor *growing = cornu_op_arange(1, (double)rows + 1, 1, CORNU_FLOAT64);
    return cornu_op_add(x, cornu_op_multiply(unit, growing));
}

bool cornu_factor_symmetric_samples_(
    int index, cornu_attrs *attrs, cornu_tensor **inputs, int *count
) {
    (void)attrs;
    if (index > 1) return false;
    cornu_shape shape = index == 0 ? cornu_shape(3, 3) : cornu_shape(2, 4, 4);
    inputs[0] = cornu_factor_sample_(shape, true, index);
    *count = 1;
    return true;
}
