/* Operations of keras.ops as calls in functional graphs, and tensors given to calls by name. */
#include <cornu/cornu.h>
#include <stdio.h>
#include <string.h>

#include "base/object.h"
#include "model/graph.h"
#include "support/support.h"

#define TENSOR(shape, layer)                                                                       \
    "{\"class_name\": \"__keras_tensor__\", \"config\": {\"shape\": " shape                        \
    ", \"dtype\": \"float32\", \"keras_history\": [\"" layer "\", 0, 0]}}"

/* A model that computes one operation on the input "in" of shape [batch, 2, 3]. */
static cornu_model *model_of(const char *class_name, const char *config, const char *args) {
    char json[4096];
    snprintf(
        json, sizeof json,
        "{\"class_name\": \"Functional\", \"config\": {\"name\": \"m\", \"layers\": ["
        "{\"class_name\": \"InputLayer\", \"config\": {\"name\": \"in\", \"batch_shape\": "
        "[null, 2, 3]}, \"name\": \"in\", \"inbound_nodes\": []}, "
        "{\"module\": \"keras.src.ops.numpy\", \"class_name\": \"%s\", \"config\": {\"name\": "
        "\"op\"%s}, \"name\": \"op\", \"inbound_nodes\": [{\"args\": [%s], \"kwargs\": {}}]}], "
        "\"input_layers\": [\"in\", 0, 0], \"output_layers\": [\"op\", 0, 0]}}",
        class_name, config, args
    );
    return cornu_model_from_json(json);
}

static cornu_tensor *apply(const char *class_name, const char *config, const char *args) {
    cornu_model *model = model_of(class_name, config, args);
    cornu_tensor *x =
        cornu_op_reshape(cornu_op_arange(0, 6, 1, CORNU_FLOAT32), cornu_shape(1, 2, 3));
    cornu_tensor *y = model != NULL ? cornu_predict(model, x) : NULL;
    if (y == NULL) fprintf(stderr, "%s: %s\n", class_name, cornu_error_message());
    cornu_model_free(model);
    return cornu_scope_add_(y);
}

#define IN TENSOR("[null, 2, 3]", "in")

START_TEST(arguments_come_from_call_or_config) {
    assert_values(apply("Multiply", "", IN ", 2.0"), 0, 0, 2, 4, 6, 8, 10);
    assert_values(apply("Subtract", "", "1, " IN), 0, 1, 0, -1, -2, -3, -4);
    assert_values(apply("Add", "", IN ", " IN), 0, 0, 2, 4, 6, 8, 10);
    assert_values(apply("Sum", ", \"axis\": -1, \"keepdims\": false", IN), 0, 3, 12);
    assert_values(apply("Max", ", \"axis\": [1, 2], \"keepdims\": true", IN), 0, 5);
    assert_values(apply("Transpose", ", \"axes\": [0, 2, 1]", IN), 0, 0, 3, 1, 4, 2, 5);
    assert_values(apply("Reshape", ", \"newshape\": [-1, 3, 2]", IN), 0, 0, 1, 2, 3, 4, 5);
    assert_values(
        apply(
            "Add", "",
            IN ", {\"class_name\": \"__numpy__\", \"config\": {\"value\": [[1, 2, 3], [4, 5, 6]], "
               "\"dtype\": \"float32\"}}"
        ),
        0, 1, 3, 5, 7, 9, 11
    );
}
END_TEST

#define SLICE(start, stop, step)                                                                   \
    "{\"class_name\": \"__slice__\", \"config\": {\"start\": " start ", \"stop\": " stop           \
    ", \"step\": " step "}}"
#define ALL SLICE("null", "null", "null")

START_TEST(indices_select_as_in_python) {
    assert_values(apply("GetItem", "", IN ", [" ALL ", 1]"), 0, 3, 4, 5);
    assert_values(apply("GetItem", "", IN ", [" ALL ", -1, 0]"), 0, 3);
    assert_values(
        apply("GetItem", "", IN ", [" ALL ", " ALL ", " SLICE("1", "null", "null") "]"), 0, 1, 2, 4,
        5
    );
    assert_values(
        apply("GetItem", "", IN ", [" ALL ", " ALL ", " SLICE("null", "null", "-1") "]"), 0, 2, 1,
        0, 5, 4, 3
    );
    assert_values(
        apply("GetItem", "", IN ", [{\"class_name\": \"__ellipsis__\", \"config\": {}}, 0]"), 0, 0,
        3
    );
    cornu_tensor *y = apply("GetItem", "", IN ", [" ALL ", null, 1]");
    ck_assert_int_eq(cornu_tensor_rank(y), 3);
    ck_assert_int_eq(cornu_tensor_dim(y, 1), 1);
}
END_TEST

START_TEST(operations_are_written_as_they_were_read) {
    cornu_model *model = model_of("Mean", ", \"axis\": 1, \"keepdims\": true", IN);
    char *text = cornu_model_to_json(model);
    ck_assert_ptr_nonnull(strstr(
        text, "{\"module\": \"keras.src.ops.numpy\", \"class_name\": \"Mean\", \"config\": "
              "{\"name\": \"op\", \"axis\": 1, \"keepdims\": true}, \"registered_name\": \"Mean\", "
              "\"name\": \"op\", \"inbound_nodes\""
    ));
    cornu_model *again = cornu_model_from_json(text);
    char *second = cornu_model_to_json(again);
    ck_assert_str_eq(text, second);
    cornu_free(text);
    cornu_free(second);
    cornu_model_free(model);
    cornu_model_free(again);
}
END_TEST

START_TEST(what_an_operation_cannot_take_is_refused) {
    assert_fails(model_of("Sum", ", \"axis\": 5", IN), CORNU_EINVAL, "axis");
    assert_fails(model_of("GetItem", "", IN ", [0, 0, 0, 0]"), CORNU_ESHAPE, "indices");
    assert_fails(model_of("Add", "", IN), CORNU_EFORMAT, "'x2' is missing");
    assert_fails(model_of("Add", "", IN ", \"one\""), CORNU_EUNSUPPORTED, "no tensor");
}
END_TEST

/* y = x * by, with `by` given by name */
static cornu_tensor *scale(
    cornu_layer *self, cornu_tensor *const *inputs, const cornu_call_context *context
) {
    (void)self;
    cornu_tensor *by = cornu_call_argument_get(context, "by", 0);
    return by != NULL ? cornu_op_multiply(inputs[0], by) : inputs[0];
}
static const cornu_layer_class scale_class = {
    .name = "Test>Scale", .size = sizeof(cornu_layer), .call = scale};

START_TEST(tensors_given_by_name_are_inputs_of_the_call) {
    cornu_register_layer(&scale_class);
    cornu_tensor *x = cornu_input_tensor(2, .name = "x"), *by = cornu_input_tensor(2, .name = "by");
    cornu_call_argument argument = {.name = "by", .tensor = by};
    cornu_call_context context = {.arguments = &argument, .argument_count = 1};
    cornu_tensor *y;
    cornu_layer *layer = cornu_layer_create(&scale_class, NULL);
    assert_ok(cornu_layer_call_many(layer, cornu_tensors(x), &context, &y));
    cornu_model *model = cornu_functional(cornu_tensors(x, by), .outputs = cornu_tensors(y));
    ck_assert_ptr_nonnull(model);
    char *text = cornu_model_to_json(model);
    ck_assert_ptr_nonnull(strstr(text, "\"kwargs\": {\"by\": {\"class_name\": \"__keras_tensor__\"")
    );
    cornu_model *again = cornu_model_from_json(text);
    ck_assert_ptr_nonnull(again);
    cornu_tensor *a = cornu_test_tensor(cornu_shape(1, 2), (float[]){2, 3});
    cornu_tensor *b = cornu_test_tensor(cornu_shape(1, 2), (float[]){5, 7});
    cornu_tensor *z;
    cornu_tensor *first = cornu_predict(again, .inputs = cornu_tensors(a, b), .outputs = &z);
    assert_values(z, 0, 10, 21);
    cornu_tensor_free(first);
    cornu_tensor_free(z);
    cornu_tensor_free(a);
    cornu_tensor_free(b);
    cornu_free(text);
    cornu_model_free(model);
    cornu_model_free(again);
}
END_TEST

/* As Keras writes mix_up({"images": x, "labels": y}). */
static const char mixing[] =
    "{\"class_name\": \"Functional\", \"config\": {\"name\": \"m\", \"layers\": ["
    "{\"class_name\": \"InputLayer\", \"config\": {\"name\": \"x\", \"batch_shape\": [null, 2, 2, "
    "1]},"
    " \"name\": \"x\", \"inbound_nodes\": []}, "
    "{\"class_name\": \"InputLayer\", \"config\": {\"name\": \"y\", \"batch_shape\": [null, 3]},"
    " \"name\": \"y\", \"inbound_nodes\": []}, "
    "{\"class_name\": \"%s\", \"config\": {\"name\": \"mix\"}, \"name\": \"mix\", "
    "\"inbound_nodes\": "
    "[{\"args\": [{\"%s\": " TENSOR("[null, 2, 2, 1]", "x") ", \"labels\": " TENSOR(
        "[null, 3]", "y"
    ) "}], \"kwargs\": {}}]}], "
      "\"input_layers\": [[\"x\", 0, 0], [\"y\", 0, 0]], "
      "\"output_layers\": [[\"mix\", 0, 0], [\"mix\", 0, 1]]}}";

static cornu_model *mixing_model(const char *class_name, const char *first) {
    char json[4096];
    snprintf(json, sizeof json, mixing, class_name, first);
    return cornu_model_from_json(json);
}

START_TEST(dicts_of_images_and_labels_are_taken_by_layers_that_mix_them) {
    cornu_model *model = mixing_model("MixUp", "images");
    assert_ok(model);
    cornu_tensor *inputs[] = {
        cornu_test_tensor(cornu_shape(1, 2, 2, 1), (float[]){1, 2, 3, 4}),
        cornu_test_tensor(cornu_shape(1, 3), (float[]){0, 1, 0})};
    cornu_tensor *got[2];
    assert_ok(cornu_model_run_(model, inputs, NULL, got));
    assert_values(got[0], 0, 1, 2, 3, 4);
    assert_values(got[1], 0, 0, 1, 0);
    char *text = cornu_model_to_json(model);
    ck_assert_ptr_nonnull(
        strstr(text, "\"args\": [{\"images\": {\"class_name\": \"__keras_tensor__\"")
    );
    cornu_model *again = cornu_model_from_json(text);
    assert_ok(again);
    char *second = cornu_model_to_json(again);
    ck_assert_str_eq(text, second);
    cornu_free(text);
    cornu_free(second);
    cornu_model_free(again);
    cornu_model_free(model);
    cornu_tensor_free(inputs[0]);
    cornu_tensor_free(inputs[1]);
    assert_fails(mixing_model("RandomFlip", "images"), CORNU_EUNSUPPORTED, "dict");
    assert_fails(mixing_model("CutMix", "bounding_boxes"), CORNU_EUNSUPPORTED, "'bounding_boxes'");
}
END_TEST

CORNU_TESTS(operations) {
    TCase *tc = cornu_test_case(suite, "operations");
    tcase_add_test(tc, arguments_come_from_call_or_config);
    tcase_add_test(tc, indices_select_as_in_python);
    tcase_add_test(tc, operations_are_written_as_they_were_read);
    tcase_add_test(tc, what_an_operation_cannot_take_is_refused);
    tcase_add_test(tc, dicts_of_images_and_labels_are_taken_by_layers_that_mix_them);
    tcase_add_test(tc, tensors_given_by_name_are_inputs_of_the_call);
}
