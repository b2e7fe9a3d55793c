/* Running a model of any class, and masks on their way from layer to layer. In Keras a mask
 * hangs on its tensor; here it travels beside it. */
#include <string.h>

#include "base/memory.h"
#include "model/graph.h"

static cornu_status build_for(cornu_model *model, cornu_tensor *const *inputs, size_t count) {
    cornu_shape *shapes = cornu_alloc_array_(count, sizeof *shapes);
    if (shapes == NULL) return CORNU_ENOMEM;
    for (size_t i = 0; i < count; i++) shapes[i] = *cornu_tensor_shape(inputs[i]);
    cornu_status status = cornu_layer_build(&model->base, shapes, count);
    cornu_free_(shapes);
    return status;
}

cornu_status cornu_model_run_masked_(
    cornu_model *model, cornu_tensor *const *inputs, const cornu_call_context *context,
    cornu_tensor **outputs, cornu_tensor **masks
) {
    if (model == NULL) return cornu_error_null("model");
    cornu_call_context complete = context != NULL ? *context : (cornu_call_context){0};
    if (complete.input_count == 0) complete.input_count = model->input_count;
    for (size_t i = 0; i < complete.input_count; i++) {
        if (inputs[i] == NULL) return cornu_error_null("input");
    }
    if (!model->base.built) CORNU_TRY(build_for(model, inputs, complete.input_count));
    if (model->base.cls == &cornu_functional_class_)
        return cornu_functional_run_(model, inputs, &complete, outputs, masks);
    if (model->base.cls == &cornu_sequential_class_)
        return cornu_sequential_run_(model, inputs, &complete, outputs, masks);
    return cornu_subclass_run_(model, inputs, &complete, outputs, masks);
}

cornu_status cornu_model_run_(
    cornu_model *model, cornu_tensor *const *inputs, const cornu_call_context *context,
    cornu_tensor **outputs
) {
    return cornu_model_run_masked_(model, inputs, context, outputs, NULL);
}

cornu_status cornu_model_call_(
    cornu_layer *self, cornu_tensor *const *inputs, const cornu_call_context *context,
    cornu_tensor **outputs
) {
    return cornu_model_run_((cornu_model *)(void *)self, inputs, context, outputs);
}

/* Keras: keras/src/layers/layer.py warns as well. Operations are no layers, and drop masks as a
 * matter of course. */
static void tell_of_dropped_mask(cornu_layer *layer, const cornu_call_context *context) {
    if (layer->cls->masking != CORNU_MASK_STOPS || layer->cls->compute_mask != NULL) return;
    if (context->masks == NULL || cornu_is_operation_(layer)) return;
    bool masked = false;
    for (size_t i = 0; i < context->input_count; i++) masked = masked || context->masks[i] != NULL;
    if (!masked || atomic_exchange(&layer->state_->told_of_mask, true)) return;
    cornu_warn(
        "layer '%s' (%s) knows nothing of masks and drops the one that its input has: the layers "
        "after it will not see it",
        cornu_layer_name(layer), layer->cls->name
    );
}

cornu_status cornu_call_masked_(
    cornu_layer *layer, cornu_tensor *const *inputs, const cornu_call_context *context,
    cornu_tensor **outputs, cornu_tensor **masks
) {
    if (cornu_layer_is_model_(layer)) {
        cornu_model *model = (cornu_model *)(void *)layer;
        cornu_status status = cornu_model_run_masked_(model, inputs, context, outputs, masks);
        return status == CORNU_OK ? CORNU_OK : cornu_layer_error_context_(layer);
    }
    memset(
        masks, 0, cornu_layer_call_output_count_(layer, context->kwargs) * sizeof(cornu_tensor *)
    );
    cornu_tensor_list list = {inputs, context->input_count};
    CORNU_TRY(cornu_layer_call_many(layer, list, context, outputs));
    tell_of_dropped_mask(layer, context);
    CORNU_TRY(cornu_layer_output_mask_(layer, inputs, context, &masks[0]));
    size_t masked = layer->cls->masked_outputs != NULL ? layer->cls->masked_outputs(layer) : 1;
    for (size_t i = 1; i < masked; i++) masks[i] = masks[0];
    return CORNU_OK;
}
