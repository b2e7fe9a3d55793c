/* Kinds layer and model: a model read from a file gives the outputs that Keras computed. */
#include "support/corpus.h"
#include "support/support.h"

static cornu_status compare_outputs(const corpus_case *c, cornu_model *model) {
    cornu_tensor *inputs[CORPUS_ARRAYS_MAX], *outputs[CORPUS_ARRAYS_MAX] = {NULL};
    cornu_tensor *expected[CORPUS_ARRAYS_MAX];
    size_t input_count, expected_count;
    CORNU_TRY(corpus_arrays(c, c->json, "inputs", inputs, &input_count));
    CORNU_TRY(corpus_arrays(c, c->json, "outputs", expected, &expected_count));
    if (cornu_model_output_count(model) != expected_count) {
        CORNU_FAIL(
            CORNU_EINVAL, "the model has %zu outputs instead of %zu",
            cornu_model_output_count(model), expected_count
        );
    }
    cornu_tensor *first = cornu_predict(
        model, .inputs = {inputs, input_count}, .outputs = outputs,
        .batch_size = cornu_tensor_dim(inputs[0], 0)
    );
    if (!first) return cornu_error_status();
    cornu_status status = CORNU_OK;
    for (size_t i = 0; i < expected_count; i++) {
        if (status == CORNU_OK) {
            status = corpus_compare("output", outputs[i], expected[i], c->rtol, c->atol);
        }
        cornu_tensor_free(outputs[i]);
    }
    cornu_tensor_free(first);
    return status;
}

static cornu_status check(const corpus_case *c) {
    cornu_model *model = corpus_model(c, corpus_text(c, "model"), false);
    if (!model) return cornu_error_status();
    cornu_status status = compare_outputs(c, model);
    cornu_model_free(model);
    return status;
}

START_TEST(layers_give_the_outputs_of_keras) { corpus_run("layer", corpus_model_unknown, check); }
END_TEST

START_TEST(whole_models_give_the_outputs_of_keras) {
    corpus_run("model", corpus_model_unknown, check);
}
END_TEST

CORNU_TESTS(predict) {
    TCase *tc = cornu_test_case(suite, "predict");
    tcase_add_test(tc, layers_give_the_outputs_of_keras);
    tcase_add_test(tc, whole_models_give_the_outputs_of_keras);
}
