/* conv: y[p, o] = sum over k, i of x[p * stride + k * dilation - before, i] * w[k, i, o], and its
 * transposes: conv_input in x, conv_weights in w. The three are each other's derivatives, so that
 * derivatives of any order hold. A transposed convolution is conv_input; a depthwise one has as
 * many groups as channels. keras/src/ops/nn.py, Conv, DepthwiseConv, ConvTranspose
 *
 * The ops want channels last. attrs: `shape` holds the spatial sizes of the result. */
#include <cornu/ops.h>

#include "ops/broadcast.h"
#include "ops/conv.h"
#include "ops/promote.h"
#include "ops/samples.h"
#include "ops/stencil.h"
#include "ops/symbolic.h"

CORNU_OP_DECLARE(conv);
CORNU_OP_DECLARE(conv_input);
CORNU_OP_DECLARE(conv_weights);

/* ---- rules that the three share ---- */
static cornu_status check_pair(const cornu_attrs *attrs, cornu_tensor *const *inputs) {
    const cornu_stencil *s = &attrs->stencil;
    if (inputs[0]->dtype != inputs[1]->dtype)
        CORNU_FAIL(
            CORNU_EDTYPE, "types differ, %s and %s", cornu_dtype_name(inputs[0]->dtype),
            cornu_dtype_name(inputs[1]->dtype)
        );
    for (int i = 0; i < 2; i++)
        if (inputs[i]->shape.rank != s->rank + 2 || attrs->shape.rank != s->rank)
            CORNU_FAIL(
                CORNU_ESHAPE, "%d spatial axes do not fit an operand of rank %d", s->rank,
                inputs[i]->shape.rank
            );
    return CORNU_OK;
}

static cornu_status channels_differ(int64_t got, int64_t wanted) {
    CORNU_FAIL(
        CORNU_ESHAPE, "%lld channels where the kernel has %lld", (long long)got, (long long)wanted
    );
}

/* A result with `first`, the spatial sizes, and `last`. */
static void result(
    const cornu_attrs *attrs, const cornu_tensor *like, int64_t first, int64_t last, cornu_spec *out
) {
    out->dtype = like->dtype;
    out->shape = (cornu_shape){.rank = 1, .dims = {first}};
    for (int i = 0; i < attrs->shape.rank; i++)
        out->shape.dims[out->shape.rank++] = attrs->shape.dims[i];
    out->shape.dims[out->shape.rank++] = last;
}

static cornu_status describe(
    const cornu_node *node, cornu_kernel_kind kind, cornu_kernel_request *request
) {
    request->desc.kind = kind;
    request->desc.stencil = &node->attrs.stencil;
    request->desc.operand_count = node->input_count + 1;
    request->desc.operands = request->operands;
    request->desc.code = node->attrs.code;
    request->desc.value[0] = node->attrs.value[0];
    return CORNU_OK;
}

/* The spatial axes of a tensor: from axis 0 on for kernels, from axis 1 on for others. */
static cornu_shape spatial(const cornu_tensor *t, int from) {
    cornu_shape shape = {.rank = t->shape.rank - 2};
    for (int i = 0; i < shape.rank; i++) shape.dims[i] = t->shape.dims[from + i];
    return shape;
}

static cornu_tensor *emit(
    const cornu_op_class *op, const cornu_stencil *stencil, cornu_shape sizes, cornu_tensor *a,
    cornu_tensor *b
) {
    cornu_attrs attrs = {.stencil = *stencil, .shape = sizes};
    return cornu_emit_(op, &attrs, (cornu_tensor *[]){a, b}, 2);
}

/* Sizes of x, of the kernel and of y that belong together. */
static const struct sample_case {
    cornu_stencil stencil;
    cornu_shape x, w, y;
} cases[] = {
    {{1, {0}, {1}, {1}, {0}, 1}, {3, {2, 5, 2}}, {3, {3, 2, 3}}, {3, {2, 3, 3}}},
    {{1, {0}, {2}, {2}, {2}, 2}, {3, {1, 6, 4}}, {3, {2, 2, 6}}, {3, {1, 4, 6}}},
    {{2, {0}, {2, 1}, {1, 1}, {0, 1}, 1}, {4, {2, 4, 3, 2}}, {4, {2, 3, 2, 2}}, {4, {2, 2, 3, 2}}},
    {{2, {0}, {1, 1}, {2, 1}, {1, 0}, 3}, {4, {1, 4, 3, 3}}, {4, {2, 2, 1, 6}}, {4, {1, 4, 2, 6}}},
    {{3, {0}, {1, 2, 1}, {1, 1, 1}, {0, 1, 0}, 1},
     {5, {1, 2, 3, 2, 2}},
     {5, {2, 2, 1, 2, 1}},
     {5, {1, 1, 2, 2, 1}}},
};

static bool sample(
    int index, const cornu_shape *a, const cornu_shape *b, cornu_tensor **inputs, int *count
) {
    inputs[0] = cornu_sample_tensor_(*a, -1, 1, 2 * index);
    inputs[1] = cornu_sample_tensor_(*b, -1, 1, 2 * index + 1);
    *count = 2;
    return true;
}

static const struct sample_case *sample_case(int index, cornu_attrs *attrs) {
    if (index >= (int)(sizeof cases / sizeof *cases)) return NULL;
    attrs->stencil = cases[index].stencil;
    return &cases[index];
}

/* axes [from, from + rank) of a shape */
static cornu_shape middle(const cornu_shape *shape, int from) {
    cornu_shape sizes = {.rank = shape->rank - 2};
    for (int i = 0; i < sizes.rank; i++) sizes.dims[i] = shape->dims[from + i];
    return sizes;
}

/* ---- conv: x, w -> y ---- */
static cornu_status infer_conv(
    cornu_attrs *attrs, cornu_tensor *const *inputs, int n, cornu_spec *out
) {
    (void)n;
    CORNU_TRY(check_pair(attrs, inputs));
    int last = attrs->stencil.rank + 1;
    const cornu_shape *x = &inputs[0]->shape, *w = &inputs[1]->shape;
    int64_t wanted = w->dims[last - 1] * attrs->stencil.groups;
    if (x->dims[last] != wanted) return channels_differ(x->dims[last], wanted);
    if (w->dims[last] % attrs->stencil.groups != 0)
        CORNU_FAIL(
            CORNU_ESHAPE, "%lld filters cannot be shared out among %lld groups",
            (long long)w->dims[last], (long long)attrs->stencil.groups
        );
    result(attrs, inputs[0], x->dims[0], w->dims[last], out);
    return CORNU_OK;
}

static cornu_status describe_conv(const cornu_node *node, cornu_kernel_request *request) {
    return describe(node, CORNU_KERNEL_CONV, request);
}

static void vjp_conv(const cornu_node *node, cornu_tensor *dy, cornu_tensor **dx) {
    cornu_tensor *x = node->inputs[0], *w = node->inputs[1];
    const cornu_stencil *s = &node->attrs.stencil;
    if (cornu_wants_(node, 0)) dx[0] = emit(&cornu_op_class_conv_input_, s, spatial(x, 1), dy, w);
    if (cornu_wants_(node, 1)) dx[1] = emit(&cornu_op_class_conv_weights_, s, spatial(w, 0), x, dy);
}

static bool sample_conv(int index, cornu_attrs *attrs, cornu_tensor **inputs, int *count) {
    const struct sample_case *c = sample_case(index, attrs);
    if (c == NULL) return false;
    attrs->shape = middle(&c->y, 1);
    return sample(index, &c->x, &c->w, inputs, count);
}

CORNU_OP(conv){
    .name = "conv",
    .inputs = 2,
    .flags = CORNU_OP_SMOOTH | CORNU_OP_BY_ROW,
    .infer = infer_conv,
    .describe = describe_conv,
    .vjp = vjp_conv,
    .samples = sample_conv,
    .absorb = cornu_conv_absorb_,
};

/* ---- conv_input: y, w -> x ---- */
static cornu_status infer_input(
    cornu_attrs *attrs, cornu_tensor *const *inputs, int n, cornu_spec *out
) {
    (void)n;
    CORNU_TRY(check_pair(attrs, inputs));
    int last = attrs->stencil.rank + 1;
    const cornu_shape *y = &inputs[0]->shape, *w = &inputs[1]->shape;
    if (y->dims[last] != w->dims[last]) return channels_differ(y->dims[last], w->dims[last]);
    result(attrs, inputs[0], y->dims[0], w->dims[last - 1] * attrs->stencil.groups, out);
    return CORNU_OK;
}

static cornu_status describe_input(const cornu_node *node, cornu_kernel_request *request) {
    return describe(node, CORNU_KERNEL_CONV_INPUT, request);
}

static void vjp_input(const cornu_node *node, cornu_tensor *dy, cornu_tensor **dx) {
    cornu_tensor *y = node->inputs[0], *w = node->inputs[1];
    const cornu_stencil *s = &node->attrs.stencil;
    if (cornu_wants_(node, 0)) dx[0] = emit(&cornu_op_class_conv_, s, spatial(y, 1), dy, w);
    if (cornu_wants_(node, 1)) dx[1] = emit(&cornu_op_class_conv_weights_, s, spatial(w, 0), dy, y);
}

static bool sample_input(int index, cornu_attrs *attrs, cornu_tensor **inputs, int *count) {
    const struct sample_case *c = sample_case(index, attrs);
    if (c == NULL) return false;
    attrs->shape = middle(&c->x, 1);
    return sample(index, &c->y, &c->w, inputs, count);
}

CORNU_OP(conv_input){
    .name = "conv_input",
    .inputs = 2,
    .flags = CORNU_OP_SMOOTH,
    .infer = infer_input,
    .describe = describe_input,
    .vjp = vjp_input,
    .samples = sample_input,
};

/* ---- conv_weights: x, y -> w ---- */
static cornu_status infer_weights(
    cornu_attrs *attrs, cornu_tensor *const *inputs, int n, cornu_spec *out
) {
    (void)n;
    CORNU_TRY(check_pair(attrs, inputs));
    int rank = attrs->stencil.rank;
    const cornu_shape *x = &inputs[0]->shape, *y = &inputs[1]->shape;
    int64_t groups = attrs->stencil.groups;
    if (x->dims[0] != y->dims[0])
        CORNU_FAIL(
            CORNU_ESHAPE, "batches differ, %lld and %lld", (long long)x->dims[0],
            (long long)y->dims[0]
        );
    if (groups < 1 || x->dims[rank + 1] % groups != 0 || y->dims[rank + 1] % groups != 0)
        CORNU_FAIL(
            CORNU_ESHAPE, "%lld and %lld channels cannot be shared out among %lld groups",
            (long long)x->dims[rank + 1], (long long)y->dims[rank + 1], (long long)groups
        );
    *out = (cornu_spec){.dtype = inputs[0]->dtype, .shape = attrs->shape};
    out->shape.dims[out->shape.rank++] = x->dims[rank + 1] / groups;
    out->shape.dims[out->shape.rank++] = y->dims[rank + 1];
    return CORNU_OK;
}

static cornu_status describe_weights(const cornu_node *node, cornu_kernel_request *request) {
    return describe(node, CORNU_KERNEL_CONV_WEIGHTS, request);
}

static void vjp_weights(const cornu_node *node, cornu_tensor *dy, cornu_tensor **dx) {
    cornu_tensor *x = node->inputs[0], *y = node->inputs[1];
    const cornu_stencil *s = &node->attrs.stencil;
    if (cornu_wants_(node, 0)) dx[0] = emit(&cornu_op_class_conv_input_, s, spatial(x, 1), y, dy);
    if (cornu_wants_(node, 1)) dx[1] = emit(&cornu_op_class_conv_, s, spatial(y, 1), x, dy);
}

static bool sample_weights(int index, cornu_attrs *attrs, cornu_tensor **inputs, int *count) {
    const struct sample_case *c = sample_case(index, attrs);
    if (c == NULL) return false;
    attrs->shape = middle(&c->w, 0);
    return sample(index, &c->x, &c->y, inputs, count);
}

CORNU_OP(conv_weights){
    .name = "conv_weights",
    .inputs = 2,
    .flags = CORNU_OP_SMOOTH,
    .infer = infer_weights,
    .describe = describe_weights,
    .vjp = vjp_weights,
    .samples = sample_weights,
};

/* ---- public ---- */
/* Operands of one float type with channels last, and their stencil without padding and groups. */
typedef struct operands {
    cornu_tensor *x, *kernel;
    bool channels_first;
    cornu_stencil stencil;
} operands;

static cornu_status prepare(const cornu_op_conv_args *args, operands *o) {
    if (args->x == NULL) return cornu_error_null("x");
    if (args->kernel == NULL) return cornu_error_null("kernel");
    int rank;
    CORNU_TRY(cornu_is_channels_first(args->data_format, &o->channels_first));
    CORNU_TRY(cornu_spatial_rank_(args->x, &rank));
    char text[256];
    if (args->kernel->shape.rank != rank + 2)
        CORNU_FAIL(
            CORNU_ESHAPE, "a kernel of rank %d is needed, got the shape %s", rank + 2,
            cornu_shape_format(&args->kernel->shape, text, sizeof text)
        );
    cornu_tensor *both[] = {args->x, args->kernel};
    cornu_dtype dtype = cornu_real_type_(cornu_promote_tensors_(both, 2));
    o->x = cornu_channels_last_(cornu_as_(args->x, dtype), o->channels_first);
    o->kernel = cornu_as_(args->kernel, dtype);
    if (o->x == NULL || o->kernel == NULL) return cornu_error_status();
    cornu_stencil *s = &o->stencil;
    *s = (cornu_stencil){.rank = rank, .groups = 1};
    for (int i = 0; i < rank; i++) {
        s->size[i] = o->kernel->shape.dims[i];
        if (s->size[i] < 1) CORNU_FAIL(CORNU_ESHAPE, "axis %d of the kernel is empty", i);
    }
    CORNU_TRY(cornu_window_resolve_(&args->strides, "strides", rank, 1, s->stride));
    return cornu_window_resolve_(&args->dilation_rate, "dilation_rate", rank, 1, s->dilation);
}

/* The sizes of the window are those of the kernel: equal convolutions look equal. */
static void forget_sizes(cornu_stencil *stencil) {
    for (int i = 0; i < CORNU_MAX_SPATIAL; i++) stencil->size[i] = 0;
}

static cornu_status share_out(operands *o) {
    int rank = o->stencil.rank;
    int64_t channels = o->x->shape.dims[rank + 1], each = o->kernel->shape.dims[rank];
    if (each < 1 || channels % each != 0)
        CORNU_FAIL(
            CORNU_ESHAPE, "%lld channels cannot be shared out to a kernel for %lld",
            (long long)channels, (long long)each
        );
    o->stencil.groups = channels / each;
    return o->stencil.groups > 0 ? CORNU_OK : channels_differ(channels, each);
}

static cornu_tensor *convolve(operands *o, const char *padding) {
    cornu_shape sizes;
    if (cornu_stencil_place_(&o->stencil, o->x->shape.dims + 1, padding, &sizes) != CORNU_OK)
        return NULL;
    forget_sizes(&o->stencil);
    cornu_tensor *y = emit(&cornu_op_class_conv_, &o->stencil, sizes, o->x, o->kernel);
    return cornu_channels_back_(y, o->channels_first);
}

/* A convolution in a functional graph; the output padding of a transposed one is None or a list. */
static cornu_tensor *symbolic(const char *name, const cornu_op_conv_args *args, bool transposed) {
    cornu_tensor *tensors[] = {args->x, args->kernel};
    cornu_op_setting settings[] = {
        cornu_set_window_("strides", &args->strides, 1),
        CORNU_SET_TEXT_("padding", args->padding != NULL ? args->padding : "valid"),
        cornu_set_data_format_(args->data_format),
        cornu_set_window_("dilation_rate", &args->dilation_rate, 1),
        {.name = NULL},
        {.name = NULL}};
    if (transposed && args->output_padding.rank > 0)
        settings[4] = (cornu_op_setting)CORNU_SET_SIZES_("output_padding", args->output_padding);
    return cornu_symbolic_op_(&(cornu_symbolic_op
    ){.name = name, .tensors = tensors, .count = 2, .settings = settings});
}
static bool is_symbolic(const cornu_op_conv_args *args) {
    return cornu_is_symbolic_(args->x) || cornu_is_symbolic_(args->kernel);
}

cornu_tensor *cornu_op_conv_new(const cornu_op_conv_args *args) {
    if (is_symbolic(args)) return symbolic("conv", args, false);
    operands o;
    if (prepare(args, &o) != CORNU_OK || share_out(&o) != CORNU_OK)
        return (void)cornu_error_context("conv"), NULL;
    return convolve(&o, args->padding);
}

cornu_tensor *cornu_op_depthwise_conv_new(const cornu_op_conv_args *args) {
    if (is_symbolic(args)) return symbolic("depthwise_conv", args, false);
    operands o;
    if (prepare(args, &o) != CORNU_OK) return (void)cornu_error_context("depthwise_conv"), NULL;
    /* [size.., channels, multiplier] -> [size.., 1, channels * multiplier] */
    int rank = o.stencil.rank;
    cornu_shape shape = o.kernel->shape;
    int64_t channels = o.x->shape.dims[rank + 1];
    if (shape.dims[rank] != channels) {
        (void)channels_differ(channels, shape.dims[rank]);
        return (void)cornu_error_context("depthwise_conv"), NULL;
    }
    o.stencil.groups = channels;
    shape.dims[rank + 1] *= channels;
    shape.dims[rank] = 1;
    o.kernel = cornu_op_reshape(o.kernel, shape);
    return o.kernel != NULL ? convolve(&o, args->padding) : NULL;
}

cornu_tensor *cornu_op_conv_transpose_new(const cornu_op_conv_args *args) {
    if (is_symbolic(args)) return symbolic("conv_transpose", args, true);
    operands o = {0};
    cornu_shape sizes;
    if (prepare(args, &o) != CORNU_OK || o.x == NULL ||
        cornu_stencil_place_transposed_(
            &o.stencil, o.x->shape.dims + 1, args->padding, &args->output_padding, &sizes
        ) != CORNU_OK)
        return (void)cornu_error_context("conv_transpose"), NULL;
    forget_sizes(&o.stencil);
    cornu_tensor *y = emit(&cornu_op_class_conv_input_, &o.stencil, sizes, o.x, o.kernel);
    return cornu_channels_back_(y, o.channels_first);
}
