/* SpectralNormalization: divides the kernel of the layer inside by its largest singular value.
 * Miyato et al. (2018); keras/src/layers/normalization/spectral_normalization.py */
#include <cornu/initializers.h>
#include <cornu/layers/normalization.h>
#include <string.h>

typedef struct {
    cornu_layer base;
    cornu_layer_spectral_normalization_args args;
    cornu_tensor *kernel;   /* of the layer inside, [.., columns] */
    cornu_tensor *vector_u; /* [1, columns]: where the power iteration left off */
} spectral_normalization;

static cornu_status init(void *object) {
    spectral_normalization *self = object;
    if (self->args.layer == NULL) CORNU_FAIL(CORNU_EINVAL, "needs a layer");
    if (self->args.power_iterations < 1)
        CORNU_FAIL(
            CORNU_EINVAL, "power_iterations must be positive, got %lld",
            (long long)self->args.power_iterations
        );
    return cornu_layer_add_layer(&self->base, "layer", cornu_layer_retain(self->args.layer));
}

static cornu_tensor *weight_called(cornu_layer *layer, const char *name) {
    cornu_tensor_list weights = cornu_layer_weights(layer);
    for (size_t i = 0; i < weights.count; i++)
        if (strcmp(cornu_variable_name(weights.items[i]), name) == 0) return weights.items[i];
    return NULL;
}

static cornu_status build(cornu_layer *layer, const cornu_shape *shapes, size_t count) {
    spectral_normalization *self = (spectral_normalization *)layer;
    cornu_layer *inner = self->args.layer;
    CORNU_TRY(cornu_layer_build(inner, shapes, count));
    self->kernel = weight_called(inner, "kernel");
    if (self->kernel == NULL) self->kernel = weight_called(inner, "embeddings");
    if (self->kernel == NULL)
        CORNU_FAIL(
            CORNU_EINVAL, "layer '%s' (%s) has neither a kernel nor embeddings",
            cornu_layer_name(inner), cornu_layer_class_name(inner)
        );
    CORNU_TRY(cornu_layer_share_weight(layer, self->kernel));
    cornu_initializer *initializer = cornu_initializer_truncated_normal(.stddev = 0.02);
    if (initializer == NULL) return cornu_error_status();
    self->vector_u = cornu_layer_add_weight(
        layer, "vector_u", cornu_shape(1, cornu_tensor_dim(self->kernel, -1)),
        .initializer = initializer, .trainable = false,
        .dtype = cornu_dtype_name(cornu_tensor_dtype(self->kernel))
    );
    cornu_initializer_free(initializer);
    return self->vector_u != NULL ? CORNU_OK : cornu_error_status();
}

/* x with the length 1; 0 stays what it is. */
static cornu_tensor *normalize(cornu_tensor *x) {
    cornu_tensor *square = cornu_op_sum(cornu_op_square(x), .keepdims = true);
    cornu_tensor *least = cornu_scalar_of(cornu_tensor_dtype(x), 1e-14);
    return cornu_op_multiply(x, cornu_op_rsqrt(cornu_op_maximum(square, least)));
}

/* One step of training: u moves on, and the kernel gets the norm 1. A kernel of zeros has no
 * singular value to be divided by. */
static cornu_status update(const spectral_normalization *self) {
    cornu_tensor *kernel = cornu_op_stop_gradient(self->kernel);
    cornu_tensor *w = cornu_op_reshape(kernel, cornu_shape(-1, cornu_tensor_dim(kernel, -1)));
    cornu_tensor *u = self->vector_u, *v = NULL; /* [1, columns], [1, rows] */
    for (int64_t i = 0; i < self->args.power_iterations; i++) {
        v = normalize(cornu_op_matmul(u, w, .transpose_b = true));
        u = normalize(cornu_op_matmul(v, w));
    }
    cornu_tensor *sigma = cornu_op_matmul(cornu_op_matmul(v, w), u, .transpose_b = true);
    cornu_tensor *divided = cornu_op_divide(kernel, cornu_op_reshape(sigma, cornu_shape()));
    cornu_tensor *zero = cornu_op_all(cornu_op_equal(kernel, cornu_scalar(0)));
    cornu_tensor *new_u = cornu_op_where(zero, self->vector_u, u);
    cornu_tensor *new_kernel = cornu_op_where(zero, kernel, divided);
    CORNU_TRY(cornu_assign(self->vector_u, new_u));
    return cornu_assign(self->kernel, new_kernel);
}

static cornu_tensor *call(
    cornu_layer *layer, cornu_tensor *const *inputs, const cornu_call_context *context
) {
    const spectral_normalization *self = (spectral_normalization *)layer;
    if (context->training && update(self) != CORNU_OK) return NULL;
    cornu_tensor *y = NULL;
    cornu_tensor_list list = {inputs, context->input_count};
    if (cornu_layer_call_many(self->args.layer, list, context, &y) != CORNU_OK) return NULL;
    cornu_dtype dtype = cornu_tensor_dtype(inputs[0]);
    return cornu_dtype_is_float(dtype) ? cornu_op_cast(y, dtype) : y;
}

static const cornu_layer_spectral_normalization_args defaults = {
    CORNU_LAYER_SPECTRAL_NORMALIZATION_DEFAULTS};
static const cornu_field fields[] = {
    CORNU_LAYER_FIELDS(cornu_layer_spectral_normalization_args),
    CORNU_FIELD(cornu_layer_spectral_normalization_args, LAYER, layer),
    CORNU_FIELD(cornu_layer_spectral_normalization_args, INT, power_iterations),
};

CORNU_LAYER_CLASS(spectral_normalization){
    CORNU_CLASS_ARGS(spectral_normalization, args, defaults, fields),
    .name = "SpectralNormalization",
    .init = init,
    .build = build,
    .call = call,
};

cornu_layer *cornu_layer_spectral_normalization_new(
    const cornu_layer_spectral_normalization_args *args
) {
    return cornu_layer_create(&cornu_layer_spectral_normalization_class, args);
}
