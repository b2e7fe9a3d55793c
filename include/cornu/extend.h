/* Writing layers, losses, metrics, optimizers, callbacks, initializers, ... of one's own. The
 * built-in ones are written with nothing but this header and those it includes.
 *
 * A class is one constant struct; an object is a struct that begins with its base. The arguments of
 * an object live in an argument struct inside it, described by a table of fields. From that table
 * the library copies arguments, writes and reads configs (.keras files), and checks them; a class
 * with a table needs no get_config.
 *
 * The Keras side of it: https://keras.io/guides/making_new_layers_and_models_via_subclassing/
 *
 * Example:
 *
 *     #include <cornu/cornu.h>
 *
 *     typedef struct {
 *         CORNU_LAYER_ARGS(my_scale_args);
 *         CORNU_ARG(double, factor, 1);
 *     } my_scale_args;
 *
 *     typedef struct { cornu_layer base; my_scale_args args; } my_scale;
 *
 *     static cornu_tensor *call(
 *         cornu_layer *layer, cornu_tensor *const *inputs, const cornu_call_context *context
 *     ) {
 *         const my_scale *self = (const my_scale *)layer;
 *         (void)context;
 *         return cornu_op_multiply(inputs[0], cornu_scalar(self->args.factor));
 *     }
 *
 *     static const my_scale_args defaults = {CORNU_LAYER_DEFAULTS(my_scale_args), .factor = 1};
 *     static const cornu_field fields[] = {
 *         CORNU_LAYER_FIELDS(my_scale_args), CORNU_FIELD(my_scale_args, FLOAT, factor)
 *     };
 *     static const cornu_layer_class my_scale_class = {
 *         CORNU_CLASS_ARGS(my_scale, args, defaults, fields),
 *         .name = "MyPackage>MyScale", .call = call,
 *     };
 *
 *     int main(void) {
 *         cornu_check(cornu_register_layer(&my_scale_class)); // so that files with it can be read
 *         const my_scale_args args = {CORNU_LAYER_DEFAULTS(my_scale_args), .factor = 3};
 *         cornu_model *model = cornu_sequential(
 *             cornu_input(2), cornu_layer_create(&my_scale_class, &args));
 *         CORNU_SCOPE {
 *             cornu_tensor *y = cornu_call(model, cornu_op_ones(cornu_shape(1, 2), CORNU_FLOAT32));
 *             cornu_check(y);
 *             if (cornu_tensor_get(y, 0) != 3) return 1;
 *         }
 *         cornu_check(cornu_save(model, "scaled.keras"));
 *         cornu_model *copy = cornu_load("scaled.keras");         // finds the class by its name
 *         cornu_check(copy);
 *         cornu_model_free(copy);
 *         cornu_model_free(model);
 *     }
 */
#ifndef CORNU_EXTEND_H
#define CORNU_EXTEND_H

#include <cornu/class.h>
#include <cornu/layer.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- activations ----------------------------------------------------------------------------- */
/* The function of an activation's name ("relu", "gelu", ... or a registered "Package>name"); NULL,
 * "linear": identity. CORNU_EUNKNOWN proposes the nearest name. */
typedef cornu_tensor *cornu_activation_function(cornu_tensor *x);
typedef struct cornu_activation_class {
    const char *name;
    cornu_activation_function *call;
} cornu_activation_class;
CORNU_API cornu_status cornu_activation_get(const char *name, cornu_activation_function **function);

/* ---- initializers, regularizers, constraints ------------------------------------------------- */
typedef struct cornu_initializer_class {
    CORNU_CLASS_MEMBERS;
    /* belongs to the scope */
    cornu_tensor *(*call)(cornu_initializer *self, cornu_shape shape, cornu_dtype dtype);
} cornu_initializer_class;
struct cornu_initializer {
    CORNU_OBJECT_MEMBERS(initializer);
};
typedef struct cornu_regularizer_class {
    CORNU_CLASS_MEMBERS;
    cornu_tensor *(*call)(cornu_regularizer *self, cornu_tensor *weight); /* scalar */
} cornu_regularizer_class;
struct cornu_regularizer {
    CORNU_OBJECT_MEMBERS(regularizer);
};
typedef struct cornu_constraint_class {
    CORNU_CLASS_MEMBERS;
    cornu_tensor *(*call)(cornu_constraint *self, cornu_tensor *weight); /* the projected weight */
} cornu_constraint_class;
struct cornu_constraint {
    CORNU_OBJECT_MEMBERS(constraint);
};

/* ---- losses ---------------------------------------------------------------------------------- */
typedef struct cornu_loss_class {
    CORNU_CLASS_MEMBERS;
    /* One value per sample (per everything but the reduced last axis); the base applies weights,
     * mask and reduction. y_true comes in y_pred's type unless `any_dtype`, and with a missing or
     * extra last axis of size 1 made equal, as Keras does (squeeze_or_expand). */
    cornu_tensor *(*call)(cornu_loss *self, cornu_tensor *y_true, cornu_tensor *y_pred);
    /* (optional) Which of the values of `call` count (bool, of its shape); the others weigh
     * nothing, and means are over the rest. */
    cornu_tensor *(*mask)(cornu_loss *self, cornu_tensor *y_true, cornu_tensor *y_pred);
    bool any_dtype;
    /* (optional) NULL-ended: Keras' function and short names, "mse", "mean_squared_error" */
    const char *const *aliases;
} cornu_loss_class;
struct cornu_loss {
    CORNU_OBJECT_MEMBERS(loss);
    /* "sum_over_batch_size", "sum", "mean", "mean_with_sample_weight", "none" (or NULL) */
    const char *reduction;
    cornu_dtype dtype;
};
#define CORNU_LOSS_ARGS(args)                                                                      \
    CORNU_ARG(size_t, size_, sizeof(args));                                                        \
    CORNU_ARG(const char *, name, NULL);                                                           \
    CORNU_ARG(const char *, reduction, "sum_over_batch_size");                                     \
    CORNU_ARG(const char *, dtype, NULL)
#define CORNU_LOSS_DEFAULTS(args) .size_ = sizeof(args), .reduction = "sum_over_batch_size"
#define CORNU_LOSS_FIELDS(args)                                                                    \
    CORNU_FIELD(args, STRING, name), CORNU_FIELD(args, STRING, reduction),                         \
        CORNU_FIELD_OMITTED(args, STRING, dtype)

/* If the ranks differ by one and the longer shape ends in 1, drops that axis, or gives a vector
 * one, as Keras does before it compares targets with predictions or multiplies by weights. Other
 * ranks stay as they are. CORNU_OK unless an op failed. */
CORNU_API cornu_status cornu_match_ranks(cornu_tensor **a, cornu_tensor **b);

/* The loss of predictions [batch, ...]: a scalar, or one value per sample with reduction "none".
 * `y_true` has the shape of `y_pred`, or for sparse losses that without the last axis.
 * `sample_weight` (NULL: none) is [batch], [batch, 1], or one weight per value. Belongs to the
 * scope. CORNU_ESHAPE; CORNU_EINVAL (a label outside the classes). */
CORNU_API cornu_tensor *cornu_loss_call(
    cornu_loss *loss, cornu_tensor *y_true, cornu_tensor *y_pred
);
CORNU_API cornu_tensor *cornu_loss_call_weighted(
    cornu_loss *loss, cornu_tensor *y_true, cornu_tensor *y_pred, cornu_tensor *sample_weight
);
/* The object's name ("mean_squared_error"). */
CORNU_API const char *cornu_loss_name(const cornu_loss *loss);

/* ---- metrics --------------------------------------------------------------------------------- */
typedef struct cornu_metric_class {
    CORNU_CLASS_MEMBERS;
    /* Makes the state with cornu_metric_add_variable; called once, with the first update. */
    cornu_status (*build)(cornu_metric *self, cornu_tensor *y_true, cornu_tensor *y_pred);
    cornu_status (*update)(
        cornu_metric *self, cornu_tensor *y_true, cornu_tensor *y_pred, cornu_tensor *sample_weight
    );
    cornu_tensor *(*result)(cornu_metric *self); /* scalar or vector, belonging to the scope */
    cornu_status (*reset)(cornu_metric *self);   /* (optional) default: every variable to zero */
    const char *const *aliases;                  /* (optional) NULL-ended: "mae", "acc" */
    /* the result is the state itself, not computed from it: what fit shows for an epoch is then,
     * as in Keras, what validation has made of it since */
    bool result_is_state;
    /* a mean over the values of predictions: where these have a mask, it is part of the weights
     * (Keras: MeanMetricWrapper). Other metrics do not hear of masks. */
    bool masked_mean;
} cornu_metric_class;
struct cornu_metric {
    CORNU_OBJECT_MEMBERS(metric);
    cornu_dtype dtype;
    bool built;
    struct cornu_metric_state *state_;
};
#define CORNU_METRIC_ARGS(args)                                                                    \
    CORNU_ARG(size_t, size_, sizeof(args));                                                        \
    CORNU_ARG(const char *, name, NULL);                                                           \
    CORNU_ARG(const char *, dtype, NULL)
#define CORNU_METRIC_DEFAULTS(args) .size_ = sizeof(args), .dtype = "float32"
#define CORNU_METRIC_FIELDS(args) CORNU_FIELD(args, STRING, name), CORNU_FIELD(args, STRING, dtype)
/* Adds a state variable of zeros in the metric's type; *borrowed* from it. CORNU_ENOMEM. */
CORNU_API cornu_tensor *cornu_metric_add_variable(
    cornu_metric *self, const char *name, cornu_shape shape
);

/* Takes in a batch. `y_pred` is NULL for Mean and Sum, whose values are in `y_true`;
 * `sample_weight` may be NULL. CORNU_ESHAPE, CORNU_EDTYPE; CORNU_EINVAL (a label outside the
 * classes). */
CORNU_API cornu_status cornu_metric_update(
    cornu_metric *metric, cornu_tensor *y_true, cornu_tensor *y_pred, cornu_tensor *sample_weight
);
/* The value so far: a scalar, or a vector; belongs to the scope. CORNU_ENOMEM. */
CORNU_API cornu_tensor *cornu_metric_result(cornu_metric *metric);
/* Forgets what was taken in. */
CORNU_API cornu_status cornu_metric_reset(cornu_metric *metric);
CORNU_API const char *cornu_metric_name(const cornu_metric *metric);
CORNU_API cornu_tensor_list cornu_metric_variables(cornu_metric *metric); /* *borrowed* */

/* ---- optimizers and schedules ---------------------------------------------------------------- */
typedef struct cornu_optimizer_class {
    CORNU_CLASS_MEMBERS;
    /* Makes the slots of all variables, in the order in which they are saved (keras-file-formats:
     * "interleaved" or "by slot"). */
    cornu_status (*build)(cornu_optimizer *self, cornu_tensor_list variables);
    /* Applies one gradient to variable `index`: reads and assigns with ops. Clipping, weight decay,
     * EMA, accumulation and the count of iterations are the base's. `learning_rate` is a scalar of
     * the variable's type. */
    cornu_status (*update)(
        cornu_optimizer *self, size_t index, cornu_tensor *gradient, cornu_tensor *variable,
        cornu_tensor *learning_rate
    );
    cornu_status (*finish)(cornu_optimizer *self); /* (optional) after all variables */
    const char *const *aliases;
    cornu_status (*begin)(cornu_optimizer *self);  /* (optional) before all variables */
    /* (optional) The weight decay of a variable, NAN for none; default: the argument. */
    double (*weight_decay)(const cornu_optimizer *self, const cornu_tensor *variable);
    /* (optional) An optimizer around others: the one of that index, borrowed; NULL past the last,
     * of which there are CORNU_INNER_MAX at most. It has `apply` in place of `update`, and shares
     * their variables after building them. */
    cornu_optimizer *(*inner)(const cornu_optimizer *self, size_t index);
    /* (optional) The whole step: clipping and all that is left to the inner optimizers. */
    cornu_status (*apply)(
        cornu_optimizer *self, cornu_tensor *const *gradients, cornu_tensor_list variables,
        cornu_constraint *const *constraints
    );
    /* (optional) What the loss is multiplied by before gradients are taken, a scalar. */
    cornu_tensor *(*loss_scale)(cornu_optimizer *self);
    /* an optimizer around others counts its steps itself; otherwise the first of them does */
    bool counts;
} cornu_optimizer_class;
enum { CORNU_INNER_MAX = 9 };
struct cornu_optimizer {
    CORNU_OBJECT_MEMBERS(optimizer);
    bool built;
    struct cornu_optimizer_state *state_;
};
/* Arguments of every optimizer, with Keras' defaults; learning_rate and weight_decay defaults
 * differ by class. */
#define CORNU_OPTIMIZER_ARGS(args, rate)                                                           \
    CORNU_ARG(size_t, size_, sizeof(args));                                                        \
    CORNU_ARG(double, learning_rate, rate);                                                        \
    /* taken; wins over learning_rate */                                                           \
    CORNU_ARG(cornu_schedule *, learning_rate_schedule, NULL);                                     \
    CORNU_ARG(double, weight_decay, NAN);                                                          \
    CORNU_ARG(double, clipnorm, NAN);                                                              \
    CORNU_ARG(double, clipvalue, NAN);                                                             \
    CORNU_ARG(double, global_clipnorm, NAN);                                                       \
    CORNU_ARG(bool, use_ema, false);                                                               \
    CORNU_ARG(double, ema_momentum, 0.99);                                                         \
    CORNU_ARG(int64_t, ema_overwrite_frequency, CORNU_NONE);                                       \
    CORNU_ARG(double, loss_scale_factor, NAN);                                                     \
    CORNU_ARG(int64_t, gradient_accumulation_steps, CORNU_NONE);                                   \
    CORNU_ARG(const char *, name, NULL)
#define CORNU_OPTIMIZER_DEFAULTS(args, rate) CORNU_OPTIMIZER_DEFAULTS_DECAYING(args, rate, NAN)
#define CORNU_OPTIMIZER_DEFAULTS_DECAYING(args, rate, decay)                                       \
    .size_ = sizeof(args), .learning_rate = (rate), .weight_decay = (decay), .clipnorm = NAN,      \
    .clipvalue = NAN,                                                                              \
    .global_clipnorm = NAN, .ema_momentum = 0.99, .ema_overwrite_frequency = CORNU_NONE,           \
    .loss_scale_factor = NAN,                                                                      \
    .gradient_accumulation_steps = CORNU_NONE
#define CORNU_OPTIMIZER_FIELDS(args)                                                               \
    CORNU_FIELD(args, STRING, name), CORNU_FIELD(args, FLOAT, learning_rate),                      \
        CORNU_FIELD(args, SCHEDULE, learning_rate_schedule),                                       \
        CORNU_FIELD(args, FLOAT, weight_decay), CORNU_FIELD(args, FLOAT, clipnorm),                \
        CORNU_FIELD(args, FLOAT, global_clipnorm), CORNU_FIELD(args, FLOAT, clipvalue),            \
        CORNU_FIELD(args, BOOL, use_ema), CORNU_FIELD(args, FLOAT, ema_momentum),                  \
        CORNU_FIELD(args, INT, ema_overwrite_frequency),                                           \
        CORNU_FIELD(args, FLOAT, loss_scale_factor),                                               \
        CORNU_FIELD(args, INT, gradient_accumulation_steps)
/* Adds a slot of zeros like `variable`; *borrowed*. CORNU_ENOMEM. */
CORNU_API cornu_tensor *cornu_optimizer_add_slot(
    cornu_optimizer *self, cornu_tensor *variable, const char *name
);
/* Adds a state variable of its own shape, filled with `initial`, float32 or of another type;
 * *borrowed*. CORNU_ENOMEM. */
CORNU_API cornu_tensor *cornu_optimizer_add_variable(
    cornu_optimizer *self, const char *name, cornu_shape shape, double initial
);
CORNU_API cornu_tensor *cornu_optimizer_add_typed(
    cornu_optimizer *self, const char *name, cornu_dtype dtype, cornu_shape shape, double initial
);
/* Adds a slot that begins with the value that `variable` has now. */
CORNU_API cornu_tensor *cornu_optimizer_add_copy(
    cornu_optimizer *self, cornu_tensor *variable, const char *name
);
/* For an optimizer around another: makes the slots of the inner one, and adds its variables to the
 * own list, which is how they are saved. Scaling the loss is the outer one's from now on. */
CORNU_API cornu_status cornu_optimizer_build_inner(
    cornu_optimizer *self, cornu_optimizer *inner, cornu_tensor_list variables
);
/* The number of batches so far, an int32 scalar variable; *borrowed*. */
CORNU_API cornu_tensor *cornu_optimizer_iterations(cornu_optimizer *self);
/* The number of updates so far: the same, unless gradients are accumulated over several batches.
 * Belongs to the scope. */
CORNU_API cornu_tensor *cornu_optimizer_updates(cornu_optimizer *self);

/* One step: variables[i] moves against gradients[i] (NULL: it stays). The first call makes the
 * slots; later calls must name the same variables (CORNU_ESTATE). CORNU_ESHAPE names a gradient
 * that does not fit. */
CORNU_API cornu_status cornu_optimizer_apply(
    cornu_optimizer *optimizer, cornu_tensor *const *gradients, cornu_tensor_list variables
);
/* The same, and then what constraints[i] (NULL: nothing) makes of each variable. */
CORNU_API cornu_status cornu_optimizer_apply_constrained(
    cornu_optimizer *optimizer, cornu_tensor *const *gradients, cornu_tensor_list variables,
    cornu_constraint *const *constraints
);
/* Variables that are in the list, or in whose name ("bias") one of the texts, regular expressions,
 * is found, get no weight decay; replaces what an earlier call said. CORNU_ESTATE once a step was
 * taken, CORNU_EINVAL for a text that is no pattern. */
CORNU_API cornu_status cornu_optimizer_exclude_from_weight_decay(
    cornu_optimizer *optimizer, cornu_tensor_list variables, cornu_texts names
);
/* With use_ema, the variables become their averages, which fit does after its last epoch. */
CORNU_API cornu_status cornu_optimizer_finalize_variable_values(cornu_optimizer *optimizer);
/* The learning rate now (of the schedule, if there is one), and setting it (CORNU_ESTATE with a
 * schedule). */
CORNU_API double cornu_optimizer_learning_rate(cornu_optimizer *optimizer);
CORNU_API cornu_status
cornu_optimizer_set_learning_rate(cornu_optimizer *optimizer, double learning_rate);
/* With use_ema: variables and their moving averages change places; or the averages begin anew from
 * the variables. Optimizers inside others are reached. CORNU_ESTATE if there are no averages. */
CORNU_API cornu_status cornu_optimizer_swap_averages(cornu_optimizer *optimizer);
CORNU_API cornu_status cornu_optimizer_reset_averages(cornu_optimizer *optimizer);
/* State variables in the order in which Keras saves them; *borrowed*. */
CORNU_API cornu_tensor_list cornu_optimizer_variables(cornu_optimizer *optimizer);
CORNU_API const char *cornu_optimizer_name(const cornu_optimizer *optimizer);

typedef struct cornu_schedule_class {
    CORNU_CLASS_MEMBERS;
    cornu_tensor *(*call)(cornu_schedule *self, cornu_tensor *step); /* float32 scalar */
} cornu_schedule_class;
struct cornu_schedule {
    CORNU_OBJECT_MEMBERS(schedule);
};
/* The rate at a step, a float32 scalar that belongs to the scope. */
CORNU_API cornu_tensor *cornu_schedule_call(cornu_schedule *schedule, int64_t step);

/* ---- callbacks ------------------------------------------------------------------------------- */
/* Where fit stands between two steps, or between two epochs. */
typedef struct cornu_pause {
    int64_t epoch;    /* of the batch that has just ended, from 0 */
    int64_t batches;  /* of this epoch that are done */
    bool epoch_ended; /* validation is done, the history has its entry */
    bool interrupted; /* a signal ends fit here (cornu_stop_on_signals) */
} cornu_pause;

typedef struct cornu_callback_class {
    CORNU_CLASS_MEMBERS;
    /* All optional. `logs` may be read and added to. A failed status stops fit with that error; to
     * stop without one, call cornu_model_stop_training. */
    cornu_status (*on_train_begin)(cornu_callback *self, cornu_model *model, cornu_logs *logs);
    cornu_status (*on_train_end)(cornu_callback *self, cornu_model *model, cornu_logs *logs);
    cornu_status (*on_epoch_begin)(
        cornu_callback *self, cornu_model *model, int64_t epoch, cornu_logs *logs
    );
    cornu_status (*on_epoch_end)(
        cornu_callback *self, cornu_model *model, int64_t epoch, cornu_logs *logs
    );
    cornu_status (*on_train_batch_begin)(
        cornu_callback *self, cornu_model *model, int64_t batch, cornu_logs *logs
    );
    cornu_status (*on_train_batch_end)(
        cornu_callback *self, cornu_model *model, int64_t batch, cornu_logs *logs
    );
    cornu_status (*on_test_begin)(cornu_callback *self, cornu_model *model, cornu_logs *logs);
    cornu_status (*on_test_end)(cornu_callback *self, cornu_model *model, cornu_logs *logs);
    cornu_status (*on_test_batch_begin)(
        cornu_callback *self, cornu_model *model, int64_t batch, cornu_logs *logs
    );
    cornu_status (*on_test_batch_end)(
        cornu_callback *self, cornu_model *model, int64_t batch, cornu_logs *logs
    );
    cornu_status (*on_predict_begin)(cornu_callback *self, cornu_model *model, cornu_logs *logs);
    cornu_status (*on_predict_end)(cornu_callback *self, cornu_model *model, cornu_logs *logs);
    cornu_status (*on_predict_batch_begin)(
        cornu_callback *self, cornu_model *model, int64_t batch, cornu_logs *logs
    );
    cornu_status (*on_predict_batch_end)(
        cornu_callback *self, cornu_model *model, int64_t batch, cornu_logs *logs
    );
    /* Whether this object reads the logs that on_train_batch_end and on_test_batch_end are called
     * with: they are computed only for those who do. NULL: whoever has the hooks does. */
    bool (*reads_batches)(const cornu_callback *self);
    /* What the object has learned since on_train_begin, and taking it back in another process, for
     * runs that are kept (state.h). The keys are the object's own. */
    cornu_status (*save_state)(cornu_callback *self, cornu_state *state);
    cornu_status (*load_state)(cornu_callback *self, cornu_state *state);
    /* fit begins; all callbacks have had their on_train_begin. The only place for
     * cornu_run_continue. */
    cornu_status (*on_run_begin)(cornu_callback *self, cornu_run *run);
    /* Between two steps, once all callbacks have heard of the end of the batch or of the epoch: the
     * moment for cornu_run_keep. */
    cornu_status (*on_pause)(cornu_callback *self, cornu_run *run, const cornu_pause *pause);
} cornu_callback_class;
struct cornu_callback {
    CORNU_OBJECT_MEMBERS(callback);
};

/* ---- makers and registries, alike for all families ------------------------------------------- */
/* cornu_<family>_create(class, args): *new*, objects in args taken. cornu_<family>_get(name):
 * *new*, from Keras' class name, function name or alias, with default arguments (CORNU_EUNKNOWN
 * proposes the nearest). cornu_<family>_from_json(text): from Keras' serialised object.
 * cornu_register_<family>(class): makes a class known by its name; kept by reference, so it must be
 * constant; CORNU_EINVAL if the name is taken. _retain adds a reference, _free drops one. */
#define CORNU_FAMILY_(family)                                                                      \
    CORNU_API cornu_##family *cornu_##family##_create(const cornu_##family##_class *cls,           \
    const void *args);                                                                             \
    CORNU_API cornu_##family *cornu_##family##_get(const char *name);                              \
    CORNU_API cornu_##family *cornu_##family##_from_json(const char *json);                        \
    CORNU_API cornu_##family *cornu_##family##_retain(cornu_##family *object);                     \
    CORNU_API void cornu_##family##_free(cornu_##family *object);                                  \
    CORNU_API cornu_status cornu_register_##family(const cornu_##family##_class *cls);
CORNU_FAMILY_(loss)
CORNU_FAMILY_(metric)
CORNU_FAMILY_(optimizer)
CORNU_FAMILY_(schedule)
CORNU_FAMILY_(callback)
CORNU_FAMILY_(initializer)
CORNU_FAMILY_(regularizer)
CORNU_FAMILY_(constraint)
CORNU_API cornu_layer *cornu_layer_from_json(const char *json);
CORNU_API cornu_status cornu_register_layer(const cornu_layer_class *cls);
CORNU_API cornu_status cornu_register_activation(const cornu_activation_class *cls);

/* Built-in classes: one per line start, collected by the build (the scan looks for
 * ^CORNU_<FAMILY>_CLASS(name)). */
#define CORNU_LAYER_CLASS(class_name) const cornu_layer_class cornu_layer_##class_name##_class =
#define CORNU_LOSS_CLASS(class_name) const cornu_loss_class cornu_loss_##class_name##_class =
#define CORNU_METRIC_CLASS(class_name) const cornu_metric_class cornu_metric_##class_name##_class =
#define CORNU_OPTIMIZER_CLASS(class_name)                                                          \
    const cornu_optimizer_class cornu_optimizer_##class_name##_class =
#define CORNU_SCHEDULE_CLASS(class_name)                                                           \
    const cornu_schedule_class cornu_schedule_##class_name##_class =
#define CORNU_CALLBACK_CLASS(class_name)                                                           \
    const cornu_callback_class cornu_callback_##class_name##_class =
#define CORNU_INITIALIZER_CLASS(class_name)                                                        \
    const cornu_initializer_class cornu_initializer_##class_name##_class =
#define CORNU_REGULARIZER_CLASS(class_name)                                                        \
    const cornu_regularizer_class cornu_regularizer_##class_name##_class =
#define CORNU_CONSTRAINT_CLASS(class_name)                                                         \
    const cornu_constraint_class cornu_constraint_##class_name##_class =
#define CORNU_ACTIVATION_CLASS(class_name)                                                         \
    const cornu_activation_class cornu_activation_##class_name##_class =

#ifdef __cplusplus
}
#endif
#endif
