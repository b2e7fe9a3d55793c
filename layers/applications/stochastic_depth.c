/* StochasticDepth: a residual branch is left out for some samples in training. Huang et al. (2016);
 * keras/src/applications/convnext.py */
#include <cornu/layers/applications.h>

typedef struct {
    cornu_layer base;
    cornu_layer_stochastic_depth_args args;
    cornu_seed_generator *seeds;
} stochastic_depth;

static cornu_status init(void *object) {
    stochastic_depth *self = object;
    double rate = self->args.drop_path_rate;
    if (!(rate >= 0 && rate < 1))
        CORNU_FAIL(CORNU_EINVAL, "drop_path_rate must be a number from 0 to below 1, got %g", rate);
    if (rate == 0) return CORNU_OK;
    self->seeds = cornu_layer_add_seed(&self->base, CORNU_NONE);
    return self->seeds != NULL ? CORNU_OK : cornu_error_status();
}

static cornu_tensor *call(
    cornu_layer *layer, cornu_tensor *const *inputs, const cornu_call_context *context
) {
    const stochastic_depth *self = (stochastic_depth *)layer;
    cornu_tensor *x = inputs[0];
    double keep = 1 - self->args.drop_path_rate;
    if (!context->training || keep == 1) return x;
    cornu_dtype dtype = cornu_tensor_dtype(x);
    cornu_shape samples = {.rank = cornu_tensor_rank(x), .dims = {cornu_tensor_dim(x, 0)}};
    for (int i = 1; i < samples.rank; i++) samples.dims[i] = 1;
    cornu_tensor *kept =
        cornu_random_bernoulli_from(cornu_seed_generator_next(self->seeds), samples, dtype, keep);
    return cornu_op_multiply(cornu_op_divide(x, cornu_scalar_of(dtype, keep)), kept);
}

static const cornu_layer_stochastic_depth_args defaults = {CORNU_LAYER_STOCHASTIC_DEPTH_DEFAULTS};
static const cornu_field fields[] = {
    CORNU_LAYER_FIELDS(cornu_layer_stochastic_depth_args),
    CORNU_FIELD(cornu_layer_stochastic_depth_args, FLOAT, drop_path_rate),
};

CORNU_LAYER_CLASS(stochastic_depth){
    CORNU_CLASS_ARGS(stochastic_depth, args, defaults, fields),
    .name = "StochasticDepth",
    .module = "keras.src.applications.convnext",
    .init = init,
    .call = call,
};

cornu_layer *cornu_layer_stochastic_depth_new(const cornu_layer_stochastic_depth_args *args) {
    return cornu_layer_create(&cornu_layer_stochastic_depth_class, args);
}
