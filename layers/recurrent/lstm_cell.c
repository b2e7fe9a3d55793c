/* LSTMCell: long short-term memory, with gates i, f, o and candidate g, which stand in the kernels
 * in the order i, f, g, o. c = f * c + i * g, h = o * activation(c). Hochreiter and Schmidhuber
 * (1997); keras/src/layers/rnn/lstm.py */
#include "recurrent.h"

#include <cornu/initializers.h>
#include <string.h>

typedef struct {
    cornu_plain_cell cell;
    cornu_layer_lstm_cell_args args;
} lstm_cell;

/* ---- the bias: 1 for the forget gate, that it keeps what there is ---- */
typedef struct {
    CORNU_ARG(size_t, size_, sizeof(unit_forget_args));
    CORNU_ARG(cornu_initializer *, others, NULL); /* of the biases of the other gates */
} unit_forget_args;

typedef struct {
    cornu_initializer base;
    unit_forget_args args;
} unit_forget;

static cornu_tensor *unit_forget_call(
    cornu_initializer *initializer, cornu_shape shape, cornu_dtype dtype
) {
    cornu_initializer *others = ((unit_forget *)initializer)->args.others;
    int64_t units = shape.dims[0] / 4;
    cornu_tensor *i = cornu_initializer_call(others, cornu_shape(units), dtype);
    cornu_tensor *f = cornu_op_ones(cornu_shape(units), dtype);
    cornu_tensor *g_and_o = cornu_initializer_call(others, cornu_shape(2 * units), dtype);
    return cornu_op_concatenate(cornu_tensors(i, f, g_and_o), 0);
}

static const unit_forget_args unit_forget_defaults = {.size_ = sizeof(unit_forget_args)};
static const cornu_field unit_forget_fields[] = {
    CORNU_FIELD_DEFAULT(unit_forget_args, INITIALIZER, others, "Zeros"),
};
/* not registered: in configs it is the argument unit_forget_bias */
static const cornu_initializer_class unit_forget_class = {
    CORNU_CLASS_ARGS(unit_forget, args, unit_forget_defaults, unit_forget_fields),
    .name = "UnitForget",
    .call = unit_forget_call,
};

cornu_initializer *cornu_unit_forget_bias_(cornu_initializer *others) {
    const unit_forget_args args = {
        .size_ = sizeof args, .others = cornu_initializer_retain(others)};
    return cornu_initializer_create(&unit_forget_class, &args);
}

/* ---- the cell ---- */
static cornu_cell_spec spec_of(const lstm_cell *self) {
    return (cornu_cell_spec){
        CORNU_CELL_SPEC_(&self->args),
        .gates = 4,
        .bias_rows = 1,
        .recurrent_activation = self->args.recurrent_activation,
    };
}

static cornu_status init(void *object) {
    lstm_cell *self = object;
    cornu_cell_spec spec = spec_of(self);
    return cornu_cell_init_(&self->cell, &spec);
}

static cornu_status build(cornu_layer *layer, const cornu_shape *shapes, size_t count) {
    lstm_cell *self = (lstm_cell *)layer;
    cornu_cell_spec spec = spec_of(self);
    (void)count; /* states follow */
    if (!self->args.unit_forget_bias) return cornu_cell_build_(&self->cell, &spec, shapes);
    spec.bias_initializer = cornu_unit_forget_bias_(spec.bias_initializer);
    if (spec.bias_initializer == NULL) return cornu_error_status();
    cornu_status status = cornu_cell_build_(&self->cell, &spec, shapes);
    cornu_initializer_free(spec.bias_initializer);
    return status;
}

static size_t state_count(const cornu_layer *layer) {
    (void)layer;
    return 2;
}

/* x @ kernel + bias */
static cornu_tensor *project(
    cornu_layer *layer, cornu_tensor *x, const cornu_call_context *context
) {
    cornu_plain_cell *cell = (cornu_plain_cell *)layer;
    x = cornu_cell_multiply_(cell, x, context);
    return cell->bias != NULL ? cornu_op_add(x, cornu_layer_cast(layer, cell->bias)) : x;
}

cornu_status cornu_lstm_step_(
    const cornu_plain_cell *cell, cornu_tensor *sum, int axis, cornu_tensor *c,
    cornu_tensor **outputs
) {
    cornu_tensor *gates[4]; /* i, f, g, o: of the shape of c */
    CORNU_TRY(cornu_op_split(sum, 4, axis, gates));
    cornu_tensor *i = cell->recurrent_activation(gates[0]);
    cornu_tensor *f = cell->recurrent_activation(gates[1]);
    cornu_tensor *o = cell->recurrent_activation(gates[3]);
    cornu_tensor *g = cell->activation(gates[2]);
    c = cornu_op_add(cornu_op_multiply(f, c), cornu_op_multiply(i, g));
    outputs[0] = outputs[1] = cornu_op_multiply(o, cell->activation(c));
    outputs[2] = c;
    return outputs[0] != NULL ? CORNU_OK : cornu_error_status();
}

static cornu_status step(
    cornu_layer *layer, cornu_tensor *x, cornu_tensor *const *states,
    const cornu_call_context *context, cornu_tensor **outputs
) {
    cornu_plain_cell *cell = (cornu_plain_cell *)layer;
    cornu_tensor *h = cornu_cell_drop_state_(cell, states[0], context); /* [batch, units] */
    h = cornu_op_matmul(h, cornu_layer_cast(layer, cell->recurrent_kernel));
    return cornu_lstm_step_(cell, cornu_op_add(x, h), -1, states[1], outputs);
}

static bool is_called(const char *activation, const char *name) {
    return activation != NULL && strcmp(activation, name) == 0;
}

/* One kernel for the usual activations. */
static cornu_status sequence(
    cornu_layer *layer, cornu_tensor *x, cornu_tensor *const *states, cornu_tensor *mask,
    bool reverse, const cornu_call_context *context, cornu_tensor **outputs, bool *done
) {
    lstm_cell *self = (lstm_cell *)layer;
    *done = is_called(self->args.activation, "tanh") &&
            is_called(self->args.recurrent_activation, "sigmoid") &&
            !cornu_cell_drops_state_(&self->cell, context);
    if (!*done) return CORNU_OK;
    cornu_recurrence of = {.c = states[1], .mask = mask, .reverse = reverse};
    CORNU_TRY(cornu_cell_recurrence_(&self->cell, x, states[0], context, &of));
    return cornu_op_lstm(&of, outputs);
}

static const cornu_layer_lstm_cell_args defaults = {CORNU_LAYER_LSTM_CELL_DEFAULTS};
static const cornu_field fields[] = {
    CORNU_LAYER_FIELDS(cornu_layer_lstm_cell_args),
    CORNU_FIELD(cornu_layer_lstm_cell_args, INT, units),
    CORNU_FIELD(cornu_layer_lstm_cell_args, ACTIVATION, activation),
    CORNU_FIELD(cornu_layer_lstm_cell_args, ACTIVATION, recurrent_activation),
    CORNU_FIELD(cornu_layer_lstm_cell_args, BOOL, use_bias),
    CORNU_FIELD(cornu_layer_lstm_cell_args, BOOL, unit_forget_bias),
    CORNU_CELL_INITIALIZER_FIELDS_(cornu_layer_lstm_cell_args),
    CORNU_CELL_REGULARIZER_FIELDS_(cornu_layer_lstm_cell_args),
    CORNU_CELL_CONSTRAINT_FIELDS_(cornu_layer_lstm_cell_args),
    CORNU_CELL_DROPOUT_FIELDS_(cornu_layer_lstm_cell_args),
    CORNU_FIELD(cornu_layer_lstm_cell_args, INT, seed),
};

static const cornu_cell_class cell_class = {
    .state_count = state_count,
    .state_shape = cornu_cell_state_shape_,
    .begin = cornu_cell_begin_,
    .project = project,
    .step = step,
    .sequence = sequence,
};

CORNU_LAYER_CLASS(lstm_cell){
    CORNU_CLASS_ARGS(lstm_cell, args, defaults, fields),
    .name = "LSTMCell",
    .init = init,
    .build = build,
    .call_many = cornu_cell_call_,
    .output_count = cornu_cell_output_count_,
    .arguments = cornu_cell_arguments_,
    .cell = &cell_class,
};

cornu_layer *cornu_layer_lstm_cell_new(const cornu_layer_lstm_cell_args *args) {
    return cornu_layer_create(&cornu_layer_lstm_cell_class, args);
}
