/* What a layer gives for inputs of given shapes, found by running its call on tensors without
 * values. */
#include <string.h>

#include "base/memory.h"
#include "base/object.h"
#include "graph/op.h"
#include "nn/layer.h"
#include "tensor/tensor.h"

/* An unknown size is tried with two stand-ins; what comes out different depends on it. They have
 * many divisors, so that strides and reshapes go through, and are large enough for any window. The
 * batch has its own, since reshapes multiply the others. */
static const int64_t stand_ins[2] = {720, 1440}, batch_stand_ins[2] = {24, 48};

/* A batch size that another input knows is the batch size of all. */
static int64_t known_batch(const cornu_shape *shapes, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (shapes[i].rank > 0 && shapes[i].dims[0] >= 0) return shapes[i].dims[0];
    return -1;
}

static bool any_unknown(const cornu_shape *shapes, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (!cornu_shape_known_(&shapes[i])) return true;
    return false;
}

/* What is to be inferred, and room for it. */
typedef struct inference {
    cornu_layer *layer;
    const cornu_shape *shapes;
    const cornu_dtype *dtypes;
    size_t count;
    cornu_call_context context;
    cornu_call_argument *arguments; /* of the context, with tensors */
    cornu_tensor **inputs, **outputs;
} inference;

static cornu_status run(inference *call, int attempt) {
    const cornu_shape *shapes = call->shapes;
    size_t count = call->count, positional = count - call->context.argument_count;
    cornu_tensor **inputs = call->inputs;
    int64_t batch = known_batch(shapes, count);
    if (batch < 0) batch = batch_stand_ins[attempt];
    for (size_t i = 0; i < count; i++) {
        cornu_shape shape = shapes[i];
        for (int k = 0; k < shape.rank; k++)
            if (shape.dims[k] < 0) shape.dims[k] = k == 0 ? batch : stand_ins[attempt];
        inputs[i] = cornu_scope_add_(cornu_tensor_abstract_(call->dtypes[i], shape));
        if (inputs[i] == NULL) return cornu_error_status();
        if (i >= positional) call->arguments[i - positional].tensor = inputs[i];
    }
    cornu_trace_abstract_begin_();
    cornu_status status = cornu_layer_call_many(
        call->layer, (cornu_tensor_list){inputs, positional}, &call->context, call->outputs
    );
    cornu_trace_abstract_end_();
    cornu_layer_clear_losses_(call->layer); /* of a call that did not happen */
    return status;
}

static cornu_status trace(inference *call, cornu_shape *out_shapes, cornu_dtype *out_dtypes) {
    size_t output_count = cornu_layer_call_output_count_(call->layer, call->context.kwargs);
    int attempts = any_unknown(call->shapes, call->count) ? 2 : 1;
    for (int attempt = 0; attempt < attempts; attempt++) {
        CORNU_TRY(run(call, attempt));
        for (size_t i = 0; i < output_count; i++) {
            const cornu_shape *shape = cornu_tensor_shape(call->outputs[i]);
            if (attempt == 0) {
                out_shapes[i] = *shape;
                if (out_dtypes != NULL) out_dtypes[i] = cornu_tensor_dtype(call->outputs[i]);
                continue;
            }
            for (int k = 0; k < shape->rank; k++)
                if (out_shapes[i].dims[k] != shape->dims[k]) out_shapes[i].dims[k] = -1;
        }
    }
    return CORNU_OK;
}

/* Room for the tensors and the arguments, with the arguments named. */
static cornu_status prepare(inference *call) {
    size_t outputs = cornu_layer_call_output_count_(call->layer, call->context.kwargs),
           named = call->context.argument_count;
    call->inputs = cornu_alloc_array_(call->count + outputs, sizeof *call->inputs);
    call->arguments = cornu_alloc_array_(named, sizeof *call->arguments);
    if (call->inputs == NULL || call->arguments == NULL) return CORNU_ENOMEM;
    call->outputs = call->inputs + call->count;
    if (named > 0)
        memcpy(call->arguments, call->context.arguments, named * sizeof *call->arguments);
    call->context.arguments = call->arguments;
    return CORNU_OK;
}

/* Whether `name` is what the class calls input `index`; the last name may stand for a list. */
static bool is_input(const cornu_layer *layer, size_t index, const char *name) {
    size_t last = 0;
    while (layer->cls->arguments[last] != NULL && layer->cls->arguments[last + 1] != NULL) last++;
    const char *own = layer->cls->arguments[index < last ? index : last];
    size_t length = own != NULL ? strcspn(own, "[") : 0;
    return length > 0 && strncmp(own, name, length) == 0 && name[length] == '\0';
}

/* A layer is built with the shapes of its inputs; those that came by name are among the ones that
 * a file keeps. */
static cornu_status keep_named_shapes(
    cornu_layer *layer, const cornu_shape *shapes, size_t count, const cornu_call_context *context
) {
    struct cornu_layer_state *state = layer->state_;
    size_t positional = count - context->argument_count;
    if (layer->cls->arguments == NULL || context->argument_count == 0) return CORNU_OK;
    for (size_t i = positional; i < count; i++)
        if (!is_input(layer, i, context->arguments[i - positional].name)) return CORNU_OK;
    cornu_shape *kept = cornu_alloc_array_(count, sizeof *kept);
    if (kept == NULL) return CORNU_ENOMEM;
    memcpy(kept, shapes, count * sizeof *kept);
    cornu_free_(state->build_shapes);
    state->build_shapes = kept;
    state->build_shape_count = count;
    return CORNU_OK;
}

cornu_status cornu_layer_infer_call_(
    cornu_layer *layer, const cornu_shape *shapes, const cornu_dtype *dtypes, size_t count,
    const cornu_call_context *context, cornu_shape *out_shapes, cornu_dtype *out_dtypes
) {
    if (layer == NULL) return cornu_error_null("layer");
    inference call = {.layer = layer, .shapes = shapes, .dtypes = dtypes, .count = count};
    if (context != NULL) call.context = *context;
    call.context.training = false;
    call.context.masks = NULL;
    size_t positional = count - call.context.argument_count;
    bool built = layer->built;
    CORNU_TRY(cornu_layer_build(layer, shapes, positional));
    if (!built) CORNU_TRY(keep_named_shapes(layer, shapes, count, &call.context));
    if (layer->cls->output_shape != NULL) {
        if (layer->cls->output_shape(layer, shapes, positional, out_shapes) != CORNU_OK)
            return cornu_layer_error_context_(layer);
        size_t output_count = cornu_layer_call_output_count_(layer, call.context.kwargs);
        for (size_t i = 0; i < output_count && out_dtypes != NULL; i++)
            out_dtypes[i] = layer->cls->host_output != NULL ? layer->cls->host_output(layer)
                                                            : layer->compute_dtype;
        return CORNU_OK;
    }
    cornu_status status = prepare(&call);
    cornu_scope *scope = status == CORNU_OK ? cornu_scope_begin() : NULL;
    if (status == CORNU_OK)
        status = scope != NULL ? trace(&call, out_shapes, out_dtypes) : CORNU_ENOMEM;
    cornu_scope_end(scope);
    cornu_free_(call.inputs);
    cornu_free_(call.arguments);
    return status;
}

cornu_status cornu_layer_infer_(
    cornu_layer *layer, const cornu_shape *shapes, const cornu_dtype *dtypes, size_t count,
    cornu_shape *out_shapes, cornu_dtype *out_dtypes
) {
    return cornu_layer_infer_call_(layer, shapes, dtypes, count, NULL, out_shapes, out_dtypes);
}

cornu_status cornu_layer_output_shape(
    cornu_layer *layer, const cornu_shape *inputs, size_t count, cornu_shape *outputs
) {
    if (layer == NULL) return cornu_error_null("layer");
    cornu_dtype *dtypes = cornu_alloc_array_(count, sizeof *dtypes);
    if (dtypes == NULL) return CORNU_ENOMEM;
    for (size_t i = 0; i < count; i++) dtypes[i] = layer->compute_dtype;
    cornu_status status = cornu_layer_infer_(layer, inputs, dtypes, count, outputs, NULL);
    cornu_free_(dtypes);
    return status;
}
