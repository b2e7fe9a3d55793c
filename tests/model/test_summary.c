/* Summaries as Keras prints them (the tables were drawn by rich, the package that Keras uses), and
 * pictures. */
#include <cornu/cornu.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "model/table.h"
#include "own_layers.h"
#include "support/support.h"

/* tests/model/data/<name>.txt: what Keras' own code prints for rows with these texts. */
static void summary_is(cornu_model *model, const char *name) {
    char path[512], text[8192], *wanted;
    snprintf(path, sizeof path, "%s/model/data/%s.txt", CORNU_TESTS_DIR, name);
    size_t size;
    assert_ok(cornu_file_read_(path, 0, &wanted, &size));
    FILE *file = fopen("summary.txt", "w+");
    ck_assert_ptr_nonnull(file);
    assert_ok(cornu_summary(model, file));
    rewind(file);
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    fclose(file);
    ck_assert_str_eq(text, wanted);
    cornu_free_(wanted);
}

START_TEST(a_sequential_is_printed_as_keras_does) {
    cornu_model *model = cornu_sequential(
        cornu_input(28, 28), cornu_layer_flatten(), cornu_layer_dense(128),
        cornu_layer_dropout(0.2),
        cornu_layer_dense(10, .name = "a_very_long_layer_name_that_wraps_around")
    );
    assert_ok(model);
    summary_is(model, "summary_sequential");
    cornu_model_free(model);
}
END_TEST

START_TEST(a_graph_is_printed_with_its_connections) {
    cornu_tensor *a = cornu_input_tensor(4, .name = "a"), *b = cornu_input_tensor(4, .name = "b");
    cornu_layer *shared = cornu_layer_dense(3, .name = "shared_by_two");
    const own_args named = {CORNU_LAYER_DEFAULTS(own_args), .name = "a_layer_of_the_user"};
    cornu_tensor *y = cornu_call(
        cornu_layer_create(&own_sum_class, &named), cornu_call(shared, a), cornu_call(shared, b)
    );
    cornu_model *model = cornu_functional(cornu_tensors(a, b), cornu_tensors(y));
    assert_ok(cornu_layer_set_trainable(shared, false));
    summary_is(model, "summary_graph");
    cornu_model_free(model);
}
END_TEST

START_TEST(a_functional_chain_needs_no_connections) {
    cornu_tensor *x = cornu_input_tensor(4, .name = "x");
    cornu_model *model =
        cornu_functional(cornu_tensors(x), cornu_tensors(cornu_call(cornu_layer_flatten(), x)));
    summary_is(model, "summary_chain");
    cornu_model_free(model);
}
END_TEST

START_TEST(what_is_not_built_says_so) {
    cornu_model *model =
        cornu_sequential(cornu_layer_dropout(0.5), cornu_layer_dense(3, .name = "données"));
    summary_is(model, "summary_unbuilt");
    cornu_model_free(model);
}
END_TEST

START_TEST(the_optimizer_is_counted_once_it_is_built) {
    cornu_model *model = cornu_sequential(cornu_input(2), cornu_layer_dense(1));
    assert_ok(cornu_compile(
        model, .optimizer = cornu_optimizer_adam(), .loss = cornu_loss_mean_squared_error()
    ));
    cornu_tensor *x = cornu_op_ones(cornu_shape(4, 2), CORNU_FLOAT32);
    cornu_tensor *y = cornu_op_ones(cornu_shape(4, 1), CORNU_FLOAT32);
    cornu_logs logs = {0};
    assert_ok(cornu_train_on_batch(model, x, y, NULL, &logs));
    cornu_logs_clear(&logs);
    summary_is(model, "summary_compiled");
    cornu_model_free(model);
}
END_TEST

/* rich, with a terminal of 100 and of 150 columns */
START_TEST(columns_are_as_wide_as_rich_makes_them) {
    cornu_table table = {0};
    cornu_table_lay_out_(&table, 88, (const double[]){0.45, 0.80, 1.0}, 3);
    ck_assert(table.widths[0] == 38 && table.widths[1] == 29 && table.widths[2] == 17);
    cornu_table_lay_out_(&table, 108, (const double[]){0.3, 0.56, 0.74, 1.0}, 4);
    ck_assert(table.widths[0] == 31 && table.widths[1] == 27 && table.widths[2] == 17);
    ck_assert_uint_eq(table.widths[3], 28);
}
END_TEST

START_TEST(a_picture_has_every_layer_and_edge) {
    cornu_tensor *x = cornu_input_tensor(4, .name = "say \"x\"");
    cornu_tensor *y = cornu_call(own(&own_sum_class), x, cornu_call(cornu_layer_dense(4), x));
    cornu_model *model = cornu_functional(cornu_tensors(x), cornu_tensors(y));
    char *dot = cornu_model_to_dot(model);
    ck_assert_str_eq(
        dot, "digraph \"functional\" {\n"
             "    rankdir=TB;\n"
             "    node [shape=box];\n"
             "    layer0 [label=\"say \\\"x\\\" (InputLayer)\\n(None, 4)\"];\n"
             "    layer1 [label=\"dense (Dense)\\n(None, 4)\"];\n"
             "    layer2 [label=\"sum (Sum)\\n(None, 4)\"];\n"
             "    layer0 -> layer1;\n"
             "    layer0 -> layer2;\n"
             "    layer1 -> layer2;\n"
             "}\n"
    );
    cornu_free(dot);
    cornu_model_free(model);
}
END_TEST

CORNU_TESTS(summary) {
    TCase *tc = cornu_test_case(suite, "summary");
    tcase_add_test(tc, a_sequential_is_printed_as_keras_does);
    tcase_add_test(tc, a_graph_is_printed_with_its_connections);
    tcase_add_test(tc, a_functional_chain_needs_no_connections);
    tcase_add_test(tc, what_is_not_built_says_so);
    tcase_add_test(tc, the_optimizer_is_counted_once_it_is_built);
    tcase_add_test(tc, columns_are_as_wide_as_rich_makes_them);
    tcase_add_test(tc, a_picture_has_every_layer_and_edge);
}
