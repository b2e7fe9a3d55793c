/* STFTSpectrogram: the spectrum of a signal over time, by kernels that can be trained.
 * keras/src/layers/preprocessing/stft_spectrogram.py */
#include <cornu/initializers.h>
#include <cornu/layers/preprocessing.h>

#include <inttypes.h>
#include <string.h>

typedef struct {
    cornu_layer base;
    cornu_layer_stft_spectrogram_args args;
    int64_t step, fft, frequencies;
    bool channels_first;
    cornu_tensor *real, *imag; /* [frame, 1, frequencies]; NULL where the mode needs none */
} stft_spectrogram;

static const double epsilon = 1e-7; /* keras.backend.epsilon */

static bool is(const char *text, const char *name) {
    return text != NULL && strcmp(text, name) == 0;
}

static cornu_status check_words(const cornu_layer_stft_spectrogram_args *args) {
    static const char *const modes[] = {"log", "magnitude", "psd", "real", "imag", "angle", "stft"};
    bool known = false;
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++)
        known = known || is(args->mode, modes[i]);
    if (!known)
        CORNU_FAIL(
            CORNU_EINVAL,
            "mode must be 'log', 'magnitude', 'psd', 'real', 'imag', 'angle' or 'stft', got "
            "'%.50s'",
            args->mode
        );
    if (!is(args->padding, "valid") && !is(args->padding, "same"))
        CORNU_FAIL(CORNU_EINVAL, "padding must be 'valid' or 'same', got '%.50s'", args->padding);
    if (args->scaling != NULL && !is(args->scaling, "density") && !is(args->scaling, "spectrum"))
        CORNU_FAIL(
            CORNU_EINVAL, "scaling must be 'density', 'spectrum' or none, got '%.50s'",
            args->scaling
        );
    return CORNU_OK;
}

static cornu_status init(void *object) {
    stft_spectrogram *self = object;
    const cornu_layer_stft_spectrogram_args *args = &self->args;
    int64_t frame = args->frame_length;
    CORNU_TRY(check_words(args));
    CORNU_TRY(cornu_is_channels_first(args->data_format, &self->channels_first));
    if (frame < 2 || frame > INT32_MAX)
        CORNU_FAIL(CORNU_EINVAL, "frame_length must be 2 or more, got %" PRId64, frame);
    self->step = args->frame_step != CORNU_NONE ? args->frame_step : frame / 2;
    if (self->step < 1 || self->step > frame)
        CORNU_FAIL(
            CORNU_EINVAL, "frame_step must be from 1 to frame_length, %" PRId64 ", got %" PRId64,
            frame, self->step
        );
    self->fft = 1;
    while (args->fft_length == CORNU_NONE && self->fft < frame) self->fft *= 2;
    if (args->fft_length != CORNU_NONE) self->fft = args->fft_length;
    if (self->fft < frame)
        CORNU_FAIL(
            CORNU_EINVAL, "fft_length must be at least frame_length, %" PRId64 ", got %" PRId64,
            frame, self->fft
        );
    self->frequencies = self->fft / 2 + 1;
    return CORNU_OK;
}

static cornu_tensor *add_kernel(stft_spectrogram *self, const char *name, const char *side) {
    const cornu_layer_stft_spectrogram_args *args = &self->args;
    cornu_initializer *initializer = cornu_initializer_stft(
            .side = side, .window = args->window, .scaling = args->scaling,
            .periodic = args->periodic
    );
    if (initializer == NULL) return NULL;
    cornu_tensor *kernel = cornu_layer_add_weight(
        &self->base, name, cornu_shape(args->frame_length, 1, self->frequencies),
        .initializer = initializer
    );
    cornu_initializer_free(initializer);
    return kernel;
}

static cornu_status check_rank(const cornu_shape *shape) {
    char text[256];
    if (shape->rank == 3) return CORNU_OK;
    CORNU_FAIL(
        CORNU_ESHAPE, "takes an input of 3 axes, got %s",
        cornu_shape_format(shape, text, sizeof text)
    );
}

static cornu_status build(cornu_layer *layer, const cornu_shape *shapes, size_t count) {
    stft_spectrogram *self = (stft_spectrogram *)layer;
    if (count != 1) CORNU_FAIL(CORNU_EINVAL, "takes one input, got %zu", count);
    CORNU_TRY(check_rank(&shapes[0]));
    self->real = self->imag = NULL;
    if (!is(self->args.mode, "imag") &&
        (self->real = add_kernel(self, "real_kernel", "real")) == NULL)
        return cornu_error_status();
    if (!is(self->args.mode, "real") &&
        (self->imag = add_kernel(self, "imag_kernel", "imag")) == NULL)
        return cornu_error_status();
    return CORNU_OK;
}

/* Each channel of x [batch, channels, time] for itself: [batch, channels, frames, frequencies]. */
static cornu_tensor *transform(stft_spectrogram *self, cornu_tensor *x, cornu_tensor *kernel) {
    int64_t batch = cornu_tensor_dim(x, 0), channels = cornu_tensor_dim(x, 1);
    cornu_tensor *rows =
        cornu_op_reshape(x, cornu_shape(batch * channels, cornu_tensor_dim(x, 2), 1));
    cornu_tensor *y = cornu_op_conv(
        rows, cornu_layer_cast(&self->base, kernel), .padding = self->args.padding,
        .strides = {{self->step}}
    );
    if (y == NULL) return NULL;
    return cornu_op_reshape(
        y, cornu_shape(batch, channels, cornu_tensor_dim(y, 1), cornu_tensor_dim(y, 2))
    );
}

/* From [batch, channels, frames, frequencies] to what data_format and expand_dims say. */
static cornu_tensor *arrange(const stft_spectrogram *self, cornu_tensor *y) {
    if (y == NULL) return NULL;
    if (self->args.expand_dims)
        return self->channels_first ? y : cornu_op_transpose(y, cornu_axes(0, 2, 3, 1));
    int64_t batch = cornu_tensor_dim(y, 0), frames = cornu_tensor_dim(y, 2);
    cornu_shape shape = cornu_shape(batch, cornu_tensor_dim(y, 1) * cornu_tensor_dim(y, 3), frames);
    y = cornu_op_reshape(cornu_op_transpose(y, cornu_axes(0, 1, 3, 2)), shape);
    return self->channels_first ? y : cornu_op_transpose(y, cornu_axes(0, 2, 1));
}

/* Frequencies between the first and the last stand for their conjugates as well. */
static cornu_tensor *both_sides(cornu_tensor *power) {
    const int64_t one[4] = {0, 0, 0, 1};
    if (power == NULL || cornu_tensor_dim(power, 3) < 3) return power;
    cornu_shape inner = *cornu_tensor_shape(power);
    inner.dims[3] -= 2;
    cornu_tensor *middle = cornu_op_slice(power, one, inner);
    return cornu_op_add(power, cornu_op_pad(middle, one, one, CORNU_PAD_CONSTANT, 0));
}

static cornu_tensor *at_least(cornu_tensor *x) {
    return cornu_op_maximum(x, cornu_scalar(epsilon));
}

static cornu_tensor *call(
    cornu_layer *layer, cornu_tensor *const *inputs, const cornu_call_context *context
) {
    stft_spectrogram *self = (stft_spectrogram *)layer;
    const char *mode = self->args.mode;
    cornu_tensor *x = inputs[0], *real = NULL, *imag = NULL;
    (void)context;
    if (check_rank(cornu_tensor_shape(x)) != CORNU_OK) return NULL;
    if (!cornu_dtype_is_float(cornu_tensor_dtype(x)))
        CORNU_FAIL_NULL(
            CORNU_EDTYPE, "takes floats, got %s", cornu_dtype_name(cornu_tensor_dtype(x))
        );
    if (!self->channels_first) x = cornu_op_transpose(x, cornu_axes(0, 2, 1));
    if (self->real != NULL && (real = transform(self, x, self->real)) == NULL) return NULL;
    if (self->imag != NULL && (imag = transform(self, x, self->imag)) == NULL) return NULL;
    if (is(mode, "real")) return arrange(self, real);
    if (is(mode, "imag")) return arrange(self, imag);
    if (is(mode, "angle")) return arrange(self, cornu_op_arctan2(imag, real));
    if (is(mode, "stft")) return arrange(self, cornu_op_concatenate(cornu_tensors(real, imag), 3));
    cornu_tensor *power = cornu_op_add(cornu_op_square(real), cornu_op_square(imag));
    if (is(mode, "psd")) return arrange(self, both_sides(power));
    cornu_tensor *magnitude = arrange(self, cornu_op_sqrt(at_least(power)));
    return is(mode, "magnitude") ? magnitude : cornu_op_log(at_least(magnitude));
}

/* `window` and `scaling` may be null, where the default is something. */
static cornu_status read_null(const cornu_config *config, const char *key, const char **value) {
    const char *text = NULL;
    if (!cornu_config_has(config, key)) return CORNU_OK;
    CORNU_TRY(cornu_config_get_string(config, key, &text));
    if (text != NULL) return CORNU_OK;
    cornu_free((void *)(uintptr_t)*value);
    *value = NULL;
    return CORNU_OK;
}

static cornu_status from_config(void *object, const cornu_config *config) {
    cornu_layer_stft_spectrogram_args *args = &((stft_spectrogram *)object)->args;
    CORNU_TRY(read_null(config, "window", &args->window));
    return read_null(config, "scaling", &args->scaling);
}

static const cornu_layer_stft_spectrogram_args defaults = {CORNU_LAYER_STFT_SPECTROGRAM_DEFAULTS};
static const cornu_field fields[] = {
    CORNU_LAYER_FIELDS(cornu_layer_stft_spectrogram_args),
    CORNU_FIELD(cornu_layer_stft_spectrogram_args, STRING, mode),
    CORNU_FIELD(cornu_layer_stft_spectrogram_args, INT, frame_length),
    CORNU_FIELD(cornu_layer_stft_spectrogram_args, INT, frame_step),
    CORNU_FIELD(cornu_layer_stft_spectrogram_args, INT, fft_length),
    CORNU_FIELD(cornu_layer_stft_spectrogram_args, STRING, window),
    CORNU_FIELD(cornu_layer_stft_spectrogram_args, BOOL, periodic),
    CORNU_FIELD(cornu_layer_stft_spectrogram_args, STRING, scaling),
    CORNU_FIELD(cornu_layer_stft_spectrogram_args, STRING, padding),
    CORNU_FIELD(cornu_layer_stft_spectrogram_args, STRING, data_format),
    CORNU_FIELD(cornu_layer_stft_spectrogram_args, BOOL, expand_dims),
};

CORNU_LAYER_CLASS(stft_spectrogram){
    CORNU_CLASS_ARGS(stft_spectrogram, args, defaults, fields),
    .name = "STFTSpectrogram",
    .init = init,
    .from_config = from_config,
    .build = build,
    .call = call,
};

cornu_layer *cornu_layer_stft_spectrogram_new(const cornu_layer_stft_spectrogram_args *args) {
    return cornu_layer_create(&cornu_layer_stft_spectrogram_class, args);
}
