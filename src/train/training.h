/* The inside of training: what compile keeps, and the steps of which fit, evaluate and predict are
 * made. */
#ifndef CORNU_TRAIN_TRAINING_H
#define CORNU_TRAIN_TRAINING_H

#include "base/text.h"
#include "model/model.h"
#include "nn/logs.h"
#include "nn/optimizer.h"
#include <cornu/state.h>
#include <cornu/train.h>

/* The loss of one output. */
typedef struct cornu_compiled_loss {
    cornu_loss *loss;      /* NULL: none, or not chosen yet */
    char *given;           /* "crossentropy": chosen by the shapes of the first batch */
    double weight;         /* NAN: none */
    cornu_metric *tracker; /* mean of the unweighted loss, where several outputs have one */
} cornu_compiled_loss;

/* One metric of one output. */
typedef struct cornu_compiled_metric {
    cornu_metric *metric; /* NULL: not chosen yet */
    char *given; /* the name it was given by, "accuracy"; NULL: it was given as an object */
    size_t output;
    bool weighted;
    char *log_name; /* with the output's name and a number where they are needed */
} cornu_compiled_metric;

struct cornu_training {
    cornu_optimizer *optimizer;  /* NULL: the model can be evaluated only */
    cornu_compiled_loss *losses; /* one per output */
    size_t output_count;
    cornu_compiled_metric *metrics; /* unweighted ones first, each sort in the order of outputs */
    size_t metric_count, metric_capacity;
    cornu_metric *loss_tracker; /* mean of the total, weighted by the sizes of batches */
    bool resolved;              /* the first batch has been seen */
    bool run_eagerly, auto_scale_loss;
    bool in_step; /* of training or evaluation, which one thread takes at a time */
    bool scaled; /* `optimizer` was put around the one that was given */
    int64_t steps_per_execution;
    cJSON *config; /* Keras' compile_config without the optimizer */
    /* Room for one step, so that steps need no memory of their own. */
    cornu_tensor **outputs, **masks, **values; /* one per output; masks and values may be NULL */
    cornu_tensor **gradients;         /* one per trainable weight */
    cornu_constraint **constraints;
    cornu_tensor **constrained; /* the weights that `constraints` were looked up for; borrowed */
    size_t weight_count, weight_capacity;
    cornu_logs *logs; /* the last results */
    cornu_tensor *class_weights; /* of the last batch of one's own; NULL: there was none */
};

/* ---- compile.c, compile_args.c ---- */
/* A record with nothing in it but room for the model's outputs; *new*. */
struct cornu_training *cornu_training_new_(cornu_model *model);
void cornu_training_free_(struct cornu_training *training);
/* Adds a metric, given by name or as an object, one of both; the object is taken, also on failure.
 */
cornu_status cornu_training_add_metric_(
    struct cornu_training *training, size_t output, bool weighted, const char *given,
    cornu_metric *metric
);
/* Gives an output a loss by its name; "crossentropy" waits for the first batch. */
cornu_status cornu_training_set_loss_(cornu_compiled_loss *entry, const char *name);
/* Checks the record and gives it to the model, in place of an older one; taken, also on failure. */
cornu_status cornu_training_install_(cornu_model *model, struct cornu_training *training);
/* The model's record; NULL with CORNU_ESTATE if it is not compiled. */
struct cornu_training *cornu_training_of_(const cornu_model *model);

/* ---- resolve.c: what can be decided only when the first batch is there ---- */
/* Chooses metrics and losses that were given by a name of several kinds, and names in the logs. */
cornu_status cornu_training_resolve_(
    cornu_model *model, const cornu_batch *batch, cornu_tensor *const *outputs
);
/* The name of an output in logs and messages; writes to `text` where the model has none. */
const char *cornu_training_output_name_(const cornu_model *model, size_t output, char text[32]);
/* compile_args.c: the output of that name. CORNU_EINVAL lists the outputs; `what` is the argument.
 */
cornu_status cornu_training_find_output_(
    const cornu_model *model, const char *what, const char *name, size_t *index
);

/* ---- results.c ---- */
cornu_status cornu_training_reset_(cornu_model *model);
/* The values so far, in the order of their names; *logs is borrowed until the next call. */
cornu_status cornu_training_results_(cornu_model *model, const cornu_logs **logs);
/* Makes them all that is in `logs`. */
cornu_status cornu_training_show_(cornu_model *model, cornu_logs *logs);
/* Sets those anew whose results are their state (`result_is_state`). */
cornu_status cornu_training_refresh_(cornu_model *model, cornu_logs *logs);

/* What logs show under a name. */
typedef struct cornu_shown_result {
    const char *name;
    cornu_metric *metric;
} cornu_shown_result;
/* The one of that number, from 0; false: there are not so many. */
bool cornu_training_result_at_(
    const struct cornu_training *training, size_t index, cornu_shown_result *result
);

/* ---- results_plan.c: all of them at once, without memory of their own ---- */
struct cornu_results;
/* Sets them, *planned, or leaves that to ops, since a metric computes its result on the host. The
 * plan is made when there is none that fits. */
cornu_status cornu_results_planned_(
    struct cornu_results **results, const struct cornu_training *training, cornu_logs *logs,
    bool *planned
);
void cornu_results_free_(struct cornu_results *results);

/* ---- step.c: train and test in a scope of their own; compiled unless the model runs eagerly -- */
typedef enum cornu_step_kind {
    CORNU_STEP_TRAIN,
    CORNU_STEP_TEST,
    CORNU_STEP_PREDICT
} cornu_step_kind;
cornu_status cornu_step_train_eagerly_(cornu_model *model, const cornu_batch *batch);
cornu_status cornu_step_test_eagerly_(cornu_model *model, const cornu_batch *batch);
cornu_status
cornu_step_predict_eagerly_(cornu_model *model, const cornu_batch *batch, cornu_tensor **outputs);
/* The parts of which they are made, for steps of one's own too (hooks.c). */
/* `masks` (may be NULL): those of the outputs, NULL where there is none */
cornu_status cornu_step_forward_(
    cornu_model *model, const cornu_batch *batch, bool training, cornu_tensor **outputs,
    cornu_tensor **masks
);
cornu_tensor *cornu_step_loss_(
    cornu_model *model, const cornu_batch *batch, cornu_tensor *const *outputs
);
struct cornu_tape;
cornu_status cornu_step_minimize_(
    cornu_model *model, struct cornu_tape *tape, cornu_tensor *loss
);
cornu_status cornu_step_track_loss_(
    struct cornu_training *training, const cornu_batch *batch, cornu_tensor *loss
);
cornu_status cornu_step_metrics_(
    cornu_model *model, const cornu_batch *batch, cornu_tensor *const *outputs
);
void cornu_step_hooks_free_(cornu_step_hooks *hooks);
cornu_status cornu_step_train_(cornu_model *model, const cornu_batch *batch);
cornu_status cornu_step_test_(cornu_model *model, const cornu_batch *batch);
/* The outputs belong to the caller's innermost scope. */
cornu_status cornu_step_predict_(
    cornu_model *model, const cornu_batch *batch, cornu_tensor **outputs
);

/* ---- compiled.c ---- */
bool cornu_step_is_compiled_(const cornu_model *model, const cornu_batch *batch);
/* Traces the step (train or test) if no plan fits the batch, and runs it. */
cornu_status cornu_step_compiled_(
    cornu_model *model, const cornu_batch *batch, cornu_step_kind kind
);
/* The same for predict; several threads may do so at once. The outputs belong to the scope. */
cornu_status cornu_step_predict_compiled_(
    cornu_model *model, const cornu_batch *batch, cornu_tensor **outputs
);
/* Traces and plans a step on tensors of which only types and shapes count; *new*. */
struct cornu_plan;
cornu_status cornu_step_plan_(
    cornu_model *model, const cornu_batch *batch, cornu_step_kind kind, struct cornu_plan **plan
);
void cornu_compiled_steps_free_(struct cornu_compiled_steps *steps);
/* Where the plan of the results belongs: NULL unless steps of the model are compiled. */
struct cornu_results **cornu_compiled_results_(const cornu_model *model);
/* For developers who ask for it (CORNU_LOG): what was traced, and its plan. */
struct cornu_graph;
void cornu_step_log_(
    const char *what, const struct cornu_graph *graph, const struct cornu_plan *plan
);

/* ---- class_weight.c ---- */
/* Multiplies the batch's sample weights by those of its classes. The result is written into *room
 * (a tensor to be freed, or NULL) if it fits there and nobody else holds it; or into a new one. */
cornu_status cornu_class_weight_apply_(
    const cornu_class_weight *weights, size_t count, cornu_tensor **room, cornu_batch *batch
);

/* ---- history.c ---- */
cornu_history *cornu_history_new_(void);
cornu_status cornu_history_add_(cornu_history *history, int64_t epoch, const cornu_logs *logs);

/* ---- walk.c: the batches of one epoch after another ---- */
typedef struct cornu_walk {
    cornu_dataset *dataset; /* owned */
    cornu_epoch_plan plan;
    int64_t steps;          /* per epoch as asked for; CORNU_NONE: all there are */
    cornu_batches *batches; /* the pass being made; with `steps`, it goes on from epoch to epoch */
    int64_t passes;
    int64_t taken;   /* batches in this epoch */
    int64_t in_pass; /* batches of the pass */
} cornu_walk;

/* Where a walk stands. Batches come in an order that depends on the plan alone, so that going there
 * again is beginning the same pass and passing over what was taken. */
typedef struct cornu_walk_place {
    bool open;      /* a pass is being made */
    int64_t number; /* of that pass, as the dataset was told */
    int64_t passes, in_pass, taken;
} cornu_walk_place;

/* What the caller gave: arrays, lists of arrays, or a dataset. */
typedef struct cornu_source {
    cornu_tensor *x, *y;
    cornu_tensor_list inputs, targets;
    cornu_tensor *sample_weight;
    cornu_dataset *dataset;
    cornu_tensor_list sample_weights; /* an entry may be NULL */
    cornu_sample_weight_map_list sample_weight_map; /* in place of them, for outputs of `model` */
    const cornu_model *model;
} cornu_source;
/* CORNU_EINVAL, CORNU_ESHAPE if the weights of a source of arrays do not fit its targets. */
cornu_status cornu_source_check_weights_(const cornu_source *source, size_t targets);
/* The weights of each target, those that are missing as ones, into `complete` [targets]; *new*
 * tensors, to be freed also on failure. */
cornu_status cornu_source_weights_(
    const cornu_source *source, int64_t samples, cornu_tensor **complete
);
/* The source as a dataset; *new*. */
cornu_dataset *cornu_source_dataset_(const cornu_source *source);

cornu_status cornu_walk_epoch_(cornu_walk *walk, int64_t epoch);
/* batch->size 0: the epoch is over. */
cornu_status cornu_walk_next_(cornu_walk *walk, cornu_batch *batch);
/* Batches in an epoch; -1 if that is not known. */
int64_t cornu_walk_steps_(const cornu_walk *walk);
void cornu_walk_end_(cornu_walk *walk);
cornu_walk_place cornu_walk_place_(const cornu_walk *walk);
/* Goes to a place of a walk with the same plan that has not begun here. CORNU_EINVAL if the data
 * are shorter. */
cornu_status cornu_walk_seek_(cornu_walk *walk, const cornu_walk_place *place);

/* ---- callback_list.c ---- */
typedef enum cornu_hook {
    CORNU_HOOK_TRAIN_BEGIN,
    CORNU_HOOK_TRAIN_END,
    CORNU_HOOK_TEST_BEGIN,
    CORNU_HOOK_TEST_END,
    CORNU_HOOK_PREDICT_BEGIN,
    CORNU_HOOK_PREDICT_END,
    CORNU_HOOK_EPOCH_BEGIN, /* from here on with an index */
    CORNU_HOOK_EPOCH_END,
    CORNU_HOOK_TRAIN_BATCH_BEGIN,
    CORNU_HOOK_TRAIN_BATCH_END,
    CORNU_HOOK_TEST_BATCH_BEGIN,
    CORNU_HOOK_TEST_BATCH_END,
    CORNU_HOOK_PREDICT_BATCH_BEGIN,
    CORNU_HOOK_PREDICT_BATCH_END
} cornu_hook;
/* Calls a hook of every callback in order; the first error ends it. */
cornu_status cornu_callbacks_call_(
    cornu_callback_list callbacks, cornu_hook hook, cornu_model *model, int64_t index,
    cornu_logs *logs
);
/* The hooks of runs that are kept; see cornu_callback_class. */
cornu_status cornu_callbacks_run_begin_(cornu_callback_list callbacks, cornu_run *run);
cornu_status cornu_callbacks_pause_(
    cornu_callback_list callbacks, cornu_run *run, const cornu_pause *pause
);
/* What callbacks know, in groups "0", "1", ... with the names of their classes. */
cornu_status cornu_callbacks_save_(cornu_callback_list callbacks, cornu_state *state);
/* CORNU_EINVAL if the state is of other callbacks. */
cornu_status cornu_callbacks_load_(cornu_callback_list callbacks, cornu_state *state);
/* Whether any callback has this hook: logs are computed only for somebody who reads them. */
bool cornu_callbacks_have_(cornu_callback_list callbacks, cornu_hook hook);
/* CORNU_EINVAL, or the pending error, if one of them is NULL. */
cornu_status cornu_callbacks_check_(cornu_callback_list callbacks);
void cornu_callbacks_free_(cornu_callback_list callbacks);

/* ---- progress.c ---- */
typedef struct cornu_progress {
    cornu_verbose verbose;     /* silent, bar or line */
    bool redraw;               /* standard output is a terminal */
    int64_t target;            /* steps, -1: unknown */
    double start, first, last; /* seconds: begin, after the first step, of the last drawing */
    int64_t drawn_width;
    cornu_text line; /* what is drawn; its room is kept */
} cornu_progress;
/* Of zeros, or of the epoch before. */
void cornu_progress_begin_(cornu_progress *progress, cornu_verbose verbose, int64_t target);
void cornu_progress_free_(cornu_progress *progress);
/* Whether the bar would be drawn now: only then are logs worth computing. */
bool cornu_progress_due_(cornu_progress *progress, int64_t current);
cornu_status
cornu_progress_update_(cornu_progress *progress, int64_t current, const cornu_logs *logs);
/* The line at the end. */
cornu_status
cornu_progress_end_(cornu_progress *progress, int64_t current, const cornu_logs *logs);
/* "Epoch 1/5" before the bar. */
cornu_status cornu_progress_heading_(
    const cornu_progress *progress, int64_t epoch, int64_t epochs
);

/* ---- evaluate.c ---- */
/* One evaluation, from reset to results. `what`: its name in messages; `progress` may be NULL. A
 * signal ends it after the batch: *interrupted is set, and there are no results. */
cornu_status cornu_evaluate_walk_(
    const char *what, cornu_model *model, cornu_walk *walk, cornu_callback_list callbacks,
    cornu_progress *progress, cornu_logs *logs, bool *interrupted
);
/* Fails with CORNU_ECANCELED, as a signal came. */
cornu_status cornu_interrupted_(void);

#endif
