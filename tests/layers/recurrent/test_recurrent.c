/* Recurrent layers: what they compute step by step, states, masks, directions, dropout. */
#include <cornu/cornu.h>
#include <string.h>

#include "base/object.h"
#include "support/check_layer.h"
#include "support/support.h"

/* Weights of which the gradient check sees more than zeros. */
#define RANDOM                                                                                     \
    "\"bias_initializer\": {\"class_name\": \"RandomUniform\", \"config\": {\"minval\": -0.5, "    \
    "\"maxval\": 0.5, \"seed\": 5}}"

START_TEST(every_form_passes_the_layer_check) {
    static const char *const classes[] = {"SimpleRNN", "LSTM", "GRU"};
    for (size_t i = 0; i < sizeof classes / sizeof *classes; i++) {
        check_layer(
                .class_name = classes[i], .config = "{\"units\": 3, " RANDOM "}",
                .input = {3, {2, 4, 5}}, .output = {2, {2, 3}}, .weights = 3, .too_few_axes = 2
        );
        check_layer(
                .class_name = classes[i],
                .config = "{\"units\": 2, \"return_sequences\": true, \"go_backwards\": true, "
                          "\"use_bias\": false}",
                .input = {3, {2, 3, 2}}, .output = {3, {2, 3, 2}}, .weights = 2
        );
        check_layer(
                .class_name = classes[i],
                .config = "{\"units\": 2, \"activation\": \"softsign\", "
                          "\"dropout\": 0.5, \"recurrent_dropout\": 0.5, \"seed\": 1}",
                .input = {3, {2, 3, 2}}, .output = {2, {2, 2}}, .weights = 3, .training = true
        );
    }
    check_layer(
            .class_name = "GRU", .config = "{\"units\": 3, \"reset_after\": false, " RANDOM "}",
            .input = {3, {2, 4, 2}}, .output = {2, {2, 3}}, .weights = 3
    );
    check_layer(
            .class_name = "LSTM",
            .config = "{\"units\": 3, \"recurrent_activation\": \"hard_sigmoid\", "
                      "\"unit_forget_bias\": false}",
            .input = {3, {1, 2, 2}}, .output = {2, {1, 3}}, .weights = 3, .no_gradient = true
    );
}
END_TEST

START_TEST(cells_within_layers_pass_the_layer_check) {
    static const char stacked[] =
        "{\"return_sequences\": true, \"cell\": {\"class_name\": \"StackedRNNCells\", \"config\": "
        "{\"cells\": [{\"class_name\": \"LSTMCell\", \"config\": {\"units\": 4}}, {\"class_name\": "
        "\"GRUCell\", \"config\": {\"units\": 3}}, {\"class_name\": \"SimpleRNNCell\", \"config\": "
        "{\"units\": 2}}]}}}";
    check_layer(
            .class_name = "RNN", .config = stacked, .input = {3, {2, 3, 5}},
            .output = {3, {2, 3, 2}}, .weights = 9, .no_gradient = true
    );
    check_layer(
            .class_name = "Bidirectional",
            .config = "{\"layer\": {\"class_name\": \"GRU\", \"config\": {\"units\": 3}}}",
            .input = {3, {2, 4, 2}}, .output = {2, {2, 6}}, .weights = 6, .no_gradient = true
    );
    check_layer(
            .class_name = "Bidirectional",
            .config = "{\"merge_mode\": \"mul\", \"layer\": {\"class_name\": \"LSTM\", \"config\": "
                      "{\"units\": 3, \"return_sequences\": true}}}",
            .input = {3, {2, 4, 2}}, .output = {3, {2, 4, 3}}, .weights = 6, .no_gradient = true
    );
}
END_TEST

START_TEST(convolutional_ones_pass_the_layer_check) {
    check_layer(
            .class_name = "ConvLSTM1D",
            .config = "{\"filters\": 2, \"kernel_size\": 2, \"strides\": 2, " RANDOM "}",
            .input = {4, {2, 2, 5, 2}}, .output = {3, {2, 2, 2}}, .weights = 3, .too_few_axes = 3
    );
    check_layer(
            .class_name = "ConvLSTM2D",
            .config = "{\"filters\": 2, \"kernel_size\": [2, 3], \"padding\": \"same\", "
                      "\"return_sequences\": true, \"data_format\": \"channels_first\"}",
            .input = {5, {1, 2, 1, 3, 4}}, .output = {5, {1, 2, 2, 3, 4}}, .weights = 3,
            .no_gradient = true
    );
    check_layer(
            .class_name = "ConvLSTM3D",
            .config =
                "{\"filters\": 2, \"kernel_size\": 2, \"dilation_rate\": 2, \"dropout\": 0.5}",
            .input = {6, {1, 2, 3, 4, 5, 1}}, .output = {5, {1, 1, 2, 3, 2}}, .weights = 3,
            .training = true, .no_gradient = true
    );
}
END_TEST

/* A SimpleRNN that adds its inputs up, [batch, time, 2] -> [batch, 2]; arguments beside units. */
#define ADDER(...)                                                                                 \
    cornu_layer_simple_rnn(                                                                        \
        2, .activation = "linear", .use_bias = false,                                              \
        .kernel_initializer = cornu_initializer_identity(),                                        \
        .recurrent_initializer = cornu_initializer_identity(), __VA_ARGS__                         \
    )

/* [1, time, 2] */
static cornu_tensor *sequence(int64_t time, const float *values) {
    return cornu_scope_add_(cornu_test_tensor(cornu_shape(1, time, 2), values));
}

static const float four_steps[] = {1, 10, 2, 20, 3, 30, 4, 40};

START_TEST(each_step_sees_the_state_of_the_step_before) {
    cornu_layer *last = ADDER(.name = "last"), *all = ADDER(.return_sequences = true);
    cornu_layer *back = ADDER(.return_sequences = true, .go_backwards = true);
    cornu_tensor *x = sequence(4, four_steps);
    assert_values(cornu_call(last, x), 1e-6, 10, 100);
    assert_values(cornu_call(all, x), 1e-6, 1, 10, 3, 30, 6, 60, 10, 100);
    assert_values(cornu_call(back, x), 1e-6, 4, 40, 7, 70, 9, 90, 10, 100);
    cornu_layer_free(last);
    cornu_layer_free(all);
    cornu_layer_free(back);
}
END_TEST

/* The output of a call with a mask. */
static cornu_tensor *call_masked(cornu_layer *layer, cornu_tensor *x, cornu_tensor *mask) {
    cornu_tensor *outputs[8] = {NULL};
    const cornu_call_context context = {.masks = &mask};
    return cornu_layer_call_many(layer, cornu_tensors(x), &context, outputs) == CORNU_OK
               ? outputs[0]
               : NULL;
}

START_TEST(masked_steps_change_nothing) {
    cornu_tensor *x = sequence(4, four_steps);
    cornu_tensor *mask = cornu_op_cast(
        cornu_scope_add_(cornu_test_tensor(cornu_shape(1, 4), (float[]){0, 1, 0, 1})), CORNU_BOOL
    );
    cornu_layer *repeats = ADDER(.return_sequences = true);
    cornu_layer *zeros = ADDER(.return_sequences = true, .zero_output_for_mask = true);
    cornu_layer *back = ADDER(.go_backwards = true);
    assert_values(call_masked(repeats, x, mask), 1e-6, 0, 0, 2, 20, 2, 20, 6, 60);
    assert_values(call_masked(zeros, x, mask), 1e-6, 0, 0, 2, 20, 0, 0, 6, 60);
    assert_values(call_masked(back, x, mask), 1e-6, 6, 60);
    cornu_layer_free(repeats);
    cornu_layer_free(zeros);
    cornu_layer_free(back);
}
END_TEST

/* The first `count` steps from `first` on of [batch, time, features]. */
static cornu_tensor *steps(cornu_tensor *x, int64_t first, int64_t count) {
    cornu_shape size = *cornu_tensor_shape(x);
    size.dims[1] = count;
    return cornu_op_slice(x, (int64_t[]){0, first, 0}, size);
}

START_TEST(states_given_back_continue_the_sequence) {
    cornu_layer *lstm = cornu_layer_lstm(3, .return_state = true);
    cornu_layer *gru = cornu_layer_gru(3, .return_state = true);
    cornu_tensor *x = cornu_random_normal(cornu_shape(2, 5, 4), .seed = 1);
    cornu_tensor *whole[3], *part[3];
    const cornu_call_context context = {0};
    assert_ok(cornu_layer_call_many(lstm, cornu_tensors(x), &context, whole));
    assert_ok(cornu_layer_call_many(lstm, cornu_tensors(steps(x, 0, 2)), &context, part));
    cornu_tensor *rest = cornu_call(lstm, steps(x, 2, 3), part[1], part[2]);
    assert_same(rest, whole[0], 1e-6, 1e-6);
    assert_same(whole[0], whole[1], 0, 0);
    assert_ok(cornu_layer_call_many(gru, cornu_tensors(x), &context, whole));
    assert_ok(cornu_layer_call_many(gru, cornu_tensors(steps(x, 0, 2)), &context, part));
    const cornu_call_argument state = {.name = "initial_state", .tensor = part[1]};
    const cornu_call_context named = {.arguments = &state, .argument_count = 1};
    assert_ok(cornu_layer_call_many(gru, cornu_tensors(steps(x, 2, 3)), &named, part));
    assert_same(part[0], whole[0], 1e-6, 1e-6);
    assert_fails(cornu_call(lstm, x, part[0]), CORNU_EINVAL, "the cell has 2 states, got 1");
    assert_fails(
        cornu_call(lstm, x, part[0], cornu_op_zeros(cornu_shape(2, 4), CORNU_FLOAT32)),
        CORNU_ESHAPE, "initial_state[1] has the shape (2, 4), must have (2, 3)"
    );
    cornu_layer_free(lstm);
    cornu_layer_free(gru);
}
END_TEST

START_TEST(stateful_layers_go_on_until_they_are_reset) {
    cornu_layer *layer = ADDER(.stateful = true);
    cornu_tensor *x = sequence(4, four_steps);
    assert_values(cornu_call(layer, x), 1e-6, 10, 100);
    assert_values(cornu_call(layer, x), 1e-6, 20, 200);
    assert_ok(cornu_layer_reset_state(layer));
    assert_values(cornu_call(layer, x), 1e-6, 10, 100);
    ck_assert_uint_eq(cornu_layer_weights(layer).count, 2); /* states are none */
    cornu_layer_free(layer);
    layer = ADDER(.stateful = true, .name = "on");
    assert_fails(
        cornu_layer_build(layer, &(cornu_shape){3, {-1, 4, 2}}, 1), CORNU_ESHAPE,
        "must know the size of the batch"
    );
    cornu_layer_free(layer);
}
END_TEST

START_TEST(predictions_of_a_stateful_model_go_on_as_well) {
    cornu_model *model =
        cornu_sequential(cornu_input(4, 2, .batch_size = 1), ADDER(.stateful = true));
    cornu_tensor *x = sequence(4, four_steps);
    for (int i = 1; i <= 2; i++) {
        cornu_tensor *y = cornu_predict(model, x, .batch_size = 1);
        assert_values(y, 1e-6, 10 * i, 100 * i);
        cornu_tensor_free(y);
    }
    assert_ok(cornu_layer_reset_state(cornu_model_layer(model)));
    cornu_tensor *y = cornu_predict(model, x, .batch_size = 1);
    assert_values(y, 1e-6, 10, 100);
    cornu_tensor_free(y);
    cornu_model_free(model);
}
END_TEST

START_TEST(the_same_features_are_dropped_at_every_step) {
    cornu_layer *layer = cornu_layer_simple_rnn(
        64, .activation = "linear", .use_bias = false, .dropout = 0.5, .seed = 3,
        .kernel_initializer = cornu_initializer_identity(), .return_sequences = true
    );
    cornu_tensor *x = cornu_op_ones(cornu_shape(1, 3, 64), CORNU_FLOAT32);
    cornu_tensor *first = cornu_layer_call(layer, cornu_tensors(x), true);
    cornu_tensor *second = cornu_layer_call(layer, cornu_tensors(x), true);
    ck_assert(first != NULL && second != NULL);
    int kept = 0, changed = 0;
    for (int64_t i = 0; i < 64; i++) {
        double value = cornu_tensor_get(first, i);
        ck_assert(value == 0 || value == 2);
        kept += value == 2;
        changed += value != cornu_tensor_get(second, i);
    }
    ck_assert_int_gt(kept, 16);
    ck_assert_int_lt(kept, 48);
    ck_assert_int_gt(changed, 0); /* another call, another draw */
    assert_same(
        cornu_layer_call(layer, cornu_tensors(x), false),
        cornu_layer_call(layer, cornu_tensors(x), false), 0, 0
    );
    cornu_layer_free(layer);
    /* states, all zero but for what recurrent_dropout keeps of them */
    layer = ADDER(.recurrent_dropout = 0.5, .seed = 4);
    cornu_tensor *zeros = cornu_op_zeros(cornu_shape(1, 2, 2), CORNU_FLOAT32);
    cornu_tensor *state = cornu_op_ones(cornu_shape(1, 2), CORNU_FLOAT32);
    cornu_tensor *y = cornu_layer_call(layer, cornu_tensors(zeros, state), true);
    for (int64_t i = 0; i < 2; i++) /* 0, or doubled at each of two steps */
        ck_assert(cornu_tensor_get(y, i) == 0 || cornu_tensor_get(y, i) == 4);
    cornu_layer_free(layer);
}
END_TEST

START_TEST(both_directions_see_the_sequence_from_their_side) {
    cornu_tensor *x = sequence(4, four_steps);
    cornu_layer *concat = cornu_layer_bidirectional(ADDER(.return_sequences = true));
    assert_values(
        cornu_call(concat, x), 1e-6, /* forward | backward, step by step */
        1, 10, 10, 100, 3, 30, 9, 90, 6, 60, 7, 70, 10, 100, 4, 40
    );
    cornu_layer *sum = cornu_layer_bidirectional(ADDER(.name = "adder"), .merge_mode = "sum");
    assert_values(cornu_call(sum, x), 1e-6, 20, 200);
    cornu_layer *mean = cornu_layer_bidirectional(ADDER(.name = "adder"), .merge_mode = "ave");
    assert_values(cornu_call(mean, x), 1e-6, 10, 100);
    char *config = cornu_layer_config_text(sum);
    ck_assert_ptr_nonnull(strstr(config, "\"forward_adder\""));
    ck_assert_ptr_nonnull(strstr(config, "\"backward_adder\""));
    cornu_free(config);
    cornu_layer *apart = cornu_layer_bidirectional(
        ADDER(.return_sequences = true, .return_state = true), .merge_mode = "none"
    );
    ck_assert_uint_eq(cornu_layer_output_count(apart), 4);
    cornu_tensor *outputs[4];
    const cornu_call_context context = {0};
    assert_ok(cornu_layer_call_many(apart, cornu_tensors(x), &context, outputs));
    assert_values(outputs[1], 1e-6, 10, 100, 9, 90, 7, 70, 4, 40);
    assert_values(outputs[3], 1e-6, 10, 100);
    char *without = cornu_layer_config_text(apart);
    ck_assert_ptr_nonnull(strstr(without, "\"merge_mode\": null"));
    cornu_free(without);
    cornu_layer_free(concat);
    cornu_layer_free(sum);
    cornu_layer_free(mean);
    cornu_layer_free(apart);
}
END_TEST

START_TEST(initial_states_of_both_directions_come_one_after_the_other) {
    cornu_layer *layer = cornu_layer_bidirectional(ADDER(.name = "adder"));
    cornu_tensor *x = sequence(4, four_steps);
    cornu_tensor *one = cornu_op_ones(cornu_shape(1, 2), CORNU_FLOAT32);
    cornu_tensor *zero = cornu_op_zeros_like(one);
    assert_values(cornu_call(layer, x, one, zero), 1e-6, 11, 101, 10, 100);
    assert_fails(cornu_call(layer, x, one), CORNU_EINVAL, "each direction takes half");
    cornu_layer_free(layer);
}
END_TEST

START_TEST(a_stack_of_cells_is_a_stack_of_layers) {
    cornu_layer *stack = cornu_layer_rnn(
        cornu_layer_stacked_rnn_cells(
            cornu_layer_lstm_cell(3, .kernel_initializer = cornu_initializer_ones()),
            cornu_layer_gru_cell(2, .kernel_initializer = cornu_initializer_ones())
        ),
        .return_sequences = true
    );
    cornu_layer *first = cornu_layer_lstm(3, .return_sequences = true);
    cornu_layer *second = cornu_layer_gru(2, .return_sequences = true);
    cornu_tensor *x = cornu_random_normal(cornu_shape(2, 4, 3), .seed = 2);
    cornu_tensor *y = cornu_call(stack, x);
    assert_shape(y, cornu_shape(2, 4, 2));
    assert_ok(cornu_call(second, cornu_call(first, x)));
    cornu_tensor_list weights = cornu_layer_weights(stack);
    ck_assert_uint_eq(weights.count, 6);
    assert_ok(cornu_layer_set_weights(first, (cornu_tensor_list){weights.items, 3}));
    assert_ok(cornu_layer_set_weights(second, (cornu_tensor_list){weights.items + 3, 3}));
    assert_same(cornu_call(second, cornu_call(first, x)), y, 1e-6, 1e-6);
    cornu_layer_free(stack);
    cornu_layer_free(first);
    cornu_layer_free(second);
}
END_TEST

START_TEST(the_forget_gate_begins_open) {
    cornu_layer *layer = cornu_layer_lstm(2);
    assert_ok(cornu_layer_build(layer, &(cornu_shape){3, {-1, 4, 1}}, 1));
    assert_values(cornu_layer_weights(layer).items[2], 0, 0, 0, 1, 1, 0, 0, 0, 0);
    cornu_layer_free(layer);
}
END_TEST

START_TEST(a_model_writes_initial_states_by_name) {
    cornu_tensor *x = cornu_input_tensor(5, 3);
    cornu_tensor *h = cornu_input_tensor(4), *c = cornu_input_tensor(4);
    cornu_tensor *y = cornu_call(cornu_layer_lstm(4, .name = "lstm"), x, h, c);
    cornu_model *model =
        cornu_functional(cornu_tensors(x, h, c), cornu_tensors(y), .name = "decoder");
    assert_ok(model);
    char *json = cornu_model_to_json(model);
    ck_assert_ptr_nonnull(strstr(json, "\"initial_state\": [{\"class_name\": \"__keras_tensor__\"")
    );
    ck_assert_ptr_nonnull(strstr(
        json, "\"shapes_dict\": {\"sequences_shape\": [null, 5, 3], \"initial_state_shape\": "
              "[[null, 4], [null, 4]]}"
    ));
    cornu_model *again = cornu_model_from_json(json);
    assert_ok(again);
    assert_ok(cornu_layer_set_weights(
        cornu_model_layer(again), cornu_layer_weights(cornu_model_layer(model))
    ));
    cornu_tensor *inputs[] = {
        cornu_random_normal(cornu_shape(2, 5, 3), .seed = 1),
        cornu_random_normal(cornu_shape(2, 4), .seed = 2),
        cornu_random_normal(cornu_shape(2, 4), .seed = 3)};
    const cornu_call_context context = {0};
    cornu_tensor *expected = NULL, *found = NULL;
    cornu_tensor_list list = {inputs, 3};
    assert_ok(cornu_layer_call_many(cornu_model_layer(model), list, &context, &expected));
    assert_ok(cornu_layer_call_many(cornu_model_layer(again), list, &context, &found));
    assert_same(found, expected, 0, 0);
    cornu_free(json);
    cornu_model_free(again);
    cornu_model_free(model);
}
END_TEST

START_TEST(what_does_not_fit_is_named) {
    assert_fails(cornu_layer_lstm(0), CORNU_EINVAL, "units must be positive, got 0");
    assert_fails(cornu_layer_gru(2, .activation = "tnh"), CORNU_EUNKNOWN, "tanh");
    assert_fails(cornu_layer_rnn(cornu_layer_dense(3)), CORNU_EINVAL, "a layer of class Dense");
    assert_fails(
        cornu_layer_bidirectional(cornu_layer_dense(3)), CORNU_EINVAL, "must be a recurrent layer"
    );
    assert_fails(
        cornu_layer_bidirectional(cornu_layer_gru(3), .merge_mode = "max"), CORNU_EINVAL, "\"max\""
    );
    assert_fails(
        cornu_layer_bidirectional(cornu_layer_gru(3), .backward_layer = cornu_layer_gru(3)),
        CORNU_EINVAL, "one must go back"
    );
    assert_fails(
        cornu_layer_stacked_rnn_cells(cornu_layer_gru_cell(3), cornu_layer_dense(3)), CORNU_EINVAL,
        "is no cell"
    );
    cornu_layer *layer = cornu_layer_lstm(2, .name = "reader");
    assert_fails(
        cornu_layer_build(layer, &(cornu_shape){3, {-1, 4, -1}}, 1), CORNU_ESHAPE,
        "layer 'reader' (LSTM): "
    );
    cornu_layer_free(layer);
}
END_TEST

START_TEST(both_outputs_of_an_unmerged_bidirectional_layer_are_masked) {
    cornu_tensor *x = cornu_input_tensor(2, 1), *y[2];
    cornu_layer *both = cornu_layer_bidirectional(
        cornu_layer_simple_rnn(
            1, .return_sequences = true, .activation = "linear",
            .kernel_initializer = cornu_initializer_ones(),
            .recurrent_initializer = cornu_initializer_zeros()
        ),
        .merge_mode = "none"
    );
    cornu_tensor *masked = cornu_call(cornu_layer_masking(), x);
    assert_ok(cornu_layer_call_many(both, cornu_tensors(masked), NULL, y));
    cornu_tensor *means[] = {
        cornu_call(cornu_layer_global_average_pooling1d(), y[0]),
        cornu_call(cornu_layer_global_average_pooling1d(), y[1])};
    cornu_model *model = cornu_functional(cornu_tensors(x), cornu_tensors(means[0], means[1]));
    assert_ok(model);
    cornu_tensor *given = cornu_test_tensor(cornu_shape(1, 2, 1), (float[]){3, 0}), *out[2];
    assert_ok(cornu_layer_call_many(cornu_model_layer(model), cornu_tensors(given), NULL, out));
    assert_values(out[0], 1e-6, 3);
    assert_values(out[1], 1e-6, 3);
    cornu_tensor_free(given);
    cornu_model_free(model);
}
END_TEST

START_TEST(the_layer_within_a_bidirectional_one_begins_at_the_front) {
    cornu_layer *back = cornu_layer_lstm(2, .go_backwards = true);
    ck_assert_ptr_null(cornu_layer_bidirectional(back)); /* both would go back */
    ck_assert_ptr_nonnull(strstr(cornu_error_message(), "go_backwards"));
    cornu_error_clear();
}
END_TEST

CORNU_TESTS(recurrent) {
    TCase *tc = cornu_test_case(suite, "recurrent");
    tcase_add_test(tc, every_form_passes_the_layer_check);
    tcase_add_test(tc, cells_within_layers_pass_the_layer_check);
    tcase_add_test(tc, convolutional_ones_pass_the_layer_check);
    tcase_add_test(tc, each_step_sees_the_state_of_the_step_before);
    tcase_add_test(tc, masked_steps_change_nothing);
    tcase_add_test(tc, states_given_back_continue_the_sequence);
    tcase_add_test(tc, stateful_layers_go_on_until_they_are_reset);
    tcase_add_test(tc, predictions_of_a_stateful_model_go_on_as_well);
    tcase_add_test(tc, the_same_features_are_dropped_at_every_step);
    tcase_add_test(tc, both_directions_see_the_sequence_from_their_side);
    tcase_add_test(tc, initial_states_of_both_directions_come_one_after_the_other);
    tcase_add_test(tc, a_stack_of_cells_is_a_stack_of_layers);
    tcase_add_test(tc, the_forget_gate_begins_open);
    tcase_add_test(tc, a_model_writes_initial_states_by_name);
    tcase_add_test(tc, what_does_not_fit_is_named);
    tcase_add_test(tc, both_outputs_of_an_unmerged_bidirectional_layer_are_masked);
    tcase_add_test(tc, the_layer_within_a_bidirectional_one_begins_at_the_front);
}
