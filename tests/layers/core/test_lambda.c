#include <cornu/cornu.h>

#include <stdlib.h>
#include <string.h>

#include "support/check_layer.h"
#include "support/support.h"

static cornu_tensor *twice(cornu_tensor *x) { return cornu_op_add(x, x); }
static const cornu_activation_class twice_class = {"Tests>twice", twice};

/* Once: without forks all tests share one registry. */
static void setup(void) {
    static bool registered;
    if (!registered) assert_ok(cornu_register_activation(&twice_class));
    registered = true;
}

START_TEST(a_registered_function_is_called) {
    cornu_layer *layer = cornu_layer_lambda("Tests>twice");
    ck_assert_msg(layer != NULL, "%s", cornu_error_message());
    cornu_tensor *y = cornu_call(layer, cornu_op_ones(cornu_shape(2, 3), CORNU_FLOAT32));
    ck_assert_msg(y != NULL, "%s", cornu_error_message());
    ck_assert_double_eq(cornu_tensor_get(y, 5), 2);
    cornu_layer_free(layer);
}
END_TEST

START_TEST(a_file_holds_the_name_of_the_function) {
    cornu_layer *layer = cornu_layer_lambda("Tests>twice", .name = "double");
    ck_assert_msg(layer != NULL, "%s", cornu_error_message());
    char *config = cornu_layer_config_text(layer);
    ck_assert_ptr_nonnull(strstr(config, "\"registered_name\": \"Tests>twice\""));
    ck_assert_ptr_nonnull(strstr(config, "\"arguments\": {}"));
    ck_assert_ptr_null(strstr(config, "output_shape"));
    char *json = malloc(strlen(config) + 64);
    sprintf(json, "{\"class_name\": \"Lambda\", \"config\": %s}", config);
    cornu_layer *again = cornu_layer_from_json(json);
    ck_assert_msg(again != NULL, "%s", cornu_error_message());
    char *second = cornu_layer_config_text(again);
    ck_assert_str_eq(second, config);
    free(json);
    cornu_free(second);
    cornu_free(config);
    cornu_layer_free(again);
    cornu_layer_free(layer);
}
END_TEST

START_TEST(what_is_not_registered_is_refused) {
    assert_fails(cornu_layer_lambda(NULL), CORNU_EINVAL, "got none");
    assert_fails(cornu_layer_lambda("relu"), CORNU_EINVAL, "got relu");
    assert_fails(cornu_layer_lambda("Tests>thrice"), CORNU_EUNKNOWN, "Tests>thrice");
    assert_fails(
        cornu_layer_from_json("{\"class_name\": \"Lambda\", \"config\": {\"function\": "
                              "{\"class_name\": \"__lambda__\", \"config\": {\"code\": \"4w\"}}}}"),
        CORNU_EUNSUPPORTED, "program code"
    );
    assert_fails(
        cornu_layer_from_json(
            "{\"class_name\": \"Lambda\", \"config\": {\"arguments\": {\"k\": 2}, \"function\": "
            "{\"class_name\": \"function\", \"config\": \"twice\", \"registered_name\": "
            "\"Tests>twice\"}}}"
        ),
        CORNU_EUNSUPPORTED, "arguments"
    );
}
END_TEST

CORNU_TESTS(lambda) {
    TCase *tc = cornu_test_case(suite, "lambda");
    tcase_add_checked_fixture(tc, setup, NULL);
    tcase_add_test(tc, a_registered_function_is_called);
    tcase_add_test(tc, a_file_holds_the_name_of_the_function);
    tcase_add_test(tc, what_is_not_registered_is_refused);
}
