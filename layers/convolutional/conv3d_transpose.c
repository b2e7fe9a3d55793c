/* Conv3DTranspose: transposed convolution of volumes [batch, planes, rows, columns, channels].
 * keras/src/layers/convolutional/conv3d_transpose.py */
#include "conv.h"

static cornu_status init(void *object) { return cornu_conv_transpose_init_(object, 3); }

CORNU_LAYER_CLASS(conv3d_transpose){
    CORNU_CLASS_ARGS(
        cornu_conv_transpose, args, cornu_conv_transpose_defaults_, cornu_conv_transpose_fields_
    ),
    .name = "Conv3DTranspose",
    .init = init,
    .from_config = cornu_conv_no_groups_,
    .build = cornu_conv_transpose_build_,
    .call = cornu_conv_transpose_call_,
};

cornu_layer *cornu_layer_conv3d_transpose_new(const cornu_layer_conv3d_transpose_args *args) {
    return cornu_layer_create(&cornu_layer_conv3d_transpose_class, args);
}
