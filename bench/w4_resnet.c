/* W4: ResNet-20 on 32x32x3: three stages of three basic blocks with 16, 32 and 64 filters, batch
 * normalization after every 3x3 convolution, a 1x1 convolution as shortcut where the size changes;
 * batch 64, SGD with momentum, random data. 15.6 GFLOP a step. He et al. (2016). Modes: see
 * support/classifier.h. */
#include "support/classifier.h"

enum { STAGES = 3, BLOCKS = 3, CLASSES = 10, BATCHES = 8 };

static cornu_tensor *convolve(cornu_tensor *x, int64_t filters, int64_t size, int64_t stride) {
    return cornu_call(
        cornu_layer_conv2d(
            filters, .kernel_size = {{size, size}}, .strides = {{stride, stride}},
            .padding = "same", .use_bias = false
        ),
        x
    );
}

static cornu_tensor *normalize(cornu_tensor *x) {
    return cornu_call(cornu_layer_batch_normalization(), x);
}

static cornu_tensor *rectify(cornu_tensor *x) { return cornu_call(cornu_layer_relu(), x); }

static cornu_tensor *block(cornu_tensor *x, int64_t filters, int64_t stride) {
    cornu_tensor *y = rectify(normalize(convolve(x, filters, 3, stride)));
    y = normalize(convolve(y, filters, 3, 1));
    if (stride != 1) x = convolve(x, filters, 1, stride);
    return rectify(cornu_call(cornu_layer_add(), y, x));
}

static cornu_model *resnet(void) {
    cornu_model *model = NULL;
    CORNU_SCOPE {
        cornu_tensor *in = cornu_input_tensor(32, 32, 3);
        cornu_tensor *x = rectify(normalize(convolve(in, 16, 3, 1)));
        for (int stage = 0; stage < STAGES; stage++) {
            for (int i = 0; i < BLOCKS; i++) x = block(x, 16 << stage, stage > 0 && i == 0 ? 2 : 1);
        }
        x = cornu_call(cornu_layer_global_average_pooling2d(), x);
        x = cornu_call(cornu_layer_dense(CLASSES), x);
        model = cornu_functional(cornu_tensors(in), cornu_tensors(x));
    }
    cornu_check(model);
    return model;
}

int main(int argc, char **argv) {
    bench_options options = bench_parse(
        argc, argv, (bench_options){.workload = "W4", .batch = 64}, bench_classifier_modes
    );
    int64_t samples = BATCHES * options.batch;
    cornu_tensor *x = bench_normal(cornu_shape(samples, 32, 32, 3), 1);
    cornu_tensor *y = bench_integers(cornu_shape(samples), CLASSES, 2);
    cornu_optimizer *optimizer = cornu_optimizer_sgd(.learning_rate = 0.1, .momentum = 0.9);
    bench_classifier(&options, resnet(), optimizer, x, y);
    return 0;
}
