/* DepthwiseConv2D: channel by channel convolution of images [batch, rows, columns, channels].
 * keras/src/layers/convolutional/depthwise_conv2d.py */
#include "conv.h"

static cornu_status init(void *object) { return cornu_depthwise_conv_init_(object, 2); }

CORNU_LAYER_CLASS(depthwise_conv2d){
    CORNU_CLASS_ARGS(
        cornu_depthwise_conv, args, cornu_depthwise_conv_defaults_, cornu_depthwise_conv_fields_
    ),
    .name = "DepthwiseConv2D",
    .init = init,
    .from_config = cornu_conv_no_groups_,
    .build = cornu_depthwise_conv_build_,
    .call = cornu_depthwise_conv_call_,
};

cornu_layer *cornu_layer_depthwise_conv2d_new(const cornu_layer_depthwise_conv2d_args *args) {
    return cornu_layer_create(&cornu_layer_depthwise_conv2d_class, args);
}
