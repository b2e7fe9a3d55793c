/* Export to ONNX of every model of the corpus, with the case's inputs and the outputs that Keras
 * computed beside it. run_onnx.js, a test of its own that is skipped where node or the npm package
 * onnxruntime-node is missing, runs them in ONNX Runtime and compares. */
#include "support/corpus.h"
#include "support/support.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* What ONNX Runtime has no kernels for on CPUs, and what ONNX cannot express: state between
 * calls. */
static const char *const not_run[] = {"bfloat16_weights", "mixed_bfloat16", "lstm_stateful"};

static cornu_status write_arrays(
    const char *folder, char letter, cornu_tensor *const *arrays, size_t count
) {
    char path[512];
    for (size_t i = 0; i < count; i++) {
        snprintf(path, sizeof path, "%s/%c%zu.npy", folder, letter, i);
        CORNU_TRY(cornu_save_npy(path, arrays[i]));
    }
    return CORNU_OK;
}

static cornu_status write_tolerances(const char *folder, const corpus_case *c) {
    char path[512], text[128];
    snprintf(path, sizeof path, "%s/case.json", folder);
    int length = snprintf(text, sizeof text, "{\"rtol\": %g, \"atol\": %g}", c->rtol, c->atol);
    return cornu_save_bytes(path, text, (size_t)length);
}

static cornu_status write_case(const corpus_case *c, cornu_model *model, const char *folder) {
    cornu_tensor *inputs[CORPUS_ARRAYS_MAX], *expected[CORPUS_ARRAYS_MAX];
    cornu_shape shapes[CORPUS_ARRAYS_MAX];
    size_t input_count, count;
    CORNU_TRY(corpus_arrays(c, c->json, "inputs", inputs, &input_count));
    CORNU_TRY(corpus_arrays(c, c->json, "outputs", expected, &count));
    for (size_t i = 0; i < input_count; i++) {
        inputs[i] = cornu_op_cast(inputs[i], cornu_model_input_dtype(model, i));
        if (!inputs[i]) return cornu_error_status();
        shapes[i] = *cornu_tensor_shape(inputs[i]);
    }
    char path[512];
    snprintf(path, sizeof path, "%s/model.onnx", folder);
    CORNU_TRY(write_arrays(folder, 'x', inputs, input_count));
    CORNU_TRY(write_arrays(folder, 'y', expected, count));
    CORNU_TRY(write_tolerances(folder, c));
    return cornu_export(model, path, .input_shapes = shapes);
}

static cornu_status export_case(const corpus_case *c) {
    char folder[256];
    for (size_t i = 0; i < sizeof not_run / sizeof *not_run; i++)
        if (strcmp(c->name, not_run[i]) == 0) return CORNU_OK;
    snprintf(folder, sizeof folder, "onnx/%s_%s", c->kind, c->name);
    if (mkdir(folder, 0777) != 0) CORNU_FAIL(CORNU_EIO, "%s cannot be made", folder);
    cornu_model *model = corpus_model(c, corpus_text(c, "model"), false);
    if (!model) return cornu_error_status();
    cornu_status status = write_case(c, model, folder);
    cornu_model_free(model);
    return status;
}

static bool writes_onnx(void) {
    cornu_model *model = cornu_sequential(cornu_input(1), cornu_layer_dense(1));
    assert_ok(model);
    bool written = cornu_export(model, "probe.onnx") == CORNU_OK;
    cornu_model_free(model);
    if (written) return true;
    assert_fails(cornu_error_status(), CORNU_EUNSUPPORTED, "no protobuf-c");
    printf("SKIPPED: built without protobuf-c\n");
    return false;
}

START_TEST(every_model_of_the_corpus_is_exported) {
    if (!writes_onnx()) return;
    ck_assert_int_eq(system("rm -rf onnx && mkdir onnx"), 0);
    corpus_run("layer", corpus_model_unknown, export_case);
    corpus_run("model", corpus_model_unknown, export_case);
}
END_TEST

CORNU_TESTS(onnx) {
    TCase *tc = cornu_test_case(suite, "onnx");
    tcase_set_tags(tc, "slow");
    tcase_add_test(tc, every_model_of_the_corpus_is_exported);
}
