/* Operations on images, [batch, rows, columns, channels] or one of them.
 * Keras: keras/src/ops/image.py. */
#include <string.h>

#include "model/operation.h"

/* The axes of rows, columns and channels. */
typedef struct {
    int rows, columns, channels;
    const char *data_format;
} image_axes;

static cornu_tensor *images_of(const cornu_operation_call *call, image_axes *axes) {
    bool channels_first;
    axes->data_format = NULL;
    cornu_tensor *x = cornu_operation_tensor_(call, 0, "images");
    if (x == NULL || cornu_operation_text_(call, "data_format", &axes->data_format) != CORNU_OK ||
        cornu_is_channels_first(axes->data_format, &channels_first) != CORNU_OK)
        return NULL;
    int rank = cornu_tensor_rank(x);
    if (rank != 3 && rank != 4)
        CORNU_FAIL_NULL(CORNU_ESHAPE, "wants images of three axes or four, got %d", rank);
    axes->rows = channels_first ? rank - 2 : rank - 3;
    axes->columns = axes->rows + 1;
    axes->channels = channels_first ? rank - 3 : rank - 1;
    return x;
}

/* Integers are rounded, and stop at the ends of their range (cornu_op_cast). */
static cornu_tensor *back_to(cornu_tensor *y, cornu_dtype dtype) {
    if (!cornu_dtype_is_float(dtype)) y = cornu_op_round(y);
    return cornu_op_cast(y, dtype);
}

/* The size that belongs to `other` in the ratio of the targets. */
static int64_t in_ratio(int64_t other, int64_t target, int64_t other_target) {
    return (int64_t)((double)(other * target) / (double)other_target);
}
static int64_t within(int64_t size, int64_t most) {
    return size > most ? most : size > 1 ? size : 1;
}

/* The largest window in the middle with the ratio of the new size. */
static cornu_tensor *crop_to_ratio(cornu_tensor *x, const image_axes *axes, cornu_shape size) {
    int64_t h = cornu_tensor_dim(x, axes->rows), w = cornu_tensor_dim(x, axes->columns);
    int64_t rows = within(in_ratio(w, size.dims[0], size.dims[1]), h);
    int64_t columns = within(in_ratio(h, size.dims[1], size.dims[0]), w);
    int64_t top = (h - rows) / 2, left = (w - columns) / 2;
    x = cornu_part_(x, axes->rows, top, top + rows);
    return cornu_part_(x, axes->columns, left, left + columns);
}

/* As much at both ends of the short side as brings it close to that ratio. */
static cornu_tensor *pad_to_ratio(
    cornu_tensor *x, const image_axes *axes, cornu_shape size, double value
) {
    int64_t ends[CORNU_MAX_RANK] = {0};
    int64_t h = cornu_tensor_dim(x, axes->rows), w = cornu_tensor_dim(x, axes->columns);
    int64_t rows = in_ratio(w, size.dims[0], size.dims[1]) - h;
    int64_t columns = in_ratio(h, size.dims[1], size.dims[0]) - w;
    ends[axes->rows] = rows > 0 ? rows / 2 : 0;
    ends[axes->columns] = columns > 0 ? columns / 2 : 0;
    return cornu_op_pad(x, ends, ends, CORNU_PAD_CONSTANT, value);
}

static cornu_tensor *resize(const cornu_operation_call *call) {
    image_axes axes;
    cornu_shape size = {0};
    const char *interpolation = "bilinear", *fill_mode = NULL;
    bool antialias = false, crop = false, pad = false;
    double fill_value = 0;
    cornu_tensor *x = images_of(call, &axes);
    if (x == NULL || cornu_operation_sizes_(call, CORNU_SETTING, "size", &size) != CORNU_OK ||
        cornu_operation_text_(call, "interpolation", &interpolation) != CORNU_OK ||
        cornu_operation_bool_(call, CORNU_SETTING, "antialias", &antialias) != CORNU_OK ||
        cornu_operation_bool_(call, CORNU_SETTING, "crop_to_aspect_ratio", &crop) != CORNU_OK ||
        cornu_operation_bool_(call, CORNU_SETTING, "pad_to_aspect_ratio", &pad) != CORNU_OK ||
        cornu_operation_text_(call, "fill_mode", &fill_mode) != CORNU_OK ||
        cornu_operation_number_(call, CORNU_SETTING, "fill_value", &fill_value) != CORNU_OK)
        return NULL;
    if (size.rank != 2) CORNU_FAIL_NULL(CORNU_EFORMAT, "'size' must be two numbers");
    if (size.dims[0] < 1 || size.dims[1] < 1 || size.dims[0] > 1 << 20 || size.dims[1] > 1 << 20)
        CORNU_FAIL_NULL(CORNU_EINVAL, "'size' must be two numbers from 1 to %d", 1 << 20);
    if ((crop && pad) || (fill_mode != NULL && strcmp(fill_mode, "constant") != 0))
        CORNU_FAIL_NULL(
            CORNU_EINVAL, "'fill_mode' must be constant, and only one of 'crop_to_aspect_ratio' "
                          "and 'pad_to_aspect_ratio' true"
        );
    cornu_dtype dtype = cornu_tensor_dtype(x);
    if (!cornu_dtype_is_float(dtype)) x = cornu_op_cast(x, CORNU_FLOAT32);
    if (crop) x = crop_to_ratio(x, &axes, size);
    if (pad) x = pad_to_ratio(x, &axes, size, fill_value);
    x = cornu_op_image_resize(
        x, .rows = size.dims[0], .columns = size.dims[1], .interpolation = interpolation,
        .antialias = antialias, .data_format = axes.data_format
    );
    return back_to(x, dtype);
}

static cornu_tensor *rgb_to_grayscale(const cornu_operation_call *call) {
    static const double weights[] = {0.2989, 0.5870, 0.1140};
    image_axes axes;
    cornu_tensor *x = images_of(call, &axes), *sum = NULL;
    if (x == NULL) return NULL;
    int64_t channels = cornu_tensor_dim(x, axes.channels);
    if (channels == 1) return x;
    if (channels != 3)
        CORNU_FAIL_NULL(CORNU_ESHAPE, "wants 1 channel or 3, got %lld", (long long)channels);
    cornu_dtype dtype = cornu_tensor_dtype(x);
    if (!cornu_dtype_is_float(dtype)) x = cornu_op_cast(x, CORNU_FLOAT32);
    for (int i = 0; i < 3; i++) {
        cornu_tensor *channel = cornu_part_(x, axes.channels, i, i + 1);
        channel = cornu_op_multiply(channel, cornu_scalar(weights[i]));
        sum = i == 0 ? channel : cornu_op_add(sum, channel);
    }
    return cornu_op_cast(sum, dtype);
}

/* ---- colours ---- */
/* The three channels of images of floats, each with its axis of size 1. */
static cornu_status channels_of(
    const cornu_operation_call *call, image_axes *axes, cornu_tensor *channels[3]
) {
    cornu_tensor *x = images_of(call, axes);
    if (x == NULL) return cornu_error_status();
    if (!cornu_dtype_is_float(cornu_tensor_dtype(x)) || cornu_tensor_dim(x, axes->channels) != 3)
        CORNU_FAIL(CORNU_EINVAL, "wants images of floats with 3 channels");
    return cornu_op_split(x, 3, axes->channels, channels);
}

static cornu_tensor *joined(cornu_tensor *a, cornu_tensor *b, cornu_tensor *c, int axis) {
    return cornu_op_concatenate(cornu_tensors(a, b, c), axis);
}

/* (a - b) / (6 range) + start */
static cornu_tensor *hue_from(cornu_tensor *a, cornu_tensor *b, cornu_tensor *range, double start) {
    cornu_tensor *slope = cornu_op_divide(cornu_op_subtract(a, b), range);
    slope = cornu_op_divide(slope, cornu_scalar(6));
    return cornu_op_add(slope, cornu_scalar(start));
}

/* Hue, saturation and value, each from 0 to 1. */
static cornu_tensor *rgb_to_hsv(const cornu_operation_call *call) {
    image_axes axes = {0};
    cornu_tensor *c[3] = {NULL};
    if (channels_of(call, &axes, c) != CORNU_OK) return NULL;
    double least = cornu_tensor_dtype(c[0]) == CORNU_FLOAT64 ? 0x1p-52 : 0x1p-23;
    for (int i = 0; i < 3; i++) {
        cornu_tensor *small = cornu_op_less(cornu_op_absolute(c[i]), cornu_scalar(least));
        c[i] = cornu_op_where(small, cornu_op_zeros_like(c[i]), c[i]);
    }
    cornu_tensor *value = cornu_op_maximum(cornu_op_maximum(c[0], c[1]), c[2]);
    cornu_tensor *low = cornu_op_minimum(cornu_op_minimum(c[0], c[1]), c[2]);
    cornu_tensor *range = cornu_op_subtract(value, low);
    cornu_tensor *coloured = cornu_op_greater(range, cornu_scalar(0));
    cornu_tensor *divisor = cornu_op_where(coloured, range, cornu_op_ones_like(range));
    cornu_tensor *hue = cornu_op_where(
        cornu_op_equal(value, c[1]), hue_from(c[2], c[0], divisor, 2.0 / 6),
        hue_from(c[0], c[1], divisor, 4.0 / 6)
    );
    hue = cornu_op_where(cornu_op_equal(value, c[0]), hue_from(c[1], c[2], divisor, 0), hue);
    hue = cornu_op_where(coloured, hue, cornu_op_zeros_like(hue));
    hue = cornu_op_where(
        cornu_op_less(hue, cornu_scalar(0)), cornu_op_add(hue, cornu_scalar(1)), hue
    );
    cornu_tensor *lit = cornu_op_greater(value, cornu_scalar(0));
    divisor = cornu_op_where(lit, value, cornu_op_ones_like(value));
    cornu_tensor *saturation = cornu_op_divide(range, divisor);
    saturation = cornu_op_where(lit, saturation, cornu_op_zeros_like(saturation));
    return joined(hue, saturation, value, axes.channels);
}

/* clip(sign |x - middle| + offset, 0, 1) */
static cornu_tensor *ramp(cornu_tensor *x, double middle, double sign, double offset) {
    x = cornu_op_absolute(cornu_op_subtract(x, cornu_scalar(middle)));
    x = cornu_op_add(cornu_op_multiply(x, cornu_scalar(sign)), cornu_scalar(offset));
    return cornu_op_clip(x, 0, 1);
}

static cornu_tensor *hsv_to_rgb(const cornu_operation_call *call) {
    image_axes axes = {0};
    cornu_tensor *c[3] = {NULL}, *colours[3];
    if (channels_of(call, &axes, c) != CORNU_OK) return NULL;
    cornu_tensor *turn = cornu_op_subtract(c[0], cornu_op_floor(c[0]));
    turn = cornu_op_multiply(turn, cornu_scalar(6));
    colours[0] = ramp(turn, 3, 1, -1);
    colours[1] = ramp(turn, 2, -1, 2);
    colours[2] = ramp(turn, 4, -1, 2);
    cornu_tensor *grey = cornu_op_subtract(cornu_scalar(1), c[1]);
    for (int i = 0; i < 3; i++) {
        cornu_tensor *share = cornu_op_add(grey, cornu_op_multiply(c[1], colours[i]));
        colours[i] = cornu_op_multiply(c[2], share);
    }
    return joined(colours[0], colours[1], colours[2], axes.channels);
}

/* ---- patches ---- */
/* Rows, columns and channels of each patch behind one another: a convolution that picks them. */
static cornu_tensor *extract_patches(const cornu_operation_call *call) {
    image_axes axes;
    cornu_window size = {{0}}, strides = {{0}}, dilation = {{0}};
    const char *padding = "valid";
    cornu_tensor *x = images_of(call, &axes);
    if (x == NULL || cornu_operation_window_(call, "size", &size) != CORNU_OK ||
        cornu_operation_window_(call, "strides", &strides) != CORNU_OK ||
        cornu_operation_window_(call, "dilation_rate", &dilation) != CORNU_OK ||
        cornu_operation_text_(call, "padding", &padding) != CORNU_OK)
        return NULL;
    if (size.size[0] == 0) CORNU_FAIL_NULL(CORNU_EFORMAT, "'size' must be given");
    if (cornu_window_complete(&size, "size", 2, 1) != CORNU_OK) return NULL;
    if (strides.size[0] == 0) strides = size;
    int64_t channels = cornu_tensor_dim(x, axes.channels);
    int64_t most = 1 << 16, count = channels;
    for (int i = 0; i < 2 && count <= most; i++)
        count = size.size[i] <= most ? count * size.size[i] : most + 1;
    if (count > most)
        CORNU_FAIL_NULL(
            CORNU_EUNSUPPORTED, "patches of more than %lld numbers are too large", (long long)most
        );
    cornu_tensor *kernel = cornu_op_reshape(
        cornu_op_eye(count, count, 0, cornu_tensor_dtype(x)),
        cornu_shape(size.size[0], size.size[1], channels, count)
    );
    bool single = cornu_tensor_rank(x) == 3;
    if (single) x = cornu_op_expand_dims(x, 0);
    x = cornu_op_conv(
        x, kernel, .strides = strides, .padding = padding, .dilation_rate = dilation,
        .data_format = axes.data_format
    );
    return single ? cornu_op_squeeze(x, cornu_axes(0)) : x;
}

/* ---- blur ---- */
/* Weights of a bell along one axis, [size]. */
static cornu_tensor *bell(int64_t size, double sigma, cornu_dtype dtype) {
    double middle = ((double)size - 1) / 2;
    cornu_tensor *x = cornu_op_arange(-middle, middle + 0.5, 1, CORNU_FLOAT64);
    cornu_tensor *weights = cornu_op_square(cornu_op_divide(x, cornu_scalar(sigma)));
    weights = cornu_op_exp(cornu_op_multiply(weights, cornu_scalar(-0.5)));
    return cornu_op_cast(cornu_op_divide(weights, cornu_op_sum(weights)), dtype);
}

/* The first size and deviation are those along the columns. */
static cornu_tensor *gaussian_blur(const cornu_operation_call *call) {
    image_axes axes;
    cornu_window size = {{3, 3}};
    double sigma[2] = {1, 1};
    cornu_tensor *x = images_of(call, &axes);
    const cJSON *given = cornu_operation_value_(call, CORNU_SETTING, "sigma");
    if (x == NULL || cornu_operation_window_(call, "kernel_size", &size) != CORNU_OK ||
        cornu_window_complete(&size, "kernel_size", 2, 3) != CORNU_OK)
        return NULL;
    for (int i = 0; i < 2 && given != NULL; i++) {
        const cJSON *one = cJSON_IsArray(given) ? cJSON_GetArrayItem(given, i) : given;
        if (!cJSON_IsNumber(one) || !(one->valuedouble > 0))
            CORNU_FAIL_NULL(CORNU_EINVAL, "'sigma' must be positive, one number or two");
        sigma[i] = one->valuedouble;
    }
    cornu_dtype dtype = cornu_tensor_dtype(x);
    if (!cornu_dtype_is_float(dtype) || size.size[0] > 1 << 12 || size.size[1] > 1 << 12)
        CORNU_FAIL_NULL(CORNU_EINVAL, "wants images of floats, and a kernel that is not too large");
    cornu_tensor *across = bell(size.size[0], sigma[0], dtype);
    cornu_tensor *down = bell(size.size[1], sigma[1], dtype);
    cornu_tensor *kernel = cornu_op_multiply(
        cornu_op_reshape(down, cornu_shape(-1, 1, 1, 1)),
        cornu_op_reshape(across, cornu_shape(1, -1, 1, 1))
    );
    int64_t channels = cornu_tensor_dim(x, axes.channels);
    kernel = cornu_op_tile(kernel, cornu_shape(1, 1, channels, 1));
    bool single = cornu_tensor_rank(x) == 3;
    if (single) x = cornu_op_expand_dims(x, 0);
    x = cornu_op_depthwise_conv(x, kernel, .padding = "same", .data_format = axes.data_format);
    return single ? cornu_op_squeeze(x, cornu_axes(0)) : x;
}

/* ---- borders ---- */
/* How much stands at both ends of an axis, two of the three numbers being known. */
static cornu_status ends(
    const cornu_operation_call *call, const char *first, const char *second, const char *target,
    int64_t rest, int64_t sign, int64_t ends[2]
) {
    int64_t before = CORNU_NONE, after = CORNU_NONE, size = CORNU_NONE;
    CORNU_TRY(cornu_operation_int_(call, CORNU_SETTING, first, &before));
    CORNU_TRY(cornu_operation_int_(call, CORNU_SETTING, second, &after));
    CORNU_TRY(cornu_operation_int_(call, CORNU_SETTING, target, &size));
    if ((before == CORNU_NONE) + (after == CORNU_NONE) + (size == CORNU_NONE) != 1)
        CORNU_FAIL(CORNU_EINVAL, "wants two of '%s', '%s' and '%s'", first, second, target);
    if (before == CORNU_NONE) before = sign * (size - rest) - after;
    if (after == CORNU_NONE) after = sign * (size - rest) - before;
    if (before < 0 || after < 0)
        CORNU_FAIL(
            CORNU_ESHAPE, "'%s' and '%s' must not be negative, got %lld and %lld", first, second,
            (long long)before, (long long)after
        );
    ends[0] = before;
    ends[1] = after;
    return CORNU_OK;
}

static cornu_tensor *pad_images(const cornu_operation_call *call) {
    image_axes axes;
    int64_t before[CORNU_MAX_RANK] = {0}, after[CORNU_MAX_RANK] = {0}, rows[2], columns[2];
    cornu_tensor *x = images_of(call, &axes);
    if (x == NULL ||
        ends(
            call, "top_padding", "bottom_padding", "target_height", cornu_tensor_dim(x, axes.rows),
            1, rows
        ) != CORNU_OK ||
        ends(
            call, "left_padding", "right_padding", "target_width",
            cornu_tensor_dim(x, axes.columns), 1, columns
        ) != CORNU_OK)
        return NULL;
    before[axes.rows] = rows[0], after[axes.rows] = rows[1];
    before[axes.columns] = columns[0], after[axes.columns] = columns[1];
    return cornu_op_pad(x, before, after, CORNU_PAD_CONSTANT, 0);
}

static cornu_tensor *crop_images(const cornu_operation_call *call) {
    image_axes axes;
    int64_t rows[2], columns[2];
    cornu_tensor *x = images_of(call, &axes);
    if (x == NULL) return NULL;
    int64_t height = cornu_tensor_dim(x, axes.rows), width = cornu_tensor_dim(x, axes.columns);
    if (ends(call, "top_cropping", "bottom_cropping", "target_height", height, -1, rows) !=
            CORNU_OK ||
        ends(call, "left_cropping", "right_cropping", "target_width", width, -1, columns) !=
            CORNU_OK)
        return NULL;
    if (rows[0] + rows[1] >= height || columns[0] + columns[1] >= width)
        CORNU_FAIL_NULL(CORNU_ESHAPE, "nothing would be left of the images");
    x = cornu_part_(x, axes.rows, rows[0], height - rows[1]);
    return cornu_part_(x, axes.columns, columns[0], width - columns[1]);
}

const cornu_operation_class cornu_operations_image_[] = {
    CORNU_OPERATION_(CropImages, image, compute, crop_images),
    CORNU_OPERATION_(ExtractPatches, image, compute, extract_patches),
    CORNU_OPERATION_(GaussianBlur, image, compute, gaussian_blur),
    CORNU_OPERATION_(HSVToRGB, image, compute, hsv_to_rgb),
    CORNU_OPERATION_(PadImages, image, compute, pad_images),
    CORNU_OPERATION_(RGBToGrayscale, image, compute, rgb_to_grayscale),
    CORNU_OPERATION_(RGBToHSV, image, compute, rgb_to_hsv),
    CORNU_OPERATION_(Resize, image, compute, resize),
    {.layer = {.name = NULL}},
};
