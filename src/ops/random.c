/* Draws: an op for each distribution, whose input is the state of a seed generator. What comes out
 * depends on the state and on nothing else.  keras/src/random/random.py */
#include <cornu/random.h>

#include "graph/op.h"

#include <math.h>

/* ---- the ops ---- */
/* attrs: shape, dtype, and the parameters in value as the kernel takes them. */
static cornu_status infer(cornu_attrs *attrs, cornu_tensor *const *inputs, int n, cornu_spec *out) {
    (void)n;
    const cornu_tensor *seed = inputs[0];
    char text[256];
    if (seed->dtype != CORNU_INT64)
        CORNU_FAIL(CORNU_EDTYPE, "the seed is int64, not %s", cornu_dtype_name(seed->dtype));
    if (seed->shape.rank != 1 || seed->shape.dims[0] != 2)
        CORNU_FAIL(
            CORNU_ESHAPE, "the seed has shape (2,), not %s",
            cornu_shape_format(&seed->shape, text, sizeof text)
        );
    *out = (cornu_spec){attrs->dtype, attrs->shape};
    return CORNU_OK;
}

static cornu_status infer_uniform(
    cornu_attrs *attrs, cornu_tensor *const *inputs, int n, cornu_spec *out
) {
    double low = attrs->value[0], high = attrs->value[1];
    bool whole = !cornu_dtype_is_float(attrs->dtype);
    if (attrs->dtype == CORNU_BOOL)
        CORNU_FAIL(CORNU_EDTYPE, "uniform numbers are floats or integers; see bernoulli for bools");
    if (!(isfinite(low) && isfinite(high) && low <= high) || (whole && ceil(low) >= ceil(high)))
        CORNU_FAIL(CORNU_EINVAL, "no %s from %g to %g", cornu_dtype_name(attrs->dtype), low, high);
    return infer(attrs, inputs, n, out);
}

static cornu_status infer_normal(
    cornu_attrs *attrs, cornu_tensor *const *inputs, int n, cornu_spec *out
) {
    if (!cornu_dtype_is_float(attrs->dtype))
        CORNU_FAIL(
            CORNU_EDTYPE, "normal numbers are floats, not %s", cornu_dtype_name(attrs->dtype)
        );
    if (!(attrs->value[1] >= 0))
        CORNU_FAIL(CORNU_EINVAL, "a standard deviation of %g", attrs->value[1]);
    return infer(attrs, inputs, n, out);
}

static cornu_status infer_bernoulli(
    cornu_attrs *attrs, cornu_tensor *const *inputs, int n, cornu_spec *out
) {
    if (!(attrs->value[0] >= 0 && attrs->value[0] <= 1))
        CORNU_FAIL(CORNU_EINVAL, "a probability of %g", attrs->value[0]);
    return infer(attrs, inputs, n, out);
}

static cornu_status describe(const cornu_node *node, cornu_kernel_request *request) {
    request->desc.kind = CORNU_KERNEL_RANDOM;
    request->desc.code = node->op->code;
    for (int i = 0; i < 2; i++) request->desc.value[i] = node->attrs.value[i];
    return CORNU_OK;
}

static cornu_tensor *state_of(int64_t key) {
    const int64_t state[2] = {key, 0};
    return cornu_scope_add_(cornu_tensor_from(CORNU_INT64, cornu_shape(2), state));
}

static bool sample(
    int index, cornu_dtype dtype, double first, double second, cornu_attrs *attrs,
    cornu_tensor **inputs, int *input_count
) {
    if (index > 1) return false;
    attrs->shape = index == 0 ? cornu_shape(7) : cornu_shape(3, 5);
    attrs->dtype = dtype;
    attrs->value[0] = first;
    attrs->value[1] = second;
    inputs[0] = state_of(index);
    *input_count = 1;
    return true;
}

static bool sample_uniform(int index, cornu_attrs *attrs, cornu_tensor **inputs, int *count) {
    return sample(index, index == 0 ? CORNU_FLOAT64 : CORNU_INT32, -1, 7, attrs, inputs, count);
}

static bool sample_normal(int index, cornu_attrs *attrs, cornu_tensor **inputs, int *count) {
    return sample(index, index == 0 ? CORNU_FLOAT64 : CORNU_FLOAT32, 1, 2, attrs, inputs, count);
}

static bool sample_bernoulli(int index, cornu_attrs *attrs, cornu_tensor **inputs, int *count) {
    return sample(index, index == 0 ? CORNU_FLOAT64 : CORNU_BOOL, 0.3, 0, attrs, inputs, count);
}

static bool sample_permutation(int index, cornu_attrs *attrs, cornu_tensor **inputs, int *count) {
    return index == 0 && sample(index, CORNU_INT64, 0, 0, attrs, inputs, count);
}

CORNU_OP(random_uniform){
    .name = "random_uniform",
    .inputs = 1,
    .flags = CORNU_OP_RANDOM | CORNU_OP_NO_GRADIENT,
    .code = CORNU_RANDOM_UNIFORM,
    .infer = infer_uniform,
    .describe = describe,
    .samples = sample_uniform,
};

CORNU_OP(random_normal){
    .name = "random_normal",
    .inputs = 1,
    .flags = CORNU_OP_RANDOM | CORNU_OP_NO_GRADIENT,
    .code = CORNU_RANDOM_NORMAL,
    .infer = infer_normal,
    .describe = describe,
    .samples = sample_normal,
};

CORNU_OP(random_truncated_normal){
    .name = "random_truncated_normal",
    .inputs = 1,
    .flags = CORNU_OP_RANDOM | CORNU_OP_NO_GRADIENT,
    .code = CORNU_RANDOM_TRUNCATED_NORMAL,
    .infer = infer_normal,
    .describe = describe,
    .samples = sample_normal,
};

CORNU_OP(random_bernoulli){
    .name = "random_bernoulli",
    .inputs = 1,
    .flags = CORNU_OP_RANDOM | CORNU_OP_NO_GRADIENT,
    .code = CORNU_RANDOM_BERNOULLI,
    .infer = infer_bernoulli,
    .describe = describe,
    .samples = sample_bernoulli,
};

CORNU_OP(random_permutation){
    .name = "random_permutation",
    .inputs = 1,
    .flags = CORNU_OP_RANDOM | CORNU_OP_NO_GRADIENT,
    .code = CORNU_RANDOM_PERMUTATION,
    .infer = infer,
    .describe = describe,
    .samples = sample_permutation,
};

/* ---- draws from a state ---- */
static cornu_tensor *draw(
    const cornu_op_class *op, cornu_tensor *seed, cornu_shape shape, cornu_dtype dtype,
    double first, double second
) {
    cornu_attrs attrs = {.shape = shape, .dtype = dtype, .value = {first, second}};
    return cornu_emit_(op, &attrs, &seed, 1);
}

cornu_tensor *cornu_random_uniform_from(
    cornu_tensor *seed, cornu_shape shape, cornu_dtype dtype, double low, double high
) {
    return draw(&cornu_op_class_random_uniform_, seed, shape, dtype, low, high);
}

cornu_tensor *cornu_random_normal_from(
    cornu_tensor *seed, cornu_shape shape, cornu_dtype dtype, double mean, double stddev
) {
    return draw(&cornu_op_class_random_normal_, seed, shape, dtype, mean, stddev);
}

cornu_tensor *cornu_random_truncated_normal_from(
    cornu_tensor *seed, cornu_shape shape, cornu_dtype dtype, double mean, double stddev
) {
    return draw(&cornu_op_class_random_truncated_normal_, seed, shape, dtype, mean, stddev);
}

cornu_tensor *cornu_random_bernoulli_from(
    cornu_tensor *seed, cornu_shape shape, cornu_dtype dtype, double probability
) {
    return draw(&cornu_op_class_random_bernoulli_, seed, shape, dtype, probability, 0);
}

cornu_tensor *cornu_random_permutation_from(cornu_tensor *seed, int64_t count) {
    if (count < 0)
        CORNU_FAIL_NULL(CORNU_EINVAL, "random_permutation: %lld numbers", (long long)count);
    return draw(&cornu_op_class_random_permutation_, seed, cornu_shape(count), CORNU_INT64, 0, 0);
}

/* ---- draws from a number ---- */
static cornu_tensor *state_given(int64_t seed) {
    return state_of(seed == CORNU_SEED_NONE ? cornu_random_next_seed() : seed);
}

cornu_tensor *cornu_random_uniform_new(const cornu_random_args *args) {
    return cornu_random_uniform_from(
        state_given(args->seed), args->shape, args->dtype, args->minval, args->maxval
    );
}

cornu_tensor *cornu_random_normal_new(const cornu_random_args *args) {
    return cornu_random_normal_from(
        state_given(args->seed), args->shape, args->dtype, args->mean, args->stddev
    );
}

cornu_tensor *cornu_random_truncated_normal_new(const cornu_random_args *args) {
    return cornu_random_truncated_normal_from(
        state_given(args->seed), args->shape, args->dtype, args->mean, args->stddev
    );
}

cornu_tensor *cornu_random_bernoulli_new(const cornu_random_args *args) {
    return cornu_random_bernoulli_from(
        state_given(args->seed), args->shape, args->dtype, args->probability
    );
}

cornu_tensor *cornu_random_shuffle(cornu_tensor *x, int64_t seed) {
    if (x == NULL) return (void)cornu_error_null("random_shuffle: x"), NULL;
    if (x->shape.rank == 0) CORNU_FAIL_NULL(CORNU_ESHAPE, "random_shuffle: a scalar has no order");
    cornu_tensor *order = cornu_random_permutation_from(state_given(seed), x->shape.dims[0]);
    return cornu_op_take(x, order, 0);
}
