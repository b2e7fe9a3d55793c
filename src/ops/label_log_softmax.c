/* What cross-entropy of labels is made of: log_softmax(x) at one place of each row.
 *
 *     label_log_softmax   x[.., n], labels[..] -> [3, ..]: the logarithm of the label's share, the
 *                         largest element of the row, log(sum(exp(x - largest)))
 *     label_softmax_gradient   x, labels, y (the three), dy[3, ..] -> [.., n], the gradient of x
 *
 * Each is one pass over x, where log_softmax, a choice from it and their derivatives write five
 * arrays as large as x. keras/src/ops/nn.py, sparse_categorical_crossentropy */
#include <cornu/ops.h>

#include "ops/broadcast.h"
#include "ops/samples.h"

CORNU_OP_DECLARE(label_log_softmax);
CORNU_OP_DECLARE(label_softmax_gradient);

/* ---- shapes ---- */
static cornu_shape rows_of(const cornu_shape *x) {
    cornu_shape rows = *x;
    rows.dims[--rows.rank] = 0;
    return rows;
}

static cornu_shape three_of(const cornu_shape *x) {
    cornu_shape three = {.rank = x->rank, .dims = {3}};
    for (int i = 1; i < x->rank; i++) three.dims[i] = x->dims[i - 1];
    return three;
}

static cornu_status check(cornu_tensor *const *inputs, int count) {
    const cornu_tensor *x = inputs[0], *labels = inputs[1];
    char first[256], second[256];
    if (x->shape.rank < 1) CORNU_FAIL(CORNU_ESHAPE, "a scalar has no classes");
    cornu_shape rows = rows_of(&x->shape), three = three_of(&x->shape);
    if (!cornu_dtype_is_float(x->dtype))
        CORNU_FAIL(CORNU_EDTYPE, "scores are floats, not %s", cornu_dtype_name(x->dtype));
    if (labels->dtype != CORNU_INT32 && labels->dtype != CORNU_INT64)
        CORNU_FAIL(
            CORNU_EDTYPE, "labels are int32 or int64, not %s", cornu_dtype_name(labels->dtype)
        );
    if (!cornu_shape_equal(&labels->shape, &rows))
        CORNU_FAIL(
            CORNU_ESHAPE, "labels %s do not fit scores %s",
            cornu_shape_format(&labels->shape, first, sizeof first),
            cornu_shape_format(&x->shape, second, sizeof second)
        );
    for (int i = 2; i < count; i++)
        if (!cornu_shape_equal(&inputs[i]->shape, &three) || inputs[i]->dtype != x->dtype)
            CORNU_FAIL(CORNU_ESHAPE, "the results or their gradients do not fit the scores");
    return CORNU_OK;
}

/* x as [rows, n], labels as [rows], the others as [3, rows]. */
static void describe(const cornu_node *node, bool gradient, cornu_kernel_request *request) {
    const cornu_shape *x = &node->inputs[0]->shape;
    int64_t n = x->dims[x->rank - 1], rows = 1;
    for (int i = 0; i < x->rank - 1; i++) rows *= x->dims[i];
    cornu_shape all = cornu_shape(rows, n), one = cornu_shape(rows), three = cornu_shape(3, rows);
    cornu_dtype dtype = node->inputs[0]->dtype;
    request->operands[0] = cornu_operand_dense_(dtype, &all);
    request->operands[1] = cornu_operand_dense_(node->inputs[1]->dtype, &one);
    request->operands[2] = cornu_operand_dense_(dtype, &three);
    if (gradient) {
        request->operands[3] = cornu_operand_dense_(dtype, &three);
        request->operands[4] = cornu_operand_dense_(dtype, &all);
    }
    request->desc.kind =
        gradient ? CORNU_KERNEL_LABEL_SOFTMAX_GRADIENT : CORNU_KERNEL_LABEL_LOG_SOFTMAX;
    request->desc.operand_count = gradient ? 5 : 3;
    request->desc.operands = request->operands;
}

/* One of the three: [..]. */
static cornu_tensor *one_of(cornu_tensor *three, int64_t index) {
    if (three == NULL) return NULL;
    int64_t start[CORNU_MAX_RANK] = {index};
    cornu_shape extent = three->shape;
    extent.dims[0] = 1;
    return cornu_op_squeeze(cornu_op_slice(three, start, extent), cornu_axes(0));
}

static const cornu_shape cases[] = {{2, {5, 3}}, {3, {2, 3, 4}}, {1, {6}}};
enum { CASES = sizeof cases / sizeof cases[0] };

static bool sample_labels(int index, cornu_tensor **inputs) {
    static const int32_t some[] = {2, 0, 1, 2, 1, 0};
    if (index >= CASES) return false;
    inputs[0] = cornu_sample_tensor_(cases[index], -1, 1, 3 * index);
    inputs[1] = cornu_scope_add_(cornu_tensor_from(CORNU_INT32, rows_of(&cases[index]), some));
    return true;
}

/* ---- label_log_softmax ---- */
static cornu_status infer_forward(
    cornu_attrs *attrs, cornu_tensor *const *inputs, int n, cornu_spec *out
) {
    (void)attrs;
    CORNU_TRY(check(inputs, n));
    *out = (cornu_spec){inputs[0]->dtype, three_of(&inputs[0]->shape)};
    return CORNU_OK;
}

static cornu_status describe_forward(const cornu_node *node, cornu_kernel_request *request) {
    describe(node, false, request);
    return CORNU_OK;
}

static void vjp_forward(const cornu_node *node, cornu_tensor *dy, cornu_tensor **dx) {
    cornu_tensor *inputs[] = {node->inputs[0], node->inputs[1], node->out, dy};
    dx[0] = cornu_emit_(&cornu_op_class_label_softmax_gradient_, NULL, inputs, 4);
}

static bool sample_forward(int index, cornu_attrs *attrs, cornu_tensor **inputs, int *count) {
    (void)attrs;
    *count = 2;
    return sample_labels(index, inputs);
}

CORNU_OP(label_log_softmax){
    .name = "label_log_softmax",
    .inputs = 2,
    .flags = CORNU_OP_SMOOTH,
    .infer = infer_forward,
    .describe = describe_forward,
    .vjp = vjp_forward,
    .samples = sample_forward,
};

/* ---- label_softmax_gradient ---- */
/* With s = exp(x - largest - log_sum): dx = s (d2 - d0), plus d0 at the label, plus d1 - d2 at the
 * first of the largest. */
static cornu_status infer_gradient(
    cornu_attrs *attrs, cornu_tensor *const *inputs, int n, cornu_spec *out
) {
    CORNU_TRY(check(inputs, n));
    return cornu_infer_same_(attrs, inputs, n, out);
}

static cornu_status describe_gradient(const cornu_node *node, cornu_kernel_request *request) {
    describe(node, true, request);
    return CORNU_OK;
}

static cornu_tensor *sum_of_rows(cornu_tensor *x) {
    return cornu_op_sum(x, .axis = {.count = 1, .axis = {-1}});
}

/* g at one place of each row. */
static cornu_tensor *pick(cornu_tensor *g, cornu_tensor *place) {
    cornu_tensor *column = cornu_op_take_along_axis(g, cornu_op_expand_dims(place, -1), -1);
    return cornu_op_squeeze(column, cornu_axes(-1));
}

static void vjp_gradient(const cornu_node *node, cornu_tensor *g, cornu_tensor **dx) {
    cornu_tensor *x = node->inputs[0], *labels = node->inputs[1], *y = node->inputs[2],
                 *dy = node->inputs[3];
    cornu_tensor *shift = cornu_op_add(one_of(y, 1), one_of(y, 2));
    cornu_tensor *shares = cornu_op_exp(cornu_op_subtract(x, cornu_op_expand_dims(shift, -1)));
    cornu_tensor *weighted = cornu_op_multiply(g, shares), *sums = sum_of_rows(weighted);
    cornu_tensor *factor = cornu_op_subtract(one_of(dy, 2), one_of(dy, 0));
    if (cornu_wants_(node, 0))
        dx[0] = cornu_op_multiply(weighted, cornu_op_expand_dims(factor, -1));
    if (cornu_wants_(node, 2)) {
        cornu_tensor *down = cornu_op_negative(cornu_op_multiply(sums, factor));
        dx[2] = cornu_op_stack(cornu_tensors(cornu_op_zeros_like(down), down, down), 0);
    }
    if (cornu_wants_(node, 3)) {
        cornu_tensor *at_label = pick(g, labels), *at_largest = pick(g, cornu_op_argmax(x, -1));
        dx[3] = cornu_op_stack(
            cornu_tensors(
                cornu_op_subtract(at_label, sums), at_largest, cornu_op_subtract(sums, at_largest)
            ),
            0
        );
    }
}

static bool sample_gradient(int index, cornu_attrs *attrs, cornu_tensor **inputs, int *count) {
    (void)attrs;
    if (!sample_labels(index, inputs)) return false;
    for (int i = 2; i < 4; i++)
        inputs[i] = cornu_sample_tensor_(three_of(&cases[index]), -1, 1, 3 * index + i - 1);
    *count = 4;
    return true;
}

CORNU_OP(label_softmax_gradient){
    .name = "label_softmax_gradient",
    .inputs = 4,
    .flags = CORNU_OP_SMOOTH,
    .infer = infer_gradient,
    .describe = describe_gradient,
    .vjp = vjp_gradient,
    .samples = sample_gradient,
};

cornu_tensor *cornu_op_label_log_softmax(cornu_tensor *x, cornu_tensor *labels) {
    cornu_tensor *inputs[] = {x, labels};
    return one_of(cornu_emit_(&cornu_op_class_label_log_softmax_, NULL, inputs, 2), 0);
}
