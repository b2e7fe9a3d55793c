/* Fourier transforms of pairs (real part, imaginary part), and of the frames of a signal.
 * Keras: keras/src/ops/math.py, keras/src/backend/jax/math.py.
 *
 * A transform of n = n1 n2 places is one of n1 places, a turn of each number, and one of n2
 * (Cooley and Tukey 1965); short ones, and those of prime length, are products with the matrix of
 * the transform. All of it is ops, and so are the derivatives. */
#include <string.h>

#include "base/memory.h"
#include "model/operation.h"
#include "nn/json.h"

enum {
    SHORT = 64,          /* a product is as fast */
    LONGEST_PRIME = 2048 /* its matrix has the square of this */
};

typedef struct {
    cornu_tensor *real, *imag; /* imag NULL: zeros */
} complex_pair;

static const complex_pair nothing = {NULL, NULL};

/* ---- tables ---- */
/* cos and -sin of 2 pi i k / n for i < rows, k < columns, the first half of a turn exact. */
static complex_pair turns(int64_t rows, int64_t columns, int64_t n, cornu_dtype dtype) {
    double *cosines = cornu_alloc_array_((size_t)(rows * columns), sizeof *cosines);
    double *sines = cornu_alloc_array_((size_t)(rows * columns), sizeof *sines);
    complex_pair made = nothing;
    if (cosines != NULL && sines != NULL) {
        for (int64_t i = 0; i < rows; i++)
            for (int64_t k = 0; k < columns; k++) {
                int64_t place = i * k % n;
                double angle = 2 * M_PI * (double)place / (double)n;
                bool half = 2 * place == n;
                cosines[i * columns + k] = half ? -1 : cos(angle);
                sines[i * columns + k] = half ? 0 : -sin(angle);
            }
        cornu_shape shape = cornu_shape(rows, columns);
        made.real = cornu_scope_add_(cornu_tensor_from(CORNU_FLOAT64, shape, cosines));
        made.imag = cornu_scope_add_(cornu_tensor_from(CORNU_FLOAT64, shape, sines));
    }
    cornu_free_(cosines);
    cornu_free_(sines);
    if (made.real == NULL || made.imag == NULL) return nothing;
    return (complex_pair){cornu_op_cast(made.real, dtype), cornu_op_cast(made.imag, dtype)};
}

/* ---- the transform ---- */
static cornu_tensor *plain_matmul(cornu_tensor *a, cornu_tensor *b) {
    return cornu_op_matmul(a, b);
}

/* a b, `times` either a product of matrices or of elements. */
static complex_pair product(
    complex_pair a, complex_pair b, cornu_tensor *(*times)(cornu_tensor *, cornu_tensor *)
) {
    if (a.imag == NULL) return (complex_pair){times(a.real, b.real), times(a.real, b.imag)};
    return (complex_pair
    ){cornu_op_subtract(times(a.real, b.real), times(a.imag, b.imag)),
      cornu_op_add(times(a.real, b.imag), times(a.imag, b.real))};
}

static complex_pair mapped(
    complex_pair x, const cornu_shape *shape, cornu_tensor *(*turn)(cornu_tensor *x)
) {
    if (shape != NULL) {
        x.real = cornu_op_reshape(x.real, *shape);
        if (x.imag != NULL) x.imag = cornu_op_reshape(x.imag, *shape);
    }
    if (turn != NULL) {
        x.real = turn(x.real);
        if (x.imag != NULL) x.imag = turn(x.imag);
    }
    return x;
}
static cornu_tensor *swap_last(cornu_tensor *x) { return cornu_op_swapaxes(x, -2, -1); }

/* The largest divisor up to the root; 1 for primes. */
static int64_t divisor_of(int64_t n) {
    int64_t best = 1;
    for (int64_t i = 2; i * i <= n; i++)
        if (n % i == 0) best = i;
    return best;
}

/* Along the last axis, after all others were made one: x[rows.., n]. */
static complex_pair transform(complex_pair x) {
    if (x.real == NULL) return nothing;
    cornu_shape shape = *cornu_tensor_shape(x.real), split = shape;
    int64_t n = shape.dims[shape.rank - 1], part = n > SHORT ? divisor_of(n) : 1;
    cornu_dtype dtype = cornu_tensor_dtype(x.real);
    if (part == 1) {
        if (n > LONGEST_PRIME) {
            cornu_error_set(
                CORNU_EUNSUPPORTED, __FILE__, __LINE__,
                "transforms of %lld places, a prime, are too long (%d is the most)", (long long)n,
                LONGEST_PRIME
            );
            return nothing;
        }
        complex_pair table = turns(n, n, n, dtype);
        return table.real != NULL ? product(x, table, plain_matmul) : nothing;
    }
    split.dims[shape.rank - 1] = part;
    split.dims[split.rank++] = n / part;
    complex_pair table = turns(n / part, part, n, dtype);
    if (table.real == NULL) return nothing;
    x = transform(mapped(x, &split, swap_last)); /* [.., n / part, part] */
    if (x.real == NULL) return nothing;
    x = transform(mapped(product(x, table, cornu_op_multiply), NULL, swap_last));
    if (x.real == NULL) return nothing;
    return mapped(mapped(x, NULL, swap_last), &shape, NULL);
}

/* All axes but the last as one, there and back: factors of n need the room. */
static complex_pair fourier(complex_pair x) {
    if (x.real == NULL) return nothing;
    cornu_shape shape = *cornu_tensor_shape(x.real);
    int64_t n = shape.dims[shape.rank - 1];
    if (n < 1) {
        cornu_error_set(CORNU_ESHAPE, __FILE__, __LINE__, "no transform of an axis of no places");
        return nothing;
    }
    const cornu_shape rows = cornu_shape(-1, n);
    x = transform(mapped(x, &rows, NULL));
    return x.real != NULL ? mapped(x, &shape, NULL) : nothing;
}

/* The transform of the exchanged parts, exchanged again, and divided by n. */
static complex_pair inverse(complex_pair x) {
    if (x.real == NULL) return nothing;
    cornu_tensor *n = cornu_scalar((double)cornu_tensor_dim(x.real, -1));
    x = fourier((complex_pair){x.imag, x.real});
    if (x.real == NULL) return nothing;
    return (complex_pair){cornu_op_divide(x.imag, n), cornu_op_divide(x.real, n)};
}

/* ---- arguments ---- */
/* Signals are of float32 or float64; integers become float32. */
static cornu_tensor *as_signal(cornu_tensor *x) {
    if (x == NULL) return NULL;
    if (cornu_tensor_rank(x) < 1) CORNU_FAIL_NULL(CORNU_ESHAPE, "a scalar has no transform");
    cornu_dtype dtype = cornu_tensor_dtype(x);
    if (dtype == CORNU_FLOAT32 || dtype == CORNU_FLOAT64) return x;
    return cornu_op_cast(x, CORNU_FLOAT32);
}

static cornu_status pair_of(const cornu_operation_call *call, int least_rank, complex_pair *x) {
    cornu_tensor *parts[2];
    size_t count;
    *x = nothing;
    CORNU_TRY(cornu_operation_tensors_(call, 0, "x", parts, 2, &count));
    if (count != 2) CORNU_FAIL(CORNU_EFORMAT, "wants a real part and an imaginary part");
    *x = (complex_pair){as_signal(parts[0]), as_signal(parts[1])};
    if (x->real == NULL || x->imag == NULL) return cornu_error_status();
    if (!cornu_shape_equal(cornu_tensor_shape(x->real), cornu_tensor_shape(x->imag)) ||
        cornu_tensor_rank(x->real) < least_rank)
        CORNU_FAIL(CORNU_ESHAPE, "wants two parts of one shape, of %d axes at least", least_rank);
    return CORNU_OK;
}

/* The last axis cut, or filled up with zeros, to `size` places. */
static cornu_tensor *with_length(cornu_tensor *x, int64_t size) {
    int last = cornu_tensor_rank(x) - 1;
    int64_t before[CORNU_MAX_RANK] = {0}, after[CORNU_MAX_RANK] = {0};
    int64_t now = cornu_tensor_dim(x, last);
    if (size <= now) return size < now ? cornu_part_(x, last, 0, size) : x;
    after[last] = size - now;
    return cornu_op_pad(x, before, after, CORNU_PAD_CONSTANT, 0);
}

static cornu_status length_of(const cornu_operation_call *call, int64_t usual, int64_t *length) {
    enum { MOST = 1 << 24 };
    *length = usual;
    CORNU_TRY(cornu_operation_int_(call, CORNU_SETTING, "fft_length", length));
    if (*length < 1 || *length > MOST)
        CORNU_FAIL(
            CORNU_EINVAL, "'fft_length' must be from 1 to %d, got %lld", MOST, (long long)*length
        );
    return CORNU_OK;
}

static cornu_status give(complex_pair x, cornu_tensor **outputs) {
    outputs[0] = x.real;
    outputs[1] = x.imag;
    return x.real != NULL && x.imag != NULL ? CORNU_OK : cornu_error_status();
}

/* ---- whole signals ---- */
static size_t two(const cJSON *config, cornu_tensor_list inputs) {
    (void)config;
    (void)inputs;
    return 2;
}

static cornu_status fft(const cornu_operation_call *call, cornu_tensor **outputs, size_t count) {
    complex_pair x;
    int64_t axis = -1;
    (void)count;
    CORNU_TRY(pair_of(call, 1, &x));
    CORNU_TRY(cornu_operation_axis_(call, "axis", &axis));
    if (axis != -1) CORNU_FAIL(CORNU_EUNSUPPORTED, "'axis' must be -1");
    return give(fourier(x), outputs);
}

static complex_pair over_two_axes(complex_pair x, complex_pair (*along)(complex_pair x)) {
    x = along(x);
    if (x.real == NULL) return nothing;
    x = along(mapped(x, NULL, swap_last));
    return x.real != NULL ? mapped(x, NULL, swap_last) : nothing;
}
static cornu_status fft2(const cornu_operation_call *call, cornu_tensor **outputs, size_t count) {
    complex_pair x;
    (void)count;
    CORNU_TRY(pair_of(call, 2, &x));
    return give(over_two_axes(x, fourier), outputs);
}
static cornu_status ifft2(const cornu_operation_call *call, cornu_tensor **outputs, size_t count) {
    complex_pair x;
    (void)count;
    CORNU_TRY(pair_of(call, 2, &x));
    return give(over_two_axes(x, inverse), outputs);
}

/* The first n / 2 + 1 places: the others are their conjugates. */
static complex_pair real_transform(cornu_tensor *x, int64_t n) {
    complex_pair y = fourier((complex_pair){with_length(x, n), NULL});
    if (y.real == NULL) return nothing;
    return (complex_pair){with_length(y.real, n / 2 + 1), with_length(y.imag, n / 2 + 1)};
}

static cornu_status rfft(const cornu_operation_call *call, cornu_tensor **outputs, size_t count) {
    int64_t n;
    cornu_tensor *x = as_signal(cornu_operation_x_(call));
    (void)count;
    if (x == NULL) return cornu_error_status();
    CORNU_TRY(length_of(call, cornu_tensor_dim(x, -1), &n));
    return give(real_transform(x, n), outputs);
}

/* The conjugates behind what they belong to. */
static cornu_tensor *real_inverse(complex_pair x, int64_t n) {
    int last = cornu_tensor_rank(x.real) - 1;
    int64_t kept = n / 2 + 1;
    x = (complex_pair){with_length(x.real, kept), with_length(x.imag, kept)};
    cornu_tensor *real =
        cornu_op_flip(cornu_part_(x.real, last, 1, n - kept + 1), cornu_axes(last));
    cornu_tensor *imag =
        cornu_op_flip(cornu_part_(x.imag, last, 1, n - kept + 1), cornu_axes(last));
    x.real = cornu_op_concatenate(cornu_tensors(x.real, real), last);
    x.imag = cornu_op_concatenate(cornu_tensors(x.imag, cornu_op_negative(imag)), last);
    return inverse(x).real;
}

static cornu_tensor *irfft(const cornu_operation_call *call) {
    complex_pair x;
    int64_t n;
    if (pair_of(call, 1, &x) != CORNU_OK ||
        length_of(call, 2 * (cornu_tensor_dim(x.real, -1) - 1), &n) != CORNU_OK)
        return NULL;
    return real_inverse(x, n);
}

/* ---- frames ---- */
/* x[.., i * stride + k] at [.., i, k], as many frames as fit. */
static cornu_tensor *frames_of(cornu_tensor *x, int64_t size, int64_t stride) {
    if (x == NULL) return NULL;
    int64_t length = cornu_tensor_dim(x, -1), count = 1 + (length - size) / stride;
    if (length < size)
        CORNU_FAIL_NULL(
            CORNU_ESHAPE, "a signal of %lld places is shorter than a frame, %lld",
            (long long)length, (long long)size
        );
    cornu_tensor *from = cornu_op_arange(0, (double)(count * stride), (double)stride, CORNU_INT32);
    cornu_tensor *within = cornu_op_arange(0, (double)size, 1, CORNU_INT32);
    return cornu_op_take(x, cornu_op_add(cornu_op_expand_dims(from, 1), within), -1);
}

/* The transpose: frames[.., count, size] added up where they stood. */
static cornu_tensor *overlap(cornu_tensor *frames, int64_t stride) {
    if (frames == NULL) return NULL;
    cornu_shape shape = *cornu_tensor_shape(frames);
    int64_t count = cornu_tensor_dim(frames, -2), size = cornu_tensor_dim(frames, -1);
    int64_t length = (count - 1) * stride + size;
    if (count < 1 || length > INT32_MAX)
        CORNU_FAIL_NULL(
            CORNU_ESHAPE, "%lld frames make no signal of 1 to %d places", (long long)count,
            INT32_MAX
        );
    cornu_tensor *from = cornu_op_arange(0, (double)(count * stride), (double)stride, CORNU_INT32);
    cornu_tensor *within = cornu_op_arange(0, (double)size, 1, CORNU_INT32);
    cornu_tensor *place = cornu_flat_(cornu_op_add(cornu_op_expand_dims(from, 1), within));
    frames = cornu_op_reshape(frames, cornu_shape(-1, count * size));
    cornu_tensor *sum =
        cornu_op_segment_sum(cornu_op_transpose(frames, cornu_axes()), place, length);
    shape.dims[--shape.rank - 1] = length;
    return cornu_op_reshape(cornu_op_transpose(sum, cornu_axes()), shape);
}

typedef struct {
    int64_t size, stride, length; /* of the window, between frames, of the transform */
    bool center;
    cornu_tensor *window; /* [length]; NULL: none */
} framing;

/* The periodic window of a name, or the numbers in the file. */
static cornu_tensor *window_named(const cornu_operation_call *call, int64_t size) {
    const cJSON *given = cornu_operation_value_(call, CORNU_SETTING, "window");
    if (!cJSON_IsString(given)) {
        cornu_tensor *window = cornu_operation_tensor_(call, CORNU_SETTING, "window");
        if (window != NULL &&
            (cornu_tensor_rank(window) != 1 || cornu_tensor_dim(window, 0) != size))
            CORNU_FAIL_NULL(
                CORNU_ESHAPE, "'window' must have 'sequence_length' numbers, %lld", (long long)size
            );
        return window;
    }
    bool hann = strcmp(given->valuestring, "hann") == 0;
    if (!hann && strcmp(given->valuestring, "hamming") != 0)
        CORNU_FAIL_NULL(
            CORNU_EINVAL, "'window' must be hann or hamming, got '%.100s'", given->valuestring
        );
    cornu_tensor *angle = cornu_op_arange(0, (double)size, 1, CORNU_FLOAT64);
    angle = cornu_op_multiply(angle, cornu_scalar(2 * M_PI / (double)size));
    cornu_tensor *wave = cornu_op_multiply(cornu_op_cos(angle), cornu_scalar(hann ? -0.5 : -0.46));
    return cornu_op_add(wave, cornu_scalar(hann ? 0.5 : 0.54));
}

static cornu_status framing_of(
    const cornu_operation_call *call, cornu_dtype dtype, framing *given
) {
    enum { MOST = 1 << 24 };
    *given = (framing){.center = true};
    CORNU_TRY(length_of(call, CORNU_NONE, &given->length));
    CORNU_TRY(cornu_operation_int_(call, CORNU_SETTING, "sequence_length", &given->size));
    CORNU_TRY(cornu_operation_int_(call, CORNU_SETTING, "sequence_stride", &given->stride));
    CORNU_TRY(cornu_operation_bool_(call, CORNU_SETTING, "center", &given->center));
    if (given->size < 1 || given->size > given->length || given->stride < 1 || given->stride > MOST)
        CORNU_FAIL(
            CORNU_EINVAL,
            "'sequence_length' must be from 1 to 'fft_length', and 'sequence_stride' positive"
        );
    const cJSON *null = cJSON_GetObjectItemCaseSensitive(call->config, "window");
    if (cJSON_IsNull(null)) return CORNU_OK;
    cornu_tensor *window = NULL;
    if (null != NULL) {
        window = window_named(call, given->size);
    } else {
        CORNU_FAIL(CORNU_EFORMAT, "the setting 'window' is missing");
    }
    int64_t before = (given->length - given->size) / 2;
    int64_t after = given->length - given->size - before;
    given->window =
        cornu_op_cast(cornu_op_pad(window, &before, &after, CORNU_PAD_CONSTANT, 0), dtype);
    return given->window != NULL ? CORNU_OK : cornu_error_status();
}

static cornu_status stft(const cornu_operation_call *call, cornu_tensor **outputs, size_t count) {
    framing given;
    cornu_tensor *x = as_signal(cornu_operation_x_(call));
    int64_t sides[CORNU_MAX_RANK] = {0};
    (void)count;
    if (x == NULL) return cornu_error_status();
    CORNU_TRY(framing_of(call, cornu_tensor_dtype(x), &given));
    sides[cornu_tensor_rank(x) - 1] = given.length / 2;
    if (given.center) x = cornu_op_pad(x, sides, sides, CORNU_PAD_REFLECT, 0);
    x = frames_of(x, given.length, given.stride);
    if (given.window != NULL) x = cornu_op_multiply(x, given.window);
    if (x == NULL) return cornu_error_status();
    return give(real_transform(x, given.length), outputs);
}

/* The window over what the squares of all windows at each place add up to. */
static cornu_tensor *dual_window(const framing *given) {
    int64_t overlaps = (given->length + given->stride - 1) / given->stride;
    cornu_tensor *sum = with_length(cornu_op_square(given->window), overlaps * given->stride);
    sum = cornu_op_reshape(sum, cornu_shape(overlaps, given->stride));
    sum = cornu_op_sum(sum, .axis = cornu_axes(0), .keepdims = true);
    sum = cornu_flat_(cornu_op_tile(sum, cornu_shape(overlaps, 1)));
    return cornu_op_divide(given->window, sum != NULL ? with_length(sum, given->length) : NULL);
}

static cornu_tensor *istft(const cornu_operation_call *call) {
    complex_pair x;
    framing given;
    int64_t length = CORNU_NONE;
    if (pair_of(call, 2, &x) != CORNU_OK ||
        framing_of(call, cornu_tensor_dtype(x.real), &given) != CORNU_OK ||
        cornu_operation_int_(call, CORNU_SETTING, "length", &length) != CORNU_OK)
        return NULL;
    if (length != CORNU_NONE && length < 0)
        CORNU_FAIL_NULL(CORNU_EINVAL, "'length' must not be negative");
    cornu_tensor *y = real_inverse(x, given.length);
    if (given.window != NULL) y = cornu_op_multiply(y, dual_window(&given));
    y = overlap(y, given.stride);
    if (y == NULL) return NULL;
    int64_t whole = cornu_tensor_dim(y, -1), start = given.center ? given.length / 2 : 0;
    int64_t stop = given.center ? whole - given.length / 2 : whole;
    if (length != CORNU_NONE) stop = start + length;
    return cornu_part_(y, -1, start, stop);
}

static cornu_tensor *extract_sequences(const cornu_operation_call *call) {
    enum { MOST = 1 << 24 };
    int64_t size = 0, stride = 0;
    cornu_tensor *x = cornu_operation_x_(call);
    if (x == NULL || cornu_operation_int_(call, CORNU_SETTING, "sequence_length", &size) ||
        cornu_operation_int_(call, CORNU_SETTING, "sequence_stride", &stride))
        return NULL;
    if (size < 1 || size > MOST || stride < 1 || stride > MOST || cornu_tensor_rank(x) < 1)
        CORNU_FAIL_NULL(
            CORNU_EINVAL,
            "'sequence_length' and 'sequence_stride' must be positive, got %lld and "
            "%lld",
            (long long)size, (long long)stride
        );
    return frames_of(x, size, stride);
}

const cornu_operation_class cornu_operations_fourier_[] = {
    CORNU_OPERATION_(ExtractSequences, math, compute, extract_sequences),
    CORNU_OPERATION_MANY_(FFT, math, fft, two),
    CORNU_OPERATION_MANY_(FFT2, math, fft2, two),
    CORNU_OPERATION_MANY_(IFFT2, math, ifft2, two),
    CORNU_OPERATION_(IRFFT, math, compute, irfft),
    CORNU_OPERATION_(ISTFT, math, compute, istft),
    CORNU_OPERATION_MANY_(RFFT, math, rfft, two),
    CORNU_OPERATION_MANY_(STFT, math, stft, two),
    {.layer = {.name = NULL}},
};
