/* Where a value became NaN or infinite: the step is taken once more, op by op, and the first result
 * that is not finite tells the layer and the direction. */
#include "graph/watch.h"
#include "train/training.h"
#include <math.h>
#include <stdio.h>

static bool all_finite(const cornu_tensor *tensor) {
    if (!cornu_dtype_is_float(cornu_tensor_dtype(tensor)) || !cornu_tensor_has_data(tensor))
        return true;
    int64_t size = cornu_tensor_size(tensor);
    for (int64_t i = 0; i < size; i++)
        if (!isfinite(cornu_tensor_get(tensor, i))) return false;
    return true;
}

static void look(void *user, const char *op, cornu_origin origin, const cornu_tensor *result) {
    cornu_nan_place *place = user;
    if (place->found || all_finite(result)) return;
    place->found = true;
    place->backward = origin.backward;
    snprintf(place->name, sizeof place->name, "%s", origin.name ? origin.name : "");
    snprintf(place->op, sizeof place->op, "%s", op);
}

static bool look_at_data(const char *what, cornu_tensor *tensor, cornu_nan_place *place) {
    if (!tensor || all_finite(tensor)) return false;
    place->found = true;
    snprintf(place->name, sizeof place->name, "%s", what);
    return true;
}

static bool in_data(const cornu_batch *batch, cornu_nan_place *place) {
    char what[48];
    for (size_t i = 0; i < batch->input_count; i++) {
        snprintf(what, sizeof what, "input %zu of the batch", i);
        if (look_at_data(what, batch->inputs[i], place)) return true;
    }
    for (size_t i = 0; i < batch->target_count; i++) {
        snprintf(what, sizeof what, "target %zu of the batch", i);
        if (look_at_data(what, batch->targets[i], place)) return true;
    }
    for (size_t i = 0; i < batch->sample_weight_count; i++) {
        snprintf(what, sizeof what, "weights %zu of the batch", i);
        if (look_at_data(what, batch->sample_weights[i], place)) return true;
    }
    return look_at_data("the sample weights of the batch", batch->sample_weight, place);
}

cornu_status cornu_find_nan(cornu_model *model, const cornu_batch *batch, cornu_nan_place *place) {
    *place = (cornu_nan_place){.found = false};
    if (!batch) return cornu_error_null("batch");
    if (!cornu_training_of_(model)) return cornu_error_status();
    if (in_data(batch, place)) return CORNU_OK;
    cornu_watch_(look, place);
    cornu_status status = cornu_step_train_eagerly_(model, batch);
    cornu_watch_(NULL, NULL);
    return status;
}

const cornu_batch *cornu_model_batch(const cornu_model *model) { return model->batch; }
