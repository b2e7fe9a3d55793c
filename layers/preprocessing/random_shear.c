/* RandomShear: images sheared at random.
 * keras/src/layers/preprocessing/image_preprocessing/random_shear.py */
#include "image_random.h"

typedef struct {
    cornu_layer base;
    cornu_layer_random_shear_args args;
    cornu_move move;
    cornu_draw x;
    cornu_draw y;
} random_shear;

static cornu_status init(void *object) {
    random_shear *self = object;
    const cornu_layer_random_shear_args *args = &self->args;
    const cornu_draw bounds = {0, 1};
    CORNU_TRY(cornu_factor_read_(args->x_factor, "x_factor", bounds, 0, &self->x));
    CORNU_TRY(cornu_factor_read_(args->y_factor, "y_factor", bounds, 0, &self->y));
    /* one number f stands for -f to f here */
    if (args->x_factor.count == 1) self->x.low = -self->x.high;
    if (args->y_factor.count == 1) self->y.low = -self->y.high;
    return cornu_move_read_(
        &self->base, args->fill_mode, args->interpolation, args->fill_value, args->seed,
        args->data_format, &self->move
    );
}

/* One number for each image, [batch, 1, 1]. */
static cornu_tensor *draw(const random_shear *self, const cornu_tensor *images, cornu_draw range) {
    cornu_tensor *drawn = cornu_draw_each_(self->move.seeds, images, range);
    return cornu_op_squeeze(drawn, cornu_axes(-1));
}

static cornu_tensor *change(random_shear *self, cornu_tensor *images) {
    cornu_tensor *sign = draw(self, images, (cornu_draw){0, 1}), *one = cornu_op_ones_like(sign);
    cornu_tensor *zero = cornu_scalar(0);
    sign = cornu_op_where(cornu_op_greater(sign, cornu_scalar(0.5)), cornu_op_negative(one), one);
    cornu_tensor *y = cornu_op_multiply(draw(self, images, self->y), sign);
    cornu_tensor *x = cornu_op_multiply(draw(self, images, self->x), sign);
    cornu_tensor *matrix[6] = {one, x, zero, y, one, zero};
    return cornu_affine_(&self->move, images, matrix);
}

static cornu_tensor *call(
    cornu_layer *layer, cornu_tensor *const *inputs, const cornu_call_context *context
) {
    random_shear *self = (random_shear *)layer;
    bool single = false;
    cornu_tensor *images = cornu_images_(layer, inputs[0], &single);
    if (images != NULL && context->training) images = change(self, images);
    return cornu_images_back_(images, single);
}

static cornu_status write_factor(cornu_config *config, const char *name, cornu_floats given) {
    if (given.count == 0) return cornu_config_set_float(config, name, 0);
    return cornu_factor_write_(config, name, given);
}

static cornu_status get_config(const void *object, cornu_config *config) {
    const random_shear *self = object;
    CORNU_TRY(write_factor(config, "x_factor", self->args.x_factor));
    return write_factor(config, "y_factor", self->args.y_factor);
}

static const cornu_layer_random_shear_args defaults = {CORNU_LAYER_RANDOM_SHEAR_DEFAULTS};
static const cornu_field fields[] = {
    CORNU_LAYER_FIELDS(cornu_layer_random_shear_args),
    CORNU_FIELD(cornu_layer_random_shear_args, FLOATS, x_factor),
    CORNU_FIELD(cornu_layer_random_shear_args, FLOATS, y_factor),
    CORNU_FIELD(cornu_layer_random_shear_args, STRING, fill_mode),
    CORNU_FIELD(cornu_layer_random_shear_args, STRING, interpolation),
    CORNU_FIELD(cornu_layer_random_shear_args, INT, seed),
    CORNU_FIELD(cornu_layer_random_shear_args, FLOAT, fill_value),
    CORNU_FIELD(cornu_layer_random_shear_args, STRING, data_format),
};

CORNU_LAYER_CLASS(random_shear){
    CORNU_CLASS_ARGS(random_shear, args, defaults, fields),
    .name = "RandomShear",
    .init = init,
    .get_config = get_config,
    .call = call,
};

cornu_layer *cornu_layer_random_shear_new(const cornu_layer_random_shear_args *args) {
    return cornu_layer_create(&cornu_layer_random_shear_class, args);
}
