/* AdaptiveAveragePooling3D: the mean, for given numbers of planes, rows and columns.
 * keras/src/layers/pooling/adaptive_average_pooling3d.py */
#include "pooling.h"

static cornu_status init(void *object) { return cornu_adaptive_pooling_init_(object, 3); }

CORNU_LAYER_CLASS(adaptive_average_pooling3d){
    CORNU_CLASS_ARGS(
        cornu_adaptive_pooling, args, cornu_adaptive_pooling_defaults_,
        cornu_adaptive_pooling_fields_
    ),
    .name = "AdaptiveAveragePooling3D",
    .init = init,
    .call = cornu_adaptive_average_pooling_call_,
};

cornu_layer *cornu_layer_adaptive_average_pooling3d_new(
    const cornu_layer_adaptive_average_pooling3d_args *args
) {
    return cornu_layer_create(&cornu_layer_adaptive_average_pooling3d_class, args);
}
