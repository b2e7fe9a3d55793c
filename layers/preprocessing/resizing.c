/* Resizing: images of another size.
 * keras/src/layers/preprocessing/image_preprocessing/resizing.py */
#include "image.h"

#include <string.h>

typedef struct {
    cornu_layer base;
    cornu_layer_resizing_args args;
} resizing;

static cornu_status init(void *object) {
    const cornu_layer_resizing_args *args = &((resizing *)object)->args;
    static const char *const known[] = {"nearest", "bilinear", "bicubic", "lanczos3", "lanczos5"};
    bool found = false;
    CORNU_TRY(cornu_image_check_(args->height, args->width, args->data_format));
    if (args->crop_to_aspect_ratio && args->pad_to_aspect_ratio)
        CORNU_FAIL(
            CORNU_EINVAL, "only one of crop_to_aspect_ratio and pad_to_aspect_ratio may be true"
        );
    if (strcmp(args->fill_mode, "constant") != 0)
        CORNU_FAIL(CORNU_EINVAL, "fill_mode must be 'constant', got '%.50s'", args->fill_mode);
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        found = found || strcmp(known[i], args->interpolation) == 0;
    if (!found)
        CORNU_FAIL(
            CORNU_EINVAL,
            "interpolation must be 'nearest', 'bilinear', 'bicubic', 'lanczos3' or 'lanczos5', "
            "got '%.50s'",
            args->interpolation
        );
    return CORNU_OK;
}

/* Integers: rounded, and kept within their type. */
static cornu_tensor *back(cornu_tensor *x, cornu_dtype dtype) {
    static const struct {
        cornu_dtype dtype;
        double low, high;
    } ranges[] = {
        {CORNU_UINT8, 0, UINT8_MAX},
        {CORNU_INT8, INT8_MIN, INT8_MAX},
        {CORNU_INT16, INT16_MIN, INT16_MAX},
    };
    if (cornu_dtype_is_float(dtype)) return x;
    x = cornu_op_round(x);
    for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++)
        if (ranges[i].dtype == dtype) x = cornu_op_clip(x, ranges[i].low, ranges[i].high);
    return cornu_op_cast(x, dtype);
}

static cornu_tensor *call(
    cornu_layer *layer, cornu_tensor *const *inputs, const cornu_call_context *context
) {
    const cornu_layer_resizing_args *args = &((resizing *)layer)->args;
    cornu_dtype dtype = cornu_tensor_dtype(inputs[0]);
    cornu_tensor *x = cornu_op_cast(inputs[0], layer->compute_dtype);
    int rows, columns;
    (void)context;
    if (x == NULL || cornu_image_axes_(x, args->data_format, &rows, &columns) != CORNU_OK)
        return NULL;
    if (args->crop_to_aspect_ratio)
        x = cornu_image_crop_(x, rows, columns, args->height, args->width);
    if (args->pad_to_aspect_ratio)
        x = cornu_image_pad_(x, rows, columns, args->height, args->width, args->fill_value);
    x = cornu_op_image_resize(
        x, .rows = args->height, .columns = args->width, .interpolation = args->interpolation,
        .antialias = args->antialias, .data_format = args->data_format
    );
    return back(x, dtype);
}

static const cornu_layer_resizing_args defaults = {CORNU_LAYER_RESIZING_DEFAULTS};
static const cornu_field fields[] = {
    CORNU_LAYER_FIELDS(cornu_layer_resizing_args),
    CORNU_FIELD(cornu_layer_resizing_args, STRING, data_format),
    CORNU_FIELD(cornu_layer_resizing_args, INT, height),
    CORNU_FIELD(cornu_layer_resizing_args, INT, width),
    CORNU_FIELD(cornu_layer_resizing_args, STRING, interpolation),
    CORNU_FIELD(cornu_layer_resizing_args, BOOL, crop_to_aspect_ratio),
    CORNU_FIELD(cornu_layer_resizing_args, BOOL, pad_to_aspect_ratio),
    CORNU_FIELD(cornu_layer_resizing_args, STRING, fill_mode),
    CORNU_FIELD(cornu_layer_resizing_args, FLOAT, fill_value),
    CORNU_FIELD(cornu_layer_resizing_args, BOOL, antialias),
};

CORNU_LAYER_CLASS(resizing){
    CORNU_CLASS_ARGS(resizing, args, defaults, fields),
    .name = "Resizing",
    .init = init,
    .call = call,
};

cornu_layer *cornu_layer_resizing_new(const cornu_layer_resizing_args *args) {
    return cornu_layer_create(&cornu_layer_resizing_class, args);
}
