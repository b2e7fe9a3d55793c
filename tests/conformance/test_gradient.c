/* Kind gradient: the derivative of sum(g * model(x)) with respect to trainable weights and float inputs. */
#include "support/corpus.h"
#include "support/support.h"

#include <stdlib.h>
#include <string.h>

/* What the arrays of grads.npz are derivatives of; values belong to model and scope. */
typedef struct sources {
    cornu_tensor *tensors[256], *gradients[256];
    char keys[256][96];
    size_t count;
} sources;

static cornu_status add_source(sources *s, const char *key, cornu_tensor *tensor) {
    if (s->count == 256) CORNU_FAIL(CORNU_EINVAL, "more than 256 sources");
    snprintf(s->keys[s->count], sizeof s->keys[0], "%s", key);
    s->tensors[s->count++] = tensor;
    return CORNU_OK;
}

static cornu_status add_weights(sources *s, cornu_model *model) {
    cornu_tensor_list weights = cornu_layer_trainable_weights(cornu_model_layer(model));
    for (size_t i = 0; i < weights.count; i++) {
        char key[96];
        CORNU_TRY(cornu_weight_path(model, weights.items[i], key, sizeof key));
        CORNU_TRY(add_source(s, key, weights.items[i]));
    }
    return CORNU_OK;
}

static cornu_status add_inputs(
    sources *s, const corpus_case *c, cornu_tape *tape, cornu_tensor *const *inputs
) {
    const cJSON *item;
    cJSON_ArrayForEach(item, cJSON_GetObjectItem(c->json, "input_grads")) {
        cornu_tensor *input = inputs[strtoul(item->valuestring + strlen("input:"), NULL, 10)];
        CORNU_TRY(cornu_tape_watch(tape, input));
        CORNU_TRY(add_source(s, item->valuestring, input));
    }
    return CORNU_OK;
}

static cornu_status differentiate(const corpus_case *c, cornu_model *model, sources *s) {
    cornu_tensor *inputs[CORPUS_ARRAYS_MAX], *upstream[CORPUS_ARRAYS_MAX];
    cornu_tensor *outputs[CORPUS_ARRAYS_MAX] = {NULL};
    size_t input_count, output_count;
    CORNU_TRY(corpus_arrays(c, c->json, "inputs", inputs, &input_count));
    CORNU_TRY(corpus_arrays(c, c->json, "upstream", upstream, &output_count));
    cornu_call_context context = {
        .training = cJSON_IsTrue(cJSON_GetObjectItem(c->json, "training")),
        .input_count = input_count};
    cornu_tape *tape = cornu_tape_begin();
    if (!tape) return cornu_error_status();
    CORNU_TRY(add_weights(s, model));
    CORNU_TRY(add_inputs(s, c, tape, inputs));
    CORNU_TRY(cornu_layer_call_many(
        cornu_model_layer(model), (cornu_tensor_list){inputs, input_count}, &context, outputs
    ));
    return cornu_tape_gradient_of(
        tape, (cornu_tensor_list){outputs, output_count}, upstream,
        (cornu_tensor_list){s->tensors, s->count}, s->gradients
    );
}

static cornu_status compare_gradients(
    const corpus_case *c, const sources *s, const corpus_table *table
) {
    for (size_t k = 0; k < table->count; k++) {
        size_t i = 0;
        while (i < s->count && strcmp(s->keys[i], table->keys[k]) != 0) i++;
        if (i == s->count) CORNU_FAIL(CORNU_EINVAL, "nothing is called %s", table->keys[k]);
        cornu_tensor *got = s->gradients[i] ? s->gradients[i] : cornu_op_zeros_like(s->tensors[i]);
        CORNU_TRY(corpus_compare(table->keys[k], got, table->values[k], c->rtol, c->atol));
    }
    return CORNU_OK;
}

static cornu_status check(const corpus_case *c) {
    cornu_model *model = corpus_model(c, corpus_text(c, "model"), false);
    if (!model) return cornu_error_status();
    static sources s;
    s = (sources){.count = 0};
    corpus_table table = {0};
    cornu_status status = differentiate(c, model, &s);
    if (status == CORNU_OK) status = corpus_table_read(c, corpus_text(c, "grads"), &table);
    if (status == CORNU_OK) status = compare_gradients(c, &s, &table);
    corpus_table_free(&table);
    cornu_model_free(model);
    return status;
}

START_TEST(gradients_are_those_of_keras) { corpus_run("gradient", corpus_model_unknown, check); }
END_TEST

CORNU_TESTS(gradient) {
    TCase *tc = cornu_test_case(suite, "gradient");
    tcase_add_test(tc, gradients_are_those_of_keras);
}
