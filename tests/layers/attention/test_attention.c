/* Attention layers: what a position attends to under masks, options of calls, groups of heads. */
#include <cornu/cornu.h>
#include <string.h>

#include "base/object.h"
#include "nn/class.h"
#include "nn/json.h"
#include "support/support.h"

/* [1, 3, 2] */
static cornu_tensor *three(const float *values) {
    return cornu_scope_add_(cornu_test_tensor(cornu_shape(1, 3, 2), values));
}

static const float values[] = {1, 10, 2, 20, 3, 30};

/* Calls with keyword arguments; the scores go to *scores unless it is NULL. */
static cornu_tensor *call(
    cornu_layer *layer, cornu_tensor_list inputs, const char *keywords, cornu_tensor **scores
) {
    cornu_tensor *outputs[2] = {NULL};
    if (cornu_layer_call_keywords(layer, inputs, keywords, false, outputs) != CORNU_OK) return NULL;
    if (scores != NULL) *scores = outputs[1];
    return outputs[0];
}

START_TEST(equal_scores_give_the_mean_of_the_values) {
    cornu_layer *dot = cornu_layer_attention(), *additive = cornu_layer_additive_attention();
    cornu_tensor *zero = cornu_op_zeros(cornu_shape(1, 3, 2), CORNU_FLOAT32);
    cornu_tensor *value = three(values);
    assert_values(cornu_call(dot, zero, value, zero), 1e-6, 2, 20, 2, 20, 2, 20);
    assert_values(cornu_call(additive, zero, value, zero), 1e-6, 2, 20, 2, 20, 2, 20);
    cornu_layer_free(dot);
    cornu_layer_free(additive);
}
END_TEST

START_TEST(a_causal_mask_hides_what_is_later) {
    cornu_layer *layer = cornu_layer_attention();
    cornu_tensor *zero = cornu_op_zeros(cornu_shape(1, 3, 2), CORNU_FLOAT32);
    cornu_tensor_list inputs = cornu_tensors(zero, three(values), zero);
    cornu_tensor *scores = NULL;
    const char *keywords = "{\"use_causal_mask\": true, \"return_attention_scores\": true}";
    assert_values(call(layer, inputs, keywords, &scores), 1e-6, 1, 10, 1.5, 15, 2, 20);
    assert_values(scores, 1e-6, 1, 0, 0, 0.5, 0.5, 0, 1. / 3, 1. / 3, 1. / 3);
    assert_fails(call(layer, inputs, "[1]", NULL), CORNU_EINVAL, "must be a JSON object");
    cornu_layer_free(layer);
}
END_TEST

START_TEST(masks_of_query_and_value_are_heeded) {
    cornu_layer *layer = cornu_layer_attention();
    cornu_tensor *zero = cornu_op_zeros(cornu_shape(1, 3, 2), CORNU_FLOAT32), *y = NULL;
    cornu_tensor *of_query = cornu_op_cast(
        cornu_scope_add_(cornu_test_tensor(cornu_shape(1, 3), (float[]){1, 0, 1})), CORNU_BOOL
    );
    cornu_tensor *of_value = cornu_op_cast(
        cornu_scope_add_(cornu_test_tensor(cornu_shape(1, 3), (float[]){1, 1, 0})), CORNU_BOOL
    );
    cornu_tensor *const masks[] = {of_query, of_value, NULL};
    const cornu_call_context context = {.masks = masks};
    cornu_tensor_list inputs = cornu_tensors(zero, three(values), zero);
    assert_ok(cornu_layer_call_many(layer, inputs, &context, &y));
    assert_values(y, 1e-6, 1.5, 15, 0, 0, 1.5, 15);
    cornu_layer_free(layer);
}
END_TEST

/* A layer of one head of one number whose projections change nothing. */
static cornu_layer *plain_heads(void) {
    return cornu_layer_multi_head_attention(
        1, 1, .use_bias = false, .kernel_initializer = cornu_initializer_ones()
    );
}

/* [1, 3, 1] */
static cornu_tensor *column(const float *numbers) {
    return cornu_scope_add_(cornu_test_tensor(cornu_shape(1, 3, 1), numbers));
}

START_TEST(an_attention_mask_says_who_attends_to_whom) {
    cornu_layer *layer = plain_heads();
    cornu_tensor *query = column((float[]){0, 0, 0}), *value = column((float[]){1, 2, 3}),
                 *y = NULL;
    cornu_tensor *mask = cornu_scope_add_(
        cornu_test_tensor(cornu_shape(1, 3, 3), (float[]){1, 0, 0, 0, 1, 1, 0, 0, 0})
    );
    const cornu_call_argument argument = {.name = "attention_mask", .tensor = mask};
    const cornu_call_context context = {.arguments = &argument, .argument_count = 1};
    assert_ok(cornu_layer_call_many(layer, cornu_tensors(query, value), &context, &y));
    assert_values(y, 1e-6, 1, 2.5, 2); /* the last, for which all is masked, sees everything */
    cornu_layer_free(layer);
}
END_TEST

START_TEST(a_query_for_which_all_is_masked_is_uniform_unless_scores_are_asked_for) {
    cornu_layer *layer = plain_heads();
    cornu_tensor *query = column((float[]){1, 2, 3}), *value = column((float[]){1, 2, 3}),
                 *y[2] = {NULL};
    cornu_tensor *mask = cornu_op_zeros(cornu_shape(1, 3, 3), CORNU_FLOAT32);
    const cornu_call_argument argument = {.name = "attention_mask", .tensor = mask};
    cornu_call_context context = {.arguments = &argument, .argument_count = 1};
    assert_ok(cornu_layer_call_many(layer, cornu_tensors(query, value), &context, y));
    assert_values(y[0], 1e-6, 2, 2, 2);
    cJSON *kwargs = cJSON_Parse("{\"return_attention_scores\": true}");
    context.kwargs = cornu_config_of_(kwargs);
    assert_ok(cornu_layer_call_many(layer, cornu_tensors(query, value), &context, y));
    assert_values(y[0], 1e-6, 0, 0, 0);
    cJSON_Delete(kwargs);
    cornu_layer_free(layer);
}
END_TEST

START_TEST(a_sliding_window_hides_what_is_far) {
    cornu_layer *layer = cornu_layer_multi_head_attention(
        1, 1, .use_bias = false, .sliding_window = 2, .kernel_initializer = cornu_initializer_ones()
    );
    cornu_tensor *query = column((float[]){0, 0, 0}), *value = column((float[]){1, 2, 3});
    assert_values(cornu_call(layer, query, value), 1e-6, 1.5, 2, 2.5);
    assert_values(
        call(layer, cornu_tensors(query, value), "{\"use_causal_mask\": true}", NULL), 1e-6, 1, 1.5,
        2.5
    );
    cornu_layer_free(layer);
}
END_TEST

START_TEST(groups_of_one_query_head_are_heads) {
    cornu_layer *heads = cornu_layer_multi_head_attention(2, 3);
    cornu_layer *groups =
        cornu_layer_group_query_attention(3, .num_query_heads = 2, .num_key_value_heads = 2);
    cornu_tensor *x = cornu_random_normal(cornu_shape(2, 4, 5), .seed = 1);
    cornu_tensor *y = cornu_call(heads, x, x);
    assert_shape(y, cornu_shape(2, 4, 5));
    assert_ok(cornu_call(groups, x, x));
    assert_ok(cornu_layer_set_weights(groups, cornu_layer_weights(heads)));
    assert_same(cornu_call(groups, x, x), y, 1e-6, 1e-6);
    cornu_layer_free(heads);
    cornu_layer_free(groups);
}
END_TEST

START_TEST(scores_have_the_axes_of_heads_queries_and_keys) {
    cornu_layer *layer = cornu_layer_multi_head_attention(
        2, 3, .value_dim = 4, .output_shape = cornu_shape(6), .attention_axes = cornu_axes(1, 2)
    );
    cornu_tensor *query = cornu_random_normal(cornu_shape(2, 3, 4, 5), .seed = 1);
    cornu_tensor *value = cornu_random_normal(cornu_shape(2, 2, 4, 3), .seed = 2), *scores = NULL;
    cornu_tensor *y =
        call(layer, cornu_tensors(query, value), "{\"return_attention_scores\": true}", &scores);
    assert_shape(y, cornu_shape(2, 3, 4, 6));
    assert_shape(scores, cornu_shape(2, 2, 3, 4, 2, 4));
    cornu_tensor *total = cornu_op_sum(scores, cornu_axes(4, 5));
    assert_same(total, cornu_op_ones_like(total), 1e-6, 1e-6);
    cornu_layer_free(layer);
}
END_TEST

/* The sum of the squares of what a layer makes of a query and a value. */
static cornu_tensor *probe(cornu_tensor *const *inputs, size_t count, void *user) {
    (void)count;
    return cornu_op_sum(cornu_op_square(cornu_call((cornu_layer *)user, inputs[0], inputs[1])));
}

START_TEST(gradients_match_finite_differences) {
    cornu_layer *layers[] = {
        cornu_layer_multi_head_attention(2, 3, .use_gate = true, .dtype = "float64"),
        cornu_layer_group_query_attention(
            3, .num_query_heads = 4, .num_key_value_heads = 2, .dtype = "float64"
        ),
        cornu_layer_attention(.use_scale = true, .score_mode = "concat", .dtype = "float64"),
        cornu_layer_additive_attention(.dtype = "float64"),
    };
    for (size_t i = 0; i < sizeof layers / sizeof *layers; i++) {
        cornu_tensor *query =
            cornu_random_normal(cornu_shape(2, 3, 4), .dtype = CORNU_FLOAT64, .seed = 1);
        cornu_tensor *value =
            cornu_random_normal(cornu_shape(2, 2, 4), .dtype = CORNU_FLOAT64, .seed = 2);
        double error;
        assert_ok(
            cornu_check_gradient(probe, layers[i], cornu_tensors(query, value), 1, 1e-6, &error)
        );
        cornu_layer_free(layers[i]);
    }
}
END_TEST

START_TEST(a_model_writes_query_and_value_one_by_one) {
    cornu_tensor *query = cornu_input_tensor(4, 3), *value = cornu_input_tensor(5, 6), *y = NULL;
    cornu_layer *layer = cornu_layer_multi_head_attention(2, 3, .name = "look");
    assert_ok(cornu_layer_call_keywords(
        layer, cornu_tensors(query, value), "{\"use_causal_mask\": true}", false, &y
    ));
    cornu_model *model = cornu_functional(cornu_tensors(query, value), cornu_tensors(y));
    assert_ok(model);
    char *json = cornu_model_to_json(model);
    ck_assert_ptr_nonnull(strstr(
        json, "\"shapes_dict\": {\"query_shape\": [null, 4, 3], \"value_shape\": [null, 5, 6]}"
    ));
    ck_assert_ptr_nonnull(strstr(json, "\"args\": [{\"class_name\": \"__keras_tensor__\""));
    ck_assert_ptr_nonnull(strstr(json, "\"kwargs\": {\"use_causal_mask\": true}"));
    ck_assert_ptr_nonnull(strstr(json, "\"attention_axes\": [1]"));
    cornu_model *again = cornu_model_from_json(json);
    assert_ok(again);
    char *second = cornu_model_to_json(again);
    ck_assert_str_eq(json, second);
    cornu_free(json);
    cornu_free(second);
    cornu_model_free(again);
    cornu_model_free(model);
}
END_TEST

START_TEST(what_does_not_fit_is_named) {
    assert_fails(cornu_layer_multi_head_attention(0, 3), CORNU_EINVAL, "got 0, 3, 3");
    assert_fails(
        cornu_layer_group_query_attention(3, .num_query_heads = 3, .num_key_value_heads = 2),
        CORNU_EINVAL, "must be a multiple"
    );
    assert_fails(cornu_layer_attention(.score_mode = "cosine"), CORNU_EINVAL, "\"cosine\"");
    cornu_layer *layer = cornu_layer_multi_head_attention(2, 3, .name = "look");
    cornu_tensor *x = cornu_op_ones(cornu_shape(2, 4), CORNU_FLOAT32);
    assert_fails(cornu_call(layer, x), CORNU_EINVAL, "takes query, value and perhaps key, got 1");
    assert_fails(cornu_call(layer, x, x), CORNU_ESHAPE, "layer 'look' (MultiHeadAttention): ");
    cornu_layer_free(layer);
}
END_TEST

CORNU_TESTS(attention) {
    TCase *tc = cornu_test_case(suite, "attention");
    tcase_add_test(tc, equal_scores_give_the_mean_of_the_values);
    tcase_add_test(tc, a_causal_mask_hides_what_is_later);
    tcase_add_test(tc, masks_of_query_and_value_are_heeded);
    tcase_add_test(tc, an_attention_mask_says_who_attends_to_whom);
    tcase_add_test(tc, a_query_for_which_all_is_masked_is_uniform_unless_scores_are_asked_for);
    tcase_add_test(tc, a_sliding_window_hides_what_is_far);
    tcase_add_test(tc, groups_of_one_query_head_are_heads);
    tcase_add_test(tc, scores_have_the_axes_of_heads_queries_and_keys);
    tcase_add_test(tc, gradients_match_finite_differences);
    tcase_add_test(tc, a_model_writes_query_and_value_one_by_one);
    tcase_add_test(tc, what_does_not_fit_is_named);
}
