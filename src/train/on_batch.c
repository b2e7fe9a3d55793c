/* One batch at a time, for loops of one's own.
 * keras/src/backend/tensorflow/trainer.py: train_on_batch, test_on_batch, predict_on_batch */
#include "base/memory.h"
#include "train/training.h"

typedef cornu_status step_function(cornu_model *model, const cornu_batch *batch);

static cornu_status check_rows(const char *name, const cornu_tensor *tensor, int64_t size) {
    if (!tensor) return cornu_error_null(name);
    int64_t rows = cornu_tensor_rank(tensor) > 0 ? cornu_tensor_dim(tensor, 0) : 0;
    if (rows == size) return CORNU_OK;
    CORNU_FAIL(
        CORNU_ESHAPE, "x has %lld samples and %s %lld", (long long)size, name, (long long)rows
    );
}

static cornu_status check_batch(const cornu_batch *batch) {
    const cornu_tensor *x = batch->inputs[0];
    if (!x) return cornu_error_null("x");
    char text[256];
    if (batch->size == 0)
        CORNU_FAIL(
            CORNU_ESHAPE, "x has shape %s and no samples along its first axis",
            cornu_shape_format(cornu_tensor_shape(x), text, sizeof text)
        );
    for (size_t i = 1; i < batch->input_count; i++)
        CORNU_TRY(check_rows("an input", batch->inputs[i], batch->size));
    for (size_t i = 0; i < batch->target_count; i++)
        CORNU_TRY(check_rows("y", batch->targets[i], batch->size));
    for (size_t i = 0; i < batch->sample_weight_count; i++)
        CORNU_TRY(check_rows("sample_weights", batch->sample_weights[i], batch->size));
    return CORNU_OK;
}

enum { FEW_WEIGHTS = 8 };

/* The tensors that were given, which the batch borrows but for its weights; `few` has room for the
 * list of them. */
static cornu_status make_batch(
    const cornu_on_batch_args *args, cornu_tensor **few, cornu_batch *batch
) {
    const cornu_source source = {
        .sample_weight = args->sample_weight, .sample_weights = args->sample_weights};
    if (args->x && args->inputs.count)
        CORNU_FAIL(CORNU_EINVAL, "x and inputs were given; one of both is wanted");
    if (args->y && args->targets.count)
        CORNU_FAIL(CORNU_EINVAL, "y and targets were given; one of both is wanted");
    bool one_x = args->inputs.count == 0, one_y = args->targets.count == 0;
    /* batches are not written to by a step */
    cornu_tensor *const *inputs = one_x ? &args->x : args->inputs.items;
    cornu_tensor *const *targets = one_y ? &args->y : args->targets.items;
    *batch = (cornu_batch
    ){.inputs = (cornu_tensor **)(uintptr_t)inputs,
      .input_count = one_x ? 1 : args->inputs.count,
      .targets = (cornu_tensor **)(uintptr_t)targets,
      .target_count = one_y ? args->y != NULL : args->targets.count,
      .sample_weight = args->sample_weight,
      .last = true};
    if (inputs[0] && cornu_tensor_rank(inputs[0]) > 0) batch->size = cornu_tensor_dim(inputs[0], 0);
    CORNU_TRY(cornu_source_check_weights_(&source, batch->target_count));
    size_t count = args->sample_weights.count;
    if (count == 0) return CORNU_OK;
    batch->sample_weights =
        count <= FEW_WEIGHTS ? few : cornu_alloc_array_(count, sizeof *batch->sample_weights);
    if (!batch->sample_weights) return CORNU_ENOMEM;
    batch->sample_weight_count = count;
    return cornu_source_weights_(&source, batch->size, batch->sample_weights);
}

static cornu_status run_batch(
    const cornu_on_batch_args *args, step_function *step, const cornu_batch *made
) {
    cornu_batch batch = *made;
    const cornu_logs *results;
    CORNU_TRY(check_batch(&batch));
    CORNU_TRY(cornu_class_weight_apply_(
        args->class_weight, args->class_weight_count, &args->model->training->class_weights, &batch
    ));
    CORNU_TRY(step(args->model, &batch));
    if (!args->logs) return CORNU_OK;
    CORNU_TRY(cornu_training_results_(args->model, &results));
    return cornu_logs_copy_(args->logs, results, "");
}

static cornu_status run(const cornu_on_batch_args *args, step_function *step) {
    cornu_batch batch = {0};
    cornu_tensor *few[FEW_WEIGHTS] = {0};
    if (!cornu_training_of_(args->model)) return cornu_error_status();
    if (args->class_weight_count > 0 && !args->class_weight)
        return cornu_error_null("class_weight");
    cornu_status status = make_batch(args, few, &batch);
    if (status == CORNU_OK) status = run_batch(args, step, &batch);
    for (size_t i = 0; i < batch.sample_weight_count; i++)
        cornu_tensor_free(batch.sample_weights[i]);
    if (batch.sample_weights != few) cornu_free_(batch.sample_weights);
    return status;
}

cornu_status cornu_train_on_batch_with(const cornu_on_batch_args *args) {
    CORNU_TRY(run(args, cornu_step_train_), "train_on_batch");
    return CORNU_OK;
}

cornu_status cornu_test_on_batch_with(const cornu_on_batch_args *args) {
    if (args->class_weight_count > 0)
        CORNU_FAIL(CORNU_EINVAL, "test_on_batch: class_weight is for training");
    CORNU_TRY(run(args, cornu_step_test_), "test_on_batch");
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
    cornu_batch batch = {.inputs = &x, .input_count = 1, .last = true};
    if (x && cornu_tensor_rank(x) > 0) batch.size = cornu_tensor_dim(x, 0);
    if (check_batch(&batch) == CORNU_OK) result = predict(model, &batch);
    if (!result) (void)cornu_error_context("predict_on_batch");
    return result;
}
