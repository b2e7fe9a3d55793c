#include <cornu/cornu.h>

#include <string.h>

#include "support/support.h"

static void config_is(cornu_layer *layer, const char *wanted) {
    ck_assert_msg(layer != NULL, "%s", cornu_error_message());
    char *config = cornu_layer_config_text(layer);
    ck_assert_str_eq(config, wanted);
    cornu_free(config);
    cornu_layer_free(layer);
}

START_TEST(sizes_of_a_sample_become_a_batch_shape) {
    config_is(
        cornu_input(28, -1, 3, .name = "image"),
        "{\"batch_shape\": [null, 28, null, 3], \"dtype\": \"float32\", \"sparse\": false, "
        "\"ragged\": false, \"name\": \"image\", \"optional\": false}"
    );
    config_is(
        cornu_input(.name = "x", .batch_size = 4, .dtype = "int32"),
        "{\"batch_shape\": [4], \"dtype\": \"int32\", \"sparse\": false, "
        "\"ragged\": false, \"name\": \"x\", \"optional\": false}"
    );
}
END_TEST

START_TEST(the_shape_of_keras_2_is_read) {
    config_is(
        cornu_layer_from_json("{\"class_name\": \"InputLayer\", \"config\": "
                              "{\"batch_input_shape\": [null, 4], \"dtype\": "
                              "\"float32\", \"sparse\": false, \"ragged\": false, \"name\": \"i\"}}"
        ),
        "{\"batch_shape\": [null, 4], \"dtype\": \"float32\", \"sparse\": false, "
        "\"ragged\": false, \"name\": \"i\", \"optional\": false}"
    );
}
END_TEST

START_TEST(negative_and_missing_shapes_are_refused) {
    assert_fails(cornu_input(3, -4), CORNU_ESHAPE, "must not be negative");
    assert_fails(
        cornu_layer_from_json("{\"class_name\": \"InputLayer\", \"config\": {}}"), CORNU_EINVAL,
        "the shape is missing"
    );
    assert_fails(
        cornu_layer_from_json(
            "{\"class_name\": \"InputLayer\", \"config\": {\"batch_shape\": [1,1,1,1,1,1,1,1,1]}}"
        ),
        CORNU_ESHAPE, "more than 8"
    );
}
END_TEST

START_TEST(it_gives_what_it_gets) {
    cornu_layer *layer = cornu_input(2);
    cornu_tensor *x = cornu_op_ones(cornu_shape(1, 2), CORNU_INT32);
    ck_assert_ptr_eq(cornu_call(layer, x), x);
    cornu_layer_free(layer);
}
END_TEST

CORNU_TESTS(input_layer) {
    TCase *tc = cornu_test_case(suite, "input_layer");
    tcase_add_test(tc, sizes_of_a_sample_become_a_batch_shape);
    tcase_add_test(tc, the_shape_of_keras_2_is_read);
    tcase_add_test(tc, negative_and_missing_shapes_are_refused);
    tcase_add_test(tc, it_gives_what_it_gets);
}
