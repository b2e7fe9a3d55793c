/* Huber loss: half the squared error up to `delta`, linear beyond, so that outliers weigh less.
 * keras/src/losses/losses.py, huber */
#include <cornu/losses.h>

typedef struct {
    cornu_loss base;
    cornu_loss_huber_args args;
} huber;

static cornu_tensor *call(cornu_loss *loss, cornu_tensor *y_true, cornu_tensor *y_pred) {
    double delta = ((huber *)loss)->args.delta;
    cornu_tensor *error = cornu_op_subtract(y_pred, y_true);
    cornu_tensor *size = cornu_op_absolute(error);
    cornu_tensor *inside = cornu_op_multiply(cornu_op_square(error), cornu_scalar(0.5));
    cornu_tensor *outside = cornu_op_subtract(
        cornu_op_multiply(size, cornu_scalar(delta)), cornu_scalar(0.5 * delta * delta)
    );
    cornu_tensor *small = cornu_op_less_equal(size, cornu_scalar(delta));
    return cornu_op_mean(cornu_op_where(small, inside, outside), .axis = cornu_axes(-1));
}

static const cornu_loss_huber_args defaults = {CORNU_LOSS_HUBER_DEFAULTS, .name = "huber_loss"};
static const cornu_field fields[] = {
    CORNU_LOSS_FIELDS(cornu_loss_huber_args),
    CORNU_FIELD(cornu_loss_huber_args, FLOAT, delta),
};
static const char *const aliases[] = {"huber_loss", NULL};

CORNU_LOSS_CLASS(huber){
    CORNU_CLASS_ARGS(huber, args, defaults, fields),
    .name = "Huber",
    .call = call,
    .aliases = aliases,
};

cornu_loss *cornu_loss_huber_new(const cornu_loss_huber_args *args) {
    return cornu_loss_create(&cornu_loss_huber_class, args);
}
