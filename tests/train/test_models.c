/* Training models that are put together: shared, nested, frozen, cut in two, cloned. Everything
 * eagerly and compiled. */
#include "support.h"

static cornu_layer *dense(int64_t units, double kernel) {
    return cornu_layer_dense(units, .kernel_initializer = test_constant(kernel));
}

static void compile_sgd(cornu_model *model, double rate, bool eagerly) {
    assert_ok(cornu_compile(
        model, .optimizer = cornu_optimizer_sgd(.learning_rate = rate),
        .loss = cornu_loss_mean_squared_error(), .run_eagerly = eagerly
    ));
}

static double item(cornu_layer *layer, size_t weight) {
    return cornu_tensor_get(cornu_layer_weights(layer).items[weight], 0);
}

/* y = w (w x): dy/dw = 2 w x = 4 at w = 1, x = 2; the error is 2 - 0. */
START_TEST(a_layer_called_twice_gets_both_gradients) {
    cornu_layer *twice =
        cornu_layer_dense(1, .kernel_initializer = test_constant(1), .use_bias = false);
    cornu_tensor *in = cornu_input_tensor(1);
    cornu_tensor *out = cornu_call(twice, cornu_call(twice, in));
    cornu_model *model = cornu_functional(cornu_tensors(in), cornu_tensors(out));
    compile_sgd(model, 0.1, _i == 1);
    const float two[] = {2}, zero[] = {0};
    cornu_tensor *x = cornu_scope_add_(cornu_test_tensor(cornu_shape(1, 1), two));
    cornu_tensor *y = cornu_scope_add_(cornu_test_tensor(cornu_shape(1, 1), zero));
    assert_ok(cornu_train_on_batch(model, x, y, NULL, NULL));
    ck_assert_double_eq_tol(item(twice, 0), 1 - 0.1 * 2 * 2 * 4, 1e-5);
    cornu_model_free(model);
}
END_TEST

/* What a part of a model learns, the whole knows: they are the same layers. */
START_TEST(a_part_of_a_model_shares_its_weights) {
    cornu_tensor *in = cornu_input_tensor(3);
    cornu_tensor *code = cornu_call(dense(2, 0.5), in);
    cornu_tensor *out = cornu_call(dense(3, 0.25), code);
    cornu_model *whole = cornu_functional(cornu_tensors(in), cornu_tensors(out));
    cornu_model *encoder = cornu_functional(cornu_tensors(in), cornu_tensors(code));
    cornu_model *decoder = cornu_functional(cornu_tensors(code), cornu_tensors(out));
    cornu_tensor *x = test_samples(8, 3, 1);
    compile_sgd(whole, 0.1, _i == 1);
    cornu_tensor *before = cornu_scope_add_(cornu_predict(encoder, x));
    cornu_history *history = cornu_fit(whole, x, x, .epochs = 2, .verbose = CORNU_VERBOSE_SILENT);
    assert_ok(history);
    cornu_tensor *after = cornu_scope_add_(cornu_predict(encoder, x));
    ck_assert(cornu_test_same_(after, before, 1e-3, 1e-3) != NULL);
    assert_same(
        cornu_scope_add_(cornu_predict(decoder, after)), cornu_scope_add_(cornu_predict(whole, x)),
        1e-6, 1e-6
    );
    /* and the part can be trained by itself */
    cornu_tensor *y = test_samples(8, 2, 3);
    double last = cornu_tensor_get(test_weight(decoder, 0), 0);
    compile_sgd(encoder, 0.1, _i == 1);
    assert_ok(cornu_train_on_batch(encoder, x, y, NULL, NULL));
    ck_assert(cornu_test_same_(cornu_scope_add_(cornu_predict(encoder, x)), after, 1e-3, 1e-3));
    ck_assert_double_eq(cornu_tensor_get(test_weight(decoder, 0), 0), last);
    cornu_history_free(history);
    cornu_model_free(decoder);
    cornu_model_free(encoder);
    cornu_model_free(whole);
}
END_TEST

START_TEST(a_frozen_inner_model_stays_and_is_trained_again_when_it_thaws) {
    cornu_model *inner = cornu_sequential(cornu_input(3), dense(2, 0.5));
    cornu_layer *head = dense(1, 0.5);
    cornu_tensor *in = cornu_input_tensor(3);
    cornu_tensor *out = cornu_call(head, cornu_call(inner, in));
    cornu_model *model = cornu_functional(cornu_tensors(in), cornu_tensors(out));
    cornu_tensor *x = test_samples(8, 3, 1), *y = test_samples(8, 1, 2);
    assert_ok(cornu_model_set_trainable(inner, false));
    compile_sgd(model, 0.1, _i == 1);
    assert_ok(cornu_train_on_batch(model, x, y, NULL, NULL));
    ck_assert_double_eq(cornu_tensor_get(test_weight(inner, 0), 0), 0.5);
    ck_assert(item(head, 0) != 0.5);
    ck_assert_uint_eq(cornu_layer_trainable_weights(cornu_model_layer(model)).count, 2);

    assert_ok(cornu_model_set_trainable(inner, true));
    compile_sgd(model, 0.1, _i == 1);
    assert_ok(cornu_train_on_batch(model, x, y, NULL, NULL));
    ck_assert(cornu_tensor_get(test_weight(inner, 0), 0) != 0.5);
    cornu_model_free(model);
}
END_TEST

/* Keras: trainable = False is inference mode for this layer, and only for it. */
START_TEST(a_frozen_batch_normalization_infers) {
    cornu_layer *norm = cornu_layer_batch_normalization();
    cornu_layer *first = dense(2, 0.5);
    cornu_model *model = cornu_sequential(cornu_input(3), first, norm);
    cornu_tensor *x = test_samples(8, 3, 1), *y = test_samples(8, 2, 2);
    compile_sgd(model, 0.1, _i == 1);
    assert_ok(cornu_layer_set_trainable(norm, false));
    assert_ok(cornu_train_on_batch(model, x, y, NULL, NULL));
    cornu_tensor_list weights = cornu_layer_weights(norm);
    ck_assert_uint_eq(weights.count, 4);
    assert_values(weights.items[2], 0, 0, 0); /* the moving mean has not moved */
    assert_values(weights.items[3], 0, 1, 1);
    ck_assert(item(first, 0) != 0.5);

    assert_ok(cornu_layer_set_trainable(norm, true));
    compile_sgd(model, 0.1, _i == 1);
    assert_ok(cornu_train_on_batch(model, x, y, NULL, NULL));
    ck_assert(cornu_tensor_get(cornu_layer_weights(norm).items[2], 0) != 0);
    cornu_model_free(model);
}
END_TEST

/* A model for each step of a sequence. */
START_TEST(a_model_can_be_distributed_over_time) {
    cornu_model *step = cornu_sequential(
        cornu_input(2), cornu_layer_dense(3, .activation = "tanh"), cornu_layer_dense(1)
    );
    cornu_model *model =
        cornu_sequential(cornu_input(4, 2), cornu_layer_time_distributed(cornu_model_layer(step)));
    assert_ok(model);
    cornu_tensor *x = test_samples(6 * 4, 2, 1);
    cornu_tensor *sequences = cornu_op_reshape(x, cornu_shape(6, 4, 2));
    cornu_tensor *y = cornu_scope_add_(cornu_predict(model, sequences));
    assert_shape(y, cornu_shape(6, 4, 1));
    assert_same(cornu_op_reshape(y, cornu_shape(24, 1)), cornu_call(step, x), 1e-5, 1e-6);
    compile_sgd(model, 0.1, _i == 1);
    double before = cornu_tensor_get(test_weight(step, 0), 0);
    assert_ok(cornu_train_on_batch(model, sequences, y, NULL, NULL)); /* no error, no change */
    ck_assert_double_eq_tol(cornu_tensor_get(test_weight(step, 0), 0), before, 1e-6);
    cornu_tensor *zeros = cornu_op_zeros_like(y);
    assert_ok(cornu_train_on_batch(model, sequences, zeros, NULL, NULL));
    ck_assert(cornu_tensor_get(test_weight(step, 0), 0) != before);

    assert_ok(cornu_save(model, "distributed.keras"));
    cornu_model *loaded = cornu_load("distributed.keras");
    assert_ok(loaded);
    assert_same(
        cornu_scope_add_(cornu_predict(loaded, sequences)),
        cornu_scope_add_(cornu_predict(model, sequences)), 0, 0
    );
    cornu_model_free(loaded);
    cornu_model_free(model);
}
END_TEST

/* Two inputs, a dict of two outputs, each with its loss. */
START_TEST(a_dict_of_outputs_is_trained_by_its_keys) {
    cornu_tensor *a = cornu_input_tensor(2, .name = "a"), *b = cornu_input_tensor(3, .name = "b");
    cornu_tensor *joined = cornu_call(cornu_layer_concatenate(), a, b);
    cornu_tensor *price = cornu_call(cornu_layer_dense(1, .name = "price"), joined);
    cornu_tensor *label =
        cornu_call(cornu_layer_dense(3, .name = "label", .activation = "softmax"), joined);
    cornu_model *model = cornu_functional(
        cornu_tensors(a, b), cornu_tensors(price, label),
        .output_keys = (const char *const[]){"price", "label"}
    );
    /* in the order of the keys: label, price */
    cornu_loss *const losses[] = {
        cornu_loss_sparse_categorical_crossentropy(), cornu_loss_mean_squared_error()};
    assert_ok(cornu_compile(
        model, .optimizer = cornu_optimizer_adam(.learning_rate = 0.05), .losses = losses,
        .loss_count = 2, .loss_weights = (const double[]){1, 0.5}, .run_eagerly = _i == 1
    ));
    cornu_tensor *x[] = {test_samples(12, 2, 1), test_samples(12, 3, 2)};
    cornu_tensor *y[] = {test_labels(12, 3), test_samples(12, 1, 3)};
    cornu_history *history = cornu_fit(
        model, .inputs = {x, 2}, .targets = {y, 2}, .epochs = 15, .seed = 1,
        .verbose = CORNU_VERBOSE_SILENT
    );
    assert_ok(history);
    double first = cornu_history_get(history, "loss", 0);
    double last = cornu_history_get(history, "loss", 14);
    ck_assert_double_lt(last, first);
    ck_assert_double_eq_tol(
        last,
        cornu_history_get(history, "label_loss", 14) +
            0.5 * cornu_history_get(history, "price_loss", 14),
        1e-5
    );
    ck_assert_str_eq(cornu_layer_name(cornu_model_get_layer(model, "price")), "price");
    cornu_history_free(history);
    cornu_model_free(model);
}
END_TEST

START_TEST(a_clone_has_the_architecture_and_weights_of_its_own) {
    cornu_model *inner = cornu_sequential(cornu_input(3), dense(2, 0.5));
    cornu_tensor *in = cornu_input_tensor(3);
    cornu_tensor *out = cornu_call(cornu_layer_dense(1), cornu_call(inner, in));
    cornu_model *model = cornu_functional(cornu_tensors(in), cornu_tensors(out), .name = "first");
    cornu_model *clone = cornu_model_clone(model);
    assert_ok(clone);
    char *json = cornu_model_to_json(model), *cloned = cornu_model_to_json(clone);
    ck_assert_str_eq(json, cloned);
    cornu_tensor *x = test_samples(8, 3, 1), *y = test_samples(8, 1, 2);
    assert_ok(cornu_model_set_weights(clone, cornu_model_weights(model)));
    cornu_tensor *same = cornu_scope_add_(cornu_predict(model, x));
    assert_same(cornu_scope_add_(cornu_predict(clone, x)), same, 0, 0);
    compile_sgd(clone, 0.1, _i == 1);
    assert_ok(cornu_train_on_batch(clone, x, y, NULL, NULL));
    assert_same(cornu_scope_add_(cornu_predict(model, x)), same, 0, 0);
    ck_assert(cornu_test_same_(cornu_scope_add_(cornu_predict(clone, x)), same, 1e-4, 1e-4));
    cornu_free(json);
    cornu_free(cloned);
    cornu_model_free(clone);
    cornu_model_free(model);
}
END_TEST

CORNU_TESTS(models) {
    TCase *tc = cornu_test_case(suite, "models");
    tcase_add_loop_test(tc, a_layer_called_twice_gets_both_gradients, 0, 2);
    tcase_add_loop_test(tc, a_part_of_a_model_shares_its_weights, 0, 2);
    tcase_add_loop_test(tc, a_frozen_inner_model_stays_and_is_trained_again_when_it_thaws, 0, 2);
    tcase_add_loop_test(tc, a_frozen_batch_normalization_infers, 0, 2);
    tcase_add_loop_test(tc, a_model_can_be_distributed_over_time, 0, 2);
    tcase_add_loop_test(tc, a_dict_of_outputs_is_trained_by_its_keys, 0, 2);
    tcase_add_loop_test(tc, a_clone_has_the_architecture_and_weights_of_its_own, 0, 2);
}
