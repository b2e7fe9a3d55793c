/* rate = initial / (1 + decay_rate * step / decay_steps).
 * keras/src/optimizers/schedules/learning_rate_schedule.py, InverseTimeDecay */
#include <cornu/schedules.h>

typedef struct {
    cornu_schedule base;
    cornu_schedule_inverse_time_decay_args args;
} inverse_time_decay;

static cornu_status init(void *object) {
    double steps = ((inverse_time_decay *)object)->args.decay_steps;
    if (steps > 0) return CORNU_OK;
    CORNU_FAIL(CORNU_EINVAL, "decay_steps must be positive, got %g", steps);
}

static cornu_tensor *call(cornu_schedule *schedule, cornu_tensor *step) {
    const cornu_schedule_inverse_time_decay_args *args = &((inverse_time_decay *)schedule)->args;
    cornu_tensor *passed =
        cornu_op_divide(cornu_op_cast(step, CORNU_FLOAT32), cornu_scalar(args->decay_steps));
    if (args->staircase) passed = cornu_op_floor(passed);
    cornu_tensor *divisor =
        cornu_op_add(cornu_scalar(1), cornu_op_multiply(passed, cornu_scalar(args->decay_rate)));
    return cornu_op_divide(cornu_scalar(args->initial_learning_rate), divisor);
}

static const cornu_schedule_inverse_time_decay_args defaults = {
    CORNU_SCHEDULE_INVERSE_TIME_DECAY_DEFAULTS, .name = "InverseTimeDecay"};
static const cornu_field fields[] = {
    CORNU_FIELD(cornu_schedule_inverse_time_decay_args, FLOAT, initial_learning_rate),
    CORNU_FIELD(cornu_schedule_inverse_time_decay_args, FLOAT, decay_steps),
    CORNU_FIELD(cornu_schedule_inverse_time_decay_args, FLOAT, decay_rate),
    CORNU_FIELD(cornu_schedule_inverse_time_decay_args, BOOL, staircase),
    CORNU_FIELD(cornu_schedule_inverse_time_decay_args, STRING, name),
};

CORNU_SCHEDULE_CLASS(inverse_time_decay){
    CORNU_CLASS_ARGS(inverse_time_decay, args, defaults, fields),
    .name = "InverseTimeDecay",
    .init = init,
    .call = call,
};

cornu_schedule *cornu_schedule_inverse_time_decay_new(
    const cornu_schedule_inverse_time_decay_args *args
) {
    return cornu_schedule_create(&cornu_schedule_inverse_time_decay_class, args);
}
