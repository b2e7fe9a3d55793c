/* Are two threads ever slower than one? Small networks of four kinds, many widths and batches, a
 * training step and a prediction each: with 1 thread and with --threads of them (2) in turn, a few
 * rounds, for --seconds a case (0.1). A line of JSON a case; "gain" is the median over the rounds
 * of time with 1 thread / time with several, "spread" (largest - smallest) of it. The mode is the
 * kind, --batch the largest batch. With --profile: one of the last case, with all threads. */
#include "support/bench.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { ROUNDS = 7, CLASSES = 10, LENGTH = 16, SIDE = 12, WORDS = 2000 };

typedef struct sweep_case {
    cornu_model *model;
    cornu_tensor *x, *y;
} sweep_case;

/* ---- the networks ---- */
static cornu_model *mlp(int64_t width) {
    return cornu_sequential(
        cornu_input(width), cornu_layer_dense(width, .activation = "relu"),
        cornu_layer_dense(width, .activation = "tanh"), cornu_layer_dense(CLASSES)
    );
}

static cornu_model *cnn(int64_t width) {
    return cornu_sequential(
        cornu_input(SIDE, SIDE, 3),
        cornu_layer_conv2d(width, .kernel_size = {{3, 3}}, .padding = "same"),
        cornu_layer_batch_normalization(), cornu_layer_relu(), cornu_layer_max_pooling2d(),
        cornu_layer_conv2d(2 * width, .kernel_size = {{3, 3}}, .activation = "relu"),
        cornu_layer_depthwise_conv2d({{3, 3}}), cornu_layer_conv2d(width, .kernel_size = {{1, 1}}),
        cornu_layer_flatten(), cornu_layer_dense(CLASSES)
    );
}

static cornu_model *lstm(int64_t width) {
    return cornu_sequential(
        cornu_input(LENGTH, .dtype = "int32"), cornu_layer_embedding(WORDS, .output_dim = width),
        cornu_layer_lstm(width), cornu_layer_dense(CLASSES)
    );
}

static cornu_model *gru(int64_t width) {
    return cornu_sequential(
        cornu_input(LENGTH, .dtype = "int32"), cornu_layer_embedding(WORDS, .output_dim = width),
        cornu_layer_gru(width), cornu_layer_dense(CLASSES)
    );
}

static cornu_tensor *attend(cornu_tensor *x, int64_t width) {
    cornu_layer *layer = cornu_layer_multi_head_attention(2, .key_dim = width / 2);
    cornu_tensor *y = NULL;
    cornu_check(layer);
    cornu_check(cornu_layer_call_keywords(layer, cornu_tensors(x, x), "{}", true, &y));
    x = cornu_call(cornu_layer_add(), x, y);
    return cornu_call(cornu_layer_layer_normalization(), x);
}

static cornu_model *attention(int64_t width) {
    cornu_model *model = NULL;
    CORNU_SCOPE {
        cornu_tensor *in = cornu_input_tensor(LENGTH, .dtype = CORNU_INT32);
        cornu_tensor *x = cornu_call(cornu_layer_embedding(WORDS, .output_dim = width), in);
        x = attend(x, width);
        x = cornu_call(cornu_layer_dense(2 * width, .activation = "gelu"), x);
        x = cornu_call(cornu_layer_global_average_pooling1d(), x);
        x = cornu_call(cornu_layer_dense(CLASSES), x);
        model = cornu_functional(cornu_tensors(in), cornu_tensors(x));
    }
    return model;
}

typedef struct kind {
    const char *name;
    cornu_model *(*network)(int64_t width);
    int64_t widths[8]; /* 0 ends them, as it does batches */
    int64_t batches[8];
} kind;
static const kind kinds[] = {
    {"mlp", mlp, {4, 16, 32, 64, 128, 256, 1024}, {1, 4, 16, 32, 64, 128, 256}},
    {"cnn", cnn, {4, 8, 16, 32}, {1, 2, 8, 32, 128}},
    {"lstm", lstm, {4, 16, 32, 64}, {1, 4, 16, 32, 128}},
    {"gru", gru, {4, 16, 64}, {1, 8, 32, 128}},
    {"attention", attention, {4, 16, 32, 64}, {1, 4, 16, 32, 128}},
};

/* ---- measuring ---- */
static cornu_status train(void *user, int64_t count) {
    const sweep_case *c = user;
    for (int64_t i = 0; i < count; i++) CORNU_TRY(cornu_train_on_batch(c->model, c->x, c->y));
    return CORNU_OK;
}

static cornu_status predict(void *user, int64_t count) {
    const sweep_case *c = user;
    for (int64_t i = 0; i < count; i++) {
        cornu_tensor *y = cornu_predict_on_batch(c->model, c->x);
        if (y == NULL) return cornu_error_status();
        cornu_tensor_free(y);
    }
    return CORNU_OK;
}

static double seconds_of(bench_work *work, void *user, int threads, int64_t count) {
    cornu_check(cornu_set_num_threads(threads));
    double start = bench_now();
    cornu_check(work(user, count));
    return bench_now() - start;
}

static int by_size(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

typedef struct comparison {
    double one, several; /* seconds a step, medians */
    double gain, spread;
} comparison;

static comparison compare(bench_work *work, void *user, const bench_options *options) {
    double one[ROUNDS], several[ROUNDS], gains[ROUNDS], step = 1;
    for (int64_t count = 1; count <= 16; count *= 4) { /* the first traces, plans, warms caches */
        step = seconds_of(work, user, 1, count) / (double)count;
        (void)seconds_of(work, user, options->threads, count);
        if (step > options->seconds / (2 * ROUNDS)) break;
    }
    int64_t count = (int64_t)fmax(1, options->seconds / (2 * ROUNDS) / step);
    for (int i = 0; i < ROUNDS; i++) {
        one[i] = seconds_of(work, user, 1, count) / (double)count;
        several[i] = seconds_of(work, user, options->threads, count) / (double)count;
        gains[i] = one[i] / several[i];
    }
    qsort(one, ROUNDS, sizeof *one, by_size);
    qsort(several, ROUNDS, sizeof *several, by_size);
    qsort(gains, ROUNDS, sizeof *gains, by_size);
    return (comparison
    ){one[ROUNDS / 2], several[ROUNDS / 2], gains[ROUNDS / 2], gains[ROUNDS - 1] - gains[0]};
}

static void print(
    const bench_options *options, const kind *k, const char *step, int64_t width, int64_t batch,
    comparison c
) {
    printf(
        "{\"workload\": \"threads\", \"mode\": \"%s\", \"step\": \"%s\", \"width\": %lld, "
        "\"batch\": %lld, \"threads\": %d, \"us_1\": %.2f, \"us\": %.2f, \"gain\": %.3f, "
        "\"spread\": %.3f}\n",
        k->name, step, (long long)width, (long long)batch, options->threads, 1e6 * c.one,
        1e6 * c.several, c.gain, c.spread
    );
    fflush(stdout);
}

static cornu_tensor *inputs_of(const cornu_model *model, int64_t batch) {
    cornu_shape shape = *cornu_model_input_shape(model, 0);
    shape.dims[0] = batch;
    if (cornu_model_input_dtype(model, 0) == CORNU_INT32) return bench_integers(shape, WORDS, 1);
    return bench_normal(shape, 1);
}

static void run_case(
    const bench_options *options, const kind *k, int64_t width, int64_t batch, bool last
) {
    sweep_case c = {.model = k->network(width)};
    cornu_check(c.model);
    cornu_check(cornu_compile(
        c.model, .optimizer = cornu_optimizer_adam(),
        .loss = cornu_loss_sparse_categorical_crossentropy(.from_logits = true)
    ));
    c.x = inputs_of(c.model, batch);
    c.y = bench_integers(cornu_shape(batch), CLASSES, 2);
    print(options, k, "train", width, batch, compare(train, &c, options));
    print(options, k, "predict", width, batch, compare(predict, &c, options));
    if (last) bench_profile(options, train, &c);
    cornu_tensor_free(c.x);
    cornu_tensor_free(c.y);
    cornu_model_free(c.model);
}

static void run_kind(const bench_options *options, const kind *k) {
    for (size_t b = 0; k->batches[b] != 0 && k->batches[b] <= options->batch; b++) {
        bool largest = k->batches[b + 1] == 0 || k->batches[b + 1] > options->batch;
        for (size_t w = 0; k->widths[w] != 0; w++)
            run_case(options, k, k->widths[w], k->batches[b], largest && k->widths[w + 1] == 0);
    }
}

int main(int argc, char **argv) {
    static const char *const modes[] = {"all", "mlp", "cnn", "lstm", "gru", "attention", NULL};
    bench_options options = bench_parse(
        argc, argv,
        (bench_options){.workload = "threads", .batch = 256, .threads = 2, .seconds = 0.1}, modes
    );
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (!bench_mode_is(&options, "all") && !bench_mode_is(&options, kinds[i].name)) continue;
        run_kind(&options, &kinds[i]);
    }
    return 0;
}
