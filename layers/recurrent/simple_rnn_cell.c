/* SimpleRNNCell: h = activation(x @ kernel + h @ recurrent_kernel + bias). Elman (1990);
 * keras/src/layers/rnn/simple_rnn.py */
#include "recurrent.h"

typedef struct {
    cornu_plain_cell cell;
    cornu_layer_simple_rnn_cell_args args;
} simple_rnn_cell;

static cornu_cell_spec spec_of(const simple_rnn_cell *self) {
    return (cornu_cell_spec){CORNU_CELL_SPEC_(&self->args), .gates = 1, .bias_rows = 1};
}

static cornu_status init(void *object) {
    simple_rnn_cell *self = object;
    cornu_cell_spec spec = spec_of(self);
    return cornu_cell_init_(&self->cell, &spec);
}

static cornu_status build(cornu_layer *layer, const cornu_shape *shapes, size_t count) {
    simple_rnn_cell *self = (simple_rnn_cell *)layer;
    cornu_cell_spec spec = spec_of(self);
    (void)count; /* states follow */
    return cornu_cell_build_(&self->cell, &spec, shapes);
}

/* x @ kernel + bias */
static cornu_tensor *project(
    cornu_layer *layer, cornu_tensor *x, const cornu_call_context *context
) {
    cornu_plain_cell *cell = (cornu_plain_cell *)layer;
    x = cornu_cell_multiply_(cell, x, context);
    return cell->bias != NULL ? cornu_op_add(x, cornu_layer_cast(layer, cell->bias)) : x;
}

static cornu_status step(
    cornu_layer *layer, cornu_tensor *x, cornu_tensor *const *states,
    const cornu_call_context *context, cornu_tensor **outputs
) {
    cornu_plain_cell *cell = (cornu_plain_cell *)layer;
    cornu_tensor *h = cornu_cell_drop_state_(cell, states[0], context); /* [batch, units] */
    h = cornu_op_matmul(h, cornu_layer_cast(layer, cell->recurrent_kernel));
    outputs[0] = outputs[1] = cell->activation(cornu_op_add(x, h));
    return outputs[0] != NULL ? CORNU_OK : cornu_error_status();
}

static const cornu_layer_simple_rnn_cell_args defaults = {CORNU_LAYER_SIMPLE_RNN_CELL_DEFAULTS};
static const cornu_field fields[] = {
    CORNU_LAYER_FIELDS(cornu_layer_simple_rnn_cell_args),
    CORNU_FIELD(cornu_layer_simple_rnn_cell_args, INT, units),
    CORNU_FIELD(cornu_layer_simple_rnn_cell_args, ACTIVATION, activation),
    CORNU_FIELD(cornu_layer_simple_rnn_cell_args, BOOL, use_bias),
    CORNU_CELL_INITIALIZER_FIELDS_(cornu_layer_simple_rnn_cell_args),
    CORNU_CELL_REGULARIZER_FIELDS_(cornu_layer_simple_rnn_cell_args),
    CORNU_CELL_CONSTRAINT_FIELDS_(cornu_layer_simple_rnn_cell_args),
    CORNU_CELL_DROPOUT_FIELDS_(cornu_layer_simple_rnn_cell_args),
    CORNU_FIELD(cornu_layer_simple_rnn_cell_args, INT, seed),
};

static const cornu_cell_class cell_class = {
    .state_count = cornu_cell_one_state_,
    .state_shape = cornu_cell_state_shape_,
    .begin = cornu_cell_begin_,
    .project = project,
    .step = step,
};

CORNU_LAYER_CLASS(simple_rnn_cell){
    CORNU_CLASS_ARGS(simple_rnn_cell, args, defaults, fields),
    .name = "SimpleRNNCell",
    .init = init,
    .build = build,
    .call_many = cornu_cell_call_,
    .output_count = cornu_cell_output_count_,
    .arguments = cornu_cell_arguments_,
    .cell = &cell_class,
};

cornu_layer *cornu_layer_simple_rnn_cell_new(const cornu_layer_simple_rnn_cell_args *args) {
    return cornu_layer_create(&cornu_layer_simple_rnn_cell_class, args);
}
