/* AlphaDropout: dropout that keeps mean and variance of what SELUs give. Klambauer et al. (2017);
 * keras/src/layers/regularization/alpha_dropout.py */
#include <cornu/layers/regularization.h>

/* What SELU gives far below 0: -scale * alpha. */
static const double saturation = -1.7580993408473766;

typedef struct {
    cornu_layer base;
    cornu_layer_alpha_dropout_args args;
    cornu_seed_generator *seeds;
} alpha_dropout;

static cornu_status init(void *object) {
    alpha_dropout *self = object;
    if (!(self->args.rate >= 0 && self->args.rate <= 1))
        CORNU_FAIL(CORNU_EINVAL, "rate must be a number from 0 to 1, got %g", self->args.rate);
    if (self->args.rate == 0) return CORNU_OK;
    self->seeds = cornu_layer_add_seed(&self->base, self->args.seed);
    return self->seeds != NULL ? CORNU_OK : cornu_error_status();
}

/* noise_shape with the input's sizes in the places of -1. */
static cornu_status noise_of(const alpha_dropout *self, const cornu_shape *x, cornu_shape *noise) {
    const cornu_shape *given = &self->args.noise_shape;
    char text[256];
    *noise = *x;
    if (given->rank != 0 && given->rank != x->rank)
        CORNU_FAIL(
            CORNU_ESHAPE, "noise_shape has %d sizes, but the input has the shape %s", given->rank,
            cornu_shape_format(x, text, sizeof text)
        );
    for (int i = 0; i < given->rank; i++)
        if (given->dims[i] != -1) noise->dims[i] = given->dims[i];
    return CORNU_OK;
}

static cornu_tensor *call(
    cornu_layer *layer, cornu_tensor *const *inputs, const cornu_call_context *context
) {
    const alpha_dropout *self = (alpha_dropout *)layer;
    double rate = self->args.rate;
    cornu_tensor *x = inputs[0];
    cornu_shape noise;
    if (!context->training || rate == 0) return x;
    if (rate == 1) return cornu_op_zeros_like(x);
    if (noise_of(self, cornu_tensor_shape(x), &noise) != CORNU_OK) return NULL;
    cornu_tensor *kept = cornu_random_bernoulli_from(
        cornu_seed_generator_next(self->seeds), noise, cornu_tensor_dtype(x), 1 - rate
    ); /* 1 or 0 */
    cornu_tensor *dropped = cornu_op_subtract(cornu_scalar(1), kept);
    /* a x + b has the mean and variance that x had */
    double a = 1 / sqrt((1 - rate) * (1 + rate * saturation * saturation));
    double b = -a * saturation * rate;
    x = cornu_op_add(
        cornu_op_multiply(x, kept), cornu_op_multiply(dropped, cornu_scalar(saturation))
    );
    return cornu_op_add(cornu_op_multiply(x, cornu_scalar(a)), cornu_scalar(b));
}

static const cornu_layer_alpha_dropout_args defaults = {CORNU_LAYER_ALPHA_DROPOUT_DEFAULTS};
static const cornu_field fields[] = {
    CORNU_LAYER_FIELDS(cornu_layer_alpha_dropout_args),
    CORNU_FIELD(cornu_layer_alpha_dropout_args, FLOAT, rate),
    CORNU_FIELD(cornu_layer_alpha_dropout_args, INT, seed),
    CORNU_FIELD(cornu_layer_alpha_dropout_args, SIZES, noise_shape),
};

CORNU_LAYER_CLASS(alpha_dropout){
    CORNU_CLASS_ARGS(alpha_dropout, args, defaults, fields),
    .name = "AlphaDropout",
    .init = init,
    .call = call,
    .masking = CORNU_MASK_PASSES,
};

cornu_layer *cornu_layer_alpha_dropout_new(const cornu_layer_alpha_dropout_args *args) {
    return cornu_layer_create(&cornu_layer_alpha_dropout_class, args);
}
