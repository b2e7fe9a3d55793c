/* MixUp: images, and their labels, mixed with others of the batch. Zhang et al., "mixup: Beyond
 * Empirical Risk Minimization" (2018).
 * keras/src/layers/preprocessing/image_preprocessing/mix_up.py */
#include "augment.h"

typedef struct {
    cornu_layer base;
    cornu_layer_mix_up_args args;
    cornu_seed_generator *seeds;
} mix_up;

static cornu_status init(void *object) {
    mix_up *self = object;
    bool channels_first; /* the format makes no difference */
    if (!(self->args.alpha > 0))
        CORNU_FAIL(CORNU_EINVAL, "alpha must be positive, got %g", self->args.alpha);
    CORNU_TRY(cornu_is_channels_first(self->args.data_format, &channels_first));
    self->seeds = cornu_layer_add_seed(&self->base, self->args.seed);
    return self->seeds != NULL ? CORNU_OK : cornu_error_status();
}

static cornu_tensor *change(cornu_layer *layer, cornu_tensor *images, cornu_mixture *mixture) {
    const mix_up *self = (const mix_up *)layer;
    int64_t batch = cornu_tensor_dim(images, 0);
    if (batch == 0) return images;
    mixture->order = cornu_random_permutation_from(cornu_seed_generator_next(self->seeds), batch);
    mixture->share = cornu_beta_draw_(
        self->seeds, cornu_shape(batch, 1, 1, 1), cornu_tensor_dtype(images),
        cornu_scalar(self->args.alpha)
    );
    return cornu_mixed_(images, mixture->share, mixture->order);
}

static cornu_status call_many(
    cornu_layer *layer, cornu_tensor *const *inputs, const cornu_call_context *context,
    cornu_tensor **outputs
) {
    return cornu_mix_call_(layer, inputs, context, outputs, change);
}

static const cornu_layer_mix_up_args defaults = {CORNU_LAYER_MIX_UP_DEFAULTS};
static const cornu_field fields[] = {
    CORNU_LAYER_FIELDS(cornu_layer_mix_up_args),
    CORNU_FIELD(cornu_layer_mix_up_args, FLOAT, alpha),
    CORNU_FIELD(cornu_layer_mix_up_args, INT, seed),
    CORNU_FIELD_OMITTED(cornu_layer_mix_up_args, STRING, data_format),
};

CORNU_LAYER_CLASS(mix_up){
    CORNU_CLASS_ARGS(mix_up, args, defaults, fields),
    .name = "MixUp",
    .init = init,
    .call_many = call_many,
    .output_count = cornu_mixed_count_,
};

cornu_layer *cornu_layer_mix_up_new(const cornu_layer_mix_up_args *args) {
    return cornu_layer_create(&cornu_layer_mix_up_class, args);
}
