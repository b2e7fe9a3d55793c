/* Operations of neural networks: activations, windows, normalization, losses, attention.
 * Keras: keras/src/ops/nn.py. */
#include "model/operation.h"

/* ---- activations ---- */
static cornu_tensor *with_number(
    const cornu_operation_call *call, const char *name, double usual,
    cornu_tensor *(*compute)(cornu_tensor *x, double number)
) {
    cornu_tensor *x = cornu_operation_x_(call);
    if (cornu_operation_number_(call, CORNU_SETTING, name, &usual) != CORNU_OK) return NULL;
    return compute(x, usual);
}
static cornu_tensor *elu(const cornu_operation_call *call) {
    return with_number(call, "alpha", 1, cornu_op_elu);
}
static cornu_tensor *celu(const cornu_operation_call *call) {
    return with_number(call, "alpha", 1, cornu_op_celu);
}
static cornu_tensor *leaky_relu(const cornu_operation_call *call) {
    return with_number(call, "negative_slope", 0.2, cornu_op_leaky_relu);
}
static cornu_tensor *soft_shrink(const cornu_operation_call *call) {
    return with_number(call, "threshold", 0.5, cornu_op_soft_shrink);
}
static cornu_tensor *hard_shrink(const cornu_operation_call *call) {
    return with_number(call, "threshold", 0.5, cornu_op_hard_shrink);
}
static cornu_tensor *squareplus(const cornu_operation_call *call) {
    return with_number(call, "b", 4, cornu_op_squareplus);
}

static cornu_tensor *threshold(const cornu_operation_call *call) {
    double limit = NAN, value = NAN;
    cornu_tensor *x = cornu_operation_x_(call);
    if (cornu_operation_number_(call, CORNU_SETTING, "threshold", &limit) != CORNU_OK ||
        cornu_operation_number_(call, CORNU_SETTING, "default_value", &value) != CORNU_OK)
        return NULL;
    if (isnan(limit) || isnan(value))
        CORNU_FAIL_NULL(CORNU_EFORMAT, "'threshold' and 'default_value' must be given");
    return cornu_op_threshold(x, limit, value);
}

static cornu_tensor *gelu(const cornu_operation_call *call) {
    bool approximate = true;
    cornu_tensor *x = cornu_operation_x_(call);
    if (cornu_operation_bool_(call, CORNU_SETTING, "approximate", &approximate) != CORNU_OK)
        return NULL;
    return cornu_op_gelu(x, approximate);
}

static cornu_tensor *with_axis(
    const cornu_operation_call *call, cornu_tensor *(*compute)(cornu_tensor *x, int axis)
) {
    int64_t axis = -1;
    cornu_tensor *x = cornu_operation_x_(call);
    return cornu_operation_axis_(call, "axis", &axis) == CORNU_OK ? compute(x, (int)axis) : NULL;
}
static cornu_tensor *log_softmax(const cornu_operation_call *call) {
    return with_axis(call, cornu_op_log_softmax);
}
static cornu_tensor *sparsemax(const cornu_operation_call *call) {
    return with_axis(call, cornu_op_sparsemax);
}
static cornu_tensor *glu(const cornu_operation_call *call) { return with_axis(call, cornu_op_glu); }

static cornu_tensor *softmax(const cornu_operation_call *call) {
    cornu_axes axes = cornu_axes(-1);
    cornu_tensor *x = cornu_operation_x_(call);
    if (cornu_operation_axes_(call, CORNU_SETTING, "axis", &axes) != CORNU_OK) return NULL;
    if (axes.count == 1) return cornu_op_softmax(x, axes.axis[0]);
    return cornu_op_softmax_over(x, axes);
}

/* ---- windows ---- */
static cornu_tensor *pool(
    const cornu_operation_call *call, cornu_tensor *(*compute)(const cornu_op_pool_args *args)
) {
    cornu_op_pool_args args = {CORNU_OP_POOL_DEFAULTS};
    args.x = cornu_operation_tensor_(call, 0, "inputs");
    if (args.x == NULL || cornu_operation_window_(call, "pool_size", &args.pool_size) != CORNU_OK ||
        cornu_operation_window_(call, "strides", &args.strides) != CORNU_OK ||
        cornu_operation_text_(call, "padding", &args.padding) != CORNU_OK ||
        cornu_operation_text_(call, "data_format", &args.data_format) != CORNU_OK)
        return NULL;
    if (args.pool_size.size[0] == 0) CORNU_FAIL_NULL(CORNU_EFORMAT, "'pool_size' must be given");
    return compute(&args);
}
static cornu_tensor *max_pool(const cornu_operation_call *call) {
    return pool(call, cornu_op_max_pool_new);
}
static cornu_tensor *average_pool(const cornu_operation_call *call) {
    return pool(call, cornu_op_average_pool_new);
}

static cornu_tensor *adaptive_pool(
    const cornu_operation_call *call,
    cornu_tensor *(*compute)(cornu_tensor *x, cornu_window size, const char *data_format)
) {
    cornu_window size = {{0}};
    const char *data_format = NULL;
    cornu_tensor *x = cornu_operation_tensor_(call, 0, "inputs");
    if (cornu_operation_window_(call, "output_size", &size) != CORNU_OK ||
        cornu_operation_text_(call, "data_format", &data_format) != CORNU_OK)
        return NULL;
    if (size.size[0] == 0) CORNU_FAIL_NULL(CORNU_EFORMAT, "'output_size' must be given");
    return compute(x, size, data_format);
}
static cornu_tensor *adaptive_max_pool(const cornu_operation_call *call) {
    return adaptive_pool(call, cornu_op_adaptive_max_pool);
}
static cornu_tensor *adaptive_average_pool(const cornu_operation_call *call) {
    return adaptive_pool(call, cornu_op_adaptive_average_pool);
}

static cornu_status conv_args(
    const cornu_operation_call *call, const char *kernel, cornu_op_conv_args *args
) {
    args->x = cornu_operation_tensor_(call, 0, "inputs");
    args->kernel = cornu_operation_tensor_(call, 1, kernel);
    if (args->x == NULL || args->kernel == NULL) return cornu_error_status();
    CORNU_TRY(cornu_operation_window_(call, "strides", &args->strides));
    CORNU_TRY(cornu_operation_window_(call, "dilation_rate", &args->dilation_rate));
    CORNU_TRY(cornu_operation_text_(call, "padding", &args->padding));
    return cornu_operation_text_(call, "data_format", &args->data_format);
}

static cornu_tensor *conv(const cornu_operation_call *call) {
    cornu_op_conv_args args = {CORNU_OP_CONV_DEFAULTS};
    return conv_args(call, "kernel", &args) == CORNU_OK ? cornu_op_conv_new(&args) : NULL;
}
static cornu_tensor *depthwise_conv(const cornu_operation_call *call) {
    cornu_op_conv_args args = {CORNU_OP_CONV_DEFAULTS};
    return conv_args(call, "kernel", &args) == CORNU_OK ? cornu_op_depthwise_conv_new(&args) : NULL;
}
static cornu_tensor *separable_conv(const cornu_operation_call *call) {
    cornu_op_conv_args args = {CORNU_OP_CONV_DEFAULTS};
    if (conv_args(call, "depthwise_kernel", &args) != CORNU_OK) return NULL;
    cornu_tensor *x = cornu_op_depthwise_conv_new(&args);
    cornu_tensor *kernel = cornu_operation_tensor_(call, 2, "pointwise_kernel");
    return cornu_op_conv(x, kernel, .data_format = args.data_format);
}
static cornu_tensor *conv_transpose(const cornu_operation_call *call) {
    cornu_op_conv_args args = {CORNU_OP_CONV_DEFAULTS};
    if (conv_args(call, "kernel", &args) != CORNU_OK ||
        cornu_operation_sizes_(call, CORNU_SETTING, "output_padding", &args.output_padding) !=
            CORNU_OK)
        return NULL;
    int axes = cornu_tensor_rank(args.x) - 2;
    for (int i = 1; args.output_padding.rank == 1 && i < axes; i++)
        args.output_padding.dims[i] = args.output_padding.dims[0];
    if (args.output_padding.rank == 1) args.output_padding.rank = axes;
    return cornu_op_conv_transpose_new(&args);
}

/* ---- normalization ---- */
static cornu_tensor *batch_norm(const cornu_operation_call *call) {
    cornu_op_batch_normalization_args args = {CORNU_OP_BATCH_NORMALIZATION_DEFAULTS};
    int64_t axis = -1;
    args.x = cornu_operation_x_(call);
    args.mean = cornu_operation_tensor_(call, 1, "mean");
    args.variance = cornu_operation_tensor_(call, 2, "variance");
    if (cornu_operation_optional_(call, 3, "offset", &args.offset) != CORNU_OK ||
        cornu_operation_optional_(call, 4, "scale", &args.scale) != CORNU_OK ||
        cornu_operation_axis_(call, "axis", &axis) != CORNU_OK ||
        cornu_operation_number_(call, CORNU_SETTING, "epsilon", &args.epsilon) != CORNU_OK)
        return NULL;
    args.axis = (int)axis;
    return cornu_op_batch_normalization_new(&args);
}

static cornu_tensor *rms_norm(const cornu_operation_call *call) {
    cornu_axes axes = cornu_axes(-1);
    double epsilon = 1e-7;
    cornu_tensor *x = cornu_operation_x_(call), *scale;
    if (cornu_operation_optional_(call, 1, "scale", &scale) != CORNU_OK ||
        cornu_operation_axes_(call, CORNU_SETTING, "axis", &axes) != CORNU_OK ||
        cornu_operation_number_(call, CORNU_SETTING, "epsilon", &epsilon) != CORNU_OK)
        return NULL;
    cornu_tensor *mean = cornu_op_mean(cornu_op_square(x), .axis = axes, .keepdims = true);
    x = cornu_op_multiply(x, cornu_op_rsqrt(cornu_op_add(mean, cornu_scalar(epsilon))));
    return scale != NULL ? cornu_op_multiply(x, scale) : x;
}

static cornu_tensor *layer_norm(const cornu_operation_call *call) {
    cornu_axes axes = cornu_axes(-1);
    double epsilon = 1e-7;
    cornu_tensor *x = cornu_operation_x_(call), *gamma, *beta, *mean, *variance;
    if (cornu_operation_optional_(call, 1, "gamma", &gamma) != CORNU_OK ||
        cornu_operation_optional_(call, 2, "beta", &beta) != CORNU_OK ||
        cornu_operation_refuse_(call, "rms_scaling") != CORNU_OK ||
        cornu_operation_axes_(call, CORNU_SETTING, "axis", &axes) != CORNU_OK ||
        cornu_operation_number_(call, CORNU_SETTING, "epsilon", &epsilon) != CORNU_OK)
        return NULL;
    if (cornu_op_moments(x, axes, true, &mean, &variance) != CORNU_OK) return NULL;
    cornu_tensor *scale = cornu_op_rsqrt(cornu_op_add(variance, cornu_scalar(epsilon)));
    x = cornu_op_multiply(cornu_op_subtract(x, mean), scale);
    if (gamma != NULL) x = cornu_op_multiply(x, gamma);
    return beta != NULL ? cornu_op_add(x, beta) : x;
}

/* ---- losses, per element or per sample ---- */
static const double least = 1e-7;

static cornu_tensor *binary_crossentropy(const cornu_operation_call *call) {
    bool from_logits = false;
    cornu_tensor *target = cornu_operation_tensor_(call, 0, "target");
    cornu_tensor *x = cornu_operation_tensor_(call, 1, "output");
    if (x == NULL ||
        cornu_operation_bool_(call, CORNU_SETTING, "from_logits", &from_logits) != CORNU_OK)
        return NULL;
    target = cornu_op_cast(target, cornu_tensor_dtype(x));
    cornu_tensor *of_one, *of_zero; /* logarithms of the probabilities */
    if (from_logits) {
        of_one = cornu_op_log_sigmoid(x);
        of_zero = cornu_op_log_sigmoid(cornu_op_negative(x));
    } else {
        x = cornu_op_clip(x, least, 1 - least);
        of_one = cornu_op_log(x);
        of_zero = cornu_op_log(cornu_op_subtract(cornu_scalar(1), x));
    }
    cornu_tensor *rest = cornu_op_subtract(cornu_scalar(1), target);
    return cornu_op_negative(
        cornu_op_add(cornu_op_multiply(target, of_one), cornu_op_multiply(rest, of_zero))
    );
}

/* Logarithms of the probabilities of the classes along an axis. */
static cornu_tensor *log_probabilities(const cornu_operation_call *call, int *axis) {
    bool from_logits = false;
    int64_t at = -1;
    cornu_tensor *x = cornu_operation_tensor_(call, 1, "output");
    if (cornu_operation_bool_(call, CORNU_SETTING, "from_logits", &from_logits) != CORNU_OK ||
        cornu_operation_axis_(call, "axis", &at) != CORNU_OK)
        return NULL;
    *axis = (int)at;
    if (from_logits) return cornu_op_log_softmax(x, *axis);
    x = cornu_op_divide(x, cornu_op_sum(x, .axis = cornu_axes(*axis), .keepdims = true));
    return cornu_op_log(cornu_op_clip(x, least, 1 - least));
}

static cornu_tensor *against(cornu_tensor *target, cornu_tensor *logs, int axis) {
    if (target == NULL || logs == NULL) return NULL;
    target = cornu_op_cast(target, cornu_tensor_dtype(logs));
    cornu_tensor *sum = cornu_op_sum(cornu_op_multiply(target, logs), .axis = cornu_axes(axis));
    return cornu_op_negative(sum);
}

static cornu_tensor *categorical_crossentropy(const cornu_operation_call *call) {
    int axis = -1;
    cornu_tensor *target = cornu_operation_tensor_(call, 0, "target");
    return against(target, log_probabilities(call, &axis), axis);
}

static cornu_tensor *sparse_categorical_crossentropy(const cornu_operation_call *call) {
    int axis = -1;
    cornu_tensor *target = cornu_operation_tensor_(call, 0, "target");
    cornu_tensor *logs = log_probabilities(call, &axis);
    if (target == NULL || logs == NULL) return NULL;
    int rank = cornu_tensor_rank(logs), last = cornu_tensor_rank(target) - 1;
    if (last + 1 == rank && cornu_tensor_dim(target, last) == 1)
        target = cornu_op_squeeze(target, cornu_axes(-1));
    int64_t classes = cornu_tensor_dim(logs, axis < 0 ? axis + rank : axis);
    target =
        cornu_op_one_hot(cornu_op_cast(target, CORNU_INT32), classes, cornu_tensor_dtype(logs));
    return against(cornu_op_moveaxis(target, -1, axis), logs, axis);
}

/* 20 log10(max) - 10 log10(mean squared error) */
static cornu_tensor *psnr(const cornu_operation_call *call) {
    double max = NAN;
    cornu_tensor *a = cornu_operation_tensor_(call, 0, "x1");
    cornu_tensor *b = cornu_operation_tensor_(call, 1, "x2");
    if (cornu_operation_number_(call, CORNU_SETTING, "max_val", &max) != CORNU_OK) return NULL;
    if (isnan(max)) CORNU_FAIL_NULL(CORNU_EFORMAT, "'max_val' must be given");
    cornu_tensor *error = cornu_op_mean(cornu_op_square(cornu_op_subtract(a, b)));
    error = cornu_op_multiply(cornu_op_log10(error), cornu_scalar(10));
    return cornu_op_subtract(cornu_scalar(20 * log10(max)), error);
}

/* ---- attention ---- */
/* Keys and values of fewer heads than the queries have serve a group of them each. */
static cornu_tensor *for_heads(cornu_tensor *x, int64_t heads) {
    int64_t own = cornu_tensor_dim(x, 2);
    if (own < 1 || heads % own != 0)
        CORNU_FAIL_NULL(
            CORNU_ESHAPE, "%lld heads of queries for %lld of keys", (long long)heads, (long long)own
        );
    return own == heads ? x : cornu_op_repeat(x, heads / own, 2);
}

/* True where a place does not look ahead, [target, source]. */
static cornu_tensor *backward_only(cornu_tensor *scores) {
    int64_t target = cornu_tensor_dim(scores, 2), source = cornu_tensor_dim(scores, 3);
    cornu_tensor *row = cornu_op_arange(0, (double)target, 1, CORNU_INT32);
    cornu_tensor *column = cornu_op_arange(0, (double)source, 1, CORNU_INT32);
    return cornu_op_less_equal(column, cornu_op_expand_dims(row, 1));
}

/* What is masked gets a large negative score, as in keras/src/backend/jax/nn.py. */
static cornu_tensor *attend(
    cornu_tensor *scores, cornu_tensor *bias, cornu_tensor *mask, bool causal
) {
    const double masked = -0.7 * 3.4028234663852886e38;
    if (bias != NULL) scores = cornu_op_add(scores, bias);
    if (scores == NULL) return NULL;
    if (causal) {
        cornu_tensor *seen = backward_only(scores);
        mask = mask != NULL ? cornu_op_logical_and(mask, seen) : seen;
    }
    if (mask != NULL) scores = cornu_op_where(mask, scores, cornu_scalar(masked));
    return cornu_op_softmax(scores, -1);
}

static cornu_tensor *dot_product_attention(const cornu_operation_call *call) {
    cornu_tensor *query = cornu_operation_tensor_(call, 0, "query");
    cornu_tensor *key = cornu_operation_tensor_(call, 1, "key");
    cornu_tensor *value = cornu_operation_tensor_(call, 2, "value"), *bias, *mask;
    bool causal = false, flash = false; /* `flash` is how, not what */
    if (query == NULL || key == NULL || value == NULL) return NULL;
    if (cornu_tensor_rank(query) != 4 || cornu_tensor_rank(key) != 4 ||
        cornu_tensor_rank(value) != 4)
        CORNU_FAIL_NULL(CORNU_ESHAPE, "wants tensors [batch, time, heads, size]");
    int64_t heads = cornu_tensor_dim(query, 2);
    double scale = 1 / sqrt((double)cornu_tensor_dim(query, 3));
    if (cornu_operation_optional_(call, 3, "bias", &bias) != CORNU_OK ||
        cornu_operation_optional_(call, 4, "mask", &mask) != CORNU_OK ||
        cornu_operation_number_(call, 5, "scale", &scale) != CORNU_OK ||
        cornu_operation_bool_(call, 6, "flash_attention", &flash) != CORNU_OK ||
        cornu_operation_bool_(call, CORNU_SETTING, "is_causal", &causal) != CORNU_OK)
        return NULL;
    key = for_heads(key, heads);
    value = for_heads(value, heads);
    query = cornu_op_multiply(query, cornu_scalar(scale));
    cornu_tensor *scores = cornu_op_einsum("btnh,bsnh->bnts", cornu_tensors(query, key));
    scores = attend(scores, bias, mask, causal);
    return cornu_op_einsum("bnts,bsnh->btnh", cornu_tensors(scores, value));
}

const cornu_operation_class cornu_operations_nn_[] = {
    CORNU_OPERATION_(AdaptiveAveragePool, nn, compute, adaptive_average_pool),
    CORNU_OPERATION_(AdaptiveMaxPool, nn, compute, adaptive_max_pool),
    CORNU_OPERATION_(AveragePool, nn, compute, average_pool),
    CORNU_OPERATION_(BatchNorm, nn, compute, batch_norm),
    CORNU_OPERATION_(BinaryCrossentropy, nn, compute, binary_crossentropy),
    CORNU_OPERATION_(CategoricalCrossentropy, nn, compute, categorical_crossentropy),
    CORNU_OPERATION_(Celu, nn, compute, celu),
    CORNU_OPERATION_(Conv, nn, compute, conv),
    CORNU_OPERATION_(ConvTranspose, nn, compute, conv_transpose),
    CORNU_OPERATION_(DepthwiseConv, nn, compute, depthwise_conv),
    CORNU_OPERATION_(DotProductAttention, nn, compute, dot_product_attention),
    CORNU_OPERATION_(Elu, nn, compute, elu),
    CORNU_OPERATION_(Gelu, nn, compute, gelu),
    CORNU_OPERATION_(Glu, nn, compute, glu),
    CORNU_OPERATION_(HardShrink, nn, compute, hard_shrink),
    CORNU_OPERATION_(HardSigmoid, nn, unary, cornu_op_hard_sigmoid),
    CORNU_OPERATION_(HardSilu, nn, unary, cornu_op_hard_silu),
    CORNU_OPERATION_(HardTanh, nn, unary, cornu_op_hard_tanh),
    CORNU_OPERATION_(LayerNorm, nn, compute, layer_norm),
    CORNU_OPERATION_(LeakyRelu, nn, compute, leaky_relu),
    CORNU_OPERATION_(LogSigmoid, nn, unary, cornu_op_log_sigmoid),
    CORNU_OPERATION_(LogSoftmax, nn, compute, log_softmax),
    CORNU_OPERATION_(MaxPool, nn, compute, max_pool),
    CORNU_OPERATION_(PSNR, nn, compute, psnr),
    CORNU_OPERATION_(RMSNorm, nn, compute, rms_norm),
    CORNU_OPERATION_(Relu, nn, unary, cornu_op_relu),
    CORNU_OPERATION_(Relu6, nn, unary, cornu_op_relu6),
    CORNU_OPERATION_(Selu, nn, unary, cornu_op_selu),
    CORNU_OPERATION_(SeparableConv, nn, compute, separable_conv),
    CORNU_OPERATION_(Sigmoid, nn, unary, cornu_op_sigmoid),
    CORNU_OPERATION_(Silu, nn, unary, cornu_op_silu),
    CORNU_OPERATION_(SoftShrink, nn, compute, soft_shrink),
    CORNU_OPERATION_(Softmax, nn, compute, softmax),
    CORNU_OPERATION_(Softplus, nn, unary, cornu_op_softplus),
    CORNU_OPERATION_(Softsign, nn, unary, cornu_op_softsign),
    CORNU_OPERATION_(SparseCategoricalCrossentropy, nn, compute, sparse_categorical_crossentropy),
    CORNU_OPERATION_(SparsePlus, nn, unary, cornu_op_sparse_plus),
    CORNU_OPERATION_(SparseSigmoid, nn, unary, cornu_op_sparse_sigmoid),
    CORNU_OPERATION_(Sparsemax, nn, compute, sparsemax),
    CORNU_OPERATION_(Squareplus, nn, compute, squareplus),
    CORNU_OPERATION_(TanhShrink, nn, unary, cornu_op_tanh_shrink),
    CORNU_OPERATION_(Threshold, nn, compute, threshold),
    {.layer = {.name = NULL}},
};
