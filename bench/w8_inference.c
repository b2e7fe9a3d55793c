/* W8: prediction of one batch, 1 or 32 samples, by networks with random weights: W2's (mlp), W3's
 * (cnn), MobileNetV2 with 224x224x3 (Sandler et al. 2018; 0.30 GMAC) and ResNet50, its first
 * version, with the stride on the first 1x1 of a block (He et al. 2016; 3.86 GMAC). The network is
 * the mode. */
#include "support/bench.h"

#include <math.h>
#include <string.h>

static cornu_tensor *normalize(cornu_tensor *x) {
    return cornu_call(cornu_layer_batch_normalization(), x);
}

static cornu_tensor *convolve(cornu_tensor *x, int64_t filters, int64_t size, int64_t stride) {
    return normalize(cornu_call(
        cornu_layer_conv2d(
            filters, .kernel_size = {{size, size}}, .strides = {{stride, stride}},
            .padding = "same", .use_bias = false
        ),
        x
    ));
}

static cornu_tensor *rectify(cornu_tensor *x) { return cornu_call(cornu_layer_relu(), x); }

static cornu_tensor *classify(cornu_tensor *x) {
    x = cornu_call(cornu_layer_global_average_pooling2d(), x);
    return cornu_call(cornu_layer_dense(1000), x);
}

/* ---- MobileNetV2 ---- */
static cornu_tensor *clip(cornu_tensor *x) {
    return cornu_call(cornu_layer_relu(.max_value = 6), x);
}

static cornu_tensor *inverted(
    cornu_tensor *x, int64_t in, int64_t out, int64_t stride, int64_t expand
) {
    cornu_tensor *y = x;
    if (expand != 1) y = clip(convolve(y, in * expand, 1, 1));
    y = cornu_call(
        cornu_layer_depthwise_conv2d(
            {{3, 3}}, .strides = {{stride, stride}}, .padding = "same", .use_bias = false
        ),
        y
    );
    y = convolve(clip(normalize(y)), out, 1, 1);
    return stride == 1 && in == out ? cornu_call(cornu_layer_add(), x, y) : y;
}

static cornu_tensor *mobilenet(cornu_tensor *x) {
    static const struct {
        int64_t expand, filters, count, stride;
    } groups[] = {{1, 16, 1, 1}, {6, 24, 2, 2},  {6, 32, 3, 2}, {6, 64, 4, 2},
                  {6, 96, 3, 1}, {6, 160, 3, 2}, {6, 320, 1, 1}};
    int64_t channels = 32;
    x = clip(convolve(x, channels, 3, 2));
    for (size_t g = 0; g < sizeof groups / sizeof *groups; g++) {
        for (int64_t i = 0; i < groups[g].count; i++) {
            int64_t stride = i == 0 ? groups[g].stride : 1;
            x = inverted(x, channels, groups[g].filters, stride, groups[g].expand);
            channels = groups[g].filters;
        }
    }
    return classify(clip(convolve(x, 1280, 1, 1)));
}

/* ---- ResNet50 ---- */
static cornu_tensor *bottleneck(cornu_tensor *x, int64_t filters, int64_t stride, bool shortcut) {
    cornu_tensor *y = rectify(convolve(x, filters, 1, stride));
    y = rectify(convolve(y, filters, 3, 1));
    y = convolve(y, 4 * filters, 1, 1);
    if (shortcut) x = convolve(x, 4 * filters, 1, stride);
    return rectify(cornu_call(cornu_layer_add(), y, x));
}

static cornu_tensor *resnet(cornu_tensor *x) {
    static const int64_t counts[] = {3, 4, 6, 3};
    x = rectify(convolve(x, 64, 7, 2));
    x = cornu_call(cornu_layer_max_pooling2d(3, 3, .strides = {{2, 2}}, .padding = "same"), x);
    for (int stage = 0; stage < 4; stage++) {
        for (int64_t i = 0; i < counts[stage]; i++)
            x = bottleneck(x, 64 << stage, stage > 0 && i == 0 ? 2 : 1, i == 0);
    }
    return classify(x);
}

static cornu_model *image_model(cornu_tensor *(*network)(cornu_tensor *)) {
    cornu_model *model = NULL;
    CORNU_SCOPE {
        cornu_tensor *in = cornu_input_tensor(224, 224, 3);
        cornu_tensor *out = network(in);
        model = cornu_functional(cornu_tensors(in), cornu_tensors(out));
    }
    cornu_check(model);
    return model;
}

/* ---- measuring ---- */
typedef struct prediction {
    cornu_model *model;
    cornu_tensor *x;
} prediction;

static cornu_status predict(void *user, int64_t count) {
    const prediction *p = user;
    for (int64_t i = 0; i < count; i++) {
        cornu_tensor *y = cornu_predict_on_batch(p->model, p->x);
        if (y == NULL) return cornu_error_status();
        cornu_tensor_free(y);
    }
    return CORNU_OK;
}

int main(int argc, char **argv) {
    static const char *const networks[] = {"mlp", "cnn", "mobilenetv2", "resnet50", NULL};
    bench_options options =
        bench_parse(argc, argv, (bench_options){.workload = "W8", .batch = 1}, networks);
    prediction p = {0};
    if (bench_mode_is(&options, "mlp")) p.model = bench_mlp(cornu_shape(784));
    else if (bench_mode_is(&options, "cnn")) p.model = bench_cnn();
    else p.model = image_model(bench_mode_is(&options, "resnet50") ? resnet : mobilenet);
    cornu_shape shape = *cornu_model_input_shape(p.model, 0);
    shape.dims[0] = options.batch;
    p.x = bench_normal(shape, 1);

    bench_rate rate = bench_measure(predict, &p, options.seconds);
    bench_print(&options, rate, NAN);
    bench_profile(&options, predict, &p);

    cornu_tensor_free(p.x);
    cornu_model_free(p.model);
    return 0;
}
