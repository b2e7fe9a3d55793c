/* What a model makes of the arrays it is given. Keras: keras/src/models/functional.py,
 * _standardize_inputs and input_spec: the type becomes the input's, a last axis of size 1 may be
 * missing or superfluous, the batch may have any size. */
#include <cornu/ops.h>

#include "model/graph.h"

static cornu_status wrong_shape(const cornu_model *model, size_t index, const cornu_tensor *input) {
    char given[256], wanted[256];
    cornu_shape shape = model->input_shapes[index];
    if (shape.rank > 0) shape.dims[0] = -1;
    CORNU_FAIL(
        CORNU_ESHAPE, "input '%s' has the shape %s, needed is %s", model->input_names[index],
        cornu_shape_format(cornu_tensor_shape(input), given, sizeof given),
        cornu_shape_format(&shape, wanted, sizeof wanted)
    );
}

/* Strings in another shape; belongs to the scope. */
static cornu_tensor *reshape_strings(cornu_tensor *input, cornu_shape shape) {
    return cornu_scope_add_(cornu_strings_view_(input, shape));
}

static cornu_tensor *match_rank(cornu_tensor *input, const cornu_shape *wanted) {
    const cornu_shape *given = cornu_tensor_shape(input);
    cornu_shape shape = *given;
    if (input->dtype == CORNU_STRING) {
        bool one_more = given->rank == wanted->rank + 1 && given->dims[given->rank - 1] == 1;
        bool one_less = given->rank == wanted->rank - 1 && wanted->dims[wanted->rank - 1] == 1;
        if (one_more) shape.rank--;
        if (one_less) shape.dims[shape.rank++] = 1;
        return one_more || one_less ? reshape_strings(input, shape) : input;
    }
    if (given->rank == wanted->rank + 1 && given->dims[given->rank - 1] == 1)
        return cornu_op_squeeze(input, cornu_axes(-1));
    if (given->rank == wanted->rank - 1 && wanted->dims[wanted->rank - 1] == 1)
        return cornu_op_expand_dims(input, -1);
    return input;
}

static cornu_status prepare(
    const cornu_model *model, size_t index, cornu_tensor *input, cornu_tensor **prepared
) {
    if (input == NULL) return cornu_error_null("input");
    const cornu_shape *wanted = &model->input_shapes[index];
    cornu_tensor *matched = match_rank(input, wanted);
    if (matched == NULL) return cornu_error_status();
    const cornu_shape *given = cornu_tensor_shape(matched);
    bool fits = given->rank == wanted->rank;
    for (int i = 1; fits && i < given->rank; i++)
        fits = wanted->dims[i] < 0 || given->dims[i] == wanted->dims[i];
    if (!fits) return wrong_shape(model, index, input);
    bool strings = model->input_dtypes[index] == CORNU_STRING;
    if (strings != (matched->dtype == CORNU_STRING))
        CORNU_FAIL(
            CORNU_EDTYPE, "input '%s' takes %s, got %s", model->input_names[index],
            cornu_dtype_name(model->input_dtypes[index]), cornu_dtype_name(matched->dtype)
        );
    if (cornu_tensor_dtype(matched) != model->input_dtypes[index])
        matched = cornu_op_cast(matched, model->input_dtypes[index]);
    *prepared = matched;
    return matched != NULL ? CORNU_OK : cornu_error_status();
}

cornu_status cornu_model_prepare_inputs_(
    const cornu_model *model, cornu_tensor *const *inputs, size_t count, cornu_tensor **prepared
) {
    if (count != model->input_count)
        CORNU_FAIL(
            CORNU_EINVAL, "the model has %zu input%s, got %zu", model->input_count,
            model->input_count == 1 ? "" : "s", count
        );
    for (size_t i = 0; i < count; i++) CORNU_TRY(prepare(model, i, inputs[i], &prepared[i]));
    return CORNU_OK;
}
