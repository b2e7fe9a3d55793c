/* Cropping2D: fewer rows and columns at both ends.
 * keras/src/layers/reshaping/cropping2d.py */
#include "borders.h"

static cornu_status init(void *object) { return cornu_cropping_init_(object, 2); }

static cornu_status get_config(const void *object, cornu_config *config) {
    return cornu_cropping_get_config_(object, config);
}

static cornu_status from_config(void *object, const cornu_config *config) {
    return cornu_cropping_from_config_(object, config, 2);
}

CORNU_LAYER_CLASS(cropping2d){
    CORNU_CLASS_ARGS(cornu_cropping, args, cornu_cropping2d_defaults_, cornu_cropping_fields_),
    .name = "Cropping2D",
    .init = init,
    .get_config = get_config,
    .from_config = from_config,
    .call = cornu_cropping_call_,
};

cornu_layer *cornu_layer_cropping2d_new(const cornu_layer_cropping2d_args *args) {
    return cornu_layer_create(&cornu_layer_cropping2d_class, args);
}
