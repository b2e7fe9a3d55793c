/* W6: a transformer of one block as a language model: 20000 words, 80 positions, width 256, causal
 * self-attention with two heads of 256, feed-forward 256 relu, dropout 0.1 twice, a prediction of
 * the next word at every position; batch 64, Adam, random data. 180 GFLOP a step, 157 of them in
 * the last layer. Keras' example "miniature GPT". Modes: see support/classifier.h. */
#include "support/classifier.h"

enum { WORDS = 20000, LENGTH = 80, WIDTH = 256, HEADS = 2, KEYS = 256, BATCHES = 4 };

/* ---- a vector for each position, added to the input ---- */
typedef struct {
    CORNU_LAYER_ARGS(positions_args);
} positions_args;
typedef struct {
    cornu_layer base;
    positions_args args;
    cornu_tensor *vectors; /* [LENGTH, WIDTH] */
} positions;

static cornu_status positions_build(cornu_layer *layer, const cornu_shape *shapes, size_t count) {
    (void)count;
    positions *self = (positions *)layer;
    cornu_initializer *uniform = cornu_initializer_get("uniform");
    self->vectors = cornu_layer_add_weight(
        layer, "vectors", cornu_shape(shapes[0].dims[1], shapes[0].dims[2]), .initializer = uniform
    );
    cornu_initializer_free(uniform);
    return self->vectors != NULL ? CORNU_OK : cornu_error_status();
}

static cornu_tensor *positions_call(
    cornu_layer *layer, cornu_tensor *const *inputs, const cornu_call_context *context
) {
    (void)context;
    return cornu_op_add(inputs[0], ((positions *)layer)->vectors);
}

static const positions_args positions_defaults = {CORNU_LAYER_DEFAULTS(positions_args)};
static const cornu_field positions_fields[] = {CORNU_LAYER_FIELDS(positions_args)};
static const cornu_layer_class positions_class = {
    CORNU_CLASS_ARGS(positions, args, positions_defaults, positions_fields),
    .name = "Bench>Positions",
    .build = positions_build,
    .call = positions_call,
};

/* ---- the network ---- */
static cornu_tensor *join(cornu_tensor *x, cornu_tensor *y) {
    y = cornu_call(cornu_layer_dropout(0.1), y);
    x = cornu_call(cornu_layer_add(), x, y);
    return cornu_call(cornu_layer_layer_normalization(.epsilon = 1e-6), x);
}

static cornu_tensor *attend(cornu_tensor *x) {
    cornu_tensor *y = NULL;
    cornu_layer *attention = cornu_layer_multi_head_attention(HEADS, .key_dim = KEYS);
    cornu_check(attention);
    cornu_check(cornu_layer_call_keywords(
        attention, cornu_tensors(x, x), "{\"use_causal_mask\": true}", true, &y
    ));
    return y;
}

static cornu_model *network(void) {
    cornu_model *model = NULL;
    CORNU_SCOPE {
        cornu_tensor *in = cornu_input_tensor(LENGTH, .dtype = CORNU_INT32);
        cornu_tensor *x = cornu_call(cornu_layer_embedding(WORDS, .output_dim = WIDTH), in);
        x = cornu_call(cornu_layer_create(&positions_class, NULL), x);
        x = join(x, attend(x));
        cornu_tensor *y = cornu_call(cornu_layer_dense(WIDTH, .activation = "relu"), x);
        x = join(x, cornu_call(cornu_layer_dense(WIDTH), y));
        x = cornu_call(cornu_layer_dense(WORDS), x);
        model = cornu_functional(cornu_tensors(in), cornu_tensors(x));
    }
    cornu_check(model);
    return model;
}

int main(int argc, char **argv) {
    bench_options options = bench_parse(
        argc, argv, (bench_options){.workload = "W6", .batch = 64}, bench_classifier_modes
    );
    int64_t samples = BATCHES * options.batch;
    cornu_tensor *x = bench_integers(cornu_shape(samples, LENGTH), WORDS, 1);
    cornu_tensor *y = bench_integers(cornu_shape(samples, LENGTH), WORDS, 2);
    bench_classifier(&options, network(), cornu_optimizer_adam(), x, y);
    return 0;
}
