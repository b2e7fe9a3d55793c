/* Conv1DTranspose: transposed convolution of sequences [batch, steps, channels].
 * keras/src/layers/convolutional/conv1d_transpose.py */
#include "conv.h"

static cornu_status init(void *object) { return cornu_conv_transpose_init_(object, 1); }

CORNU_LAYER_CLASS(conv1d_transpose){
    CORNU_CLASS_ARGS(
        cornu_conv_transpose, args, cornu_conv_transpose_defaults_, cornu_conv_transpose_fields_
    ),
    .name = "Conv1DTranspose",
    .init = init,
    .from_config = cornu_conv_no_groups_,
    .build = cornu_conv_transpose_build_,
    .call = cornu_conv_transpose_call_,
};

cornu_layer *cornu_layer_conv1d_transpose_new(const cornu_layer_conv1d_transpose_args *args) {
    return cornu_layer_create(&cornu_layer_conv1d_transpose_class, args);
}
