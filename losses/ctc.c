/* Connectionist temporal classification: minus the logarithm of the probability of all ways in
 * which the outputs over time can spell the labels, those before the first blank (class 0).
 * keras/src/losses/losses.py, ctc. Graves et al. 2006 */
#include <cornu/losses.h>

typedef struct {
    cornu_loss base;
    cornu_loss_regression_args args;
} ctc;

static cornu_tensor *call(cornu_loss *self, cornu_tensor *y_true, cornu_tensor *y_pred) {
    (void)self;
    cornu_tensor *labels = y_true != NULL ? cornu_op_cast(y_true, CORNU_INT32) : NULL;
    cornu_tensor *is_label = cornu_op_not_equal(labels, cornu_scalar_of(CORNU_INT32, 0));
    cornu_tensor *length =
        cornu_op_sum(cornu_op_cast(is_label, CORNU_INT32), .axis = cornu_axes(-1));
    return cornu_op_ctc_loss(labels, y_pred, length, NULL, 0);
}

static const cornu_loss_regression_args defaults = {CORNU_LOSS_REGRESSION_DEFAULTS, .name = "ctc"};
static const cornu_field fields[] = {CORNU_LOSS_FIELDS(cornu_loss_regression_args)};

CORNU_LOSS_CLASS(ctc){
    CORNU_CLASS_ARGS(ctc, args, defaults, fields),
    .name = "CTC",
    .call = call,
    .any_dtype = true,
};

cornu_loss *cornu_loss_ctc_new(const cornu_loss_regression_args *args) {
    return cornu_loss_create(&cornu_loss_ctc_class, args);
}
