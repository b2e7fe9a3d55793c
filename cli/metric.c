/* cornu metric: the value of a metric described by Keras' serialised object, batch after batch. */
#include "arrays.h"
#include "json.h"

#include <errno.h>
#include <stdlib.h>

enum { BATCHES_MAX = 4096 };

typedef struct job {
    const char *config, *y_true, *y_pred, *sample_weight, *batch_sizes;
} job;

/* The arrays, samples along the first axis; those not given are NULL. */
typedef struct data {
    cornu_tensor *y_true, *y_pred, *sample_weight;
} data;

typedef struct batches {
    int64_t sizes[BATCHES_MAX];
    size_t count;
} batches;

/* "5,7,4" to sizes. */
static cornu_status parse_batches(const char *text, batches *b) {
    const char *at = text;
    while (true) {
        char *end = NULL;
        errno = 0;
        long long size = strtoll(at, &end, 10);
        if (end == at || size < 1 || errno == ERANGE || (*end != ',' && *end != '\0')) {
            USAGE_FAIL("--batch-sizes wants positive numbers like 5,7,4; got '%s'", text);
        }
        if (b->count == BATCHES_MAX) USAGE_FAIL("--batch-sizes: more than %d batches", BATCHES_MAX);
        b->sizes[b->count++] = size;
        if (*end == '\0') return CORNU_OK;
        at = end + 1;
    }
}

/* The batches must use up the samples exactly. Without --batch-sizes all are one batch. */
static cornu_status fit_batches(batches *b, const char *text, const data *d) {
    if (cornu_tensor_rank(d->y_true) == 0)
        USAGE_FAIL("--y-true is a scalar; samples go along the first axis");
    int64_t samples = cornu_tensor_dim(d->y_true, 0), sum = 0;
    if (!text) {
        b->sizes[b->count++] = samples;
        return CORNU_OK;
    }
    CORNU_TRY(parse_batches(text, b));
    for (size_t i = 0; i < b->count; i++) {
        if (b->sizes[i] > samples - sum) {
            USAGE_FAIL("--batch-sizes %s: more than the %lld samples", text, (long long)samples);
        }
        sum += b->sizes[i];
    }
    if (sum < samples) {
        USAGE_FAIL(
            "--batch-sizes %s: %lld samples, but there are %lld", text, (long long)sum,
            (long long)samples
        );
    }
    return CORNU_OK;
}

static cornu_status check_length(const char *name, const cornu_tensor *tensor, int64_t samples) {
    if (!tensor) return CORNU_OK;
    int64_t length = cornu_tensor_rank(tensor) == 0 ? 0 : cornu_tensor_dim(tensor, 0);
    if (length == samples) return CORNU_OK;
    USAGE_FAIL(
        "--%s has %lld samples, --y-true has %lld", name, (long long)length, (long long)samples
    );
}

static cornu_tensor *rows(cornu_tensor *tensor, int64_t first, int64_t count) {
    int64_t start[CORNU_MAX_RANK] = {first};
    cornu_shape size = *cornu_tensor_shape(tensor);
    size.dims[0] = count;
    return cornu_op_slice(tensor, start, size);
}

static cornu_status update(cornu_metric *metric, const data *d, int64_t first, int64_t count) {
    cornu_tensor *y_true = rows(d->y_true, first, count);
    cornu_tensor *y_pred = d->y_pred ? rows(d->y_pred, first, count) : NULL;
    cornu_tensor *weight = d->sample_weight ? rows(d->sample_weight, first, count) : NULL;
    if (!y_true || (d->y_pred && !y_pred) || (d->sample_weight && !weight))
        return cornu_error_status();
    cornu_status status = cornu_metric_update(metric, y_true, y_pred, weight);
    if (status != CORNU_OK && !y_pred) return cornu_error_context("without --y-pred");
    return status;
}

/* Prints {"value": last, "stream": [after the first batch, after the second, ...]}. */
static cornu_status compute(cornu_metric *metric, const data *d, const batches *b) {
    json_text stream = {0}, json = {0};
    int64_t first = 0;
    cornu_status status = CORNU_OK;
    cornu_tensor *value = NULL;
    for (size_t i = 0; status == CORNU_OK && i < b->count; i++) {
        status = update(metric, d, first, b->sizes[i]);
        if (status == CORNU_OK && !(value = cornu_metric_result(metric)))
            status = cornu_error_status();
        first += b->sizes[i];
        if (status != CORNU_OK) break;
        if (i > 0) json_raw(&stream, ", ");
        json_tensor(&stream, value);
    }
    if (status == CORNU_OK) {
        json_raw(&json, "{\"value\": ");
        json_tensor(&json, value);
        json_raw(&json, ", \"stream\": [");
        json_raw(&json, stream.data);
        json_raw(&json, "]}");
        status = stream.status == CORNU_OK ? json_print(&json) : stream.status;
    }
    json_free(&stream);
    json_free(&json);
    return status;
}

static cornu_status load_and_compute(const job *j, cornu_metric *metric, data *d, batches *b) {
    CORNU_TRY(array_load_optional(j->y_true, &d->y_true));
    CORNU_TRY(array_load_optional(j->y_pred, &d->y_pred));
    CORNU_TRY(array_load_optional(j->sample_weight, &d->sample_weight));
    CORNU_TRY(fit_batches(b, j->batch_sizes, d));
    int64_t samples = cornu_tensor_dim(d->y_true, 0);
    CORNU_TRY(check_length("y-pred", d->y_pred, samples));
    CORNU_TRY(check_length("sample-weight", d->sample_weight, samples));
    return compute(metric, d, b);
}

static cornu_metric *load_metric(const char *path) {
    char *text = text_load(path);
    if (!text) return NULL;
    cornu_metric *metric = cornu_metric_from_json(text);
    if (!metric) (void)cornu_error_context("'%s'", path);
    free(text);
    return metric;
}

static cornu_status run(const command *self, int argc, char **argv) {
    job j = {.config = NULL};
    const option table[] = {
        {"y-true", OPTION_TEXT, &j.y_true, "A.npy", "targets, or the values of Mean and Sum", true},
        {"y-pred", OPTION_TEXT, &j.y_pred, "B.npy", "predictions", false},
        {"sample-weight", OPTION_TEXT, &j.sample_weight, "W.npy", "weights", false},
        {"batch-sizes", OPTION_TEXT, &j.batch_sizes, "N,N,...", "updates batch by batch", false},
    };
    bool proceed;
    CORNU_TRY(options_parse(
        self, table, sizeof table / sizeof table[0], &j.config, 1, argc, argv, &proceed
    ));
    if (!proceed) return CORNU_OK;
    cornu_metric *metric = load_metric(j.config);
    if (!metric) return cornu_error_status();
    data d = {0};
    batches *b = cli_allocate(1, sizeof *b); /* 32 kB */
    cornu_status status = b ? load_and_compute(&j, metric, &d, b) : CORNU_ENOMEM;
    free(b);
    cornu_tensor_free(d.y_true);
    cornu_tensor_free(d.y_pred);
    cornu_tensor_free(d.sample_weight);
    cornu_metric_free(metric);
    return status;
}

const command command_metric = {"metric", "CONFIG.json", "computes a metric of arrays", run};
