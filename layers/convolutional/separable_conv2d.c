/* SeparableConv2D: depthwise, then pointwise convolution of images [batch, rows,
 * columns, channels].
 * keras/src/layers/convolutional/separable_conv2d.py */
#include "conv.h"

static cornu_status init(void *object) { return cornu_separable_conv_init_(object, 2); }

CORNU_LAYER_CLASS(separable_conv2d){
    CORNU_CLASS_ARGS(
        cornu_separable_conv, args, cornu_separable_conv_defaults_, cornu_separable_conv_fields_
    ),
    .name = "SeparableConv2D",
    .init = init,
    .from_config = cornu_conv_no_groups_,
    .build = cornu_separable_conv_build_,
    .call = cornu_separable_conv_call_,
};

cornu_layer *cornu_layer_separable_conv2d_new(const cornu_layer_separable_conv2d_args *args) {
    return cornu_layer_create(&cornu_layer_separable_conv2d_class, args);
}
