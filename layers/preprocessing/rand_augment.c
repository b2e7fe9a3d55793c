/* RandAugment: some of eleven changes of images, at random. Cubuk et al., "RandAugment" (2019).
 * keras/src/layers/preprocessing/image_preprocessing/rand_augment.py */
#include "changes.h"

typedef struct {
    cornu_change_layer base;
    cornu_layer_rand_augment_args args;
} rand_augment;

static cornu_status init(void *object) {
    rand_augment *self = object;
    const cornu_layer_rand_augment_args *args = &self->args;
    if (args->num_ops < 0 || args->num_ops > 1000)
        CORNU_FAIL(
            CORNU_EINVAL, "num_ops must be from 0 to 1000, got %lld", (long long)args->num_ops
        );
    self->base.settings = (cornu_change_settings){
        .interpolation = args->interpolation,
        .data_format = args->data_format,
        .dtype = args->dtype,
        .seed = args->seed,
        .colors = true,
    };
    return cornu_change_init_(&self->base, args->factor, 0.5, args->value_range);
}

static cornu_tensor *change(const cornu_change_layer *self, cornu_tensor *images) {
    int64_t count = ((const rand_augment *)self)->args.num_ops;
    for (int64_t op = 0; op < count && images != NULL; op++)
        images = cornu_change_any_(&self->changes, self->seeds, images, false);
    return images;
}

static cornu_tensor *call(
    cornu_layer *layer, cornu_tensor *const *inputs, const cornu_call_context *context
) {
    return cornu_change_call_(layer, inputs[0], context, change);
}

static const cornu_layer_rand_augment_args defaults = {CORNU_LAYER_RAND_AUGMENT_DEFAULTS};
static const cornu_field fields[] = {
    CORNU_LAYER_FIELDS(cornu_layer_rand_augment_args),
    CORNU_FIELD(cornu_layer_rand_augment_args, FLOATS, value_range),
    CORNU_FIELD(cornu_layer_rand_augment_args, INT, num_ops),
    CORNU_FIELD(cornu_layer_rand_augment_args, FLOATS, factor),
    CORNU_FIELD(cornu_layer_rand_augment_args, STRING, interpolation),
    CORNU_FIELD(cornu_layer_rand_augment_args, INT, seed),
    CORNU_FIELD_OMITTED(cornu_layer_rand_augment_args, STRING, data_format),
};

CORNU_LAYER_CLASS(rand_augment){
    CORNU_CLASS_ARGS(rand_augment, args, defaults, fields),
    .name = "RandAugment",
    .init = init,
    .get_config = cornu_change_get_config_,
    .build = cornu_change_build_,
    .call = call,
};

cornu_layer *cornu_layer_rand_augment_new(const cornu_layer_rand_augment_args *args) {
    return cornu_layer_create(&cornu_layer_rand_augment_class, args);
}
