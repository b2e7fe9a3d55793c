/* One step of training: forward, loss, backward, update. */
#include "support/classifier.h"

const char *const bench_classifier_modes[] = {"batch", "fit", "eager", NULL};

typedef struct training {
    cornu_model *model;
    cornu_tensor *x, *y; /* [samples, features], [samples] */
    int64_t batch;
    bench_batches batches;
    double loss; /* of the last step, or the last epoch's mean */
} training;

static cornu_status train_batches(void *user, int64_t count) {
    training *t = user;
    for (int64_t i = 0; i < count; i++) {
        int64_t index = t->batches.next;
        t->batches.next = (index + 1) % t->batches.count;
        cornu_logs logs = {0};
        CORNU_TRY(
            cornu_train_on_batch(t->model, t->batches.x[index], t->batches.y[index], NULL, &logs)
        );
        t->loss = cornu_logs_get(&logs, "loss");
        cornu_logs_clear(&logs);
    }
    return CORNU_OK;
}

/* Whole epochs as far as they go, then the rest, so that any count of steps can be asked for. */
static cornu_status train_fit(void *user, int64_t count) {
    training *t = user;
    int64_t per_epoch = cornu_tensor_dim(t->x, 0) / t->batch;
    while (count > 0) {
        int64_t epochs = count < per_epoch ? 1 : count / per_epoch;
        int64_t steps = count < per_epoch ? count : per_epoch;
        cornu_history *history = cornu_fit(
            t->model, t->x, t->y, .batch_size = t->batch, .epochs = epochs,
            .steps_per_epoch = steps, .shuffle = false, .verbose = CORNU_VERBOSE_SILENT
        );
        if (history == NULL) return cornu_error_status();
        t->loss = cornu_history_get(history, "loss", (size_t)epochs - 1);
        cornu_history_free(history);
        count -= epochs * steps;
    }
    return CORNU_OK;
}

void bench_training(
    const bench_options *options, cornu_model *model, cornu_optimizer *optimizer, cornu_loss *loss,
    cornu_tensor *x, cornu_tensor *y
) {
    training t = {.model = model, .x = x, .y = y, .batch = options->batch};
    cornu_check(cornu_compile(
        model, .optimizer = optimizer, .loss = loss, .run_eagerly = bench_mode_is(options, "eager")
    ));
    t.batches = bench_batches_of(x, y, options->batch);

    bench_work *work = bench_mode_is(options, "fit") ? train_fit : train_batches;
    bench_rate rate = bench_measure(work, &t, options->seconds);
    bench_print(options, rate, t.loss);
    bench_profile(options, work, &t);

    bench_batches_free(&t.batches);
    cornu_model_free(model);
    cornu_tensor_free(x);
    cornu_tensor_free(y);
}

void bench_classifier(
    const bench_options *options, cornu_model *model, cornu_optimizer *optimizer, cornu_tensor *x,
    cornu_tensor *y
) {
    cornu_loss *loss = cornu_loss_sparse_categorical_crossentropy(.from_logits = true);
    bench_training(options, model, optimizer, loss, x, y);
}
