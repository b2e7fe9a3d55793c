/* Steps of one's own, and the parts of which the usual ones are made.
 * keras/src/trainers/trainer.py: train_step, test_step, predict_step, compute_loss, compute_metrics
 * (https://keras.io/guides/custom_train_step_in_tensorflow/) */
#include "base/memory.h"
#include "train/training.h"
#include <string.h>

void cornu_step_hooks_free_(cornu_step_hooks *hooks) {
    if (!hooks) return;
    if (hooks->free_user) hooks->free_user(hooks->user);
    cornu_free_(hooks);
}

static cornu_status set(cornu_model *model, const cornu_step_hooks *hooks) {
    cornu_step_hooks *copy = NULL;
    if (!model) return cornu_error_null("model");
    if (hooks) {
        copy = cornu_alloc_(sizeof *copy);
        if (!copy) return CORNU_ENOMEM;
        *copy = *hooks;
    }
    cornu_step_hooks_free_(model->hooks);
    model->hooks = copy;
    cornu_compiled_steps_free_(model->compiled); /* they were traced from other steps */
    model->compiled = NULL;
    return CORNU_OK;
}

cornu_status cornu_model_set_hooks(cornu_model *model, const cornu_step_hooks *hooks) {
    cornu_status status = set(model, hooks);
    if (status != CORNU_OK && hooks && hooks->free_user) hooks->free_user(hooks->user);
    return status;
}

static cornu_status check(const cornu_model *model, const cornu_batch *batch) {
    if (!batch) return cornu_error_null("batch");
    return cornu_training_of_(model) ? CORNU_OK : cornu_error_status();
}

static cornu_status check_outputs(const cornu_model *model, cornu_tensor *const *outputs) {
    if (!outputs) return cornu_error_null("outputs");
    for (size_t i = 0; i < cornu_model_output_count(model); i++)
        if (!outputs[i]) return cornu_error_null("output");
    return CORNU_OK;
}

cornu_status cornu_model_forward(
    cornu_model *model, const cornu_batch *batch, bool training, cornu_tensor **outputs
) {
    if (!model || !batch || !outputs)
        return cornu_error_null(!model ? "model" : !batch ? "batch" : "outputs");
    /* losses and metrics of the step want the masks; predictions may run side by side */
    bool kept = model->training && model->training->in_step;
    return cornu_step_forward_(
        model, batch, training, outputs, kept ? model->training->masks : NULL
    );
}

cornu_tensor *cornu_model_compute_loss(
    cornu_model *model, const cornu_batch *batch, cornu_tensor *const *outputs
) {
    if (check(model, batch) != CORNU_OK || check_outputs(model, outputs) != CORNU_OK) return NULL;
    return cornu_step_loss_(model, batch, outputs);
}

cornu_status cornu_model_minimize(cornu_model *model, cornu_tape *tape, cornu_tensor *loss) {
    if (!tape || !loss) return cornu_error_null(tape ? "loss" : "tape");
    if (!cornu_training_of_(model)) return cornu_error_status();
    return cornu_step_minimize_(model, tape, loss);
}

cornu_status cornu_model_track_loss(
    cornu_model *model, const cornu_batch *batch, cornu_tensor *loss
) {
    if (!loss) return cornu_error_null("loss");
    CORNU_TRY(check(model, batch));
    return cornu_step_track_loss_(model->training, batch, loss);
}

cornu_status cornu_model_compute_metrics(
    cornu_model *model, const cornu_batch *batch, cornu_tensor *const *outputs
) {
    CORNU_TRY(check(model, batch));
    CORNU_TRY(check_outputs(model, outputs));
    return cornu_step_metrics_(model, batch, outputs);
}
