/* RandomZoom: images larger or smaller at random.
 * keras/src/layers/preprocessing/image_preprocessing/random_zoom.py */
#include "image_random.h"

typedef struct {
    cornu_layer base;
    cornu_layer_random_zoom_args args;
    cornu_move move;
    cornu_draw height;
    cornu_draw width;
} random_zoom;

static cornu_status init(void *object) {
    random_zoom *self = object;
    const cornu_layer_random_zoom_args *args = &self->args;
    const cornu_draw bounds = {-1, 1};
    CORNU_TRY(cornu_factor_read_(args->height_factor, "height_factor", bounds, NAN, &self->height));
    CORNU_TRY(cornu_factor_read_(args->width_factor, "width_factor", bounds, 0, &self->width));
    return cornu_move_read_(
        &self->base, args->fill_mode, args->interpolation, args->fill_value, args->seed,
        args->data_format, &self->move
    );
}

/* One number for each image, [batch, 1, 1]. */
static cornu_tensor *draw(const random_zoom *self, const cornu_tensor *images, cornu_draw range) {
    cornu_tensor *drawn = cornu_draw_each_(self->move.seeds, images, range);
    return cornu_op_squeeze(drawn, cornu_axes(-1));
}

/* What keeps the middle where it is. */
static cornu_tensor *offset(cornu_tensor *zoom, double size) {
    return cornu_op_multiply(
        cornu_op_subtract(cornu_scalar(1), zoom), cornu_scalar((size - 1) / 2)
    );
}

static cornu_tensor *change(random_zoom *self, cornu_tensor *images) {
    int rows = self->move.channels_first ? 2 : 1;
    double height = (double)cornu_tensor_dim(images, rows);
    double width = (double)cornu_tensor_dim(images, rows + 1);
    cornu_draw rows_zoom = {1 + self->height.low, 1 + self->height.high};
    cornu_draw columns_zoom = {1 + self->width.low, 1 + self->width.high};
    cornu_tensor *y = draw(self, images, rows_zoom), *zero = cornu_scalar(0);
    /* without a factor of its own the width goes with the height */
    cornu_tensor *x = self->args.width_factor.count > 0 ? draw(self, images, columns_zoom) : y;
    cornu_tensor *matrix[6] = {x, zero, offset(x, width), zero, y, offset(y, height)};
    return cornu_affine_(&self->move, images, matrix);
}

static cornu_tensor *call(
    cornu_layer *layer, cornu_tensor *const *inputs, const cornu_call_context *context
) {
    random_zoom *self = (random_zoom *)layer;
    bool single = false;
    cornu_tensor *images = cornu_images_(layer, inputs[0], &single);
    if (images != NULL && context->training) images = change(self, images);
    return cornu_images_back_(images, single);
}

static cornu_status get_config(const void *object, cornu_config *config) {
    const random_zoom *self = object;
    CORNU_TRY(cornu_factor_write_(config, "height_factor", self->args.height_factor));
    return cornu_factor_write_(config, "width_factor", self->args.width_factor);
}

static const cornu_layer_random_zoom_args defaults = {CORNU_LAYER_RANDOM_ZOOM_DEFAULTS};
static const cornu_field fields[] = {
    CORNU_LAYER_FIELDS(cornu_layer_random_zoom_args),
    CORNU_FIELD(cornu_layer_random_zoom_args, FLOATS, height_factor),
    CORNU_FIELD(cornu_layer_random_zoom_args, FLOATS, width_factor),
    CORNU_FIELD(cornu_layer_random_zoom_args, STRING, fill_mode),
    CORNU_FIELD(cornu_layer_random_zoom_args, STRING, interpolation),
    CORNU_FIELD(cornu_layer_random_zoom_args, INT, seed),
    CORNU_FIELD(cornu_layer_random_zoom_args, FLOAT, fill_value),
    CORNU_FIELD(cornu_layer_random_zoom_args, STRING, data_format),
};

CORNU_LAYER_CLASS(random_zoom){
    CORNU_CLASS_ARGS(random_zoom, args, defaults, fields),
    .name = "RandomZoom",
    .init = init,
    .get_config = get_config,
    .call = call,
};

cornu_layer *cornu_layer_random_zoom_new(const cornu_layer_random_zoom_args *args) {
    return cornu_layer_create(&cornu_layer_random_zoom_class, args);
}
