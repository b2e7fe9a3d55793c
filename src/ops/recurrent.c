/* What the ops over time share: shapes, samples, and the parts of their flat results (kernel.h). */
#include "ops/recurrent.h"

#include "ops/broadcast.h"
#include "ops/front.h"
#include "ops/recurrent_compose.h"
#include "ops/samples.h"

/* ---- shapes ---- */
static cornu_status check(
    const cornu_tensor *operand, cornu_shape shape, cornu_dtype dtype, const char *name
) {
    char given[256], wanted[256];
    if (!cornu_shape_equal(&operand->shape, &shape) || operand->dtype != dtype)
        CORNU_FAIL(
            CORNU_ESHAPE, "%s is %s %s, must be %s %s", name, cornu_dtype_name(operand->dtype),
            cornu_shape_format(&operand->shape, given, sizeof given), cornu_dtype_name(dtype),
            cornu_shape_format(&shape, wanted, sizeof wanted)
        );
    return CORNU_OK;
}

/* The sizes that x[batch, time, features] and the recurrent kernel [units, gates * units] say, and
 * that the kernel [features, gates * units] fits them. */
static cornu_status find_sizes(
    const cornu_recurrent_kind *kind, cornu_tensor *const *inputs, cornu_recurrent_sizes *n
) {
    const cornu_tensor *x = inputs[0], *v = inputs[2];
    char first[256], second[256];
    if (x->shape.rank != 3 || v->shape.rank != 2 ||
        v->shape.dims[1] != kind->gates * v->shape.dims[0] || v->dtype != x->dtype)
        CORNU_FAIL(
            CORNU_ESHAPE,
            "wants x [batch, time, features] and a recurrent kernel [units, %d * units] of one "
            "type, got %s and %s",
            kind->gates, cornu_shape_format(&x->shape, first, sizeof first),
            cornu_shape_format(&v->shape, second, sizeof second)
        );
    const int64_t *dims = x->shape.dims, units = v->shape.dims[0];
    *n = (cornu_recurrent_sizes){dims[0], dims[1], dims[2], units, kind->gates * units};
    return check(inputs[1], cornu_shape(n->features, n->columns), x->dtype, "the kernel");
}

static cornu_shape bias_shape(const cornu_recurrent_kind *kind, int64_t columns) {
    return kind->biases == 2 ? cornu_shape(2, columns) : cornu_shape(columns);
}

/* Elements of h of all steps, and of y, which has the record behind it. */
static int64_t size_of_h(const cornu_recurrent_sizes *n) { return n->batch * n->time * n->units; }
static int64_t size_of_y(const cornu_recurrent_kind *kind, const cornu_recurrent_sizes *n) {
    return (1 + kind->record) * size_of_h(n);
}

static cornu_status check_mask(
    cornu_tensor *const *inputs, const cornu_recurrent_sizes *n, int at
) {
    return check(inputs[at], cornu_shape(n->batch, n->time), CORNU_BOOL, "the mask");
}

static cornu_status check_count(int count, int least) {
    if (count != least && count != least + 1)
        CORNU_FAIL(CORNU_EINVAL, "takes %d inputs and perhaps a mask, got %d", least, count);
    return CORNU_OK;
}

cornu_status cornu_recurrent_infer_(
    const cornu_recurrent_kind *kind, const cornu_attrs *attrs, cornu_tensor *const *inputs,
    int count, cornu_spec *out
) {
    cornu_recurrent_sizes n;
    int least = 4 + kind->states;
    (void)attrs;
    CORNU_TRY(check_count(count, least));
    CORNU_TRY(find_sizes(kind, inputs, &n));
    cornu_dtype dtype = inputs[0]->dtype;
    cornu_shape state = cornu_shape(n.batch, n.units);
    CORNU_TRY(check(inputs[3], bias_shape(kind, n.columns), dtype, "the bias"));
    CORNU_TRY(check(inputs[4], state, dtype, "h"));
    if (kind->states == 2) CORNU_TRY(check(inputs[5], state, dtype, "c"));
    if (count > least) CORNU_TRY(check_mask(inputs, &n, least));
    *out = (cornu_spec){dtype, cornu_shape(size_of_y(kind, &n))};
    return CORNU_OK;
}

/* The gradients in the order in which they stand in the flat result. */
enum { MOST_PARTS = 6 };
static int parts_of(
    const cornu_recurrent_kind *kind, const cornu_recurrent_sizes *n, cornu_shape *parts
) {
    parts[0] = cornu_shape(n->batch, n->time, n->features);
    parts[1] = cornu_shape(n->features, n->columns);
    parts[2] = cornu_shape(n->units, n->columns);
    parts[3] = bias_shape(kind, n->columns);
    for (int i = 0; i < kind->states; i++) parts[4 + i] = cornu_shape(n->batch, n->units);
    return 4 + kind->states;
}

cornu_status cornu_recurrent_infer_gradient_(
    const cornu_recurrent_kind *kind, const cornu_attrs *attrs, cornu_tensor *const *inputs,
    int count, cornu_spec *out
) {
    cornu_recurrent_sizes n;
    int y = 3 + kind->states, least = y + 2;
    CORNU_TRY(check_count(count, least));
    CORNU_TRY(find_sizes(kind, inputs, &n));
    cornu_dtype dtype = inputs[0]->dtype;
    cornu_shape state = cornu_shape(n.batch, n.units), flat = cornu_shape(size_of_y(kind, &n));
    CORNU_TRY(check(inputs[3], state, dtype, "h"));
    if (kind->states == 2) CORNU_TRY(check(inputs[4], state, dtype, "c"));
    CORNU_TRY(check(inputs[y], flat, dtype, "y"));
    if (inputs[y + 1]->shape.rank == 3) /* that of h alone */
        flat = cornu_shape(n.batch, n.time, n.units);
    CORNU_TRY(check(inputs[y + 1], flat, dtype, "dy"));
    if (count > least) CORNU_TRY(check_mask(inputs, &n, least));
    cornu_shape parts[MOST_PARTS];
    int64_t size = 0;
    for (int i = attrs->flag ? 0 : 1, end = parts_of(kind, &n, parts); i < end; i++)
        size += cornu_shape_size(&parts[i]);
    *out = (cornu_spec){dtype, cornu_shape(size)};
    return CORNU_OK;
}

cornu_status cornu_recurrent_describe_(
    cornu_kernel_kind kernel, const cornu_node *node, cornu_kernel_request *request
) {
    request->desc.kind = kernel;
    request->desc.operand_count = node->input_count + 1;
    request->desc.operands = request->operands;
    request->desc.reverse = node->attrs.reverse;
    request->desc.flag = node->attrs.flag;
    return CORNU_OK;
}

/* ---- the derivative ---- */
/* Elements [first, first + those of `shape`) of a flat tensor. */
static cornu_tensor *piece(cornu_tensor *flat, int64_t first, cornu_shape shape) {
    if (flat == NULL || first == 0) return cornu_front_(flat, shape);
    int64_t size = cornu_shape_size(&shape);
    return cornu_op_reshape(cornu_op_slice(flat, &first, cornu_shape(size)), shape);
}

static cornu_tensor *emit_gradient(
    const cornu_recurrent_kind *kind, const cornu_node *node, cornu_tensor *dy
) {
    cornu_attrs attrs = {.reverse = node->attrs.reverse, .flag = cornu_wants_(node, 0)};
    int count = 0, states = 4 + kind->states;
    cornu_tensor *inputs[CORNU_SAMPLE_INPUTS];
    for (int i = 0; i < states; i++)
        if (i != 3) inputs[count++] = node->inputs[i]; /* the bias has no part in it */
    inputs[count++] = node->out;
    inputs[count++] = dy;
    if (node->input_count > states) inputs[count++] = node->inputs[states];
    return cornu_emit_(kind->gradient, &attrs, inputs, count);
}

void cornu_recurrent_vjp_(
    const cornu_recurrent_kind *kind, const cornu_node *node, cornu_tensor *dy, cornu_tensor **dx
) {
    cornu_recurrent_sizes n;
    cornu_shape parts[MOST_PARTS];
    int64_t at = 0;
    if (find_sizes(kind, node->inputs, &n) != CORNU_OK) return;
    int count = parts_of(kind, &n, parts);
    if (cornu_is_recorded_()) {
        cornu_recurrent_compose_gradient_(kind, node, &n, dy, dx);
        return;
    }
    cornu_tensor *d = emit_gradient(kind, node, dy);
    for (int i = 0; i < count; i++) {
        if (cornu_wants_(node, i)) dx[i] = piece(d, at, parts[i]);
        if (i > 0 || cornu_wants_(node, 0)) at += cornu_shape_size(&parts[i]);
    }
}

/* ---- samples ---- */
static const struct {
    int64_t batch, time, features, units;
} cases[] = {{2, 3, 2, 2}, {1, 1, 2, 3}, {3, 4, 1, 1}};

/* Without a mask and with one, every other in reverse. */
bool cornu_recurrent_samples_(
    const cornu_recurrent_kind *kind, int index, cornu_attrs *attrs, cornu_tensor **inputs,
    int *count
) {
    if (index >= 6) return false;
    int64_t batch = cases[index % 3].batch, time = cases[index % 3].time;
    int64_t features = cases[index % 3].features, units = cases[index % 3].units;
    int64_t columns = kind->gates * units;
    int salt = 8 * index, next = 4;
    attrs->reverse = index % 2 == 1;
    inputs[0] = cornu_sample_tensor_(cornu_shape(batch, time, features), -1, 1, salt);
    inputs[1] = cornu_sample_tensor_(cornu_shape(features, columns), -1, 1, salt + 1);
    inputs[2] = cornu_sample_tensor_(cornu_shape(units, columns), -1, 1, salt + 2);
    inputs[3] = cornu_sample_tensor_(bias_shape(kind, columns), -1, 1, salt + 3);
    for (int i = 0; i < kind->states; i++, next++)
        inputs[next] = cornu_sample_tensor_(cornu_shape(batch, units), -1, 1, salt + next);
    if (index >= 3) inputs[next++] = cornu_sample_bools_(cornu_shape(batch, time), salt + 6);
    *count = next;
    return true;
}

bool cornu_recurrent_sample_gradient_(
    const cornu_recurrent_kind *kind, int index, cornu_attrs *attrs, cornu_tensor **inputs,
    int *count
) {
    cornu_tensor *forward[CORNU_SAMPLE_INPUTS];
    int forward_count, next = 0, states = 4 + kind->states;
    if (!cornu_recurrent_samples_(kind, index, attrs, forward, &forward_count)) return false;
    attrs->flag = index % 3 != 1;
    for (int i = 0; i < states; i++)
        if (i != 3) inputs[next++] = forward[i];
    cornu_tensor *y = cornu_emit_(kind->op, attrs, forward, forward_count);
    inputs[next++] = y;
    cornu_shape of_h = forward[0]->shape;
    of_h.dims[2] = forward[2]->shape.dims[0];
    inputs[next++] = cornu_sample_tensor_(index < 4 ? y->shape : of_h, -1, 1, 8 * index + 7);
    if (forward_count > states) inputs[next++] = forward[states];
    *count = next;
    return true;
}

/* ---- the public function ---- */
cornu_tensor *cornu_recurrent_block_(cornu_tensor *x, int64_t index, int64_t units) {
    if (x == NULL) return NULL;
    return cornu_op_slice(x, (int64_t[]){0, index * units}, cornu_shape(x->shape.dims[0], units));
}

cornu_tensor *cornu_recurrent_record_at_(
    const cornu_recurrent_kind *kind, cornu_tensor *y, const cornu_recurrent_sizes *n, int64_t t
) {
    int64_t width = kind->record * n->units, row = n->batch * width;
    return piece(y, size_of_h(n) + t * row, cornu_shape(n->batch, width));
}

cornu_tensor *cornu_recurrent_h_(cornu_tensor *y, const cornu_recurrent_sizes *n) {
    return cornu_front_(y, cornu_shape(n->batch, n->time, n->units));
}

cornu_tensor *cornu_recurrent_at_(cornu_tensor *h, int64_t t) {
    if (h == NULL) return NULL;
    cornu_shape one = cornu_shape(h->shape.dims[0], 1, h->shape.dims[2]);
    cornu_tensor *step = cornu_op_slice(h, (int64_t[]){0, t, 0}, one);
    return cornu_op_reshape(step, cornu_shape(one.dims[0], one.dims[2]));
}

/* What the op computes in: rounding to 16 bits would add up from step to step. */
static cornu_tensor *widened(cornu_tensor *x, bool narrow) {
    return narrow && x != NULL ? cornu_op_cast(x, CORNU_FLOAT32) : x;
}

cornu_status cornu_recurrent_run_(
    const cornu_recurrent_kind *kind, const cornu_recurrence *of, cornu_tensor **outputs
) {
    if (of->x == NULL || of->recurrent_kernel == NULL) return cornu_error_null(kind->op->name);
    cornu_dtype dtype = of->x->dtype;
    bool narrow = dtype == CORNU_FLOAT16 || dtype == CORNU_BFLOAT16;
    cornu_tensor *bias = of->bias;
    int64_t columns = kind->gates * of->recurrent_kernel->shape.dims[0];
    if (bias == NULL) bias = cornu_op_zeros(bias_shape(kind, columns), dtype);
    cornu_tensor *inputs[] = {of->x, of->kernel, of->recurrent_kernel, bias, of->h, of->c, NULL};
    int count = 4 + kind->states;
    for (int i = 0; i < count; i++) inputs[i] = widened(inputs[i], narrow);
    inputs[count] = of->mask;
    cornu_attrs attrs = {.reverse = of->reverse};
    cornu_tensor *y = cornu_emit_(kind->op, &attrs, inputs, count + (of->mask != NULL ? 1 : 0));
    cornu_recurrent_sizes n;
    if (y == NULL) return cornu_error_status();
    CORNU_TRY(find_sizes(kind, inputs, &n));
    int64_t last = of->reverse ? 0 : n.time - 1;
    outputs[0] = cornu_recurrent_h_(y, &n);
    outputs[1] = cornu_recurrent_at_(outputs[0], last);
    if (kind->states == 2)
        outputs[2] =
            cornu_recurrent_block_(cornu_recurrent_record_at_(kind, y, &n, last), 0, n.units);
    for (int i = 0; i <= kind->states; i++) {
        if (narrow && outputs[i] != NULL) outputs[i] = cornu_op_cast(outputs[i], dtype);
        if (outputs[i] == NULL) return cornu_error_status();
    }
    return CORNU_OK;
}
