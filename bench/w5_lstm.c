/* W5: Embedding (20000, 128), two bidirectional LSTMs of 64 units, Dense 1, binary cross-entropy on
 * the logit, sequences of 200, batch 32, Adam over the whole table, random data. 7.55 GFLOP a step
 * and 800 steps in time that must follow one another. Modes: see support/classifier.h. */
#include "support/classifier.h"

enum { WORDS = 20000, LENGTH = 200, BATCHES = 8 };

int main(int argc, char **argv) {
    bench_options options = bench_parse(
        argc, argv, (bench_options){.workload = "W5", .batch = 32}, bench_classifier_modes
    );
    cornu_model *model = cornu_sequential(
        cornu_input(LENGTH), cornu_layer_embedding(WORDS, .output_dim = 128),
        cornu_layer_bidirectional(cornu_layer_lstm(64, .return_sequences = true)),
        cornu_layer_bidirectional(cornu_layer_lstm(64)), cornu_layer_dense(1)
    );
    cornu_check(model);
    int64_t samples = BATCHES * options.batch;
    cornu_tensor *x = bench_integers(cornu_shape(samples, LENGTH), WORDS, 1);
    cornu_tensor *y = bench_integers(cornu_shape(samples, 1), 2, 2);
    cornu_loss *loss = cornu_loss_binary_crossentropy(.from_logits = true);
    bench_training(&options, model, cornu_optimizer_adam(), loss, x, y);
    return 0;
}
