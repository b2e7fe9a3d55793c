/* The base of layers: lists of weights, freezing, sublayers, losses, masks, building. */
#include "nn/layer.h"
#include "nn/placeholder.h"

#include <cornu/cornu.h>
#include <string.h>

#include "support/support.h"

/* A layer with weights of both kinds around a Dense layer. */
typedef struct {
    cornu_layer base;
    cornu_layer *inner;
} nest;

static cornu_status nest_build(cornu_layer *layer, const cornu_shape *shapes, size_t count) {
    nest *self = (nest *)layer;
    (void)count;
    if (!cornu_layer_add_weight(layer, "moving", cornu_shape(2), .trainable = false))
        return cornu_error_status();
    if (!cornu_layer_add_weight(layer, "gamma", cornu_shape(2), .regularizer = NULL))
        return cornu_error_status();
    self->inner = cornu_layer_dense(
        2, .name = "inner", .kernel_regularizer = cornu_regularizer_l1(1),
        .kernel_initializer = cornu_initializer_ones()
    );
    CORNU_TRY(cornu_layer_add_layer(layer, "inner", self->inner));
    return cornu_layer_build(self->inner, shapes, 1);
}

static cornu_tensor *nest_call(
    cornu_layer *layer, cornu_tensor *const *inputs, const cornu_call_context *context
) {
    (void)context;
    return cornu_call(((nest *)layer)->inner, inputs[0]);
}

static const cornu_layer_class nest_class = {
    .size = sizeof(nest),
    .name = "Nest",
    .build = nest_build,
    .call = nest_call,
};

static cornu_layer *built(void) {
    cornu_layer *layer = cornu_layer_create(&nest_class, NULL);
    ck_assert_msg(layer != NULL, "%s", cornu_error_message());
    cornu_shape shape = cornu_shape(-1, 3);
    assert_ok(cornu_layer_build(layer, &shape, 1));
    return layer;
}

static void names_are(cornu_tensor_list list, const char *wanted) {
    char names[256] = "";
    for (size_t i = 0; i < list.count; i++) {
        strcat(names, cornu_variable_name(list.items[i]));
        strcat(names, " ");
    }
    ck_assert_str_eq(names, wanted);
}

START_TEST(weights_come_own_trainable_first_then_those_below) {
    cornu_layer *layer = built();
    names_are(cornu_layer_weights(layer), "gamma moving kernel bias ");
    names_are(cornu_layer_trainable_weights(layer), "gamma kernel bias ");
    names_are(cornu_layer_non_trainable_weights(layer), "moving ");
    ck_assert_int_eq(cornu_layer_parameter_count(layer), 2 + 2 + 6 + 2);
    cornu_layer_free(layer);
}
END_TEST

START_TEST(freezing_reaches_everything_below_and_can_be_undone) {
    cornu_layer *layer = built();
    assert_ok(cornu_layer_set_trainable(layer, false));
    names_are(cornu_layer_trainable_weights(layer), "");
    names_are(cornu_layer_weights(layer), "gamma moving kernel bias ");
    ck_assert(!cornu_variable_trainable(cornu_layer_weights(layer).items[2]));
    assert_ok(cornu_layer_set_trainable(layer, true));
    names_are(cornu_layer_trainable_weights(layer), "gamma kernel bias ");
    assert_ok(cornu_layer_set_trainable(((nest *)layer)->inner, false));
    names_are(cornu_layer_trainable_weights(layer), "gamma ");
    cornu_layer_free(layer);
}
END_TEST

START_TEST(setting_weights_is_all_or_nothing) {
    cornu_layer *layer = cornu_layer_dense(2, .name = "d");
    cornu_shape shape = cornu_shape(-1, 3);
    assert_ok(cornu_layer_build(layer, &shape, 1));
    cornu_tensor *kernel = cornu_op_zeros(cornu_shape(3, 2), CORNU_FLOAT32),
                 *wrong = cornu_op_zeros(cornu_shape(3), CORNU_FLOAT32);
    cornu_tensor *before = cornu_tensor_copy(cornu_layer_weights(layer).items[0]);
    assert_fails(
        cornu_layer_set_weights(layer, cornu_tensors(kernel, wrong)), CORNU_ESHAPE,
        "layer 'd' (Dense): weight 'bias' has the shape"
    );
    assert_fails(
        cornu_layer_set_weights(layer, cornu_tensors(kernel)), CORNU_EINVAL,
        "has 2 weights, got values for 1"
    );
    assert_same(cornu_layer_weights(layer).items[0], before, 0, 0);
    cornu_tensor_free(before);
    cornu_layer_free(layer);
}
END_TEST

START_TEST(losses_are_regularizers_of_trained_weights_and_what_was_added) {
    cornu_layer *layer = built();
    assert_values(cornu_layer_collect_losses_(layer), 1e-6, 6);
    assert_ok(cornu_layer_add_loss(((nest *)layer)->inner, cornu_scalar(0.5)));
    assert_values(cornu_layer_collect_losses_(layer), 1e-6, 6.5);
    assert_ok(cornu_layer_set_trainable(layer, false));
    assert_values(cornu_layer_collect_losses_(layer), 1e-6, 0.5);
    cornu_layer_clear_losses_(layer);
    ck_assert_ptr_null(cornu_layer_collect_losses_(layer));
    assert_fails(
        cornu_layer_add_loss(layer, cornu_op_ones(cornu_shape(2), CORNU_FLOAT32)), CORNU_ESHAPE,
        "scalar"
    );
    cornu_layer_free(layer);
}
END_TEST

START_TEST(an_activity_regularizer_adds_its_term_at_each_call) {
    cornu_layer *layer = cornu_layer_dense(
        2, .activity_regularizer = cornu_regularizer_l1(0.5),
        .kernel_initializer = cornu_initializer_ones()
    );
    assert_ok(cornu_call(layer, cornu_op_ones(cornu_shape(2, 3), CORNU_FLOAT32)));
    /* 0.5 * 12 over a batch of 2 samples */
    assert_values(cornu_layer_collect_losses_(layer), 1e-6, 3);
    cornu_layer_free(layer);
}
END_TEST

START_TEST(a_failed_build_leaves_nothing_behind_and_can_be_repeated) {
    cornu_layer *layer = cornu_layer_create(&nest_class, NULL);
    cornu_shape wrong = cornu_shape(3), right = cornu_shape(-1, 3);
    assert_fails(
        cornu_layer_build(layer, &wrong, 1), CORNU_ESHAPE, "layer Nest: layer 'inner' (Dense): "
    );
    ck_assert_int_eq(cornu_layer_weights(layer).count, 0);
    assert_ok(cornu_layer_build(layer, &right, 1));
    ck_assert_int_eq(cornu_layer_weights(layer).count, 4);
    cornu_layer_free(layer);
}
END_TEST

START_TEST(masks_pass_or_stop_as_the_class_says) {
    cornu_layer *dense = cornu_layer_dense(2), *flatten = cornu_layer_flatten();
    cornu_tensor *x = cornu_op_ones(cornu_shape(2, 3), CORNU_FLOAT32),
                 *mask = cornu_op_ones(cornu_shape(2), CORNU_BOOL), *out;
    cornu_call_context context = {.input_count = 1, .masks = &mask};
    assert_ok(cornu_layer_output_mask_(dense, &x, &context, &out));
    ck_assert_ptr_eq(out, mask);
    assert_ok(cornu_layer_output_mask_(flatten, &x, &context, &out));
    ck_assert_ptr_null(out);
    cornu_layer_free(dense);
    cornu_layer_free(flatten);
}
END_TEST

START_TEST(inference_keeps_what_does_not_depend_on_the_unknown) {
    cornu_layer *layer = cornu_layer_dense(4);
    cornu_shape shape = cornu_shape(-1, -1, 3), out;
    cornu_dtype dtype = CORNU_FLOAT32;
    assert_ok(cornu_layer_infer_(layer, &shape, &dtype, 1, &out, &dtype));
    ck_assert(cornu_shape_equal(&out, &(cornu_shape){3, {-1, -1, 4}}));
    cornu_layer_free(layer);
    layer = cornu_layer_dense(4, .name = "d");
    shape = cornu_shape(-1, -1);
    assert_fails(
        cornu_layer_infer_(layer, &shape, &dtype, 1, &out, &dtype), CORNU_ESHAPE, "(None, None)"
    );
    cornu_layer_free(layer);
}
END_TEST

START_TEST(null_passes_through) {
    assert_fails(cornu_call(cornu_layer_dense(-1), cornu_scalar(1)), CORNU_EINVAL, "units");
    cornu_layer *layer = cornu_layer_dense(1);
    assert_fails(cornu_call(layer, NULL), CORNU_EINVAL, "input is NULL");
    cornu_layer_free(layer);
}
END_TEST

START_TEST(a_placeholder_gets_its_initial_value_only_if_nothing_else_came) {
    cornu_placeholders unset = {0};
    cornu_shape shape = cornu_shape(-1, 3);
    cornu_layer *layer = cornu_layer_dense(
        1100, .kernel_initializer = cornu_initializer_ones(),
        .bias_initializer = cornu_initializer_ones()
    );
    cornu_placeholders_begin_(&unset);
    assert_ok(cornu_layer_build(layer, &shape, 1));
    cornu_placeholders_end_(&unset);
    ck_assert_uint_eq(unset.count, 2);
    cornu_tensor_list weights = cornu_layer_weights(layer);
    CORNU_SCOPE {
        cornu_tensor *sevens = cornu_op_full(cornu_shape(3, 1100), 7, CORNU_FLOAT32);
        assert_ok(cornu_assign(weights.items[0], sevens));
    }
    assert_ok(cornu_placeholders_settle_(&unset));
    ck_assert_double_eq(cornu_tensor_get(weights.items[0], 3299), 7);
    ck_assert_double_eq(cornu_tensor_get(weights.items[1], 1099), 1);
    cornu_placeholders_free_(&unset);
    cornu_layer_free(layer);
    layer = cornu_layer_dense(1100, .kernel_initializer = cornu_initializer_ones());
    assert_ok(cornu_layer_build(layer, &shape, 1));
    ck_assert_double_eq(cornu_tensor_get(cornu_layer_weights(layer).items[0], 0), 1);
    cornu_layer_free(layer);
}
END_TEST

/* TimeDistributed takes layer.call, which knows of no activity_regularizer, and calls layers inside
 * once for each step: keras/src/layers/rnn/time_distributed.py */
START_TEST(a_wrapped_layer_adds_no_activity_term_but_those_below_do) {
    cornu_tensor *x = cornu_op_ones(cornu_shape(2, 3, 1), CORNU_FLOAT32);
    cornu_layer *alone = cornu_layer_time_distributed(
        cornu_layer_dense(1, .activity_regularizer = cornu_regularizer_l1(0.5))
    );
    assert_ok(cornu_call(alone, x));
    ck_assert_ptr_null(cornu_layer_collect_losses_(alone));
    assert_ok(cornu_error_status());
    cornu_layer_free(alone);
    cornu_layer *below = cornu_layer_time_distributed(cornu_model_layer(cornu_sequential(
        cornu_input(1), cornu_layer_dense(
                            1, .activity_regularizer = cornu_regularizer_l1(0.5),
                            .kernel_initializer = cornu_initializer_ones()
                        )
    )));
    assert_ok(cornu_call(below, x));
    assert_values(cornu_layer_collect_losses_(below), 1e-6, 1.5); /* 0.5 for each step */
    cornu_layer_free(below);
}
END_TEST

START_TEST(a_tensor_by_a_name_that_the_layer_does_not_know_is_refused) {
    cornu_tensor *x = cornu_op_ones(cornu_shape(1, 2, 1), CORNU_FLOAT32), *y;
    cornu_call_argument argument = {.name = "sequence", .tensor = x};
    cornu_call_context context = {.arguments = &argument, .argument_count = 1};
    cornu_layer *dense = cornu_layer_dense(1);
    cornu_layer *wrapper = cornu_layer_time_distributed(cornu_layer_dense(1));
    assert_fails(
        cornu_layer_call_many(dense, cornu_tensors(x), &context, &y), CORNU_EINVAL,
        "takes no tensor by the name 'sequence'"
    );
    x = cornu_op_expand_dims(x, -1);
    assert_fails(
        cornu_layer_call_many(wrapper, cornu_tensors(x), &context, &y), CORNU_EINVAL, "'sequence'"
    );
    argument.name = "mask";
    assert_ok(cornu_layer_call_many(dense, cornu_tensors(x), &context, &y));
    cornu_layer_free(dense);
    cornu_layer_free(wrapper);
}
END_TEST

/* One row that attends to itself, all projections ones and of size 1: everything is 1. In
 * multi_head_attention.py the regularizer is that of the four projections, in
 * grouped_query_attention.py also that of the layer, whose outputs may be two. */
START_TEST(attention_regularizes_its_projections) {
    cornu_tensor *x = cornu_op_ones(cornu_shape(1, 1, 1), CORNU_FLOAT32), *outputs[2];
    cornu_layer *many = cornu_layer_multi_head_attention(
        1, .key_dim = 1, .use_bias = false, .kernel_initializer = cornu_initializer_ones(),
        .activity_regularizer = cornu_regularizer_l1(1)
    );
    cornu_layer *grouped = cornu_layer_group_query_attention(
        1, .num_query_heads = 1, .num_key_value_heads = 1, .use_bias = false,
        .kernel_initializer = cornu_initializer_ones(),
        .activity_regularizer = cornu_regularizer_l1(1)
    );
    const struct {
        cornu_layer *layer;
        const char *keywords;
        double loss;
    } cases[] = {
        {many, "{}", 4},
        {many, "{\"return_attention_scores\": true}", 4},
        {grouped, "{}", 5},
        {grouped, "{\"return_attention_scores\": true}", 6},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        cornu_layer *layer = cases[i].layer;
        assert_ok(
            cornu_layer_call_keywords(layer, cornu_tensors(x, x), cases[i].keywords, false, outputs)
        );
        assert_values(cornu_layer_collect_losses_(layer), 1e-6, cases[i].loss);
        cornu_layer_clear_losses_(layer);
    }
    cornu_layer_free(many);
    cornu_layer_free(grouped);
}
END_TEST

CORNU_TESTS(layer) {
    TCase *tc = cornu_test_case(suite, "layer");
    tcase_add_test(tc, weights_come_own_trainable_first_then_those_below);
    tcase_add_test(tc, freezing_reaches_everything_below_and_can_be_undone);
    tcase_add_test(tc, setting_weights_is_all_or_nothing);
    tcase_add_test(tc, a_placeholder_gets_its_initial_value_only_if_nothing_else_came);
    tcase_add_test(tc, losses_are_regularizers_of_trained_weights_and_what_was_added);
    tcase_add_test(tc, an_activity_regularizer_adds_its_term_at_each_call);
    tcase_add_test(tc, a_wrapped_layer_adds_no_activity_term_but_those_below_do);
    tcase_add_test(tc, attention_regularizes_its_projections);
    tcase_add_test(tc, a_tensor_by_a_name_that_the_layer_does_not_know_is_refused);
    tcase_add_test(tc, a_failed_build_leaves_nothing_behind_and_can_be_repeated);
    tcase_add_test(tc, masks_pass_or_stop_as_the_class_says);
    tcase_add_test(tc, inference_keeps_what_does_not_depend_on_the_unknown);
    tcase_add_test(tc, null_passes_through);
}
