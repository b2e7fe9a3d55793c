/* What the layers for images share. keras/src/utils/image_utils.py, keras/src/ops/image.py */
#include "image.h"

cornu_status cornu_image_check_(int64_t height, int64_t width, const char *data_format) {
    if (height < 1 || width < 1)
        CORNU_FAIL(
            CORNU_EINVAL, "height and width must be positive, got %lld and %lld", (long long)height,
            (long long)width
        );
    bool channels_first;
    return cornu_is_channels_first(data_format, &channels_first);
}

cornu_status cornu_image_axes_(cornu_tensor *x, const char *data_format, int *rows, int *columns) {
    int rank = cornu_tensor_rank(x);
    char text[256];
    if (rank != 3 && rank != 4)
        CORNU_FAIL(
            CORNU_ESHAPE, "takes one image of three axes or a batch of four, got the shape %s",
            cornu_shape_format(cornu_tensor_shape(x), text, sizeof text)
        );
    bool channels_first;
    CORNU_TRY(cornu_is_channels_first(data_format, &channels_first));
    *rows = channels_first ? rank - 2 : rank - 3;
    *columns = *rows + 1;
    return CORNU_OK;
}

cornu_tensor *cornu_image_window_(cornu_tensor *x, int axis, int64_t start, int64_t size) {
    int64_t starts[CORNU_MAX_RANK] = {0};
    if (x == NULL) return NULL;
    cornu_shape sizes = *cornu_tensor_shape(x);
    starts[axis] = start;
    sizes.dims[axis] = size;
    return cornu_op_slice(x, starts, sizes);
}

/* The length that goes with `other` in the ratio of `size` to `other_size`, rounded down. */
static int64_t in_ratio(int64_t other, int64_t size, int64_t other_size) {
    return (int64_t)((double)(other * size) / (double)other_size);
}

static int64_t at_most(int64_t value, int64_t limit) {
    return value > limit ? limit : value > 1 ? value : 1;
}

cornu_tensor *cornu_image_crop_(
    cornu_tensor *x, int rows, int columns, int64_t height, int64_t width
) {
    int64_t h = cornu_tensor_dim(x, rows), w = cornu_tensor_dim(x, columns);
    int64_t crop_h = at_most(in_ratio(w, height, width), h);
    int64_t crop_w = at_most(in_ratio(h, width, height), w);
    x = cornu_image_window_(x, rows, (h - crop_h) / 2, crop_h);
    return cornu_image_window_(x, columns, (w - crop_w) / 2, crop_w);
}

cornu_tensor *cornu_image_pad_(
    cornu_tensor *x, int rows, int columns, int64_t height, int64_t width, double value
) {
    int64_t before[CORNU_MAX_RANK] = {0};
    int64_t h = cornu_tensor_dim(x, rows), w = cornu_tensor_dim(x, columns);
    int64_t pad_h = in_ratio(w, height, width) - h, pad_w = in_ratio(h, width, height) - w;
    before[rows] = pad_h > 0 ? pad_h / 2 : 0;
    before[columns] = pad_w > 0 ? pad_w / 2 : 0;
    return cornu_op_pad(x, before, before, CORNU_PAD_CONSTANT, value);
}
