/* Cosine decay that begins anew, each time t_mul times as long and m_mul times as high as before.
 * keras/src/optimizers/schedules/learning_rate_schedule.py, CosineDecayRestarts.
 * https://arxiv.org/abs/1608.03983 */
#include <cornu/schedules.h>

typedef struct {
    cornu_schedule base;
    cornu_schedule_cosine_decay_restarts_args args;
} cosine_decay_restarts;

static cornu_status init(void *object) {
    double steps = ((cosine_decay_restarts *)object)->args.first_decay_steps;
    if (steps > 0) return CORNU_OK;
    CORNU_FAIL(CORNU_EINVAL, "first_decay_steps must be positive, got %g", steps);
}

/* In which period `passed`, counted in first periods, lies; sets `part` to how much of it is over.
 */
static cornu_tensor *period_of(double t_mul, cornu_tensor *passed, cornu_tensor **part) {
    cornu_tensor *one = cornu_scalar(1), *factor = cornu_scalar(t_mul);
    if (t_mul == 1) {
        cornu_tensor *period = cornu_op_floor(passed);
        *part = cornu_op_subtract(passed, period);
        return period;
    }
    /* n periods take (1 - t_mul^n) / (1 - t_mul) */
    cornu_tensor *grown =
        cornu_op_log(cornu_op_subtract(one, cornu_op_multiply(passed, cornu_scalar(1 - t_mul))));
    cornu_tensor *period = cornu_op_floor(cornu_op_divide(grown, cornu_scalar(log(t_mul))));
    cornu_tensor *length = cornu_op_power(factor, period);
    cornu_tensor *before = cornu_op_divide(cornu_op_subtract(one, length), cornu_scalar(1 - t_mul));
    *part = cornu_op_divide(cornu_op_subtract(passed, before), length);
    return period;
}

static cornu_tensor *call(cornu_schedule *schedule, cornu_tensor *step) {
    const cornu_schedule_cosine_decay_restarts_args *args =
        &((cosine_decay_restarts *)schedule)->args;
    cornu_tensor *part,
        *passed = cornu_op_divide(
            cornu_op_cast(step, CORNU_FLOAT32), cornu_scalar(args->first_decay_steps)
        );
    cornu_tensor *period = period_of(args->t_mul, passed, &part);
    cornu_tensor *height = cornu_op_power(cornu_scalar(args->m_mul), period);
    cornu_tensor *cosine =
        cornu_op_cos(cornu_op_multiply(part, cornu_scalar(3.14159265358979323846)));
    cornu_tensor *falls = cornu_op_multiply(
        cornu_op_multiply(height, cornu_op_add(cosine, cornu_scalar(1))),
        cornu_scalar(0.5 * (1 - args->alpha))
    );
    return cornu_op_multiply(
        cornu_op_add(falls, cornu_scalar(args->alpha)), cornu_scalar(args->initial_learning_rate)
    );
}

static const cornu_schedule_cosine_decay_restarts_args defaults = {
    CORNU_SCHEDULE_COSINE_DECAY_RESTARTS_DEFAULTS, .name = "SGDRDecay"};
static const cornu_field fields[] = {
    CORNU_FIELD(cornu_schedule_cosine_decay_restarts_args, FLOAT, initial_learning_rate),
    CORNU_FIELD(cornu_schedule_cosine_decay_restarts_args, FLOAT, first_decay_steps),
    CORNU_FIELD(cornu_schedule_cosine_decay_restarts_args, FLOAT, t_mul),
    CORNU_FIELD(cornu_schedule_cosine_decay_restarts_args, FLOAT, m_mul),
    CORNU_FIELD(cornu_schedule_cosine_decay_restarts_args, FLOAT, alpha),
    CORNU_FIELD(cornu_schedule_cosine_decay_restarts_args, STRING, name),
};

CORNU_SCHEDULE_CLASS(cosine_decay_restarts){
    CORNU_CLASS_ARGS(cosine_decay_restarts, args, defaults, fields),
    .name = "CosineDecayRestarts",
    .init = init,
    .call = call,
};

cornu_schedule *cornu_schedule_cosine_decay_restarts_new(
    const cornu_schedule_cosine_decay_restarts_args *args
) {
    return cornu_schedule_create(&cornu_schedule_cosine_decay_restarts_class, args);
}
