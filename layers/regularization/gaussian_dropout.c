/* GaussianDropout: multiplied by noise around 1 in training. Srivastava et al. (2014);
 * keras/src/layers/regularization/gaussian_dropout.py */
#include <cornu/layers/regularization.h>

typedef struct {
    cornu_layer base;
    cornu_layer_gaussian_dropout_args args;
    cornu_seed_generator *seeds;
} gaussian_dropout;

static cornu_status init(void *object) {
    gaussian_dropout *self = object;
    if (!(self->args.rate >= 0 && self->args.rate <= 1))
        CORNU_FAIL(CORNU_EINVAL, "rate must be a number from 0 to 1, got %g", self->args.rate);
    if (self->args.rate == 0) return CORNU_OK;
    self->seeds = cornu_layer_add_seed(&self->base, self->args.seed);
    return self->seeds != NULL ? CORNU_OK : cornu_error_status();
}

static cornu_tensor *call(
    cornu_layer *layer, cornu_tensor *const *inputs, const cornu_call_context *context
) {
    const gaussian_dropout *self = (gaussian_dropout *)layer;
    double rate = self->args.rate;
    cornu_tensor *x = inputs[0];
    if (!context->training || rate == 0) return x;
    if (rate == 1)
        CORNU_FAIL_NULL(CORNU_EINVAL, "at a rate of 1 the noise would be infinite in training");
    return cornu_op_multiply(
        x, cornu_random_normal_from(
               cornu_seed_generator_next(self->seeds), *cornu_tensor_shape(x),
               cornu_tensor_dtype(x), 1, sqrt(rate / (1 - rate))
           )
    );
}

static const cornu_layer_gaussian_dropout_args defaults = {CORNU_LAYER_GAUSSIAN_DROPOUT_DEFAULTS};
static const cornu_field fields[] = {
    CORNU_LAYER_FIELDS(cornu_layer_gaussian_dropout_args),
    CORNU_FIELD(cornu_layer_gaussian_dropout_args, FLOAT, rate),
    CORNU_FIELD(cornu_layer_gaussian_dropout_args, INT, seed),
};

CORNU_LAYER_CLASS(gaussian_dropout){
    CORNU_CLASS_ARGS(gaussian_dropout, args, defaults, fields),
    .name = "GaussianDropout",
    .init = init,
    .call = call,
    .masking = CORNU_MASK_PASSES,
};

cornu_layer *cornu_layer_gaussian_dropout_new(const cornu_layer_gaussian_dropout_args *args) {
    return cornu_layer_create(&cornu_layer_gaussian_dropout_class, args);
}
