/* AutoContrast: values stretched over the whole range.
 * keras/src/layers/preprocessing/image_preprocessing/auto_contrast.py */
#include "image_random.h"

typedef struct {
    cornu_layer base;
    cornu_layer_auto_contrast_args args;
    cornu_draw range;
} auto_contrast;

static cornu_status init(void *object) {
    auto_contrast *self = object;
    return cornu_value_range_read_(self->args.value_range, &self->range);
}

static cornu_tensor *call(
    cornu_layer *layer, cornu_tensor *const *inputs, const cornu_call_context *context
) {
    const auto_contrast *self = (auto_contrast *)layer;
    const cornu_draw bytes = {0, 255};
    const cornu_axes axes = cornu_axes(1, 2);
    bool single = false;
    (void)context;
    cornu_tensor *given = cornu_images_(layer, inputs[0], &single);
    if (given == NULL || cornu_tensor_size(given) == 0) return cornu_images_back_(given, single);
    cornu_tensor *x = cornu_change_range_(given, self->range, bytes);
    cornu_tensor *low = cornu_op_min(x, .axis = axes, .keepdims = true);
    cornu_tensor *high = cornu_op_max(x, .axis = axes, .keepdims = true);
    cornu_tensor *range = cornu_op_subtract(high, low);
    /* a channel of one value has nothing to stretch, and stays as it is */
    cornu_tensor *flat = cornu_op_equal(range, cornu_op_zeros_like(range));
    cornu_tensor *scale =
        cornu_op_divide(cornu_scalar(255), cornu_op_where(flat, cornu_op_ones_like(range), range));
    x = cornu_op_clip(cornu_op_multiply(cornu_op_subtract(x, low), scale), 0, 255);
    x = cornu_op_where(flat, given, cornu_change_range_(x, bytes, self->range));
    return cornu_images_back_(x, single);
}

static cornu_status get_config(const void *object, cornu_config *config) {
    return cornu_draw_write_(config, "value_range", ((const auto_contrast *)object)->range);
}

static const cornu_layer_auto_contrast_args defaults = {CORNU_LAYER_AUTO_CONTRAST_DEFAULTS};
static const cornu_field fields[] = {
    CORNU_LAYER_FIELDS(cornu_layer_auto_contrast_args),
    CORNU_FIELD(cornu_layer_auto_contrast_args, FLOATS, value_range),
};

CORNU_LAYER_CLASS(auto_contrast){
    CORNU_CLASS_ARGS(auto_contrast, args, defaults, fields),
    .name = "AutoContrast",
    .init = init,
    .get_config = get_config,
    .call = call,
};

cornu_layer *cornu_layer_auto_contrast_new(const cornu_layer_auto_contrast_args *args) {
    return cornu_layer_create(&cornu_layer_auto_contrast_class, args);
}
