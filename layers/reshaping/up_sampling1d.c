/* UpSampling1D: every step several times. keras/src/layers/reshaping/up_sampling1d.py */
#include "borders.h"

typedef struct {
    cornu_layer base;
    cornu_layer_up_sampling1d_args args;
} up_sampling1d;

static cornu_status init(void *object) {
    int64_t size = ((up_sampling1d *)object)->args.size;
    if (size < 1) CORNU_FAIL(CORNU_EINVAL, "size must be positive, got %lld", (long long)size);
    return CORNU_OK;
}

static cornu_tensor *call(
    cornu_layer *layer, cornu_tensor *const *inputs, const cornu_call_context *context
) {
    int first;
    (void)context;
    if (cornu_first_spatial_axis_(inputs[0], 1, "channels_last", &first) != CORNU_OK) return NULL;
    return cornu_op_repeat(inputs[0], ((up_sampling1d *)layer)->args.size, first);
}

static const cornu_layer_up_sampling1d_args defaults = {CORNU_LAYER_UP_SAMPLING1D_DEFAULTS};
static const cornu_field fields[] = {
    CORNU_LAYER_FIELDS(cornu_layer_up_sampling1d_args),
    CORNU_FIELD(cornu_layer_up_sampling1d_args, INT, size),
};

CORNU_LAYER_CLASS(up_sampling1d){
    CORNU_CLASS_ARGS(up_sampling1d, args, defaults, fields),
    .name = "UpSampling1D",
    .init = init,
    .call = call,
};

cornu_layer *cornu_layer_up_sampling1d_new(const cornu_layer_up_sampling1d_args *args) {
    return cornu_layer_create(&cornu_layer_up_sampling1d_class, args);
}
