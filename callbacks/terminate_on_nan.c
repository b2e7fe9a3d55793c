/* TerminateOnNaN: ends training with an error when the loss is no number any more.
 * keras/src/callbacks/terminate_on_nan.py (which stops without one) */
#include <cornu/callbacks.h>
#include <cornu/model.h>
#include <stdio.h>
#include <string.h>

typedef struct {
    cornu_callback base;
    cornu_callback_terminate_on_nan_args args;
    /* find_layer: the weights as they were before the batch, in the order of cornu_layer_weights */
    cornu_tensor **before;
    size_t count;
} terminate_on_nan;

static void drop(terminate_on_nan *self) {
    for (size_t i = 0; i < self->count; i++) cornu_tensor_free(self->before[i]);
    cornu_free(self->before);
    self->before = NULL;
    self->count = 0;
}

static void destroy(void *object) { drop(object); }

static cornu_status make_room(terminate_on_nan *self, cornu_tensor_list weights) {
    drop(self);
    self->before = cornu_allocate(weights.count * sizeof(cornu_tensor *));
    if (!self->before) return CORNU_ENOMEM;
    for (size_t i = 0; i < weights.count; i++) {
        cornu_tensor *copy = cornu_tensor_copy(weights.items[i]);
        if (!copy) return cornu_error_status();
        self->before[self->count++] = copy;
    }
    return CORNU_OK;
}

static cornu_status on_train_batch_begin(
    cornu_callback *callback, cornu_model *model, int64_t batch, cornu_logs *logs
) {
    terminate_on_nan *self = (terminate_on_nan *)callback;
    (void)batch, (void)logs;
    if (!self->args.find_layer) return CORNU_OK;
    cornu_tensor_list weights = cornu_layer_weights(cornu_model_layer(model));
    if (!weights.items) return cornu_error_status();
    if (self->count != weights.count) return make_room(self, weights);
    for (size_t i = 0; i < weights.count; i++) {
        size_t bytes = (size_t)cornu_tensor_size(weights.items[i]) *
                       cornu_dtype_size(cornu_tensor_dtype(weights.items[i]));
        void *to = cornu_tensor_data_mut(self->before[i]);
        const void *from = cornu_tensor_data(weights.items[i]);
        if (bytes > 0 && (!to || !from)) return cornu_error_status();
        if (bytes > 0) memcpy(to, from, bytes);
    }
    return CORNU_OK;
}

/* The weights go back to before the batch, and stay there. */
static cornu_status search(terminate_on_nan *self, cornu_model *model, cornu_nan_place *place) {
    const cornu_batch *batch = cornu_model_batch(model);
    cornu_tensor_list before = {self->before, self->count};
    CORNU_TRY(cornu_layer_set_weights(cornu_model_layer(model), before));
    CORNU_TRY(cornu_find_nan(model, batch, place));
    return cornu_layer_set_weights(cornu_model_layer(model), before);
}

static void describe(const cornu_nan_place *place, char *text, size_t size) {
    if (!place->found)
        snprintf(text, size, "; the same batch alone gives finite values with the weights before");
    else if (!*place->op) snprintf(text, size, "; %s is not finite", place->name);
    else
        snprintf(
            text, size, "; the first value that is not finite comes from '%s', op %s, %s",
            *place->name ? place->name : "the step itself", place->op,
            place->backward ? "backward" : "forward"
        );
}

static cornu_status on_train_batch_end(
    cornu_callback *callback, cornu_model *model, int64_t batch, cornu_logs *logs
) {
    terminate_on_nan *self = (terminate_on_nan *)callback;
    double loss = cornu_logs_get(logs, "loss");
    if (!cornu_logs_has(logs, "loss") || isfinite(loss)) return CORNU_OK;
    char where[320] = "";
    if (self->args.find_layer && self->before) {
        cornu_nan_place place;
        CORNU_TRY(search(self, model, &place));
        describe(&place, where, sizeof where);
    }
    CORNU_FAIL(
        CORNU_ENAN, "the loss is %s after batch %lld%s", isnan(loss) ? "NaN" : "infinite",
        (long long)batch + 1, where
    );
}

static const cornu_callback_terminate_on_nan_args defaults = {
    CORNU_CALLBACK_TERMINATE_ON_NAN_DEFAULTS};
static const cornu_field fields[] = {
    CORNU_FIELD(cornu_callback_terminate_on_nan_args, BOOL, find_layer),
};

CORNU_CALLBACK_CLASS(terminate_on_nan){
    CORNU_CLASS_ARGS(terminate_on_nan, args, defaults, fields),
    .name = "TerminateOnNaN",
    .destroy = destroy,
    .on_train_batch_begin = on_train_batch_begin,
    .on_train_batch_end = on_train_batch_end,
};

cornu_callback *cornu_callback_terminate_on_nan_new(const cornu_callback_terminate_on_nan_args *args
) {
    return cornu_callback_create(&cornu_callback_terminate_on_nan_class, args);
}
