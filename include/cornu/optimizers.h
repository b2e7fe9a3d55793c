/* Optimizers. Each can stand in cornu_compile, or be applied by a loop of one's own.
 * https://keras.io/api/optimizers/ */
#ifndef CORNU_OPTIMIZERS_H
#define CORNU_OPTIMIZERS_H

#include <cornu/extend.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Gradient descent: w -= rate * g, with momentum v = momentum * v - rate * g, w += v. */
typedef struct cornu_optimizer_sgd_args {
    CORNU_OPTIMIZER_ARGS(cornu_optimizer_sgd_args, 0.01);
    CORNU_ARG(double, momentum, 0);
    CORNU_ARG(bool, nesterov, false);
} cornu_optimizer_sgd_args;
#define CORNU_OPTIMIZER_SGD_DEFAULTS CORNU_OPTIMIZER_DEFAULTS(cornu_optimizer_sgd_args, 0.01)
CORNU_API cornu_optimizer *cornu_optimizer_sgd_new(const cornu_optimizer_sgd_args *args);

/* Hinton's RMSprop. */
typedef struct cornu_optimizer_rmsprop_args {
    CORNU_OPTIMIZER_ARGS(cornu_optimizer_rmsprop_args, 0.001);
    CORNU_ARG(double, rho, 0.9);
    CORNU_ARG(double, momentum, 0);
    CORNU_ARG(double, epsilon, 1e-7);
    CORNU_ARG(bool, centered, false);
} cornu_optimizer_rmsprop_args;
#define CORNU_OPTIMIZER_RMSPROP_DEFAULTS                                                           \
    CORNU_OPTIMIZER_DEFAULTS(cornu_optimizer_rmsprop_args, 0.001), .rho = 0.9, .epsilon = 1e-7
CORNU_API cornu_optimizer *cornu_optimizer_rmsprop_new(const cornu_optimizer_rmsprop_args *args);

/* Kingma and Ba, https://arxiv.org/abs/1412.6980. AdamW decouples the weight decay (0.004 unless
 * given), https://arxiv.org/abs/1711.05101. */
typedef struct cornu_optimizer_adam_args {
    CORNU_OPTIMIZER_ARGS(cornu_optimizer_adam_args, 0.001);
    CORNU_ARG(double, beta_1, 0.9);
    CORNU_ARG(double, beta_2, 0.999);
    CORNU_ARG(double, epsilon, 1e-7);
    CORNU_ARG(bool, amsgrad, false);
} cornu_optimizer_adam_args;
#define CORNU_OPTIMIZER_ADAM_DEFAULTS                                                              \
    CORNU_OPTIMIZER_DEFAULTS(cornu_optimizer_adam_args, 0.001), .beta_1 = 0.9, .beta_2 = 0.999,    \
                                                                .epsilon = 1e-7
CORNU_API cornu_optimizer *cornu_optimizer_adam_new(const cornu_optimizer_adam_args *args);
CORNU_API cornu_optimizer *cornu_optimizer_adamw_new(const cornu_optimizer_adam_args *args);

#ifndef __cplusplus
#define cornu_optimizer_sgd(...)                                                                   \
    CORNU_KW_(cornu_optimizer_sgd_new(                                                             \
        &(cornu_optimizer_sgd_args){CORNU_OPTIMIZER_SGD_DEFAULTS, __VA_ARGS__}))
#define cornu_optimizer_rmsprop(...)                                                               \
    CORNU_KW_(cornu_optimizer_rmsprop_new(                                                         \
        &(cornu_optimizer_rmsprop_args){CORNU_OPTIMIZER_RMSPROP_DEFAULTS, __VA_ARGS__}))
#define cornu_optimizer_adam(...)                                                                  \
    CORNU_KW_(cornu_optimizer_adam_new(                                                            \
        &(cornu_optimizer_adam_args){CORNU_OPTIMIZER_ADAM_DEFAULTS, __VA_ARGS__}))
#define cornu_optimizer_adamw(...)                                                                 \
    CORNU_KW_(cornu_optimizer_adamw_new(&(cornu_optimizer_adam_args){                              \
        CORNU_OPTIMIZER_ADAM_DEFAULTS, .weight_decay = 0.004, __VA_ARGS__}))
#endif

#ifdef __cplusplus
}
#endif
#endif
