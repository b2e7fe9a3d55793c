/* Ops on symbolic tensors are nodes of the graph, as operations of keras.ops are. */
#include <string.h>

#include "model/graph.h"
#include "support/support.h"
#include <cornu/cornu.h>

static cornu_tensor *values(void) {
    const float numbers[] = {1, -2, 3, 4, 5, -6, 0.5f, 2, 1, 3, 2, 8};
    return cornu_scope_add_(cornu_test_tensor(cornu_shape(2, 2, 3), numbers));
}

/* The model of a function computes what the function does, and so does the model that its config
 * makes. */
static void check(
    cornu_tensor *(*function)(cornu_tensor *x), const char *class_name, cornu_tensor *x
) {
    cornu_input_tensor_args args = {
        CORNU_INPUT_TENSOR_DEFAULTS, .shape = {2, 3}, .dtype = cornu_tensor_dtype(x)};
    cornu_tensor *in = cornu_input_tensor_new(&args);
    cornu_tensor *out = function(in), *wanted = function(x);
    ck_assert_msg(out != NULL, "%s: %s", class_name, cornu_error_message());
    assert_ok(wanted);
    cornu_model *model = cornu_functional(cornu_tensors(in), cornu_tensors(out));
    assert_ok(model);
    cornu_layer *last = cornu_model_layer_at(model, cornu_model_layer_count(model) - 1);
    ck_assert_str_eq(cornu_layer_class_name(last), class_name);
    ck_assert(cornu_is_operation_(last) || strcmp(class_name, "InputLayer") == 0);
    ck_assert_int_eq(cornu_model_output_shape(model, 0)->rank, cornu_tensor_rank(wanted));
    assert_same(cornu_call(model, x), wanted, 1e-6, 1e-6);
    assert_same(cornu_scope_add_(cornu_predict(model, x)), wanted, 1e-6, 1e-6);
    cornu_model *clone = cornu_model_clone(model);
    assert_ok(clone);
    assert_same(cornu_call(clone, x), wanted, 1e-6, 1e-6);
    char *json = cornu_model_to_json(model), *again = cornu_model_to_json(clone);
    ck_assert_str_eq(json, again);
    cornu_free(json);
    cornu_free(again);
    cornu_model_free(clone);
    cornu_model_free(model);
}

#define FUNCTION(name, expression)                                                                 \
    static cornu_tensor *name(cornu_tensor *x) { return expression; }
FUNCTION(add_one, cornu_op_add(x, cornu_scalar(1)))
FUNCTION(from_two, cornu_op_subtract(cornu_scalar(2), x))
FUNCTION(half, cornu_op_divide(x, cornu_scalar(2)))
FUNCTION(safe, cornu_op_divide_no_nan(x, x))
FUNCTION(square, cornu_op_square(x))
FUNCTION(root, cornu_op_sqrt(cornu_op_absolute(x)))
FUNCTION(larger, cornu_op_maximum(x, cornu_op_negative(x)))
FUNCTION(positive, cornu_op_greater(x, cornu_scalar(0)))
FUNCTION(chosen, cornu_op_where(cornu_op_less(x, cornu_scalar(1)), cornu_scalar(7), x))
FUNCTION(clipped, cornu_op_clip(x, -1, 2.5))
FUNCTION(whole, cornu_op_cast(x, CORNU_INT32))
FUNCTION(gelu, cornu_op_gelu(x, false))
FUNCTION(elu, cornu_op_elu(x, 0.5))
FUNCTION(silu, cornu_op_silu(x))
FUNCTION(leaky, cornu_op_leaky_relu(x, 0.25))
FUNCTION(softmax, cornu_op_softmax(x, 1))
FUNCTION(mean, cornu_op_mean(x, .axis = cornu_axes(-1), .keepdims = true))
FUNCTION(sum, cornu_op_sum(x, .axis = cornu_axes(1, 2)))
FUNCTION(var, cornu_op_var(x, .axis = cornu_axes(1)))
FUNCTION(logsumexp, cornu_op_logsumexp(x, .axis = cornu_axes(1)))
FUNCTION(argmax, cornu_op_argmax(x, -1))
FUNCTION(cumsum, cornu_op_cumsum(x, 1))
FUNCTION(reshaped, cornu_op_reshape(x, cornu_shape(-1, 6)))
FUNCTION(turned, cornu_op_transpose(x, cornu_axes(0, 2, 1)))
FUNCTION(swapped, cornu_op_swapaxes(x, 1, 2))
FUNCTION(moved, cornu_op_moveaxis(x, 1, -1))
FUNCTION(expanded, cornu_op_expand_dims(x, 1))
FUNCTION(squeezed, cornu_op_squeeze(cornu_op_expand_dims(x, -1), cornu_axes(-1)))
FUNCTION(flipped, cornu_op_flip(x, cornu_axes(2)))
FUNCTION(tiled, cornu_op_tile(x, cornu_shape(1, 2, 1)))
FUNCTION(repeated, cornu_op_repeat(x, 2, 1))
FUNCTION(joined, cornu_op_concatenate(cornu_tensors(x, cornu_op_square(x)), -1))
FUNCTION(stacked, cornu_op_stack(cornu_tensors(x, x), 1))
FUNCTION(product, cornu_op_matmul(x, x, .transpose_b = true))
FUNCTION(einsum, cornu_op_einsum("bij,bkj->bik", cornu_tensors(x, x)))
FUNCTION(like, cornu_op_ones_like(x))
FUNCTION(sorted, cornu_op_sort(x, 1))
FUNCTION(order, cornu_op_argsort(x, -1))
FUNCTION(along, cornu_op_take_along_axis(x, cornu_op_argsort(x, -1), -1))
FUNCTION(hard, cornu_op_hard_tanh(x))
FUNCTION(celu, cornu_op_celu(x, 0.5))
FUNCTION(shrunk, cornu_op_soft_shrink(x, 0.25))
FUNCTION(gated, cornu_op_glu(cornu_op_concatenate(cornu_tensors(x, x), 2), -1))
FUNCTION(sparse, cornu_op_sparsemax(x, -1))
FUNCTION(cut, cornu_op_threshold(x, 1, -3))
FUNCTION(over_two, cornu_op_softmax_over(x, cornu_axes(1, 2)))
FUNCTION(pooled, cornu_op_max_pool(x, .pool_size = {{2}}, .strides = {{1}}))
FUNCTION(averaged, cornu_op_average_pool(x, .pool_size = {{2}}, .padding = "same"))
FUNCTION(adapted, cornu_op_adaptive_max_pool(x, (cornu_window){{1}}, NULL))
FUNCTION(resized, cornu_op_image_resize(x, 2, 6, .interpolation = "nearest"))
FUNCTION(inverse, cornu_op_inv(cornu_op_matmul(x, x, .transpose_b = true)))
FUNCTION(volume, cornu_op_det(cornu_op_matmul(x, x, .transpose_b = true)))
FUNCTION(root_of, cornu_op_cholesky(cornu_op_matmul(x, x, .transpose_b = true), true))
FUNCTION(solved, cornu_op_solve(cornu_op_matmul(x, x, .transpose_b = true), x))
FUNCTION(
    substituted, cornu_op_solve_triangular(cornu_op_matmul(x, x, .transpose_b = true), x, true)
)

static cornu_tensor *padded(cornu_tensor *x) {
    const int64_t before[] = {0, 1, 0}, after[] = {0, 0, 2};
    return cornu_op_pad(x, before, after, CORNU_PAD_CONSTANT, 7);
}
static cornu_tensor *mirrored(cornu_tensor *x) {
    const int64_t before[] = {0, 1, 0}, after[] = {0, 0, 2};
    return cornu_op_pad(x, before, after, CORNU_PAD_REFLECT, 0);
}
static cornu_tensor *sliced(cornu_tensor *x) {
    const int64_t start[] = {0, 1, 1};
    return cornu_op_slice(x, start, cornu_shape(cornu_tensor_dim(x, 0), 1, 2));
}
static cornu_tensor *kernel(cornu_shape shape) { return cornu_random_normal(shape, .seed = 4); }
static cornu_tensor *convolved(cornu_tensor *x) {
    return cornu_op_conv(x, kernel(cornu_shape(2, 3, 2)), .padding = "same");
}
static cornu_tensor *depthwise(cornu_tensor *x) {
    return cornu_op_depthwise_conv(x, kernel(cornu_shape(2, 3, 2)));
}
static cornu_tensor *unconvolved(cornu_tensor *x) {
    return cornu_op_conv_transpose(x, kernel(cornu_shape(2, 4, 3)), .strides = {{2}});
}
static cornu_tensor *normalized(cornu_tensor *x) {
    cornu_tensor *ones = cornu_op_ones(cornu_shape(3), CORNU_FLOAT32);
    return cornu_op_batch_normalization(x, ones, ones, .scale = ones);
}
/* one of several results */
static cornu_tensor *second(cornu_tensor *x) {
    cornu_tensor *pieces[3] = {NULL};
    return cornu_op_split(x, 3, -1, pieces) == CORNU_OK ? pieces[1] : NULL;
}
static cornu_tensor *variance(cornu_tensor *x) {
    cornu_tensor *mean, *of = NULL;
    return cornu_op_moments(x, cornu_axes(1), true, &mean, &of) == CORNU_OK ? of : NULL;
}
static cornu_tensor *singular(cornu_tensor *x) {
    cornu_tensor *u, *s, *vt;
    return cornu_op_svd(x, false, &u, &s, &vt) == CORNU_OK ? s : NULL;
}
static cornu_tensor *triangle(cornu_tensor *x) {
    cornu_tensor *q, *r;
    return cornu_op_qr(x, false, &q, &r) == CORNU_OK ? r : NULL;
}
static cornu_tensor *eigenvalues(cornu_tensor *x) {
    cornu_tensor *values, *vectors;
    x = cornu_op_matmul(x, x, .transpose_b = true);
    return cornu_op_eigh(x, &values, &vectors) == CORNU_OK ? values : NULL;
}
static cornu_tensor *pivots(cornu_tensor *x) {
    cornu_tensor *lu, *exchanged;
    return cornu_op_lu_factor(x, &lu, &exchanged) == CORNU_OK ? exchanged : NULL;
}
static cornu_tensor *log_volume(cornu_tensor *x) {
    cornu_tensor *sign, *logarithm;
    x = cornu_op_matmul(x, x, .transpose_b = true);
    return cornu_op_slogdet(x, &sign, &logarithm) == CORNU_OK ? logarithm : NULL;
}

static cornu_tensor *every_other(cornu_tensor *x) {
    const int64_t none = CORNU_SLICE_NONE;
    const int64_t start[] = {none, none, 1}, stop[] = {none, 1, none}, step[] = {none, none, 2};
    return cornu_op_strided_slice(x, start, stop, step);
}

static cornu_tensor *with_constant(cornu_tensor *x) {
    static const float row[] = {1, 10, 100};
    return cornu_op_multiply(
        x, cornu_scope_add_(cornu_tensor_from(CORNU_FLOAT32, cornu_shape(3), row))
    );
}

static const struct {
    cornu_tensor *(*function)(cornu_tensor *x);
    const char *class_name; /* of the last node */
} functions[] = {
    {add_one, "Add"},
    {from_two, "Subtract"},
    {half, "Divide"},
    {safe, "DivideNoNan"},
    {square, "Square"},
    {root, "Sqrt"},
    {larger, "Maximum"},
    {positive, "Greater"},
    {chosen, "Where"},
    {clipped, "Clip"},
    {whole, "Cast"},
    {gelu, "Gelu"},
    {elu, "Elu"},
    {silu, "Silu"},
    {leaky, "LeakyRelu"},
    {softmax, "Softmax"},
    {mean, "Mean"},
    {sum, "Sum"},
    {var, "Var"},
    {logsumexp, "Logsumexp"},
    {argmax, "Argmax"},
    {cumsum, "Cumsum"},
    {reshaped, "Reshape"},
    {turned, "Transpose"},
    {swapped, "Swapaxes"},
    {moved, "Moveaxis"},
    {expanded, "ExpandDims"},
    {squeezed, "Squeeze"},
    {flipped, "Flip"},
    {tiled, "Tile"},
    {repeated, "Repeat"},
    {joined, "Concatenate"},
    {stacked, "Stack"},
    {product, "Matmul"},
    {einsum, "Einsum"},
    {like, "OnesLike"},
    {every_other, "GetItem"},
    {sorted, "Sort"},
    {order, "Argsort"},
    {along, "TakeAlongAxis"},
    {hard, "HardTanh"},
    {celu, "Celu"},
    {shrunk, "SoftShrink"},
    {gated, "Glu"},
    {sparse, "Sparsemax"},
    {cut, "Threshold"},
    {over_two, "Softmax"},
    {pooled, "MaxPool"},
    {averaged, "AveragePool"},
    {adapted, "AdaptiveMaxPool"},
    {resized, "Resize"},
    {inverse, "Inv"},
    {volume, "Det"},
    {root_of, "Cholesky"},
    {solved, "Solve"},
    {substituted, "SolveTriangular"},
    {padded, "Pad"},
    {mirrored, "Pad"},
    {sliced, "GetItem"},
    {convolved, "Conv"},
    {depthwise, "DepthwiseConv"},
    {unconvolved, "ConvTranspose"},
    {normalized, "BatchNorm"},
    {second, "Split"},
    {variance, "Moments"},
    {singular, "SVD"},
    {triangle, "Qr"},
    {eigenvalues, "Eigh"},
    {pivots, "LuFactor"},
    {log_volume, "Slogdet"},
    {with_constant, "Multiply"},
};
enum { FUNCTION_COUNT = sizeof functions / sizeof *functions };

START_TEST(an_op_is_the_operation_of_its_name) {
    check(functions[_i].function, functions[_i].class_name, values());
}
END_TEST

START_TEST(a_table_is_read_by_the_numbers_in_a_graph) {
    const int32_t numbers[] = {2, 0};
    const float rows[] = {1, 2, 3, 4, 5, 6};
    cornu_tensor *table = cornu_scope_add_(cornu_test_tensor(cornu_shape(3, 2), rows));
    cornu_tensor *ids =
        cornu_scope_add_(cornu_tensor_from(CORNU_INT32, cornu_shape(1, 2), numbers));
    cornu_tensor *in = cornu_input_tensor(2, .dtype = CORNU_INT32);
    cornu_tensor *out = cornu_op_take(table, in, 0);
    cornu_tensor *hot = cornu_op_one_hot(in, 3, CORNU_FLOAT32);
    cornu_model *model = cornu_functional(cornu_tensors(in), cornu_tensors(out, hot));
    assert_ok(model);
    cornu_tensor *got[2];
    assert_ok(cornu_model_run_(model, &ids, NULL, got));
    assert_values(got[0], 0, 5, 6, 1, 2);
    assert_values(got[1], 0, 0, 0, 1, 1, 0, 0);
    cornu_model_free(model);
}
END_TEST

/* Residual: x + f(x), and the file that holds it. */
START_TEST(ops_and_layers_mix_train_and_are_saved) {
    cornu_tensor *in = cornu_input_tensor(3);
    cornu_tensor *h = cornu_call(cornu_layer_dense(3, .activation = "tanh"), in);
    cornu_tensor *out = cornu_op_mean(cornu_op_add(in, h), .axis = cornu_axes(1), .keepdims = true);
    cornu_model *model = cornu_functional(cornu_tensors(in), cornu_tensors(out));
    assert_ok(cornu_compile(model, .loss = cornu_loss_mean_squared_error()));
    cornu_tensor *x = cornu_random_normal(cornu_shape(8, 3), .seed = 1);
    cornu_tensor *y = cornu_random_normal(cornu_shape(8, 1), .seed = 2);
    assert_ok(cornu_train_on_batch(model, x, y, NULL, NULL));
    assert_ok(cornu_save(model, "residual.keras"));
    cornu_model *loaded = cornu_load("residual.keras");
    assert_ok(loaded);
    assert_same(
        cornu_scope_add_(cornu_predict(loaded, x)), cornu_scope_add_(cornu_predict(model, x)), 0, 0
    );
    cornu_model_free(loaded);
    cornu_model_free(model);
}
END_TEST

START_TEST(what_cannot_be_an_operation_is_refused) {
    cornu_tensor *in = cornu_input_tensor(4);
    cornu_tensor *w = cornu_scope_add_(cornu_variable(cornu_scalar(2), .name = "w"));
    assert_fails(cornu_op_multiply(in, w), CORNU_EUNSUPPORTED, "variable 'w'");
    cornu_tensor *outputs[3];
    cornu_recurrence of = {
        .x = in, .kernel = in, .recurrent_kernel = in, .bias = in, .h = in, .c = in};
    assert_fails(cornu_op_lstm(&of, outputs), CORNU_EUNSUPPORTED, "symbolic");
    assert_fails(cornu_op_reshape(in, cornu_shape(-1, 7)), CORNU_ESHAPE, "reshape");
    assert_fails(cornu_op_add(in, NULL), CORNU_EINVAL, "add");
}
END_TEST

CORNU_TESTS(symbolic_ops) {
    TCase *tc = cornu_test_case(suite, "symbolic ops");
    tcase_add_loop_test(tc, an_op_is_the_operation_of_its_name, 0, FUNCTION_COUNT);
    tcase_add_test(tc, a_table_is_read_by_the_numbers_in_a_graph);
    tcase_add_test(tc, ops_and_layers_mix_train_and_are_saved);
    tcase_add_test(tc, what_cannot_be_an_operation_is_refused);
}
