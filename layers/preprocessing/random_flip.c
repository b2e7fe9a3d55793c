/* RandomFlip: images mirrored at random.
 * keras/src/layers/preprocessing/image_preprocessing/random_flip.py */
#include "image_random.h"

#include <string.h>

typedef struct {
    cornu_layer base;
    cornu_layer_random_flip_args args;
    cornu_seed_generator *seeds;
    bool horizontal, vertical, channels_first;
} random_flip;

static cornu_status init(void *object) {
    random_flip *self = object;
    const char *mode = self->args.mode;
    bool both = strcmp(mode, "horizontal_and_vertical") == 0;
    self->horizontal = both || strcmp(mode, "horizontal") == 0;
    self->vertical = both || strcmp(mode, "vertical") == 0;
    if (!self->horizontal && !self->vertical)
        CORNU_FAIL(
            CORNU_EINVAL,
            "mode must be 'horizontal', 'vertical' or 'horizontal_and_vertical', got '%.50s'", mode
        );
    CORNU_TRY(cornu_is_channels_first(self->args.data_format, &self->channels_first));
    self->seeds = cornu_layer_add_seed(&self->base, self->args.seed);
    return self->seeds != NULL ? CORNU_OK : cornu_error_status();
}

/* An image is mirrored both ways or not at all. */
static cornu_tensor *call(
    cornu_layer *layer, cornu_tensor *const *inputs, const cornu_call_context *context
) {
    const random_flip *self = (random_flip *)layer;
    int columns = self->channels_first ? 3 : 2;
    bool single = false;
    cornu_tensor *x = cornu_images_(layer, inputs[0], &single);
    if (x == NULL || !context->training) return cornu_images_back_(x, single);
    cornu_tensor *chance = cornu_draw_each_(self->seeds, x, (cornu_draw){0, 1});
    cornu_tensor *chosen = cornu_op_less_equal(chance, cornu_scalar(0.5)), *mirrored = x;
    if (self->horizontal) mirrored = cornu_op_flip(mirrored, cornu_axes(columns));
    if (self->vertical) mirrored = cornu_op_flip(mirrored, cornu_axes(columns - 1));
    return cornu_images_back_(cornu_op_where(chosen, mirrored, x), single);
}

static const cornu_layer_random_flip_args defaults = {CORNU_LAYER_RANDOM_FLIP_DEFAULTS};
static const cornu_field fields[] = {
    CORNU_LAYER_FIELDS(cornu_layer_random_flip_args),
    CORNU_FIELD(cornu_layer_random_flip_args, STRING, data_format),
    CORNU_FIELD(cornu_layer_random_flip_args, INT, seed),
    CORNU_FIELD(cornu_layer_random_flip_args, STRING, mode),
};

CORNU_LAYER_CLASS(random_flip){
    CORNU_CLASS_ARGS(random_flip, args, defaults, fields),
    .name = "RandomFlip",
    .init = init,
    .call = call,
};

cornu_layer *cornu_layer_random_flip_new(const cornu_layer_random_flip_args *args) {
    return cornu_layer_create(&cornu_layer_random_flip_class, args);
}
