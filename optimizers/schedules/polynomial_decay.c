/* rate = (initial - end)(1 - step / decay_steps)^power + end; with `cycle`, decay_steps grows by
 * itself each time they are over.
 * keras/src/optimizers/schedules/learning_rate_schedule.py, PolynomialDecay */
#include <cornu/schedules.h>

typedef struct {
    cornu_schedule base;
    cornu_schedule_polynomial_decay_args args;
} polynomial_decay;

static cornu_status init(void *object) {
    double steps = ((polynomial_decay *)object)->args.decay_steps;
    if (steps > 0) return CORNU_OK;
    CORNU_FAIL(CORNU_EINVAL, "decay_steps must be positive, got %g", steps);
}

static cornu_tensor *call(cornu_schedule *schedule, cornu_tensor *step) {
    const cornu_schedule_polynomial_decay_args *args = &((polynomial_decay *)schedule)->args;
    cornu_tensor *one = cornu_scalar(1), *steps = cornu_scalar(args->decay_steps);
    step = cornu_op_cast(step, CORNU_FLOAT32);
    if (args->cycle) { /* the first cycle begins with step 0 */
        cornu_tensor *cycles = cornu_op_maximum(cornu_op_ceil(cornu_op_divide(step, steps)), one);
        steps = cornu_op_multiply(steps, cycles);
    } else {
        step = cornu_op_minimum(step, steps);
    }
    cornu_tensor *left = cornu_op_subtract(one, cornu_op_divide(step, steps));
    cornu_tensor *part = cornu_op_power(left, cornu_scalar(args->power));
    double range = args->initial_learning_rate - args->end_learning_rate;
    return cornu_op_add(
        cornu_op_multiply(part, cornu_scalar(range)), cornu_scalar(args->end_learning_rate)
    );
}

static const cornu_schedule_polynomial_decay_args defaults = {
    CORNU_SCHEDULE_POLYNOMIAL_DECAY_DEFAULTS, .name = "PolynomialDecay"};
static const cornu_field fields[] = {
    CORNU_FIELD(cornu_schedule_polynomial_decay_args, FLOAT, initial_learning_rate),
    CORNU_FIELD(cornu_schedule_polynomial_decay_args, FLOAT, decay_steps),
    CORNU_FIELD(cornu_schedule_polynomial_decay_args, FLOAT, end_learning_rate),
    CORNU_FIELD(cornu_schedule_polynomial_decay_args, FLOAT, power),
    CORNU_FIELD(cornu_schedule_polynomial_decay_args, BOOL, cycle),
    CORNU_FIELD(cornu_schedule_polynomial_decay_args, STRING, name),
};

CORNU_SCHEDULE_CLASS(polynomial_decay){
    CORNU_CLASS_ARGS(polynomial_decay, args, defaults, fields),
    .name = "PolynomialDecay",
    .init = init,
    .call = call,
};

cornu_schedule *cornu_schedule_polynomial_decay_new(const cornu_schedule_polynomial_decay_args *args
) {
    return cornu_schedule_create(&cornu_schedule_polynomial_decay_class, args);
}
