/* Configs: what real Keras wrote comes back word for word, and what is broken is told clearly. */
#include <cornu/cornu.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "model/model.h"
#include "own_layers.h"
#include "support/support.h"

static cJSON *read_config(const char *name) {
    char path[512], *data;
    size_t size;
    snprintf(path, sizeof path, "%s/model/data/%s.json", CORNU_TESTS_DIR, name);
    assert_ok(cornu_file_read_(path, 0, &data, &size));
    cJSON *json = cornu_json_parse_(data, size, name);
    assert_ok(json);
    cornu_free_(data);
    return json;
}

/* Numbers of objects in the memory of the process that wrote the file. */
static void drop_shared_ids(cJSON *json) {
    cJSON_DeleteItemFromObjectCaseSensitive(json, "shared_object_id");
    for (cJSON *item = json->child; item != NULL; item = item->next) drop_shared_ids(item);
}

static const char *const files[] = {"nested_functional",        "multi_output_list",
                                    "input_is_output",          "shared_layer_two_nodes_as_outputs",
                                    "outputs_nested_structure", "layer_called_in_chain"};

START_TEST(configs_of_keras_come_back_word_for_word) {
    cJSON *json = read_config(files[_i]);
    cornu_model *model = cornu_model_from_config_(json);
    assert_ok(model);
    cJSON *again = cornu_model_serialize_(model);
    assert_ok(again);
    drop_shared_ids(json);
    cJSON_DeleteItemFromObjectCaseSensitive(json, "compile_config");
    char *wanted = cornu_json_print_(json), *got = cornu_json_print_(again);
    ck_assert_str_eq(got, wanted);
    cornu_free_(wanted);
    cornu_free_(got);
    cJSON_Delete(json);
    cJSON_Delete(again);
    cornu_model_free(model);
}
END_TEST

START_TEST(what_the_api_makes_survives_a_round_trip) {
    own_register();
    cornu_tensor *x = cornu_input_tensor(2, .name = "x"), *z = cornu_input_tensor(2, .name = "z");
    cornu_tensor *in = cornu_input_tensor(2), *pair[2];
    cornu_layer *inner_layer = own(&own_pair_class);
    assert_ok(cornu_layer_call_many(inner_layer, cornu_tensors(in), NULL, pair));
    cornu_model *inner =
        cornu_functional(cornu_tensors(in), cornu_tensors(pair[0], pair[1]), .name = "inner");
    cornu_tensor *halves[2];
    assert_ok(cornu_layer_call_many(cornu_model_layer(inner), cornu_tensors(x), NULL, halves));
    cornu_tensor *y = cornu_call(own(&own_sum_class), halves[0], halves[1], z);
    cornu_model *model = cornu_functional(
        cornu_tensors(x, z), cornu_tensors(y, halves[1]),
        .output_keys = (const char *const[]){"total", "half"}
    );
    assert_ok(model);
    char *text = cornu_model_to_json(model);
    ck_assert_ptr_nonnull(strstr(text, "\"half\": [\"inner\", 1, 1]")); /* as Keras counts there */
    ck_assert_ptr_nonnull(strstr(text, "\"keras_history\": [\"inner\", 0, 1]"));
    ck_assert_ptr_nonnull(strstr(text, "\"kwargs\": {\"mask\": null}"));
    cornu_model *copy = cornu_model_from_json(text);
    assert_ok(copy);
    char *again = cornu_model_to_json(copy);
    ck_assert_str_eq(again, text);
    cornu_tensor *u = cornu_test_tensor(cornu_shape(1, 2), (const float[]){1, 2});
    cornu_tensor *inputs[2] = {u, u}, *out[2];
    assert_ok(cornu_model_run_(copy, inputs, NULL, out));
    assert_values(out[0], 1e-6, 2, 4);
    assert_values(out[1], 1e-6, 4, 8);
    cornu_tensor_free(u);
    cornu_free(text);
    cornu_free(again);
    cornu_model_free(model);
    cornu_model_free(copy);
}
END_TEST

/* A dense layer on `from`. */
#define DENSE(name, from)                                                                          \
    "{\"module\": \"keras.layers\", \"class_name\": \"Dense\", \"config\": {\"name\": \"" name     \
    "\", \"units\": 2}, \"name\": \"" name "\", \"inbound_nodes\": [{\"args\": "                   \
    "[{\"class_name\": \"__keras_tensor__\", \"config\": {\"shape\": [null, 2], \"dtype\": "       \
    "\"float32\", \"keras_history\": [" from "]}}], \"kwargs\": {}}]}"
#define INPUT                                                                                      \
    "{\"class_name\": \"InputLayer\", \"config\": {\"batch_shape\": [null, 2], \"name\": \"in\"}," \
    " \"name\": \"in\", \"inbound_nodes\": []}"
#define FUNCTIONAL(layers, end)                                                                    \
    "{\"class_name\": \"Functional\", \"config\": {\"name\": \"m\", \"layers\": [" layers          \
    "], \"input_layers\": [\"in\", 0, 0], \"output_layers\": [\"" end "\", 0, 0]}}"

START_TEST(entries_may_stand_in_any_order) {
    cornu_model *model = cornu_model_from_json(FUNCTIONAL(
        DENSE("c", "\"b\", 0, 0") ", " DENSE("b", "\"a\", 0, 0") ", " DENSE(
            "a", "\"in\", 0, 0"
        ) ", " INPUT,
        "c"
    ));
    assert_ok(model);
    ck_assert_str_eq(cornu_layer_name(cornu_model_layer_at(model, 0)), "in");
    ck_assert_str_eq(cornu_layer_name(cornu_model_layer_at(model, 3)), "c");
    cornu_model_free(model);
}
END_TEST

START_TEST(broken_graphs_are_told_apart) {
    assert_fails(
        cornu_model_from_json(
            FUNCTIONAL(INPUT ", " DENSE("a", "\"b\", 0, 0") ", " DENSE("b", "\"a\", 0, 0"), "b")
        ),
        CORNU_EFORMAT, "the calls of 'a', 'b' wait for one another"
    );
    assert_fails(
        cornu_model_from_json(FUNCTIONAL(INPUT ", " DENSE("a", "\"gone\", 0, 0"), "a")),
        CORNU_EFORMAT, "layer 'a' refers to a layer that is not in the model, 'gone'"
    );
    assert_fails(
        cornu_model_from_json(FUNCTIONAL(INPUT ", " DENSE("a", "\"in\", 0, 3"), "a")),
        CORNU_EFORMAT, "an output that is not there of layer 'in'"
    );
    assert_fails(
        cornu_model_from_json(FUNCTIONAL(INPUT ", " DENSE("a", "\"in\", 5, 0"), "a")),
        CORNU_EFORMAT, "a call that is not there of layer 'in'"
    );
    assert_fails(
        cornu_model_from_json(FUNCTIONAL(INPUT ", " DENSE("a", "\"in\", 0, 0"), "z")),
        CORNU_EFORMAT, "output_layers"
    );
    assert_fails(
        cornu_model_from_json(
            FUNCTIONAL(INPUT ", " DENSE("a", "\"in\", 0, 0") ", " DENSE("a", "\"in\", 0, 0"), "a")
        ),
        CORNU_EFORMAT, "two layers have the name 'a'"
    );
}
END_TEST

START_TEST(all_unknown_classes_are_named_with_their_places) {
    assert_fails(
        cornu_model_from_json(
            "{\"class_name\": \"Sequential\", \"config\": {\"name\": \"s\", \"layers\": ["
            "{\"class_name\": \"InputLayer\", \"config\": {\"batch_shape\": [null, 2]}}, "
            "{\"class_name\": \"Warp\", \"config\": {\"name\": \"w\"}}, "
            "{\"class_name\": \"Functional\", \"config\": {\"name\": \"inner\", \"layers\": ["
            "{\"class_name\": \"Foo\", \"registered_name\": \"mine>Foo\", \"config\": {}, "
            "\"name\": "
            "\"foo\"}, {\"module\": \"keras.src.ops.numpy\", \"class_name\": \"Warp\", \"config\": "
            "{\"name\": \"add\"}}]}}]}}"
        ),
        CORNU_EUNKNOWN,
        "unknown classes: layers/1 'w': Warp; layers/2 'inner'/layers/0 'foo': mine>Foo; "
        "layers/2 'inner'/layers/1 'add': operation Warp"
    );
    assert_fails(
        cornu_model_from_json("{\"class_name\": \"Dense\", \"config\": {}}"), CORNU_EFORMAT,
        "Dense is a layer"
    );
}
END_TEST

START_TEST(calls_of_keras_2_are_read) {
    cornu_model *model = cornu_model_from_json(
        "{\"class_name\": \"Functional\", \"config\": {\"name\": \"old\", \"layers\": ["
        "{\"class_name\": \"InputLayer\", \"config\": {\"batch_input_shape\": [null, 2], "
        "\"dtype\": "
        "\"float32\", \"sparse\": false, \"ragged\": false, \"name\": \"in\"}, \"name\": \"in\", "
        "\"inbound_nodes\": []}, "
        "{\"class_name\": \"Dense\", \"config\": {\"name\": \"d\", \"trainable\": true, \"dtype\": "
        "\"float32\", \"units\": 2, \"activation\": \"linear\"}, \"name\": \"d\", "
        "\"inbound_nodes\": [[[\"in\", 0, 0, {}]], [[\"d\", 0, 0, {}]]]}], "
        "\"input_layers\": [[\"in\", 0, 0]], \"output_layers\": [[\"d\", 1, 0]]}}"
    );
    assert_ok(model);
    ck_assert_uint_eq(cornu_layer_weights(cornu_model_layer(model)).count, 2);
    char *text = cornu_model_to_json(model);
    ck_assert_ptr_nonnull(strstr(text, "\"output_layers\": [[\"d\", 1, 0]]"));
    cornu_free(text);
    cornu_model_free(model);
}
END_TEST

START_TEST(a_sequential_is_built_from_the_shape_in_its_config) {
    cornu_model *model = cornu_model_from_json(
        "{\"class_name\": \"Sequential\", \"config\": {\"name\": \"s\", \"layers\": "
        "[{\"class_name\": "
        "\"Dense\", \"config\": {\"units\": 3}}], \"build_input_shape\": [null, 4]}}"
    );
    assert_ok(model);
    ck_assert_int_eq(cornu_layer_parameter_count(cornu_model_layer(model)), 15);
    cornu_model_free(model);
    model = cornu_model_from_json(
        "{\"class_name\": \"Sequential\", \"config\": {\"name\": \"s\", \"layers\": "
        "[{\"class_name\": \"Dense\", \"config\": {\"units\": 3}}]}, "
        "\"build_config\": {\"input_shape\": [null, 4]}}"
    );
    assert_ok(model);
    ck_assert_int_eq(cornu_layer_parameter_count(cornu_model_layer(model)), 15);
    cornu_model_free(model);
}
END_TEST

START_TEST(a_layer_in_two_models_stays_one) {
    cornu_layer *shared = own_dense(2, 1);
    cornu_tensor *in = cornu_input_tensor(2);
    cornu_model *inner =
        cornu_functional(cornu_tensors(in), cornu_tensors(cornu_call(shared, in)), .name = "inner");
    cornu_tensor *x = cornu_input_tensor(2);
    cornu_tensor *y = cornu_call(shared, cornu_call(inner, x));
    cornu_model *model = cornu_functional(cornu_tensors(x), cornu_tensors(y));
    assert_ok(model);
    ck_assert_uint_eq(cornu_layer_weights(cornu_model_layer(model)).count, 2);
    char *text = cornu_model_to_json(model);
    cornu_model *copy = cornu_model_from_json(text);
    assert_ok(copy);
    ck_assert_uint_eq(cornu_layer_weights(cornu_model_layer(copy)).count, 2);
    cornu_free(text);
    cornu_model_free(model);
    cornu_model_free(copy);
}
END_TEST

/* Keras lets a call name its inputs, in any order, and writes it so. */
START_TEST(calls_may_name_their_inputs) {
    static const char text[] =
        "{\"class_name\": \"Functional\", \"config\": {\"name\": \"m\", \"layers\": ["
        "{\"class_name\": \"InputLayer\", \"config\": {\"batch_shape\": [null, 2, 1]}, "
        "\"name\": \"x\", \"inbound_nodes\": []}, "
        "{\"class_name\": \"InputLayer\", \"config\": {\"batch_shape\": [null, 1]}, "
        "\"name\": \"h\", \"inbound_nodes\": []}, "
        "{\"class_name\": \"SimpleRNN\", \"config\": {\"units\": 1, \"activation\": \"linear\", "
        "\"kernel_initializer\": \"ones\", \"recurrent_initializer\": \"ones\"}, \"name\": \"r\", "
        "\"inbound_nodes\": [{\"args\": [], \"kwargs\": {"
        "\"initial_state\": [{\"class_name\": \"__keras_tensor__\", \"config\": {"
        "\"shape\": [null, 1], \"dtype\": \"float32\", \"keras_history\": [\"h\", 0, 0]}}], "
        "\"sequences\": {\"class_name\": \"__keras_tensor__\", \"config\": {"
        "\"shape\": [null, 2, 1], \"dtype\": \"float32\", \"keras_history\": [\"x\", 0, 0]}}}}]}], "
        "\"input_layers\": [[\"x\", 0, 0], [\"h\", 0, 0]], \"output_layers\": [[\"r\", 0, 0]]}}";
    cornu_model *model = cornu_model_from_json(text);
    assert_ok(model);
    cornu_tensor *x = cornu_op_ones(cornu_shape(1, 2, 1), CORNU_FLOAT32);
    cornu_tensor *h = cornu_op_full(cornu_shape(1, 1), 10, CORNU_FLOAT32);
    assert_values(cornu_call(model, x, h), 1e-6, 12);
    char *saved = cornu_model_to_json(model);
    ck_assert_ptr_nonnull(strstr(saved, "\"args\": [], \"kwargs\": {\"initial_state\": [{"));
    cornu_free(saved);
    cornu_model_free(model);
}
END_TEST

/* A model of JSON with ' for ", in which <x> is the tensor of input x and [x] that input. */
static cornu_model *from_short(const char *json) {
    static const char tensor[] =
        "{\"class_name\": \"__keras_tensor__\", \"config\": {\"keras_history\": [\"%c\", 0, 0]}}";
    static const char input[] = "{\"class_name\": \"InputLayer\", \"config\": {\"batch_shape\": "
                                "[null, 1], \"name\": \"%c\"}, \"name\": \"%c\"}";
    char text[4096];
    size_t at = 0;
    for (const char *c = json; *c != '\0' && at < sizeof text; c++) {
        size_t room = sizeof text - at;
        bool name = c[1] != '\0' && c[2] == (*c == '<' ? '>' : ']') && c[1] >= 'a';
        if (*c == '<') at += (size_t)snprintf(text + at, room, tensor, c[1]), c += 2;
        else if (*c == '[' && name)
            at += (size_t)snprintf(text + at, room, input, c[1], c[1]), c += 2;
        else text[at++] = *c == '\'' ? '"' : *c;
    }
    ck_assert_uint_lt(at, sizeof text);
    text[at] = '\0';
    return cornu_model_from_json(text);
}

/* The model q - p, called on a and b as `call` says. */
static cornu_model *difference(const char *call) {
    char text[2048];
    snprintf(
        text, sizeof text,
        "{'class_name': 'Functional', 'config': {'name': 'outer', 'layers': [[a], [b], "
        "{'class_name': 'Functional', 'name': 'inner', 'config': {'name': 'inner', 'layers': "
        "[[q], [p], {'class_name': 'Subtract', 'config': {}, 'name': 's', "
        "'inbound_nodes': [{'args': [[<q>, <p>]], 'kwargs': {}}]}], "
        "'input_layers': [['q', 0, 0], ['p', 0, 0]], 'output_layers': [['s', 0, 0]]}, "
        "'inbound_nodes': [{%s}]}], 'input_layers': [['a', 0, 0], ['b', 0, 0]], "
        "'output_layers': [['inner', 1, 0]]}}",
        call
    );
    return from_short(text);
}

START_TEST(a_model_called_with_a_dict_finds_its_inputs_by_name) {
    static const char *const calls[] = {
        "'args': [{'p': <b>, 'q': <a>}], 'kwargs': {}",
        "'args': [], 'kwargs': {'inputs': {'q': <a>, 'p': <b>}}",
    };
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
        cornu_model *model = difference(calls[i]);
        assert_ok(model);
        cornu_tensor *a = cornu_op_full(cornu_shape(1, 1), 5, CORNU_FLOAT32);
        cornu_tensor *b = cornu_op_full(cornu_shape(1, 1), 3, CORNU_FLOAT32);
        assert_values(cornu_call(model, a, b), 0, 2);
        cornu_model_free(model);
    }
    assert_fails(
        difference("'args': [{'p': <b>, 'r': <a>}], 'kwargs': {}"), CORNU_EINVAL, "none is 'q'"
    );
}
END_TEST

START_TEST(a_frozen_model_stays_frozen) {
    cornu_model *model = cornu_sequential(cornu_input(2), cornu_layer_dense(1));
    assert_ok(cornu_layer_set_trainable(cornu_model_layer(model), false));
    char *text = cornu_model_to_json(model);
    cornu_model *copy = cornu_model_from_json(text);
    assert_ok(copy);
    ck_assert_uint_eq(cornu_layer_trainable_weights(cornu_model_layer(copy)).count, 0);
    ck_assert_uint_eq(cornu_layer_weights(cornu_model_layer(copy)).count, 2);
    cornu_free(text);
    cornu_model_free(model);
    cornu_model_free(copy);
}
END_TEST

CORNU_TESTS(config) {
    TCase *tc = cornu_test_case(suite, "config");
    tcase_add_loop_test(
        tc, configs_of_keras_come_back_word_for_word, 0, (int)(sizeof files / sizeof *files)
    );
    tcase_add_test(tc, what_the_api_makes_survives_a_round_trip);
    tcase_add_test(tc, entries_may_stand_in_any_order);
    tcase_add_test(tc, broken_graphs_are_told_apart);
    tcase_add_test(tc, all_unknown_classes_are_named_with_their_places);
    tcase_add_test(tc, calls_of_keras_2_are_read);
    tcase_add_test(tc, a_sequential_is_built_from_the_shape_in_its_config);
    tcase_add_test(tc, a_layer_in_two_models_stays_one);
    tcase_add_test(tc, calls_may_name_their_inputs);
    tcase_add_test(tc, a_model_called_with_a_dict_finds_its_inputs_by_name);
    tcase_add_test(tc, a_frozen_model_stays_frozen);
}
