/* Layers that the tests of models need and cornu does not have: several inputs, several outputs,
 * masks that are made and used. */
#ifndef CORNU_TESTS_MODEL_OWN_LAYERS_H
#define CORNU_TESTS_MODEL_OWN_LAYERS_H

#include <cornu/cornu.h>

typedef struct {
    CORNU_LAYER_ARGS(own_args);
} own_args;
typedef struct {
    cornu_layer base;
    own_args args;
} own_layer;
static const own_args own_defaults = {CORNU_LAYER_DEFAULTS(own_args)};
static const cornu_field own_fields[] = {CORNU_LAYER_FIELDS(own_args)};

static inline cornu_tensor *
own_sum_call(cornu_layer *self, cornu_tensor *const *inputs, const cornu_call_context *context) {
    (void)self;
    cornu_tensor *sum = inputs[0];
    for (size_t i = 1; i < context->input_count; i++)
        sum = cornu_op_add(sum, inputs[i]);
    return sum;
}
/* The sum of all inputs. */
static const cornu_layer_class own_sum_class = {
    CORNU_CLASS_ARGS(own_layer, args, own_defaults, own_fields),
    .name = "Test>Sum",
    .call = own_sum_call,
};

static inline cornu_status own_pair_call(
    cornu_layer *self, cornu_tensor *const *inputs, const cornu_call_context *context,
    cornu_tensor **outputs
) {
    (void)self, (void)context;
    outputs[0] = inputs[0];
    outputs[1] = cornu_op_multiply(inputs[0], cornu_scalar(2));
    return outputs[1] != NULL ? CORNU_OK : cornu_error_status();
}
static inline size_t own_two(const cornu_layer *self, const cornu_config *kwargs) {
    return (void)self, (void)kwargs, 2;
}
/* x and 2 * x. */
static const cornu_layer_class own_pair_class = {
    CORNU_CLASS_ARGS(own_layer, args, own_defaults, own_fields),
    .name = "Test>Pair",
    .call_many = own_pair_call,
    .output_count = own_two,
};

static inline cornu_tensor *
own_same(cornu_layer *self, cornu_tensor *const *inputs, const cornu_call_context *context) {
    (void)self, (void)context;
    return inputs[0];
}
static inline cornu_tensor *own_nonzero(
    cornu_layer *self, cornu_tensor *const *inputs, const cornu_call_context *context
) {
    (void)self, (void)context;
    return cornu_op_not_equal(inputs[0], cornu_scalar(0));
}
/* Gives x with the mask x != 0. */
static const cornu_layer_class own_mask_class = {
    CORNU_CLASS_ARGS(own_layer, args, own_defaults, own_fields),
    .name = "Test>Mask",
    .call = own_same,
    .compute_mask = own_nonzero,
    .masking = CORNU_MASK_PRODUCES,
};

static inline cornu_tensor *own_fill_call(
    cornu_layer *self, cornu_tensor *const *inputs, const cornu_call_context *context
) {
    (void)self;
    if (context->masks == NULL || context->masks[0] == NULL)
        return inputs[0];
    return cornu_op_where(context->masks[0], inputs[0], cornu_scalar(-1));
}
/* Gives x where its mask is true, and -1 elsewhere. */
static const cornu_layer_class own_fill_class = {
    CORNU_CLASS_ARGS(own_layer, args, own_defaults, own_fields),
    .name = "Test>Fill",
    .call = own_fill_call,
    .masking = CORNU_MASK_CONSUMES,
};

static inline cornu_layer *own(const cornu_layer_class *cls) {
    return cornu_layer_create(cls, NULL);
}

/* Makes the classes known, once per process (tests may run in one). */
static inline void own_register(void) {
    const cornu_layer_class *const classes[] = {
        &own_sum_class, &own_pair_class, &own_mask_class, &own_fill_class};
    for (size_t i = 0; i < sizeof classes / sizeof *classes; i++) {
        if (cornu_register_layer(classes[i]) != CORNU_OK)
            cornu_error_clear();
    }
}

static inline bool own_shape_is(const cornu_shape *shape, cornu_shape wanted) {
    return shape != NULL && cornu_shape_equal(shape, &wanted);
}
static inline cornu_status own_build(cornu_model *model, cornu_shape shape) {
    return cornu_model_build(model, &shape, 1);
}

/* A Dense whose weights are all `value`. */
static inline cornu_layer *own_dense(int64_t units, double value) {
    return cornu_layer_dense(
        units, .kernel_initializer = cornu_initializer_constant(value),
        .bias_initializer = cornu_initializer_constant(value)
    );
}

#endif
