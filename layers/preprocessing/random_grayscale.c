/* RandomGrayscale: images made grey with a probability.
 * keras/src/layers/preprocessing/image_preprocessing/random_grayscale.py */
#include "image_random.h"

typedef struct {
    cornu_layer base;
    cornu_layer_random_grayscale_args args;
    cornu_seed_generator *seeds;
    bool channels_first;
} random_grayscale;

static cornu_status init(void *object) {
    random_grayscale *self = object;
    if (!(self->args.factor >= 0 && self->args.factor <= 1))
        CORNU_FAIL(CORNU_EINVAL, "factor must be from 0 to 1, got %g", self->args.factor);
    CORNU_TRY(cornu_is_channels_first(self->args.data_format, &self->channels_first));
    self->seeds = cornu_layer_add_seed(&self->base, self->args.seed);
    return self->seeds != NULL ? CORNU_OK : cornu_error_status();
}

static cornu_tensor *call(
    cornu_layer *layer, cornu_tensor *const *inputs, const cornu_call_context *context
) {
    const random_grayscale *self = (random_grayscale *)layer;
    bool single = false;
    cornu_tensor *x = cornu_images_(layer, inputs[0], &single);
    if (x == NULL || !context->training) return cornu_images_back_(x, single);
    cornu_tensor *chance = cornu_draw_each_(self->seeds, x, (cornu_draw){0, 1});
    cornu_tensor *grey = cornu_rgb_to_grayscale_(x, self->channels_first);
    cornu_tensor *chosen = cornu_op_less(chance, cornu_scalar(self->args.factor));
    return cornu_images_back_(cornu_op_where(chosen, grey, x), single);
}

static const cornu_layer_random_grayscale_args defaults = {CORNU_LAYER_RANDOM_GRAYSCALE_DEFAULTS};
static const cornu_field fields[] = {
    CORNU_LAYER_FIELDS(cornu_layer_random_grayscale_args),
    CORNU_FIELD(cornu_layer_random_grayscale_args, FLOAT, factor),
    CORNU_FIELD_OMITTED(cornu_layer_random_grayscale_args, INT, seed),
    CORNU_FIELD_OMITTED(cornu_layer_random_grayscale_args, STRING, data_format),
};

CORNU_LAYER_CLASS(random_grayscale){
    CORNU_CLASS_ARGS(random_grayscale, args, defaults, fields),
    .name = "RandomGrayscale",
    .init = init,
    .call = call,
};

cornu_layer *cornu_layer_random_grayscale_new(const cornu_layer_random_grayscale_args *args) {
    return cornu_layer_create(&cornu_layer_random_grayscale_class, args);
}
