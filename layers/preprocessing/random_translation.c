/* RandomTranslation: images moved at random.
 * keras/src/layers/preprocessing/image_preprocessing/random_translation.py */
#include "image_random.h"

typedef struct {
    cornu_layer base;
    cornu_layer_random_translation_args args;
    cornu_move move;
    cornu_draw height;
    cornu_draw width;
} random_translation;

static cornu_status init(void *object) {
    random_translation *self = object;
    const cornu_layer_random_translation_args *args = &self->args;
    const cornu_draw bounds = {-1, 1};
    CORNU_TRY(cornu_factor_read_(args->height_factor, "height_factor", bounds, NAN, &self->height));
    CORNU_TRY(cornu_factor_read_(args->width_factor, "width_factor", bounds, NAN, &self->width));
    return cornu_move_read_(
        &self->base, args->fill_mode, args->interpolation, args->fill_value, args->seed,
        args->data_format, &self->move
    );
}

/* One number for each image, [batch, 1, 1]. */
static cornu_tensor *draw(
    const random_translation *self, const cornu_tensor *images, cornu_draw range
) {
    cornu_tensor *drawn = cornu_draw_each_(self->move.seeds, images, range);
    return cornu_op_squeeze(drawn, cornu_axes(-1));
}

static cornu_tensor *change(random_translation *self, cornu_tensor *images) {
    int rows = self->move.channels_first ? 2 : 1;
    double height = (double)cornu_tensor_dim(images, rows);
    double width = (double)cornu_tensor_dim(images, rows + 1);
    cornu_tensor *down = cornu_op_multiply(draw(self, images, self->height), cornu_scalar(height));
    cornu_tensor *right = cornu_op_multiply(draw(self, images, self->width), cornu_scalar(width));
    cornu_tensor *zero = cornu_scalar(0), *one = cornu_scalar(1);
    cornu_tensor *matrix[6] = {one,  zero, cornu_op_negative(right),
                               zero, one,  cornu_op_negative(down)};
    return cornu_affine_(&self->move, images, matrix);
}

static cornu_tensor *call(
    cornu_layer *layer, cornu_tensor *const *inputs, const cornu_call_context *context
) {
    random_translation *self = (random_translation *)layer;
    bool single = false;
    cornu_tensor *images = cornu_images_(layer, inputs[0], &single);
    if (images != NULL && context->training) images = change(self, images);
    return cornu_images_back_(images, single);
}

static cornu_status get_config(const void *object, cornu_config *config) {
    const random_translation *self = object;
    CORNU_TRY(cornu_factor_write_(config, "height_factor", self->args.height_factor));
    return cornu_factor_write_(config, "width_factor", self->args.width_factor);
}

static const cornu_layer_random_translation_args defaults = {
    CORNU_LAYER_RANDOM_TRANSLATION_DEFAULTS};
static const cornu_field fields[] = {
    CORNU_LAYER_FIELDS(cornu_layer_random_translation_args),
    CORNU_FIELD(cornu_layer_random_translation_args, FLOATS, height_factor),
    CORNU_FIELD(cornu_layer_random_translation_args, FLOATS, width_factor),
    CORNU_FIELD(cornu_layer_random_translation_args, STRING, fill_mode),
    CORNU_FIELD(cornu_layer_random_translation_args, STRING, interpolation),
    CORNU_FIELD(cornu_layer_random_translation_args, INT, seed),
    CORNU_FIELD(cornu_layer_random_translation_args, FLOAT, fill_value),
    CORNU_FIELD(cornu_layer_random_translation_args, STRING, data_format),
};

CORNU_LAYER_CLASS(random_translation){
    CORNU_CLASS_ARGS(random_translation, args, defaults, fields),
    .name = "RandomTranslation",
    .init = init,
    .get_config = get_config,
    .call = call,
};

cornu_layer *cornu_layer_random_translation_new(const cornu_layer_random_translation_args *args) {
    return cornu_layer_create(&cornu_layer_random_translation_class, args);
}
