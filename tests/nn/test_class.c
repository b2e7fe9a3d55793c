/* Objects from argument structs, by name and from configs; what is taken, what is refused. */
#include <cornu/cornu.h>
#include <string.h>

#include "nn/class.h"
#include "nn/layer.h"
#include "support/failing_allocator.h"
#include "support/support.h"

/* A class of a user's own, with a field of most kinds. */
typedef struct {
    CORNU_LAYER_ARGS(scale_args);
    double factor;
    int64_t times;
    double limit;
    cornu_shape sizes;
    cornu_axes axes;
    const char *mode, *activation;
    cornu_initializer *start;
    cornu_regularizer *penalty;
} scale_args;

typedef struct {
    cornu_layer base;
    scale_args args;
} scale;

static cornu_status init(void *object) {
    scale *self = object;
    if (self->args.factor == 0) CORNU_FAIL(CORNU_EINVAL, "factor must not be 0");
    return CORNU_OK;
}

static cornu_tensor *call(
    cornu_layer *layer, cornu_tensor *const *inputs, const cornu_call_context *context
) {
    (void)context;
    return cornu_op_multiply(inputs[0], cornu_scalar(((scale *)layer)->args.factor));
}

static const scale_args defaults = {
    CORNU_LAYER_DEFAULTS(scale_args), .factor = 1, .times = CORNU_NONE, .limit = NAN, .mode = "up"};
static const cornu_field fields[] = {
    CORNU_LAYER_FIELDS(scale_args),
    CORNU_FIELD(scale_args, FLOAT, factor),
    CORNU_FIELD(scale_args, INT, times),
    CORNU_FIELD(scale_args, FLOAT, limit),
    CORNU_FIELD(scale_args, SIZES, sizes),
    CORNU_FIELD(scale_args, AXES, axes),
    CORNU_FIELD(scale_args, STRING, mode),
    CORNU_FIELD(scale_args, ACTIVATION, activation),
    CORNU_FIELD_DEFAULT(scale_args, INITIALIZER, start, "Zeros"),
    CORNU_FIELD(scale_args, REGULARIZER, penalty),
};
static const cornu_layer_class scale_class = {
    CORNU_CLASS_ARGS(scale, args, defaults, fields),
    .name = "Test>Scale",
    .init = init,
    .call = call,
};

static void register_once(void) {
    if (cornu_class_find_(CORNU_FAMILY_LAYER, "Test>Scale") == NULL)
        assert_ok(cornu_register_layer(&scale_class));
}

static void config_is(cornu_layer *layer, const char *wanted) {
    ck_assert_msg(layer != NULL, "%s", cornu_error_message());
    char *config = cornu_layer_config_text(layer);
    ck_assert_str_eq(config, wanted);
    cornu_free(config);
    cornu_layer_free(layer);
}

#define HEAD                                                                                       \
    "{\"name\": \"s\", \"trainable\": true, \"dtype\": {\"module\": \"keras\", \"class_name\": "   \
    "\"DTypePolicy\", \"config\": {\"name\": \"float32\"}, \"registered_name\": null}, "

START_TEST(a_config_holds_the_table_in_keras_words) {
    scale_args args = {
        CORNU_LAYER_DEFAULTS(scale_args), .name = "s", .factor = 2, .times = CORNU_NONE,
        .limit = NAN};
    config_is(
        cornu_layer_create(&scale_class, &args),
        HEAD "\"factor\": 2.0, \"times\": null, \"limit\": null, \"sizes\": null, \"axes\": null, "
             "\"mode\": null, \"activation\": \"linear\", \"start\": {\"module\": "
             "\"keras.initializers\", \"class_name\": \"Zeros\", \"config\": {}, "
             "\"registered_name\": null}, \"penalty\": null}"
    );
    args.times = 3;
    args.sizes = (cornu_shape){2, {-1, 4}};
    args.axes = cornu_axes(1, 2);
    args.activation = "relu";
    args.penalty = cornu_regularizer_l2(0.5);
    config_is(
        cornu_layer_create(&scale_class, &args), HEAD
        "\"factor\": 2.0, \"times\": 3, \"limit\": null, \"sizes\": [null, 4], \"axes\": [1, 2], "
        "\"mode\": null, \"activation\": \"relu\", \"start\": {\"module\": "
        "\"keras.initializers\", \"class_name\": \"Zeros\", \"config\": {}, "
        "\"registered_name\": null}, \"penalty\": {\"module\": \"keras.regularizers\", "
        "\"class_name\": \"L2\", \"config\": {\"l2\": 0.5}, \"registered_name\": null}}"
    );
}
END_TEST

START_TEST(a_registered_class_is_found_by_its_registered_name) {
    register_once();
    cornu_layer *layer = cornu_layer_from_json(
        "{\"module\": \"my\", \"class_name\": \"Scale\", \"config\": {\"factor\": 3, \"axes\": 1}, "
        "\"registered_name\": \"Test>Scale\"}"
    );
    ck_assert_msg(layer != NULL, "%s", cornu_error_message());
    assert_values(cornu_call(layer, cornu_scalar_of(CORNU_FLOAT32, 2)), 0, 6);
    cJSON *json = cornu_object_serialize_(CORNU_FAMILY_LAYER, layer);
    ck_assert_str_eq(cJSON_GetObjectItem(json, "registered_name")->valuestring, "Test>Scale");
    ck_assert_str_eq(cJSON_GetObjectItem(json, "class_name")->valuestring, "Scale");
    cJSON_Delete(json);
    cornu_layer_free(layer);
    assert_fails(cornu_register_layer(&scale_class), CORNU_EINVAL, "already");
}
END_TEST

static cornu_layer *from_config(const char *config) {
    char json[1024];
    register_once();
    snprintf(json, sizeof json, "{\"class_name\": \"Test>Scale\", \"config\": %s}", config);
    return cornu_layer_from_json(json);
}

START_TEST(wrong_values_name_class_key_and_value) {
    assert_fails(
        from_config("{\"factor\": \"x\"}"), CORNU_EINVAL,
        "Test>Scale: factor: must be a number, got \"x\""
    );
    assert_fails(
        from_config("{\"times\": 2.5}"), CORNU_EINVAL, "times: must be an integer, got 2.5"
    );
    assert_fails(
        from_config("{\"factor\": null}"), CORNU_EINVAL, "factor: must be a number, got null"
    );
    assert_fails(
        from_config("{\"trainable\": 3}"), CORNU_EINVAL, "trainable: must be true or false"
    );
    assert_fails(from_config("{\"sizes\": [1,1,1,1,1,1,1,1,1]}"), CORNU_ESHAPE, "more than 8");
    assert_fails(from_config("{\"axes\": [0, 99]}"), CORNU_EINVAL, "no axis 99");
    assert_fails(from_config("{\"mode\": 3}"), CORNU_EINVAL, "mode: must be a text");
    assert_fails(from_config("{\"start\": \"zeroes\"}"), CORNU_EUNKNOWN, "did you mean 'Zeros'");
    assert_fails(from_config("{\"dtype\": \"float3\"}"), CORNU_EUNKNOWN, "Test>Scale");
    assert_fails(from_config("{\"factor\": 0}"), CORNU_EINVAL, "Test>Scale: factor must not be 0");
    assert_fails(from_config("3"), CORNU_EFORMAT, "Test>Scale");
}
END_TEST

START_TEST(unknown_keys_pass_only_where_they_say_nothing) {
    cornu_layer_free(from_config(
        "{\"quantization_config\": null, \"sparse\": false, \"batch_input_shape\": [null, 3]}"
    ));
    ck_assert_int_eq(cornu_error_status(), CORNU_OK);
    assert_fails(from_config("{\"u2\": 5}"), CORNU_EUNSUPPORTED, "'u2'");
    assert_fails(
        from_config("{\"quantization_config\": {\"a\": 1}}"), CORNU_EUNSUPPORTED, "Test>Scale"
    );
}
END_TEST

START_TEST(activations_come_as_names_and_functions_but_not_as_code_or_layers) {
    cornu_layer *layer = from_config(
        "{\"name\": \"s\", \"mode\": \"m\", \"activation\": {\"module\": \"keras.activations\", "
        "\"class_name\": \"function\", \"config\": \"gelu\", \"registered_name\": \"gelu\"}}"
    );
    ck_assert_msg(layer != NULL, "%s", cornu_error_message());
    ck_assert_str_eq(((scale *)layer)->args.activation, "gelu");
    cornu_layer_free(layer);
    assert_fails(
        from_config("{\"activation\": \"no_such_activation\"}"), CORNU_EUNKNOWN,
        "no activation 'no_such_activation'"
    );
    assert_fails(
        from_config("{\"activation\": {\"class_name\": \"LeakyReLU\", \"config\": {}}}"),
        CORNU_EUNSUPPORTED, "'LeakyReLU'"
    );
    assert_fails(
        from_config("{\"activation\": {\"class_name\": \"__lambda__\", \"config\": {}}}"),
        CORNU_EUNSUPPORTED, "lambda"
    );
    assert_fails(
        cornu_layer_from_json("{\"class_name\": \"__lambda__\", \"config\": {}}"),
        CORNU_EUNSUPPORTED, "lambda"
    );
}
END_TEST

START_TEST(no_activation_is_the_linear_one_and_not_the_default) {
    cornu_layer *layer = cornu_layer_from_json(
        "{\"class_name\": \"LSTM\", \"config\": {\"units\": 2, \"activation\": null}}"
    );
    ck_assert_msg(layer != NULL, "%s", cornu_error_message());
    cJSON *config = cornu_object_config_(layer);
    ck_assert_ptr_nonnull(config);
    const cJSON *activation = cJSON_GetObjectItemCaseSensitive(config, "activation");
    ck_assert_str_eq(cJSON_GetStringValue(activation), "linear");
    const cJSON *of_gates = cJSON_GetObjectItemCaseSensitive(config, "recurrent_activation");
    ck_assert_str_eq(cJSON_GetStringValue(of_gates), "sigmoid");
    cJSON_Delete(config);
    cornu_layer_free(layer);
}
END_TEST

START_TEST(every_spelling_of_keras_finds_the_class) {
    static const char *const names[] = {
        "GlorotUniform", "glorot_uniform", "zeros",     "Zeros",           "OrthogonalInitializer",
        "orthogonal",    "uniform",        "he_normal", "TruncatedNormal", "identity"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        cornu_initializer *initializer = cornu_initializer_get(names[i]);
        ck_assert_msg(initializer != NULL, "%s", cornu_error_message());
        cornu_initializer_free(initializer);
    }
    static const char *const optimizers[] = {"SGD",  "sgd",   "RMSprop", "rmsprop",
                                             "adam", "adamw", "AdamW"};
    for (size_t i = 0; i < sizeof optimizers / sizeof *optimizers; i++) {
        cornu_optimizer *optimizer = cornu_optimizer_get(optimizers[i]);
        ck_assert_msg(optimizer != NULL, "%s", cornu_error_message());
        cornu_optimizer_free(optimizer);
    }
    cornu_loss *loss =
        cornu_loss_from_json("{\"class_name\": \"function\", \"config\": \"mean_squared_error\"}");
    ck_assert_msg(loss != NULL, "%s", cornu_error_message());
    ck_assert_str_eq(loss->cls->name, "MeanSquaredError");
    cornu_loss_free(loss);
    assert_fails(cornu_optimizer_get("admw"), CORNU_EUNKNOWN, "did you mean");
}
END_TEST

START_TEST(a_learning_rate_is_written_as_the_float32_it_is) {
    cornu_optimizer *optimizer = cornu_optimizer_adam(.learning_rate = 0.001);
    cJSON *config = cornu_object_config_(optimizer);
    char *text = cornu_json_print_(cJSON_GetObjectItem(config, "learning_rate"));
    ck_assert_str_eq(text, "0.0010000000474974513");
    cornu_free(text);
    cJSON_Delete(config);
    cornu_optimizer_free(optimizer);
}
END_TEST

static cornu_status make_and_read(void *user) {
    (void)user;
    cornu_layer *layer = cornu_layer_dense(
        3, .activation = "relu", .name = "d", .kernel_regularizer = cornu_regularizer_l2(0.1)
    );
    char *config = layer != NULL ? cornu_layer_config_text(layer) : NULL;
    cornu_layer_free(layer);
    if (config == NULL) return cornu_error_status();
    char json[2048];
    snprintf(json, sizeof json, "{\"class_name\": \"Dense\", \"config\": %s}", config);
    cornu_free(config);
    layer = cornu_layer_from_json(json);
    cornu_status status = layer != NULL ? CORNU_OK : cornu_error_status();
    const cornu_shape shape = {2, {-1, 4}};
    if (status == CORNU_OK) status = cornu_layer_build(layer, &shape, 1);
    cornu_layer_free(layer);
    return status;
}

START_TEST(a_failed_allocation_anywhere_leaks_nothing) {
    size_t runs = 0;
    const char *wrong = cornu_test_every_failure(make_and_read, NULL, &runs);
    ck_assert_msg(wrong == NULL, "%s", wrong);
    ck_assert_int_gt((int)runs, 20);
}
END_TEST

CORNU_TESTS(class) {
    cornu_test_allocator_install();
    TCase *tc = cornu_test_case(suite, "class");
    tcase_add_test(tc, a_config_holds_the_table_in_keras_words);
    tcase_add_test(tc, a_registered_class_is_found_by_its_registered_name);
    tcase_add_test(tc, wrong_values_name_class_key_and_value);
    tcase_add_test(tc, unknown_keys_pass_only_where_they_say_nothing);
    tcase_add_test(tc, activations_come_as_names_and_functions_but_not_as_code_or_layers);
    tcase_add_test(tc, no_activation_is_the_linear_one_and_not_the_default);
    tcase_add_test(tc, every_spelling_of_keras_finds_the_class);
    tcase_add_test(tc, a_learning_rate_is_written_as_the_float32_it_is);
    tcase_add_test(tc, a_failed_allocation_anywhere_leaks_nothing);
}
