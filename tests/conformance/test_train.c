/* Kinds train and resume: fit without shuffling gives the history, batch logs, weights,
 * optimizer state and predictions of Keras. */
#include "support/corpus_training.h"
#include "support/support.h"

#include <stdlib.h>
#include <string.h>

/* ---- logs ------------------------------------------------------------------------------------ */

static cornu_status compare_entry(
    const corpus_training *d, const char *what, const cornu_logs *logs, const cJSON *expected
) {
    for (size_t i = 0; i < logs->count; i++) {
        const cornu_log_entry *e = &logs->entries[i];
        if (strcmp(e->name, expected->string) != 0) continue;
        char name[160];
        snprintf(name, sizeof name, "%s '%s'", what, e->name);
        const double *values = e->values ? e->values : &e->value;
        return corpus_compare_json(
            name, values, e->values ? e->count : 1, expected, d->rtol, d->atol
        );
    }
    CORNU_FAIL(CORNU_EINVAL, "%s: '%s' is missing", what, expected->string);
}

/* Every key of the JSON object has its value in the logs, and there are no others. */
static cornu_status compare_logs(
    const corpus_training *d, const char *what, const cornu_logs *logs, const cJSON *expected
) {
    const cJSON *item;
    cJSON_ArrayForEach(item, expected) CORNU_TRY(compare_entry(d, what, logs, item));
    if ((size_t)cJSON_GetArraySize(expected) != logs->count) {
        CORNU_FAIL(
            CORNU_EINVAL, "%s: %zu entries instead of %d", what, logs->count,
            cJSON_GetArraySize(expected)
        );
    }
    return CORNU_OK;
}

/* The callback: compares the running values of batch after batch. */
typedef struct batch_check {
    const corpus_training *d;
    const cJSON *next; /* NULL: the case has no batch logs, or they are used up */
    size_t number;
} batch_check;

static cornu_status check_batch(void *user, cornu_model *model, int64_t batch, cornu_logs *logs) {
    batch_check *b = user;
    (void)model;
    (void)batch;
    if (!b->next) return CORNU_OK;
    char what[64];
    snprintf(what, sizeof what, "batch log %zu", b->number++);
    CORNU_TRY(compare_logs(b->d, what, logs, b->next));
    b->next = b->next->next;
    return CORNU_OK;
}

static cornu_status compare_history(
    const corpus_training *d, const cornu_history *history, const cJSON *expected
) {
    const cJSON *series;
    cJSON_ArrayForEach(series, expected) {
        size_t epoch = 0;
        const cJSON *value;
        cJSON_ArrayForEach(value, series) {
            const cornu_logs *logs =
                epoch < cornu_history_epochs(history) ? cornu_history_logs(history, epoch) : NULL;
            char what[64];
            snprintf(what, sizeof what, "history, entry %zu", epoch++);
            if (!logs) CORNU_FAIL(CORNU_EINVAL, "%s is missing", what);
            cJSON named = *value;
            named.string = series->string;
            CORNU_TRY(compare_entry(d, what, logs, &named));
        }
    }
    return CORNU_OK;
}

/* ---- what is left after training ------------------------------------------------------------- */

static cornu_status compare_variable(
    const corpus_case *c, const corpus_table *table, const char *key, cornu_tensor *got,
    double slack
) {
    cornu_tensor *expected = corpus_table_find(table, key);
    if (!expected) CORNU_FAIL(CORNU_EINVAL, "the reference has no %s", key);
    return corpus_compare(key, got, expected, c->rtol, c->atol * slack);
}

/* Every weight, and every variable of the optimizer (whose slots are held to five times the
 * tolerance, as the corpus' own runner does: they are sums of gradients, which are larger than
 * the steps). */
static cornu_status compare_variables(
    const corpus_case *c, cornu_model *model, const corpus_table *table
) {
    char key[160];
    cornu_tensor_list weights = cornu_layer_weights(cornu_model_layer(model));
    for (size_t i = 0; i < weights.count; i++) {
        CORNU_TRY(cornu_weight_path(model, weights.items[i], key, sizeof key));
        CORNU_TRY(compare_variable(c, table, key, weights.items[i], 1));
    }
    cornu_tensor_list state = cornu_optimizer_variables(cornu_model_optimizer(model));
    for (size_t i = 0; i < state.count; i++) {
        snprintf(key, sizeof key, "optimizer/vars/%zu", i);
        CORNU_TRY(compare_variable(c, table, key, state.items[i], 5));
    }
    return CORNU_OK;
}

static cornu_status compare_weights(const corpus_case *c, cornu_model *model) {
    corpus_table table = {0};
    cornu_status status = corpus_table_read(c, corpus_text(c, "final_weights"), &table);
    if (status == CORNU_OK) status = compare_variables(c, model, &table);
    corpus_table_free(&table);
    return status;
}

static cornu_status compare_iterations(const corpus_case *c, cornu_model *model) {
    double updates = cornu_tensor_item(cornu_optimizer_updates(cornu_model_optimizer(model)));
    double expected = corpus_number(c->json, "iterations", NAN);
    if (updates != expected)
        CORNU_FAIL(CORNU_EINVAL, "%g updates instead of %g", updates, expected);
    return CORNU_OK;
}

static cornu_status compare_outputs(
    const corpus_case *c, const corpus_training *d, cornu_model *model
) {
    cornu_tensor *outputs[CORPUS_ARRAYS_MAX] = {NULL}, *expected[CORPUS_ARRAYS_MAX];
    size_t count;
    CORNU_TRY(corpus_arrays(c, c->json, "outputs", expected, &count));
    cornu_tensor *first = cornu_predict(model, .inputs = {d->x, d->x_count}, .outputs = outputs);
    if (!first) return cornu_error_status();
    cornu_status status = CORNU_OK;
    for (size_t i = 0; i < count; i++) {
        if (status == CORNU_OK) {
            status = corpus_compare("output", outputs[i], expected[i], c->rtol, c->atol);
        }
        cornu_tensor_free(outputs[i]);
    }
    cornu_tensor_free(first);
    return status;
}

/* ---- a case ---------------------------------------------------------------------------------- */

static cornu_status evaluate(const corpus_case *c, const corpus_training *d, cornu_model *model) {
    cornu_logs *logs = calloc(1, sizeof *logs);
    cornu_status status = corpus_training_evaluate(d, model, logs);
    if (status == CORNU_OK) {
        status = compare_logs(
            d, "evaluation before", logs, cJSON_GetObjectItem(c->json, "evaluate_initial")
        );
    }
    cornu_logs_clear(logs);
    free(logs);
    return status;
}

static cornu_status train(const corpus_case *c, const corpus_training *d, cornu_model *model) {
    const cJSON *batch_logs = cJSON_GetObjectItem(c->json, "batch_logs");
    batch_check batches = {.d = d, .next = batch_logs ? batch_logs->child : NULL};
    cornu_history *history = corpus_training_fit(
        d, model, cornu_callback_lambda(.user = &batches, .on_train_batch_end = check_batch)
    );
    if (!history) return cornu_error_status();
    cornu_status status = compare_history(d, history, cJSON_GetObjectItem(c->json, "history"));
    if (status == CORNU_OK && batches.next) {
        status = cornu_error_set(CORNU_EINVAL, NULL, 0, "only %zu batches", batches.number);
    }
    cornu_history_free(history);
    return status;
}

static cornu_status check(const corpus_case *c) {
    cornu_model *model = corpus_model(c, corpus_text(c, "model"), true);
    if (!model) return cornu_error_status();
    static corpus_training d;
    cornu_status status = corpus_training_read(c, &d);
    if (status == CORNU_OK) status = evaluate(c, &d, model);
    if (status == CORNU_OK) status = train(c, &d, model);
    if (status == CORNU_OK) status = compare_weights(c, model);
    if (status == CORNU_OK) status = compare_iterations(c, model);
    if (status == CORNU_OK) status = compare_outputs(c, &d, model);
    cornu_model_free(model);
    return status;
}

START_TEST(training_goes_as_in_keras) { corpus_run("train", corpus_compiled_model_unknown, check); }
END_TEST

START_TEST(training_resumes_as_in_keras) {
    corpus_run("resume", corpus_compiled_model_unknown, check);
}
END_TEST

CORNU_TESTS(train) {
    TCase *tc = cornu_test_case(suite, "train");
    tcase_add_test(tc, training_goes_as_in_keras);
    tcase_add_test(tc, training_resumes_as_in_keras);
}
