/* RandomPerspective: the corners of images moved at random.
 * keras/src/layers/preprocessing/image_preprocessing/random_perspective.py */
#include "augment.h"

typedef struct {
    cornu_layer base;
    cornu_layer_random_perspective_args args;
    cornu_move move;
    cornu_draw factor;
} random_perspective;

static cornu_status init(void *object) {
    random_perspective *self = object;
    const cornu_layer_random_perspective_args *args = &self->args;
    const cornu_draw unit = {0, 1};
    CORNU_TRY(cornu_share_read_(args->factor, "factor", unit, &self->factor));
    if (!(args->scale >= 0 && args->scale <= 1))
        CORNU_FAIL(CORNU_EINVAL, "scale must be from 0 to 1, got %g", args->scale);
    return cornu_move_read_(
        &self->base, "constant", args->interpolation, args->fill_value, args->seed,
        args->data_format, &self->move
    );
}

static cornu_tensor *plus(cornu_tensor *a, cornu_tensor *b) { return cornu_op_add(a, b); }
static cornu_tensor *minus(cornu_tensor *a, cornu_tensor *b) { return cornu_op_subtract(a, b); }
static cornu_tensor *times(cornu_tensor *a, cornu_tensor *b) { return cornu_op_multiply(a, b); }
/* a d - b c */
static cornu_tensor *cross(cornu_tensor *a, cornu_tensor *b, cornu_tensor *c, cornu_tensor *d) {
    return minus(times(a, d), times(b, c));
}

/* Where a corner at `size` comes to lie along one axis, [batch, 1, 1]: its coordinate times 1 plus
 * a number drawn. A coordinate of 0 stays. */
static cornu_tensor *moved(random_perspective *self, cornu_tensor *images, double size) {
    double most = 0.5 * self->args.scale;
    cornu_tensor *drawn = cornu_draw_each_(self->move.seeds, images, (cornu_draw){-most, most});
    drawn = cornu_op_squeeze(drawn, cornu_axes(-1));
    return times(plus(drawn, cornu_scalar(1)), cornu_scalar(size));
}

/* The image as seen after the corners (0, 0), (w, 0), (0, h), (w, h) have moved to (0, 0), p, q, r.
 * The unit square to that quadrangle is the projective map ((a u + b v) / k, (d u + e v) / k) with
 * k = g u + i v + 1 (Heckbert, "Fundamentals of Texture Mapping and Image Warping", 1989); its
 * inverse says where each pixel of the result comes from. */
static cornu_tensor *change(random_perspective *self, cornu_tensor *images) {
    cornu_tensor *chosen = cornu_chosen_(self->move.seeds, images, self->factor);
    images = cornu_to_channels_last_(images, self->move.channels_first);
    if (images == NULL) return NULL;
    cornu_shape shape = *cornu_tensor_shape(images);
    cornu_dtype dtype = cornu_tensor_dtype(images);
    double h = (double)shape.dims[1] - 1, w = (double)shape.dims[2] - 1;
    if (cornu_tensor_size(images) == 0)
        return cornu_from_channels_last_(images, self->move.channels_first);
    if (h < 1 || w < 1)
        CORNU_FAIL_NULL(
            CORNU_ESHAPE, "takes images of two rows and two columns or more, got %lld and %lld",
            (long long)shape.dims[1], (long long)shape.dims[2]
        );
    cornu_tensor *px = moved(self, images, w), *qy = moved(self, images, h);
    cornu_tensor *rx = moved(self, images, w), *ry = moved(self, images, h);
    /* p = (px, 0), q = (0, qy) */
    cornu_tensor *sx = minus(rx, px), *sy = minus(ry, qy);         /* r - p - q */
    cornu_tensor *ax = minus(px, rx), *ay = cornu_op_negative(ry); /* p - r */
    cornu_tensor *bx = cornu_op_negative(rx), *by = minus(qy, ry); /* q - r */
    cornu_tensor *area = cross(ax, ay, bx, by);
    cornu_tensor *g = cornu_op_divide(cross(sx, sy, bx, by), area);
    cornu_tensor *i = cornu_op_divide(cross(ax, ay, sx, sy), area);
    cornu_tensor *a = plus(px, times(g, px)), *e = plus(qy, times(i, qy));
    /* b and d are 0: u = e x / n, v = a y / n, n = a e - e g x - a i y */
    cornu_tensor *x =
        cornu_op_reshape(cornu_op_arange(0, w + 1, 1, dtype), cornu_shape(1, 1, shape.dims[2]));
    cornu_tensor *y =
        cornu_op_reshape(cornu_op_arange(0, h + 1, 1, dtype), cornu_shape(1, shape.dims[1], 1));
    cornu_tensor *u = times(e, x), *v = times(a, y);
    cornu_tensor *n = minus(minus(times(a, e), times(g, u)), times(i, v));
    cornu_tensor *from_x = cornu_op_divide(times(u, cornu_scalar(w)), n);
    cornu_tensor *from_y = cornu_op_divide(times(v, cornu_scalar(h)), n);
    images = cornu_op_where(chosen, cornu_pixels_at_(&self->move, images, from_x, from_y), images);
    return cornu_from_channels_last_(images, self->move.channels_first);
}

static cornu_tensor *call(
    cornu_layer *layer, cornu_tensor *const *inputs, const cornu_call_context *context
) {
    bool single;
    cornu_tensor *images = cornu_images_(layer, inputs[0], &single);
    if (images != NULL && context->training) images = change((random_perspective *)layer, images);
    return cornu_images_back_(images, single);
}

static cornu_status get_config(const void *object, cornu_config *config) {
    const random_perspective *self = object;
    if (self->move.channels_first)
        CORNU_TRY(cornu_config_set_string(config, "data_format", self->args.data_format));
    return cornu_draw_write_(config, "factor", self->factor);
}

static const cornu_layer_random_perspective_args defaults = {
    CORNU_LAYER_RANDOM_PERSPECTIVE_DEFAULTS};
static const cornu_field fields[] = {
    CORNU_LAYER_FIELDS(cornu_layer_random_perspective_args),
    CORNU_FIELD(cornu_layer_random_perspective_args, FLOATS, factor),
    CORNU_FIELD(cornu_layer_random_perspective_args, FLOAT, scale),
    CORNU_FIELD(cornu_layer_random_perspective_args, STRING, interpolation),
    CORNU_FIELD(cornu_layer_random_perspective_args, FLOAT, fill_value),
    CORNU_FIELD(cornu_layer_random_perspective_args, INT, seed),
    CORNU_FIELD_OMITTED(cornu_layer_random_perspective_args, STRING, data_format),
};

CORNU_LAYER_CLASS(random_perspective){
    CORNU_CLASS_ARGS(random_perspective, args, defaults, fields),
    .name = "RandomPerspective",
    .init = init,
    .get_config = get_config,
    .call = call,
};

cornu_layer *cornu_layer_random_perspective_new(const cornu_layer_random_perspective_args *args) {
    return cornu_layer_create(&cornu_layer_random_perspective_class, args);
}
