/* Predict: the outputs for all samples, batch after batch.
 * keras/src/backend/tensorflow/trainer.py, predict */
#include "base/memory.h"
#include "base/signal.h"
#include "tensor/tensor.h"
#include "train/training.h"
#include <string.h>

/* One output being put together: rows are added at the end, room grows when it is used up. */
typedef struct gathered {
    cornu_tensor *rows; /* [capacity, ...] */
    int64_t count;
} gathered;

static size_t row_bytes(const cornu_tensor *tensor) {
    int64_t rows = cornu_tensor_dim(tensor, 0), size = cornu_tensor_size(tensor);
    size_t elements = rows > 0 ? (size_t)(size / rows) : 0;
    return elements * cornu_dtype_size(cornu_tensor_dtype(tensor));
}

static cornu_status resize(gathered *self, const cornu_tensor *like, int64_t rows) {
    cornu_shape shape = *cornu_tensor_shape(like);
    shape.dims[0] = rows;
    cornu_tensor *bigger = cornu_tensor_new(cornu_tensor_dtype(like), shape);
    if (!bigger) return cornu_error_status();
    if (self->count > 0)
        memcpy(
            cornu_tensor_data_mut(bigger), cornu_tensor_data(self->rows),
            (size_t)self->count * row_bytes(like)
        );
    cornu_tensor_free(self->rows);
    self->rows = bigger;
    return CORNU_OK;
}

/* `expected`: rows in all, -1 if that is not known. */
/* Strings are few as a rule: the list is made anew for each batch. */
static cornu_status add_strings(gathered *self, const cornu_tensor *part, int64_t size) {
    cornu_tensor *both[] = {self->rows, (cornu_tensor *)(uintptr_t)part};
    cornu_tensor *joined = self->rows ? cornu_strings_join_(both, 2)
                                      : cornu_strings_view_(part, *cornu_tensor_shape(part));
    if (!joined) return cornu_error_status();
    cornu_tensor_free(self->rows);
    self->rows = joined;
    self->count += size;
    return CORNU_OK;
}

static cornu_status add(gathered *self, const cornu_tensor *part, int64_t size, int64_t expected) {
    char a[256], b[256];
    if (cornu_tensor_rank(part) == 0 || cornu_tensor_dim(part, 0) != size)
        CORNU_FAIL(
            CORNU_ESHAPE,
            "an output for %lld samples has shape %s; its first axis should be the "
            "samples",
            (long long)size, cornu_shape_format(cornu_tensor_shape(part), a, sizeof a)
        );
    if (self->rows) {
        cornu_shape wanted = *cornu_tensor_shape(self->rows);
        wanted.dims[0] = size;
        if (!cornu_shape_equal(&wanted, cornu_tensor_shape(part)))
            CORNU_FAIL(
                CORNU_ESHAPE, "the outputs of two batches have shapes %s and %s",
                cornu_shape_format(&wanted, a, sizeof a),
                cornu_shape_format(cornu_tensor_shape(part), b, sizeof b)
            );
    }
    if (cornu_tensor_dtype(part) == CORNU_STRING) return add_strings(self, part, size);
    int64_t room = self->rows ? cornu_tensor_dim(self->rows, 0) : 0;
    if (self->count + size > room) {
        int64_t grown = expected > room ? expected : 2 * (self->count + size);
        CORNU_TRY(resize(self, part, grown > self->count + size ? grown : self->count + size));
    }
    char *to = cornu_tensor_data_mut(self->rows);
    const void *from = cornu_tensor_data(part);
    if (!to || !from) return cornu_error_status();
    memcpy(to + (size_t)self->count * row_bytes(part), from, (size_t)size * row_bytes(part));
    self->count += size;
    return CORNU_OK;
}

typedef struct prediction {
    const cornu_predict_args *args;
    cornu_model *model;
    cornu_walk walk;
    gathered *parts;
    cornu_tensor **outputs; /* of one batch */
    size_t output_count;
    int64_t expected;
    int64_t batch; /* the one being predicted, from 1, for messages; 0: none */
} prediction;

static cornu_status predict_batch(prediction *self, const cornu_batch *batch) {
    cornu_status status = CORNU_ENOMEM; /* if there is no memory for the scope itself */
    CORNU_SCOPE {
        status = cornu_step_predict_(self->model, batch, self->outputs);
        for (size_t i = 0; i < self->output_count && status == CORNU_OK; i++)
            status = add(&self->parts[i], self->outputs[i], batch->size, self->expected);
    }
    return status;
}

/* Up to steps_per_execution batches, between which no callback is called. */
static cornu_status predict_group(
    prediction *self, int64_t *done, bool *over, cornu_progress *progress, cornu_logs *logs
) {
    cornu_callback_list callbacks = self->args->callbacks;
    const struct cornu_training *training = self->model->training;
    int64_t group = training ? training->steps_per_execution : 1, first = *done;
    for (int64_t i = 0; i < group; i++) {
        cornu_batch batch;
        self->batch = *done + 1;
        CORNU_TRY(cornu_walk_next_(&self->walk, &batch));
        *over = batch.size == 0;
        if (*over) break;
        if (i == 0)
            CORNU_TRY(cornu_callbacks_call_(
                callbacks, CORNU_HOOK_PREDICT_BATCH_BEGIN, self->model, first, logs
            ));
        CORNU_TRY(predict_batch(self, &batch));
        ++*done;
    }
    if (*done == first) return CORNU_OK;
    CORNU_TRY(cornu_callbacks_call_(
        callbacks, CORNU_HOOK_PREDICT_BATCH_END, self->model, first + group - 1, logs
    ));
    if (cornu_progress_due_(progress, *done))
        CORNU_TRY(cornu_progress_update_(progress, *done, logs));
    return CORNU_OK;
}

static cornu_status predict_all(prediction *self, cornu_progress *progress, cornu_logs *logs) {
    cornu_callback_list callbacks = self->args->callbacks;
    int64_t number = 0;
    CORNU_TRY(cornu_callbacks_call_(callbacks, CORNU_HOOK_PREDICT_BEGIN, self->model, -1, logs));
    CORNU_TRY(cornu_walk_epoch_(&self->walk, 0));
    for (bool over = false; !over;) {
        CORNU_TRY(predict_group(self, &number, &over, progress, logs));
        if (over || cornu_signal_() == 0) continue;
        self->batch = 0;
        CORNU_TRY(cornu_callbacks_call_(callbacks, CORNU_HOOK_PREDICT_END, self->model, -1, logs));
        return cornu_interrupted_();
    }
    self->batch = 0;
    if (number == 0) CORNU_FAIL(CORNU_EINVAL, "the data give no batch");
    CORNU_TRY(cornu_callbacks_call_(callbacks, CORNU_HOOK_PREDICT_END, self->model, -1, logs));
    CORNU_TRY(cornu_progress_end_(progress, number, logs));
    for (size_t i = 0; i < self->output_count; i++)
        if (cornu_tensor_dim(self->parts[i].rows, 0) != self->parts[i].count)
            CORNU_TRY(resize(&self->parts[i], self->parts[i].rows, self->parts[i].count));
    return CORNU_OK;
}

static cornu_status open_prediction(prediction *self) {
    const cornu_predict_args *args = self->args;
    if (!args->model) return cornu_error_null("model");
    CORNU_TRY(cornu_callbacks_check_(args->callbacks));
    if (args->batch_size < 1)
        CORNU_FAIL(
            CORNU_EINVAL, "batch_size must be at least 1, got %lld", (long long)args->batch_size
        );
    if (args->steps != CORNU_NONE && args->steps < 1)
        CORNU_FAIL(CORNU_EINVAL, "steps must be at least 1, got %lld", (long long)args->steps);
    const cornu_source source = {.x = args->x, .inputs = args->inputs, .dataset = args->dataset};
    self->walk.dataset = cornu_source_dataset_(&source);
    if (!self->walk.dataset) return cornu_error_status();
    self->walk.steps = args->steps;
    self->walk.plan = (cornu_epoch_plan){.batch_size = args->batch_size, .count = -1};
    self->expected = cornu_dataset_sample_count(self->walk.dataset);
    if (args->steps != CORNU_NONE && self->expected > args->steps * args->batch_size)
        self->expected = args->steps * args->batch_size;
    self->output_count = cornu_model_output_count(args->model);
    self->parts = cornu_alloc_array_(self->output_count, sizeof *self->parts);
    self->outputs = cornu_alloc_array_(self->output_count, sizeof(cornu_tensor *));
    return self->parts && self->outputs ? CORNU_OK : CORNU_ENOMEM;
}

/* The first output, and all of them in args->outputs. */
static cornu_tensor *hand_over(prediction *self) {
    cornu_tensor *first = self->parts[0].rows;
    for (size_t i = 0; i < self->output_count; i++) {
        if (self->args->outputs) self->args->outputs[i] = self->parts[i].rows;
        else if (i > 0) cornu_tensor_free(self->parts[i].rows);
        self->parts[i].rows = NULL;
    }
    return self->args->outputs ? cornu_tensor_retain(first) : first;
}

cornu_tensor *cornu_predict_with(const cornu_predict_args *args) {
    prediction self = {.args = args, .model = args->model};
    cornu_progress progress = {0};
    cornu_logs logs = {0};
    cornu_tensor *result = NULL;
    cornu_status status = open_prediction(&self);
    if (status == CORNU_OK) {
        cornu_progress_begin_(&progress, args->verbose, cornu_walk_steps_(&self.walk));
        status = predict_all(&self, &progress, &logs);
    }
    if (status == CORNU_OK) result = hand_over(&self);
    else if (self.batch == 0) (void)cornu_error_context("predict");
    else (void)cornu_error_context("predict, batch %lld", (long long)self.batch);
    for (size_t i = 0; self.parts && i < self.output_count; i++)
        cornu_tensor_free(self.parts[i].rows);
    cornu_free_(self.parts);
    cornu_free_(self.outputs);
    cornu_logs_clear(&logs);
    cornu_progress_free_(&progress);
    cornu_walk_end_(&self.walk);
    cornu_callbacks_free_(args->callbacks);
    return result;
}
