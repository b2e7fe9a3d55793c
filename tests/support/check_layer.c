/* See check_layer.h. */
#include "support/check_layer.h"

#include <cornu/tape.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nn/layer.h"

static char text[4096];

#define WRONG(...) return snprintf(text, sizeof text, __VA_ARGS__), text
#define OK_OR_WRONG(call, what)                                                                    \
    do {                                                                                           \
        if ((call) != CORNU_OK) WRONG("%s: %s", (what), cornu_error_message());                    \
    } while (0)

/* {"class_name": ..., "config": {members, "dtype": ...}} */
static cornu_layer *make(const check_layer_case *c, const char *dtype) {
    char json[2048];
    const char *members = c->config != NULL ? c->config : "{}";
    bool empty = strcmp(members, "{}") == 0;
    snprintf(
        json, sizeof json, "{\"class_name\": \"%s\", \"config\": {\"dtype\": \"%s\"%s%s}",
        c->class_name, dtype, empty ? "}" : ", ", empty ? "" : members + 1
    );
    return cornu_layer_from_json(json);
}

/* Values that are away from 0, where many layers have a kink, and from each other. */
static cornu_tensor *sample(cornu_dtype dtype, cornu_shape shape) {
    cornu_tensor *x =
        cornu_random_uniform(shape, .dtype = dtype, .seed = 7, .minval = 0.1, .maxval = 1.5);
    cornu_tensor *sign = cornu_op_subtract(
        cornu_op_multiply(
            cornu_random_bernoulli(shape, .dtype = dtype, .seed = 11), cornu_scalar_of(dtype, 2)
        ),
        cornu_scalar_of(dtype, 1)
    );
    return cornu_op_multiply(x, sign);
}

static const char *check_shapes(const check_layer_case *c, cornu_layer *layer) {
    char got[256], wanted[256];
    cornu_shape batch_unknown = c->input, inferred;
    cornu_dtype dtype = CORNU_FLOAT32;
    batch_unknown.dims[0] = -1;
    OK_OR_WRONG(
        cornu_layer_infer_(layer, &batch_unknown, &dtype, 1, &inferred, &dtype), "inference"
    );
    if (inferred.dims[0] != -1) WRONG("the batch of the inferred shape is known");
    inferred.dims[0] = c->output.dims[0];
    if (!cornu_shape_equal(&inferred, &c->output))
        WRONG(
            "inferred shape %s instead of %s", cornu_shape_format(&inferred, got, sizeof got),
            cornu_shape_format(&c->output, wanted, sizeof wanted)
        );
    cornu_tensor *x = sample(CORNU_FLOAT32, c->input);
    cornu_tensor *y = cornu_layer_call(layer, cornu_tensors(x), c->training);
    if (y == NULL) WRONG("call: %s", cornu_error_message());
    if (!cornu_shape_equal(cornu_tensor_shape(y), &c->output))
        WRONG(
            "computed shape %s instead of %s",
            cornu_shape_format(cornu_tensor_shape(y), got, sizeof got),
            cornu_shape_format(&c->output, wanted, sizeof wanted)
        );
    if (cornu_tensor_dtype(y) != dtype) WRONG("the computed type is not the inferred one");
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
    cornu_shape batch_unknown = c->input;
    batch_unknown.dims[0] = -1;
    if (again != NULL) OK_OR_WRONG(cornu_layer_build(again, &batch_unknown, 1), "build");
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

/* A weighted sum of the output, so that every element counts differently. */
static cornu_tensor *probe(cornu_tensor *const *inputs, size_t count, void *user) {
    (void)count;
    cornu_tensor *y = cornu_layer_call(user, cornu_tensors(inputs[0]), false);
    if (y == NULL) return NULL;
    cornu_tensor *weights = cornu_random_uniform(
        *cornu_tensor_shape(y), .dtype = CORNU_FLOAT64, .seed = 3, .minval = 0.5
    );
    return cornu_op_sum(cornu_op_multiply(y, weights));
}

/* The weighted sum with one element of a weight moved by `step`. */
static double moved(
    cornu_layer *layer, cornu_tensor *x, cornu_tensor *weight, int64_t index, double step
) {
    double result = NAN;
    CORNU_SCOPE {
        ((double *)cornu_tensor_data_mut(weight))[index] += step;
        cornu_tensor *y = probe(&x, 1, layer);
        if (y != NULL) result = cornu_tensor_item(y);
    }
    ((double *)cornu_tensor_data_mut(weight))[index] -= step;
    return result;
}

static const char *check_weight_gradients(cornu_layer *layer, cornu_tensor *x) {
    cornu_tensor_list weights = cornu_layer_trainable_weights(layer);
    cornu_tensor *gradients[16] = {NULL};
    cornu_tape *tape = cornu_tape_begin();
    cornu_tensor *y = probe(&x, 1, layer);
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
            double numeric = moved(layer, x, weights.items[i], k, step) -
                             moved(layer, x, weights.items[i], k, -step);
            double got = cornu_tensor_get(gradients[i], k), wanted = numeric / (2 * step);
            if (!(fabs(got - wanted) <= 1e-6 * fmax(1, fabs(wanted))))
                WRONG(
                    "derivative with respect to '%s'[%lld] is %g, not %g",
                    cornu_variable_name(weights.items[i]), (long long)k, got, wanted
                );
        }
    return NULL;
}

static const char *check_gradients(const check_layer_case *c) {
    cornu_layer *layer = make(c, "float64");
    if (layer == NULL) WRONG("float64: %s", cornu_error_message());
    cornu_tensor *x = sample(CORNU_FLOAT64, c->input);
    double error = 0;
    const char *wrong = NULL;
    if (cornu_check_gradient(probe, layer, cornu_tensors(x), 1, 1e-6, &error) != CORNU_OK) {
        snprintf(text, sizeof text, "derivatives: %s", cornu_error_message());
        wrong = text;
    }
    if (wrong == NULL && cornu_layer_trainable_weights(layer).count > 0)
        wrong = check_weight_gradients(layer, x);
    cornu_layer_free(layer);
    return wrong;
}

static const char *check_rank(const check_layer_case *c) {
    if (c->too_few_axes == 0) return NULL;
    cornu_layer *layer = make(c, "float32");
    cornu_shape shape = {.rank = c->too_few_axes};
    for (int i = 0; i < shape.rank; i++) shape.dims[i] = 2;
    cornu_tensor *y =
        layer != NULL ? cornu_layer_call(layer, cornu_tensors(sample(CORNU_FLOAT32, shape)), false)
                      : NULL;
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
    cornu_layer *layer = make(c, "float32");
    if (layer == NULL) WRONG("from config: %s", cornu_error_message());
    const char *wrong = check_shapes(c, layer);
    if (wrong == NULL) wrong = check_config(c, layer);
    cornu_layer_free(layer);
    if (wrong == NULL && !c->no_gradient) wrong = check_gradients(c);
    if (wrong == NULL) wrong = check_rank(c);
    return wrong;
}
