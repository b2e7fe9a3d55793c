/* Conv1D: convolution of sequences [batch, steps, channels].
 * keras/src/layers/convolutional/conv1d.py */
#include "conv.h"

static cornu_status init(void *object) { return cornu_conv_init_(object, 1); }

CORNU_LAYER_CLASS(conv1d){
    CORNU_CLASS_ARGS(cornu_conv, args, cornu_conv_defaults_, cornu_conv_fields_),
    .name = "Conv1D",
    .init = init,
    .build = cornu_conv_build_,
    .call = cornu_conv_call_,
};

cornu_layer *cornu_layer_conv1d_new(const cornu_layer_conv1d_args *args) {
    return cornu_layer_create(&cornu_layer_conv1d_class, args);
}
