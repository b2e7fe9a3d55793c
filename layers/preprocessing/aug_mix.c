/* AugMix: a mixture of images with what chains of random changes make of them. Hendrycks et al.,
 * "AugMix" (2020). keras/src/layers/preprocessing/image_preprocessing/aug_mix.py */
#include "changes.h"

typedef struct {
    cornu_change_layer base;
    cornu_layer_aug_mix_args args;
} aug_mix;

static cornu_status check_count(const char *name, int64_t count, int64_t least) {
    if (count < least || count > 100)
        CORNU_FAIL(
            CORNU_EINVAL, "%s must be from %lld to 100, got %lld", name, (long long)least,
            (long long)count
        );
    return CORNU_OK;
}

static cornu_status init(void *object) {
    aug_mix *self = object;
    const cornu_layer_aug_mix_args *args = &self->args;
    CORNU_TRY(check_count("num_chains", args->num_chains, 1));
    CORNU_TRY(check_count("chain_depth", args->chain_depth, 0));
    if (!(args->alpha > 0)) CORNU_FAIL(CORNU_EINVAL, "alpha must be positive, got %g", args->alpha);
    self->base.settings = (cornu_change_settings){
        .interpolation = args->interpolation,
        .data_format = args->data_format,
        .dtype = args->dtype,
        .seed = args->seed,
        .colors = args->all_ops,
    };
    return cornu_change_init_(&self->base, args->factor, 0.3, args->value_range);
}

/* The chains, in proportions drawn from Dirichlet's distribution. */
static cornu_tensor *mix(const aug_mix *self, cornu_tensor *images, cornu_tensor *alpha) {
    cornu_dtype dtype = cornu_tensor_dtype(images);
    cornu_seed_generator *seeds = self->base.seeds;
    cornu_shape shape = cornu_shape(self->args.num_chains);
    cornu_tensor *shares = cornu_op_softmax(cornu_log_gamma_draw_(seeds, shape, dtype, alpha), -1);
    cornu_tensor *sum = NULL;
    for (int64_t chain = 0; chain < self->args.num_chains && shares != NULL; chain++) {
        cornu_tensor *x = images;
        for (int64_t depth = 0; depth < self->args.chain_depth && x != NULL; depth++)
            x = cornu_change_any_(&self->base.changes, seeds, x, true);
        x = cornu_op_multiply(x, cornu_op_slice(shares, &chain, cornu_shape(1)));
        sum = chain == 0 ? x : cornu_op_add(sum, x);
    }
    return sum;
}

static cornu_tensor *change(const cornu_change_layer *layer, cornu_tensor *images) {
    const aug_mix *self = (const aug_mix *)layer;
    const cornu_draw range = layer->settings.range;
    cornu_dtype dtype = cornu_tensor_dtype(images);
    cornu_tensor *alpha = cornu_scalar_of(dtype, self->args.alpha);
    cornu_tensor *mixed = mix(self, images, alpha);
    cornu_tensor *share = cornu_beta_draw_(layer->seeds, cornu_shape(1), dtype, alpha);
    cornu_tensor *rest = cornu_op_subtract(cornu_scalar(1), share);
    images = cornu_op_add(cornu_op_multiply(images, share), cornu_op_multiply(mixed, rest));
    return cornu_op_clip(images, range.low, range.high);
}

static cornu_tensor *call(
    cornu_layer *layer, cornu_tensor *const *inputs, const cornu_call_context *context
) {
    return cornu_change_call_(layer, inputs[0], context, change);
}

static const cornu_layer_aug_mix_args defaults = {CORNU_LAYER_AUG_MIX_DEFAULTS};
static const cornu_field fields[] = {
    CORNU_LAYER_FIELDS(cornu_layer_aug_mix_args),
    CORNU_FIELD(cornu_layer_aug_mix_args, FLOATS, value_range),
    CORNU_FIELD(cornu_layer_aug_mix_args, INT, num_chains),
    CORNU_FIELD(cornu_layer_aug_mix_args, INT, chain_depth),
    CORNU_FIELD(cornu_layer_aug_mix_args, FLOATS, factor),
    CORNU_FIELD(cornu_layer_aug_mix_args, FLOAT, alpha),
    CORNU_FIELD(cornu_layer_aug_mix_args, BOOL, all_ops),
    CORNU_FIELD(cornu_layer_aug_mix_args, STRING, interpolation),
    CORNU_FIELD(cornu_layer_aug_mix_args, INT, seed),
    CORNU_FIELD_OMITTED(cornu_layer_aug_mix_args, STRING, data_format),
};

CORNU_LAYER_CLASS(aug_mix){
    CORNU_CLASS_ARGS(aug_mix, args, defaults, fields),
    .name = "AugMix",
    .init = init,
    .get_config = cornu_change_get_config_,
    .build = cornu_change_build_,
    .call = call,
};

cornu_layer *cornu_layer_aug_mix_new(const cornu_layer_aug_mix_args *args) {
    return cornu_layer_create(&cornu_layer_aug_mix_class, args);
}
