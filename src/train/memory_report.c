/* What training will need, before it begins. The step is traced on stand-ins for a batch and
 * planned, as fit would do it, and the plan is asked for its size; nothing is run. */
#include "base/memory.h"
#include "data/dataset.h"
#include "nn/layer.h"
#include "train/plan_table.h"
#include <string.h>

static size_t bytes_of(const cornu_tensor *tensor) {
    return (size_t)cornu_tensor_size(tensor) * cornu_dtype_size(cornu_tensor_dtype(tensor));
}

static size_t sum_bytes(cornu_tensor_list list) {
    size_t bytes = 0;
    for (size_t i = 0; i < list.count; i++) bytes += bytes_of(list.items[i]);
    return bytes;
}

/* ---- the batch ---- */

/* A tensor without values; belongs to the scope. */
static cornu_tensor *stand_in(
    const cornu_model *model, const cornu_shape *of_sample, cornu_dtype dtype, int64_t batch_size
) {
    cornu_shape shape = *of_sample;
    char text[256];
    if (shape.rank > 0) shape.dims[0] = batch_size;
    for (int i = 0; i < shape.rank; i++) {
        if (shape.dims[i] >= 0) continue;
        CORNU_FAIL_NULL(
            CORNU_ESHAPE,
            "model '%s' has inputs or outputs of shape %s: how much memory they need is not known",
            cornu_model_name(model), cornu_shape_format(of_sample, text, sizeof text)
        );
    }
    return cornu_scope_add_(cornu_tensor_abstract_(dtype, shape));
}

/* Whether the targets of an output are labels rather than as many numbers as the output has: told
 * by the name of its loss or of one of its metrics. */
static bool wants_labels(const struct cornu_training *training, size_t output) {
    const cornu_loss *loss = training->losses[output].loss;
    if (loss && strstr(loss->cls->name, "Sparse")) return true;
    for (size_t i = 0; i < training->metric_count; i++) {
        const cornu_compiled_metric *entry = &training->metrics[i];
        if (entry->output == output && entry->metric && strstr(entry->metric->cls->name, "Sparse"))
            return true;
    }
    return false;
}

static cornu_tensor *target_for(const cornu_model *model, size_t output, int64_t batch_size) {
    cornu_shape shape = *cornu_model_output_shape(model, output);
    if (!wants_labels(model->training, output) || shape.rank < 2)
        return stand_in(model, &shape, CORNU_FLOAT32, batch_size);
    shape.rank--;
    return stand_in(model, &shape, CORNU_INT32, batch_size);
}

static cornu_status make_batch(const cornu_model *model, int64_t batch_size, cornu_batch *batch) {
    for (size_t i = 0; i < batch->input_count; i++) {
        batch->inputs[i] = stand_in(
            model, cornu_model_input_shape(model, i), cornu_model_input_dtype(model, i), batch_size
        );
        if (!batch->inputs[i]) return cornu_error_status();
    }
    for (size_t i = 0; i < batch->target_count; i++) {
        batch->targets[i] = target_for(model, i, batch_size);
        if (!batch->targets[i]) return cornu_error_status();
    }
    return CORNU_OK;
}

static size_t batch_bytes(const cornu_batch *batch) {
    return sum_bytes((cornu_tensor_list){batch->inputs, batch->input_count}) +
           sum_bytes((cornu_tensor_list){batch->targets, batch->target_count});
}

/* ---- the step ---- */

/* Which metrics, and then which losses, are chosen already; *new*. */
static bool *list_choices(const struct cornu_training *training) {
    size_t metrics = training->metric_count;
    bool *chosen = cornu_alloc_array_(metrics + training->output_count, sizeof *chosen);
    if (!chosen) return NULL;
    for (size_t i = 0; i < metrics; i++) chosen[i] = training->metrics[i].metric != NULL;
    for (size_t i = 0; i < training->output_count; i++)
        chosen[metrics + i] = training->losses[i].loss != NULL;
    return chosen;
}

/* What was chosen by the shapes of stand-ins is chosen again by those of the first real batch. */
static void forget_choices(struct cornu_training *training, const bool *chosen) {
    for (size_t i = 0; i < training->metric_count; i++) {
        if (chosen[i]) continue;
        cornu_metric_free(training->metrics[i].metric);
        training->metrics[i].metric = NULL;
    }
    for (size_t i = 0; i < training->output_count; i++) {
        if (chosen[training->metric_count + i]) continue;
        cornu_loss_free(training->losses[i].loss);
        training->losses[i].loss = NULL;
    }
}

static cornu_status plan_step(cornu_model *model, const cornu_batch *batch, cornu_plan **plan) {
    struct cornu_training *training = model->training;
    bool resolved = training->resolved, *chosen = list_choices(training);
    if (!chosen) return CORNU_ENOMEM;
    cornu_status status = cornu_step_plan_(model, batch, CORNU_STEP_TRAIN, plan);
    forget_choices(training, chosen);
    training->resolved = resolved;
    cornu_free_(chosen);
    return status;
}

static size_t constants_of(const cornu_plan *plan) {
    size_t bytes = 0;
    for (size_t i = 0; i < plan->slot_count; i++)
        bytes += plan->slots[i].kind == CORNU_SLOT_CONSTANT ? plan->slots[i].size : 0;
    return bytes;
}

static cornu_status measure(cornu_model *model, int64_t batch_size, cornu_memory *report) {
    cornu_tensor *tensors[CORNU_MOST_TENSORS];
    cornu_batch batch = {
        .inputs = tensors,
        .input_count = cornu_model_input_count(model),
        .target_count = cornu_model_output_count(model),
        .size = batch_size};
    if (batch.input_count + batch.target_count > CORNU_MOST_TENSORS)
        CORNU_FAIL(
            CORNU_EUNSUPPORTED, "a step with more than %d inputs and targets is not planned",
            (int)CORNU_MOST_TENSORS
        );
    batch.targets = tensors + batch.input_count;
    CORNU_TRY(make_batch(model, batch_size, &batch));
    cornu_plan *plan;
    CORNU_TRY(plan_step(model, &batch, &plan));
    report->arena = plan->arena_size + plan->workspace_size + constants_of(plan);
    cornu_plan_free_(plan);
    size_t one = batch_bytes(&batch);
    report->batches = one * cornu_batches_at_once_((int64_t)one);
    return CORNU_OK;
}

cornu_status cornu_memory_report(cornu_model *model, int64_t batch_size, cornu_memory *report) {
    const struct cornu_training *training = cornu_training_of_(model);
    if (!training) return cornu_error_status();
    if (!report) return cornu_error_null("report");
    if (batch_size < 1)
        CORNU_FAIL(CORNU_EINVAL, "batch_size must be at least 1, got %lld", (long long)batch_size);
    if (!cornu_model_input_shape(model, 0))
        CORNU_FAIL(
            CORNU_ESTATE, "model '%s' is not built: give it an input layer, or build it",
            cornu_model_name(model)
        );
    *report = (cornu_memory){0};
    cornu_status status = CORNU_ENOMEM; /* if there is no memory for the scope itself */
    CORNU_SCOPE { status = measure(model, batch_size, report); }
    CORNU_TRY(status, "memory report");
    cornu_layer *layer = cornu_model_layer(model);
    report->parameters = sum_bytes(cornu_layer_weights(layer));
    report->gradients = sum_bytes(cornu_layer_trainable_weights(layer));
    if (training->optimizer)
        report->optimizer = sum_bytes(cornu_optimizer_variables(training->optimizer));
    report->total = report->parameters + report->optimizer + report->arena + report->batches;
    return CORNU_OK;
}
