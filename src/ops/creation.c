/* Tensors out of nothing: full, zeros, ones, linspace, arange, eye.
 * keras/src/ops/numpy.py, Full, Zeros, Ones, Linspace, Arange, Eye */
#include <cornu/ops.h>

#include "graph/op.h"
#include "ops/symbolic.h"

#include <math.h>

/* The result's shape and type are settings. */
static cornu_status infer(cornu_attrs *attrs, cornu_tensor *const *inputs, int n, cornu_spec *out) {
    (void)inputs, (void)n;
    *out = (cornu_spec){attrs->dtype, attrs->shape};
    return CORNU_OK;
}

/* ---- full ---- */
static cornu_status describe_full(const cornu_node *node, cornu_kernel_request *request) {
    request->desc.kind = CORNU_KERNEL_MOVE; /* of nothing onto the filling */
    request->desc.fill = true;
    request->desc.value[0] = node->attrs.value[0];
    return CORNU_OK;
}

static bool sample_full(int index, cornu_attrs *attrs, cornu_tensor **inputs, int *input_count) {
    (void)inputs;
    if (index > 1) return false;
    attrs->shape = index == 0 ? cornu_shape() : cornu_shape(3, 5);
    attrs->dtype = CORNU_FLOAT64;
    attrs->value[0] = 0.75 - index;
    *input_count = 0;
    return true;
}

CORNU_OP(full){
    .name = "full",
    .inputs = 0,
    .flags = CORNU_OP_NO_GRADIENT,
    .infer = infer,
    .describe = describe_full,
    .samples = sample_full,
};

/* ---- linspace, arange ---- */
/* attrs: value[0] the first, value[1] the step; with `flag` value[2] is the last, whatever the
 * rounding says. */
static cornu_status describe_iota(const cornu_node *node, cornu_kernel_request *request) {
    request->desc.kind = CORNU_KERNEL_IOTA;
    request->desc.flag = node->attrs.flag;
    for (int i = 0; i < 3; i++) request->desc.value[i] = node->attrs.value[i];
    return CORNU_OK;
}

static bool sample_iota(int index, cornu_attrs *attrs, cornu_tensor **inputs, int *input_count) {
    (void)inputs;
    if (index > 1) return false;
    *attrs = (cornu_attrs
    ){.shape = cornu_shape(7),
      .dtype = CORNU_FLOAT64,
      .value = {-1, 1.0 / 3, 1},
      .flag = index == 1};
    *input_count = 0;
    return true;
}

CORNU_OP(iota){
    .name = "iota",
    .inputs = 0,
    .flags = CORNU_OP_NO_GRADIENT,
    .infer = infer,
    .describe = describe_iota,
    .samples = sample_iota,
};

/* ---- public ---- */
cornu_tensor *cornu_op_full(cornu_shape shape, double value, cornu_dtype dtype) {
    cornu_attrs attrs = {.shape = shape, .dtype = dtype, .value = {value}};
    return cornu_emit_(&cornu_op_class_full_, &attrs, NULL, 0);
}

cornu_tensor *cornu_op_zeros(cornu_shape shape, cornu_dtype dtype) {
    return cornu_op_full(shape, 0, dtype);
}

cornu_tensor *cornu_op_ones(cornu_shape shape, cornu_dtype dtype) {
    return cornu_op_full(shape, 1, dtype);
}

cornu_tensor *cornu_op_zeros_like(cornu_tensor *x) {
    if (cornu_is_symbolic_(x)) return cornu_symbolic_unary_("zeros_like", x, NULL);
    if (x == NULL) return (void)cornu_error_null("zeros_like: x"), NULL;
    return cornu_op_full(x->shape, 0, x->dtype);
}

cornu_tensor *cornu_op_ones_like(cornu_tensor *x) {
    if (cornu_is_symbolic_(x)) return cornu_symbolic_unary_("ones_like", x, NULL);
    if (x == NULL) return (void)cornu_error_null("ones_like: x"), NULL;
    return cornu_op_full(x->shape, 1, x->dtype);
}

cornu_tensor *cornu_op_linspace(double start, double stop, int64_t count) {
    if (count < 0) CORNU_FAIL_NULL(CORNU_EINVAL, "linspace: %lld numbers", (long long)count);
    cornu_attrs attrs = {.shape = cornu_shape(count), .dtype = CORNU_FLOAT32, .value = {start}};
    if (count > 1) {
        attrs.value[1] = (stop - start) / (double)(count - 1);
        attrs.value[2] = stop;
        attrs.flag = true;
    }
    return cornu_emit_(&cornu_op_class_iota_, &attrs, NULL, 0);
}

cornu_tensor *cornu_op_arange(double start, double stop, double step, cornu_dtype dtype) {
    double count =
        ceil((stop - start) / step); /* NumPy's rule: rounding may let `stop` itself in */
    if (step == 0 || !isfinite(count))
        CORNU_FAIL_NULL(CORNU_EINVAL, "arange: from %g to %g in steps of %g", start, stop, step);
    if (dtype == CORNU_BOOL) CORNU_FAIL_NULL(CORNU_EDTYPE, "arange: bools have no steps");
    if (count > 0x1p53) CORNU_FAIL_NULL(CORNU_ESHAPE, "arange: %g numbers are too many", count);
    cornu_attrs attrs = {
        .shape = cornu_shape(count > 0 ? (int64_t)count : 0),
        .dtype = dtype,
        .value = {start, step}};
    return cornu_emit_(&cornu_op_class_iota_, &attrs, NULL, 0);
}

cornu_tensor *cornu_op_eye(int64_t rows, int64_t columns, int64_t diagonal, cornu_dtype dtype) {
    if (rows < 0 || columns < 0)
        CORNU_FAIL_NULL(
            CORNU_ESHAPE, "eye: %lld rows, %lld columns", (long long)rows, (long long)columns
        );
    /* row i has its one in column i + diagonal */
    double first = (double)diagonal;
    cornu_tensor *ones = cornu_op_arange(first, first + (double)rows, 1, CORNU_INT64);
    cornu_tensor *every = cornu_op_arange(0, (double)columns, 1, CORNU_INT64);
    return cornu_op_cast(cornu_op_equal(cornu_op_expand_dims(ones, 1), every), dtype);
}
