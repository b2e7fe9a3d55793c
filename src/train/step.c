/* One step on one batch: forward, loss, gradients, update, metrics. Everything here is ops, so that
 * a step can be recorded and replayed.
 * keras/src/trainers/trainer.py: train_step, test_step, predict_step, compute_loss */
#include "base/denormals.h"
#include "base/memory.h"
#include "graph/origin.h"
#include "nn/budget.h"
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
    if (batch->sample_weight_count && batch->sample_weight_count != batch->target_count)
        CORNU_FAIL(
            CORNU_EINVAL, "%zu sample_weights for %zu targets; one for each is wanted",
            batch->sample_weight_count, batch->target_count
        );
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

/* The sample weights of one output, or NULL. */
static cornu_tensor *weight_of(const cornu_batch *batch, size_t output) {
    return batch->sample_weight_count ? batch->sample_weights[output] : batch->sample_weight;
}

/* ---- forward and loss ------------------------------------------------------------------------ */

cornu_status cornu_step_forward_(
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
    cornu_tensor *weight = weight_of(batch, index);
    cornu_tensor *value = cornu_loss_compute_(loss, batch->targets[index], output, weight, mask);
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

cornu_tensor *cornu_step_loss_(
    cornu_model *model, const cornu_batch *batch, cornu_tensor *const *outputs
) {
    struct cornu_training *record = model->training;
    if (check_targets(model, batch) != CORNU_OK) return NULL;
    if (cornu_training_resolve_(model, batch, outputs) != CORNU_OK) return NULL;
    if (outputs != record->outputs)
        memcpy(record->outputs, outputs, record->output_count * sizeof *outputs);
    return total_loss(model, batch);
}

static cornu_tensor *forward_loss(cornu_model *model, const cornu_batch *batch, bool training) {
    const cornu_step_hooks *hooks = model->hooks;
    cornu_tensor **outputs = model->training->outputs;
    bool own = hooks && hooks->compute_loss;
    if (!own && check_targets(model, batch) != CORNU_OK) return NULL;
    if (cornu_step_forward_(model, batch, training, outputs, model->training->masks) != CORNU_OK)
        return NULL;
    if (!own) return cornu_step_loss_(model, batch, outputs);
    return hooks->compute_loss(model, batch, outputs, training, hooks->user);
}

/* ---- metrics --------------------------------------------------------------------------------- */

static cornu_status track(cornu_metric *mean, cornu_tensor *value, int64_t size) {
    cornu_tensor *weight = cornu_scalar((double)size);
    if (!weight) return cornu_error_status(); /* NULL would be a weight of 1 */
    return cornu_metric_update(mean, value, NULL, weight);
}

cornu_status cornu_step_track_loss_(
    struct cornu_training *training, const cornu_batch *batch, cornu_tensor *loss
) {
    CORNU_TRY(track(training->loss_tracker, loss, batch->size));
    for (size_t i = 0; i < training->output_count; i++) {
        cornu_metric *tracker = training->losses[i].tracker;
        if (tracker && training->values[i])
            CORNU_TRY(track(tracker, training->values[i], batch->size));
    }
    return CORNU_OK;
}

cornu_status cornu_step_metrics_(
    cornu_model *model, const cornu_batch *batch, cornu_tensor *const *outputs
) {
    const struct cornu_training *training = model->training;
    if (training->metric_count == 0) return CORNU_OK;
    CORNU_TRY(check_targets(model, batch));
    CORNU_TRY(cornu_training_resolve_(model, batch, outputs));
    for (size_t i = 0; i < training->metric_count; i++) {
        const cornu_compiled_metric *entry = &training->metrics[i];
        CORNU_TRY(cornu_metric_update_masked_(
            entry->metric, batch->targets[entry->output], outputs[entry->output],
            entry->weighted ? weight_of(batch, entry->output) : NULL, training->masks[entry->output]
        ));
    }
    return CORNU_OK;
}

static cornu_status track_all(cornu_model *model, const cornu_batch *batch, cornu_tensor *loss) {
    const cornu_step_hooks *hooks = model->hooks;
    cornu_tensor **outputs = model->training->outputs;
    cornu_origin before = cornu_origin_enter_("metrics");
    cornu_status status = cornu_step_track_loss_(model->training, batch, loss);
    if (status == CORNU_OK && hooks && hooks->compute_metrics)
        status = hooks->compute_metrics(model, batch, outputs, hooks->user);
    else if (status == CORNU_OK) status = cornu_step_metrics_(model, batch, outputs);
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

cornu_status cornu_step_minimize_(cornu_model *model, cornu_tape *tape, cornu_tensor *loss) {
    struct cornu_training *training = model->training;
    if (!training->optimizer)
        CORNU_FAIL(CORNU_ESTATE, "model '%s' has no optimizer", cornu_model_name(model));
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
    return CORNU_OK;
}

static cornu_status train(cornu_model *model, const cornu_batch *batch) {
    const cornu_step_hooks *hooks = model->hooks;
    if (hooks && hooks->train_step) return hooks->train_step(model, batch, hooks->user);
    if (!model->training->optimizer)
        CORNU_FAIL(CORNU_ESTATE, "model '%s' has no optimizer", cornu_model_name(model));
    cornu_tape *tape = cornu_tape_begin();
    cornu_tensor *loss = tape ? forward_loss(model, batch, true) : NULL;
    if (!loss) return cornu_error_status();
    CORNU_TRY(cornu_step_minimize_(model, tape, loss));
    return track_all(model, batch, loss);
}

static cornu_status test(cornu_model *model, const cornu_batch *batch) {
    const cornu_step_hooks *hooks = model->hooks;
    if (hooks && hooks->test_step) return hooks->test_step(model, batch, hooks->user);
    cornu_tensor *loss = forward_loss(model, batch, false);
    return loss ? track_all(model, batch, loss) : cornu_error_status();
}

static cornu_status scoped_step(
    cornu_model *model, const cornu_batch *batch,
    cornu_status (*step)(cornu_model *model, const cornu_batch *batch)
) {
    cornu_status status = CORNU_ENOMEM; /* if there is no memory for the scope itself */
    struct cornu_training *training = model->training;
    memset(training->values, 0, training->output_count * sizeof *training->values);
    memset(training->masks, 0, training->output_count * sizeof *training->masks);
    training->in_step = true;
    CORNU_SCOPE {
        cornu_layer_clear_losses_(cornu_model_layer(model)); /* of calls outside of steps */
        status = step(model, batch);
        cornu_layer_clear_losses_(cornu_model_layer(model));
    }
    training->in_step = false;
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
    const cornu_step_hooks *hooks = model->hooks;
    bool own = hooks && hooks->predict_step;
    /* No layer keeps a loss of a prediction: several threads may be in here at once. */
    cornu_layer_losses_off_(true);
    cornu_status status = own ? hooks->predict_step(model, batch, outputs, hooks->user)
                              : cornu_step_forward_(model, batch, false, outputs, NULL);
    cornu_layer_losses_off_(false);
    return status;
}

/* Gradients that are zero for a while let Adam's moments decay into denormals, which cost several
 * times the step; TensorFlow's threads flush them as well. */
cornu_status cornu_step_train_(cornu_model *model, const cornu_batch *batch) {
    unsigned denormals = cornu_denormals_flush_();
    cornu_status status = cornu_step_is_compiled_(model, batch)
                              ? cornu_step_compiled_(model, batch, CORNU_STEP_TRAIN)
                              : cornu_step_train_eagerly_(model, batch);
    cornu_denormals_restore_(denormals);
    return status;
}

/* Where a model computes that came from anybody's file. Training has no limit: who fits a model
 * knows it. */
static uint64_t limit_begin(const cornu_model *model, const cornu_batch *batch) {
    uint64_t bytes = 0;
    for (size_t i = 0; i < batch->input_count; i++)
        bytes += (uint64_t)cornu_tensor_size(batch->inputs[i]) *
                 cornu_dtype_size(cornu_tensor_dtype(batch->inputs[i]));
    return cornu_block_limit_begin_(cornu_budget_with_batch_(model->block_limit, bytes));
}

cornu_status cornu_step_test_(cornu_model *model, const cornu_batch *batch) {
    uint64_t limit = limit_begin(model, batch);
    cornu_status status = cornu_step_is_compiled_(model, batch)
                              ? cornu_step_compiled_(model, batch, CORNU_STEP_TEST)
                              : cornu_step_test_eagerly_(model, batch);
    cornu_block_limit_end_(limit);
    return status;
}

cornu_status cornu_step_predict_(
    cornu_model *model, const cornu_batch *batch, cornu_tensor **outputs
) {
    uint64_t limit = limit_begin(model, batch);
    cornu_status status = cornu_step_is_compiled_(model, batch)
                              ? cornu_step_predict_compiled_(model, batch, outputs)
                              : cornu_step_predict_eagerly_(model, batch, outputs);
    cornu_block_limit_end_(limit);
    return status;
}
