/* W2: 784 -> Dense 128 relu -> Dense 10, sparse cross-entropy, Adam, Fashion-MNIST in memory as
 * float32, batch 32 (or 128). 13 MFLOP a step at batch 32: small enough that what is not arithmetic
 * decides. Modes: see support/classifier.h. */
#include "support/classifier.h"

int main(int argc, char **argv) {
    bench_options options = bench_parse(
        argc, argv, (bench_options){.workload = "W2", .batch = 32}, bench_classifier_modes
    );
    cornu_tensor *x, *y; /* [60000, 784], [60000] */
    bench_fashion(&x, &y);
    bench_classifier(&options, bench_mlp(cornu_shape(784)), cornu_optimizer_adam(), x, y);
    return 0;
}
