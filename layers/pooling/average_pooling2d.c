/* AveragePooling2D: the mean of a few rows and columns.
 * keras/src/layers/pooling/average_pooling2d.py */
#include "pooling.h"

static cornu_status init(void *object) { return cornu_pooling_init_(object, 2); }

CORNU_LAYER_CLASS(average_pooling2d){
    CORNU_CLASS_ARGS(cornu_pooling, args, cornu_pooling_defaults_, cornu_pooling_fields_),
    .name = "AveragePooling2D",
    .init = init,
    .call = cornu_average_pooling_call_,
};

cornu_layer *cornu_layer_average_pooling2d_new(const cornu_layer_average_pooling2d_args *args) {
    return cornu_layer_create(&cornu_layer_average_pooling2d_class, args);
}
