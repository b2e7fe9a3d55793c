/* Training: compile, fit, evaluate, predict, and the same for one batch.
 * https://keras.io/api/models/model_training_apis/
 *
 * Arrays have the samples along their first axis: x [samples, ...], y [samples, ...]. The caller
 * keeps what he gives but for optimizers, losses, metrics and callbacks, which are taken, also on
 * failure.
 *
 * Example:
 *
 *     #include <cornu/cornu.h>
 *
 *     int main(void) { // learns y = 2 x + 1
 *         float values[64], targets[64];
 *         for (int i = 0; i < 64; i++) targets[i] = 2 * (values[i] = (float)i / 32 - 1) + 1;
 *         cornu_tensor *x = cornu_tensor_from(CORNU_FLOAT32, cornu_shape(64, 1), values);
 *         cornu_tensor *y = cornu_tensor_from(CORNU_FLOAT32, cornu_shape(64, 1), targets);
 *         cornu_model *model = cornu_sequential(cornu_input(1), cornu_layer_dense(1));
 *
 *         cornu_check(cornu_compile(model,
 *             .optimizer = cornu_optimizer_sgd(.learning_rate = 0.1),
 *             .loss = cornu_loss_mean_squared_error(),
 *             .metrics = cornu_metrics("mae")));
 *         cornu_history *history = cornu_fit(model, x, y, .epochs = 30, .seed = 1);
 *         cornu_check(history);
 *         cornu_logs logs = {0};
 *         cornu_check(cornu_evaluate(model, x, y, &logs));
 *         if (!(cornu_logs_get(&logs, "loss") < 0.01)) return 1;
 *         cornu_tensor *predicted = cornu_predict(model, x); // [64, 1], new
 *         cornu_check(predicted);
 *
 *         cornu_tensor_free(predicted);
 *         cornu_logs_clear(&logs);
 *         cornu_history_free(history);
 *         cornu_model_free(model);
 *         cornu_tensor_free(y);
 *         cornu_tensor_free(x);
 *     }
 */
#ifndef CORNU_TRAIN_H
#define CORNU_TRAIN_H

#include <cornu/callbacks.h>
#include <cornu/data.h>
#include <cornu/logs.h>
#include <cornu/losses.h>
#include <cornu/metrics.h>
#include <cornu/model.h>
#include <cornu/optimizers.h>
#include <cornu/tape.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- history --------------------------------------------------------------------------------- */
/* What fit gives back: the logs of every epoch that it ran, index 0 the first. NULL has none. */
typedef struct cornu_history cornu_history;
CORNU_API void cornu_history_free(cornu_history *history);
CORNU_API size_t cornu_history_epochs(const cornu_history *history);
/* its number, 0 for the first unless initial_epoch; -1 if there is none of that index */
CORNU_API int64_t cornu_history_epoch(const cornu_history *history, size_t index);
/* *borrowed*; NULL if there is none of that index */
CORNU_API const cornu_logs *cornu_history_logs(const cornu_history *history, size_t index);
/* "loss", "val_accuracy", ...; NAN if missing */
CORNU_API double cornu_history_get(const cornu_history *history, const char *name, size_t index);

/* ---- compile --------------------------------------------------------------------------------- */
/* A list of metrics given by name or as objects: cornu_metrics("accuracy", cornu_metric_auc()).
 * Objects are taken by compile. */
typedef struct cornu_metric_item {
    const char *name;
    cornu_metric *metric;
} cornu_metric_item;
typedef struct cornu_metric_list {
    const cornu_metric_item *items;
    size_t count;
} cornu_metric_list;

/* The same by names of outputs, where Keras takes a dict: a loss by its name, "mse", or as an
 * object, which is taken; neither of both: no loss for this output.
 *
 *     .loss_map = cornu_loss_map({"label", .name = "crossentropy"}, {"score", .name = "mse"}),
 *     .loss_weight_map = cornu_weight_map({"label", 1}, {"score", 0.2}),
 *     .metrics_map = cornu_metrics_map({"label", cornu_metrics("accuracy")})
 */
typedef struct cornu_loss_item {
    const char *output;
    const char *name;
    cornu_loss *loss;
} cornu_loss_item;
typedef struct cornu_loss_map_list {
    const cornu_loss_item *items;
    size_t count;
} cornu_loss_map_list;
typedef struct cornu_weight_item {
    const char *output;
    double weight;
} cornu_weight_item;
typedef struct cornu_weight_map_list {
    const cornu_weight_item *items;
    size_t count;
} cornu_weight_map_list;
typedef struct cornu_metrics_item {
    const char *output;
    cornu_metric_list metrics;
} cornu_metrics_item;
typedef struct cornu_metrics_map_list {
    const cornu_metrics_item *items;
    size_t count;
} cornu_metrics_map_list;

/* Weights of samples by names of outputs: outputs that are not named weigh 1.
 *
 *     .sample_weight_map = cornu_sample_weight_map({"label", weights})
 */
typedef struct cornu_sample_weight_item {
    const char *output;
    cornu_tensor *weight; /* [samples] or as the loss has it; borrowed */
} cornu_sample_weight_item;
typedef struct cornu_sample_weight_map_list {
    const cornu_sample_weight_item *items;
    size_t count;
} cornu_sample_weight_map_list;

/* cornu_compile(model, .optimizer = ..., .loss = ...): what training is to do. A model may be
 * compiled again; its weights stay. CORNU_EINVAL (another number of losses than of outputs, a map
 * that names no output or leaves one without a loss, several ways of saying the same);
 * CORNU_EUNKNOWN, now or at the first batch, proposes the nearest name of a loss or metric. */
typedef struct cornu_compile_args {
    CORNU_ARG(size_t, size_, sizeof(cornu_compile_args));
    CORNU_ARG(cornu_model *, model, NULL);
    CORNU_ARG(cornu_optimizer *, optimizer, NULL);    /* taken; NULL: RMSprop, as in Keras */
    CORNU_ARG(cornu_loss *, loss, NULL);              /* taken; for every output, unless `losses` */
    /* the same by name; "crossentropy" is chosen by the shapes of the first batch */
    CORNU_ARG(const char *, loss_name, NULL);
    /* one per output, NULL entries: no loss for it; taken */
    CORNU_ARG(cornu_loss *const *, losses, NULL);
    CORNU_ARG(size_t, loss_count, 0);                 /* of `losses` */
    CORNU_ARG(const double *, loss_weights, NULL);    /* one per output */
    /* for every output, or see metrics_per_output */
    CORNU_ARG(cornu_metric_list, metrics, {});
    CORNU_ARG(cornu_metric_list, weighted_metrics, {});
    CORNU_ARG(const cornu_metric_list *, metrics_per_output, NULL); /* one list per output */
    CORNU_ARG(const cornu_metric_list *, weighted_metrics_per_output, NULL);
    CORNU_ARG(bool, run_eagerly, false);
    /* batches between two calls of callbacks */
    CORNU_ARG(int64_t, steps_per_execution, 1);
    /* a model of the policy "mixed_float16" gets a LossScaleOptimizer around its optimizer */
    CORNU_ARG(bool, auto_scale_loss, true);
    CORNU_ARG(cornu_loss_map_list, loss_map, {});     /* every output must be there */
    CORNU_ARG(cornu_weight_map_list, loss_weight_map, {});
    CORNU_ARG(cornu_metrics_map_list, metrics_map, {});
    CORNU_ARG(cornu_metrics_map_list, weighted_metrics_map, {});
} cornu_compile_args;
#define CORNU_COMPILE_DEFAULTS                                                                     \
    .size_ = sizeof(cornu_compile_args), .steps_per_execution = 1, .auto_scale_loss = true
CORNU_API cornu_status cornu_compile_with(const cornu_compile_args *args);

/* Has every model of the program run its steps op by op, as if compiled with run_eagerly: to find
 * out where a number comes from, or whether a compiled step gives others. Off unless
 * CORNU_RUN_EAGERLY=1 is in the environment. Applies to the steps that follow.
 * tf.config.run_functions_eagerly */
CORNU_API bool cornu_run_eagerly(void);
CORNU_API void cornu_set_run_eagerly(bool eagerly);

/* ---- fit, evaluate, predict ------------------------------------------------------------------ */
typedef struct cornu_callback_list {
    cornu_callback *const *items;
    size_t count;
} cornu_callback_list;
typedef struct cornu_class_weight {
    int64_t label;
    double weight;
} cornu_class_weight;
typedef enum cornu_verbose {
    CORNU_VERBOSE_SILENT = 0,
    CORNU_VERBOSE_BAR = 1,  /* a progress bar */
    CORNU_VERBOSE_LINE = 2, /* a line per epoch */
    CORNU_VERBOSE_AUTO = 3  /* a bar on a terminal, lines elsewhere */
} cornu_verbose;

/* `x`, `y`: one array each; several: `inputs`, `targets`; or a `dataset` in place of all of them.
 * Keras' names, Keras' defaults. CORNU_ESTATE if the model is not compiled; CORNU_EINVAL (arguments
 * that exclude one another or are out of range, data without a batch); CORNU_ESHAPE (arrays of
 * different length, shapes that do not fit the model or the loss); a callback's or a dataset's own
 * status. What was learned before a failure stays in the weights. */
typedef struct cornu_fit_args {
    CORNU_ARG(size_t, size_, sizeof(cornu_fit_args));
    CORNU_ARG(cornu_model *, model, NULL);
    CORNU_ARG(cornu_tensor *, x, NULL);
    CORNU_ARG(cornu_tensor *, y, NULL);
    CORNU_ARG(cornu_tensor_list, inputs, {});
    CORNU_ARG(cornu_tensor_list, targets, {});
    CORNU_ARG(cornu_dataset *, dataset, NULL);
    CORNU_ARG(cornu_tensor *, sample_weight, NULL);
    CORNU_ARG(const cornu_class_weight *, class_weight, NULL); /* not with sample weights */
    CORNU_ARG(size_t, class_weight_count, 0);
    CORNU_ARG(int64_t, batch_size, 32);
    CORNU_ARG(int64_t, epochs, 1);
    CORNU_ARG(cornu_verbose, verbose, CORNU_VERBOSE_AUTO);
    CORNU_ARG(cornu_callback_list, callbacks, {}); /* taken */
    CORNU_ARG(double, validation_split, 0);        /* the last fraction, before shuffling */
    CORNU_ARG(cornu_dataset *, validation_data, NULL);
    CORNU_ARG(cornu_tensor *, validation_x, NULL);
    CORNU_ARG(cornu_tensor *, validation_y, NULL);
    CORNU_ARG(cornu_tensor_list, validation_inputs, {});
    CORNU_ARG(cornu_tensor_list, validation_targets, {});
    CORNU_ARG(cornu_tensor *, validation_sample_weight, NULL);
    CORNU_ARG(bool, shuffle, true);
    CORNU_ARG(int64_t, initial_epoch, 0);
    CORNU_ARG(int64_t, steps_per_epoch, CORNU_NONE);
    CORNU_ARG(int64_t, validation_steps, CORNU_NONE);
    CORNU_ARG(int64_t, validation_batch_size, CORNU_NONE);
    CORNU_ARG(int64_t, validation_freq, 1);
    CORNU_ARG(int64_t, seed, CORNU_NONE); /* of the shuffling; none: one of the default sequence */
    /* validates after these epochs, counted from 1, in place of validation_freq */
    CORNU_ARG(cornu_ints, validation_epochs, {});
    /* shuffles the samples of each batch only (Keras: shuffle="batch"), as suits slow storage */
    CORNU_ARG(bool, shuffle_in_batches, false);
    /* Models with several outputs: one array per target in place of one for all of them, which must
     * then be [samples] or [samples, 1]. An entry may be NULL: that output has no weights. */
    CORNU_ARG(cornu_tensor_list, sample_weights, {});
    CORNU_ARG(cornu_tensor_list, validation_sample_weights, {});
    CORNU_ARG(cornu_sample_weight_map_list, sample_weight_map, {}); /* in place of the list */
    CORNU_ARG(cornu_sample_weight_map_list, validation_sample_weight_map, {});
} cornu_fit_args;
#define CORNU_FIT_DEFAULTS                                                                         \
    .size_ = sizeof(cornu_fit_args), .batch_size = 32, .epochs = 1, .verbose = CORNU_VERBOSE_AUTO, \
    .shuffle = true, .steps_per_epoch = CORNU_NONE, .validation_steps = CORNU_NONE,                \
    .validation_batch_size = CORNU_NONE, .validation_freq = 1, .seed = CORNU_NONE
/* *new* history, or NULL with the error pending. */
CORNU_API cornu_history *cornu_fit_with(const cornu_fit_args *args);

/* cornu_evaluate(model, x, y, &logs): the loss and the metrics over all samples, which are put into
 * *logs (may be NULL; cornu_logs_clear). Statuses as for fit. */
typedef struct cornu_evaluate_args {
    CORNU_ARG(size_t, size_, sizeof(cornu_evaluate_args));
    CORNU_ARG(cornu_model *, model, NULL);
    CORNU_ARG(cornu_tensor *, x, NULL);
    CORNU_ARG(cornu_tensor *, y, NULL);
    CORNU_ARG(cornu_logs *, logs, NULL); /* out: loss and metrics */
    CORNU_ARG(cornu_tensor_list, inputs, {});
    CORNU_ARG(cornu_tensor_list, targets, {});
    CORNU_ARG(cornu_dataset *, dataset, NULL);
    CORNU_ARG(cornu_tensor *, sample_weight, NULL);
    CORNU_ARG(int64_t, batch_size, 32);
    CORNU_ARG(cornu_verbose, verbose, CORNU_VERBOSE_AUTO);
    CORNU_ARG(int64_t, steps, CORNU_NONE);
    CORNU_ARG(cornu_callback_list, callbacks, {}); /* taken */
    CORNU_ARG(cornu_tensor_list, sample_weights, {}); /* as for fit */
    CORNU_ARG(cornu_sample_weight_map_list, sample_weight_map, {});
} cornu_evaluate_args;
#define CORNU_EVALUATE_DEFAULTS                                                                    \
    .size_ = sizeof(cornu_evaluate_args), .batch_size = 32, .verbose = CORNU_VERBOSE_AUTO,         \
    .steps = CORNU_NONE
CORNU_API cornu_status cornu_evaluate_with(const cornu_evaluate_args *args);

/* cornu_predict(model, x): what the model gives for all samples, [samples, ...]. It need not be
 * compiled. Statuses as for fit. */
typedef struct cornu_predict_args {
    CORNU_ARG(size_t, size_, sizeof(cornu_predict_args));
    CORNU_ARG(cornu_model *, model, NULL);
    CORNU_ARG(cornu_tensor *, x, NULL);
    CORNU_ARG(cornu_tensor_list, inputs, {});
    CORNU_ARG(cornu_dataset *, dataset, NULL);
    /* several outputs: filled with *new* tensors, cornu_model_output_count of them */
    CORNU_ARG(cornu_tensor **, outputs, NULL);
    CORNU_ARG(int64_t, batch_size, 32);
    /* Keras draws a bar here; a library call had better not */
    CORNU_ARG(cornu_verbose, verbose, CORNU_VERBOSE_SILENT);
    CORNU_ARG(int64_t, steps, CORNU_NONE);
    CORNU_ARG(cornu_callback_list, callbacks, {}); /* taken */
} cornu_predict_args;
#define CORNU_PREDICT_DEFAULTS                                                                     \
    .size_ = sizeof(cornu_predict_args), .batch_size = 32, .steps = CORNU_NONE
/* The first output for all samples, *new* (and yours beside `outputs`, where it is outputs[0]
 * retained once more). */
CORNU_API cornu_tensor *cornu_predict_with(const cornu_predict_args *args);

/* ---- ending early ---------------------------------------------------------------------------- */
/* For programs: with `on`, SIGINT (Ctrl-C) and SIGTERM no longer end the process at once, but fit
 * after the batch that it is at, of training or of validation: callbacks that keep the run write
 * their files, on_train_end is called, and fit gives the history of the complete epochs. evaluate
 * and predict fail after the batch with CORNU_ECANCELED. A second signal of a kind ends the
 * process. On once more: the signal that came is forgotten, and the next one is a first one. Off is
 * the default, and gives the signals back what they did before. CORNU_EUNSUPPORTED. */
CORNU_API cornu_status cornu_stop_on_signals(bool on);
/* For programs: writing to a pipe that nobody reads, or beyond a limit on the size of files, fails
 * with an error that names the file or standard output, instead of ending the process (SIGPIPE and
 * SIGXFSZ are ignored). */
CORNU_API void cornu_report_write_errors(void);
/* The signal that came since cornu_stop_on_signals(true), or 0. */
CORNU_API int cornu_stopped_by_signal(void);

/* ---- one batch ------------------------------------------------------------------------------- */
/* cornu_train_on_batch(model, x, y, sample_weight, &logs): runs one step on x, y (sample_weight may
 * be NULL) and puts into *logs (may be NULL) the running values since the last cornu_reset_metrics.
 * Several inputs and outputs as for fit; class_weight for training only. CORNU_ESTATE (not
 * compiled), CORNU_ESHAPE, CORNU_EINVAL (arguments that exclude one another). */
typedef struct cornu_on_batch_args {
    CORNU_ARG(size_t, size_, sizeof(cornu_on_batch_args));
    CORNU_ARG(cornu_model *, model, NULL);
    CORNU_ARG(cornu_tensor *, x, NULL);
    CORNU_ARG(cornu_tensor *, y, NULL);
    CORNU_ARG(cornu_tensor *, sample_weight, NULL);
    CORNU_ARG(cornu_logs *, logs, NULL); /* out */
    CORNU_ARG(cornu_tensor_list, inputs, {});
    CORNU_ARG(cornu_tensor_list, targets, {});
    CORNU_ARG(cornu_tensor_list, sample_weights, {});
    CORNU_ARG(const cornu_class_weight *, class_weight, NULL);
    CORNU_ARG(size_t, class_weight_count, 0);
} cornu_on_batch_args;
#define CORNU_ON_BATCH_DEFAULTS .size_ = sizeof(cornu_on_batch_args)
CORNU_API cornu_status cornu_train_on_batch_with(const cornu_on_batch_args *args);
CORNU_API cornu_status cornu_test_on_batch_with(const cornu_on_batch_args *args);
#ifndef __cplusplus
#define cornu_train_on_batch(...)                                                                  \
    CORNU_KW_(cornu_train_on_batch_with(                                                           \
        &(cornu_on_batch_args){CORNU_ON_BATCH_DEFAULTS, .model = __VA_ARGS__}))
#define cornu_test_on_batch(...)                                                                   \
    CORNU_KW_(cornu_test_on_batch_with(                                                            \
        &(cornu_on_batch_args){CORNU_ON_BATCH_DEFAULTS, .model = __VA_ARGS__}))
#endif
/* *new* */
CORNU_API cornu_tensor *cornu_predict_on_batch(cornu_model *model, cornu_tensor *x);
/* CORNU_ESTATE if the model is not compiled. */
CORNU_API cornu_status cornu_reset_metrics(cornu_model *model);

/* ---- steps of one's own ---------------------------------------------------------------------- */
/* What fit, evaluate and predict do with a batch, in part or as a whole: Keras' methods that a
 * subclass overrides. All are optional; what is not there is done as always. Steps call ops, so
 * that they are compiled like any other; one that reads values on the host needs a model compiled
 * with run_eagerly. Results belong to the scope of the step.
 *
 * Example: noise on the inputs of training.
 *
 *     static cornu_status train_step(cornu_model *model, const cornu_batch *batch, void *user) {
 *         cornu_tensor *noise = cornu_random_normal(*cornu_tensor_shape(batch->inputs[0]));
 *         cornu_tensor *noisy = cornu_op_add(batch->inputs[0], noise), *y;
 *         cornu_batch changed = *batch;
 *         changed.inputs = &noisy;
 *         (void)user;
 *         cornu_tape *tape = cornu_tape_begin();
 *         CORNU_TRY(cornu_model_forward(model, &changed, true, &y));
 *         cornu_tensor *loss = cornu_model_compute_loss(model, batch, &y);
 *         CORNU_TRY(cornu_model_minimize(model, tape, loss));
 *         CORNU_TRY(cornu_model_track_loss(model, batch, loss));
 *         return cornu_model_compute_metrics(model, batch, &y);
 *     }
 *
 *     cornu_model_set_hooks(model, &(cornu_step_hooks){.train_step = train_step});
 */
typedef struct cornu_step_hooks {
    cornu_status (*train_step)(cornu_model *model, const cornu_batch *batch, void *user);
    cornu_status (*test_step)(cornu_model *model, const cornu_batch *batch, void *user);
    /* fills one tensor per output */
    cornu_status (*predict_step)(
        cornu_model *model, const cornu_batch *batch, cornu_tensor **outputs, void *user
    );
    /* a scalar, in place of cornu_model_compute_loss */
    cornu_tensor *(*compute_loss)(
        cornu_model *model, const cornu_batch *batch, cornu_tensor *const *outputs, bool training,
        void *user
    );
    /* in place of cornu_model_compute_metrics */
    cornu_status (*compute_metrics)(
        cornu_model *model, const cornu_batch *batch, cornu_tensor *const *outputs, void *user
    );
    /* adds values to the logs, and starts metrics of one's own anew; not part of a step */
    cornu_status (*get_results)(cornu_model *model, cornu_logs *logs, void *user);
    cornu_status (*reset_metrics)(cornu_model *model, void *user);
    void *user;
    cornu_free_function *free_user; /* called with `user` when the model or the hooks go */
} cornu_step_hooks;
/* Copies the hooks (NULL: none any more); `user` is taken, also on failure. CORNU_ENOMEM. */
CORNU_API cornu_status cornu_model_set_hooks(cornu_model *model, const cornu_step_hooks *hooks);

/* The parts of a step, in their order. */
/* Calls the model on the batch's inputs; fills outputs[0 .. cornu_model_output_count(model)-1]. */
CORNU_API cornu_status cornu_model_forward(
    cornu_model *model, const cornu_batch *batch, bool training, cornu_tensor **outputs
);
/* The compiled losses of all outputs and what layers add, a scalar; NULL with CORNU_ESTATE (not
 * compiled, no loss at all), CORNU_ESHAPE. */
CORNU_API cornu_tensor *cornu_model_compute_loss(
    cornu_model *model, const cornu_batch *batch, cornu_tensor *const *outputs
);
/* One update of the trainable weights by the compiled optimizer against the gradient of `loss`,
 * which was computed since `tape` began. NULL for one of them gives the pending error. */
CORNU_API cornu_status
cornu_model_minimize(cornu_model *model, cornu_tape *tape, cornu_tensor *loss);
/* Takes the loss into the means that are shown as "loss" and "<output>_loss". */
CORNU_API cornu_status
cornu_model_track_loss(cornu_model *model, const cornu_batch *batch, cornu_tensor *loss);
/* Takes the batch into the compiled metrics. */
CORNU_API cornu_status cornu_model_compute_metrics(
    cornu_model *model, const cornu_batch *batch, cornu_tensor *const *outputs
);

/* What fit will need, in bytes. */
typedef struct cornu_memory {
    size_t parameters; /* all weights of the model */
    size_t gradients;  /* of those that are trained; they have their place in the arena, too */
    size_t optimizer;  /* its state: Adam's moments, averages, ... */
    size_t arena;      /* all that a step computes, gradients included, by lifetime in one block */
    size_t batches;    /* two of them where one is gathered while the other is worked on */
    size_t total;      /* parameters + optimizer + arena + batches */
} cornu_memory;
/* Plans a step of fit for batches of this size, without running it. The model must be built and
 * compiled; the optimizer's state is made if it is not there yet. Not counted: the user's arrays,
 * the order of shuffled samples (8 bytes each), the plans of a last batch of another size and of
 * validation (an arena each), what oneDNN keeps for itself. Targets are taken to be labels where
 * the name of the loss or of a metric says "Sparse", and shaped like the output elsewhere.
 * CORNU_ESTATE (not built, not compiled), CORNU_EINVAL (a batch size below 1), CORNU_ESHAPE (sizes
 * beside the batch that are not known), CORNU_EUNSUPPORTED (more inputs and targets than a plan
 * takes), CORNU_ENOMEM.
 *
 * Example:
 *
 *     cornu_memory memory;
 *     cornu_check(cornu_memory_report(model, 32, &memory));
 *     printf("fit will need %.1f MiB\n", (double)memory.total / (1 << 20));
 */
CORNU_API cornu_status
cornu_memory_report(cornu_model *model, int64_t batch_size, cornu_memory *report);

#ifndef __cplusplus
#define cornu_metric_item_(m)                                                                      \
    ((cornu_metric_item){.name = _Generic((m), char *: (m), const char *: (m), default: NULL),     \
                         .metric = _Generic((m), cornu_metric *: (m), default: NULL)})
#define CORNU_METRICS_1_(a) cornu_metric_item_(a)
#define CORNU_METRICS_2_(a, ...) cornu_metric_item_(a), CORNU_METRICS_1_(__VA_ARGS__)
#define CORNU_METRICS_3_(a, ...) cornu_metric_item_(a), CORNU_METRICS_2_(__VA_ARGS__)
#define CORNU_METRICS_4_(a, ...) cornu_metric_item_(a), CORNU_METRICS_3_(__VA_ARGS__)
#define CORNU_METRICS_5_(a, ...) cornu_metric_item_(a), CORNU_METRICS_4_(__VA_ARGS__)
#define CORNU_METRICS_6_(a, ...) cornu_metric_item_(a), CORNU_METRICS_5_(__VA_ARGS__)
#define CORNU_METRICS_7_(a, ...) cornu_metric_item_(a), CORNU_METRICS_6_(__VA_ARGS__)
#define CORNU_METRICS_8_(a, ...) cornu_metric_item_(a), CORNU_METRICS_7_(__VA_ARGS__)
#define CORNU_METRICS_PICK_(a, b, c, d, e, f, g, h, pick, ...) pick
#define CORNU_METRICS_ARRAY_(...)                                                                  \
    (const cornu_metric_item[]){CORNU_METRICS_PICK_(                                               \
        __VA_ARGS__, CORNU_METRICS_8_, CORNU_METRICS_7_, CORNU_METRICS_6_, CORNU_METRICS_5_,       \
        CORNU_METRICS_4_, CORNU_METRICS_3_, CORNU_METRICS_2_, CORNU_METRICS_1_, 0)(__VA_ARGS__)}
/* Up to eight metrics, each a name or a cornu_metric *. */
#define cornu_metrics(...)                                                                         \
    ((cornu_metric_list){CORNU_METRICS_ARRAY_(__VA_ARGS__),                                        \
                         CORNU_METRICS_PICK_(__VA_ARGS__, 8, 7, 6, 5, 4, 3, 2, 1, 0)})
#define CORNU_MAP_(list, item, ...)                                                                \
    ((list){(const item[]){__VA_ARGS__}, sizeof((const item[]){__VA_ARGS__}) / sizeof(item)})
#define cornu_loss_map(...) CORNU_MAP_(cornu_loss_map_list, cornu_loss_item, __VA_ARGS__)
#define cornu_weight_map(...) CORNU_MAP_(cornu_weight_map_list, cornu_weight_item, __VA_ARGS__)
#define cornu_sample_weight_map(...)                                                               \
    CORNU_MAP_(cornu_sample_weight_map_list, cornu_sample_weight_item, __VA_ARGS__)
#define cornu_metrics_map(...) CORNU_MAP_(cornu_metrics_map_list, cornu_metrics_item, __VA_ARGS__)
#define cornu_callbacks(...)                                                                       \
    ((cornu_callback_list                                                                          \
    ){(cornu_callback *const[]){__VA_ARGS__},                                                      \
      sizeof((cornu_callback *const[]){__VA_ARGS__}) / sizeof(cornu_callback *)})
#define cornu_compile(...)                                                                         \
    CORNU_KW_(cornu_compile_with(                                                                  \
        &(cornu_compile_args){CORNU_COMPILE_DEFAULTS, .model = __VA_ARGS__}))
#define cornu_fit(...)                                                                             \
    CORNU_KW_(cornu_fit_with(&(cornu_fit_args){CORNU_FIT_DEFAULTS, .model = __VA_ARGS__}))
#define cornu_fit_dataset(the_model, ...)                                                          \
    CORNU_KW_(cornu_fit_with(                                                                      \
        &(cornu_fit_args){CORNU_FIT_DEFAULTS, .model = (the_model), .dataset = __VA_ARGS__}))
#define cornu_evaluate(...)                                                                        \
    CORNU_KW_(cornu_evaluate_with(                                                                 \
        &(cornu_evaluate_args){CORNU_EVALUATE_DEFAULTS, .model = __VA_ARGS__}))
/* cornu_evaluate_dataset(model, dataset, &logs, .batch_size = 128) */
#define cornu_evaluate_dataset(the_model, the_dataset, ...)                                        \
    CORNU_KW_(cornu_evaluate_with(&(cornu_evaluate_args                                            \
    ){CORNU_EVALUATE_DEFAULTS, .model = (the_model), .dataset = (the_dataset),                     \
      .logs = __VA_ARGS__}))
#define cornu_predict(...)                                                                         \
    CORNU_KW_(cornu_predict_with(                                                                  \
        &(cornu_predict_args){CORNU_PREDICT_DEFAULTS, .model = __VA_ARGS__}))
#define cornu_predict_dataset(the_model, ...)                                                      \
    CORNU_KW_(cornu_predict_with(                                                                  \
        &(cornu_predict_args){                                                                     \
            CORNU_PREDICT_DEFAULTS, .model = (the_model), .dataset = __VA_ARGS__}))
#endif

#ifdef __cplusplus
}
#endif
#endif
