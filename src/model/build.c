/* Building a model for shapes given by the user. Keras: Model.build. */
#include "base/memory.h"
#include "model/graph.h"

static cornu_status check_shapes(
    const cornu_model *model, const cornu_shape *shapes, size_t count
) {
    if (count != model->input_count)
        CORNU_FAIL(
            CORNU_EINVAL, "the model has %zu input%s, got shapes of %zu", model->input_count,
            model->input_count == 1 ? "" : "s", count
        );
    for (size_t i = 0; i < count; i++) {
        const cornu_shape *known = &model->input_shapes[i];
        bool fits = shapes[i].rank == known->rank;
        for (int k = 1; fits && k < known->rank; k++)
            fits =
                known->dims[k] < 0 || shapes[i].dims[k] < 0 || known->dims[k] == shapes[i].dims[k];
        if (!fits) {
            char given[256], wanted[256];
            CORNU_FAIL(
                CORNU_ESHAPE, "is built for the input shape %s, got %s",
                cornu_shape_format(known, wanted, sizeof wanted),
                cornu_shape_format(&shapes[i], given, sizeof given)
            );
        }
    }
    return CORNU_OK;
}

/* Runs the function on tensors without values, which builds the layers inside. */
static cornu_status try_function(cornu_model *model, const cornu_shape *shapes, size_t count) {
    size_t outputs = model->subclass.output_count;
    cornu_dtype *dtypes = cornu_alloc_array_(count, sizeof *dtypes); /* zero: float32 */
    cornu_shape *results = cornu_alloc_array_(outputs, sizeof *results);
    cornu_status status = CORNU_ENOMEM;
    if (dtypes != NULL && results != NULL)
        status = cornu_layer_infer_(&model->base, shapes, dtypes, count, results, NULL);
    for (size_t i = 0; status == CORNU_OK && i < outputs; i++) model->output_shapes[i] = results[i];
    cornu_free_(dtypes);
    cornu_free_(results);
    return status;
}

static cornu_status build(cornu_model *model, const cornu_shape *shapes, size_t count) {
    if (model->base.built) return check_shapes(model, shapes, count);
    if (model->base.cls == &cornu_subclass_class_) return try_function(model, shapes, count);
    /* a Sequential: with the batch size that the user says */
    if (model->base.state_->sublayer_count > 0 && count == 1 && model->input_layer == NULL) {
        cornu_dtype dtype = model->base.state_->sublayers[0].layer->compute_dtype;
        CORNU_TRY(cornu_sequential_set_input_(model, &shapes[0], dtype));
    }
    return cornu_layer_build(&model->base, shapes, count);
}

cornu_status cornu_model_build(cornu_model *model, const cornu_shape *shapes, size_t count) {
    if (model == NULL || (shapes == NULL && count > 0))
        return cornu_error_null(model == NULL ? "model" : "shapes");
    cornu_status status = build(model, shapes, count);
    return status == CORNU_OK ? CORNU_OK : cornu_model_error_context_(model);
}
