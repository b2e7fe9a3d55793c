/* Every allocation on the way from layers to a loaded model fails once: each failure is reported as
 * CORNU_ENOMEM, and nothing stays behind. */
#include "support/support.h"

#include <cornu/cornu.h>
#include <stdio.h>

#include "support/failing_allocator.h"

enum { SAMPLES = 6, FEATURES = 3, CLASSES = 2 };

typedef struct {
    cornu_tensor *x;      /* [6, 3] */
    cornu_tensor *labels; /* [6] */
} data;

static data made(void) {
    float x[SAMPLES * FEATURES];
    int32_t labels[SAMPLES];
    for (int i = 0; i < SAMPLES * FEATURES; i++) x[i] = (float)(i * 7 % 5) - 2;
    for (int i = 0; i < SAMPLES; i++) labels[i] = i % CLASSES;
    return (data){
        .x = cornu_tensor_from(CORNU_FLOAT32, cornu_shape(SAMPLES, FEATURES), x),
        .labels = cornu_tensor_from(CORNU_INT32, cornu_shape(SAMPLES), labels),
    };
}

static void drop(data *d) {
    cornu_tensor_free(d->x);
    cornu_tensor_free(d->labels);
}

static cornu_model *make_model(void) {
    return cornu_sequential(
        cornu_input(FEATURES), cornu_layer_dense(4, .activation = "relu"),
        cornu_layer_dropout(0.25, .seed = 3), cornu_layer_dense(CLASSES)
    );
}

static cornu_status compile(cornu_model *model, bool eagerly) {
    return cornu_compile(
        model, .optimizer = cornu_optimizer_adam(),
        .loss = cornu_loss_sparse_categorical_crossentropy(.from_logits = true),
        .metrics = cornu_metrics("accuracy"), .run_eagerly = eagerly
    );
}

static cornu_status status_of(const void *object) {
    return object != NULL ? CORNU_OK : cornu_error_status();
}

/* ---- build, compile, fit, evaluate, predict -------------------------------------------------- */
static cornu_status train(cornu_model *model, const data *d, bool eagerly) {
    CORNU_TRY(status_of(model));
    CORNU_TRY(compile(model, eagerly));
    cornu_history *history = cornu_fit(
        model, d->x, d->labels, .epochs = 2, .batch_size = 4, .seed = 1, .verbose = 0,
        .validation_split = 0.3,
        .callbacks = cornu_callbacks(
            cornu_callback_early_stopping(.patience = 5, .restore_best_weights = true),
            cornu_callback_terminate_on_nan()
        )
    );
    CORNU_TRY(status_of(history));
    cornu_history_free(history);
    cornu_logs logs = {0};
    cornu_status status = cornu_evaluate(model, d->x, d->labels, &logs, .verbose = 0);
    cornu_logs_clear(&logs);
    CORNU_TRY(status);
    cornu_tensor *predicted = cornu_predict(model, d->x);
    CORNU_TRY(status_of(predicted));
    cornu_tensor_free(predicted);
    return CORNU_OK;
}

static cornu_status fit_compiled(void *user) {
    cornu_set_random_seed(1);
    cornu_model *model = make_model();
    cornu_status status = train(model, user, false);
    cornu_model_free(model);
    return status;
}

static cornu_status fit_eagerly(void *user) {
    cornu_set_random_seed(1);
    cornu_model *model = make_model();
    cornu_status status = train(model, user, true);
    cornu_model_free(model);
    return status;
}

/* ---- files ----------------------------------------------------------------------------------- */
static cornu_status save_and_load(cornu_model *model, const data *d) {
    CORNU_TRY(status_of(model));
    CORNU_TRY(compile(model, false));
    CORNU_TRY(cornu_train_on_batch(model, d->x, d->labels, NULL, NULL));
    CORNU_TRY(cornu_save(model, "oom.keras"));
    CORNU_TRY(cornu_save_weights(model, "oom.weights.h5"));
    CORNU_TRY(cornu_load_weights(model, "oom.weights.h5"));
    cornu_model *loaded = cornu_load("oom.keras");
    CORNU_TRY(status_of(loaded));
    cornu_model_free(loaded);
    return CORNU_OK;
}

static cornu_status files(void *user) {
    cornu_set_random_seed(1);
    cornu_model *model = make_model();
    cornu_status status = save_and_load(model, user);
    cornu_model_free(model);
    return status;
}

/* ---- a functional model with two inputs and a shared layer ----------------------------------- */
static cornu_status functional(void *user) {
    const data *d = user;
    cornu_status status = CORNU_ENOMEM;
    cornu_set_random_seed(1);
    CORNU_SCOPE {
        cornu_tensor *a = cornu_input_tensor(FEATURES, .name = "a");
        cornu_tensor *b = cornu_input_tensor(FEATURES, .name = "b");
        cornu_layer *shared = cornu_layer_dense(2, .name = "shared");
        cornu_layer_retain(shared); /* ours too, in case no call takes it */
        cornu_tensor *left = cornu_call(shared, a), *right = cornu_call(shared, b);
        cornu_layer_free(shared);
        cornu_model *model = cornu_functional(cornu_tensors(a, b), cornu_tensors(left, right));
        status = status_of(model);
        if (status == CORNU_OK)
            status = cornu_compile(model, .loss = cornu_loss_mean_squared_error());
        if (status == CORNU_OK) {
            cornu_tensor *target = cornu_op_zeros(cornu_shape(SAMPLES, 2), CORNU_FLOAT32);
            cornu_history *history = cornu_fit(
                model, .inputs = cornu_tensors(d->x, d->x),
                .targets = cornu_tensors(target, target), .verbose = 0
            );
            status = status_of(history);
            cornu_history_free(history);
        }
        cornu_model_free(model);
    }
    return status;
}

/* ---- a loop of one's own --------------------------------------------------------------------- */
static cornu_status step(
    cornu_layer *layer, cornu_loss *loss, cornu_optimizer *optimizer, cornu_metric *metric,
    const data *d
) {
    cornu_status status = CORNU_ENOMEM; /* if there is no memory for the scope itself */
    CORNU_SCOPE {
        cornu_tape *tape = cornu_tape_begin();
        cornu_tensor *logits = cornu_layer_call(layer, cornu_tensors(d->x), true);
        cornu_tensor *value = cornu_loss_call(loss, d->labels, logits);
        cornu_tensor *gradients[2];
        status = status_of(value);
        cornu_tensor_list weights = cornu_layer_trainable_weights(layer);
        if (status == CORNU_OK) status = status_of(weights.items);
        if (status == CORNU_OK) status = cornu_tape_gradient(tape, value, weights, gradients);
        if (status == CORNU_OK) status = cornu_optimizer_apply(optimizer, gradients, weights);
        if (status == CORNU_OK) status = cornu_metric_update(metric, d->labels, logits, NULL);
        if (status == CORNU_OK) status = status_of(cornu_metric_result(metric));
    }
    return status;
}

static cornu_status own_loop(void *user) {
    cornu_set_random_seed(1);
    cornu_layer *layer = cornu_layer_dense(CLASSES);
    cornu_loss *loss = cornu_loss_sparse_categorical_crossentropy(.from_logits = true);
    cornu_optimizer *optimizer = cornu_optimizer_sgd(.momentum = 0.9, .clipnorm = 1);
    cornu_metric *metric = cornu_metric_sparse_categorical_accuracy();
    cornu_status status = cornu_error_status(); /* of the first maker that failed */
    if (status == CORNU_OK) status = step(layer, loss, optimizer, metric, user);
    cornu_metric_free(metric);
    cornu_optimizer_free(optimizer);
    cornu_loss_free(loss);
    cornu_layer_free(layer);
    return status;
}

/* ---- everything that fit can be given -------------------------------------------------------- */
static cornu_status train_with_everything(cornu_model *model, const data *d) {
    CORNU_TRY(status_of(model));
    CORNU_TRY(cornu_compile(
        model, .optimizer = cornu_optimizer_adamw(.global_clipnorm = 1),
        .loss = cornu_loss_sparse_categorical_crossentropy(.from_logits = true),
        .weighted_metrics = cornu_metrics("accuracy", cornu_metric_sparse_categorical_accuracy())
    ));
    cornu_tensor *weight = cornu_op_ones(cornu_shape(SAMPLES), CORNU_FLOAT32);
    cornu_dataset *dataset = cornu_dataset_from_tensors(
        cornu_tensors(d->x), .targets = cornu_tensors(d->labels), .sample_weight = weight
    );
    cornu_dataset *part = dataset != NULL ? cornu_dataset_take(dataset, 4) : NULL;
    cornu_status status = weight != NULL ? status_of(part) : cornu_error_status();
    if (status == CORNU_OK) {
        cornu_history *history = cornu_fit_dataset(
            model, dataset, .batch_size = 4, .seed = 1, .verbose = 0, .validation_data = part,
            .callbacks = cornu_callbacks(
                cornu_callback_model_checkpoint("oom_{epoch:02d}.keras"),
                cornu_callback_csv_logger("oom.csv")
            )
        );
        status = status_of(history);
        cornu_history_free(history);
    }
    cornu_dataset_free(part);
    cornu_dataset_free(dataset);
    return status;
}

static cornu_status fit_with_everything(void *user) {
    cornu_status status = CORNU_ENOMEM; /* if there is no memory for the scope itself */
    cornu_set_random_seed(1);
    CORNU_SCOPE {
        cornu_model *model = cornu_sequential(
            cornu_input(FEATURES), cornu_layer_dense(
                                       CLASSES, .kernel_regularizer = cornu_regularizer_get("L2"),
                                       .kernel_constraint = cornu_constraint_get("NonNeg")
                                   )
        );
        status = train_with_everything(model, user);
        cornu_model_free(model);
    }
    return status;
}

/* ---- a model around a function --------------------------------------------------------------- */
static cornu_tensor *scaled(void *user, cornu_tensor *x) {
    cornu_tensor *const *factor = user;
    return cornu_op_multiply(x, *factor);
}

static cornu_status train_function(cornu_tensor **factor, const data *d) {
    CORNU_TRY(status_of(*factor));
    cornu_model *model = cornu_subclass(scaled, factor, cornu_tensors(*factor));
    CORNU_TRY(status_of(model));
    cornu_status status = cornu_compile(
        model, .optimizer = cornu_optimizer_sgd(), .loss = cornu_loss_mean_squared_error()
    );
    cornu_history *history =
        status == CORNU_OK ? cornu_fit(model, d->x, d->x, .verbose = 0, .seed = 1) : NULL;
    if (status == CORNU_OK) status = status_of(history);
    if (status == CORNU_OK) status = cornu_save_weights(model, "oom_function.weights.h5");
    cornu_history_free(history);
    cornu_model_free(model);
    return status;
}

static cornu_status function(void *user) {
    cornu_status status = CORNU_ENOMEM;
    CORNU_SCOPE {
        cornu_tensor *factor = cornu_variable(cornu_scalar(2), .name = "factor");
        status = train_function(&factor, user);
        cornu_tensor_free(factor);
    }
    return status;
}

/* ---- descriptions of a model ----------------------------------------------------------------- */
static cornu_status describe(cornu_model *model) {
    CORNU_TRY(status_of(model));
    FILE *stream = tmpfile();
    cornu_status status = cornu_summary(model, stream);
    fclose(stream);
    CORNU_TRY(status);
    char *dot = cornu_model_to_dot(model);
    CORNU_TRY(status_of(dot));
    cornu_free(dot);
    char *json = cornu_model_to_json(model);
    CORNU_TRY(status_of(json));
    cornu_model *again = cornu_model_from_json(json);
    cornu_free(json);
    CORNU_TRY(status_of(again));
    cornu_model_free(again);
    return CORNU_OK;
}

static cornu_status descriptions(void *user) {
    (void)user;
    cornu_model *model = make_model();
    cornu_status status = describe(model);
    cornu_model_free(model);
    return status;
}

/* ---- arrays in files ------------------------------------------------------------------------- */
static cornu_status arrays(void *user) {
    const data *d = user;
    CORNU_TRY(cornu_save_npy("oom.npy", d->x));
    cornu_tensor *loaded = cornu_load_npy("oom.npy");
    CORNU_TRY(status_of(loaded));
    cornu_tensor_free(loaded);
    char *text = cornu_tensor_text(d->x);
    CORNU_TRY(status_of(text));
    cornu_free(text);
    return CORNU_OK;
}

/* ---- the cases ------------------------------------------------------------------------------- */
static const struct {
    const char *name;
    cornu_status (*body)(void *user);
    size_t least; /* failures that must have been tried */
} ways[] = {
    {"a loop of one's own", own_loop, 100},
    {"a functional model", functional, 300},
    {"fit, compiled", fit_compiled, 500},
    {"fit, eager", fit_eagerly, 500},
    {"fit with everything", fit_with_everything, 500},
    {"a model around a function", function, 100},
    {"files", files, 500},
    {"descriptions", descriptions, 100},
    {"arrays", arrays, 5},
};

START_TEST(every_failed_allocation_is_enomem_and_leaks_nothing) {
    data d = made();
    size_t runs;
    const char *wrong = cornu_test_every_failure(ways[_i].body, &d, &runs);
    ck_assert_msg(wrong == NULL, "%s: %s", ways[_i].name, wrong);
    ck_assert_uint_ge(runs, ways[_i].least);
    drop(&d);
}
END_TEST

CORNU_TESTS(whole_way) {
    cornu_test_allocator_install();
    TCase *tc = cornu_test_case(suite, "whole way");
    tcase_set_tags(tc, "slow");
    tcase_set_timeout(tc, 60);
    tcase_add_loop_test(
        tc, every_failed_allocation_is_enomem_and_leaks_nothing, 0,
        (int)(sizeof ways / sizeof ways[0])
    );
}
