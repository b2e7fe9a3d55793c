/* The kernel of a short-time Fourier transform: cos or sin of -2 pi t f / n, times a window.
 * keras/src/initializers/ constant_initializers.py: STFT. */
#include <cornu/initializers.h>
#include <string.h>

#include "base/memory.h"

typedef struct {
    cornu_initializer base;
    cornu_initializer_stft_args args;
} stft;

static bool is(const char *text, const char *wanted) {
    return text != NULL && strcmp(text, wanted) == 0;
}

static cornu_status init(void *object) {
    const cornu_initializer_stft_args *args = &((stft *)object)->args;
    if (!is(args->side, "real") && !is(args->side, "imag"))
        CORNU_FAIL(
            CORNU_EINVAL, "side must be \"real\" or \"imag\", got \"%s\"",
            args->side ? args->side : ""
        );
    if (args->window != NULL && !is(args->window, "hann") && !is(args->window, "hamming"))
        CORNU_FAIL(
            CORNU_EUNSUPPORTED, "window must be \"hann\", \"hamming\" or none, got \"%s\"",
            args->window
        );
    if (args->scaling != NULL && !is(args->scaling, "density") && !is(args->scaling, "spectrum"))
        CORNU_FAIL(
            CORNU_EINVAL, "scaling must be \"density\", \"spectrum\" or none, got \"%s\"",
            args->scaling
        );
    return CORNU_OK;
}

/* Weight of each of `length` samples, window and scaling together. */
static void window(const cornu_initializer_stft_args *args, double *weights, int64_t length) {
    double low = is(args->window, "hann") ? 0.5 : is(args->window, "hamming") ? 0.54 : 1;
    double period = args->periodic ? (double)length : (double)length - 1;
    double sum = 0;
    for (int64_t t = 0; t < length; t++) {
        weights[t] = length == 1 ? 1 : low - (1 - low) * cos(2 * M_PI * (double)t / period);
        sum += is(args->scaling, "density") ? weights[t] * weights[t] : fabs(weights[t]);
    }
    double scale = args->window == NULL || args->scaling == NULL ? 1
                   : is(args->scaling, "density")                ? sqrt(sum)
                                                                 : sum;
    for (int64_t t = 0; t < length; t++) weights[t] /= scale;
}

static void fill(
    const cornu_initializer_stft_args *args, const cornu_shape *shape, const double *weights,
    double *kernel
) {
    int64_t frame = shape->dims[0], channels = shape->dims[1], bins = shape->dims[2];
    double length = 2 * ((double)bins - 1); /* of the whole transform */
    bool real = is(args->side, "real");
    for (int64_t t = 0; t < frame; t++)
        for (int64_t c = 0; c < channels; c++)
            for (int64_t f = 0; f < bins; f++) {
                double angle = length > 0 ? -2 * M_PI * (double)t * (double)f / length : 0;
                *kernel++ = weights[t] * (real ? cos(angle) : sin(angle));
            }
}

static cornu_tensor *call(cornu_initializer *initializer, cornu_shape shape, cornu_dtype dtype) {
    const cornu_initializer_stft_args *args = &((stft *)initializer)->args;
    char text[256];
    if (shape.rank != 3)
        CORNU_FAIL_NULL(
            CORNU_ESHAPE, "needs the shape (frame length, channels, bins), got %s",
            cornu_shape_format(&shape, text, sizeof text)
        );
    double *weights = cornu_alloc_array_((size_t)shape.dims[0], sizeof *weights);
    if (weights == NULL) return NULL;
    window(args, weights, shape.dims[0]);
    cornu_tensor *kernel = cornu_tensor_new(CORNU_FLOAT64, shape);
    double *data = kernel != NULL ? cornu_tensor_data_mut(kernel) : NULL;
    if (data != NULL) fill(args, &shape, weights, data);
    cornu_free_(weights);
    /* the result belongs to the scope, `kernel` to us */
    cornu_tensor *result = data == NULL             ? NULL
                           : dtype == CORNU_FLOAT64 ? cornu_op_reshape(kernel, shape)
                                                    : cornu_op_cast(kernel, dtype);
    cornu_tensor_free(kernel);
    return result;
}

static const cornu_initializer_stft_args defaults = {CORNU_INITIALIZER_STFT_DEFAULTS};
static const cornu_field fields[] = {
    CORNU_FIELD(cornu_initializer_stft_args, STRING, side),
    CORNU_FIELD(cornu_initializer_stft_args, STRING, window),
    CORNU_FIELD(cornu_initializer_stft_args, STRING, scaling),
    CORNU_FIELD(cornu_initializer_stft_args, BOOL, periodic),
};

CORNU_INITIALIZER_CLASS(stft){
    CORNU_CLASS_ARGS(stft, args, defaults, fields),
    .name = "STFT",
    .init = init,
    .call = call,
};

cornu_initializer *cornu_initializer_stft_new(const cornu_initializer_stft_args *args) {
    return cornu_initializer_create(&cornu_initializer_stft_class, args);
}
