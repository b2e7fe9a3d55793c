/* Kinds loss and metric: values of serialised losses, and of metrics after each of several updates. */
#include "support/corpus.h"
#include "support/support.h"

#include <stdlib.h>

/* The arrays of a case; NULL where it has none. */
typedef struct arrays {
    cornu_tensor *y_true, *y_pred, *sample_weight;
} arrays;

static cornu_status read_one(const corpus_case *c, const char *key, cornu_tensor **tensor) {
    const char *path = corpus_text(c, key);
    *tensor = path ? corpus_array(c, path) : NULL;
    return path && !*tensor ? cornu_error_status() : CORNU_OK;
}

static cornu_status read_arrays(const corpus_case *c, arrays *a) {
    CORNU_TRY(read_one(c, "y_true", &a->y_true));
    CORNU_TRY(read_one(c, "y_pred", &a->y_pred));
    return read_one(c, "sample_weight", &a->sample_weight);
}

/* Compares a tensor with case.json's numbers. */
static cornu_status compare(
    const corpus_case *c, const char *what, const cornu_tensor *got, const cJSON *expected
) {
    if (!got) return cornu_error_status();
    size_t count = (size_t)cornu_tensor_size(got);
    double *values = calloc(count + 1, sizeof *values);
    for (size_t i = 0; i < count; i++) values[i] = cornu_tensor_get(got, (int64_t)i);
    cornu_status status = corpus_compare_json(what, values, count, expected, c->rtol, c->atol);
    free(values);
    return status;
}

/* ---- losses ------------------------------------------------------------------------------------------------------- */

static cornu_status check_loss(const corpus_case *c) {
    char *text = corpus_bytes(c, corpus_text(c, "config"), NULL);
    cornu_loss *loss = text ? cornu_loss_from_json(text) : NULL;
    free(text);
    if (!loss) return cornu_error_status();
    arrays a;
    cornu_status status = read_arrays(c, &a);
    if (status == CORNU_OK) {
        cornu_tensor *value = cornu_loss_call_weighted(loss, a.y_true, a.y_pred, a.sample_weight);
        status = compare(c, "loss", value, cJSON_GetObjectItem(c->json, "expected"));
    }
    cornu_loss_free(loss);
    return status;
}

START_TEST(losses_are_those_of_keras) { corpus_run("loss", corpus_config_unknown, check_loss); }
END_TEST

/* ---- metrics ------------------------------------------------------------------------------------------------------ */

static cornu_tensor *rows(cornu_tensor *tensor, int64_t first, int64_t count) {
    if (!tensor) return NULL;
    int64_t start[CORNU_MAX_RANK] = {first};
    cornu_shape size = *cornu_tensor_shape(tensor);
    size.dims[0] = count;
    return cornu_op_slice(tensor, start, size);
}

static cornu_status update_and_compare(
    const corpus_case *c, cornu_metric *metric, const arrays *a
) {
    const cJSON *size = cJSON_GetObjectItem(c->json, "batch_sizes")->child;
    const cJSON *expected = cJSON_GetObjectItem(c->json, "expected_stream")->child;
    int64_t first = 0;
    for (; size && expected; size = size->next, expected = expected->next) {
        int64_t count = (int64_t)size->valuedouble;
        CORNU_TRY(cornu_metric_update(
            metric, rows(a->y_true, first, count), rows(a->y_pred, first, count),
            rows(a->sample_weight, first, count)
        ));
        CORNU_TRY(compare(c, "running value", cornu_metric_result(metric), expected));
        first += count;
    }
    CORNU_TRY(cornu_metric_reset(metric));
    CORNU_TRY(cornu_metric_update(metric, a->y_true, a->y_pred, a->sample_weight));
    return compare(
        c, "value of all samples at once", cornu_metric_result(metric),
        cJSON_GetObjectItem(c->json, "expected")
    );
}

static cornu_status check_metric(const corpus_case *c) {
    char *text = corpus_bytes(c, corpus_text(c, "config"), NULL);
    cornu_metric *metric = text ? cornu_metric_from_json(text) : NULL;
    free(text);
    if (!metric) return cornu_error_status();
    arrays a;
    cornu_status status = read_arrays(c, &a);
    if (status == CORNU_OK) status = update_and_compare(c, metric, &a);
    cornu_metric_free(metric);
    return status;
}

START_TEST(metrics_are_those_of_keras) {
    corpus_run("metric", corpus_config_unknown, check_metric);
}
END_TEST

CORNU_TESTS(loss_metric) {
    TCase *tc = cornu_test_case(suite, "loss_metric");
    tcase_add_test(tc, losses_are_those_of_keras);
    tcase_add_test(tc, metrics_are_those_of_keras);
}
