/* AveragePooling3D: the mean of a few planes, rows and columns.
 * keras/src/layers/pooling/average_pooling3d.py */
#include "pooling.h"

static cornu_status init(void *object) { return cornu_pooling_init_(object, 3); }

CORNU_LAYER_CLASS(average_pooling3d){
    CORNU_CLASS_ARGS(cornu_pooling, args, cornu_pooling_defaults_, cornu_pooling_fields_),
    .name = "AveragePooling3D",
    .init = init,
    .call = cornu_average_pooling_call_,
};

cornu_layer *cornu_layer_average_pooling3d_new(const cornu_layer_average_pooling3d_args *args) {
    return cornu_layer_create(&cornu_layer_average_pooling3d_class, args);
}
