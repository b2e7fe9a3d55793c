/* EarlyStopping: ends training when a value has stopped to improve.
 * keras/src/callbacks/early_stopping.py */
#include "kept_tensors.h"
#include "monitor.h"
#include <stdio.h>

typedef struct {
    cornu_callback base;
    cornu_callback_early_stopping_args args;
    cornu_monitor monitor;
    double best;
    int64_t wait, best_epoch, stopped_epoch;
    cornu_tensor **best_weights; /* copies, in the order of cornu_layer_weights */
    size_t weight_count;
} early_stopping;

static cornu_status init(void *object) {
    early_stopping *self = object;
    if (self->args.patience < 0)
        CORNU_FAIL(
            CORNU_EINVAL, "patience must be at least 0, got %lld", (long long)self->args.patience
        );
    return cornu_monitor_begin_(
        &self->monitor, self->args.monitor, self->args.mode, self->args.min_delta
    );
}

static void drop_weights(early_stopping *self) {
    if (!self->best_weights) return;
    for (size_t i = 0; i < self->weight_count; i++) cornu_tensor_free(self->best_weights[i]);
    cornu_free(self->best_weights);
    self->best_weights = NULL;
    self->weight_count = 0;
}

static void destroy(void *object) { drop_weights(object); }

static cornu_status keep_weights(early_stopping *self, cornu_model *model) {
    cornu_tensor_list weights = cornu_layer_weights(cornu_model_layer(model));
    if (!weights.items) return cornu_error_status();
    drop_weights(self);
    self->best_weights = cornu_allocate(weights.count * sizeof(cornu_tensor *));
    if (!self->best_weights) return CORNU_ENOMEM;
    for (size_t i = 0; i < weights.count; i++) {
        cornu_tensor *copy = cornu_tensor_copy(weights.items[i]);
        if (!copy) return cornu_error_status();
        self->best_weights[self->weight_count++] = copy;
    }
    return CORNU_OK;
}

static cornu_status on_train_begin(cornu_callback *callback, cornu_model *model, cornu_logs *logs) {
    early_stopping *self = (early_stopping *)callback;
    (void)logs;
    self->wait = self->best_epoch = self->stopped_epoch = 0;
    self->best = NAN;
    drop_weights(self);
    return cornu_monitor_check_(&self->monitor, model);
}

static cornu_status on_epoch_end(
    cornu_callback *callback, cornu_model *model, int64_t epoch, cornu_logs *logs
) {
    early_stopping *self = (early_stopping *)callback;
    double value;
    bool found;
    CORNU_TRY(cornu_monitor_value_(&self->monitor, logs, &value, &found));
    if (!found || epoch < self->args.start_from_epoch) return CORNU_OK;
    if (self->args.restore_best_weights && !self->best_weights) {
        self->best_epoch = epoch;
        CORNU_TRY(keep_weights(self, model));
    }
    self->wait++;
    if (cornu_monitor_improves_(&self->monitor, value, self->best)) {
        self->best = value;
        self->best_epoch = epoch;
        if (self->args.restore_best_weights) CORNU_TRY(keep_weights(self, model));
        /* patience begins anew only if the baseline is beaten, too */
        if (cornu_monitor_improves_(&self->monitor, value, self->args.baseline)) self->wait = 0;
        return CORNU_OK;
    }
    if (self->wait >= self->args.patience && epoch > 0) {
        self->stopped_epoch = epoch;
        cornu_model_stop_training(model);
    }
    return CORNU_OK;
}

static cornu_status on_train_end(cornu_callback *callback, cornu_model *model, cornu_logs *logs) {
    early_stopping *self = (early_stopping *)callback;
    (void)logs;
    bool talks = self->args.verbose > 0;
    if (self->stopped_epoch > 0 && talks)
        printf("Epoch %lld: early stopping\n", (long long)self->stopped_epoch + 1);
    if (!self->best_weights) return CORNU_OK;
    if (talks)
        printf(
            "Restoring model weights from the end of the best epoch: %lld.\n",
            (long long)self->best_epoch + 1
        );
    cornu_tensor_list weights = {self->best_weights, self->weight_count};
    return cornu_layer_set_weights(cornu_model_layer(model), weights);
}

static cornu_status save_state(cornu_callback *callback, cornu_state *state) {
    early_stopping *self = (early_stopping *)callback;
    CORNU_TRY(cornu_state_set_float(state, "best", self->best));
    CORNU_TRY(cornu_state_set_int(state, "wait", self->wait));
    CORNU_TRY(cornu_state_set_int(state, "best_epoch", self->best_epoch));
    CORNU_TRY(cornu_state_set_int(state, "stopped_epoch", self->stopped_epoch));
    return cornu_callback_save_tensors_(
        state, "weight", (cornu_tensor_list){self->best_weights, self->weight_count}
    );
}

static cornu_status load_state(cornu_callback *callback, cornu_state *state) {
    early_stopping *self = (early_stopping *)callback;
    CORNU_TRY(cornu_state_get_float(state, "best", &self->best));
    CORNU_TRY(cornu_state_get_int(state, "wait", &self->wait));
    CORNU_TRY(cornu_state_get_int(state, "best_epoch", &self->best_epoch));
    CORNU_TRY(cornu_state_get_int(state, "stopped_epoch", &self->stopped_epoch));
    drop_weights(self);
    return cornu_callback_load_tensors_(state, "weight", &self->best_weights, &self->weight_count);
}

static const cornu_callback_early_stopping_args defaults = {CORNU_CALLBACK_EARLY_STOPPING_DEFAULTS};
static const cornu_field fields[] = {
    CORNU_FIELD(cornu_callback_early_stopping_args, STRING, monitor),
    CORNU_FIELD(cornu_callback_early_stopping_args, FLOAT, min_delta),
    CORNU_FIELD(cornu_callback_early_stopping_args, INT, patience),
    CORNU_FIELD(cornu_callback_early_stopping_args, INT, verbose),
    CORNU_FIELD(cornu_callback_early_stopping_args, STRING, mode),
    CORNU_FIELD(cornu_callback_early_stopping_args, FLOAT, baseline),
    CORNU_FIELD(cornu_callback_early_stopping_args, BOOL, restore_best_weights),
    CORNU_FIELD(cornu_callback_early_stopping_args, INT, start_from_epoch),
};

CORNU_CALLBACK_CLASS(early_stopping){
    CORNU_CLASS_ARGS(early_stopping, args, defaults, fields),
    .name = "EarlyStopping",
    .init = init,
    .destroy = destroy,
    .on_train_begin = on_train_begin,
    .on_epoch_end = on_epoch_end,
    .on_train_end = on_train_end,
    .save_state = save_state,
    .load_state = load_state,
};

cornu_callback *cornu_callback_early_stopping_new(const cornu_callback_early_stopping_args *args) {
    return cornu_callback_create(&cornu_callback_early_stopping_class, args);
}
