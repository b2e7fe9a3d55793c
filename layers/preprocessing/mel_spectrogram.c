/* MelSpectrogram: how strong bands of the mel scale are in a signal over time.
 * keras/src/layers/preprocessing/mel_spectrogram.py; the transform is that of keras.ops.stft with
 * center=True, here a convolution with a windowed transform. */
#include <cornu/layers/preprocessing.h>

#include <inttypes.h>
#include <string.h>

typedef struct {
    cornu_layer base;
    cornu_layer_mel_spectrogram_args args;
    int64_t length, bins; /* of the window; of the spectrum */
    double max_freq;
    cornu_tensor *kernel;  /* [fft_length, 1, 2 * bins]: real parts, then imaginary ones */
    cornu_tensor *weights; /* [bins, num_mel_bins] */
} mel_spectrogram;

static const double pi = 3.14159265358979323846;

static cornu_status check(const cornu_layer_mel_spectrogram_args *args, int64_t length) {
    if (args->fft_length < 2 || args->fft_length > 65536)
        CORNU_FAIL(
            CORNU_EINVAL, "fft_length must be from 2 to 65536, got %" PRId64, args->fft_length
        );
    if (length < 1 || length > args->fft_length)
        CORNU_FAIL(
            CORNU_EINVAL, "sequence_length must be from 1 to fft_length, %" PRId64 ", got %" PRId64,
            args->fft_length, length
        );
    if (args->sequence_stride < 1 || args->num_mel_bins < 1 || args->sampling_rate < 1)
        CORNU_FAIL(
            CORNU_EINVAL, "sequence_stride, num_mel_bins and sampling_rate must be positive"
        );
    if (args->window != NULL && strcmp(args->window, "hann") != 0 &&
        strcmp(args->window, "hamming") != 0)
        CORNU_FAIL(
            CORNU_EINVAL, "window must be 'hann', 'hamming' or none, got '%.50s'", args->window
        );
    return CORNU_OK;
}

/* The window of one period, as scipy.signal.get_window gives it. */
static double window_at(const mel_spectrogram *self, int64_t i) {
    if (self->args.window == NULL || self->length == 1) return 1;
    double a = strcmp(self->args.window, "hann") == 0 ? 0.5 : 0.54;
    return a - (1 - a) * cos(2 * pi * (double)i / (double)self->length);
}

/* A window that is shorter than the transform lies in its middle. */
static cornu_tensor *make_kernel(const mel_spectrogram *self) {
    int64_t n = self->args.fft_length, bins = self->bins, first = (n - self->length) / 2;
    cornu_tensor *made = cornu_tensor_new(CORNU_FLOAT64, cornu_shape(n, 1, 2 * bins));
    double *data = made != NULL ? cornu_tensor_data_mut(made) : NULL;
    for (int64_t t = first; data != NULL && t < first + self->length; t++) {
        double window = window_at(self, t - first);
        for (int64_t k = 0; k < bins; k++) {
            double angle = 2 * pi * (double)(t * k % n) / (double)n;
            data[t * 2 * bins + k] = window * cos(angle);
            data[t * 2 * bins + bins + k] = -window * sin(angle);
        }
    }
    return made;
}

static double mel_of(double hertz) { return 1127 * log(1 + hertz / 700); }

/* Triangles on the mel scale, each from the peak of the one before to that of the one behind. The
 * first bin, which is the mean, counts nowhere. */
static cornu_tensor *make_weights(const mel_spectrogram *self) {
    const cornu_layer_mel_spectrogram_args *args = &self->args;
    int64_t mels = args->num_mel_bins;
    double low = mel_of(args->min_freq), high = mel_of(self->max_freq);
    double step = (high - low) / (double)(mels + 1);
    cornu_tensor *made = cornu_tensor_new(CORNU_FLOAT64, cornu_shape(self->bins, mels));
    double *data = made != NULL ? cornu_tensor_data_mut(made) : NULL;
    for (int64_t k = 1; data != NULL && k < self->bins; k++) {
        double hertz = (double)args->sampling_rate / 2 * (double)k / (double)(self->bins - 1);
        for (int64_t m = 0; m < mels; m++) {
            double from_peak = fabs(mel_of(hertz) - (low + step * (double)(m + 1))) / step;
            data[k * mels + m] = fmax(0, 1 - from_peak);
        }
    }
    return made;
}

static cornu_status init(void *object) {
    mel_spectrogram *self = object;
    const cornu_layer_mel_spectrogram_args *args = &self->args;
    self->length = args->sequence_length != CORNU_NONE ? args->sequence_length : args->fft_length;
    int64_t half = args->sampling_rate / 2;
    self->max_freq = isnan(args->max_freq) ? (double)half : args->max_freq;
    CORNU_TRY(check(args, self->length));
    if (!(self->max_freq > args->min_freq && args->min_freq >= 0))
        CORNU_FAIL(
            CORNU_EINVAL, "max_freq must be above min_freq, got %g and %g", self->max_freq,
            args->min_freq
        );
    self->bins = args->fft_length / 2 + 1;
    return CORNU_OK;
}

static cornu_status build(cornu_layer *layer, const cornu_shape *shapes, size_t count) {
    mel_spectrogram *self = (mel_spectrogram *)layer;
    (void)shapes;
    if (count != 1) CORNU_FAIL(CORNU_EINVAL, "takes one input, got %zu", count);
    if (self->kernel == NULL) self->kernel = make_kernel(self);
    if (self->weights == NULL) self->weights = make_weights(self);
    return self->kernel != NULL && self->weights != NULL ? CORNU_OK : CORNU_ENOMEM;
}

static void destroy(void *object) {
    mel_spectrogram *self = object;
    cornu_tensor_free(self->kernel);
    cornu_tensor_free(self->weights);
}

/* [batch, samples] -> [batch, frames, bins]: magnitudes to a power. */
static cornu_tensor *spectrum(const mel_spectrogram *self, cornu_tensor *x) {
    const cornu_layer_mel_spectrogram_args *args = &self->args;
    const int64_t border[2] = {0, args->fft_length / 2};
    x = cornu_op_pad(x, border, border, CORNU_PAD_REFLECT, 0);
    if (x == NULL) return NULL;
    cornu_tensor *y = cornu_op_conv(
        cornu_op_expand_dims(x, -1), cornu_op_cast(self->kernel, cornu_tensor_dtype(x)),
        .strides = {{args->sequence_stride}}
    );
    cornu_tensor *parts[2];
    if (y == NULL || cornu_op_split(y, 2, -1, parts) != CORNU_OK) return NULL;
    cornu_tensor *power = cornu_op_add(cornu_op_square(parts[0]), cornu_op_square(parts[1]));
    /* the derivative of a square root of zero is none */
    if (args->mag_exp == 2) return power;
    return cornu_op_power(cornu_op_sqrt(power), cornu_scalar(args->mag_exp));
}

/* Decibels relative to ref_power, with all that is far below the largest value raised. */
static cornu_tensor *decibels(const mel_spectrogram *self, cornu_tensor *x) {
    const cornu_layer_mel_spectrogram_args *args = &self->args;
    double reference = 10 * log10(fmax(fabs(args->ref_power), args->min_power));
    x = cornu_op_log10(cornu_op_maximum(x, cornu_scalar(args->min_power)));
    x = cornu_op_subtract(cornu_op_multiply(x, cornu_scalar(10)), cornu_scalar(reference));
    if (x == NULL || cornu_tensor_size(x) == 0) return x;
    return cornu_op_maximum(x, cornu_op_subtract(cornu_op_max(x), cornu_scalar(args->top_db)));
}

static cornu_tensor *call(
    cornu_layer *layer, cornu_tensor *const *inputs, const cornu_call_context *context
) {
    mel_spectrogram *self = (mel_spectrogram *)layer;
    cornu_tensor *x = inputs[0];
    int rank = cornu_tensor_rank(x);
    char text[256];
    (void)context;
    if (rank != 1 && rank != 2)
        CORNU_FAIL_NULL(
            CORNU_ESHAPE, "takes signals [samples] or [batch, samples], got %s",
            cornu_shape_format(cornu_tensor_shape(x), text, sizeof text)
        );
    cornu_dtype dtype = layer->compute_dtype == CORNU_FLOAT64 ? CORNU_FLOAT64 : CORNU_FLOAT32;
    x = cornu_op_cast(x, dtype);
    if (rank == 1) x = cornu_op_expand_dims(x, 0);
    cornu_tensor *y = cornu_op_matmul(spectrum(self, x), cornu_op_cast(self->weights, dtype));
    if (self->args.power_to_db && y != NULL) y = decibels(self, y);
    y = cornu_op_swapaxes(y, -1, -2);
    if (rank == 1) y = cornu_op_squeeze(y, cornu_axes(0));
    return cornu_op_cast(y, layer->compute_dtype);
}

static cornu_status get_config(const void *object, cornu_config *config) {
    const mel_spectrogram *self = object;
    CORNU_TRY(cornu_config_set_int(config, "sequence_length", self->length));
    /* the one that is not given is an integer in Keras */
    if (self->max_freq != floor(self->max_freq)) return CORNU_OK;
    return cornu_config_set_int(config, "max_freq", (int64_t)self->max_freq);
}

/* `window` may be null, where the default is one. */
static cornu_status from_config(void *object, const cornu_config *config) {
    cornu_layer_mel_spectrogram_args *args = &((mel_spectrogram *)object)->args;
    const char *text = NULL;
    if (!cornu_config_has(config, "window")) return CORNU_OK;
    CORNU_TRY(cornu_config_get_string(config, "window", &text));
    if (text != NULL) return CORNU_OK;
    cornu_free((void *)(uintptr_t)args->window);
    args->window = NULL;
    return CORNU_OK;
}

static const cornu_layer_mel_spectrogram_args defaults = {CORNU_LAYER_MEL_SPECTROGRAM_DEFAULTS};
static const cornu_field fields[] = {
    CORNU_LAYER_FIELDS(cornu_layer_mel_spectrogram_args),
    CORNU_FIELD(cornu_layer_mel_spectrogram_args, INT, fft_length),
    CORNU_FIELD(cornu_layer_mel_spectrogram_args, INT, sequence_stride),
    CORNU_FIELD(cornu_layer_mel_spectrogram_args, INT, sequence_length),
    CORNU_FIELD(cornu_layer_mel_spectrogram_args, STRING, window),
    CORNU_FIELD(cornu_layer_mel_spectrogram_args, INT, sampling_rate),
    CORNU_FIELD(cornu_layer_mel_spectrogram_args, INT, num_mel_bins),
    CORNU_FIELD(cornu_layer_mel_spectrogram_args, FLOAT, min_freq),
    CORNU_FIELD(cornu_layer_mel_spectrogram_args, FLOAT, max_freq),
    CORNU_FIELD(cornu_layer_mel_spectrogram_args, BOOL, power_to_db),
    CORNU_FIELD(cornu_layer_mel_spectrogram_args, FLOAT, top_db),
    CORNU_FIELD(cornu_layer_mel_spectrogram_args, FLOAT, mag_exp),
    CORNU_FIELD(cornu_layer_mel_spectrogram_args, FLOAT, min_power),
    CORNU_FIELD(cornu_layer_mel_spectrogram_args, FLOAT, ref_power),
};

CORNU_LAYER_CLASS(mel_spectrogram){
    CORNU_CLASS_ARGS(mel_spectrogram, args, defaults, fields),
    .name = "MelSpectrogram",
    .init = init,
    .destroy = destroy,
    .get_config = get_config,
    .from_config = from_config,
    .build = build,
    .call = call,
};

cornu_layer *cornu_layer_mel_spectrogram_new(const cornu_layer_mel_spectrogram_args *args) {
    return cornu_layer_create(&cornu_layer_mel_spectrogram_class, args);
}
