/* max_pool and average_pool: the largest element, or the mean, of every window; what lies outside
 * of the input does not count. keras/src/ops/nn.py, MaxPool, AveragePool
 *
 * The gradient of a maximum goes to the first of the largest elements. Its derivative in turn picks
 * (max_pool_select) from another tensor what stands at those places, so that second derivatives
 * hold. attrs: `shape` holds the spatial sizes of the result. */
#include <cornu/ops.h>

#include "graph/graph.h"
#include "ops/promote.h"
#include "ops/samples.h"
#include "ops/stencil.h"
#include "ops/symbolic.h"

#include <string.h>

CORNU_OP_DECLARE(max_pool);
CORNU_OP_DECLARE(max_pool_select);
CORNU_OP_DECLARE(max_pool_gradient);
CORNU_OP_DECLARE(average_pool);
CORNU_OP_DECLARE(average_pool_gradient);

/* ---- rules that all share ---- */
/* Input 0 with the spatial sizes of attrs. */
static cornu_status infer(cornu_attrs *attrs, cornu_tensor *const *inputs, int n, cornu_spec *out) {
    const cornu_shape *x = &inputs[0]->shape;
    if (x->rank != attrs->stencil.rank + 2 || attrs->shape.rank != attrs->stencil.rank)
        CORNU_FAIL(
            CORNU_ESHAPE, "%d spatial axes do not fit a tensor of rank %d", attrs->stencil.rank,
            x->rank
        );
    bool fits =
        n == 1 || (inputs[1]->shape.rank == x->rank && inputs[1]->shape.dims[0] == x->dims[0] &&
                   inputs[1]->shape.dims[x->rank - 1] == x->dims[x->rank - 1]);
    if (!fits) CORNU_FAIL(CORNU_ESHAPE, "batches or channels differ");
    if (n == 2 && inputs[0]->dtype != inputs[1]->dtype)
        CORNU_FAIL(
            CORNU_EDTYPE, "types differ, %s and %s", cornu_dtype_name(inputs[0]->dtype),
            cornu_dtype_name(inputs[1]->dtype)
        );
    *out = (cornu_spec){inputs[0]->dtype, *x};
    for (int i = 0; i < attrs->shape.rank; i++) out->shape.dims[i + 1] = attrs->shape.dims[i];
    return CORNU_OK;
}

static cornu_status describe(
    const cornu_node *node, cornu_kernel_kind kind, cornu_reduce_code code,
    cornu_kernel_request *request
) {
    request->desc.kind = kind;
    request->desc.code = (int)code;
    request->desc.stencil = &node->attrs.stencil;
    return CORNU_OK;
}

static cornu_shape spatial(const cornu_tensor *t) {
    cornu_shape shape = {.rank = t->shape.rank - 2};
    for (int i = 0; i < shape.rank; i++) shape.dims[i] = t->shape.dims[i + 1];
    return shape;
}

/* The op, on one tensor or two, with a result of the spatial sizes of `like`. */
static cornu_tensor *emit(
    const cornu_op_class *op, const cornu_node *node, const cornu_tensor *like, cornu_tensor *a,
    cornu_tensor *b
) {
    cornu_attrs attrs = {.stencil = node->attrs.stencil, .shape = spatial(like)};
    return cornu_emit_(op, &attrs, (cornu_tensor *[]){a, b}, b != NULL ? 2 : 1);
}

static const struct sample_case {
    cornu_stencil stencil;
    cornu_shape x, y;
} cases[] = {
    {{1, {2}, {2}, {1}, {0}, 0}, {3, {2, 5, 3}}, {3, {2, 2, 3}}},
    {{1, {3}, {1}, {2}, {2}, 0}, {3, {1, 6, 2}}, {3, {1, 6, 2}}},
    {{2, {3, 2}, {2, 1}, {1, 1}, {1, 0}, 0}, {4, {2, 4, 3, 2}}, {4, {2, 2, 2, 2}}},
    {{3, {2, 2, 1}, {1, 2, 1}, {1, 1, 1}, {0, 1, 0}, 0},
     {5, {1, 3, 3, 2, 1}},
     {5, {1, 2, 2, 2, 1}}},
};

/* Operands shaped as x or as y, and a result that is the other. */
static bool sample(
    int index, bool second, bool to_input, cornu_attrs *attrs, cornu_tensor **inputs, int *count
) {
    if (index >= (int)(sizeof cases / sizeof *cases)) return false;
    const struct sample_case *c = &cases[index];
    attrs->stencil = c->stencil;
    *count = 0;
    if (second || !to_input) inputs[(*count)++] = cornu_sample_tensor_(c->x, -1, 1, 2 * index);
    if (to_input) inputs[(*count)++] = cornu_sample_tensor_(c->y, -1, 1, 2 * index + 1);
    else if (second) inputs[(*count)++] = cornu_sample_tensor_(c->x, -1, 1, 2 * index + 1);
    const cornu_shape *out = to_input ? &c->x : &c->y;
    attrs->shape = (cornu_shape){.rank = out->rank - 2};
    for (int i = 0; i < attrs->shape.rank; i++) attrs->shape.dims[i] = out->dims[i + 1];
    return true;
}

/* ---- max_pool: x -> y ---- */
static cornu_status describe_max(const cornu_node *node, cornu_kernel_request *request) {
    return describe(node, CORNU_KERNEL_POOL, CORNU_REDUCE_MAX, request);
}

static void vjp_max(const cornu_node *node, cornu_tensor *dy, cornu_tensor **dx) {
    cornu_tensor *x = node->inputs[0];
    dx[0] = emit(&cornu_op_class_max_pool_gradient_, node, x, x, dy);
}

static bool sample_max(int index, cornu_attrs *attrs, cornu_tensor **inputs, int *count) {
    return sample(index, false, false, attrs, inputs, count);
}

CORNU_OP(max_pool){
    .name = "max_pool",
    .inputs = 1,
    .flags = CORNU_OP_SMOOTH | CORNU_OP_BY_ROW,
    .infer = infer,
    .describe = describe_max,
    .vjp = vjp_max,
    .samples = sample_max,
};

/* ---- max_pool_select: x, g -> y, what g has where x is largest ---- */
static void vjp_select(const cornu_node *node, cornu_tensor *dy, cornu_tensor **dx) {
    cornu_tensor *x = node->inputs[0];
    dx[1] = emit(&cornu_op_class_max_pool_gradient_, node, x, x, dy);
}

static bool sample_select(int index, cornu_attrs *attrs, cornu_tensor **inputs, int *count) {
    return sample(index, true, false, attrs, inputs, count);
}

CORNU_OP(max_pool_select){
    .name = "max_pool_select",
    .inputs = 2,
    .flags = CORNU_OP_SMOOTH,
    .infer = infer,
    .describe = describe_max,
    .vjp = vjp_select,
    .samples = sample_select,
};

/* ---- max_pool_gradient: x, y -> x, each y to the place of the largest; attrs.flag: if that is
 * above 0 ---- */
static bool is_zero(const cornu_value *value) {
    return value->kind == CORNU_VALUE_CONSTANT && value->tensor->size == 1 &&
           cornu_element_get_(value->tensor->dtype, value->tensor->storage->data, 0) == 0;
}

/* The gradient of relu in front, where(x > 0, gradient, 0), taken over: it lets everything through
 * or nothing of what goes to an element. */
static cornu_status absorb_relu(cornu_graph *graph, size_t at, size_t reader) {
    const cornu_graph_node *gradient = &graph->nodes[at];
    cornu_graph_node *where = &graph->nodes[reader];
    if (!(where->op->flags & CORNU_OP_ELEMENTWISE) || where->op->code != CORNU_EW_WHERE ||
        where->inputs[1] != gradient->out || !is_zero(&graph->values[where->inputs[2]]))
        return CORNU_OK;
    const cornu_value *condition = &graph->values[where->inputs[0]];
    if (condition->kind != CORNU_VALUE_RESULT) return CORNU_OK;
    const cornu_graph_node *greater = &graph->nodes[condition->node];
    if (!(greater->op->flags & CORNU_OP_ELEMENTWISE) || greater->op->code != CORNU_EW_GREATER ||
        greater->inputs[0] != gradient->inputs[0] || !is_zero(&graph->values[greater->inputs[1]]))
        return CORNU_OK;
    uint32_t *inputs = where->inputs; /* three: more room than is needed */
    memcpy(inputs, gradient->inputs, 2 * sizeof *inputs);
    where->input_count = 2;
    where->op = gradient->op;
    where->attrs = gradient->attrs;
    where->attrs.flag = true;
    where->origin = gradient->origin;
    graph->nodes[at].dead = true;
    return CORNU_OK;
}

static cornu_status describe_max_gradient(const cornu_node *node, cornu_kernel_request *request) {
    request->desc.flag = node->attrs.flag;
    return describe(node, CORNU_KERNEL_POOL_GRADIENT, CORNU_REDUCE_MAX, request);
}

static void vjp_max_gradient(const cornu_node *node, cornu_tensor *dy, cornu_tensor **dx) {
    cornu_tensor *x = node->inputs[0];
    dx[1] = emit(&cornu_op_class_max_pool_select_, node, node->inputs[1], x, dy);
}

static bool sample_max_gradient(int index, cornu_attrs *attrs, cornu_tensor **inputs, int *count) {
    return sample(index, true, true, attrs, inputs, count);
}

CORNU_OP(max_pool_gradient){
    .name = "max_pool_gradient",
    .inputs = 2,
    .flags = CORNU_OP_SMOOTH,
    .infer = infer,
    .describe = describe_max_gradient,
    .vjp = vjp_max_gradient,
    .samples = sample_max_gradient,
    .absorb = absorb_relu,
};

/* ---- average_pool: x -> y ---- */
static cornu_status describe_average(const cornu_node *node, cornu_kernel_request *request) {
    return describe(node, CORNU_KERNEL_POOL, CORNU_REDUCE_MEAN, request);
}

static void vjp_average(const cornu_node *node, cornu_tensor *dy, cornu_tensor **dx) {
    dx[0] = emit(&cornu_op_class_average_pool_gradient_, node, node->inputs[0], dy, NULL);
}

CORNU_OP(average_pool){
    .name = "average_pool",
    .inputs = 1,
    .flags = CORNU_OP_SMOOTH | CORNU_OP_BY_ROW,
    .infer = infer,
    .describe = describe_average,
    .vjp = vjp_average,
    .samples = sample_max,
};

/* ---- average_pool_gradient: y -> x, each y in equal parts to its window ---- */
static cornu_status describe_average_gradient(
    const cornu_node *node, cornu_kernel_request *request
) {
    return describe(node, CORNU_KERNEL_POOL_GRADIENT, CORNU_REDUCE_MEAN, request);
}

static void vjp_average_gradient(const cornu_node *node, cornu_tensor *dy, cornu_tensor **dx) {
    dx[0] = emit(&cornu_op_class_average_pool_, node, node->inputs[0], dy, NULL);
}

static bool sample_average_gradient(
    int index, cornu_attrs *attrs, cornu_tensor **inputs, int *count
) {
    return sample(index, false, true, attrs, inputs, count);
}

CORNU_OP(average_pool_gradient){
    .name = "average_pool_gradient",
    .inputs = 1,
    .flags = CORNU_OP_SMOOTH,
    .infer = infer,
    .describe = describe_average_gradient,
    .vjp = vjp_average_gradient,
    .samples = sample_average_gradient,
};

/* ---- public ---- */
/* What of a window lies outside of the input at every place is left away: a window may be larger
 * than the input by any number. */
static void clip(cornu_stencil *s, const int64_t *in, const cornu_shape *out) {
    for (int i = 0; i < s->rank; i++) {
        int64_t first = s->before[i] - (out->dims[i] - 1) * s->stride[i];
        int64_t end = in[i] + s->before[i];
        if (first < 0) first = 0;
        s->size[i] = (s->size[i] < end ? s->size[i] : end) - first;
        s->before[i] -= first;
    }
}

static cornu_status place(
    const cornu_op_pool_args *args, bool *channels_first, cornu_tensor **x, cornu_attrs *attrs
) {
    cornu_stencil *s = &attrs->stencil;
    if (args->x == NULL) return cornu_error_null("x");
    CORNU_TRY(cornu_is_channels_first(args->data_format, channels_first));
    CORNU_TRY(cornu_spatial_rank_(args->x, &s->rank));
    *x = cornu_channels_last_(args->x, *channels_first);
    if (*x == NULL) return cornu_error_status();
    CORNU_TRY(cornu_window_resolve_(&args->pool_size, "pool_size", s->rank, 0, s->size));
    const cornu_window *strides = args->strides.size[0] != 0 ? &args->strides : &args->pool_size;
    CORNU_TRY(cornu_window_resolve_(strides, "strides", s->rank, 1, s->stride));
    for (int i = 0; i < s->rank; i++) s->dilation[i] = 1;
    if (args->padding != NULL && args->padding[0] == 'c')
        CORNU_FAIL(
            CORNU_EINVAL, "padding must be \"valid\" or \"same\", got \"%s\"", args->padding
        );
    CORNU_TRY(cornu_stencil_place_(s, (*x)->shape.dims + 1, args->padding, &attrs->shape));
    clip(s, (*x)->shape.dims + 1, &attrs->shape);
    return CORNU_OK;
}

static cornu_tensor *pool(const cornu_op_class *op, bool real, const cornu_op_pool_args *args) {
    if (cornu_is_symbolic_(args->x))
        return cornu_symbolic_unary_(
            op->name, args->x,
            CORNU_SETTINGS_(
                cornu_set_window_("pool_size", &args->pool_size, 0),
                cornu_set_window_("strides", &args->strides, 0),
                CORNU_SET_TEXT_("padding", args->padding != NULL ? args->padding : "valid"),
                cornu_set_data_format_(args->data_format)
            )
        );
    cornu_attrs attrs = {0};
    cornu_tensor *x = NULL;
    bool channels_first;
    if (place(args, &channels_first, &x, &attrs) != CORNU_OK || x == NULL)
        return (void)cornu_error_context("%s", op->name), NULL;
    if (real) x = cornu_as_(x, cornu_real_type_(x->dtype));
    return cornu_channels_back_(cornu_emit_(op, &attrs, &x, 1), channels_first);
}

cornu_tensor *cornu_op_max_pool_new(const cornu_op_pool_args *args) {
    return pool(&cornu_op_class_max_pool_, false, args);
}

cornu_tensor *cornu_op_average_pool_new(const cornu_op_pool_args *args) {
    return pool(&cornu_op_class_average_pool_, true, args);
}
