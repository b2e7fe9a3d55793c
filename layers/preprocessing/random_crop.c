/* RandomCrop: a window of images at a random place.
 * keras/src/layers/preprocessing/image_preprocessing/random_crop.py */
#include "image.h"
#include "image_random.h"

typedef struct {
    cornu_layer base;
    cornu_layer_random_crop_args args;
    cornu_seed_generator *seeds;
} random_crop;

static cornu_status init(void *object) {
    random_crop *self = object;
    cornu_layer_random_crop_args *args = &self->args;
    CORNU_TRY(cornu_image_check_(args->height, args->width, args->data_format));
    /* Keras writes the seed that it took into the config */
    if (args->seed == CORNU_NONE) args->seed = cornu_random_next_seed();
    self->seeds = cornu_layer_add_seed(&self->base, args->seed);
    return self->seeds != NULL ? CORNU_OK : cornu_error_status();
}

/* `size` places along an axis from a random one on. */
static cornu_tensor *random_window(
    const random_crop *self, cornu_tensor *x, int axis, int64_t size
) {
    if (x == NULL) return NULL;
    double places = (double)(cornu_tensor_dim(x, axis) - size + 1);
    cornu_tensor *start = cornu_random_uniform_from(
        cornu_seed_generator_next(self->seeds), cornu_shape(1), CORNU_INT32, 0, places
    );
    cornu_tensor *rest = cornu_op_arange(0, (double)size, 1, CORNU_INT32);
    return cornu_op_take(x, cornu_op_add(rest, start), axis);
}

/* The side that goes with `other` in the ratio that is wanted, at most `limit`. */
static int64_t in_ratio(int64_t other, int64_t size, int64_t other_size, int64_t limit) {
    int64_t side = (int64_t)((double)(other * size) / (double)other_size);
    side = side < limit ? side : limit;
    return side > 1 ? side : 1;
}

/* `size` places, or as many as there are, from where a side of `cropped` in the middle begins. */
static cornu_tensor *middle(cornu_tensor *x, int axis, int64_t cropped, int64_t size) {
    if (x == NULL) return NULL;
    int64_t length = cornu_tensor_dim(x, axis), start = (length - cropped) / 2;
    return cornu_image_window_(x, axis, start, size < length - start ? size : length - start);
}

static cornu_tensor *crop(const random_crop *self, cornu_tensor *x, int rows, int columns) {
    const cornu_layer_random_crop_args *args = &self->args;
    int64_t height = args->height, width = args->width;
    int64_t h = cornu_tensor_dim(x, rows), w = cornu_tensor_dim(x, columns);
    if (h > height && w > width)
        return random_window(self, random_window(self, x, rows, height), columns, width);
    x = middle(x, rows, in_ratio(w, height, width, h), height);
    x = middle(x, columns, in_ratio(h, width, height, w), width);
    if (x == NULL) return NULL;
    if (cornu_tensor_dim(x, rows) == height && cornu_tensor_dim(x, columns) == width) return x;
    return cornu_op_image_resize(
        x, .rows = height, .columns = width, .data_format = args->data_format
    );
}

static cornu_tensor *call(
    cornu_layer *layer, cornu_tensor *const *inputs, const cornu_call_context *context
) {
    const random_crop *self = (random_crop *)layer;
    int rows, columns;
    cornu_tensor *x = cornu_op_cast(inputs[0], layer->compute_dtype);
    if (x == NULL || cornu_image_axes_(x, self->args.data_format, &rows, &columns) != CORNU_OK)
        return NULL;
    return context->training ? crop(self, x, rows, columns) : x;
}

/* What training gives: the layers behind are built for that. */
static cornu_status output_shape(
    const cornu_layer *layer, const cornu_shape *inputs, size_t count, cornu_shape *output
) {
    const cornu_layer_random_crop_args *args = &((const random_crop *)layer)->args;
    char text[256];
    bool channels_first;
    if (count != 1 || (inputs[0].rank != 3 && inputs[0].rank != 4))
        CORNU_FAIL(
            CORNU_ESHAPE, "takes one image of three axes or a batch of four, got the shape %s",
            cornu_shape_format(inputs, text, sizeof text)
        );
    CORNU_TRY(cornu_is_channels_first(args->data_format, &channels_first));
    int rows = inputs[0].rank - (channels_first ? 2 : 3);
    *output = inputs[0];
    output->dims[rows] = args->height;
    output->dims[rows + 1] = args->width;
    return CORNU_OK;
}

static const cornu_layer_random_crop_args defaults = {CORNU_LAYER_RANDOM_CROP_DEFAULTS};
static const cornu_field fields[] = {
    CORNU_LAYER_FIELDS(cornu_layer_random_crop_args),
    CORNU_FIELD(cornu_layer_random_crop_args, STRING, data_format),
    CORNU_FIELD(cornu_layer_random_crop_args, INT, height),
    CORNU_FIELD(cornu_layer_random_crop_args, INT, width),
    CORNU_FIELD(cornu_layer_random_crop_args, INT, seed),
};

CORNU_LAYER_CLASS(random_crop){
    CORNU_CLASS_ARGS(random_crop, args, defaults, fields),
    .name = "RandomCrop",
    .init = init,
    .call = call,
    .output_shape = output_shape,
};

cornu_layer *cornu_layer_random_crop_new(const cornu_layer_random_crop_args *args) {
    return cornu_layer_create(&cornu_layer_random_crop_class, args);
}
