/* Values that are not drawn: Zeros, Ones, Constant, Identity.
 * keras/src/initializers/constant_initializers.py */
#include <cornu/initializers.h>

/* ---- Zeros, Ones ---- */
static cornu_tensor *zeros(cornu_initializer *self, cornu_shape shape, cornu_dtype dtype) {
    (void)self;
    return cornu_op_zeros(shape, dtype);
}

static cornu_tensor *ones(cornu_initializer *self, cornu_shape shape, cornu_dtype dtype) {
    (void)self;
    return cornu_op_ones(shape, dtype);
}

CORNU_INITIALIZER_CLASS(zeros){.size = sizeof(cornu_initializer), .name = "Zeros", .call = zeros};
CORNU_INITIALIZER_CLASS(ones){.size = sizeof(cornu_initializer), .name = "Ones", .call = ones};

cornu_initializer *cornu_initializer_zeros(void) {
    return cornu_initializer_create(&cornu_initializer_zeros_class, NULL);
}
cornu_initializer *cornu_initializer_ones(void) {
    return cornu_initializer_create(&cornu_initializer_ones_class, NULL);
}

/* ---- Constant ---- */
typedef struct {
    cornu_initializer base;
    cornu_initializer_constant_args args;
} constant;

static cornu_tensor *fill(cornu_initializer *self, cornu_shape shape, cornu_dtype dtype) {
    return cornu_op_full(shape, ((constant *)self)->args.value, dtype);
}

static const cornu_initializer_constant_args constant_defaults = {
    CORNU_INITIALIZER_CONSTANT_DEFAULTS};
static const cornu_field constant_fields[] = {
    CORNU_FIELD(cornu_initializer_constant_args, FLOAT, value)};

CORNU_INITIALIZER_CLASS(constant){
    CORNU_CLASS_ARGS(constant, args, constant_defaults, constant_fields),
    .name = "Constant",
    .call = fill,
};

cornu_initializer *cornu_initializer_constant_new(const cornu_initializer_constant_args *args) {
    return cornu_initializer_create(&cornu_initializer_constant_class, args);
}

/* ---- Identity ---- */
typedef struct {
    cornu_initializer base;
    cornu_initializer_identity_args args;
} identity;

static cornu_tensor *eye(cornu_initializer *self, cornu_shape shape, cornu_dtype dtype) {
    char text[256];
    if (shape.rank != 2)
        CORNU_FAIL_NULL(
            CORNU_ESHAPE, "the identity is a matrix, got the shape %s",
            cornu_shape_format(&shape, text, sizeof text)
        );
    cornu_tensor *matrix = cornu_op_eye(shape.dims[0], shape.dims[1], 0, dtype);
    return cornu_op_multiply(matrix, cornu_scalar_of(dtype, ((identity *)self)->args.gain));
}

static const cornu_initializer_identity_args identity_defaults = {
    CORNU_INITIALIZER_IDENTITY_DEFAULTS};
static const cornu_field identity_fields[] = {
    CORNU_FIELD(cornu_initializer_identity_args, FLOAT, gain)};

CORNU_INITIALIZER_CLASS(identity){
    CORNU_CLASS_ARGS(identity, args, identity_defaults, identity_fields),
    .name = "Identity",
    .call = eye,
};

cornu_initializer *cornu_initializer_identity_new(const cornu_initializer_identity_args *args) {
    return cornu_initializer_create(&cornu_initializer_identity_class, args);
}
