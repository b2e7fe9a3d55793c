/* GRUCell: gated recurrent unit, with an update gate z, a reset gate r and a candidate g, which
 * stand in the kernels in that order. h = z * h + (1 - z) * g. Cho et al. (2014), and with
 * reset_after the variant of cuDNN; keras/src/layers/rnn/gru.py */
#include "recurrent.h"

#include <string.h>

typedef struct {
    cornu_plain_cell cell;
    cornu_layer_gru_cell_args args;
} gru_cell;

static cornu_cell_spec spec_of(const gru_cell *self) {
    return (cornu_cell_spec){
        CORNU_CELL_SPEC_(&self->args),
        .gates = 3,
        .bias_rows = self->args.reset_after ? 2 : 1,
        .recurrent_activation = self->args.recurrent_activation,
    };
}

static cornu_status init(void *object) {
    gru_cell *self = object;
    cornu_cell_spec spec = spec_of(self);
    return cornu_cell_init_(&self->cell, &spec);
}

static cornu_status build(cornu_layer *layer, const cornu_shape *shapes, size_t count) {
    gru_cell *self = (gru_cell *)layer;
    cornu_cell_spec spec = spec_of(self);
    (void)count; /* states follow */
    return cornu_cell_build_(&self->cell, &spec, shapes);
}

/* The bias of inputs (row 0) or of states (row 1), [3 * units], of a cell that has both. */
static cornu_tensor *bias_row(gru_cell *self, int64_t row) {
    cornu_tensor *bias = cornu_layer_cast(&self->cell.base, self->cell.bias);
    int64_t columns = 3 * self->cell.units;
    return cornu_op_reshape(
        cornu_op_slice(bias, (int64_t[]){row, 0}, cornu_shape(1, columns)), cornu_shape(columns)
    );
}

/* x @ kernel + the bias of inputs */
static cornu_tensor *project(
    cornu_layer *layer, cornu_tensor *x, const cornu_call_context *context
) {
    gru_cell *self = (gru_cell *)layer;
    x = cornu_cell_multiply_(&self->cell, x, context);
    if (self->cell.bias == NULL) return x;
    return cornu_op_add(
        x, self->args.reset_after ? bias_row(self, 0) : cornu_layer_cast(layer, self->cell.bias)
    );
}

/* h @ columns [first, first + count) of the recurrent kernel, counted in gates. */
static cornu_tensor *recur(gru_cell *self, cornu_tensor *h, int64_t first, int64_t count) {
    int64_t units = self->cell.units;
    cornu_tensor *kernel = cornu_layer_cast(&self->cell.base, self->cell.recurrent_kernel);
    if (count < 3)
        kernel = cornu_op_slice(
            kernel, (int64_t[]){0, first * units}, cornu_shape(units, count * units)
        );
    return cornu_op_matmul(h, kernel);
}

static cornu_status step(
    cornu_layer *layer, cornu_tensor *x, cornu_tensor *const *states,
    const cornu_call_context *context, cornu_tensor **outputs
) {
    gru_cell *self = (gru_cell *)layer;
    cornu_plain_cell *cell = &self->cell;
    cornu_tensor *h = cornu_cell_drop_state_(cell, states[0], context); /* [batch, units] */
    bool after = self->args.reset_after;
    cornu_tensor *from_x[3], *from_h[3]; /* z, r, g of both */
    cornu_tensor *inner = recur(self, h, 0, after ? 3 : 2);
    if (after && cell->bias != NULL) inner = cornu_op_add(inner, bias_row(self, 1));
    CORNU_TRY(cornu_op_split(x, 3, -1, from_x));
    CORNU_TRY(cornu_op_split(inner, after ? 3 : 2, -1, from_h));
    cornu_tensor *z = cell->recurrent_activation(cornu_op_add(from_x[0], from_h[0]));
    cornu_tensor *r = cell->recurrent_activation(cornu_op_add(from_x[1], from_h[1]));
    cornu_tensor *reset =
        after ? cornu_op_multiply(r, from_h[2]) : recur(self, cornu_op_multiply(r, h), 2, 1);
    cornu_tensor *g = cell->activation(cornu_op_add(from_x[2], reset));
    cornu_tensor *rest = cornu_op_subtract(cornu_scalar(1), z);
    outputs[0] = outputs[1] = cornu_op_add(cornu_op_multiply(z, h), cornu_op_multiply(rest, g));
    return outputs[0] != NULL ? CORNU_OK : cornu_error_status();
}

static bool is_called(const char *activation, const char *name) {
    return activation != NULL && strcmp(activation, name) == 0;
}

/* One kernel for the usual activations, and the usual place of the reset gate. */
static cornu_status sequence(
    cornu_layer *layer, cornu_tensor *x, cornu_tensor *const *states, cornu_tensor *mask,
    bool reverse, const cornu_call_context *context, cornu_tensor **outputs, bool *done
) {
    gru_cell *self = (gru_cell *)layer;
    *done = self->args.reset_after && is_called(self->args.activation, "tanh") &&
            is_called(self->args.recurrent_activation, "sigmoid") &&
            !cornu_cell_drops_state_(&self->cell, context);
    if (!*done) return CORNU_OK;
    cornu_recurrence of = {.mask = mask, .reverse = reverse};
    CORNU_TRY(cornu_cell_recurrence_(&self->cell, x, states[0], context, &of));
    return cornu_op_gru(&of, outputs);
}

static const cornu_layer_gru_cell_args defaults = {CORNU_LAYER_GRU_CELL_DEFAULTS};
static const cornu_field fields[] = {
    CORNU_LAYER_FIELDS(cornu_layer_gru_cell_args),
    CORNU_FIELD(cornu_layer_gru_cell_args, INT, units),
    CORNU_FIELD(cornu_layer_gru_cell_args, ACTIVATION, activation),
    CORNU_FIELD(cornu_layer_gru_cell_args, ACTIVATION, recurrent_activation),
    CORNU_FIELD(cornu_layer_gru_cell_args, BOOL, use_bias),
    CORNU_CELL_INITIALIZER_FIELDS_(cornu_layer_gru_cell_args),
    CORNU_CELL_REGULARIZER_FIELDS_(cornu_layer_gru_cell_args),
    CORNU_CELL_CONSTRAINT_FIELDS_(cornu_layer_gru_cell_args),
    CORNU_CELL_DROPOUT_FIELDS_(cornu_layer_gru_cell_args),
    CORNU_FIELD(cornu_layer_gru_cell_args, BOOL, reset_after),
    CORNU_FIELD(cornu_layer_gru_cell_args, INT, seed),
};

static const cornu_cell_class cell_class = {
    .state_count = cornu_cell_one_state_,
    .state_shape = cornu_cell_state_shape_,
    .begin = cornu_cell_begin_,
    .project = project,
    .step = step,
    .sequence = sequence,
};

CORNU_LAYER_CLASS(gru_cell){
    CORNU_CLASS_ARGS(gru_cell, args, defaults, fields),
    .name = "GRUCell",
    .init = init,
    .build = build,
    .call_many = cornu_cell_call_,
    .output_count = cornu_cell_output_count_,
    .arguments = cornu_cell_arguments_,
    .cell = &cell_class,
};

cornu_layer *cornu_layer_gru_cell_new(const cornu_layer_gru_cell_args *args) {
    return cornu_layer_create(&cornu_layer_gru_cell_class, args);
}
