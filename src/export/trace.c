/* The graph of a prediction, as compiled steps trace it, for export. */
#include "base/memory.h"
#include "export/export.h"

/* The shape that an input has in the export: what the model leaves open is the batch size, or
 * given. */
static cornu_status settle_shape(
    const cornu_model *model, size_t index, const cornu_shape *given, int64_t batch_size,
    cornu_shape *shape
) {
    char wanted[256], got[256];
    const cornu_shape *open = &model->input_shapes[index];
    *shape = given ? given[index] : *open;
    if (shape->rank > 0 && open->dims[0] < 0) shape->dims[0] = batch_size;
    bool fits = shape->rank == open->rank;
    for (int k = 0; fits && k < shape->rank; k++)
        fits = shape->dims[k] >= 0 && (open->dims[k] < 0 || open->dims[k] == shape->dims[k]);
    if (fits) return CORNU_OK;
    cornu_shape_format(open, wanted, sizeof wanted);
    if (given)
        CORNU_FAIL(
            CORNU_ESHAPE, "input '%s' has the shape %s, which %s does not fit",
            model->input_names[index], wanted, cornu_shape_format(&given[index], got, sizeof got)
        );
    CORNU_FAIL(
        CORNU_ESHAPE,
        "input '%s' has the shape %s; give input_shapes for sizes other than the batch",
        model->input_names[index], wanted
    );
}

/* Stand-ins for the inputs. */
static cornu_status trace_inputs(
    const cornu_model *model, const cornu_shape *given, int64_t batch_size, cornu_tensor **inputs
) {
    for (size_t i = 0; i < model->input_count; i++) {
        cornu_shape shape;
        CORNU_TRY(settle_shape(model, i, given, batch_size, &shape));
        inputs[i] = cornu_trace_input_(model->input_dtypes[i], shape);
        if (!inputs[i]) return cornu_error_status();
    }
    return CORNU_OK;
}

static cornu_status trace(
    cornu_model *model, const cornu_shape *given, int64_t batch_size, cornu_tensor **tensors
) {
    cornu_tensor **outputs = tensors + model->input_count;
    const cornu_call_context context = {.input_count = model->input_count};
    CORNU_TRY(trace_inputs(model, given, batch_size, tensors));
    CORNU_TRY(cornu_model_run_(model, tensors, &context, outputs));
    for (size_t i = 0; i < model->output_count; i++) CORNU_TRY(cornu_trace_output_(outputs[i]));
    return CORNU_OK;
}

cornu_status cornu_export_trace_(
    cornu_model *model, const cornu_shape *given, int64_t batch_size, cornu_graph **graph
) {
    *graph = NULL;
    if (!model->base.built || !model->input_shapes)
        CORNU_FAIL(
            CORNU_ESTATE, "model '%s' is not built: call it once, or give it an input layer",
            cornu_layer_name(&model->base)
        );
    cornu_tensor **tensors =
        cornu_alloc_array_(model->input_count + model->output_count, sizeof *tensors);
    if (!tensors) return CORNU_ENOMEM;
    cornu_graph *traced;
    cornu_status status = cornu_trace_begin_(&traced);
    if (status == CORNU_OK) {
        status = CORNU_ENOMEM; /* if there is no memory for the scope itself */
        CORNU_SCOPE { status = trace(model, given, batch_size, tensors); }
        if (status != CORNU_OK) cornu_trace_cancel_();
        else status = cornu_trace_end_();
        if (status == CORNU_OK) *graph = traced;
    }
    cornu_free_(tensors);
    return status;
}
