/* GlobalAveragePooling3D: the mean of all planes, rows and columns.
 * keras/src/layers/pooling/global_average_pooling3d.py */
#include "pooling.h"

static cornu_status init(void *object) { return cornu_global_pooling_init_(object, 3); }

CORNU_LAYER_CLASS(global_average_pooling3d){
    CORNU_CLASS_ARGS(
        cornu_global_pooling, args, cornu_global_pooling_defaults_, cornu_global_pooling_fields_
    ),
    .name = "GlobalAveragePooling3D",
    .init = init,
    .call = cornu_global_average_pooling_call_,
};

cornu_layer *cornu_layer_global_average_pooling3d_new(
    const cornu_layer_global_average_pooling3d_args *args
) {
    return cornu_layer_create(&cornu_layer_global_average_pooling3d_class, args);
}
