/* What a layer gives for inputs of given shapes, found by running its call on tensors without
 * values. */
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

static cornu_status run(
    cornu_layer *layer, const cornu_shape *shapes, const cornu_dtype *dtypes, size_t count,
    int attempt, cornu_tensor **inputs, cornu_tensor **outputs
) {
    int64_t batch = known_batch(shapes, count);
    if (batch < 0) batch = batch_stand_ins[attempt];
    for (size_t i = 0; i < count; i++) {
        cornu_shape shape = shapes[i];
        for (int k = 0; k < shape.rank; k++)
            if (shape.dims[k] < 0) shape.dims[k] = k == 0 ? batch : stand_ins[attempt];
        inputs[i] = cornu_scope_add_(cornu_tensor_abstract_(dtypes[i], shape));
        if (inputs[i] == NULL) return cornu_error_status();
    }
    cornu_trace_abstract_begin_();
    cornu_status status =
        cornu_layer_call_many(layer, (cornu_tensor_list){inputs, count}, NULL, outputs);
    cornu_trace_abstract_end_();
    cornu_layer_clear_losses_(layer); /* of a call that did not happen */
    return status;
}

static cornu_status trace(
    cornu_layer *layer, const cornu_shape *shapes, const cornu_dtype *dtypes, size_t count,
    cornu_shape *out_shapes, cornu_dtype *out_dtypes, cornu_tensor **room
) {
    size_t output_count = cornu_layer_output_count(layer);
    int attempts = any_unknown(shapes, count) ? 2 : 1;
    for (int attempt = 0; attempt < attempts; attempt++) {
        cornu_tensor **outputs = room + count;
        CORNU_TRY(run(layer, shapes, dtypes, count, attempt, room, outputs));
        for (size_t i = 0; i < output_count; i++) {
            const cornu_shape *shape = cornu_tensor_shape(outputs[i]);
            if (attempt == 0) {
                out_shapes[i] = *shape;
                if (out_dtypes != NULL) out_dtypes[i] = cornu_tensor_dtype(outputs[i]);
                continue;
            }
            for (int k = 0; k < shape->rank; k++)
                if (out_shapes[i].dims[k] != shape->dims[k]) out_shapes[i].dims[k] = -1;
        }
    }
    return CORNU_OK;
}

cornu_status cornu_layer_infer_(
    cornu_layer *layer, const cornu_shape *shapes, const cornu_dtype *dtypes, size_t count,
    cornu_shape *out_shapes, cornu_dtype *out_dtypes
) {
    if (layer == NULL) return cornu_error_null("layer");
    CORNU_TRY(cornu_layer_build(layer, shapes, count));
    size_t output_count = cornu_layer_output_count(layer);
    if (layer->cls->output_shape != NULL) {
        if (layer->cls->output_shape(layer, shapes, count, out_shapes) != CORNU_OK)
            return cornu_layer_error_context_(layer);
        for (size_t i = 0; i < output_count && out_dtypes != NULL; i++)
            out_dtypes[i] = layer->compute_dtype;
        return CORNU_OK;
    }
    cornu_tensor **room = cornu_alloc_array_(count + output_count, sizeof *room);
    if (room == NULL) return CORNU_ENOMEM;
    cornu_scope *scope = cornu_scope_begin();
    cornu_status status = scope != NULL
                              ? trace(layer, shapes, dtypes, count, out_shapes, out_dtypes, room)
                              : CORNU_ENOMEM;
    cornu_scope_end(scope);
    cornu_free_(room);
    return status;
}
