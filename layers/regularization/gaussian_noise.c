/* GaussianNoise: noise around 0 is added in training.
 * keras/src/layers/regularization/gaussian_noise.py */
#include <cornu/layers/regularization.h>

typedef struct {
    cornu_layer base;
    cornu_layer_gaussian_noise_args args;
    cornu_seed_generator *seeds;
} gaussian_noise;

static cornu_status init(void *object) {
    gaussian_noise *self = object;
    if (!(self->args.stddev >= 0 && self->args.stddev <= 1))
        CORNU_FAIL(CORNU_EINVAL, "stddev must be a number from 0 to 1, got %g", self->args.stddev);
    if (self->args.stddev == 0) return CORNU_OK;
    self->seeds = cornu_layer_add_seed(&self->base, self->args.seed);
    return self->seeds != NULL ? CORNU_OK : cornu_error_status();
}

static cornu_tensor *call(
    cornu_layer *layer, cornu_tensor *const *inputs, const cornu_call_context *context
) {
    const gaussian_noise *self = (gaussian_noise *)layer;
    cornu_tensor *x = inputs[0];
    if (!context->training || self->args.stddev == 0) return x;
    return cornu_op_add(
        x, cornu_random_normal_from(
               cornu_seed_generator_next(self->seeds), *cornu_tensor_shape(x),
               cornu_tensor_dtype(x), 0, self->args.stddev
           )
    );
}

static const cornu_layer_gaussian_noise_args defaults = {CORNU_LAYER_GAUSSIAN_NOISE_DEFAULTS};
static const cornu_field fields[] = {
    CORNU_LAYER_FIELDS(cornu_layer_gaussian_noise_args),
    CORNU_FIELD(cornu_layer_gaussian_noise_args, FLOAT, stddev),
    CORNU_FIELD(cornu_layer_gaussian_noise_args, INT, seed),
};

CORNU_LAYER_CLASS(gaussian_noise){
    CORNU_CLASS_ARGS(gaussian_noise, args, defaults, fields),
    .name = "GaussianNoise",
    .init = init,
    .call = call,
    .masking = CORNU_MASK_PASSES,
};

cornu_layer *cornu_layer_gaussian_noise_new(const cornu_layer_gaussian_noise_args *args) {
    return cornu_layer_create(&cornu_layer_gaussian_noise_class, args);
}
