/* Export to C: every model of the corpus, compiled by the C compiler at hand, gives the outputs
 * that Keras computed. */
#include "support/corpus.h"
#include "support/support.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <unistd.h>

typedef void run_function(void **buffers);

/* Adds to the exported file a function that takes its arguments from an array, which can be called
 * whatever their number. */
static bool add_caller(const char *path, size_t count) {
    FILE *file = fopen(path, "a");
    if (!file) return false;
    fputs("void run(void **p) { tested_predict(", file);
    for (size_t i = 0; i < count; i++) fprintf(file, "%sp[%zu]", i > 0 ? ", " : "", i);
    fputs("); }\n", file);
    return fclose(file) == 0;
}

/* -Wall -Werror: a newcomer's compiler has nothing to say. */
static cornu_status compile(size_t count) {
    if (!add_caller("tested.c", count)) CORNU_FAIL(CORNU_EIO, "tested.c cannot be extended");
    if (system("cc -std=c99 -pedantic -Wall -Werror -O1 -shared -fPIC -o ./tested.so tested.c -lm"))
        CORNU_FAIL(CORNU_EFORMAT, "the exported file does not compile");
    return CORNU_OK;
}

/* Exported C knows values of 16 bits as float. */
static cornu_dtype type_in_c(cornu_dtype dtype) {
    return dtype == CORNU_FLOAT16 || dtype == CORNU_BFLOAT16 ? CORNU_FLOAT32 : dtype;
}

/* The inputs in the types of the model. */
static cornu_status cast_inputs(const cornu_model *model, cornu_tensor **inputs, size_t count) {
    for (size_t i = 0; i < count; i++) {
        inputs[i] = cornu_op_cast(inputs[i], type_in_c(cornu_model_input_dtype(model, i)));
        if (!inputs[i]) return cornu_error_status();
    }
    return CORNU_OK;
}

static cornu_status run(
    cornu_tensor *const *inputs, size_t input_count, cornu_tensor **outputs, size_t output_count
) {
    void *buffers[2 * CORPUS_ARRAYS_MAX];
    for (size_t i = 0; i < input_count; i++) buffers[i] = cornu_tensor_data_mut(inputs[i]);
    for (size_t i = 0; i < output_count; i++)
        buffers[input_count + i] = cornu_tensor_data_mut(outputs[i]);
    void *library = dlopen("./tested.so", RTLD_NOW | RTLD_LOCAL);
    if (!library) CORNU_FAIL(CORNU_EFORMAT, "%s", dlerror());
    run_function *function;
    *(void **)&function = dlsym(library, "run");
    if (function) function(buffers);
    dlclose(library);
    if (!function) CORNU_FAIL(CORNU_EFORMAT, "the exported file has no function");
    return CORNU_OK;
}

/* Room for the outputs: those of the model itself, in the types of C. */
static cornu_status predicted(
    cornu_model *model, cornu_tensor *const *inputs, size_t count, cornu_tensor **outputs
) {
    cornu_tensor *first = cornu_predict(
        model, .inputs = {inputs, count}, .outputs = outputs,
        .batch_size = cornu_tensor_dim(inputs[0], 0)
    );
    if (!first) return cornu_error_status();
    cornu_tensor_free(first);
    for (size_t i = 0; i < cornu_model_output_count(model); i++) {
        cornu_tensor *room = outputs[i];
        cornu_dtype dtype = type_in_c(cornu_tensor_dtype(room));
        outputs[i] = cornu_tensor_new(dtype, *cornu_tensor_shape(room));
        cornu_tensor_free(room);
        if (!outputs[i]) return cornu_error_status();
    }
    return CORNU_OK;
}

static cornu_status compare(const corpus_case *c, cornu_model *model) {
    cornu_tensor *inputs[CORPUS_ARRAYS_MAX], *expected[CORPUS_ARRAYS_MAX];
    cornu_tensor *outputs[CORPUS_ARRAYS_MAX] = {NULL};
    size_t input_count, count;
    CORNU_TRY(corpus_arrays(c, c->json, "inputs", inputs, &input_count));
    CORNU_TRY(corpus_arrays(c, c->json, "outputs", expected, &count));
    cornu_shape shapes[CORPUS_ARRAYS_MAX];
    for (size_t i = 0; i < input_count; i++) shapes[i] = *cornu_tensor_shape(inputs[i]);
    CORNU_TRY(cornu_export(
        model, "tested.c", .input_shapes = shapes, .batch_size = cornu_tensor_dim(inputs[0], 0),
        .name = "tested"
    ));
    CORNU_TRY(compile(input_count + count));
    CORNU_TRY(cast_inputs(model, inputs, input_count));
    CORNU_TRY(predicted(model, inputs, input_count, outputs));
    cornu_status status = run(inputs, input_count, outputs, count);
    for (size_t i = 0; i < count; i++) {
        if (status == CORNU_OK)
            status = corpus_compare("output", outputs[i], expected[i], c->rtol, c->atol);
        cornu_tensor_free(outputs[i]);
    }
    return status;
}

static cornu_status check(const corpus_case *c) {
    cornu_model *model = corpus_model(c, corpus_text(c, "model"), false);
    if (!model) return cornu_error_status();
    cornu_status status = compare(c, model);
    cornu_model_free(model);
    return status;
}

START_TEST(layers_in_c_agree_with_keras) { corpus_run("layer", corpus_model_unknown, check); }
END_TEST

START_TEST(models_in_c_agree_with_keras) { corpus_run("model", corpus_model_unknown, check); }
END_TEST

CORNU_TESTS(c_source) {
    TCase *tc = cornu_test_case(suite, "c_source");
    tcase_set_tags(tc, "slow");
    tcase_add_test(tc, layers_in_c_agree_with_keras);
    tcase_add_test(tc, models_in_c_agree_with_keras);
}
