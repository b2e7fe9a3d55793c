/* Half a period of a cosine from the initial rate down to `alpha` of it, perhaps after a linear
 * warm-up to another one. keras/src/optimizers/schedules/learning_rate_schedule.py, CosineDecay.
 * https://arxiv.org/abs/1608.03983 */
#include <cornu/schedules.h>

typedef struct {
    cornu_schedule base;
    cornu_schedule_cosine_decay_args args;
} cosine_decay;

static cornu_status init(void *object) {
    double steps = ((cosine_decay *)object)->args.decay_steps;
    if (steps > 0) return CORNU_OK;
    CORNU_FAIL(CORNU_EINVAL, "decay_steps must be positive, got %g", steps);
}

/* The decay after so many steps, from a rate. */
static cornu_tensor *decayed(
    const cornu_schedule_cosine_decay_args *args, cornu_tensor *step, double from
) {
    cornu_tensor *passed = cornu_op_divide(step, cornu_scalar(args->decay_steps));
    cornu_tensor *cosine =
        cornu_op_cos(cornu_op_multiply(passed, cornu_scalar(3.14159265358979323846)));
    cornu_tensor *falls = cornu_op_multiply(
        cornu_op_add(cosine, cornu_scalar(1)), cornu_scalar(0.5 * (1 - args->alpha))
    );
    return cornu_op_multiply(cornu_op_add(falls, cornu_scalar(args->alpha)), cornu_scalar(from));
}

static cornu_tensor *call(cornu_schedule *schedule, cornu_tensor *step) {
    const cornu_schedule_cosine_decay_args *args = &((cosine_decay *)schedule)->args;
    double initial = args->initial_learning_rate, target = args->warmup_target;
    step = cornu_op_cast(step, CORNU_FLOAT32);
    if (isnan(target)) {
        step = cornu_op_minimum(step, cornu_scalar(args->decay_steps));
        return decayed(args, step, initial);
    }
    cornu_tensor *warm = cornu_scalar(args->warmup_steps);
    step = cornu_op_minimum(step, cornu_scalar(args->decay_steps + args->warmup_steps));
    cornu_tensor *rising = cornu_op_add(
        cornu_op_multiply(cornu_op_divide(step, warm), cornu_scalar(target - initial)),
        cornu_scalar(initial)
    );
    cornu_tensor *falling = decayed(args, cornu_op_subtract(step, warm), target);
    return cornu_op_where(cornu_op_less(step, warm), rising, falling);
}

static const cornu_schedule_cosine_decay_args defaults = {
    CORNU_SCHEDULE_COSINE_DECAY_DEFAULTS, .name = "CosineDecay"};
static const cornu_field fields[] = {
    CORNU_FIELD(cornu_schedule_cosine_decay_args, FLOAT, initial_learning_rate),
    CORNU_FIELD(cornu_schedule_cosine_decay_args, FLOAT, decay_steps),
    CORNU_FIELD(cornu_schedule_cosine_decay_args, FLOAT, alpha),
    CORNU_FIELD(cornu_schedule_cosine_decay_args, STRING, name),
    CORNU_FIELD(cornu_schedule_cosine_decay_args, FLOAT, warmup_target),
    CORNU_FIELD(cornu_schedule_cosine_decay_args, FLOAT, warmup_steps),
};

CORNU_SCHEDULE_CLASS(cosine_decay){
    CORNU_CLASS_ARGS(cosine_decay, args, defaults, fields),
    .name = "CosineDecay",
    .init = init,
    .call = call,
};

cornu_schedule *cornu_schedule_cosine_decay_new(const cornu_schedule_cosine_decay_args *args) {
    return cornu_schedule_create(&cornu_schedule_cosine_decay_class, args);
}
