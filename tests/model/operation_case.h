/* One operation of keras.ops as a call in a functional graph, from the JSON of a file: what its
 * results are, and that it is written as it was read. */
#ifndef CORNU_TESTS_MODEL_OPERATION_CASE_H
#define CORNU_TESTS_MODEL_OPERATION_CASE_H

#include <cornu/cornu.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "model/graph.h"
#include "support/support.h"

#define IN "{\"class_name\": \"__keras_tensor__\", \"config\": {\"keras_history\": [\"in\", 0, 0]}}"

enum { MOST = 40 };

/* One operation called with `args`, in which x is the input: its results in a row. */
typedef struct {
    const char *class_name, *config, *args;
    int count, outputs; /* numbers, results (0: one) */
    double wanted[MOST];
    /* 0 to 5 in [1, 2, 3], unless it is said otherwise */
    cornu_shape shape;
    float x[MOST];
    bool smooth; /* its first result has a derivative */
    const char *kwargs;
} operation_case;

/* The args with the input in the place of each `x`. */
static void write_args(const char *args, char *text, size_t size) {
    size_t used = 0;
    bool quoted = false;
    for (; *args != '\0' && used + sizeof IN < size; args++) {
        if (*args == '"') quoted = !quoted;
        if (*args == 'x' && !quoted) used += (size_t)snprintf(text + used, size - used, "%s", IN);
        else text[used++] = *args;
    }
    text[used] = '\0';
}

static const char *shape_text(const operation_case *given) {
    static char text[64];
    if (given->shape.rank == 0) return "[null, 2, 3]";
    size_t used = (size_t)snprintf(text, sizeof text, "[");
    for (int i = 0; i < given->shape.rank; i++)
        used += (size_t)snprintf(
            text + used, sizeof text - used, "%s%d", i > 0 ? ", " : "", (int)given->shape.dims[i]
        );
    snprintf(text + used, sizeof text - used, "]");
    return text;
}

static cornu_model *model_in(const operation_case *given, const char *dtype) {
    static char json[16384], args[8192], outputs[1024];
    size_t used = 0;
    write_args(given->args, args, sizeof args);
    for (int i = 0; i < given->outputs; i++)
        used += (size_t
        )snprintf(outputs + used, sizeof outputs - used, "%s[\"op\", 0, %d]", i > 0 ? ", " : "", i);
    snprintf(
        json, sizeof json,
        "{\"class_name\": \"Functional\", \"config\": {\"name\": \"m\", \"layers\": ["
        "{\"class_name\": \"InputLayer\", \"config\": {\"name\": \"in\", \"batch_shape\": "
        "%s, \"dtype\": \"%s\"}, \"name\": \"in\", \"inbound_nodes\": []}, "
        "{\"module\": \"keras.src.ops.numpy\", \"class_name\": \"%s\", \"config\": {\"name\": "
        "\"op\"%s%s}, \"name\": \"op\", \"inbound_nodes\": [{\"args\": [%s], \"kwargs\": {%s}}]}], "
        "\"input_layers\": [\"in\", 0, 0], \"output_layers\": %s%s%s}}",
        shape_text(given), dtype, given->class_name, given->config[0] != '\0' ? ", " : "",
        given->config, args, given->kwargs != NULL ? given->kwargs : "",
        given->outputs > 0 ? "[" : "[\"op\", 0, 0", given->outputs > 0 ? outputs : "", "]"
    );
    return cornu_model_from_json(json);
}

static inline cornu_model *model_of(const operation_case *given) {
    return model_in(given, "float32");
}

/* Of the usual input, and of one with a shape and numbers of its own. */
#define LIST(...) __VA_ARGS__
/* clang-format off */
#define CASE(class_name, config, args, count, outputs, ...)                                        \
    {class_name, config, args, count, outputs, {__VA_ARGS__}, {0}, {0}, false, NULL}
#define CASE_OF(shape, numbers, class_name, config, args, count, outputs, ...)                     \
    {class_name, config, args, count, outputs, {__VA_ARGS__},                                      \
     {.rank = sizeof((int[]){shape}) / sizeof(int), .dims = {shape}}, {numbers}, false, NULL}
#define SMOOTH_OF(shape, numbers, class_name, config, args, count, outputs, ...)                   \
    {class_name, config, args, count, outputs, {__VA_ARGS__},                                      \
     {.rank = sizeof((int[]){shape}) / sizeof(int), .dims = {shape}}, {numbers}, true, NULL}
/* clang-format on */

static cornu_tensor *input_of(const operation_case *given) {
    static const float numbers[] = {0, 1, 2, 3, 4, 5};
    bool usual = given->shape.rank == 0;
    cornu_shape shape = usual ? cornu_shape(1, 2, 3) : given->shape;
    return cornu_scope_add_(cornu_test_tensor(shape, usual ? numbers : given->x));
}

/* Equal to what is wanted, all results one after the other. */
static void compare(const operation_case *given, cornu_tensor *const *outputs) {
    int next = 0, results = given->outputs > 0 ? given->outputs : 1;
    for (int i = 0; i < results; i++)
        for (int64_t k = 0; k < cornu_tensor_size(outputs[i]); k++, next++) {
            double got = cornu_tensor_get(outputs[i], k);
            ck_assert_msg(next < given->count, "%s: too many numbers", given->class_name);
            ck_assert_msg(
                got == given->wanted[next] || (isnan(got) && isnan(given->wanted[next])) ||
                    fabs(got - given->wanted[next]) <= 2e-6 * (1 + fabs(given->wanted[next])),
                "%s: number %d is %g, not %g", given->class_name, next, got, given->wanted[next]
            );
        }
    ck_assert_msg(next == given->count, "%s: %d numbers", given->class_name, next);
}

/* What the class computes, and after being written and read again. */
static inline void check_case(const operation_case *given) {
    cornu_tensor *x = input_of(given), *outputs[MOST];
    cornu_model *model = model_of(given);
    ck_assert_msg(model != NULL, "%s: %s", given->class_name, cornu_error_message());
    ck_assert_msg(
        cornu_model_run_(model, &x, NULL, outputs) == CORNU_OK, "%s: %s", given->class_name,
        cornu_error_message()
    );
    compare(given, outputs);
    char *text = cornu_model_to_json(model);
    cornu_model *again = cornu_model_from_json(text);
    assert_ok(again);
    char *second = cornu_model_to_json(again);
    ck_assert_str_eq(text, second);
    assert_ok(cornu_model_run_(again, &x, NULL, outputs));
    compare(given, outputs);
    cornu_free(text);
    cornu_free(second);
    cornu_model_free(model);
    cornu_model_free(again);
}

static inline cornu_tensor *first_output(cornu_tensor *const *inputs, size_t count, void *model) {
    cornu_tensor *outputs[MOST];
    cornu_tensor *x = inputs[0];
    (void)count;
    return cornu_model_run_(model, &x, NULL, outputs) == CORNU_OK ? outputs[0] : NULL;
}

/* The derivative of the first result, where it has one, in float64. */
static inline void check_derivative(const operation_case *given) {
    if (!given->smooth) return;
    cornu_model *model = model_in(given, "float64");
    assert_ok(model);
    cornu_tensor *x = cornu_op_cast(input_of(given), CORNU_FLOAT64);
    cornu_status status =
        cornu_check_gradient(first_output, model, cornu_tensors(x), 1, 1e-6, NULL);
    ck_assert_msg(status == CORNU_OK, "%s: %s", given->class_name, cornu_error_message());
    cornu_model_free(model);
}

/* A call that no model can have, and words of the reason. */
typedef struct {
    const char *class_name, *config, *args, *reason;
    cornu_status status;
} refused_operation;

static inline void check_refused(const refused_operation *given) {
    const operation_case one = {
        .class_name = given->class_name, .config = given->config, .args = given->args};
    cornu_model *model = model_of(&one);
    ck_assert_msg(model == NULL, "%s", given->class_name);
    assert_fails(model, given->status, given->reason);
}

#endif
