/* Optimizers. Each can stand in cornu_compile, or be applied by a loop of one's own.
 * https://keras.io/api/optimizers/ */
#ifndef CORNU_OPTIMIZERS_H
#define CORNU_OPTIMIZERS_H

#include <cornu/schedules.h>

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

/* Zeiler, https://arxiv.org/abs/1212.5701. */
typedef struct cornu_optimizer_adadelta_args {
    CORNU_OPTIMIZER_ARGS(cornu_optimizer_adadelta_args, 0.001);
    CORNU_ARG(double, rho, 0.95);
    CORNU_ARG(double, epsilon, 1e-7);
} cornu_optimizer_adadelta_args;
#define CORNU_OPTIMIZER_ADADELTA_DEFAULTS                                                          \
    CORNU_OPTIMIZER_DEFAULTS(cornu_optimizer_adadelta_args, 0.001), .rho = 0.95, .epsilon = 1e-7
CORNU_API cornu_optimizer *cornu_optimizer_adadelta_new(const cornu_optimizer_adadelta_args *args);

/* Duchi et al.: w -= rate * g / sqrt(sum of all g^2). */
typedef struct cornu_optimizer_adagrad_args {
    CORNU_OPTIMIZER_ARGS(cornu_optimizer_adagrad_args, 0.001);
    CORNU_ARG(double, initial_accumulator_value, 0.1);
    CORNU_ARG(double, epsilon, 1e-7);
} cornu_optimizer_adagrad_args;
#define CORNU_OPTIMIZER_ADAGRAD_DEFAULTS                                                           \
    CORNU_OPTIMIZER_DEFAULTS(cornu_optimizer_adagrad_args, 0.001),                                 \
        .initial_accumulator_value = 0.1, .epsilon = 1e-7
CORNU_API cornu_optimizer *cornu_optimizer_adagrad_new(const cornu_optimizer_adagrad_args *args);

/* Adam with the largest recent gradient in place of its root mean square. */
typedef struct cornu_optimizer_adamax_args {
    CORNU_OPTIMIZER_ARGS(cornu_optimizer_adamax_args, 0.001);
    CORNU_ARG(double, beta_1, 0.9);
    CORNU_ARG(double, beta_2, 0.999);
    CORNU_ARG(double, epsilon, 1e-7);
} cornu_optimizer_adamax_args;
#define CORNU_OPTIMIZER_ADAMAX_DEFAULTS                                                            \
    CORNU_OPTIMIZER_DEFAULTS(cornu_optimizer_adamax_args, 0.001), .beta_1 = 0.9,                   \
        .beta_2 = 0.999, .epsilon = 1e-7
CORNU_API cornu_optimizer *cornu_optimizer_adamax_new(const cornu_optimizer_adamax_args *args);

/* Adam with Nesterov momentum (Dozat). */
typedef struct cornu_optimizer_nadam_args {
    CORNU_OPTIMIZER_ARGS(cornu_optimizer_nadam_args, 0.001);
    CORNU_ARG(double, beta_1, 0.9);
    CORNU_ARG(double, beta_2, 0.999);
    CORNU_ARG(double, epsilon, 1e-7);
} cornu_optimizer_nadam_args;
#define CORNU_OPTIMIZER_NADAM_DEFAULTS                                                             \
    CORNU_OPTIMIZER_DEFAULTS(cornu_optimizer_nadam_args, 0.001), .beta_1 = 0.9, .beta_2 = 0.999,   \
        .epsilon = 1e-7
CORNU_API cornu_optimizer *cornu_optimizer_nadam_new(const cornu_optimizer_nadam_args *args);

/* Adam for large batches, https://arxiv.org/abs/1904.00962. */
typedef struct cornu_optimizer_lamb_args {
    CORNU_OPTIMIZER_ARGS(cornu_optimizer_lamb_args, 0.001);
    CORNU_ARG(double, beta_1, 0.9);
    CORNU_ARG(double, beta_2, 0.999);
    CORNU_ARG(double, epsilon, 1e-7);
} cornu_optimizer_lamb_args;
#define CORNU_OPTIMIZER_LAMB_DEFAULTS                                                              \
    CORNU_OPTIMIZER_DEFAULTS(cornu_optimizer_lamb_args, 0.001), .beta_1 = 0.9, .beta_2 = 0.999,    \
        .epsilon = 1e-7
CORNU_API cornu_optimizer *cornu_optimizer_lamb_new(const cornu_optimizer_lamb_args *args);

/* The sign of a momentum, https://arxiv.org/abs/2302.06675. */
typedef struct cornu_optimizer_lion_args {
    CORNU_OPTIMIZER_ARGS(cornu_optimizer_lion_args, 0.001);
    CORNU_ARG(double, beta_1, 0.9);
    CORNU_ARG(double, beta_2, 0.99);
} cornu_optimizer_lion_args;
#define CORNU_OPTIMIZER_LION_DEFAULTS                                                              \
    CORNU_OPTIMIZER_DEFAULTS(cornu_optimizer_lion_args, 0.001), .beta_1 = 0.9, .beta_2 = 0.99
CORNU_API cornu_optimizer *cornu_optimizer_lion_new(const cornu_optimizer_lion_args *args);

/* Follow the regularised leader. */
typedef struct cornu_optimizer_ftrl_args {
    CORNU_OPTIMIZER_ARGS(cornu_optimizer_ftrl_args, 0.001);
    CORNU_ARG(double, learning_rate_power, -0.5);
    CORNU_ARG(double, initial_accumulator_value, 0.1);
    CORNU_ARG(double, l1_regularization_strength, 0);
    CORNU_ARG(double, l2_regularization_strength, 0);
    CORNU_ARG(double, l2_shrinkage_regularization_strength, 0);
    CORNU_ARG(double, beta, 0);
} cornu_optimizer_ftrl_args;
#define CORNU_OPTIMIZER_FTRL_DEFAULTS                                                              \
    CORNU_OPTIMIZER_DEFAULTS(cornu_optimizer_ftrl_args, 0.001), .learning_rate_power = -0.5,       \
        .initial_accumulator_value = 0.1
CORNU_API cornu_optimizer *cornu_optimizer_ftrl_new(const cornu_optimizer_ftrl_args *args);

/* Second moments as rows and columns, https://arxiv.org/abs/1804.04235. */
typedef struct cornu_optimizer_adafactor_args {
    CORNU_OPTIMIZER_ARGS(cornu_optimizer_adafactor_args, 0.001);
    CORNU_ARG(double, beta_2_decay, -0.8);
    CORNU_ARG(double, epsilon_1, 1e-30);
    CORNU_ARG(double, epsilon_2, 1e-3);
    CORNU_ARG(double, clip_threshold, 1);
    CORNU_ARG(bool, relative_step, true);
} cornu_optimizer_adafactor_args;
#define CORNU_OPTIMIZER_ADAFACTOR_DEFAULTS                                                         \
    CORNU_OPTIMIZER_DEFAULTS(cornu_optimizer_adafactor_args, 0.001), .beta_2_decay = -0.8,         \
        .epsilon_1 = 1e-30, .epsilon_2 = 1e-3, .clip_threshold = 1, .relative_step = true
CORNU_API cornu_optimizer *
cornu_optimizer_adafactor_new(const cornu_optimizer_adafactor_args *args);

/* Orthogonal momentum for matrices, https://arxiv.org/abs/2502.16982; AdamW for everything else,
 * for embeddings, and for weights in whose path ("dense/kernel") one of the regular expressions of
 * `exclude_layers` is found. rms_rate NAN: steps are not scaled to the size of the matrix. */
typedef struct cornu_optimizer_muon_args {
    CORNU_OPTIMIZER_ARGS(cornu_optimizer_muon_args, 0.001);
    CORNU_ARG(double, adam_beta_1, 0.9);
    CORNU_ARG(double, adam_beta_2, 0.999);
    CORNU_ARG(double, adam_weight_decay, 0.004);
    CORNU_ARG(double, epsilon, 1e-7);
    CORNU_ARG(cornu_texts, exclude_layers, {});
    CORNU_ARG(bool, exclude_embeddings, true);
    CORNU_ARG(double, muon_a, 3.4445);
    CORNU_ARG(double, muon_b, -4.775);
    CORNU_ARG(double, muon_c, 2.0315);
    CORNU_ARG(double, adam_lr_ratio, 1);
    CORNU_ARG(double, momentum, 0.95);
    CORNU_ARG(int64_t, ns_steps, 5);
    CORNU_ARG(bool, nesterov, true);
    CORNU_ARG(double, rms_rate, 0.2);
} cornu_optimizer_muon_args;
#define CORNU_OPTIMIZER_MUON_DEFAULTS                                                              \
    CORNU_OPTIMIZER_DEFAULTS_DECAYING(cornu_optimizer_muon_args, 0.001, 0.004),                    \
        .adam_beta_1 = 0.9, .adam_beta_2 = 0.999, .adam_weight_decay = 0.004, .epsilon = 1e-7,     \
        .exclude_embeddings = true, .muon_a = 3.4445, .muon_b = -4.775, .muon_c = 2.0315,          \
        .adam_lr_ratio = 1, .momentum = 0.95, .ns_steps = 5, .nesterov = true, .rms_rate = 0.2
CORNU_API cornu_optimizer *cornu_optimizer_muon_new(const cornu_optimizer_muon_args *args);

/* AdamW with averaging in place of a schedule, https://arxiv.org/abs/2405.15682. */
typedef struct cornu_optimizer_schedule_free_adamw_args {
    CORNU_OPTIMIZER_ARGS(cornu_optimizer_schedule_free_adamw_args, 0.0025);
    CORNU_ARG(double, beta_1, 0.9);
    CORNU_ARG(double, beta_2, 0.999);
    CORNU_ARG(double, epsilon, 1e-8);
    CORNU_ARG(int64_t, warmup_steps, 0);
} cornu_optimizer_schedule_free_adamw_args;
#define CORNU_OPTIMIZER_SCHEDULE_FREE_ADAMW_DEFAULTS                                               \
    CORNU_OPTIMIZER_DEFAULTS(cornu_optimizer_schedule_free_adamw_args, 0.0025), .beta_1 = 0.9,     \
        .beta_2 = 0.999, .epsilon = 1e-8
CORNU_API cornu_optimizer *
cornu_optimizer_schedule_free_adamw_new(const cornu_optimizer_schedule_free_adamw_args *args);

/* Scales the loss of `inner_optimizer` (taken), which does the rest: weight decay, clipping and so
 * on are settings of that one. */
typedef struct cornu_optimizer_loss_scale_optimizer_args {
    CORNU_OPTIMIZER_ARGS(cornu_optimizer_loss_scale_optimizer_args, 0);
    CORNU_ARG(cornu_optimizer *, inner_optimizer, NULL);
    CORNU_ARG(double, initial_scale, 32768);
    CORNU_ARG(int64_t, dynamic_growth_steps, 2000);
} cornu_optimizer_loss_scale_optimizer_args;
#define CORNU_OPTIMIZER_LOSS_SCALE_OPTIMIZER_DEFAULTS                                              \
    CORNU_OPTIMIZER_DEFAULTS(cornu_optimizer_loss_scale_optimizer_args, 0),                        \
        .initial_scale = 32768, .dynamic_growth_steps = 2000
CORNU_API cornu_optimizer *cornu_optimizer_loss_scale_optimizer_new(
    const cornu_optimizer_loss_scale_optimizer_args *args
);

/* Different optimizers for different variables: a variable goes to the one whose pattern fits its
 * whole path ("encoder/.*" fits "encoder/dense/kernel"), or is that path, and otherwise to
 * `default_optimizer`. At most eight optimizers. All of them are taken.
 *
 *     cornu_optimizer *optimizer = cornu_optimizer_multi_optimizer(cornu_optimizer_adam(),
 *         .optimizer_map = cornu_optimizer_map(
 *             {"encoder/.*", cornu_optimizer_sgd(.learning_rate = 1e-3)},
 *             {"head/.*", cornu_optimizer_sgd(.learning_rate = 1e-2)}));
 *
 * CORNU_EINVAL (no default, a LossScaleOptimizer or MultiOptimizer inside, a pattern that is none),
 * and with the first step for a variable that several patterns fit. cornu_optimizer_learning_rate
 * is that of the first. */
typedef struct cornu_optimizer_map_entry {
    const char *pattern;
    cornu_optimizer *optimizer; /* taken */
} cornu_optimizer_map_entry;
typedef struct cornu_optimizer_map_list {
    const cornu_optimizer_map_entry *items;
    size_t count;
} cornu_optimizer_map_list;
typedef struct cornu_optimizer_multi_optimizer_args {
    CORNU_OPTIMIZER_ARGS(cornu_optimizer_multi_optimizer_args, 0);
    CORNU_ARG(cornu_optimizer *, default_optimizer, NULL);
    CORNU_ARG(cornu_optimizer_map_list, optimizer_map, {});
} cornu_optimizer_multi_optimizer_args;
#define CORNU_OPTIMIZER_MULTI_OPTIMIZER_DEFAULTS                                                   \
    CORNU_OPTIMIZER_DEFAULTS(cornu_optimizer_multi_optimizer_args, 0)
CORNU_API cornu_optimizer *
cornu_optimizer_multi_optimizer_new(const cornu_optimizer_multi_optimizer_args *args);

/* ScheduleFreeAdamW trains between two sequences, the average of which predicts better: before
 * evaluation the variables become that average, before training they go back to the place between.
 * Nothing before the first step. CORNU_EUNSUPPORTED for other optimizers. */
CORNU_API cornu_status cornu_optimizer_swap_to_eval(cornu_optimizer *optimizer);
CORNU_API cornu_status cornu_optimizer_swap_to_train(cornu_optimizer *optimizer);

#ifndef __cplusplus
#define cornu_optimizer_map(...)                                                                   \
    ((cornu_optimizer_map_list                                                                     \
    ){(const cornu_optimizer_map_entry[]){__VA_ARGS__},                                            \
      sizeof((const cornu_optimizer_map_entry[]){__VA_ARGS__}) /                                   \
          sizeof(cornu_optimizer_map_entry)})
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
/* The keyword call of an optimizer: its name, and in capitals as in that of its defaults. */
#define CORNU_OPTIMIZER_KW_(name, NAME, ...)                                                       \
    CORNU_KW_(cornu_optimizer_##name##_new(                                                        \
        &(cornu_optimizer_##name##_args){CORNU_OPTIMIZER_##NAME##_DEFAULTS, __VA_ARGS__}))
#define cornu_optimizer_adadelta(...) CORNU_OPTIMIZER_KW_(adadelta, ADADELTA, __VA_ARGS__)
#define cornu_optimizer_adagrad(...) CORNU_OPTIMIZER_KW_(adagrad, ADAGRAD, __VA_ARGS__)
#define cornu_optimizer_adamax(...) CORNU_OPTIMIZER_KW_(adamax, ADAMAX, __VA_ARGS__)
#define cornu_optimizer_nadam(...) CORNU_OPTIMIZER_KW_(nadam, NADAM, __VA_ARGS__)
#define cornu_optimizer_lamb(...) CORNU_OPTIMIZER_KW_(lamb, LAMB, __VA_ARGS__)
#define cornu_optimizer_lion(...) CORNU_OPTIMIZER_KW_(lion, LION, __VA_ARGS__)
#define cornu_optimizer_ftrl(...) CORNU_OPTIMIZER_KW_(ftrl, FTRL, __VA_ARGS__)
#define cornu_optimizer_adafactor(...) CORNU_OPTIMIZER_KW_(adafactor, ADAFACTOR, __VA_ARGS__)
#define cornu_optimizer_muon(...) CORNU_OPTIMIZER_KW_(muon, MUON, __VA_ARGS__)
#define cornu_optimizer_schedule_free_adamw(...)                                                   \
    CORNU_OPTIMIZER_KW_(schedule_free_adamw, SCHEDULE_FREE_ADAMW, __VA_ARGS__)
#define cornu_optimizer_multi_optimizer(...)                                                       \
    CORNU_OPTIMIZER_KW_(multi_optimizer, MULTI_OPTIMIZER, .default_optimizer = __VA_ARGS__)
#define cornu_optimizer_loss_scale_optimizer(...)                                                  \
    CORNU_OPTIMIZER_KW_(loss_scale_optimizer, LOSS_SCALE_OPTIMIZER, .inner_optimizer = __VA_ARGS__)
#endif

#ifdef __cplusplus
}
#endif
#endif
