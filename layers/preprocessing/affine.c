/* Images through an affine map: each pixel of the result is looked up in the image, between pixels
 * and beyond the border. keras/src/backend/numpy/image.py: affine_transform, map_coordinates */
#include "image_random.h"

#include <string.h>

cornu_status cornu_move_read_(
    cornu_layer *layer, const char *fill_mode, const char *interpolation, double fill_value,
    int64_t seed, const char *data_format, cornu_move *move
) {
    static const char *const fills[] = {"reflect", "wrap", "nearest", "constant"};
    int fill = 0;
    while (fill < 4 && strcmp(fill_mode, fills[fill]) != 0) fill++;
    if (fill == 4)
        CORNU_FAIL(
            CORNU_EINVAL,
            "fill_mode must be 'reflect', 'wrap', 'nearest' or 'constant', got '%.50s'", fill_mode
        );
    *move = (cornu_move){.nearest = strcmp(interpolation, "nearest") == 0, .value = fill_value};
    move->fill = fill;
    if (!move->nearest && strcmp(interpolation, "bilinear") != 0)
        CORNU_FAIL(
            CORNU_EINVAL, "interpolation must be 'bilinear' or 'nearest', got '%.50s'",
            interpolation
        );
    CORNU_TRY(cornu_is_channels_first(data_format, &move->channels_first));
    move->seeds = cornu_layer_add_seed(layer, seed);
    return move->seeds != NULL ? CORNU_OK : cornu_error_status();
}

/* Whole places, whatever their size, as places inside 0 .. size - 1. */
static cornu_tensor *inside(const cornu_move *move, cornu_tensor *places, int64_t size) {
    double period = 2 * (double)size;
    switch (move->fill) {
    case CORNU_FILL_WRAP:
        return cornu_op_mod(
            places, cornu_op_full(cornu_shape(), (double)size, cornu_tensor_dtype(places))
        );
    case CORNU_FILL_REFLECT: { /* the border itself is doubled: d c b a | a b c d | d c b a */
        cornu_tensor *length = cornu_op_full(cornu_shape(), period, cornu_tensor_dtype(places));
        cornu_tensor *m = cornu_op_mod(places, length);
        return cornu_op_minimum(m, cornu_op_subtract(cornu_scalar(period - 1), m));
    }
    default:
        return cornu_op_clip(places, 0, (double)size - 1);
    }
}

/* The pixels [batch, rows, columns, channels] at whole places [batch, rows, columns]. */
static cornu_tensor *pixels(
    const cornu_move *move, cornu_tensor *images, cornu_tensor *x, cornu_tensor *y
) {
    const cornu_shape *shape = cornu_tensor_shape(images);
    int64_t batch = shape->dims[0], rows = shape->dims[1], columns = shape->dims[2];
    cornu_tensor *all =
        cornu_op_reshape(images, cornu_shape(batch * rows * columns, shape->dims[3]));
    cornu_tensor *column = cornu_op_cast(inside(move, x, columns), CORNU_INT32);
    cornu_tensor *row = cornu_op_cast(inside(move, y, rows), CORNU_INT32);
    cornu_tensor *image = cornu_op_reshape(
        cornu_op_arange(0, (double)batch, 1, CORNU_INT32), cornu_shape(batch, 1, 1)
    );
    cornu_tensor *at =
        cornu_op_add(cornu_op_multiply(image, cornu_scalar_of(CORNU_INT32, (double)rows)), row);
    at = cornu_op_add(cornu_op_multiply(at, cornu_scalar_of(CORNU_INT32, (double)columns)), column);
    cornu_tensor *found = cornu_op_take(all, at, 0);
    if (move->fill != CORNU_FILL_CONSTANT) return found;
    cornu_tensor *valid = cornu_op_logical_and(
        cornu_op_equal(inside(move, x, columns), x), cornu_op_equal(inside(move, y, rows), y)
    );
    return cornu_op_where(
        cornu_op_expand_dims(valid, -1), found,
        cornu_op_multiply(cornu_op_ones_like(found), cornu_scalar(move->value))
    );
}

/* One pixel of the four around a place, times its weight. */
static cornu_tensor *corner(
    const cornu_move *move, cornu_tensor *images, cornu_tensor *const places[2],
    cornu_tensor *const weights[2]
) {
    cornu_tensor *weight = cornu_op_expand_dims(cornu_op_multiply(weights[0], weights[1]), -1);
    return cornu_op_multiply(pixels(move, images, places[0], places[1]), weight);
}

static cornu_tensor *between(
    const cornu_move *move, cornu_tensor *images, cornu_tensor *x, cornu_tensor *y
) {
    cornu_tensor *at[2] = {x, y}, *low[2], *high[2], *near[2], *far[2], *sum = NULL;
    for (int i = 0; i < 2; i++) {
        low[i] = cornu_op_floor(at[i]);
        high[i] = cornu_op_add(low[i], cornu_scalar(1));
        far[i] = cornu_op_subtract(at[i], low[i]);
        near[i] = cornu_op_subtract(cornu_scalar(1), far[i]);
    }
    for (int k = 0; k < 4; k++) {
        cornu_tensor *places[2] = {k & 1 ? high[0] : low[0], k & 2 ? high[1] : low[1]};
        cornu_tensor *weights[2] = {k & 1 ? far[0] : near[0], k & 2 ? far[1] : near[1]};
        cornu_tensor *part = corner(move, images, places, weights);
        sum = sum != NULL ? cornu_op_add(sum, part) : part;
        if (sum == NULL) return NULL;
    }
    return sum;
}

cornu_tensor *cornu_pixels_at_(
    const cornu_move *move, cornu_tensor *images, cornu_tensor *x, cornu_tensor *y
) {
    if (images == NULL || x == NULL || y == NULL) return NULL;
    if (cornu_tensor_size(images) > INT32_MAX)
        CORNU_FAIL_NULL(CORNU_ESHAPE, "a batch of more than %d numbers", INT32_MAX);
    return move->nearest ? pixels(move, images, cornu_op_round(x), cornu_op_round(y))
                         : between(move, images, x, y);
}

/* a x + b y + c for every pixel, [batch, rows, columns]. */
static cornu_tensor *linear(
    cornu_tensor *x, cornu_tensor *y, cornu_tensor *const matrix[3], cornu_shape shape
) {
    cornu_tensor *sum =
        cornu_op_add(cornu_op_multiply(matrix[0], x), cornu_op_multiply(matrix[1], y));
    return cornu_op_broadcast_to(cornu_op_add(sum, matrix[2]), shape);
}

cornu_tensor *cornu_affine_(
    const cornu_move *move, cornu_tensor *images, cornu_tensor *const matrix[6]
) {
    if (move->channels_first) images = cornu_op_transpose(images, cornu_axes(0, 2, 3, 1));
    if (images == NULL) return NULL;
    cornu_shape shape = *cornu_tensor_shape(images);
    cornu_dtype dtype = cornu_tensor_dtype(images);
    if (cornu_tensor_size(images) > 0) {
        cornu_tensor *x = cornu_op_reshape(
            cornu_op_arange(0, (double)shape.dims[2], 1, dtype), cornu_shape(1, 1, shape.dims[2])
        );
        cornu_tensor *y = cornu_op_reshape(
            cornu_op_arange(0, (double)shape.dims[1], 1, dtype), cornu_shape(1, shape.dims[1], 1)
        );
        cornu_shape places = cornu_shape(shape.dims[0], shape.dims[1], shape.dims[2]);
        cornu_tensor *from_x = linear(x, y, matrix, places);
        cornu_tensor *from_y = linear(x, y, matrix + 3, places);
        images = cornu_pixels_at_(move, images, from_x, from_y);
    }
    return move->channels_first ? cornu_op_transpose(images, cornu_axes(0, 3, 1, 2)) : images;
}
