/* RandomRotation: images turned at random.
 * keras/src/layers/preprocessing/image_preprocessing/random_rotation.py */
#include "image_random.h"

typedef struct {
    cornu_layer base;
    cornu_layer_random_rotation_args args;
    cornu_move move;
    cornu_draw factor;
} random_rotation;

static cornu_status init(void *object) {
    random_rotation *self = object;
    const cornu_layer_random_rotation_args *args = &self->args;
    const cornu_draw bounds = {-1, 1};
    CORNU_TRY(cornu_base_factor_read_(args->factor, "factor", bounds, NAN, &self->factor));
    return cornu_move_read_(
        &self->base, args->fill_mode, args->interpolation, args->fill_value, args->seed,
        args->data_format, &self->move
    );
}

/* One number for each image, [batch, 1, 1]. */
static cornu_tensor *draw(
    const random_rotation *self, const cornu_tensor *images, cornu_draw range
) {
    cornu_tensor *drawn = cornu_draw_each_(self->move.seeds, images, range);
    return cornu_op_squeeze(drawn, cornu_axes(-1));
}

static cornu_tensor *change(random_rotation *self, cornu_tensor *images) {
    const double turn = 2 * 3.14159265358979323846;
    int rows = self->move.channels_first ? 2 : 1;
    double height = (double)cornu_tensor_dim(images, rows);
    double width = (double)cornu_tensor_dim(images, rows + 1);
    cornu_tensor *angle = cornu_op_multiply(draw(self, images, self->factor), cornu_scalar(turn));
    cornu_tensor *cosine = cornu_op_cos(angle), *sine = cornu_op_sin(angle);
    cornu_tensor *x = cornu_scalar((width - 1) / 2), *y = cornu_scalar((height - 1) / 2);
    /* the middle stays where it is */
    cornu_tensor *right = cornu_op_subtract(
        x, cornu_op_subtract(cornu_op_multiply(cosine, x), cornu_op_multiply(sine, y))
    );
    cornu_tensor *down = cornu_op_subtract(
        y, cornu_op_add(cornu_op_multiply(sine, x), cornu_op_multiply(cosine, y))
    );
    cornu_tensor *matrix[6] = {cosine, cornu_op_negative(sine), right, sine, cosine, down};
    return cornu_affine_(&self->move, images, matrix);
}

static cornu_tensor *call(
    cornu_layer *layer, cornu_tensor *const *inputs, const cornu_call_context *context
) {
    random_rotation *self = (random_rotation *)layer;
    bool single = false;
    cornu_tensor *images = cornu_images_(layer, inputs[0], &single);
    if (images != NULL && context->training) images = change(self, images);
    return cornu_images_back_(images, single);
}

static cornu_status get_config(const void *object, cornu_config *config) {
    const random_rotation *self = object;
    return cornu_draw_write_(config, "factor", self->factor);
}

static const cornu_layer_random_rotation_args defaults = {CORNU_LAYER_RANDOM_ROTATION_DEFAULTS};
static const cornu_field fields[] = {
    CORNU_LAYER_FIELDS(cornu_layer_random_rotation_args),
    CORNU_FIELD(cornu_layer_random_rotation_args, FLOATS, factor),
    CORNU_FIELD(cornu_layer_random_rotation_args, STRING, fill_mode),
    CORNU_FIELD(cornu_layer_random_rotation_args, STRING, interpolation),
    CORNU_FIELD(cornu_layer_random_rotation_args, INT, seed),
    CORNU_FIELD(cornu_layer_random_rotation_args, FLOAT, fill_value),
    CORNU_FIELD(cornu_layer_random_rotation_args, STRING, data_format),
};

CORNU_LAYER_CLASS(random_rotation){
    CORNU_CLASS_ARGS(random_rotation, args, defaults, fields),
    .name = "RandomRotation",
    .init = init,
    .get_config = get_config,
    .call = call,
};

cornu_layer *cornu_layer_random_rotation_new(const cornu_layer_random_rotation_args *args) {
    return cornu_layer_create(&cornu_layer_random_rotation_class, args);
}
