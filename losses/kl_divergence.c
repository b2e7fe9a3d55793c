/* Kullback-Leibler divergence: sum(y_true * log(y_true / y_pred)) over the last axis.
 * keras/src/losses/losses.py, kl_divergence */
#include <cornu/losses.h>

typedef struct {
    cornu_loss base;
    cornu_loss_regression_args args;
} kl_divergence;

/* Keras' epsilon: what a probability is at least. */
static const double epsilon = 1e-7;

static cornu_tensor *call(cornu_loss *self, cornu_tensor *y_true, cornu_tensor *y_pred) {
    (void)self;
    y_true = cornu_op_clip(y_true, epsilon, 1);
    y_pred = cornu_op_clip(y_pred, epsilon, 1);
    cornu_tensor *ratio = cornu_op_log(cornu_op_divide(y_true, y_pred));
    return cornu_op_sum(cornu_op_multiply(y_true, ratio), .axis = cornu_axes(-1));
}

static const cornu_loss_regression_args defaults = {
    CORNU_LOSS_REGRESSION_DEFAULTS, .name = "kl_divergence"};
static const cornu_field fields[] = {CORNU_LOSS_FIELDS(cornu_loss_regression_args)};
static const char *const aliases[] = {"kld", "KLD", "kullback_leibler_divergence", NULL};

CORNU_LOSS_CLASS(kl_divergence){
    CORNU_CLASS_ARGS(kl_divergence, args, defaults, fields),
    .name = "KLDivergence",
    .call = call,
    .aliases = aliases,
};

cornu_loss *cornu_loss_kl_divergence_new(const cornu_loss_regression_args *args) {
    return cornu_loss_create(&cornu_loss_kl_divergence_class, args);
}
