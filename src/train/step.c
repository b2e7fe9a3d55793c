/* One step on one batch: forward, loss, gradients, update, metrics. Everything here is ops, so that
 * a step can be recorded and replayed.
 * keras/src/trainers/trainer.py: train_step, test_step, predict_step, compute_loss */
#include "base/memory.h"
#include "graph/origin.h"
#include "nn/loss.h"
#include "nn/metric.h"
#include "train/training.h"
#include <cornu/tape.h>
#include <math.h>
#include <string.h>

/* ---- checks ---------------------------------------------------------------------------------- */

static cornu_status check_inputs(const cornu_model *model, const cornu_batch *batch) {
    size_t wanted = cornu_model_input_count(model);
    if (!cornu_model_input_shape(model, 0) || wanted == batch->input_count) return CORNU_OK;
    CORNU_FAIL(
        CORNU_EINVAL, "model '%s' has %zu input%s, %zu given", cornu_model_name(model), wanted,
        wanted == 1 ? "" : "s", batch->input_count
    );
}

static cornu_status check_targets(const cornu_model *model, const cornu_batch *batch) {
    const struct cornu_training *training = model->training;
    bool needed = training->metric_count > 0;
    char text[32];
    for (size_t i = 0; i < training->output_count; i++)
        needed = needed || training->losses[i].loss || training->losses[i].given;
    if (!needed || batch->target_count == training->output_count) return CORNU_OK;
    CORNU_FAIL(
        CORNU_EINVAL, "model '%s' has %zu output%s ('%s'%s), %zu target%s given",
        cornu_model_name(model), training->output_count, training->output_count == 1 ? "" : "s",
        cornu_training_output_name_(model, 0, text), training->output_count == 1 ? "" : ", ...",
        batch->target_count, batch->target_count == 1 ? "" : "s"
    );
}

/* ---- forward and loss ------------------------------------------------------------------------ */

static cornu_status forward(
    cornu_model *model, const cornu_batch *batch, bool training, cornu_tensor **outputs,
    cornu_tensor **masks
) {
    CORNU_TRY(check_inputs(model, batch));
    cornu_call_context context = {.training = training, .input_count = batch->input_count};
    return cornu_model_run_masked_(model, batch->inputs, &context, outputs, masks);
}

/* The loss of one output, without its weight. */
static cornu_tensor *output_loss(
    cornu_model *model, const cornu_batch *batch, size_t index, cornu_tensor *output
) {
    cornu_loss *loss = model->training->losses[index].loss;
    cornu_tensor *mask = model->training->masks[index];
    char text[32];
    cornu_origin before = cornu_origin_enter_(cornu_loss_name(loss));
    cornu_tensor *value =
        cornu_loss_compute_(loss, batch->targets[index], output, batch->sample_weight, mask);
    cornu_origin_set_(before);
    const char *name = cornu_training_output_name_(model, index, text);
    if (!value) return (void)cornu_error_context("output '%s'", name), NULL;
    if (cornu_tensor_rank(value) == 0) return value;
    CORNU_FAIL_NULL(
        CORNU_EINVAL,
        "output '%s': loss '%s' has reduction \"%s\" and gives one value per sample; training "
        "needs one number",
        name, cornu_loss_name(loss), loss->reduction ? loss->reduction : "none"
    );
}

/* Adds up the weighted losses of the outputs and what layers and regularizers add. values[i]: the
 * loss of output i without its weight, or NULL. */
static cornu_tensor *total_loss(cornu_model *model, const cornu_batch *batch) {
    struct cornu_training *training = model->training;
    cornu_tensor *total = NULL;
    for (size_t i = 0; i < training->output_count; i++) {
        training->values[i] = NULL;
        if (!training->losses[i].loss) continue;
        cornu_tensor *value = output_loss(model, batch, i, training->outputs[i]);
        if (!value) return NULL;
        training->values[i] = value;
        double weight = training->losses[i].weight;
        if (!isnan(weight)) value = cornu_op_multiply(value, cornu_scalar(weight));
        total = total ? cornu_op_add(total, value) : value;
        if (!total) return NULL;
    }
    cornu_error_clear(
    ); /* an older one that nobody cleared must not look like one of the next call */
    cornu_tensor *added = cornu_layer_collect_losses_(cornu_model_layer(model));
    if (!added && cornu_error_status() != CORNU_OK) return NULL;
    if (added) total = total ? cornu_op_add(total, cornu_op_cast(added, CORNU_FLOAT32)) : added;
    if (!total && cornu_error_status() == CORNU_OK)
        CORNU_FAIL_NULL(
            CORNU_ESTATE, "model '%s' was compiled without a loss, and no layer adds one",
            cornu_model_name(model)
        );
    return total;
}

static cornu_tensor *forward_loss(cornu_model *model, const cornu_batch *batch, bool training) {
    struct cornu_training *record = model->training;
    if (check_targets(model, batch) != CORNU_OK) return NULL;
    cornu_layer_clear_losses_(cornu_model_layer(model));
    if (forward(model, batch, training, record->outputs, record->masks) != CORNU_OK) return NULL;
    if (cornu_training_resolve_(model, batch, record->outputs) != CORNU_OK) return NULL;
    return total_loss(model, batch);
}

/* ---- metrics --------------------------------------------------------------------------------- */

static cornu_status track(cornu_metric *mean, cornu_tensor *value, int64_t size) {
    cornu_tensor *weight = cornu_scalar((double)size);
    if (!weight) return cornu_error_status(); /* NULL would be a weight of 1 */
    return cornu_metric_update(mean, value, NULL, weight);
}

static cornu_status update_metrics(
    struct cornu_training *training, const cornu_batch *batch, cornu_tensor *loss
) {
    CORNU_TRY(track(training->loss_tracker, loss, batch->size));
    for (size_t i = 0; i < training->output_count; i++) {
        cornu_metric *tracker = training->losses[i].tracker;
        if (tracker && training->values[i])
            CORNU_TRY(track(tracker, training->values[i], batch->size));
    }
    for (size_t i = 0; i < training->metric_count; i++) {
        const cornu_compiled_metric *entry = &training->metrics[i];
        CORNU_TRY(cornu_metric_update_masked_(
            entry->metric, batch->targets[entry->output], training->outputs[entry->output],
            entry->weighted ? batch->sample_weight : NULL, training->masks[entry->output]
        ));
    }
    return CORNU_OK;
}

static cornu_status track_metrics(
    struct cornu_training *training, const cornu_batch *batch, cornu_tensor *loss
) {
    cornu_origin before = cornu_origin_enter_("metrics");
    cornu_status status = update_metrics(training, batch, loss);
    cornu_origin_set_(before);
    return status;
}

/* ---- the update ------------------------------------------------------------------------------ */

/* Room for gradients, and the constraints of the weights, which change only when the weights do. */
static cornu_status prepare(cornu_model *model, cornu_tensor_list weights) {
    struct cornu_training *training = model->training;
    if (weights.count > training->weight_capacity) {
        cornu_free_(training->gradients);
        cornu_free_(training->constraints);
        cornu_free_(training->constrained);
        training->weight_count = training->weight_capacity = 0;
        training->gradients = cornu_alloc_array_(weights.count, sizeof *training->gradients);
        training->constraints = cornu_alloc_array_(weights.count, sizeof *training->constraints);
        training->constrained = cornu_alloc_array_(weights.count, sizeof *training->constrained);
        if (!training->gradients || !training->constraints || !training->constrained)
            return CORNU_ENOMEM;
        training->weight_capacity = weights.count;
    }
    size_t bytes = weights.count * sizeof *weights.items;
    bool same = training->weight_count == weights.count &&
                memcmp(training->constrained, weights.items, bytes) == 0;
    if (same) return CORNU_OK;
    training->weight_count = 0; /* until all are looked up */
    cornu_error_clear(); /* NULL means that there is no constraint, unless this says otherwise */
    for (size_t i = 0; i < weights.count; i++) {
        training->constrained[i] = weights.items[i];
        training->constraints[i] =
            cornu_layer_constraint_of_(cornu_model_layer(model), weights.items[i]);
        if (!training->constraints[i] && cornu_error_status() != CORNU_OK)
            return cornu_error_status();
    }
    training->weight_count = weights.count;
    return CORNU_OK;
}

static cornu_status train(cornu_model *model, const cornu_batch *batch) {
    struct cornu_training *training = model->training;
    if (!training->optimizer)
        CORNU_FAIL(CORNU_ESTATE, "model '%s' has no optimizer", cornu_model_name(model));
    cornu_tape *tape = cornu_tape_begin();
    cornu_tensor *loss = tape ? forward_loss(model, batch, true) : NULL;
    if (!loss) return cornu_error_status();
    cornu_tensor_list weights = cornu_layer_trainable_weights(cornu_model_layer(model));
    if (!weights.items) return cornu_error_status();
    if (weights.count > 0) {
        cornu_tensor *scaled = cornu_optimizer_scale_loss_(training->optimizer, loss);
        if (!scaled) return cornu_error_status();
        CORNU_TRY(prepare(model, weights));
        CORNU_TRY(cornu_tape_gradient(tape, scaled, weights, training->gradients));
        cornu_origin before = cornu_origin_enter_(training->optimizer->cls->name);
        cornu_status status = cornu_optimizer_step_(
            training->optimizer, training->gradients, weights, training->constraints
        );
        cornu_origin_set_(before);
        CORNU_TRY(status);
    }
    cornu_tape_stop(tape);
    return track_metrics(training, batch, loss);
}

static cornu_status test(cornu_model *model, const cornu_batch *batch) {
    cornu_tensor *loss = forward_loss(model, batch, false);
    return loss ? track_metrics(model->training, batch, loss) : cornu_error_status();
}

static cornu_status scoped_step(
    cornu_model *model, const cornu_batch *batch,
    cornu_status (*step)(cornu_model *model, const cornu_batch *batch)
) {
    cornu_status status = CORNU_ENOMEM; /* if there is no memory for the scope itself */
    CORNU_SCOPE {
        status = step(model, batch);
        cornu_layer_clear_losses_(cornu_model_layer(model));
    }
    return status;
}

cornu_status cornu_step_train_eagerly_(cornu_model *model, const cornu_batch *batch) {
    return scoped_step(model, batch, train);
}

cornu_status cornu_step_test_eagerly_(cornu_model *model, const cornu_batch *batch) {
    return scoped_step(model, batch, test);
}

cornu_status cornu_step_predict_eagerly_(
    cornu_model *model, const cornu_batch *batch, cornu_tensor **outputs
) {
    /* No layer keeps a loss of a prediction: several threads may be in here at once. */
    cornu_layer_losses_off_(true);
    cornu_status status = forward(model, batch, false, outputs, NULL);
    cornu_layer_losses_off_(false);
    return status;
}

cornu_status cornu_step_train_(cornu_model *model, const cornu_batch *batch) {
    if (!cornu_step_is_compiled_(model, batch)) return cornu_step_train_eagerly_(model, batch);
    return cornu_step_compiled_(model, batch, CORNU_STEP_TRAIN);
}

cornu_status cornu_step_test_(cornu_model *model, const cornu_batch *batch) {
    if (!cornu_step_is_compiled_(model, batch)) return cornu_step_test_eagerly_(model, batch);
    return cornu_step_compiled_(model, batch, CORNU_STEP_TEST);
}

cornu_status cornu_step_predict_(
    cornu_model *model, const cornu_batch *batch, cornu_tensor **outputs
) {
    if (!cornu_step_is_compiled_(model, batch)) {
        return cornu_step_predict_eagerly_(model, batch, outputs);
    }
    return cornu_step_predict_compiled_(model, batch, outputs);
}
