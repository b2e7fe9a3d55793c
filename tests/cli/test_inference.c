/* The program's commands that do not train: summary, predict, evaluate, grad. */
#include "program.h"

START_TEST(help_and_version_succeed) {
    ck_assert_ptr_nonnull(strstr(expect_success("--help")->out, "evaluate"));
    ck_assert_ptr_nonnull(strstr(expect_success("--version")->out, cornu_version()));
    ck_assert_ptr_nonnull(strstr(expect_success("predict --help")->out, "--batch-size"));
    ck_assert_int_eq(run_program("")->status, 1);
}
END_TEST

START_TEST(misspelt_words_get_a_proposal) {
    const outcome *o = run_program("predikt m.keras");
    ck_assert_int_eq(o->status, 1);
    ck_assert_str_eq(o->err, "cornu: no command 'predikt'; did you mean 'predict'?\n");
    expect_failure(
        "predict m.keras --imput x.npy", "unknown option --imput; did you mean --input?", NULL
    );
    expect_failure("fit m.keras --zzz", "unknown option --zzz", NULL);
}
END_TEST

START_TEST(options_are_checked_before_anything_is_read) {
    expect_failure("predict", "MODEL is missing", NULL);
    expect_failure("predict none.keras --input x.npy", "--output Y.npy is missing", NULL);
    expect_failure("predict none.keras --input", "--input wants a value", NULL);
    expect_failure(
        "predict none.keras other.keras", "'other.keras' is one argument too many", NULL
    );
    expect_failure(
        "predict none.keras --input x.npy --output p.npy --batch-size=many",
        "--batch-size wants a whole number, got 'many'", NULL
    );
    expect_failure(
        "predict none.keras --input x.npy --output p.npy --batch-size 1 --batch-size 2",
        "--batch-size is given twice", NULL
    );
    expect_failure("predict none.keras --input x.npy --output p.csv", "must end in .npy", "p.csv");
    expect_failure("predict none.keras --input x.npy --output p.txt", "must end in .npy", "p.txt");
}
END_TEST

START_TEST(check_runs_the_self_test_of_a_file) {
    expect_success("convert model.keras checked.keras");
    expect_failure("check checked.keras", "no self-test", NULL);
    ck_assert_ptr_nonnull(strstr(expect_success("check checked.keras --add x.npy")->out, "passed"));
    ck_assert_ptr_nonnull(strstr(expect_success("check checked.keras")->out, "passed"));
    expect_success("check checked.keras --trusted");
    expect_success("predict checked.keras --input x.npy --output checked.npy --trusted");
    expect_failure("check checked.keras --target y.npy", "--target belongs to --add", NULL);
    expect_failure("check checked.keras --add x.npy --add x.npy", "--add", NULL);
}
END_TEST

START_TEST(convert_writes_other_formats) {
    expect_success("convert model.keras converted.h5");
    expect_success("convert converted.h5 again.keras");
    expect_success("convert again.keras again.weights.h5");
    expect_success("predict again.keras --input x.npy --output direct.npy");
    expect_success("predict again.keras --input x.npy --output legacy.npy --weights converted.h5");
    expect_failure("convert model.keras model.zip", "must end in '.keras'", "model.zip");
}
END_TEST

START_TEST(a_report_tells_the_version_and_what_is_missing) {
    const outcome *o = expect_success("summary --report model.keras");
    ck_assert_str_eq(o->out, "written by Keras 3.16.0\n");
    expect_failure("summary --report none.keras", "none.keras", NULL);
}
END_TEST

START_TEST(summary_prints_the_layers) {
    const outcome *o = expect_success("summary model.keras");
    ck_assert_ptr_nonnull(strstr(o->out, "(Dense)"));
    ck_assert_ptr_nonnull(strstr(o->out, "Total params: "));
    expect_failure("summary none.keras", "none.keras", NULL);
}
END_TEST

START_TEST(predict_writes_the_outputs) {
    expect_success("predict model.keras --input x.npy --output p.npy --batch-size=3");
    cornu_tensor *p = cornu_load_npy("p.npy");
    assert_shape(p, cornu_shape(4, 1));
    assert_values(p, 1e-6, 1, 3, 4, 6);
    cornu_tensor_free(p);
}
END_TEST

START_TEST(inputs_come_from_archives_and_tables_too) {
    cornu_tensor *x = cornu_load_npy("x.npy"), *wanted = NULL;
    expect_success("predict model.keras --input x.npy --output p.npy");
    wanted = cornu_load_npy("p.npy");
    assert_ok(cornu_save_npz(
        "two.npz", (const char *const[]){"x", "p"}, (cornu_tensor *const[]){x, wanted}, 2
    ));
    FILE *table = fopen("x.csv", "wb");
    ck_assert_ptr_nonnull(table);
    int64_t columns = cornu_tensor_dim(x, 1);
    for (int64_t i = 0; i < columns; i++) fprintf(table, "%sc%d", i ? "," : "", (int)i);
    for (int64_t i = 0; i < cornu_tensor_size(x); i++)
        fprintf(table, "%s%.9g", i % columns ? "," : "\n", cornu_tensor_get(x, i));
    fclose(table);
    static const char *const sources[] = {"two.npz:x", "x.csv"};
    for (int i = 0; i < 2; i++) {
        char line[128];
        snprintf(line, sizeof line, "predict model.keras --input %s --output q.npy", sources[i]);
        expect_success(line);
        cornu_tensor *got = cornu_load_npy("q.npy");
        ck_assert(cornu_tensor_equal(got, wanted));
        cornu_tensor_free(got);
    }
    expect_failure(
        "predict model.keras --input two.npz --output q.npy", "'two.npz' has 2 arrays", "q.npy"
    );
    expect_failure("predict model.keras --input two.npz:y --output q.npy", "no array 'y'", "q.npy");
    expect_failure("predict model.keras --input x.csv:d --output q.npy", "column 'd'", "q.npy");
    expect_failure("predict model.keras --input x.h5 --output q.npy", "is missing", "q.npy");
    cornu_tensor_free(wanted);
    cornu_tensor_free(x);
}
END_TEST

START_TEST(predict_takes_other_weights) {
    cornu_model *model = cornu_load("model.keras");
    cornu_tensor *kernel = cornu_test_tensor(cornu_shape(2, 1), (const float[]){1, 1});
    cornu_tensor *bias = cornu_test_tensor(cornu_shape(1), (const float[]){0});
    assert_ok(cornu_layer_set_weights(cornu_model_layer(model), cornu_tensors(kernel, bias)));
    assert_ok(cornu_save_weights(model, "other.weights.h5"));
    cornu_tensor_free(kernel);
    cornu_tensor_free(bias);
    cornu_model_free(model);
    expect_success("predict model.keras --weights other.weights.h5 --input x.npy --output p.npy");
    cornu_tensor *p = cornu_load_npy("p.npy");
    assert_values(p, 1e-6, 0, 1, 1, 2);
    cornu_tensor_free(p);
}
END_TEST

START_TEST(predict_names_bad_inputs_and_leaves_nothing) {
    WRITE_FLOATS("three.npy", cornu_shape(2, 3), 1, 2, 3, 4, 5, 6);
    expect_failure("predict none.keras --input x.npy --output p.npy", "none.keras", "p.npy");
    expect_failure("predict model.keras --input none.npy --output p.npy", "none.npy", "p.npy");
    expect_failure("predict model.keras --input three.npy --output p.npy", "3", "p.npy");
    expect_failure(
        "predict model.keras --input x.npy --input x.npy --output p.npy",
        "the model has 1 input, but --input is given 2 times", "p.npy"
    );
    expect_failure(
        "predict model.keras --input x.npy --output nowhere/p.npy", "nowhere/p.npy", "nowhere/p.npy"
    );
    ck_assert_int_eq(system("head -c 1000 model.keras >cut.keras && head -c 90 x.npy >cut.npy"), 0);
    expect_failure("predict cut.keras --input x.npy --output p.npy", "cut.keras", "p.npy");
    expect_failure("predict model.keras --input cut.npy --output p.npy", "cut.npy", "p.npy");
}
END_TEST

START_TEST(a_second_output_that_fails_is_told_apart) {
    cornu_tensor *x = cornu_input_tensor(2);
    cornu_tensor *a = cornu_call(cornu_layer_dense(1), x), *b = cornu_call(cornu_layer_dense(1), x);
    cornu_model *model = cornu_functional(cornu_tensors(x), .outputs = cornu_tensors(a, b));
    assert_ok(cornu_save(model, "two.keras"));
    cornu_model_free(model);
    expect_failure(
        "predict two.keras --input x.npy --output p.npy", "2 outputs, but --output is given 1 time",
        "p.npy"
    );
    expect_failure(
        "predict two.keras --input x.npy --output p.npy --output nowhere/q.npy",
        "1 of 2 outputs are written, then", "nowhere/q.npy"
    );
}
END_TEST

START_TEST(evaluate_gives_loss_and_metrics) {
    const outcome *o = expect_success("evaluate model.keras --input x.npy --target y.npy");
    ck_assert_ptr_nonnull(strstr(o->out, "\"loss\": 0.5"));
    ck_assert_ptr_nonnull(strstr(o->out, "\"mae\": 0.5"));
    expect_success("evaluate model.keras --input x.npy --target y.npy --json scores.json");
    char text[256];
    read_text("scores.json", text, sizeof text);
    ck_assert_ptr_nonnull(strstr(text, "\"loss\": 0.5"));
}
END_TEST

START_TEST(evaluate_weighs_samples) {
    WRITE_FLOATS("w.npy", cornu_shape(4), 2, 1, 1, 0);
    const outcome *o =
        expect_success("evaluate model.keras --input x.npy --target y.npy --sample-weight w.npy");
    ck_assert_ptr_nonnull(strstr(o->out, "\"loss\": 0.5")); /* (2 + 0 + 0 + 0) / 4 */
}
END_TEST

START_TEST(evaluate_refuses_arrays_of_different_length) {
    WRITE_FLOATS("short.npy", cornu_shape(3, 1), 1, 2, 3);
    expect_failure(
        "evaluate model.keras --input x.npy --target short.npy --json scores.json", "3",
        "scores.json"
    );
}
END_TEST

START_TEST(grad_differentiates_weights_and_inputs) {
    WRITE_FLOATS("g.npy", cornu_shape(4, 1), 1, 2, 3, 4);
    expect_success("grad model.keras --input x.npy --upstream g.npy --output grads.npz");
    /* members are stored, so that their numbers can be found in the file: dw = (2 + 4, 3 + 4),
     * db = 10 */
    static char bytes[8192];
    FILE *file = fopen("grads.npz", "rb");
    size_t size = file ? fread(bytes, 1, sizeof bytes, file) : 0;
    ck_assert_ptr_nonnull(file);
    fclose(file);
    static const char *const members[] = {
        "layers/dense/vars/0.npy",
        "layers/dense/vars/1.npy",
        "input:0.npy",
    };
    for (size_t i = 0; i < 3; i++) {
        ck_assert_ptr_nonnull(memmem(bytes, size, members[i], strlen(members[i])));
    }
    const float kernel[] = {6, 7}, bias[] = {10}, input[] = {2, 3, 4, 6, 6, 9, 8, 12};
    ck_assert_ptr_nonnull(memmem(bytes, size, kernel, sizeof kernel));
    ck_assert_ptr_nonnull(memmem(bytes, size, bias, sizeof bias));
    ck_assert_ptr_nonnull(memmem(bytes, size, input, sizeof input));
}
END_TEST

START_TEST(grad_names_an_upstream_that_does_not_fit) {
    WRITE_FLOATS("g.npy", cornu_shape(4, 2), 1, 2, 3, 4, 5, 6, 7, 8);
    expect_failure(
        "grad model.keras --input x.npy --upstream g.npy --output grads.npz",
        "--upstream number 1 has shape (4, 2), but the output has shape (4, 1)", "grads.npz"
    );
    expect_failure(
        "grad model.keras --input x.npy --upstream g.npy --output grads.npy", "must end in .npz",
        "grads.npy"
    );
}
END_TEST

CORNU_TESTS(inference) {
    TCase *words = cornu_test_case(suite, "words");
    tcase_add_test(words, help_and_version_succeed);
    tcase_add_test(words, misspelt_words_get_a_proposal);
    tcase_add_test(words, options_are_checked_before_anything_is_read);
    TCase *tc = cornu_test_case(suite, "inference");
    tcase_add_checked_fixture(tc, make_model, NULL);
    tcase_add_test(tc, check_runs_the_self_test_of_a_file);
    tcase_add_test(tc, convert_writes_other_formats);
    tcase_add_test(tc, a_report_tells_the_version_and_what_is_missing);
    tcase_add_test(tc, summary_prints_the_layers);
    tcase_add_test(tc, predict_writes_the_outputs);
    tcase_add_test(tc, inputs_come_from_archives_and_tables_too);
    tcase_add_test(tc, predict_takes_other_weights);
    tcase_add_test(tc, predict_names_bad_inputs_and_leaves_nothing);
    tcase_add_test(tc, a_second_output_that_fails_is_told_apart);
    tcase_add_test(tc, evaluate_gives_loss_and_metrics);
    tcase_add_test(tc, evaluate_weighs_samples);
    tcase_add_test(tc, evaluate_refuses_arrays_of_different_length);
    tcase_add_test(tc, grad_differentiates_weights_and_inputs);
    tcase_add_test(tc, grad_names_an_upstream_that_does_not_fit);
}
