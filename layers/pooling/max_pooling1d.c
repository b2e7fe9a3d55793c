/* MaxPooling1D: the largest of a few steps. keras/src/layers/pooling/max_pooling1d.py */
#include "pooling.h"

static cornu_status init(void *object) { return cornu_pooling_init_(object, 1); }

CORNU_LAYER_CLASS(max_pooling1d){
    CORNU_CLASS_ARGS(cornu_pooling, args, cornu_pooling_defaults_, cornu_pooling_fields_),
    .name = "MaxPooling1D",
    .init = init,
    .call = cornu_max_pooling_call_,
};

cornu_layer *cornu_layer_max_pooling1d_new(const cornu_layer_max_pooling1d_args *args) {
    return cornu_layer_create(&cornu_layer_max_pooling1d_class, args);
}
