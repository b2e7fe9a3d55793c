/* GlobalMaxPooling2D: the largest of all rows and columns.
 * keras/src/layers/pooling/global_max_pooling2d.py */
#include "pooling.h"

static cornu_status init(void *object) { return cornu_global_pooling_init_(object, 2); }

CORNU_LAYER_CLASS(global_max_pooling2d){
    CORNU_CLASS_ARGS(
        cornu_global_pooling, args, cornu_global_pooling_defaults_, cornu_global_pooling_fields_
    ),
    .name = "GlobalMaxPooling2D",
    .init = init,
    .call = cornu_global_max_pooling_call_,
};

cornu_layer *cornu_layer_global_max_pooling2d_new(const cornu_layer_global_max_pooling2d_args *args
) {
    return cornu_layer_create(&cornu_layer_global_max_pooling2d_class, args);
}
