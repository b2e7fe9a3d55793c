/* AdaptiveMaxPooling3D: the largest, for given numbers of planes, rows and columns.
 * keras/src/layers/pooling/adaptive_max_pooling3d.py */
#include "pooling.h"

static cornu_status init(void *object) { return cornu_adaptive_pooling_init_(object, 3); }

CORNU_LAYER_CLASS(adaptive_max_pooling3d){
    CORNU_CLASS_ARGS(
        cornu_adaptive_pooling, args, cornu_adaptive_pooling_defaults_,
        cornu_adaptive_pooling_fields_
    ),
    .name = "AdaptiveMaxPooling3D",
    .init = init,
    .call = cornu_adaptive_max_pooling_call_,
};

cornu_layer *cornu_layer_adaptive_max_pooling3d_new(
    const cornu_layer_adaptive_max_pooling3d_args *args
) {
    return cornu_layer_create(&cornu_layer_adaptive_max_pooling3d_class, args);
}
