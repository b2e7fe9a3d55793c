/* Kind legacy_h5: whole models and weights in Keras' older files give the outputs that Keras
 * computed, and what Keras 3 wrote so is written so. */
#include "support/corpus.h"
#include "support/hdf5_listing.h"
#include "support/support.h"

#include <stdlib.h>
#include <string.h>

static cornu_status compare_outputs(const corpus_case *c, cornu_model *model) {
    cornu_tensor *inputs[CORPUS_ARRAYS_MAX], *outputs[CORPUS_ARRAYS_MAX] = {NULL};
    cornu_tensor *expected[CORPUS_ARRAYS_MAX];
    size_t input_count, expected_count;
    CORNU_TRY(corpus_arrays(c, c->json, "inputs", inputs, &input_count));
    CORNU_TRY(corpus_arrays(c, c->json, "outputs", expected, &expected_count));
    cornu_tensor *first = cornu_predict(
        model, .inputs = {inputs, input_count}, .outputs = outputs,
        .batch_size = cornu_tensor_dim(inputs[0], 0)
    );
    if (!first) return cornu_error_status();
    cornu_status status = CORNU_OK;
    for (size_t i = 0; i < expected_count; i++) {
        if (status == CORNU_OK)
            status = corpus_compare("output", outputs[i], expected[i], c->rtol, c->atol);
        cornu_tensor_free(outputs[i]);
    }
    cornu_tensor_free(first);
    return status;
}

static cornu_status load_weights(const corpus_case *c, cornu_model *model) {
    const char *weights = corpus_text(c, "weights");
    if (!weights) return CORNU_OK;
    CORNU_TRY(corpus_extract(c, weights, "legacy_weights.h5"));
    return cornu_load_weights(model, "legacy_weights.h5");
}

static cornu_status check_outputs(const corpus_case *c) {
    cornu_model *model = corpus_model(c, corpus_text(c, "model"), true);
    if (!model) return cornu_error_status();
    cornu_status status = load_weights(c, model);
    if (status == CORNU_OK) status = compare_outputs(c, model);
    cornu_model_free(model);
    return status;
}

static cornu_status same_listing(const char *got_path, const char *expected_path) {
    char *got = cornu_test_h5_listing(got_path);
    char *expected = cornu_test_h5_listing(expected_path);
    cornu_status status = CORNU_OK;
    /* who computed the weights is the one thing that is another */
    for (char *at = expected; at && (at = strstr(at, "torch"));) memcpy(at, "cornu", 5);
    if (!got || !expected || strcmp(got, expected) != 0) {
        status = cornu_error_set(
            CORNU_EINVAL, NULL, 0, "the file written differs:\n%s\ninstead of\n%s",
            got ? got : "nothing", expected ? expected : "nothing"
        );
    }
    free(got);
    free(expected);
    return status;
}

/* Files of Keras 2's style are written anew as Keras 3 writes. */
static const char *not_of_keras_3(const corpus_case *c) {
    bool old = strstr(c->name, "keras2") != NULL;
    return old || corpus_text(c, "weights") ? "a file of another style" : NULL;
}

static cornu_status check_written(const corpus_case *c) {
    cornu_model *model = corpus_model(c, corpus_text(c, "model"), true);
    if (!model) return cornu_error_status();
    cornu_status status = cornu_save(model, "legacy_again.h5");
    cornu_model_free(model);
    CORNU_TRY(status);
    CORNU_TRY(same_listing("legacy_again.h5", "legacy_h5.h5"));
    model = cornu_load("legacy_again.h5");
    if (!model) return cornu_error_status();
    status = compare_outputs(c, model);
    cornu_model_free(model);
    return status;
}

static const char *nothing_unknown(const corpus_case *c) {
    (void)c;
    return NULL;
}

START_TEST(legacy_files_give_the_outputs_of_keras) {
    corpus_run("legacy_h5", nothing_unknown, check_outputs);
}
END_TEST

START_TEST(legacy_files_are_written_as_keras_wrote_them) {
    corpus_run("legacy_h5", not_of_keras_3, check_written);
}
END_TEST

CORNU_TESTS(legacy) {
    TCase *tc = cornu_test_case(suite, "legacy");
    tcase_add_test(tc, legacy_files_give_the_outputs_of_keras);
    tcase_add_test(tc, legacy_files_are_written_as_keras_wrote_them);
}
