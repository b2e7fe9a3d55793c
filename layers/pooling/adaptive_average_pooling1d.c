/* AdaptiveAveragePooling1D: the mean, for a given number of steps.
 * keras/src/layers/pooling/adaptive_average_pooling1d.py */
#include "pooling.h"

static cornu_status init(void *object) { return cornu_adaptive_pooling_init_(object, 1); }

CORNU_LAYER_CLASS(adaptive_average_pooling1d){
    CORNU_CLASS_ARGS(
        cornu_adaptive_pooling, args, cornu_adaptive_pooling_defaults_,
        cornu_adaptive_pooling_fields_
    ),
    .name = "AdaptiveAveragePooling1D",
    .init = init,
    .call = cornu_adaptive_average_pooling_call_,
};

cornu_layer *cornu_layer_adaptive_average_pooling1d_new(
    const cornu_layer_adaptive_average_pooling1d_args *args
) {
    return cornu_layer_create(&cornu_layer_adaptive_average_pooling1d_class, args);
}
