/* See check_layer.h. */
#include "support/check_layer.h"

#include <cjson/cJSON.h>
#include <cornu/tape.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nn/layer.h"

static char text[4096];

const char *check_layer_text_(const char *format, ...) {
    char made[sizeof text]; /* what is formatted may be the text before */
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(made, sizeof made, format, arguments);
    va_end(arguments);
    return strcpy(text, made);
}

/* A dtype that the case states is that of its outputs, which are integers; one of a layer inside
 * says nothing of this layer. */
cornu_layer *check_layer_make_(const check_layer_case *c, const char *dtype) {
    cJSON *json = cJSON_CreateObject();
    cJSON *config = cJSON_Parse(c->config != NULL ? c->config : "{}");
    cJSON_AddStringToObject(json, "class_name", c->class_name);
    if (config != NULL && !cJSON_HasObjectItem(config, "dtype"))
        cJSON_AddStringToObject(config, "dtype", dtype);
    cJSON_AddItemToObject(json, "config", config);
    char *made = cJSON_PrintUnformatted(json);
    cJSON_Delete(json);
    cornu_layer *layer = cornu_layer_from_json(made);
    cJSON_free(made);
    return layer;
}

size_t check_layer_shapes_(const check_layer_case *c, cornu_shape *shapes) {
    size_t count = 0;
    shapes[count++] = c->input;
    for (size_t i = 0; i < CHECK_LAYER_INPUTS - 1 && c->more[i].rank > 0; i++)
        shapes[count++] = c->more[i];
    return count;
}

cornu_dtype check_layer_dtype_(const check_layer_case *c) {
    return c->strings ? CORNU_STRING : c->below > 0 ? CORNU_INT32 : CORNU_FLOAT32;
}

/* Texts of one word and of two. */
static cornu_tensor *sample_strings(cornu_shape shape) {
    const char *texts[1024];
    for (size_t i = 0; i < 1024; i++) texts[i] = i % 3 ? "one Two!" : "one";
    if (cornu_shape_size(&shape) > 1024) return NULL;
    return cornu_scope_own(cornu_tensor_from_strings(shape, texts));
}

/* Floats that are away from 0, where many layers have a kink, and from each other. */
cornu_tensor *check_layer_sample_(
    const check_layer_case *c, size_t index, cornu_dtype dtype, cornu_shape shape
) {
    int64_t seed = 7 + 10 * (int64_t)index;
    if (c->strings) return sample_strings(shape);
    if (c->below > 0) {
        cornu_tensor *u = cornu_random_uniform(
            shape, .seed = seed, .minval = 1, .maxval = (double)c->below - 1e-3
        );
        return cornu_op_cast(u, CORNU_INT32);
    }
    cornu_tensor *x =
        cornu_random_uniform(shape, .dtype = dtype, .seed = seed, .minval = 0.1, .maxval = 1.5);
    cornu_tensor *sign = cornu_op_subtract(
        cornu_op_multiply(
            cornu_random_bernoulli(shape, .dtype = dtype, .seed = seed + 4),
            cornu_scalar_of(dtype, 2)
        ),
        cornu_scalar_of(dtype, 1)
    );
    return cornu_op_multiply(x, sign);
}

cornu_tensor_list check_layer_inputs_(
    const check_layer_case *c, cornu_dtype dtype, cornu_tensor **inputs
) {
    cornu_shape shapes[CHECK_LAYER_INPUTS];
    size_t count = check_layer_shapes_(c, shapes);
    for (size_t i = 0; i < count; i++) inputs[i] = check_layer_sample_(c, i, dtype, shapes[i]);
    return (cornu_tensor_list){inputs, count};
}

static const char *check_inferred(
    const cornu_shape *inferred, const cornu_shape *wanted, const char *what
) {
    char got[256], expected[256];
    if (cornu_shape_equal(inferred, wanted)) return NULL;
    WRONG(
        "%s %s instead of %s", what, cornu_shape_format(inferred, got, sizeof got),
        cornu_shape_format(wanted, expected, sizeof expected)
    );
}

/* Shapes and types for an unknown batch, and what comes of a call. */
static const char *check_shapes(const check_layer_case *c, cornu_layer *layer) {
    cornu_shape shapes[CHECK_LAYER_INPUTS], inferred[CHECK_LAYER_OUTPUTS];
    cornu_dtype dtypes[CHECK_LAYER_INPUTS], types[CHECK_LAYER_OUTPUTS];
    cornu_tensor *inputs[CHECK_LAYER_INPUTS], *outputs[CHECK_LAYER_OUTPUTS];
    size_t count = check_layer_shapes_(c, shapes), output_count = cornu_layer_output_count(layer);
    for (size_t i = 0; i < count; i++) {
        shapes[i].dims[0] = -1;
        dtypes[i] = check_layer_dtype_(c);
    }
    OK_OR_WRONG(cornu_layer_infer_(layer, shapes, dtypes, count, inferred, types), "inference");
    const cornu_call_context context = {.training = c->training, .input_count = count};
    OK_OR_WRONG(
        cornu_layer_call_many(
            layer, check_layer_inputs_(c, CORNU_FLOAT32, inputs), &context, outputs
        ),
        "call"
    );
    const char *wrong = NULL;
    for (size_t i = 0; i < output_count && wrong == NULL; i++) {
        const cornu_shape *computed = cornu_tensor_shape(outputs[i]);
        if (inferred[i].dims[0] != -1) WRONG("the batch of the inferred shape is known");
        inferred[i].dims[0] = computed->dims[0];
        wrong = check_inferred(&inferred[i], computed, "inferred shape");
        if (cornu_tensor_dtype(outputs[i]) != types[i])
            WRONG("the computed type is not the inferred one");
    }
    if (wrong == NULL && c->output.rank > 0)
        wrong = check_inferred(cornu_tensor_shape(outputs[0]), &c->output, "computed shape");
    return wrong;
}

static const char *check_weight_count(const check_layer_case *c, cornu_layer *layer) {
    if (cornu_layer_weights(layer).count != c->weights)
        WRONG("%zu weights instead of %zu", cornu_layer_weights(layer).count, c->weights);
    return NULL;
}

static const char *check_config(const check_layer_case *c, cornu_layer *layer) {
    char *first = cornu_layer_config_text(layer);
    if (first == NULL) WRONG("config: %s", cornu_error_message());
    char *json = malloc(strlen(first) + strlen(c->class_name) + 64);
    sprintf(json, "{\"class_name\": \"%s\", \"config\": %s}", c->class_name, first);
    cornu_layer *again = cornu_layer_from_json(json);
    /* built as the first one is: a layer inside says for which shapes */
    cornu_shape shapes[CHECK_LAYER_INPUTS];
    size_t count = check_layer_shapes_(c, shapes);
    for (size_t i = 0; i < count; i++) shapes[i].dims[0] = -1;
    if (again != NULL) OK_OR_WRONG(cornu_layer_build(again, shapes, count), "build");
    char *second = again != NULL ? cornu_layer_config_text(again) : NULL;
    free(json);
    const char *wrong = NULL;
    if (second == NULL) {
        snprintf(text, sizeof text, "its own config is refused: %s", cornu_error_message());
        wrong = text;
    } else if (strcmp(first, second) != 0) {
        snprintf(text, sizeof text, "the config %s reads back as %s", first, second);
        wrong = text;
    }
    cornu_free(first);
    cornu_free(second);
    cornu_layer_free(again);
    return wrong;
}

typedef struct {
    cornu_layer *layer;
    bool training;
} probed;

/* A weighted sum of the outputs, so that every element counts differently. */
static cornu_tensor *probe(cornu_tensor *const *inputs, size_t count, void *user) {
    const probed *p = user;
    cornu_tensor *outputs[CHECK_LAYER_OUTPUTS], *total = cornu_scalar_of(CORNU_FLOAT64, 0);
    const cornu_call_context context = {.training = p->training, .input_count = count};
    if (cornu_layer_call_many(p->layer, (cornu_tensor_list){inputs, count}, &context, outputs) !=
        CORNU_OK)
        return NULL;
    for (size_t i = 0; i < cornu_layer_output_count(p->layer); i++) {
        cornu_tensor *weights = cornu_random_uniform(
            *cornu_tensor_shape(outputs[i]), .dtype = CORNU_FLOAT64, .seed = 3, .minval = 0.5
        );
        total = cornu_op_add(total, cornu_op_sum(cornu_op_multiply(outputs[i], weights)));
    }
    return total;
}

/* The weighted sum with one element of a weight moved by `step`. */
static double moved(
    probed *p, cornu_tensor_list x, cornu_tensor *weight, int64_t index, double step
) {
    double result = NAN;
    CORNU_SCOPE {
        ((double *)cornu_tensor_data_mut(weight))[index] += step;
        cornu_tensor *y = probe(x.items, x.count, p);
        if (y != NULL) result = cornu_tensor_item(y);
    }
    ((double *)cornu_tensor_data_mut(weight))[index] -= step;
    return result;
}

static const char *check_weight_gradients(probed *p, cornu_tensor_list x) {
    cornu_tensor_list weights = cornu_layer_trainable_weights(p->layer);
    cornu_tensor *gradients[32] = {NULL};
    cornu_tape *tape = cornu_tape_begin();
    cornu_tensor *y = probe(x.items, x.count, p);
    OK_OR_WRONG(cornu_tape_gradient(tape, y, weights, gradients), "derivatives of weights");
    for (size_t i = 0; i < weights.count; i++) {
        if (gradients[i] == NULL)
            WRONG("no derivative with respect to '%s'", cornu_variable_name(weights.items[i]));
        /* the tape shares the values; the variable gets a buffer of its own to write to */
        cornu_tensor *copy = cornu_tensor_copy(weights.items[i]);
        OK_OR_WRONG(cornu_assign(weights.items[i], copy), "assign");
        cornu_tensor_free(copy);
    }
    const double step = 1e-5;
    for (size_t i = 0; i < weights.count; i++)
        for (int64_t k = 0; k < cornu_tensor_size(weights.items[i]); k++) {
            double numeric =
                moved(p, x, weights.items[i], k, step) - moved(p, x, weights.items[i], k, -step);
            double got = cornu_tensor_get(gradients[i], k), wanted = numeric / (2 * step);
            if (!(fabs(got - wanted) <= 1e-6 * fmax(1, fabs(wanted))))
                WRONG(
                    "derivative with respect to '%s'[%lld] is %g, not %g",
                    cornu_variable_name(weights.items[i]), (long long)k, got, wanted
                );
        }
    return NULL;
}

static const char *check_gradients(const check_layer_case *c, bool training) {
    probed p = {check_layer_make_(c, "float64"), training};
    if (p.layer == NULL) WRONG("float64: %s", cornu_error_message());
    cornu_tensor *inputs[CHECK_LAYER_INPUTS];
    cornu_tensor_list x = check_layer_inputs_(c, CORNU_FLOAT64, inputs);
    const char *wrong = NULL;
    double error = 0;
    if (c->below == 0) {
        if (cornu_check_gradient(probe, &p, x, 1, 1e-6, &error) != CORNU_OK)
            wrong = check_layer_text_("derivatives: %s", cornu_error_message());
    } else if (probe(x.items, x.count, &p) == NULL) {
        wrong = check_layer_text_("call in float64: %s", cornu_error_message());
    }
    if (wrong == NULL && cornu_layer_trainable_weights(p.layer).count > 0)
        wrong = check_weight_gradients(&p, x);
    cornu_layer_free(p.layer);
    return wrong;
}

/* An input of another rank than the layer takes. */
static const char *check_rank(const check_layer_case *c, int rank) {
    cornu_layer *layer = check_layer_make_(c, "float32");
    cornu_shape shape = {.rank = rank};
    cornu_tensor *inputs[CHECK_LAYER_INPUTS];
    cornu_tensor_list list = check_layer_inputs_(c, CORNU_FLOAT32, inputs);
    for (int i = 0; i < rank; i++) shape.dims[i] = i < c->input.rank ? c->input.dims[i] : 2;
    inputs[0] = check_layer_sample_(c, 0, CORNU_FLOAT32, shape);
    cornu_tensor *y = layer != NULL ? cornu_layer_call(layer, list, false) : NULL;
    cornu_layer_free(layer);
    if (y != NULL) WRONG("an input of rank %d is accepted", shape.rank);
    if (cornu_error_status() != CORNU_ESHAPE)
        WRONG("rank %d gives another error: %s", shape.rank, cornu_error_message());
    if (strstr(cornu_error_message(), c->class_name) == NULL)
        WRONG("the message does not name the layer: %s", cornu_error_message());
    cornu_error_clear();
    return NULL;
}

const char *check_layer_(const check_layer_case *c) {
    cornu_layer *layer = check_layer_make_(c, "float32");
    if (layer == NULL) WRONG("from config: %s", cornu_error_message());
    const char *wrong = check_shapes(c, layer);
    if (wrong == NULL) wrong = check_weight_count(c, layer);
    if (wrong == NULL) wrong = check_config(c, layer);
    cornu_layer_free(layer);
    if (wrong == NULL && !c->no_gradient && !c->strings) wrong = check_gradients(c, false);
    if (wrong == NULL && c->too_few_axes != 0) wrong = check_rank(c, c->too_few_axes);
    return wrong;
}

/* ---- the whole ---- */
static const char *check_ranks(const check_layer_case *c) {
    int lowest = c->lowest_rank > 0 ? c->lowest_rank : c->input.rank;
    int highest = c->highest_rank > 0 ? c->highest_rank : c->input.rank;
    const char *wrong = NULL;
    for (int rank = 1; rank <= CORNU_MAX_RANK && wrong == NULL; rank++)
        if (rank < lowest || rank > highest) wrong = check_rank(c, rank);
    return wrong;
}

/* No sample at all: what comes out has the inferred shape, and no kernel minds. */
static const char *check_empty_batch(const check_layer_case *c) {
    cornu_layer *layer = check_layer_make_(c, "float32");
    cornu_shape shapes[CHECK_LAYER_INPUTS], empty;
    cornu_tensor *inputs[CHECK_LAYER_INPUTS], *outputs[CHECK_LAYER_OUTPUTS];
    size_t count = check_layer_shapes_(c, shapes);
    cornu_tensor_list full = check_layer_inputs_(c, CORNU_FLOAT32, inputs);
    cornu_tensor *first = cornu_layer_call(layer, full, false);
    if (first == NULL) WRONG("call: %s", cornu_error_message());
    empty = *cornu_tensor_shape(first);
    empty.dims[0] = 0;
    for (size_t i = 0; i < count; i++) {
        shapes[i].dims[0] = 0;
        inputs[i] = c->strings ? sample_strings(shapes[i])
                               : cornu_op_zeros(shapes[i], check_layer_dtype_(c));
    }
    const char *wrong = NULL;
    for (int training = 0; training < 2 && wrong == NULL; training++) {
        const cornu_call_context context = {.training = training == 1, .input_count = count};
        if (cornu_layer_call_many(layer, full, &context, outputs) != CORNU_OK)
            wrong = check_layer_text_("an empty batch: %s", cornu_error_message());
        else wrong = check_inferred(cornu_tensor_shape(outputs[0]), &empty, "of an empty batch");
    }
    cornu_layer_free(layer);
    return wrong;
}

const char *check_whole_layer_(const check_layer_case *c) {
    cornu_layer *layer = check_layer_make_(c, "float32");
    if (layer == NULL) WRONG("from config: %s", cornu_error_message());
    const char *wrong = check_shapes(c, layer);
    if (wrong == NULL) wrong = check_config(c, layer);
    cornu_layer_free(layer);
    if (wrong == NULL && !c->no_gradient && !c->strings) wrong = check_gradients(c, false);
    if (wrong == NULL && !c->no_gradient && !c->strings && !c->random) {
        wrong = check_gradients(c, true);
        if (wrong != NULL) wrong = check_layer_text_("in training: %s", wrong);
    }
    if (wrong == NULL) wrong = check_ranks(c);
    if (wrong == NULL) wrong = check_empty_batch(c);
    if (wrong == NULL && c->no_model == NULL) wrong = check_layer_in_model_(c);
    if (wrong == NULL) wrong = check_layer_masks_(c);
    return wrong;
}
