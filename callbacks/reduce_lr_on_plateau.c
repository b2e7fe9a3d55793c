/* ReduceLROnPlateau: a smaller learning rate when a value has stopped to improve.
 * keras/src/callbacks/reduce_lr_on_plateau.py */
#include "monitor.h"
#include "path_template.h"
#include <stdio.h>

typedef struct {
    cornu_callback base;
    cornu_callback_reduce_lr_on_plateau_args args;
    cornu_monitor monitor;
    double best;
    int64_t wait, cooldown; /* epochs without improvement; epochs that are still to pass */
} reduce_lr;

static cornu_status init(void *object) {
    reduce_lr *self = object;
    const cornu_callback_reduce_lr_on_plateau_args *args = &self->args;
    if (!(args->factor < 1))
        CORNU_FAIL(CORNU_EINVAL, "factor must be below 1, got %g", args->factor);
    self->best = NAN;
    return cornu_monitor_begin_(&self->monitor, args->monitor, args->mode, args->min_delta);
}

static cornu_status on_train_begin(cornu_callback *callback, cornu_model *model, cornu_logs *logs) {
    reduce_lr *self = (reduce_lr *)callback;
    (void)logs;
    self->best = NAN;
    self->wait = self->cooldown = 0;
    return cornu_monitor_check_(&self->monitor, model);
}

static cornu_status reduce(reduce_lr *self, cornu_model *model, int64_t epoch) {
    cornu_optimizer *optimizer = cornu_model_optimizer(model);
    double before = cornu_optimizer_learning_rate(optimizer);
    if (!(before > (double)(float)self->args.min_lr)) return CORNU_OK;
    double rate = before * self->args.factor;
    if (rate < self->args.min_lr) rate = self->args.min_lr;
    CORNU_TRY(cornu_optimizer_set_learning_rate(optimizer, rate));
    if (self->args.verbose > 0) {
        char text[40];
        cornu_number_text_(rate, text);
        printf(
            "\nEpoch %lld: ReduceLROnPlateau reducing learning rate to %s.\n", (long long)epoch + 1,
            text
        );
    }
    self->cooldown = self->args.cooldown;
    self->wait = 0;
    return CORNU_OK;
}

static cornu_status on_epoch_end(
    cornu_callback *callback, cornu_model *model, int64_t epoch, cornu_logs *logs
) {
    reduce_lr *self = (reduce_lr *)callback;
    double value, rate = cornu_optimizer_learning_rate(cornu_model_optimizer(model));
    bool found;
    CORNU_TRY(cornu_logs_set(logs, "learning_rate", rate));
    CORNU_TRY(cornu_monitor_value_(&self->monitor, logs, &value, &found));
    if (!found) return CORNU_OK;
    if (self->cooldown > 0) {
        self->cooldown--;
        self->wait = 0;
    }
    if (cornu_monitor_improves_(&self->monitor, value, self->best)) {
        self->best = value;
        self->wait = 0;
        return CORNU_OK;
    }
    if (self->cooldown > 0 || ++self->wait < self->args.patience) return CORNU_OK;
    return reduce(self, model, epoch);
}

static cornu_status save_state(cornu_callback *callback, cornu_state *state) {
    reduce_lr *self = (reduce_lr *)callback;
    CORNU_TRY(cornu_state_set_float(state, "best", self->best));
    CORNU_TRY(cornu_state_set_int(state, "wait", self->wait));
    return cornu_state_set_int(state, "cooldown", self->cooldown);
}

static cornu_status load_state(cornu_callback *callback, cornu_state *state) {
    reduce_lr *self = (reduce_lr *)callback;
    CORNU_TRY(cornu_state_get_float(state, "best", &self->best));
    CORNU_TRY(cornu_state_get_int(state, "wait", &self->wait));
    return cornu_state_get_int(state, "cooldown", &self->cooldown);
}

static const cornu_callback_reduce_lr_on_plateau_args defaults = {
    CORNU_CALLBACK_REDUCE_LR_ON_PLATEAU_DEFAULTS};
static const cornu_field fields[] = {
    CORNU_FIELD(cornu_callback_reduce_lr_on_plateau_args, STRING, monitor),
    CORNU_FIELD(cornu_callback_reduce_lr_on_plateau_args, FLOAT, factor),
    CORNU_FIELD(cornu_callback_reduce_lr_on_plateau_args, INT, patience),
    CORNU_FIELD(cornu_callback_reduce_lr_on_plateau_args, INT, verbose),
    CORNU_FIELD(cornu_callback_reduce_lr_on_plateau_args, STRING, mode),
    CORNU_FIELD(cornu_callback_reduce_lr_on_plateau_args, FLOAT, min_delta),
    CORNU_FIELD(cornu_callback_reduce_lr_on_plateau_args, INT, cooldown),
    CORNU_FIELD(cornu_callback_reduce_lr_on_plateau_args, FLOAT, min_lr),
};

CORNU_CALLBACK_CLASS(reduce_lr_on_plateau){
    CORNU_CLASS_ARGS(reduce_lr, args, defaults, fields),
    .name = "ReduceLROnPlateau",
    .init = init,
    .on_train_begin = on_train_begin,
    .on_epoch_end = on_epoch_end,
    .save_state = save_state,
    .load_state = load_state,
};

cornu_callback *cornu_callback_reduce_lr_on_plateau_new(
    const cornu_callback_reduce_lr_on_plateau_args *args
) {
    return cornu_callback_create(&cornu_callback_reduce_lr_on_plateau_class, args);
}
