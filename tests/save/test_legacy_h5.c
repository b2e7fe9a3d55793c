/* Legacy .h5 files: both ways, conversions of older weights, renamed arguments, what does not
 * fit. */
#include "base/file.h"
#include "base/memory.h"
#include "save/legacy.h"
#include "support/support.h"
#include <cornu/cornu.h>

#include <string.h>

/* ---- files ----------------------------------------------------------------------------------- */

/* One dataset of a layer: `name` is also its path below the layer's group. */
typedef struct weight {
    const char *name;
    cornu_shape shape;
    float first, step;   /* values first, first + step, ... */
    const float *values; /* instead of those */
} weight;

static cornu_tensor *tensor_of(const weight *w) {
    cornu_tensor *tensor = cornu_tensor_new(CORNU_FLOAT32, w->shape);
    float *data = cornu_tensor_data_mut(tensor);
    int64_t size = cornu_tensor_size(tensor);
    for (int64_t i = 0; i < size; i++)
        data[i] = w->values ? w->values[i] : w->first + w->step * (float)i;
    return tensor;
}

/* A file with one layer; `config` makes it a whole model. NULL for no version. */
static void write_file(
    const char *path, const char *config, const char *version, const char *backend,
    const char *layer, const weight *weights, size_t count
) {
    cornu_h5 *file;
    char *image, group[64], place[128];
    const char *root = config ? "model_weights" : "", *names[16];
    size_t size;
    assert_ok(cornu_h5_create_(&file, 0));
    if (config) {
        assert_ok(cornu_h5_write_bytes_(file, "", "model_config", config));
        if (version) assert_ok(cornu_h5_write_bytes_(file, "", "keras_version", version));
        assert_ok(cornu_h5_write_group_(file, root));
    }
    if (version) assert_ok(cornu_h5_write_bytes_(file, root, "keras_version", version));
    if (backend) assert_ok(cornu_h5_write_bytes_(file, root, "backend", backend));
    assert_ok(cornu_h5_write_padded_list_(file, root, "layer_names", &layer, 1));
    (void)snprintf(group, sizeof group, "%s%s%s", root, *root ? "/" : "", layer);
    assert_ok(cornu_h5_write_group_(file, group));
    for (size_t i = 0; i < count; i++) {
        names[i] = weights[i].name;
        (void)snprintf(place, sizeof place, "%s/%s", group, names[i]);
        cornu_tensor *tensor = tensor_of(&weights[i]);
        assert_ok(cornu_h5_write_tensor_(file, place, tensor));
        cornu_tensor_free(tensor);
    }
    assert_ok(cornu_h5_write_padded_list_(file, group, "weight_names", names, count));
    assert_ok(cornu_h5_image_(file, &image, &size));
    assert_ok(cornu_file_write_(path, image, size));
    cornu_free_(image);
    cornu_h5_close_(file);
}

static void assert_weight(cornu_model *model, size_t index, const float *expected, size_t count) {
    cornu_tensor_list weights = cornu_layer_weights(cornu_model_layer(model));
    ck_assert_uint_lt(index, weights.count);
    ck_assert_int_eq(cornu_tensor_size(weights.items[index]), (int64_t)count);
    for (size_t i = 0; i < count; i++) {
        double got = cornu_tensor_get(weights.items[index], (int64_t)i);
        ck_assert_msg(
            got == (double)expected[i], "weight %zu, element %zu: %g instead of %g", index, i, got,
            (double)expected[i]
        );
    }
}

/* ---- both ways ------------------------------------------------------------------------------- */

static void train(cornu_model *model, cornu_optimizer *optimizer) {
    assert_ok(cornu_compile(model, .optimizer = optimizer, .loss = cornu_loss_mean_squared_error())
    );
    CORNU_SCOPE {
        cornu_tensor *x = cornu_op_ones(cornu_shape(3, 4), CORNU_FLOAT32);
        cornu_tensor *y = cornu_op_zeros(cornu_shape(3, 2), CORNU_FLOAT32);
        cornu_logs logs = {0};
        for (int i = 0; i < 3; i++) assert_ok(cornu_train_on_batch(model, x, y, NULL, &logs));
        cornu_logs_clear(&logs);
    }
}

static cornu_model *small(void) {
    return cornu_sequential(
        cornu_input(4), cornu_layer_dense(3, .name = "hidden"), cornu_layer_batch_normalization(),
        cornu_layer_dense(2, .name = "out")
    );
}

static void assert_same_training(cornu_model *model, cornu_model *copy) {
    cornu_tensor_list a = cornu_layer_weights(cornu_model_layer(model));
    cornu_tensor_list b = cornu_layer_weights(cornu_model_layer(copy));
    ck_assert_uint_eq(a.count, b.count);
    for (size_t i = 0; i < a.count; i++) ck_assert(cornu_tensor_equal(a.items[i], b.items[i]));
    a = cornu_optimizer_variables(cornu_model_optimizer(model));
    b = cornu_optimizer_variables(cornu_model_optimizer(copy));
    ck_assert_uint_eq(a.count, b.count);
    for (size_t i = 0; i < a.count; i++) ck_assert(cornu_tensor_equal(a.items[i], b.items[i]));
}

START_TEST(a_trained_model_comes_back_with_its_optimizer) {
    cornu_optimizer *optimizers[] = {
        cornu_optimizer_adam(.amsgrad = true, .use_ema = true),
        cornu_optimizer_rmsprop(.momentum = 0.9, .centered = true),
        cornu_optimizer_sgd(.learning_rate = 0.1),
    };
    for (size_t i = 0; i < 3; i++) {
        cornu_model *model = small();
        train(model, optimizers[i]);
        assert_ok(cornu_save(model, "trained.h5"));
        cornu_model *copy = cornu_load("trained.h5");
        assert_ok(copy);
        assert_same_training(model, copy);
        cornu_model_free(copy);
        cornu_model_free(model);
    }
}
END_TEST

START_TEST(weights_alone_are_taken_in_order_or_by_name) {
    cornu_model *model = small();
    train(model, cornu_optimizer_sgd(.learning_rate = 0.1));
    assert_ok(cornu_save_weights(model, "alone.h5"));
    cornu_model *same = small();
    assert_ok(cornu_load_weights(same, "alone.h5"));
    cornu_tensor_list a = cornu_layer_weights(cornu_model_layer(model));
    cornu_tensor_list b = cornu_layer_weights(cornu_model_layer(same));
    for (size_t i = 0; i < a.count; i++) ck_assert(cornu_tensor_equal(a.items[i], b.items[i]));

    /* only "hidden" is there under that name */
    cornu_model *other = cornu_sequential(
        cornu_input(4), cornu_layer_dense(3, .name = "hidden"), cornu_layer_dense(5)
    );
    assert_fails(
        cornu_load_weights(other, "alone.h5"), CORNU_EFORMAT,
        "expected 2 layers with weights ('hidden', 'dense"
    );
    assert_ok(cornu_load_weights(other, "alone.h5", .by_name = true));
    b = cornu_layer_weights(cornu_model_layer(other));
    ck_assert(cornu_tensor_equal(a.items[0], b.items[0]));
    assert_fails(cornu_load("alone.h5"), CORNU_EFORMAT, "it has weights alone");
    cornu_model_free(other);
    cornu_model_free(same);
    cornu_model_free(model);
}
END_TEST

START_TEST(a_list_of_names_too_long_for_one_attribute_is_split) {
    enum { count = 700 };
    char name[128];
    cornu_model *model = cornu_sequential(cornu_input(1));
    for (int i = 0; i < count; i++) {
        (void)snprintf(name, sizeof name, "%0100d", i);
        assert_ok(cornu_sequential_add(model, cornu_layer_dense(1, .name = name)));
    }
    assert_ok(cornu_save_weights(model, "many.h5"));
    cornu_model *copy = cornu_model_clone(model);
    assert_ok(copy);
    assert_ok(cornu_load_weights(copy, "many.h5"));
    cornu_tensor_list a = cornu_layer_weights(cornu_model_layer(model));
    cornu_tensor_list b = cornu_layer_weights(cornu_model_layer(copy));
    for (size_t i = 0; i < a.count; i++) ck_assert(cornu_tensor_equal(a.items[i], b.items[i]));
    cornu_model_free(copy);
    cornu_model_free(model);
}
END_TEST

/* ---- what does not fit ----------------------------------------------------------------------- */

START_TEST(every_layer_that_does_not_fit_is_told_and_nothing_changes) {
    cornu_model *model = small();
    assert_ok(cornu_save_weights(model, "small.h5"));
    cornu_model *other = cornu_sequential(
        cornu_input(4), cornu_layer_dense(3, .name = "hidden"), cornu_layer_batch_normalization(),
        cornu_layer_dense(7, .name = "out")
    );
    assert_fails(
        cornu_load_weights(other, "small.h5"), CORNU_ESHAPE,
        "layer 'out' (Dense): 'kernel' (out/sequential/out/kernel): expected shape (3, 7), "
        "found (3, 2); layer 'out' (Dense): 'bias'"
    );
    cornu_tensor_list a = cornu_layer_weights(cornu_model_layer(model));
    cornu_tensor_list b = cornu_layer_weights(cornu_model_layer(other));
    ck_assert(!cornu_tensor_equal(a.items[0], b.items[0]));
    assert_ok(cornu_load_weights(other, "small.h5", .skip_mismatch = true));
    ck_assert(cornu_tensor_equal(a.items[0], b.items[0]));
    cornu_model_free(other);
    cornu_model_free(model);
}
END_TEST

START_TEST(layers_can_be_left_out_of_a_keras_3_file_too) {
    cornu_model *model = small();
    assert_ok(cornu_save_weights(model, "small.weights.h5"));
    cornu_model *other = cornu_sequential(
        cornu_input(4), cornu_layer_dense(3, .name = "hidden"), cornu_layer_batch_normalization(),
        cornu_layer_dense(7, .name = "out")
    );
    cornu_tensor_list a = cornu_layer_weights(cornu_model_layer(model));
    cornu_tensor_list b = cornu_layer_weights(cornu_model_layer(other));
    assert_fails(cornu_load_weights(other, "small.weights.h5"), CORNU_ESHAPE, "layer 'out'");
    assert_fails(
        cornu_load_weights(other, "small.weights.h5", .by_name = true), CORNU_EUNSUPPORTED,
        "by_name"
    );
    ck_assert(!cornu_tensor_equal(a.items[0], b.items[0]));
    cornu_layer *skipped[] = {cornu_model_get_layer(other, "hidden")};
    assert_ok(cornu_load_weights(
        other, "small.weights.h5", .skip_mismatch = true, .objects_to_skip = skipped,
        .skip_count = 1
    ));
    ck_assert(!cornu_tensor_equal(a.items[0], b.items[0]));
    assert_ok(cornu_load_weights(other, "small.weights.h5", .skip_mismatch = true));
    ck_assert(cornu_tensor_equal(a.items[0], b.items[0]));
    cornu_model_free(other);
    cornu_model_free(model);
}
END_TEST

/* ---- older weights --------------------------------------------------------------------------- */

START_TEST(gates_that_keras_1_kept_apart_are_joined) {
    /* gates i, c, f, o: kernel (2, 1), recurrent kernel (1, 1), bias (1) of each */
    const weight weights[] = {
        {"W_i", cornu_shape(2, 1), 1, 1, NULL},  {"U_i", cornu_shape(1, 1), 3, 0, NULL},
        {"b_i", cornu_shape(1), 4, 0, NULL},     {"W_c", cornu_shape(2, 1), 11, 1, NULL},
        {"U_c", cornu_shape(1, 1), 13, 0, NULL}, {"b_c", cornu_shape(1), 14, 0, NULL},
        {"W_f", cornu_shape(2, 1), 21, 1, NULL}, {"U_f", cornu_shape(1, 1), 23, 0, NULL},
        {"b_f", cornu_shape(1), 24, 0, NULL},    {"W_o", cornu_shape(2, 1), 31, 1, NULL},
        {"U_o", cornu_shape(1, 1), 33, 0, NULL}, {"b_o", cornu_shape(1), 34, 0, NULL},
    };
    const char *config =
        "{\"class_name\": \"Sequential\", \"config\": [{\"class_name\": \"LSTM\", \"config\": "
        "{\"name\": \"lstm_1\", \"output_dim\": 1, \"batch_input_shape\": [null, 3, 2], "
        "\"input_dtype\": \"float32\", \"init\": \"glorot_uniform\", \"inner_init\": "
        "\"orthogonal\", \"forget_bias_init\": \"one\", \"activation\": \"tanh\", "
        "\"inner_activation\": \"sigmoid\", \"W_regularizer\": {\"name\": \"WeightRegularizer\", "
        "\"l1\": 0.0, \"l2\": 0.5}, \"U_regularizer\": null, \"b_regularizer\": null, "
        "\"dropout_W\": 0.0, \"dropout_U\": 0.0, \"consume_less\": \"cpu\", \"trainable\": true, "
        "\"go_backwards\": false, \"return_sequences\": false, \"stateful\": false, \"unroll\": "
        "false, \"input_dim\": 2, \"input_length\": null}}]}";
    write_file("keras1.h5", config, "1.2.2", NULL, "lstm_1", weights, 12);
    cornu_model *model = cornu_load("keras1.h5");
    assert_ok(model);
    assert_weight(model, 0, (const float[]){1, 21, 11, 31, 2, 22, 12, 32}, 8); /* i, f, c, o */
    assert_weight(model, 1, (const float[]){3, 23, 13, 33}, 4);
    assert_weight(model, 2, (const float[]){4, 24, 14, 34}, 4);
    cornu_model_free(model);
}
END_TEST

START_TEST(a_convolution_of_keras_1_and_theano_is_turned_around) {
    /* (filters, channels, rows, columns) of channels_first */
    const weight weights[] = {
        {"conv_W", cornu_shape(1, 1, 2, 2), 1, 1, NULL}, {"conv_b", cornu_shape(1), 9, 0, NULL}};
    const char *config =
        "{\"class_name\": \"Sequential\", \"config\": [{\"class_name\": \"Convolution2D\", "
        "\"config\": {\"name\": \"conv\", \"nb_filter\": 1, \"nb_row\": 2, \"nb_col\": 2, "
        "\"batch_input_shape\": [null, 1, 3, 3], \"border_mode\": \"valid\", \"subsample\": [1, "
        "1], \"dim_ordering\": \"th\", \"bias\": true, \"init\": \"he_normal\", \"activation\": "
        "\"relu\", \"W_constraint\": {\"name\": \"MaxNorm\", \"m\": 2, \"axis\": 0}}}]}";
    write_file("conv.h5", config, "1.2.2", "theano", "conv", weights, 2);
    cornu_model *model = cornu_load("conv.h5");
    assert_ok(model);
    assert_weight(model, 0, (const float[]){4, 3, 2, 1}, 4);
    assert_weight(model, 1, (const float[]){9}, 1);
    cornu_model_free(model);
}
END_TEST

/* A file of weights alone says its version in the same group. */
START_TEST(weights_of_cudnn_layers_are_converted) {
    /* 2 inputs, 2 units; the four gates side by side */
    float kernel[16], recurrent[16], bias[16];
    for (int i = 0; i < 16; i++) {
        kernel[i] = (float)i;
        recurrent[i] = (float)(100 + i);
        bias[i] = (float)(1 << (i / 8)) * (float)(i % 8);
    }
    const weight weights[] = {
        {"kernel:0", cornu_shape(2, 8), 0, 0, kernel},
        {"recurrent_kernel:0", cornu_shape(2, 8), 0, 0, recurrent},
        {"bias:0", cornu_shape(16), 0, 0, bias},
    };
    const char *config =
        "{\"class_name\": \"Sequential\", \"config\": {\"name\": \"m\", \"layers\": "
        "[{\"class_name\": \"CuDNNLSTM\", \"config\": {\"name\": \"l\", \"trainable\": true, "
        "\"batch_input_shape\": [null, 3, 2], \"dtype\": \"float32\", \"units\": 2, "
        "\"return_sequences\": false, \"kernel_initializer\": {\"class_name\": "
        "\"GlorotUniform\", \"config\": {\"seed\": null, \"dtype\": \"float32\"}}}}]}}";
    write_file("cudnn.h5", config, "2.4.0", "tensorflow", "l", weights, 3);
    cornu_model *model = cornu_load("cudnn.h5");
    assert_ok(model);
    /* a gate [[a, b], [c, d]] has the values a, b, c, d of its transpose laid out by columns:
       [[a, c], [b, d]] */
    const float expected[] = {0, 8, 2, 10, 4, 12, 6, 14, 1, 9, 3, 11, 5, 13, 7, 15};
    const float transposed[] = {100, 108, 102, 110, 104, 112, 106, 114,
                                101, 109, 103, 111, 105, 113, 107, 115};
    const float sums[] = {0, 3, 6, 9, 12, 15, 18, 21};
    assert_weight(model, 0, expected, 16);
    assert_weight(model, 1, transposed, 16);
    assert_weight(model, 2, sums, 8);
    cornu_model_free(model);
}
END_TEST

START_TEST(cudnn_weights_do_not_pass_for_those_of_another_gru) {
    const weight weights[] = {
        {"kernel:0", cornu_shape(2, 6), 0, 1, NULL},
        {"recurrent_kernel:0", cornu_shape(2, 6), 0, 1, NULL},
        {"bias:0", cornu_shape(12), 0, 1, NULL},
    };
    write_file("gru.h5", NULL, "2.4.0", "tensorflow", "g", weights, 3);
    cornu_model *plain =
        cornu_sequential(cornu_input(3, 2), cornu_layer_gru(2, .reset_after = false));
    assert_fails(cornu_load_weights(plain, "gru.h5"), CORNU_ESHAPE, "reset_after=False");
    cornu_model *model = cornu_sequential(cornu_input(3, 2), cornu_layer_gru(2));
    assert_ok(cornu_load_weights(model, "gru.h5"));
    assert_weight(model, 2, (const float[]){0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}, 12);
    cornu_model_free(model);
    cornu_model_free(plain);
}
END_TEST

/* ---- renamed arguments ----------------------------------------------------------------------- */

START_TEST(arguments_of_keras_2_have_their_names_of_today) {
    const char *old =
        "{\"class_name\": \"Sequential\", \"keras_version\": \"2.9.0\", \"config\": {\"name\": "
        "\"m\", \"layers\": ["
        "{\"class_name\": \"InputLayer\", \"config\": {\"batch_input_shape\": [null, 6, 6, 2], "
        "\"dtype\": \"float32\", \"sparse\": false, \"ragged\": false, \"name\": \"i\"}}, "
        "{\"class_name\": \"DepthwiseConv2D\", \"config\": {\"name\": \"d\", \"kernel_size\": [3, "
        "3], \"groups\": 1, \"depth_multiplier\": 1, \"kernel_initializer\": {\"class_name\": "
        "\"Zeros\", \"config\": {}}, \"kernel_regularizer\": null}}, "
        "{\"class_name\": \"BatchNormalization\", \"config\": {\"name\": \"b\", \"axis\": [3], "
        "\"momentum\": 0.9, \"fused\": true}}, "
        "{\"class_name\": \"LeakyReLU\", \"config\": {\"name\": \"l\", \"alpha\": 0.125}}, "
        "{\"class_name\": \"ThresholdedReLU\", \"config\": {\"name\": \"t\", \"theta\": 0.5}}]}}";
    cornu_model *model = cornu_model_from_json(old);
    assert_ok(model);
    char *text = cornu_model_to_json(model);
    assert_ok(text);
    ck_assert_ptr_nonnull(strstr(text, "\"negative_slope\": 0.125"));
    ck_assert_ptr_nonnull(strstr(text, "\"threshold\": 0.5"));
    ck_assert_ptr_nonnull(strstr(text, "\"axis\": 3"));
    ck_assert_ptr_nonnull(strstr(text, "\"batch_shape\": [null, 6, 6, 2]"));
    cornu_free(text);
    cornu_model_free(model);
}
END_TEST

#define INPUT_OF_KERAS_2(name, shape)                                                              \
    "{\"class_name\": \"InputLayer\", \"name\": \"" name                                           \
    "\", \"inbound_nodes\": [], \"config\": {"                                                     \
    "\"batch_input_shape\": [null, " shape "], \"name\": \"" name "\"}}, "
#define MODEL_OF_KERAS_2(name, layers, inputs, output)                                             \
    "\"class_name\": \"Functional\", \"config\": {\"name\": \"" name "\", \"layers\": [" layers    \
    "], \"input_layers\": [" inputs "], \"output_layers\": [" output "]}"
#define LSTM_OF_KERAS_2(arguments)                                                                 \
    "{" MODEL_OF_KERAS_2(                                                                          \
        "m",                                                                                       \
        INPUT_OF_KERAS_2("x", "5, 2") INPUT_OF_KERAS_2("h", "3")                                   \
            INPUT_OF_KERAS_2("c", "3") "{"                                                         \
                                       "\"class_name\": \"LSTM\", \"name\": \"lstm\", "            \
                                       "\"config\": {\"name\": \"lstm\", \"units\": 3}, "          \
                                       "\"inbound_nodes\": [[[\"x\", 0, 0, {" arguments "}]]]}",   \
        "[\"x\", 0, 0], [\"h\", 0, 0], [\"c\", 0, 0]", "[\"lstm\", 0, 0]"                          \
    ) "}"

START_TEST(named_arguments_of_a_call_of_keras_2_are_its_inputs_or_an_error) {
    cornu_model *model = cornu_model_from_json(
        LSTM_OF_KERAS_2("\"initial_state\": [[\"h\", 0, 0], [\"c\", 0, 0]], \"mask\": null")
    );
    assert_ok(model);
    char *text = cornu_model_to_json(model);
    ck_assert_ptr_nonnull(strstr(text, "\"keras_history\": [\"h\", 0, 0]"));
    ck_assert_ptr_nonnull(strstr(text, "\"keras_history\": [\"c\", 0, 0]"));
    cornu_free(text);
    cornu_model_free(model);
    assert_fails(
        cornu_model_from_json(LSTM_OF_KERAS_2("\"initial_state\": [[\"none\", 0, 0]]")),
        CORNU_EUNSUPPORTED, "'initial_state' that LSTM"
    );
    assert_fails(
        cornu_model_from_json(LSTM_OF_KERAS_2("\"zebra\": 5")), CORNU_EUNSUPPORTED, "'zebra'"
    );
}
END_TEST

#define TWICE_OF_KERAS_2(first, second)                                                            \
    "{" MODEL_OF_KERAS_2(                                                                          \
        "m",                                                                                       \
        INPUT_OF_KERAS_2("a", "2") INPUT_OF_KERAS_2(                                               \
            "b", "2"                                                                               \
        ) "{\"name\": \"n\", "                                                                     \
          "\"inbound_nodes\": [[[\"a\", 0, 0, {}]], [[\"b\", 0, 0, {}]]], " MODEL_OF_KERAS_2(      \
              "n",                                                                                 \
              INPUT_OF_KERAS_2(                                                                    \
                  "i", "2"                                                                         \
              ) "{\"class_name\": \"ReLU\", \"name\": \"r\", "                                     \
                "\"config\": {\"name\": \"r\"}, \"inbound_nodes\": [[[\"i\", 0, 0, {}]]]}",        \
              "[\"i\", 0, 0]", "[\"r\", 0, 0]"                                                     \
          ) "}, {\"class_name\": \"Subtract\", \"name\": \"s\", \"config\": {\"name\": \"s\"}, "   \
            "\"inbound_nodes\": [[[\"n\", " first ", 0, {}], [\"n\", " second ", 0, {}]]]}",       \
        "[\"a\", 0, 0], [\"b\", 0, 0]", "[\"s\", 0, 0]"                                            \
    ) "}"

START_TEST(calls_of_a_nested_model_of_keras_2_are_counted_from_one_or_zero) {
    static const char *const texts[] = {TWICE_OF_KERAS_2("1", "2"), TWICE_OF_KERAS_2("0", "1")};
    for (size_t i = 0; i < 2; i++) {
        cornu_model *model = cornu_model_from_json(texts[i]);
        assert_ok(model);
        cornu_tensor *a = cornu_tensor_from(CORNU_FLOAT32, cornu_shape(1, 2), (float[]){5, 7});
        cornu_tensor *b = cornu_tensor_from(CORNU_FLOAT32, cornu_shape(1, 2), (float[]){1, 2});
        cornu_tensor *y = cornu_predict(model, .inputs = {(cornu_tensor *[]){a, b}, 2});
        assert_ok(y);
        assert_values(y, 0, 4, 5);
        cornu_tensor_free(a);
        cornu_tensor_free(b);
        cornu_tensor_free(y);
        cornu_model_free(model);
    }
}
END_TEST

START_TEST(compile_settings_of_keras_2_are_understood) {
    const char *config = "{\"class_name\": \"Sequential\", \"config\": {\"name\": \"m\", "
                         "\"layers\": [{\"class_name\": \"Dense\", \"config\": {\"name\": \"d\", "
                         "\"batch_input_shape\": [null, 2], \"units\": 1}}]}}";
    const char *training =
        "{\"loss\": {\"class_name\": \"BinaryCrossentropy\", \"config\": {\"reduction\": "
        "\"auto\", \"name\": \"bce\", \"from_logits\": true, \"label_smoothing\": 0}}, "
        "\"metrics\": [[{\"class_name\": \"MeanMetricWrapper\", \"config\": {\"name\": \"acc\", "
        "\"dtype\": \"float32\", \"fn\": \"binary_accuracy\"}}]], \"weighted_metrics\": null, "
        "\"loss_weights\": null, \"sample_weight_mode\": null, \"optimizer_config\": "
        "{\"class_name\": \"SGD\", \"config\": {\"name\": \"SGD\", \"lr\": 0.5, \"decay\": 0.25, "
        "\"momentum\": 0.0, \"nesterov\": false}}}";
    const weight weights[] = {
        {"kernel:0", cornu_shape(2, 1), 1, 1, NULL}, {"bias:0", cornu_shape(1), 0, 0, NULL}};
    char *image;
    size_t size;
    cornu_h5 *file;
    assert_ok(cornu_h5_create_(&file, 0));
    assert_ok(cornu_h5_write_bytes_(file, "", "model_config", config));
    assert_ok(cornu_h5_write_bytes_(file, "", "keras_version", "2.3.1"));
    assert_ok(cornu_h5_write_bytes_(file, "", "training_config", training));
    const char *layer = "d", *names[] = {"kernel:0", "bias:0"};
    assert_ok(cornu_h5_write_group_(file, "model_weights/d"));
    assert_ok(cornu_h5_write_bytes_(file, "model_weights", "keras_version", "2.3.1"));
    assert_ok(cornu_h5_write_bytes_list_(file, "model_weights", "layer_names", &layer, 1));
    assert_ok(cornu_h5_write_bytes_list_(file, "model_weights/d", "weight_names", names, 2));
    for (int i = 0; i < 2; i++) {
        char place[64];
        cornu_tensor *tensor = tensor_of(&weights[i]);
        (void)snprintf(place, sizeof place, "model_weights/d/%s", names[i]);
        assert_ok(cornu_h5_write_tensor_(file, place, tensor));
        cornu_tensor_free(tensor);
    }
    assert_ok(cornu_h5_image_(file, &image, &size));
    assert_ok(cornu_file_write_("compiled.h5", image, size));
    cornu_free_(image);
    cornu_h5_close_(file);

    cornu_model *model = cornu_load("compiled.h5");
    assert_ok(model);
    cornu_optimizer *optimizer = cornu_model_optimizer(model);
    ck_assert_ptr_nonnull(optimizer);
    /* 0.5 / (1 + 0.25 n) after n updates */
    ck_assert_double_eq_tol(cornu_optimizer_learning_rate(optimizer), 0.5, 1e-9);
    CORNU_SCOPE {
        cornu_tensor *x = cornu_op_ones(cornu_shape(1, 2), CORNU_FLOAT32);
        cornu_tensor *y = cornu_op_ones(cornu_shape(1, 1), CORNU_FLOAT32);
        cornu_logs logs = {0};
        for (int i = 0; i < 4; i++) assert_ok(cornu_train_on_batch(model, x, y, NULL, &logs));
        ck_assert(cornu_logs_has(&logs, "acc"));
        cornu_logs_clear(&logs);
    }
    ck_assert_double_eq_tol(cornu_optimizer_learning_rate(optimizer), 0.25, 1e-9);
    cornu_model_free(model);
}
END_TEST

CORNU_TESTS(legacy_h5) {
    TCase *tc = cornu_test_case(suite, "legacy_h5");
    tcase_add_test(tc, a_trained_model_comes_back_with_its_optimizer);
    tcase_add_test(tc, weights_alone_are_taken_in_order_or_by_name);
    tcase_add_test(tc, a_list_of_names_too_long_for_one_attribute_is_split);
    tcase_add_test(tc, every_layer_that_does_not_fit_is_told_and_nothing_changes);
    tcase_add_test(tc, layers_can_be_left_out_of_a_keras_3_file_too);
    tcase_add_test(tc, gates_that_keras_1_kept_apart_are_joined);
    tcase_add_test(tc, a_convolution_of_keras_1_and_theano_is_turned_around);
    tcase_add_test(tc, weights_of_cudnn_layers_are_converted);
    tcase_add_test(tc, cudnn_weights_do_not_pass_for_those_of_another_gru);
    tcase_add_test(tc, named_arguments_of_a_call_of_keras_2_are_its_inputs_or_an_error);
    tcase_add_test(tc, calls_of_a_nested_model_of_keras_2_are_counted_from_one_or_zero);
    tcase_add_test(tc, arguments_of_keras_2_have_their_names_of_today);
    tcase_add_test(tc, compile_settings_of_keras_2_are_understood);
}
