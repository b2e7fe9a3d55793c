/* Takes a layer, declared in a line or two, through everything that holds for every layer (Keras:
 * run_layer_test).
 *
 *     check_layer(.class_name = "Dense", .config = "{\"units\": 3}",
 *                 .input = {2, {2, 8}}, .output = {2, {2, 3}}, .weights = 2);
 *
 * From its config: made, built for an unknown batch, inferred shape = computed shape = `output`,
 * the number of weights, a config that reads back to the same config, in float64 derivatives with
 * respect to input and weights against finite differences. */
#ifndef CORNU_TESTS_CHECK_LAYER_H
#define CORNU_TESTS_CHECK_LAYER_H

#include <cornu/extend.h>

typedef struct check_layer_case {
    const char *class_name;
    const char *config;    /* members beside name, dtype and trainable; NULL: {} */
    cornu_shape input, output;
    size_t weights;
    int too_few_axes;      /* an input of this rank must be refused with CORNU_ESHAPE; 0: none is */
    bool training;         /* for the shapes; derivatives are those of inference */
    bool no_gradient;
} check_layer_case;

/* NULL, or what is wrong (a text that lives until the next call). */
const char *check_layer_(const check_layer_case *expected);
#define check_layer(...)                                                                           \
    cornu_test_report_(check_layer_(&(check_layer_case){__VA_ARGS__}), "check_layer")

#endif
