/* matmul: y[.., i, j] = sum over k of a[.., i, k] * b[.., k, j], with NumPy's rules for vectors and
 * batch axes. Transposition is a matter of strides: nothing is moved, neither here nor in the
 * derivatives. da = dy * bT, db = aT * dy, summed over the batch axes along which the operand was
 * broadcast. keras/src/ops/numpy.py, Matmul */
#include <cornu/ops.h>

#include "ops/broadcast.h"
#include "ops/move.h"
#include "ops/promote.h"
#include "ops/samples.h"
#include "ops/symbolic.h"

#include <stdio.h>

/* Rows and columns of a matrix as it takes part in the product. */
typedef struct extent {
    int64_t rows, columns;
} extent;

static extent extent_of(const cornu_shape *shape, bool transposed) {
    int64_t rows = shape->dims[shape->rank - 2], columns = shape->dims[shape->rank - 1];
    return transposed ? (extent){columns, rows} : (extent){rows, columns};
}

/* "shapes (3, 784) and (128, 10) transposed" */
static const char *operands_text(
    const cornu_attrs *attrs, const cornu_shape *a, const cornu_shape *b, char text[600]
) {
    char first[256], second[256];
    snprintf(
        text, 600, "shapes %s%s and %s%s", cornu_shape_format(a, first, sizeof first),
        attrs->transpose_a ? " transposed" : "", cornu_shape_format(b, second, sizeof second),
        attrs->transpose_b ? " transposed" : ""
    );
    return text;
}

/* Operands of rank 2 and more and of one type. */
static cornu_status infer(cornu_attrs *attrs, cornu_tensor *const *inputs, int n, cornu_spec *out) {
    (void)n;
    const cornu_shape *a = &inputs[0]->shape, *b = &inputs[1]->shape;
    if (a->rank < 2 || b->rank < 2)
        CORNU_FAIL(
            CORNU_ESHAPE, "matrices are needed, ranks %d and %d are given", a->rank, b->rank
        );
    if (inputs[0]->dtype != inputs[1]->dtype)
        CORNU_FAIL(
            CORNU_EDTYPE, "types differ, %s and %s", cornu_dtype_name(inputs[0]->dtype),
            cornu_dtype_name(inputs[1]->dtype)
        );
    extent left = extent_of(a, attrs->transpose_a), right = extent_of(b, attrs->transpose_b);
    char text[600];
    if (left.columns != right.rows)
        CORNU_FAIL(
            CORNU_ESHAPE, "matmul: inner sizes differ, %lld and %lld: %s", (long long)left.columns,
            (long long)right.rows, operands_text(attrs, a, b, text)
        );
    cornu_shape a_batch = *a, b_batch = *b;
    a_batch.rank -= 2, b_batch.rank -= 2;
    CORNU_TRY(
        cornu_broadcast_shapes_(&a_batch, &b_batch, &out->shape, "batch axes"), "matmul: %s",
        operands_text(attrs, a, b, text)
    );
    out->dtype = inputs[0]->dtype;
    out->shape.dims[out->shape.rank++] = left.rows;
    out->shape.dims[out->shape.rank++] = right.columns;
    return CORNU_OK;
}

/* The operand as the kernel sees it: the result's batch axes (stride 0 where it is broadcast), then
 * its matrix. */
static void spread(cornu_operand *operand, const cornu_operand *out, bool transposed) {
    cornu_operand dense = *operand;
    int missing = out->rank - dense.rank, last = out->rank - 1;
    operand->rank = out->rank;
    for (int i = 0; i < last - 1; i++) {
        bool own = i >= missing && dense.dims[i - missing] == out->dims[i];
        operand->dims[i] = out->dims[i];
        operand->strides[i] = own && out->dims[i] != 1 ? dense.strides[i - missing] : 0;
    }
    for (int i = 0; i < 2; i++) {
        int from = dense.rank - (transposed ? 1 + i : 2 - i);
        operand->dims[last - 1 + i] = dense.dims[from];
        operand->strides[last - 1 + i] = dense.strides[from];
    }
}

static cornu_status describe(const cornu_node *node, cornu_kernel_request *request) {
    spread(&request->operands[0], &request->operands[2], node->attrs.transpose_a);
    spread(&request->operands[1], &request->operands[2], node->attrs.transpose_b);
    request->desc.kind = CORNU_KERNEL_MATMUL;
    return CORNU_OK;
}

CORNU_OP_DECLARE(matmul);

static cornu_tensor *product(cornu_tensor *a, bool transpose_a, cornu_tensor *b, bool transpose_b) {
    cornu_attrs attrs = {.transpose_a = transpose_a, .transpose_b = transpose_b};
    return cornu_emit_(&cornu_op_class_matmul_, &attrs, (cornu_tensor *[]){a, b}, 2);
}

/* [batch.., m, k] as [batch.. * m, k]: nothing is moved. */
static cornu_tensor *rows_of(cornu_tensor *x) {
    if (x == NULL || x->shape.rank == 2) return x;
    int64_t rows = cornu_span_(&x->shape, 0, x->shape.rank - 1);
    return cornu_op_reshape(x, cornu_shape(rows, x->shape.dims[x->shape.rank - 1]));
}

static void vjp(const cornu_node *node, cornu_tensor *dy, cornu_tensor **dx) {
    cornu_tensor *a = node->inputs[0], *b = node->inputs[1];
    bool ta = node->attrs.transpose_a, tb = node->attrs.transpose_b;
    /* the first layer's inputs, for one, want no gradient: a third of its work */
    if (cornu_wants_(node, 0)) {
        cornu_tensor *da = ta ? product(b, tb, dy, true) : product(dy, false, b, !tb);
        dx[0] = cornu_sum_to_(da, &a->shape);
    }
    if (cornu_wants_(node, 1)) {
        if (b->shape.rank == 2 && !ta) { /* one product sums over the batch axes, too */
            a = rows_of(a);
            dy = rows_of(dy);
        }
        cornu_tensor *db = tb ? product(dy, true, a, ta) : product(a, !ta, dy, false);
        dx[1] = cornu_sum_to_(db, &b->shape);
    }
}

static bool samples(int index, cornu_attrs *attrs, cornu_tensor **inputs, int *input_count) {
    static const struct {
        cornu_shape a, b;
        bool transpose_a, transpose_b;
    } cases[] = {
        {{2, {3, 5}}, {2, {5, 7}}, false, false},
        {{2, {5, 3}}, {2, {7, 5}}, true, true},
        {{3, {3, 2, 5}}, {2, {3, 5}}, false, true},
        {{4, {2, 1, 5, 3}}, {3, {3, 5, 2}}, true, false},
    };
    if (index >= (int)(sizeof cases / sizeof *cases)) return false;
    attrs->transpose_a = cases[index].transpose_a;
    attrs->transpose_b = cases[index].transpose_b;
    inputs[0] = cornu_sample_tensor_(cases[index].a, -1, 1, 2 * index);
    inputs[1] = cornu_sample_tensor_(cases[index].b, -1, 1, 2 * index + 1);
    *input_count = 2;
    return true;
}

CORNU_OP(matmul){
    .name = "matmul",
    .inputs = 2,
    .flags = CORNU_OP_SMOOTH | CORNU_OP_PRODUCT,
    .infer = infer,
    .describe = describe,
    .vjp = vjp,
    .samples = samples,
};

cornu_tensor *cornu_op_matmul_new(const cornu_op_matmul_args *args) {
    if (cornu_is_symbolic_(args->a) || cornu_is_symbolic_(args->b)) {
        /* Keras' operation has no transposed operands */
        cornu_tensor *a = args->transpose_a ? cornu_op_swapaxes(args->a, -2, -1) : args->a;
        cornu_tensor *b = args->transpose_b ? cornu_op_swapaxes(args->b, -2, -1) : args->b;
        return cornu_symbolic_binary_("matmul", a, b);
    }
    cornu_tensor *a = args->a, *b = args->b;
    if (a == NULL) return (void)cornu_error_null("matmul: a"), NULL;
    if (b == NULL) return (void)cornu_error_null("matmul: b"), NULL;
    if (a->shape.rank == 0 || b->shape.rank == 0)
        CORNU_FAIL_NULL(CORNU_ESHAPE, "matmul: a scalar is no matrix, use multiply");
    cornu_dtype dtype = cornu_promote_tensors_((cornu_tensor *[]){a, b}, 2);
    bool a_vector = a->shape.rank == 1, b_vector = b->shape.rank == 1;
    a = cornu_as_(a, dtype);
    b = cornu_as_(b, dtype);
    /* a vector on the left is a row, one on the right a column, and has nothing to transpose */
    if (a_vector) a = cornu_op_expand_dims(a, 0);
    if (b_vector) b = cornu_op_expand_dims(b, 1);
    if (a == NULL || b == NULL) return NULL;

    bool transpose_a = args->transpose_a && !a_vector, transpose_b = args->transpose_b && !b_vector;
    cornu_tensor *y = product(a, transpose_a, b, transpose_b);
    if (a_vector && b_vector) return cornu_op_squeeze(y, cornu_axes(-2, -1));
    if (a_vector) return cornu_op_squeeze(y, cornu_axes(-2));
    return b_vector ? cornu_op_squeeze(y, cornu_axes(-1)) : y;
}
