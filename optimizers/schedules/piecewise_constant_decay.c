/* One rate up to the first boundary, it included, another up to the second, and so on.
 * keras/src/optimizers/schedules/learning_rate_schedule.py, PiecewiseConstantDecay */
#include <cornu/schedules.h>

typedef struct {
    cornu_schedule base;
    cornu_schedule_piecewise_constant_decay_args args;
} piecewise_constant_decay;

static cornu_status init(void *object) {
    const cornu_schedule_piecewise_constant_decay_args *args =
        &((piecewise_constant_decay *)object)->args;
    if (args->values.count == args->boundaries.count + 1) return CORNU_OK;
    CORNU_FAIL(
        CORNU_EINVAL, "there must be one value more than boundaries, got %zu and %zu",
        args->values.count, args->boundaries.count
    );
}

static cornu_tensor *call(cornu_schedule *schedule, cornu_tensor *step) {
    const cornu_schedule_piecewise_constant_decay_args *args =
        &((piecewise_constant_decay *)schedule)->args;
    step = cornu_op_cast(step, CORNU_FLOAT32);
    cornu_tensor *rate = cornu_scalar_of(CORNU_FLOAT32, args->values.items[0]);
    for (size_t i = 0; i < args->boundaries.count; i++) {
        cornu_tensor *past = cornu_op_greater(step, cornu_scalar(args->boundaries.items[i]));
        rate = cornu_op_where(past, cornu_scalar(args->values.items[i + 1]), rate);
    }
    return rate;
}

static const cornu_schedule_piecewise_constant_decay_args defaults = {
    CORNU_SCHEDULE_PIECEWISE_CONSTANT_DECAY_DEFAULTS, .name = "PiecewiseConstant"};
static const cornu_field fields[] = {
    CORNU_FIELD(cornu_schedule_piecewise_constant_decay_args, FLOATS, boundaries),
    CORNU_FIELD(cornu_schedule_piecewise_constant_decay_args, FLOATS, values),
    CORNU_FIELD(cornu_schedule_piecewise_constant_decay_args, STRING, name),
};

CORNU_SCHEDULE_CLASS(piecewise_constant_decay){
    CORNU_CLASS_ARGS(piecewise_constant_decay, args, defaults, fields),
    .name = "PiecewiseConstantDecay",
    .init = init,
    .call = call,
};

cornu_schedule *cornu_schedule_piecewise_constant_decay_new(
    const cornu_schedule_piecewise_constant_decay_args *args
) {
    return cornu_schedule_create(&cornu_schedule_piecewise_constant_decay_class, args);
}
