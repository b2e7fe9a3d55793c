/* ZeroPadding2D: zeros before and after the rows and columns.
 * keras/src/layers/reshaping/zero_padding2d.py */
#include "borders.h"

static cornu_status init(void *object) { return cornu_zero_padding_init_(object, 2); }

static cornu_status get_config(const void *object, cornu_config *config) {
    return cornu_zero_padding_get_config_(object, config);
}

static cornu_status from_config(void *object, const cornu_config *config) {
    return cornu_zero_padding_from_config_(object, config, 2);
}

CORNU_LAYER_CLASS(zero_padding2d){
    CORNU_CLASS_ARGS(
        cornu_zero_padding, args, cornu_zero_padding_defaults_, cornu_zero_padding_fields_
    ),
    .name = "ZeroPadding2D",
    .init = init,
    .get_config = get_config,
    .from_config = from_config,
    .call = cornu_zero_padding_call_,
};

cornu_layer *cornu_layer_zero_padding2d_new(const cornu_layer_zero_padding2d_args *args) {
    return cornu_layer_create(&cornu_layer_zero_padding2d_class, args);
}
