/* A training loop of one's own around Keras' objects: a model, a loss, an optimizer and metrics
 * work outside compile and fit as well. Trains on Fashion-MNIST. After
 * https://keras.io/guides/writing_a_custom_training_loop_in_tensorflow/
 *
 * CORNU_EXAMPLE_SMALL=1 takes a part of the data. */
#include <cornu/cornu.h>
#include <stdio.h>
#include <stdlib.h>

enum { BATCH_SIZE = 128, MAX_WEIGHTS = 8 };

typedef struct {
    cornu_model *model;
    cornu_loss *loss;
    cornu_optimizer *optimizer;
    cornu_metric *loss_mean; /* over the batches of an epoch */
    cornu_metric *accuracy;
} trainer;

/* One update from one batch: x [batch, 28, 28], y [batch]. */
static void train_step(trainer *t, cornu_tensor *x, cornu_tensor *y) {
    cornu_layer *model = cornu_model_layer(t->model);
    CORNU_SCOPE {
        cornu_tape *tape = cornu_tape_begin();
        cornu_tensor *logits = cornu_layer_call(model, cornu_tensors(x), true); /* [batch, 10] */
        cornu_tensor *loss = cornu_loss_call(t->loss, y, logits);               /* scalar */

        cornu_tensor_list weights = cornu_layer_trainable_weights(model);
        cornu_tensor *gradients[MAX_WEIGHTS]; /* of the shapes of the weights */
        cornu_check(cornu_tape_gradient(tape, loss, weights, gradients));
        cornu_check(cornu_optimizer_apply(t->optimizer, gradients, weights));

        cornu_check(cornu_metric_update(t->loss_mean, loss, NULL, NULL));
        cornu_check(cornu_metric_update(t->accuracy, y, logits, NULL));
    }
}

/* No update; training is false, so that dropout lets everything through. */
static void test_step(trainer *t, cornu_tensor *x, cornu_tensor *y) {
    CORNU_SCOPE {
        cornu_tensor *logits = cornu_call(t->model, x);
        cornu_check(
            cornu_metric_update(t->loss_mean, cornu_loss_call(t->loss, y, logits), NULL, NULL)
        );
        cornu_check(cornu_metric_update(t->accuracy, y, logits, NULL));
    }
}

static double value_and_reset(cornu_metric *metric) {
    double value = 0;
    CORNU_SCOPE {
        cornu_tensor *result = cornu_metric_result(metric);
        cornu_check(result);
        value = cornu_tensor_item(result);
    }
    cornu_check(cornu_metric_reset(metric));
    return value;
}

/* Walks once through a dataset; returns the accuracy. */
static double run_epoch(trainer *t, cornu_dataset *dataset, int64_t epoch, bool training) {
    cornu_epoch_plan plan = {
        .batch_size = BATCH_SIZE, .shuffle = training, .seed = 1, .epoch = epoch, .count = -1};
    /* a background thread gathers the next batch meanwhile */
    cornu_batches *batches = cornu_batches_begin(dataset, &plan, true);
    cornu_check(batches);
    for (;;) {
        cornu_batch batch = {0};
        cornu_check(cornu_batches_next(batches, &batch));
        if (batch.size == 0) break;
        if (training) train_step(t, batch.inputs[0], batch.targets[0]);
        else test_step(t, batch.inputs[0], batch.targets[0]);
    }
    cornu_batches_end(batches);

    double loss = value_and_reset(t->loss_mean), accuracy = value_and_reset(t->accuracy);
    printf(
        "Epoch %lld, %s: loss %.4f, accuracy %.4f\n", (long long)epoch + 1,
        training ? "training" : "test    ", loss, accuracy
    );
    return accuracy;
}

int main(void) {
    cornu_set_random_seed(1);
    cornu_dataset *train, *test;
    cornu_check(cornu_load_fashion_mnist(&train, &test));
    bool small = getenv("CORNU_EXAMPLE_SMALL") != NULL;
    cornu_dataset *train_part = cornu_dataset_take(train, small ? 1024 : 60000);
    cornu_dataset *test_part = cornu_dataset_take(test, small ? 256 : 10000);
    cornu_check(train_part);
    cornu_check(test_part);

    trainer t = {
        .model = cornu_sequential(
            cornu_input(28, 28), cornu_layer_flatten(), cornu_layer_dense(64, .activation = "relu"),
            cornu_layer_dropout(0.1), cornu_layer_dense(10)
        ),
        .loss = cornu_loss_sparse_categorical_crossentropy(.from_logits = true),
        .optimizer = cornu_optimizer_adam(.learning_rate = 1e-3),
        .loss_mean = cornu_metric_mean(.name = "loss"),
        .accuracy = cornu_metric_sparse_categorical_accuracy(),
    };
    cornu_check(t.model);
    cornu_check(t.loss);
    cornu_check(t.optimizer);
    cornu_check(t.loss_mean);
    cornu_check(t.accuracy);

    double accuracy = 0;
    for (int64_t epoch = 0; epoch < 3; epoch++) {
        run_epoch(&t, train_part, epoch, true);
        accuracy = run_epoch(&t, test_part, epoch, false);
    }

    cornu_metric_free(t.accuracy);
    cornu_metric_free(t.loss_mean);
    cornu_optimizer_free(t.optimizer);
    cornu_loss_free(t.loss);
    cornu_model_free(t.model);
    cornu_dataset_free(test_part);
    cornu_dataset_free(train_part);
    cornu_dataset_free(test);
    cornu_dataset_free(train);
    return accuracy > (small ? 0.4 : 0.8) ? EXIT_SUCCESS : EXIT_FAILURE;
}
