/* MaxNumBoundingBoxes: so many boxes for each image. Boxes come in dictionaries, which are not
 * taken; images alone pass as they are, as in Keras.
 * keras/src/layers/preprocessing/image_preprocessing/max_num_bounding_box.py */
#include "augment.h"

typedef struct {
    cornu_layer base;
    cornu_layer_max_num_bounding_boxes_args args;
} max_num_bounding_boxes;

static cornu_status init(void *object) {
    const max_num_bounding_boxes *self = object;
    if (self->args.max_number < 0)
        CORNU_FAIL(
            CORNU_EINVAL, "max_number must be given, 0 or more, got %lld",
            (long long)self->args.max_number
        );
    return CORNU_OK;
}

static cornu_tensor *call(
    cornu_layer *layer, cornu_tensor *const *inputs, const cornu_call_context *context
) {
    bool single;
    (void)context;
    cornu_tensor *images = cornu_images_(layer, inputs[0], &single);
    return cornu_images_back_(images, single);
}

static const cornu_layer_max_num_bounding_boxes_args defaults = {
    CORNU_LAYER_MAX_NUM_BOUNDING_BOXES_DEFAULTS};
static const cornu_field fields[] = {
    CORNU_LAYER_FIELDS(cornu_layer_max_num_bounding_boxes_args),
    CORNU_FIELD(cornu_layer_max_num_bounding_boxes_args, INT, max_number),
    CORNU_FIELD(cornu_layer_max_num_bounding_boxes_args, INT, fill_value),
};

CORNU_LAYER_CLASS(max_num_bounding_boxes){
    CORNU_CLASS_ARGS(max_num_bounding_boxes, args, defaults, fields),
    .name = "MaxNumBoundingBoxes",
    .init = init,
    .call = call,
};

cornu_layer *cornu_layer_max_num_bounding_boxes_new(
    const cornu_layer_max_num_bounding_boxes_args *args
) {
    return cornu_layer_create(&cornu_layer_max_num_bounding_boxes_class, args);
}
