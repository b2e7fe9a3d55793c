/* CutMix: rectangles of images from others of the batch, and labels mixed in proportion. Yun et
 * al., "CutMix: Regularization Strategy to Train Strong Classifiers with Localizable Features"
 * (2019). keras/src/layers/preprocessing/image_preprocessing/cut_mix.py */
#include "augment.h"

typedef struct {
    cornu_layer base;
    cornu_layer_cut_mix_args args;
    cornu_draw factor;
    cornu_seed_generator *seeds;
    bool channels_first;
} cut_mix;

static cornu_status init(void *object) {
    cut_mix *self = object;
    const cornu_draw unit = {0, 1};
    CORNU_TRY(cornu_share_read_(self->args.factor, "factor", unit, &self->factor));
    CORNU_TRY(cornu_is_channels_first(self->args.data_format, &self->channels_first));
    self->seeds = cornu_layer_add_seed(&self->base, self->args.seed);
    return self->seeds != NULL ? CORNU_OK : cornu_error_status();
}

/* The shares that images keep of themselves, [batch, 1, 1, 1]. */
static cornu_tensor *draw_share(const cut_mix *self, int64_t batch, cornu_dtype dtype) {
    cornu_tensor *alpha = cornu_op_full(cornu_shape(1, 1, 1, 1), self->factor.low, dtype);
    if (self->factor.low < self->factor.high)
        alpha = cornu_random_uniform_from(
            cornu_seed_generator_next(self->seeds), cornu_shape(1, 1, 1, 1), dtype,
            self->factor.low, self->factor.high
        );
    alpha = cornu_op_add(alpha, cornu_scalar(1e-6));
    return cornu_beta_draw_(self->seeds, cornu_shape(batch, 1, 1, 1), dtype, alpha);
}

static cornu_tensor *change(cornu_layer *layer, cornu_tensor *images, cornu_mixture *mixture) {
    const cut_mix *self = (const cut_mix *)layer;
    images = cornu_to_channels_last_(images, self->channels_first);
    if (images == NULL) return NULL;
    int64_t batch = cornu_tensor_dim(images, 0);
    if (batch == 0) return cornu_from_channels_last_(images, self->channels_first);
    mixture->share = draw_share(self, batch, cornu_tensor_dtype(images));
    cornu_tensor *side = cornu_op_sqrt(cornu_op_subtract(cornu_scalar(1), mixture->share));
    cornu_tensor *cut = cornu_rectangle_(self->seeds, images, side, side);
    mixture->order = cornu_random_permutation_from(cornu_seed_generator_next(self->seeds), batch);
    images = cornu_op_where(cut, cornu_op_take(images, mixture->order, 0), images);
    return cornu_from_channels_last_(images, self->channels_first);
}

static cornu_status call_many(
    cornu_layer *layer, cornu_tensor *const *inputs, const cornu_call_context *context,
    cornu_tensor **outputs
) {
    return cornu_mix_call_(layer, inputs, context, outputs, change);
}

static cornu_status get_config(const void *object, cornu_config *config) {
    const cut_mix *self = object;
    if (self->channels_first)
        CORNU_TRY(cornu_config_set_string(config, "data_format", self->args.data_format));
    return cornu_draw_write_(config, "factor", self->factor);
}

static const cornu_layer_cut_mix_args defaults = {CORNU_LAYER_CUT_MIX_DEFAULTS};
static const cornu_field fields[] = {
    CORNU_LAYER_FIELDS(cornu_layer_cut_mix_args),
    CORNU_FIELD(cornu_layer_cut_mix_args, FLOATS, factor),
    CORNU_FIELD(cornu_layer_cut_mix_args, INT, seed),
    CORNU_FIELD_OMITTED(cornu_layer_cut_mix_args, STRING, data_format),
};

CORNU_LAYER_CLASS(cut_mix){
    CORNU_CLASS_ARGS(cut_mix, args, defaults, fields),
    .name = "CutMix",
    .init = init,
    .get_config = get_config,
    .call_many = call_many,
    .output_count = cornu_mixed_count_,
};

cornu_layer *cornu_layer_cut_mix_new(const cornu_layer_cut_mix_args *args) {
    return cornu_layer_create(&cornu_layer_cut_mix_class, args);
}
