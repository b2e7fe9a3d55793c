/* Wrapper: a layer around another one, which it calls. keras/src/layers/core/wrapper.py */
#include <cornu/layers/core.h>

typedef struct {
    cornu_layer base;
    cornu_layer_wrapper_args args;
} wrapper;

static cornu_status init(void *object) {
    wrapper *self = object;
    if (self->args.layer == NULL) CORNU_FAIL(CORNU_EINVAL, "needs a layer");
    return cornu_layer_add_layer(&self->base, "layer", cornu_layer_retain(self->args.layer));
}

static size_t output_count(const cornu_layer *layer, const cornu_config *kwargs) {
    const cornu_layer *inner = ((const wrapper *)layer)->args.layer;
    return inner->cls->output_count != NULL ? inner->cls->output_count(inner, kwargs) : 1;
}

static cornu_status build(cornu_layer *layer, const cornu_shape *shapes, size_t count) {
    return cornu_layer_build(((wrapper *)layer)->args.layer, shapes, count);
}

static cornu_status call_many(
    cornu_layer *layer, cornu_tensor *const *inputs, const cornu_call_context *context,
    cornu_tensor **outputs
) {
    cornu_tensor_list list = {inputs, context->input_count};
    return cornu_layer_call_many(((wrapper *)layer)->args.layer, list, context, outputs);
}

static const cornu_layer_wrapper_args defaults = {CORNU_LAYER_WRAPPER_DEFAULTS};
static const cornu_field fields[] = {
    CORNU_LAYER_FIELDS(cornu_layer_wrapper_args),
    CORNU_FIELD(cornu_layer_wrapper_args, LAYER, layer),
};

CORNU_LAYER_CLASS(wrapper){
    CORNU_CLASS_ARGS(wrapper, args, defaults, fields),
    .name = "Wrapper",
    .init = init,
    .build = build,
    .call_many = call_many,
    .output_count = output_count,
    .any_dtype = true,
};

cornu_layer *cornu_layer_wrapper_new(const cornu_layer_wrapper_args *args) {
    return cornu_layer_create(&cornu_layer_wrapper_class, args);
}
