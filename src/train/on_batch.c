/* One batch at a time, for loops of one's own.
 * keras/src/backend/tensorflow/trainer.py: train_on_batch, test_on_batch, predict_on_batch */
#include "base/memory.h"
#include "train/training.h"

typedef cornu_status step_function(cornu_model *model, const cornu_batch *batch);

static cornu_status check_batch(cornu_tensor *x, cornu_tensor *y) {
    if (!x) return cornu_error_null("x");
    int64_t size = cornu_tensor_rank(x) > 0 ? cornu_tensor_dim(x, 0) : 0;
    char text[256];
    if (size == 0)
        CORNU_FAIL(
            CORNU_ESHAPE, "x has shape %s and no samples along its first axis",
            cornu_shape_format(cornu_tensor_shape(x), text, sizeof text)
        );
    if (!y) return CORNU_OK;
    int64_t targets = cornu_tensor_rank(y) > 0 ? cornu_tensor_dim(y, 0) : 0;
    if (targets != size)
        CORNU_FAIL(
            CORNU_ESHAPE, "x has %lld samples and y %lld", (long long)size, (long long)targets
        );
    return CORNU_OK;
}

static cornu_status run(
    cornu_model *model, step_function *step, cornu_tensor *x, cornu_tensor *y,
    cornu_tensor *sample_weight, cornu_logs *logs
) {
    if (!cornu_training_of_(model)) return cornu_error_status();
    CORNU_TRY(check_batch(x, y));
    const cornu_batch batch = {
        .inputs = &x,
        .input_count = 1,
        .targets = &y,
        .target_count = y ? 1 : 0,
        .sample_weight = sample_weight,
        .size = cornu_tensor_dim(x, 0),
        .last = true};
    CORNU_TRY(step(model, &batch));
    return logs ? cornu_training_results_(model, logs) : CORNU_OK;
}

cornu_status cornu_train_on_batch(
    cornu_model *model, cornu_tensor *x, cornu_tensor *y, cornu_tensor *sample_weight,
    cornu_logs *logs
) {
    CORNU_TRY(run(model, cornu_step_train_, x, y, sample_weight, logs), "train_on_batch");
    return CORNU_OK;
}

cornu_status cornu_test_on_batch(
    cornu_model *model, cornu_tensor *x, cornu_tensor *y, cornu_tensor *sample_weight,
    cornu_logs *logs
) {
    CORNU_TRY(run(model, cornu_step_test_, x, y, sample_weight, logs), "test_on_batch");
    return CORNU_OK;
}

static cornu_tensor *predict(cornu_model *model, const cornu_batch *batch) {
    cornu_tensor *first = NULL;
    size_t count = cornu_model_output_count(model);
    cornu_tensor **outputs = cornu_alloc_array_(count, sizeof *outputs);
    if (!outputs) return NULL;
    CORNU_SCOPE {
        if (cornu_step_predict_(model, batch, outputs) == CORNU_OK)
            first = cornu_tensor_retain(outputs[0]);
    }
    cornu_free_(outputs);
    return first;
}

cornu_tensor *cornu_predict_on_batch(cornu_model *model, cornu_tensor *x) {
    if (!model) return (void)cornu_error_null("model"), NULL;
    cornu_tensor *result = NULL;
    if (check_batch(x, NULL) == CORNU_OK) {
        const cornu_batch batch = {
            .inputs = &x, .input_count = 1, .size = cornu_tensor_dim(x, 0), .last = true};
        result = predict(model, &batch);
    }
    if (!result) (void)cornu_error_context("predict_on_batch");
    return result;
}
