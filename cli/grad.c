/* cornu grad: the derivative of sum(upstream * model(x)) with respect to every trainable weight and every float input. */
#include "arrays.h"

#include <stdlib.h>
#include <string.h>

enum { KEY_SIZE = 1024 };

typedef struct job {
    const char *path, *output;
    texts inputs, upstream;
    bool training;
} job;

/* What is differentiated: trainable weights first, then float inputs. `tensors`, `gradients` and `keys` run in parallel. */
typedef struct sources {
    cornu_tensor **tensors, **gradients;
    char **keys;
    size_t count;
} sources;

static cornu_status allocate_sources(sources *s, size_t room) {
    s->tensors = cli_allocate(room, sizeof *s->tensors);
    s->gradients = cli_allocate(room, sizeof *s->gradients);
    s->keys = cli_allocate(room, sizeof *s->keys);
    return s->tensors && s->gradients && s->keys ? CORNU_OK : CORNU_ENOMEM;
}

static void free_sources(sources *s) {
    for (size_t i = 0; i < s->count; i++) free(s->keys[i]);
    free(s->tensors);
    free(s->gradients);
    free(s->keys);
}

static cornu_status add_source(sources *s, cornu_tensor *tensor, const char *key) {
    char *copy = cli_allocate(strlen(key) + 1, 1);
    if (!copy) return CORNU_ENOMEM;
    memcpy(copy, key, strlen(key) + 1);
    s->tensors[s->count] = tensor;
    s->keys[s->count++] = copy;
    return CORNU_OK;
}

static cornu_status find_sources(
    sources *s, cornu_model *model, const arrays *inputs, cornu_tape *tape
) {
    cornu_tensor_list weights = cornu_layer_trainable_weights(cornu_model_layer(model));
    char key[KEY_SIZE];
    CORNU_TRY(allocate_sources(s, weights.count + inputs->count));
    for (size_t i = 0; i < weights.count; i++) {
        CORNU_TRY(cornu_weight_path(model, weights.items[i], key, sizeof key));
        CORNU_TRY(add_source(s, weights.items[i], key));
    }
    for (size_t i = 0; i < inputs->count; i++) {
        bool is_float = cornu_dtype_is_float(cornu_tensor_dtype(inputs->items[i])) &&
                        cornu_dtype_is_float(cornu_model_input_dtype(model, i));
        if (!is_float) continue;
        snprintf(key, sizeof key, "input:%zu", i);
        CORNU_TRY(cornu_tape_watch(tape, inputs->items[i]));
        CORNU_TRY(add_source(s, inputs->items[i], key));
    }
    return CORNU_OK;
}

/* Upstream arrays come in float32; outputs may be computed in another type. */
static cornu_status match_upstream(
    cornu_tensor *const *outputs, const arrays *upstream, cornu_tensor **matched
) {
    for (size_t i = 0; i < upstream->count; i++) {
        const cornu_shape *wanted = cornu_tensor_shape(outputs[i]);
        const cornu_shape *given = cornu_tensor_shape(upstream->items[i]);
        if (!cornu_shape_equal(wanted, given)) {
            char a[256], b[256];
            USAGE_FAIL(
                "--upstream number %zu has shape %s, but the output has shape %s", i + 1,
                cornu_shape_format(given, a, sizeof a), cornu_shape_format(wanted, b, sizeof b)
            );
        }
        matched[i] = cornu_op_cast(upstream->items[i], cornu_tensor_dtype(outputs[i]));
        if (!matched[i]) return cornu_error_status();
    }
    return CORNU_OK;
}

/* What the outputs do not depend on has a derivative of zeros; NumPy knows no bfloat16. */
static cornu_status complete_gradients(sources *s) {
    for (size_t i = 0; i < s->count; i++) {
        if (!s->gradients[i]) s->gradients[i] = cornu_op_zeros_like(s->tensors[i]);
        if (s->gradients[i] && cornu_tensor_dtype(s->gradients[i]) == CORNU_BFLOAT16) {
            s->gradients[i] = cornu_op_cast(s->gradients[i], CORNU_FLOAT32);
        }
        if (!s->gradients[i]) return cornu_error_status();
    }
    return CORNU_OK;
}

static cornu_status differentiate(
    const job *j, cornu_model *model, const arrays *inputs, const arrays *upstream, sources *s
) {
    cornu_tensor *outputs[TEXTS_MAX] = {NULL}, *matched[TEXTS_MAX] = {NULL};
    cornu_call_context context = {.training = j->training, .input_count = inputs->count};
    cornu_tape *tape = cornu_tape_begin();
    if (!tape) return cornu_error_status();
    CORNU_TRY(find_sources(s, model, inputs, tape));
    CORNU_TRY(
        cornu_layer_call_many(cornu_model_layer(model), arrays_list(inputs), &context, outputs)
    );
    CORNU_TRY(match_upstream(outputs, upstream, matched));
    CORNU_TRY(cornu_tape_gradient_of(
        tape, (cornu_tensor_list){outputs, upstream->count}, matched,
        (cornu_tensor_list){s->tensors, s->count}, s->gradients
    ));
    CORNU_TRY(complete_gradients(s));
    return cornu_save_npz(j->output, (const char *const *)s->keys, s->gradients, s->count);
}

static cornu_status load_and_differentiate(const job *j) {
    cornu_model *model = cornu_load_model(j->path, .compile = false);
    if (!model) return cornu_error_status();
    arrays inputs = {.count = 0}, upstream = {.count = 0};
    sources s = {0};
    cornu_status status =
        arrays_expect(&j->inputs, "input", cornu_model_input_count(model), "input");
    if (status == CORNU_OK) {
        status = arrays_expect(&j->upstream, "upstream", cornu_model_output_count(model), "output");
    }
    if (status == CORNU_OK) status = arrays_load(&inputs, &j->inputs);
    if (status == CORNU_OK) status = arrays_load(&upstream, &j->upstream);
    if (status == CORNU_OK) status = differentiate(j, model, &inputs, &upstream, &s);
    free_sources(&s);
    arrays_free(&inputs);
    arrays_free(&upstream);
    cornu_model_free(model);
    return status;
}

static cornu_status run(const command *self, int argc, char **argv) {
    job j = {.path = NULL};
    const option table[] = {
        {"input", OPTION_TEXTS, &j.inputs, "X.npy", "samples along the first axis", true},
        {"upstream", OPTION_TEXTS, &j.upstream, "G.npy", "the gradient of an output", true},
        {"output", OPTION_TEXT, &j.output, "GRADS.npz",
         "derivatives; keys like layers/dense/vars/0, input:0", true},
        {"training", OPTION_FLAG, &j.training, NULL, "calls the model as in training", false},
    };
    bool proceed;
    CORNU_TRY(
        options_parse(self, table, sizeof table / sizeof table[0], &j.path, 1, argc, argv, &proceed)
    );
    if (!proceed) return CORNU_OK;
    size_t length = strlen(j.output);
    if (length < 5 || strcmp(j.output + length - 4, ".npz") != 0) {
        USAGE_FAIL("--output '%s': the name must end in .npz", j.output);
    }
    return load_and_differentiate(&j);
}

const command command_grad = {"grad", "MODEL", "differentiates a model's outputs", run};
