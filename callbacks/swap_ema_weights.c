/* SwapEMAWeights: evaluates with the moving averages of the weights.
 * keras/src/callbacks/swap_ema_weights.py */
#include <cornu/callbacks.h>
#include <cornu/model.h>

typedef struct {
    cornu_callback base;
    cornu_callback_swap_ema_weights_args args;
    bool averaged;  /* the model has the averages, the optimizer the weights */
    int64_t epochs; /* of this fit; -1: not in fit */
} swap_ema;

static cornu_status make_averaged(swap_ema *self, cornu_model *model, bool averaged) {
    if (self->averaged == averaged) return CORNU_OK;
    CORNU_TRY(cornu_optimizer_swap_averages(cornu_model_optimizer(model)));
    self->averaged = averaged;
    return CORNU_OK;
}

static cornu_status on_run_begin(cornu_callback *callback, cornu_run *run) {
    ((swap_ema *)callback)->epochs = cornu_run_epochs(run);
    return CORNU_OK;
}

static cornu_status on_epoch_begin(
    cornu_callback *callback, cornu_model *model, int64_t epoch, cornu_logs *logs
) {
    swap_ema *self = (swap_ema *)callback;
    (void)epoch, (void)logs;
    return self->args.swap_on_epoch ? make_averaged(self, model, false) : CORNU_OK;
}

static cornu_status on_epoch_end(
    cornu_callback *callback, cornu_model *model, int64_t epoch, cornu_logs *logs
) {
    swap_ema *self = (swap_ema *)callback;
    (void)logs;
    if (!self->args.swap_on_epoch || self->averaged) return CORNU_OK;
    CORNU_TRY(make_averaged(self, model, true));
    /* At its end, fit gives the variables the averages, which the model has already. */
    if (epoch != self->epochs - 1) return CORNU_OK;
    return cornu_optimizer_reset_averages(cornu_model_optimizer(model));
}

static cornu_status begin(cornu_callback *callback, cornu_model *model, cornu_logs *logs) {
    (void)logs;
    return make_averaged((swap_ema *)callback, model, true);
}

static cornu_status end(cornu_callback *callback, cornu_model *model, cornu_logs *logs) {
    (void)logs;
    return make_averaged((swap_ema *)callback, model, false);
}

static cornu_status save_state(cornu_callback *callback, cornu_state *state) {
    return cornu_state_set_int(state, "averaged", ((swap_ema *)callback)->averaged);
}

static cornu_status load_state(cornu_callback *callback, cornu_state *state) {
    int64_t averaged;
    CORNU_TRY(cornu_state_get_int(state, "averaged", &averaged));
    ((swap_ema *)callback)->averaged = averaged != 0;
    return CORNU_OK;
}

static const cornu_callback_swap_ema_weights_args defaults = {
    CORNU_CALLBACK_SWAP_EMA_WEIGHTS_DEFAULTS};
static const cornu_field fields[] = {
    CORNU_FIELD(cornu_callback_swap_ema_weights_args, BOOL, swap_on_epoch),
};

CORNU_CALLBACK_CLASS(swap_ema_weights){
    CORNU_CLASS_ARGS(swap_ema, args, defaults, fields),
    .name = "SwapEMAWeights",
    .on_run_begin = on_run_begin,
    .on_epoch_begin = on_epoch_begin,
    .on_epoch_end = on_epoch_end,
    .on_test_begin = begin,
    .on_test_end = end,
    .on_predict_begin = begin,
    .on_predict_end = end,
    .save_state = save_state,
    .load_state = load_state,
};

cornu_callback *cornu_callback_swap_ema_weights_new(const cornu_callback_swap_ema_weights_args *args
) {
    return cornu_callback_create(&cornu_callback_swap_ema_weights_class, args);
}
