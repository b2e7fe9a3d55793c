/* The program that test_kill.c kills: trains a small model with everything that has a state, and
 * writes its files to the folder that it is given. Nobody tells it whether it was killed before.
 *
 *     killed_run FOLDER */
#include <cornu/cornu.h>
#include <stdio.h>
#include <stdlib.h>

enum { SAMPLES = 96, COLUMNS = 8, CLASSES = 3 };

static const char *folder;

/* Of a few texts, which live until the program ends. */
static const char *path(const char *name) {
    static char texts[8][512];
    static int used;
    char *text = texts[used++ % 8];
    snprintf(text, sizeof texts[0], "%s/%s", folder, name);
    return text;
}

static double decay(void *user, int64_t epoch, double rate) {
    (void)user, (void)epoch;
    return rate * 0.97; /* of the rate before: called twice for an epoch, it would show */
}

static cornu_model *make_model(void) {
    cornu_model *model = cornu_sequential(
        cornu_input(COLUMNS), cornu_layer_dense(16, .activation = "relu"),
        cornu_layer_batch_normalization(.momentum = 0.9), cornu_layer_dropout(0.3),
        cornu_layer_dense(CLASSES, .activation = "softmax")
    );
    cornu_check(model);
    cornu_check(cornu_compile(
        model, .optimizer = cornu_optimizer_adam(.learning_rate = 0.01, .use_ema = true),
        .loss = cornu_loss_sparse_categorical_crossentropy(), .metrics = cornu_metrics("accuracy")
    ));
    return model;
}

static cornu_history *train(cornu_model *model, cornu_tensor *x, cornu_tensor *y) {
    return cornu_fit(
        model, x, y, .epochs = 12, .batch_size = 8, .validation_split = 0.25,
        .callbacks = cornu_callbacks(
            cornu_callback_learning_rate_scheduler(decay), cornu_callback_swap_ema_weights(),
            cornu_callback_reduce_lr_on_plateau(.patience = 2, .factor = 0.5),
            cornu_callback_early_stopping(.patience = 40, .restore_best_weights = true),
            cornu_callback_model_checkpoint(path("best.keras"), .save_best_only = true),
            cornu_callback_model_checkpoint(
                path("last.weights.h5"), .save_weights_only = true, .save_freq = 5
            ),
            cornu_callback_csv_logger(path("history.csv")),
            cornu_callback_backup_and_restore(path("backup"), .save_freq = 4)
        )
    );
}

/* The values of the history as an array [epochs, names]. */
static void save_history(const cornu_history *history) {
    size_t epochs = cornu_history_epochs(history), names = cornu_history_logs(history, 0)->count;
    cornu_tensor *values =
        cornu_tensor_new(CORNU_FLOAT64, cornu_shape((int64_t)epochs, (int64_t)names));
    cornu_check(values);
    double *at = cornu_tensor_data_mut(values);
    for (size_t i = 0; i < epochs; i++)
        for (size_t k = 0; k < names; k++) *at++ = cornu_history_logs(history, i)->entries[k].value;
    cornu_check(cornu_save_npy(path("history.npy"), values));
    cornu_tensor_free(values);
}

int main(int argc, char **argv) {
    if (argc != 2) return EXIT_FAILURE;
    folder = argv[1];
    cornu_set_random_seed(11); /* and what is drawn after a restart must be what came before */
    cornu_tensor *x = cornu_tensor_new(CORNU_FLOAT32, cornu_shape(SAMPLES, COLUMNS));
    cornu_tensor *y = cornu_tensor_new(CORNU_INT32, cornu_shape(SAMPLES));
    cornu_check(x);
    cornu_check(y);
    float *values = cornu_tensor_data_mut(x);
    int32_t *labels = cornu_tensor_data_mut(y);
    for (int i = 0; i < SAMPLES * COLUMNS; i++) values[i] = (float)(i * 7919 % 211) / 105 - 1;
    for (int i = 0; i < SAMPLES; i++) labels[i] = (values[i * COLUMNS] > 0) + i % 2;
    cornu_model *model = make_model();
    cornu_history *history = train(model, x, y);
    cornu_check(history);
    save_history(history);
    cornu_check(cornu_save_weights(model, path("final.weights.h5")));
    cornu_history_free(history);
    cornu_model_free(model);
    cornu_tensor_free(y);
    cornu_tensor_free(x);
    return EXIT_SUCCESS;
}
