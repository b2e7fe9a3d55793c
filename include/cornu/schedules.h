/* Learning rates that follow the count of batches.
 * https://keras.io/api/optimizers/learning_rate_schedules/
 *
 *     cornu_optimizer_sgd(
 *         .learning_rate_schedule = cornu_schedule_exponential_decay(0.1, 1000, 0.96))
 *
 * Makers are *new*; an optimizer takes what it is given. */
#ifndef CORNU_SCHEDULES_H
#define CORNU_SCHEDULES_H

#include <cornu/extend.h>

#ifdef __cplusplus
extern "C" {
#endif

/* initial * decay_rate^(step / decay_steps); `staircase`: in whole steps of that quotient. */
typedef struct cornu_schedule_exponential_decay_args {
    CORNU_ARG(size_t, size_, sizeof(cornu_schedule_exponential_decay_args));
    CORNU_ARG(double, initial_learning_rate, 0);
    CORNU_ARG(double, decay_steps, 0);
    CORNU_ARG(double, decay_rate, 0);
    CORNU_ARG(bool, staircase, false);
    CORNU_ARG(const char *, name, NULL);
} cornu_schedule_exponential_decay_args;
#define CORNU_SCHEDULE_EXPONENTIAL_DECAY_DEFAULTS                                                  \
    .size_ = sizeof(cornu_schedule_exponential_decay_args)
CORNU_API cornu_schedule *cornu_schedule_exponential_decay_new(
    const cornu_schedule_exponential_decay_args *args
);

/* initial / (1 + decay_rate * step / decay_steps). */
typedef struct cornu_schedule_inverse_time_decay_args {
    CORNU_ARG(size_t, size_, sizeof(cornu_schedule_inverse_time_decay_args));
    CORNU_ARG(double, initial_learning_rate, 0);
    CORNU_ARG(double, decay_steps, 0);
    CORNU_ARG(double, decay_rate, 0);
    CORNU_ARG(bool, staircase, false);
    CORNU_ARG(const char *, name, NULL);
} cornu_schedule_inverse_time_decay_args;
#define CORNU_SCHEDULE_INVERSE_TIME_DECAY_DEFAULTS                                                 \
    .size_ = sizeof(cornu_schedule_inverse_time_decay_args)
CORNU_API cornu_schedule *cornu_schedule_inverse_time_decay_new(
    const cornu_schedule_inverse_time_decay_args *args
);

/* (initial - end)(1 - step / decay_steps)^power + end; `cycle`: begins anew, over more
 * steps. */
typedef struct cornu_schedule_polynomial_decay_args {
    CORNU_ARG(size_t, size_, sizeof(cornu_schedule_polynomial_decay_args));
    CORNU_ARG(double, initial_learning_rate, 0);
    CORNU_ARG(double, decay_steps, 0);
    CORNU_ARG(double, end_learning_rate, 0.0001);
    CORNU_ARG(double, power, 1);
    CORNU_ARG(bool, cycle, false);
    CORNU_ARG(const char *, name, NULL);
} cornu_schedule_polynomial_decay_args;
#define CORNU_SCHEDULE_POLYNOMIAL_DECAY_DEFAULTS                                                   \
    .size_ = sizeof(cornu_schedule_polynomial_decay_args), .end_learning_rate = 0.0001,            \
    .power = 1
CORNU_API cornu_schedule *cornu_schedule_polynomial_decay_new(
    const cornu_schedule_polynomial_decay_args *args
);

/* A cosine from the initial rate to `alpha` of it over decay_steps. With `warmup_target`, first in
 * a line to that rate over warmup_steps, and from there. */
typedef struct cornu_schedule_cosine_decay_args {
    CORNU_ARG(size_t, size_, sizeof(cornu_schedule_cosine_decay_args));
    CORNU_ARG(double, initial_learning_rate, 0);
    CORNU_ARG(double, decay_steps, 0);
    CORNU_ARG(double, alpha, 0);
    CORNU_ARG(double, warmup_target, NAN);
    CORNU_ARG(double, warmup_steps, 0);
    CORNU_ARG(const char *, name, NULL);
} cornu_schedule_cosine_decay_args;
#define CORNU_SCHEDULE_COSINE_DECAY_DEFAULTS                                                       \
    .size_ = sizeof(cornu_schedule_cosine_decay_args), .warmup_target = NAN
CORNU_API cornu_schedule *cornu_schedule_cosine_decay_new(
    const cornu_schedule_cosine_decay_args *args
);

/* The same again and again, t_mul times as long and m_mul times as high each time. */
typedef struct cornu_schedule_cosine_decay_restarts_args {
    CORNU_ARG(size_t, size_, sizeof(cornu_schedule_cosine_decay_restarts_args));
    CORNU_ARG(double, initial_learning_rate, 0);
    CORNU_ARG(double, first_decay_steps, 0);
    CORNU_ARG(double, t_mul, 2);
    CORNU_ARG(double, m_mul, 1);
    CORNU_ARG(double, alpha, 0);
    CORNU_ARG(const char *, name, NULL);
} cornu_schedule_cosine_decay_restarts_args;
#define CORNU_SCHEDULE_COSINE_DECAY_RESTARTS_DEFAULTS                                              \
    .size_ = sizeof(cornu_schedule_cosine_decay_restarts_args), .t_mul = 2, .m_mul = 1
CORNU_API cornu_schedule *cornu_schedule_cosine_decay_restarts_new(
    const cornu_schedule_cosine_decay_restarts_args *args
);

/* values[i] up to boundaries[i], it included; values, one more, go on for ever. */
typedef struct cornu_schedule_piecewise_constant_decay_args {
    CORNU_ARG(size_t, size_, sizeof(cornu_schedule_piecewise_constant_decay_args));
    CORNU_ARG(cornu_floats, boundaries, {});
    CORNU_ARG(cornu_floats, values, {});
    CORNU_ARG(const char *, name, NULL);
} cornu_schedule_piecewise_constant_decay_args;
#define CORNU_SCHEDULE_PIECEWISE_CONSTANT_DECAY_DEFAULTS                                           \
    .size_ = sizeof(cornu_schedule_piecewise_constant_decay_args)
CORNU_API cornu_schedule *cornu_schedule_piecewise_constant_decay_new(
    const cornu_schedule_piecewise_constant_decay_args *args
);

#ifndef __cplusplus
#define CORNU_SCHEDULE_KW_(name, NAME, ...)                                                        \
    CORNU_KW_(cornu_schedule_##name##_new(                                                         \
        &(cornu_schedule_##name##_args){CORNU_SCHEDULE_##NAME##_DEFAULTS, __VA_ARGS__}))
#define cornu_schedule_exponential_decay(...)                                                      \
    CORNU_SCHEDULE_KW_(exponential_decay, EXPONENTIAL_DECAY, .initial_learning_rate = __VA_ARGS__)
#define cornu_schedule_inverse_time_decay(...)                                                     \
    CORNU_SCHEDULE_KW_(inverse_time_decay, INVERSE_TIME_DECAY, .initial_learning_rate = __VA_ARGS__)
#define cornu_schedule_polynomial_decay(...)                                                       \
    CORNU_SCHEDULE_KW_(polynomial_decay, POLYNOMIAL_DECAY, .initial_learning_rate = __VA_ARGS__)
#define cornu_schedule_cosine_decay(...)                                                           \
    CORNU_SCHEDULE_KW_(cosine_decay, COSINE_DECAY, .initial_learning_rate = __VA_ARGS__)
#define cornu_schedule_cosine_decay_restarts(...)                                                  \
    CORNU_SCHEDULE_KW_(cosine_decay_restarts, COSINE_DECAY_RESTARTS,                               \
                       .initial_learning_rate = __VA_ARGS__)
#define cornu_schedule_piecewise_constant_decay(...)                                               \
    CORNU_SCHEDULE_KW_(piecewise_constant_decay, PIECEWISE_CONSTANT_DECAY,                         \
                       .boundaries = __VA_ARGS__)
#endif

#ifdef __cplusplus
}
#endif
#endif
