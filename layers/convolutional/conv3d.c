/* Conv3D: convolution of volumes [batch, planes, rows, columns, channels].
 * keras/src/layers/convolutional/conv3d.py */
#include "conv.h"

static cornu_status init(void *object) { return cornu_conv_init_(object, 3); }

CORNU_LAYER_CLASS(conv3d){
    CORNU_CLASS_ARGS(cornu_conv, args, cornu_conv_defaults_, cornu_conv_fields_),
    .name = "Conv3D",
    .init = init,
    .build = cornu_conv_build_,
    .call = cornu_conv_call_,
};

cornu_layer *cornu_layer_conv3d_new(const cornu_layer_conv3d_args *args) {
    return cornu_layer_create(&cornu_layer_conv3d_class, args);
}
