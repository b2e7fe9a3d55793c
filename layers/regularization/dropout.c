/* Dropout: elements are left out at random in training. Srivastava et al. (2014);
 * keras/src/layers/regularization/dropout.py */
#include <cornu/layers/regularization.h>

typedef struct {
    cornu_layer base;
    cornu_layer_dropout_args args;
    cornu_seed_generator *seeds;
} dropout;

static cornu_status init(void *object) {
    dropout *self = object;
    const cornu_shape *noise = &self->args.noise_shape;
    if (!(self->args.rate >= 0 && self->args.rate <= 1))
        CORNU_FAIL(CORNU_EINVAL, "rate must be a number from 0 to 1, got %g", self->args.rate);
    for (int i = 0; i < noise->rank; i++)
        if (noise->dims[i] < 1 && noise->dims[i] != -1)
            CORNU_FAIL(
                CORNU_EINVAL, "noise_shape holds %lld; sizes are positive, or -1 for the input's",
                (long long)noise->dims[i]
            );
    if (self->args.rate == 0) return CORNU_OK;
    self->seeds = cornu_layer_add_seed(&self->base, self->args.seed);
    return self->seeds != NULL ? CORNU_OK : cornu_error_status();
}

/* noise_shape with the input's sizes in the places of -1. */
static cornu_status noise_of(const dropout *self, const cornu_shape *input, cornu_shape *noise) {
    char text[256];
    *noise = *input;
    if (self->args.noise_shape.rank == 0) return CORNU_OK;
    if (self->args.noise_shape.rank != input->rank)
        CORNU_FAIL(
            CORNU_ESHAPE, "noise_shape has %d sizes, but the input has the shape %s",
            self->args.noise_shape.rank, cornu_shape_format(input, text, sizeof text)
        );
    for (int i = 0; i < input->rank; i++)
        if (self->args.noise_shape.dims[i] != -1) noise->dims[i] = self->args.noise_shape.dims[i];
    return CORNU_OK;
}

static cornu_tensor *call(
    cornu_layer *layer, cornu_tensor *const *inputs, const cornu_call_context *context
) {
    const dropout *self = (dropout *)layer;
    cornu_tensor *x = inputs[0];
    cornu_shape noise;
    if (!context->training || self->args.rate == 0) return x;
    if (noise_of(self, cornu_tensor_shape(x), &noise) != CORNU_OK) return NULL;
    if (self->args.rate == 1) return cornu_op_zeros_like(x);
    double keep = 1 - self->args.rate;
    cornu_dtype dtype = cornu_tensor_dtype(x);
    cornu_tensor *kept = cornu_random_bernoulli_from(
        cornu_seed_generator_next(self->seeds), noise, dtype, keep
    ); /* 1 or 0 */
    return cornu_op_multiply(x, cornu_op_multiply(kept, cornu_scalar_of(dtype, 1 / keep)));
}

static const cornu_layer_dropout_args defaults = {CORNU_LAYER_DROPOUT_DEFAULTS};
static const cornu_field fields[] = {
    CORNU_LAYER_FIELDS(cornu_layer_dropout_args),
    CORNU_FIELD(cornu_layer_dropout_args, FLOAT, rate),
    CORNU_FIELD(cornu_layer_dropout_args, INT, seed),
    CORNU_FIELD(cornu_layer_dropout_args, SIZES, noise_shape),
};

CORNU_LAYER_CLASS(dropout){
    CORNU_CLASS_ARGS(dropout, args, defaults, fields),
    .name = "Dropout",
    .init = init,
    .call = call,
    .masking = CORNU_MASK_PASSES,
};

cornu_layer *cornu_layer_dropout_new(const cornu_layer_dropout_args *args) {
    return cornu_layer_create(&cornu_layer_dropout_class, args);
}
