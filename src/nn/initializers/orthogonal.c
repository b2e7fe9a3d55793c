/* Orthogonal matrices: the Q of a QR decomposition of normal draws, with signs such that R has a
 * positive diagonal, which makes Q uniformly distributed (Mezzadri, 2007).
 * keras/src/initializers/random_initializers.py: Orthogonal. */
#include <cornu/initializers.h>

#include "base/memory.h"

typedef struct {
    cornu_initializer base;
    cornu_initializer_orthogonal_args args;
} orthogonal;

static cornu_status init(void *object) {
    double gain = ((orthogonal *)object)->args.gain;
    if (!isfinite(gain)) CORNU_FAIL(CORNU_EINVAL, "gain must be finite, got %g", gain);
    return CORNU_OK;
}

static double dot(const double *a, const double *b, int64_t count) {
    double sum = 0;
    for (int64_t i = 0; i < count; i++) sum += a[i] * b[i];
    return sum;
}

/* Makes `count` vectors of length `size` (count <= size) orthonormal in place, by Gram-Schmidt done
 * twice, which is as accurate as reflections ("twice is enough", Kahan). Normalising by a positive
 * length is what makes R's diagonal positive. */
static void orthonormalise(double *vectors, int64_t count, int64_t size) {
    for (int64_t i = 0; i < count; i++) {
        double *v = vectors + i * size;
        for (int pass = 0; pass < 2; pass++)
            for (int64_t k = 0; k < i; k++) {
                const double *other = vectors + k * size;
                double part = dot(v, other, size);
                for (int64_t j = 0; j < size; j++) v[j] -= part * other[j];
            }
        double length = sqrt(dot(v, v, size));
        for (int64_t j = 0; j < size; j++) v[j] = length > 0 ? v[j] / length : 0;
    }
}

/* The matrix [rows, columns] from `vectors` [fewer, more]: its rows if there are fewer rows, else
 * its columns. */
static cornu_tensor *arrange(
    const double *vectors, int64_t rows, int64_t columns, double gain, cornu_shape shape,
    cornu_dtype dtype
) {
    cornu_tensor *value = cornu_tensor_new(CORNU_FLOAT64, shape);
    double *data = value != NULL ? cornu_tensor_data_mut(value) : NULL;
    for (int64_t r = 0; data != NULL && r < rows; r++)
        for (int64_t c = 0; c < columns; c++)
            data[r * columns + c] =
                gain * (rows < columns ? vectors[r * columns + c] : vectors[c * rows + r]);
    /* the cast belongs to the scope; reshaping keeps that true where there is nothing to cast */
    cornu_tensor *result = data == NULL             ? NULL
                           : dtype == CORNU_FLOAT64 ? cornu_op_reshape(value, shape)
                                                    : cornu_op_cast(value, dtype);
    cornu_tensor_free(value);
    return result;
}

static cornu_tensor *call(cornu_initializer *initializer, cornu_shape shape, cornu_dtype dtype) {
    const orthogonal *self = (orthogonal *)initializer;
    char text[256];
    if (shape.rank < 2)
        CORNU_FAIL_NULL(
            CORNU_ESHAPE, "needs two axes or more, got the shape %s",
            cornu_shape_format(&shape, text, sizeof text)
        );
    int64_t columns = shape.dims[shape.rank - 1];
    int64_t size = cornu_shape_size(&shape), rows = columns > 0 ? size / columns : 0;
    int64_t fewer = rows < columns ? rows : columns, more = rows < columns ? columns : rows;
    if (size < 0)
        CORNU_FAIL_NULL(
            CORNU_ESHAPE, "the shape %s is too large", cornu_shape_format(&shape, text, sizeof text)
        );
    if (size == 0) return cornu_op_zeros(shape, dtype);
    cornu_tensor *draws = cornu_random_normal(
        cornu_shape(fewer, more), .dtype = CORNU_FLOAT64, .seed = self->args.seed
    );
    double *vectors = draws != NULL ? cornu_alloc_array_((size_t)size, sizeof *vectors) : NULL;
    if (vectors == NULL) return NULL;
    const double *drawn = cornu_tensor_data(draws);
    for (int64_t i = 0; i < size; i++) vectors[i] = drawn[i];
    orthonormalise(vectors, fewer, more);
    cornu_tensor *value = arrange(vectors, rows, columns, self->args.gain, shape, dtype);
    cornu_free_(vectors);
    return value;
}

static const cornu_initializer_orthogonal_args defaults = {CORNU_INITIALIZER_ORTHOGONAL_DEFAULTS};
static const cornu_field fields[] = {
    CORNU_FIELD(cornu_initializer_orthogonal_args, INT, seed),
    CORNU_FIELD(cornu_initializer_orthogonal_args, FLOAT, gain),
};

CORNU_INITIALIZER_CLASS(orthogonal){
    CORNU_CLASS_ARGS(orthogonal, args, defaults, fields),
    .name = "Orthogonal",
    .init = init,
    .call = call,
};

cornu_initializer *cornu_initializer_orthogonal_new(const cornu_initializer_orthogonal_args *args) {
    return cornu_initializer_create(&cornu_initializer_orthogonal_class, args);
}
