/* W7: 2048 -> 2048 -> 2048 -> 2048 -> 10 with relu, batch 256, SGD 0.01, random data. 17.2 GFLOP a
 * step, nearly all in matmuls: it measures how much of the processor reaches them. Modes: see
 * support/classifier.h. */
#include "support/classifier.h"

enum { WIDTH = 2048, CLASSES = 10, BATCHES = 4 };

int main(int argc, char **argv) {
    bench_options options = bench_parse(
        argc, argv, (bench_options){.workload = "W7", .batch = 256}, bench_classifier_modes
    );
    cornu_model *model = cornu_sequential(
        cornu_input(WIDTH), cornu_layer_dense(WIDTH, .activation = "relu"),
        cornu_layer_dense(WIDTH, .activation = "relu"),
        cornu_layer_dense(WIDTH, .activation = "relu"), cornu_layer_dense(CLASSES)
    );
    cornu_check(model);
    cornu_tensor *x = NULL, *y = NULL; /* [1024, 2048], [1024] */
    CORNU_SCOPE {
        int64_t samples = BATCHES * options.batch;
        cornu_tensor *label =
            cornu_op_floor(cornu_random_uniform(cornu_shape(samples), .maxval = CLASSES, .seed = 2)
            );
        x = cornu_tensor_retain(cornu_random_normal(cornu_shape(samples, WIDTH), .seed = 1));
        y = cornu_tensor_retain(cornu_op_cast(label, CORNU_INT32));
    }
    cornu_check(x);
    cornu_check(y);
    bench_classifier(&options, model, cornu_optimizer_sgd(.learning_rate = 0.01), x, y);
    return 0;
}
