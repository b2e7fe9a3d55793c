/* OrthogonalRegularizer: the cosines between rows, or columns, of a matrix.
 * keras/src/regularizers/regularizers.py */
#include <cornu/regularizers.h>
#include <string.h>

typedef struct {
    cornu_regularizer base;
    cornu_regularizer_orthogonal_regularizer_args args;
} orthogonal;

static cornu_status init(void *object) {
    const cornu_regularizer_orthogonal_regularizer_args *args = &((orthogonal *)object)->args;
    if (!(args->factor >= 0) || isinf(args->factor))
        CORNU_FAIL(CORNU_EINVAL, "factor must be finite and not negative, got %g", args->factor);
    if (strcmp(args->mode, "rows") != 0 && strcmp(args->mode, "columns") != 0)
        CORNU_FAIL(CORNU_EINVAL, "mode must be 'rows' or 'columns', got '%.50s'", args->mode);
    return CORNU_OK;
}

static cornu_tensor *call(cornu_regularizer *self, cornu_tensor *weight) {
    const cornu_regularizer_orthogonal_regularizer_args *args = &((orthogonal *)self)->args;
    cornu_dtype dtype = cornu_tensor_dtype(weight);
    char text[256];
    if (cornu_tensor_rank(weight) != 2)
        CORNU_FAIL_NULL(
            CORNU_ESHAPE, "the weight must be a matrix, got the shape %s",
            cornu_shape_format(cornu_tensor_shape(weight), text, sizeof text)
        );
    bool columns = strcmp(args->mode, "columns") == 0;
    int64_t size = cornu_tensor_dim(weight, columns ? 1 : 0);
    double pairs = (double)size * ((double)size - 1) / 2;
    cornu_tensor *square = cornu_op_sum(
        cornu_op_square(weight), .axis = cornu_axes(columns ? 0 : 1), .keepdims = true
    );
    /* Keras multiplies by 1e7 at most */
    cornu_tensor *least = cornu_scalar_of(dtype, 1e-14);
    cornu_tensor *unit = cornu_op_multiply(weight, cornu_op_rsqrt(cornu_op_maximum(square, least)));
    cornu_tensor *cosines =
        cornu_op_matmul(unit, unit, .transpose_a = columns, .transpose_b = !columns);
    cornu_tensor *others = cornu_op_subtract(
        cornu_scalar_of(dtype, 1), cornu_op_eye(size, size, 0, dtype)
    ); /* 0 on the diagonal */
    cornu_tensor *sum = cornu_op_sum(cornu_op_absolute(cornu_op_multiply(cosines, others)));
    return cornu_op_multiply(sum, cornu_scalar_of(dtype, args->factor * 0.5 / pairs));
}

static const cornu_regularizer_orthogonal_regularizer_args defaults = {
    CORNU_REGULARIZER_ORTHOGONAL_REGULARIZER_DEFAULTS};
static const cornu_field fields[] = {
    CORNU_FIELD(cornu_regularizer_orthogonal_regularizer_args, FLOAT, factor),
    CORNU_FIELD(cornu_regularizer_orthogonal_regularizer_args, STRING, mode),
};

CORNU_REGULARIZER_CLASS(orthogonal_regularizer){
    CORNU_CLASS_ARGS(orthogonal, args, defaults, fields),
    .name = "OrthogonalRegularizer",
    .init = init,
    .call = call,
};

cornu_regularizer *cornu_regularizer_orthogonal_regularizer_new(
    const cornu_regularizer_orthogonal_regularizer_args *args
) {
    return cornu_regularizer_create(&cornu_regularizer_orthogonal_regularizer_class, args);
}
