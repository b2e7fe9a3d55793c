/* TerminateOnNaN: ends training with an error when the loss is no number any more.
 * keras/src/callbacks/terminate_on_nan.py (which stops without one) */
#include <cornu/callbacks.h>

typedef struct {
    cornu_callback base;
} terminate_on_nan;

static cornu_status on_train_batch_end(
    cornu_callback *self, cornu_model *model, int64_t batch, cornu_logs *logs
) {
    (void)self, (void)model;
    double loss = cornu_logs_get(logs, "loss");
    if (!cornu_logs_has(logs, "loss") || isfinite(loss)) return CORNU_OK;
    CORNU_FAIL(
        CORNU_ENAN, "the loss is %s after batch %lld", isnan(loss) ? "NaN" : "infinite",
        (long long)batch + 1
    );
}

CORNU_CALLBACK_CLASS(terminate_on_nan){
    .name = "TerminateOnNaN",
    .size = sizeof(terminate_on_nan),
    .on_train_batch_end = on_train_batch_end,
};

cornu_callback *cornu_callback_terminate_on_nan_new(const void *args) {
    (void)args;
    return cornu_callback_create(&cornu_callback_terminate_on_nan_class, NULL);
}
