/* What batch normalization is made of, for statistics over all axes but the last:
 *
 *     column_moments    x[.., n] -> [2, n]: mean and variance of each column
 *     column_products   x[.., n], mean[n], dy[.., n] -> [2, n]: the sums of dy and dy (x - mean)
 *     normalize         (x - mean) factor + offset, all but x [n]
 *
 * Each reads its operands once, where the same put together from other ops would write what is
 * between them to memory. Ioffe and Szegedy (2015); keras/src/ops/nn.py, Moments and
 * BatchNormalization */
#include <cornu/ops.h>

#include "ops/broadcast.h"
#include "ops/promote.h"
#include "ops/samples.h"
#include "ops/symbolic.h"

CORNU_OP_DECLARE(column_moments);
CORNU_OP_DECLARE(column_products);
CORNU_OP_DECLARE(normalize);

/* ---- what the three share ---- */
static int64_t columns_of(const cornu_tensor *x) { return x->shape.dims[x->shape.rank - 1]; }

static int64_t rows_of(const cornu_tensor *x) {
    int64_t rows = 1;
    for (int i = 0; i < x->shape.rank - 1; i++) rows *= x->shape.dims[i];
    return rows;
}

enum { MOST_INPUTS = 4 };

/* `names`: of inputs of the size of a column; NULL for those of the shape of x. */
static cornu_status check(
    cornu_tensor *const *inputs, int count, const char *const names[MOST_INPUTS]
) {
    char text[256];
    if (inputs[0]->shape.rank < 1) CORNU_FAIL(CORNU_ESHAPE, "a scalar has no columns");
    cornu_shape wanted = cornu_shape(columns_of(inputs[0]));
    for (int i = 1; i < count && i < MOST_INPUTS; i++) {
        const cornu_shape *shape = &inputs[i]->shape;
        const cornu_shape *like = names[i] != NULL ? &wanted : &inputs[0]->shape;
        if (!cornu_shape_equal(shape, like) || inputs[i]->dtype != inputs[0]->dtype)
            CORNU_FAIL(
                CORNU_ESHAPE, "%s does not fit x: %s %s", names[i] != NULL ? names[i] : "dy",
                cornu_dtype_name(inputs[i]->dtype), cornu_shape_format(shape, text, sizeof text)
            );
    }
    return CORNU_OK;
}

static cornu_operand as_rows(const cornu_tensor *x) {
    cornu_shape shape = cornu_shape(rows_of(x), columns_of(x));
    return cornu_operand_dense_(x->dtype, &shape);
}

/* Row `index` of a pair [2, n]: [n]. */
static cornu_tensor *one_of(cornu_tensor *pair, int64_t index) {
    if (pair == NULL) return NULL;
    int64_t n = pair->shape.dims[1];
    return cornu_op_reshape(
        cornu_op_slice(pair, (int64_t[]){index, 0}, cornu_shape(1, n)), cornu_shape(n)
    );
}

/* ---- column_moments ---- */
static cornu_status infer_moments(
    cornu_attrs *attrs, cornu_tensor *const *inputs, int n, cornu_spec *out
) {
    (void)attrs;
    static const char *const names[MOST_INPUTS] = {"x"};
    CORNU_TRY(check(inputs, n, names));
    *out = (cornu_spec){inputs[0]->dtype, cornu_shape(2, columns_of(inputs[0]))};
    return CORNU_OK;
}

static cornu_status describe_moments(const cornu_node *node, cornu_kernel_request *request) {
    request->operands[0] = as_rows(node->inputs[0]);
    request->desc.kind = CORNU_KERNEL_MOMENTS;
    request->desc.operand_count = 2;
    request->desc.operands = request->operands;
    return CORNU_OK;
}

/* dx = (dmean + 2 (x - mean) dvariance) / rows */
static void vjp_moments(const cornu_node *node, cornu_tensor *dy, cornu_tensor **dx) {
    cornu_tensor *x = node->inputs[0], *mean = one_of(node->out, 0);
    double rows = (double)rows_of(x);
    cornu_tensor *share = cornu_op_multiply(one_of(dy, 0), cornu_scalar_of(x->dtype, 1 / rows));
    cornu_tensor *slope = cornu_op_multiply(one_of(dy, 1), cornu_scalar_of(x->dtype, 2 / rows));
    dx[0] = cornu_op_add(cornu_op_multiply(cornu_op_subtract(x, mean), slope), share);
}

static const cornu_shape cases[] = {{2, {5, 3}}, {4, {2, 3, 1, 2}}, {1, {4}}, {3, {4, 2, 1}}};
enum { CASES = sizeof cases / sizeof cases[0] };

static bool sample_moments(int index, cornu_attrs *attrs, cornu_tensor **inputs, int *count) {
    (void)attrs;
    if (index >= CASES) return false;
    inputs[0] = cornu_sample_tensor_(cases[index], -1, 1, 3 * index);
    *count = 1;
    return true;
}

CORNU_OP(column_moments){
    .name = "column_moments",
    .inputs = 1,
    .flags = CORNU_OP_SMOOTH,
    .infer = infer_moments,
    .describe = describe_moments,
    .vjp = vjp_moments,
    .samples = sample_moments,
};

/* ---- column_products ---- */
static const char *const product_names[MOST_INPUTS] = {"x", "the mean", NULL};

static cornu_status infer_products(
    cornu_attrs *attrs, cornu_tensor *const *inputs, int n, cornu_spec *out
) {
    (void)attrs;
    CORNU_TRY(check(inputs, n, product_names));
    *out = (cornu_spec){inputs[0]->dtype, cornu_shape(2, columns_of(inputs[0]))};
    return CORNU_OK;
}

static cornu_status describe_products(const cornu_node *node, cornu_kernel_request *request) {
    request->operands[0] = as_rows(node->inputs[0]);
    request->operands[2] = as_rows(node->inputs[2]);
    request->desc.kind = CORNU_KERNEL_MOMENT_PRODUCTS;
    request->desc.operand_count = 4;
    request->desc.operands = request->operands;
    return CORNU_OK;
}

static void vjp_products(const cornu_node *node, cornu_tensor *d, cornu_tensor **dx) {
    cornu_tensor *x = node->inputs[0], *mean = node->inputs[1], *dy = node->inputs[2];
    cornu_tensor *d_sum = one_of(d, 0), *d_product = one_of(d, 1);
    if (cornu_wants_(node, 0)) dx[0] = cornu_op_multiply(dy, d_product);
    if (cornu_wants_(node, 1))
        dx[1] = cornu_op_negative(cornu_op_multiply(d_product, one_of(node->out, 0)));
    if (cornu_wants_(node, 2))
        dx[2] = cornu_op_add(cornu_op_multiply(cornu_op_subtract(x, mean), d_product), d_sum);
}

static bool sample_products(int index, cornu_attrs *attrs, cornu_tensor **inputs, int *count) {
    (void)attrs;
    if (index >= CASES) return false;
    const cornu_shape *shape = &cases[index];
    inputs[0] = cornu_sample_tensor_(*shape, -1, 1, 3 * index);
    inputs[1] =
        cornu_sample_tensor_(cornu_shape(shape->dims[shape->rank - 1]), -1, 1, 3 * index + 1);
    inputs[2] = cornu_sample_tensor_(*shape, -1, 1, 3 * index + 2);
    *count = 3;
    return true;
}

CORNU_OP(column_products){
    .name = "column_products",
    .inputs = 3,
    .flags = CORNU_OP_SMOOTH,
    .infer = infer_products,
    .describe = describe_products,
    .vjp = vjp_products,
    .samples = sample_products,
};

/* ---- normalize: x, mean, factor, perhaps an offset ---- */
static const char *const normalize_names[MOST_INPUTS] = {
    "x", "the mean", "the factor", "the offset"};

static cornu_status infer_normalize(
    cornu_attrs *attrs, cornu_tensor *const *inputs, int n, cornu_spec *out
) {
    if (n != 3 && n != 4) CORNU_FAIL(CORNU_EINVAL, "takes 3 or 4 inputs, got %d", n);
    CORNU_TRY(check(inputs, n, normalize_names));
    return cornu_infer_same_(attrs, inputs, n, out);
}

static cornu_status describe_normalize(const cornu_node *node, cornu_kernel_request *request) {
    uint16_t n = (uint16_t)node->input_count;
    CORNU_TRY(cornu_describe_elementwise_(node, request));
    request->program[0] = (cornu_ew_instruction){.code = CORNU_EW_SUBTRACT, .operand = {0, 1}};
    request->program[1] = (cornu_ew_instruction){.code = CORNU_EW_MULTIPLY, .operand = {n, 2}};
    request->program[2] =
        (cornu_ew_instruction){.code = CORNU_EW_ADD, .operand = {(uint16_t)(n + 1), 3}};
    request->desc.program_length = n == 4 ? 3 : 2;
    return CORNU_OK;
}

static void vjp_normalize(const cornu_node *node, cornu_tensor *dy, cornu_tensor **dx) {
    cornu_tensor *x = node->inputs[0], *mean = node->inputs[1], *factor = node->inputs[2];
    if (cornu_wants_(node, 0)) dx[0] = cornu_op_multiply(dy, factor);
    bool sums = cornu_wants_(node, 1) || (node->input_count == 4 && cornu_wants_(node, 3));
    if (!sums && !cornu_wants_(node, 2)) return;
    cornu_tensor *pair =
        cornu_emit_(&cornu_op_class_column_products_, NULL, (cornu_tensor *[]){x, mean, dy}, 3);
    cornu_tensor *sum = one_of(pair, 0);
    if (cornu_wants_(node, 1)) dx[1] = cornu_op_negative(cornu_op_multiply(sum, factor));
    if (cornu_wants_(node, 2)) dx[2] = one_of(pair, 1);
    if (node->input_count == 4 && cornu_wants_(node, 3)) dx[3] = sum;
}

static bool sample_normalize(int index, cornu_attrs *attrs, cornu_tensor **inputs, int *count) {
    (void)attrs;
    if (index >= 2 * CASES) return false;
    const cornu_shape *shape = &cases[index % CASES];
    cornu_shape columns = cornu_shape(shape->dims[shape->rank - 1]);
    inputs[0] = cornu_sample_tensor_(*shape, -1, 1, 4 * index);
    for (int i = 1; i < 4; i++) inputs[i] = cornu_sample_tensor_(columns, -1, 1, 4 * index + i);
    *count = index < CASES ? 3 : 4;
    return true;
}

CORNU_OP(normalize){
    .name = "normalize",
    .inputs = -1,
    .flags = CORNU_OP_SMOOTH | CORNU_OP_FUSIBLE | CORNU_OP_BY_ROW,
    .infer = infer_normalize,
    .describe = describe_normalize,
    .vjp = vjp_normalize,
    .samples = sample_normalize,
};

/* ---- the public functions ---- */
/* Whether the axes are all of x's but the last. */
static bool are_all_but_last(const cornu_tensor *x, const cornu_axes *axes) {
    bool taken[CORNU_MAX_RANK] = {false};
    int rank = x->shape.rank;
    if (rank < 2 || axes->count != rank - 1) return false;
    for (int i = 0; i < axes->count; i++) {
        int axis = axes->axis[i] < 0 ? axes->axis[i] + rank : axes->axis[i];
        if (axis < 0 || axis >= rank - 1 || taken[axis]) return false;
        taken[axis] = true;
    }
    return true;
}

static cornu_tensor *widened(cornu_tensor *x) {
    bool narrow = x != NULL && (x->dtype == CORNU_FLOAT16 || x->dtype == CORNU_BFLOAT16);
    return narrow ? cornu_op_cast(x, CORNU_FLOAT32) : x;
}

cornu_status cornu_op_moments(
    cornu_tensor *x, cornu_axes axes, bool keepdims, cornu_tensor **mean, cornu_tensor **variance
) {
    if (cornu_is_symbolic_(x)) {
        cornu_tensor *outputs[2] = {NULL};
        cornu_status status = cornu_symbolic_many_(
            "moments", x,
            CORNU_SETTINGS_(CORNU_SET_AXES_("axes", axes), CORNU_SET_BOOL_("keepdims", keepdims)),
            outputs, 2
        );
        return *mean = outputs[0], *variance = outputs[1], status;
    }
    if (x == NULL) return cornu_error_null("x");
    cornu_dtype dtype = x->dtype;
    x = widened(cornu_as_(x, cornu_real_type_(dtype)));
    if (x == NULL) return cornu_error_status();
    if (are_all_but_last(x, &axes) && rows_of(x) > 0) {
        cornu_tensor *pair = cornu_emit_(&cornu_op_class_column_moments_, NULL, &x, 1);
        *mean = one_of(pair, 0);
        *variance = one_of(pair, 1);
        if (keepdims) {
            cornu_shape kept = {.rank = x->shape.rank};
            for (int i = 0; i < kept.rank; i++) kept.dims[i] = 1;
            kept.dims[kept.rank - 1] = columns_of(x);
            *mean = cornu_op_reshape(*mean, kept);
            *variance = cornu_op_reshape(*variance, kept);
        }
    } else {
        *mean = cornu_op_mean(x, .axis = axes, .keepdims = keepdims);
        *variance = cornu_op_var(x, .axis = axes, .keepdims = keepdims);
    }
    if (*mean == NULL || *variance == NULL) return cornu_error_status();
    if (x->dtype != cornu_real_type_(dtype)) {
        *mean = cornu_op_cast(*mean, dtype);
        *variance = cornu_op_cast(*variance, dtype);
    }
    return *variance != NULL ? CORNU_OK : cornu_error_status();
}

cornu_tensor *cornu_op_batch_normalization_new(const cornu_op_batch_normalization_args *args) {
    cornu_tensor *given[] = {args->x, args->mean, args->variance, args->offset, args->scale};
    if (cornu_any_symbolic_(given, 5))
        return cornu_symbolic_op_(&(cornu_symbolic_op
        ){.name = "batch_norm",
          .tensors = given,
          .count = 5,
          .optional = true,
          .settings = CORNU_SETTINGS_(
              CORNU_SET_INT_("axis", args->axis), CORNU_SET_NUMBER_("epsilon", args->epsilon)
          )});
    cornu_tensor *x = args->x, *mean = args->mean, *factor = args->variance;
    if (x == NULL || mean == NULL || factor == NULL)
        return (void)cornu_error_null(x == NULL ? "x" : mean == NULL ? "mean" : "variance"), NULL;
    int axis;
    if (cornu_axis_resolve_(args->axis, x->shape.rank, "axis", &axis) != CORNU_OK)
        return (void)cornu_error_context("batch_normalization"), NULL;
    cornu_dtype dtype = x->dtype;
    x = widened(x);
    if (x == NULL) return NULL;
    cornu_tensor *epsilon = cornu_scalar_of(x->dtype, args->epsilon);
    factor = cornu_op_rsqrt(cornu_op_add(cornu_op_cast(factor, x->dtype), epsilon));
    if (args->scale != NULL)
        factor = cornu_op_multiply(factor, cornu_op_cast(args->scale, x->dtype));
    cornu_tensor *inputs[] = {x, cornu_op_cast(mean, x->dtype), factor, NULL};
    if (args->offset != NULL) inputs[3] = cornu_op_cast(args->offset, x->dtype);
    int count = args->offset != NULL ? 4 : 3;
    cornu_tensor *y;
    if (axis == x->shape.rank - 1) {
        y = cornu_emit_(&cornu_op_class_normalize_, NULL, inputs, count);
    } else {
        cornu_shape spread = {.rank = x->shape.rank};
        for (int i = 0; i < spread.rank; i++) spread.dims[i] = 1;
        spread.dims[axis] = x->shape.dims[axis];
        for (int i = 1; i < count; i++) inputs[i] = cornu_op_reshape(inputs[i], spread);
        y = cornu_op_multiply(cornu_op_subtract(x, inputs[1]), inputs[2]);
        if (count == 4) y = cornu_op_add(y, inputs[3]);
    }
    return y != NULL && y->dtype != dtype ? cornu_op_cast(y, dtype) : y;
}
