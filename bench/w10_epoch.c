/* W10: shuffled epochs over the 60,000 uint8 images of Fashion-MNIST through cornu_fit, W2's
 * network, batch 128: shuffling, gathering and scaling to 0..1 are part of it. Compared with W2 at
 * batch 128 it says what the data path costs. A "step" is one batch, the last of an epoch being a
 * partial one. */
#include "support/bench.h"

static const char *const modes[] = {"fit", NULL};

typedef struct epochs {
    cornu_model *model;
    cornu_dataset *train;
    int64_t batch;
    double loss;
} epochs;

static cornu_status train_epochs(void *user, int64_t count) {
    epochs *e = user;
    cornu_history *history = cornu_fit_dataset(
        e->model, e->train, .epochs = count, .batch_size = e->batch, .verbose = CORNU_VERBOSE_SILENT
    );
    if (history == NULL) return cornu_error_status();
    e->loss = cornu_history_get(history, "loss", cornu_history_epochs(history) - 1);
    cornu_history_free(history);
    return CORNU_OK;
}

int main(int argc, char **argv) {
    bench_options options =
        bench_parse(argc, argv, (bench_options){.workload = "W10", .batch = 128}, modes);
    epochs e = {.model = bench_mlp(cornu_shape(28, 28)), .batch = options.batch};
    cornu_dataset *test;
    cornu_check(cornu_load_fashion_mnist(&e.train, &test));
    cornu_dataset_free(test);
    cornu_check(cornu_compile(
        e.model, .optimizer = cornu_optimizer_adam(),
        .loss = cornu_loss_sparse_categorical_crossentropy(.from_logits = true)
    ));

    bench_rate rate = bench_measure(train_epochs, &e, options.seconds);
    int64_t samples = cornu_dataset_sample_count(e.train);
    int64_t batches = (samples + options.batch - 1) / options.batch;
    rate.per_second *= (double)batches;
    bench_print(&options, rate, e.loss);

    cornu_model_free(e.model);
    cornu_dataset_free(e.train);
    return 0;
}
