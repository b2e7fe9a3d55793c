/* W3: 28x28x1, Conv 32 3x3 relu, MaxPool 2, Conv 64 3x3 relu, MaxPool 2, Dropout 0.5, Dense 10,
 * sparse cross-entropy, Adam, Fashion-MNIST in memory as float32, batch 128. 1.83 GFLOP a step.
 * Modes: see support/classifier.h. */
#include "support/classifier.h"

int main(int argc, char **argv) {
    bench_options options = bench_parse(
        argc, argv, (bench_options){.workload = "W3", .batch = 128}, bench_classifier_modes
    );
    cornu_tensor *flat, *x = NULL, *y; /* x: [60000, 28, 28, 1] */
    bench_fashion(&flat, &y);
    CORNU_SCOPE { x = cornu_tensor_retain(cornu_op_reshape(flat, cornu_shape(-1, 28, 28, 1))); }
    cornu_check(x);
    cornu_tensor_free(flat);
    bench_classifier(&options, bench_cnn(), cornu_optimizer_adam(), x, y);
    return 0;
}
