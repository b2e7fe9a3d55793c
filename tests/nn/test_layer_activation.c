/* Layers as activations of layers, as Keras reads and writes them. */
#include <cornu/cornu.h>
#include <string.h>

#include "support/support.h"

#define LEAKY                                                                                      \
    "{\"module\": \"keras.layers\", \"class_name\": \"LeakyReLU\", \"config\": {\"name\": \"l\", " \
    "\"negative_slope\": 0.5}, \"registered_name\": null}"

static cornu_layer *dense(const char *activation) {
    char json[1024];
    snprintf(
        json, sizeof json,
        "{\"class_name\": \"Dense\", \"config\": {\"name\": \"d\", \"units\": 2, "
        "\"use_bias\": false, \"kernel_initializer\": {\"class_name\": \"Identity\", \"config\": "
        "{}}, \"activation\": %s}}",
        activation
    );
    return cornu_layer_from_json(json);
}

static cornu_tensor *plus_and_minus(void) {
    cornu_tensor *x = cornu_op_ones(cornu_shape(1, 1), CORNU_FLOAT32);
    return cornu_op_concatenate(cornu_tensors(x, cornu_op_multiply(x, cornu_scalar(-4))), 1);
}

START_TEST(a_layer_as_activation_is_applied_last) {
    cornu_layer *layer = dense(LEAKY);
    assert_ok(layer);
    assert_values(cornu_call(layer, plus_and_minus()), 1e-6, 1, -2);
    cornu_layer_free(layer);
}
END_TEST

START_TEST(it_is_written_and_cloned) {
    cornu_layer *layer = dense(LEAKY), *clone = cornu_layer_clone(layer);
    assert_ok(clone);
    assert_values(cornu_call(clone, plus_and_minus()), 1e-6, 1, -2);
    char *config = cornu_layer_config_text(clone);
    ck_assert_ptr_nonnull(strstr(
        config, "\"activation\": {\"module\": \"keras.layers\", "
                "\"class_name\": \"LeakyReLU\""
    ));
    cornu_free(config);
    cornu_layer_free(clone);
    cornu_layer_free(layer);
}
END_TEST

START_TEST(its_weights_are_those_of_the_layer) {
    cornu_layer *layer = dense("{\"class_name\": \"PReLU\", \"config\": {\"alpha_initializer\": "
                               "{\"class_name\": \"Ones\", \"config\": {}}}}");
    assert_ok(layer);
    assert_values(cornu_call(layer, plus_and_minus()), 1e-6, 1, -4);
    ck_assert_uint_eq(cornu_layer_trainable_weights(layer).count, 2);
    cornu_layer_free(layer);
}
END_TEST

START_TEST(where_the_activation_is_inside_a_layer_is_refused) {
    assert_fails(
        cornu_layer_from_json("{\"class_name\": \"LSTM\", \"config\": {\"units\": 2, "
                              "\"activation\": " LEAKY "}}"),
        CORNU_EUNSUPPORTED, "'LeakyReLU'"
    );
    assert_fails(dense("{\"class_name\": \"Nothing\", \"config\": {}}"), CORNU_EUNKNOWN, "Nothing");
}
END_TEST

CORNU_TESTS(layer_activation) {
    TCase *tc = cornu_test_case(suite, "layer activation");
    tcase_add_test(tc, a_layer_as_activation_is_applied_last);
    tcase_add_test(tc, it_is_written_and_cloned);
    tcase_add_test(tc, its_weights_are_those_of_the_layer);
    tcase_add_test(tc, where_the_activation_is_inside_a_layer_is_refused);
}
