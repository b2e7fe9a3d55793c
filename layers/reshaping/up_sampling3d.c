/* UpSampling3D: every element of a volume several times.
 * keras/src/layers/reshaping/up_sampling3d.py */
#include "borders.h"

typedef struct {
    cornu_layer base;
    cornu_layer_up_sampling3d_args args;
} up_sampling3d;

static cornu_status init(void *object) {
    up_sampling3d *self = object;
    bool channels_first;
    CORNU_TRY(cornu_window_complete(&self->args.size, "size", 3, 2));
    return cornu_is_channels_first(self->args.data_format, &channels_first);
}

static cornu_tensor *call(
    cornu_layer *layer, cornu_tensor *const *inputs, const cornu_call_context *context
) {
    const cornu_layer_up_sampling3d_args *args = &((up_sampling3d *)layer)->args;
    cornu_tensor *x = inputs[0];
    int first;
    (void)context;
    if (cornu_first_spatial_axis_(x, 3, args->data_format, &first) != CORNU_OK) return NULL;
    for (int i = 0; i < 3; i++) x = cornu_op_repeat(x, args->size.size[i], first + i);
    return x;
}

static const cornu_layer_up_sampling3d_args defaults = {CORNU_LAYER_UP_SAMPLING3D_DEFAULTS};
static const cornu_field fields[] = {
    CORNU_LAYER_FIELDS(cornu_layer_up_sampling3d_args),
    CORNU_FIELD(cornu_layer_up_sampling3d_args, WINDOW, size),
    CORNU_FIELD(cornu_layer_up_sampling3d_args, STRING, data_format),
};

CORNU_LAYER_CLASS(up_sampling3d){
    CORNU_CLASS_ARGS(up_sampling3d, args, defaults, fields),
    .name = "UpSampling3D",
    .init = init,
    .call = call,
};

cornu_layer *cornu_layer_up_sampling3d_new(const cornu_layer_up_sampling3d_args *args) {
    return cornu_layer_create(&cornu_layer_up_sampling3d_class, args);
}
