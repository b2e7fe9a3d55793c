/* CenterCrop: the middle of images.
 * keras/src/layers/preprocessing/image_preprocessing/center_crop.py */
#include "image.h"

typedef struct {
    cornu_layer base;
    cornu_layer_center_crop_args args;
} center_crop;

static cornu_status init(void *object) {
    const cornu_layer_center_crop_args *args = &((center_crop *)object)->args;
    return cornu_image_check_(args->height, args->width, args->data_format);
}

static cornu_tensor *call(
    cornu_layer *layer, cornu_tensor *const *inputs, const cornu_call_context *context
) {
    const cornu_layer_center_crop_args *args = &((center_crop *)layer)->args;
    cornu_tensor *x = cornu_op_cast(inputs[0], layer->compute_dtype);
    int rows, columns;
    (void)context;
    if (x == NULL || cornu_image_axes_(x, args->data_format, &rows, &columns) != CORNU_OK)
        return NULL;
    int64_t h = cornu_tensor_dim(x, rows) - args->height;
    int64_t w = cornu_tensor_dim(x, columns) - args->width;
    if (h >= 0 && w >= 0) {
        x = cornu_image_window_(x, rows, h / 2, args->height);
        return cornu_image_window_(x, columns, w / 2, args->width);
    }
    x = cornu_image_crop_(x, rows, columns, args->height, args->width);
    return cornu_op_image_resize(
        x, .rows = args->height, .columns = args->width, .data_format = args->data_format
    );
}

static const cornu_layer_center_crop_args defaults = {CORNU_LAYER_CENTER_CROP_DEFAULTS};
static const cornu_field fields[] = {
    CORNU_LAYER_FIELDS(cornu_layer_center_crop_args),
    CORNU_FIELD(cornu_layer_center_crop_args, STRING, data_format),
    CORNU_FIELD(cornu_layer_center_crop_args, INT, height),
    CORNU_FIELD(cornu_layer_center_crop_args, INT, width),
};

CORNU_LAYER_CLASS(center_crop){
    CORNU_CLASS_ARGS(center_crop, args, defaults, fields),
    .name = "CenterCrop",
    .init = init,
    .call = call,
};

cornu_layer *cornu_layer_center_crop_new(const cornu_layer_center_crop_args *args) {
    return cornu_layer_create(&cornu_layer_center_crop_class, args);
}
