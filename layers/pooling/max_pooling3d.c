/* MaxPooling3D: the largest of a few planes, rows and columns.
 * keras/src/layers/pooling/max_pooling3d.py */
#include "pooling.h"

static cornu_status init(void *object) { return cornu_pooling_init_(object, 3); }

CORNU_LAYER_CLASS(max_pooling3d){
    CORNU_CLASS_ARGS(cornu_pooling, args, cornu_pooling_defaults_, cornu_pooling_fields_),
    .name = "MaxPooling3D",
    .init = init,
    .call = cornu_max_pooling_call_,
};

cornu_layer *cornu_layer_max_pooling3d_new(const cornu_layer_max_pooling3d_args *args) {
    return cornu_layer_create(&cornu_layer_max_pooling3d_class, args);
}
