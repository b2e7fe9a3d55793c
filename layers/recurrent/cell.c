/* What SimpleRNNCell, LSTMCell and GRUCell have in common: a kernel for inputs, one for states, a
 * bias, and dropout of both. keras/src/layers/rnn/dropout_rnn_cell.py */
#include "recurrent.h"

static double probability(double rate) { return rate < 0 ? 0 : rate > 1 ? 1 : rate; }

/* Keras drops nothing at a rate of 1. */
static bool drops(double rate) { return rate > 0 && rate < 1; }

cornu_status cornu_cell_init_(cornu_plain_cell *cell, const cornu_cell_spec *spec) {
    if (spec->units <= 0)
        CORNU_FAIL(CORNU_EINVAL, "units must be positive, got %lld", (long long)spec->units);
    cell->units = spec->units;
    cell->dropout = probability(spec->dropout);
    cell->recurrent_dropout = probability(spec->recurrent_dropout);
    CORNU_TRY(cornu_activation_get(spec->activation, &cell->activation));
    CORNU_TRY(cornu_activation_get(spec->recurrent_activation, &cell->recurrent_activation));
    if (!drops(cell->dropout) && !drops(cell->recurrent_dropout)) return CORNU_OK;
    cell->seeds = cornu_layer_add_seed(&cell->base, spec->seed);
    return cell->seeds != NULL ? CORNU_OK : cornu_error_status();
}

cornu_status cornu_cell_build_(
    cornu_plain_cell *cell, const cornu_cell_spec *spec, const cornu_shape *shapes
) {
    const cornu_shape *input = &shapes[0];
    char text[256];
    if (input->rank != 2 || input->dims[1] < 0)
        CORNU_FAIL(
            CORNU_ESHAPE, "wants steps of shape [batch, features] with features known, got %s",
            cornu_shape_format(input, text, sizeof text)
        );
    int64_t columns = spec->gates * spec->units;
    cell->features = input->dims[1];
    cell->kernel = cornu_layer_add_weight(
        &cell->base, "kernel", cornu_shape(cell->features, columns),
        .initializer = spec->kernel_initializer, .regularizer = spec->kernel_regularizer,
        .constraint = spec->kernel_constraint
    );
    if (cell->kernel == NULL) return cornu_error_status();
    cell->recurrent_kernel = cornu_layer_add_weight(
        &cell->base, "recurrent_kernel", cornu_shape(spec->units, columns),
        .initializer = spec->recurrent_initializer, .regularizer = spec->recurrent_regularizer,
        .constraint = spec->recurrent_constraint
    );
    if (cell->recurrent_kernel == NULL) return cornu_error_status();
    if (!spec->use_bias) return CORNU_OK;
    cell->bias = cornu_layer_add_weight(
        &cell->base, "bias", spec->bias_rows == 2 ? cornu_shape(2, columns) : cornu_shape(columns),
        .initializer = spec->bias_initializer, .regularizer = spec->bias_regularizer,
        .constraint = spec->bias_constraint
    );
    return cell->bias != NULL ? CORNU_OK : cornu_error_status();
}

/* ---- states ---- */
size_t cornu_cell_one_state_(const cornu_layer *self) {
    (void)self;
    return 1;
}

cornu_status cornu_cell_state_shape_(
    const cornu_layer *self, size_t index, const cornu_shape *input, cornu_shape *state
) {
    (void)index;
    *state = cornu_shape(input->dims[0], ((const cornu_plain_cell *)self)->units);
    return CORNU_OK;
}

cornu_tensor *cornu_cell_zero_state_(
    const cornu_layer *cell, size_t index, const cornu_shape *input
) {
    cornu_shape shape;
    if (cell->cls->cell->state_shape(cell, index, input, &shape) != CORNU_OK) return NULL;
    return cornu_op_zeros(shape, cell->compute_dtype);
}

cornu_status cornu_cell_output_shape_(
    const cornu_layer *cell, const cornu_shape *input, cornu_shape *output
) {
    const cornu_cell_class *cls = cell->cls->cell;
    return cls->output_shape != NULL ? cls->output_shape(cell, input, output)
                                     : cls->state_shape(cell, 0, input, output);
}

/* ---- dropout ---- */
void cornu_cell_begin_(cornu_layer *self) {
    cornu_plain_cell *cell = (cornu_plain_cell *)self;
    cell->input_mask = cell->state_mask = NULL;
}

/* 1 / keep with the probability keep = 1 - rate, else 0. */
static cornu_tensor *draw(cornu_plain_cell *cell, cornu_shape shape, double rate) {
    cornu_dtype dtype = cell->base.compute_dtype;
    cornu_tensor *kept =
        cornu_random_bernoulli_from(cornu_seed_generator_next(cell->seeds), shape, dtype, 1 - rate);
    return cornu_op_multiply(kept, cornu_scalar_of(dtype, 1 / (1 - rate)));
}

cornu_tensor *cornu_cell_drop_input_(
    cornu_plain_cell *cell, cornu_tensor *x, int rank, const cornu_call_context *context
) {
    if (!context->training || !drops(cell->dropout)) return x;
    cornu_shape step = *cornu_tensor_shape(x);
    bool all = step.rank > rank;
    for (int i = 1; all && i < rank; i++) step.dims[i] = step.dims[i + 1];
    step.rank = rank;
    if (cell->input_mask == NULL) cell->input_mask = draw(cell, step, cell->dropout);
    return cornu_op_multiply(x, all ? cornu_op_expand_dims(cell->input_mask, 1) : cell->input_mask);
}

/* The inputs with elements dropped in training, if they have the features that the cell knows. */
static cornu_tensor *take_input(
    cornu_plain_cell *cell, cornu_tensor *x, const cornu_call_context *context
) {
    const cornu_shape *shape = cornu_tensor_shape(x);
    char text[256];
    if (shape->rank < 2 || shape->dims[shape->rank - 1] != cell->features)
        CORNU_FAIL_NULL(
            CORNU_ESHAPE,
            "inputs must have the %lld features that the cell was built for, got the shape %s",
            (long long)cell->features, cornu_shape_format(shape, text, sizeof text)
        );
    return cornu_cell_drop_input_(cell, x, 2, context);
}

cornu_tensor *cornu_cell_multiply_(
    cornu_plain_cell *cell, cornu_tensor *x, const cornu_call_context *context
) {
    x = take_input(cell, x, context);
    return cornu_op_matmul(x, cornu_layer_cast(&cell->base, cell->kernel));
}

cornu_status cornu_cell_recurrence_(
    cornu_plain_cell *cell, cornu_tensor *x, cornu_tensor *h, const cornu_call_context *context,
    cornu_recurrence *of
) {
    of->x = take_input(cell, x, context);
    of->kernel = cornu_layer_cast(&cell->base, cell->kernel);
    of->recurrent_kernel = cornu_layer_cast(&cell->base, cell->recurrent_kernel);
    if (cell->bias != NULL) of->bias = cornu_layer_cast(&cell->base, cell->bias);
    of->h = h;
    return of->x != NULL ? CORNU_OK : cornu_error_status();
}

bool cornu_cell_drops_state_(const cornu_plain_cell *cell, const cornu_call_context *context) {
    return context->training && drops(cell->recurrent_dropout);
}

cornu_tensor *cornu_cell_drop_state_(
    cornu_plain_cell *cell, cornu_tensor *state, const cornu_call_context *context
) {
    if (!cornu_cell_drops_state_(cell, context)) return state;
    if (cell->state_mask == NULL)
        cell->state_mask = draw(cell, *cornu_tensor_shape(state), cell->recurrent_dropout);
    return cornu_op_multiply(state, cell->state_mask);
}

/* ---- the cell as a layer ---- */
const char *const cornu_cell_arguments_[] = {"inputs", "states[]", NULL};

size_t cornu_cell_output_count_(const cornu_layer *self, const cornu_config *kwargs) {
    (void)kwargs;
    return 1 + self->cls->cell->state_count(self);
}

cornu_status cornu_cell_call_(
    cornu_layer *self, cornu_tensor *const *inputs, const cornu_call_context *context,
    cornu_tensor **outputs
) {
    const cornu_cell_class *cls = self->cls->cell;
    size_t count = cls->state_count(self);
    if (context->input_count != 1 && context->input_count != count + 1)
        CORNU_FAIL(
            CORNU_EINVAL, "takes an input and %zu states, got %zu tensors", count,
            context->input_count
        );
    cornu_tensor **states = cornu_allocate((count + 1) * sizeof(cornu_tensor *));
    if (states == NULL) return cornu_error_status();
    cornu_status status = CORNU_OK;
    for (size_t i = 0; i < count && status == CORNU_OK; i++) {
        states[i] = context->input_count > 1
                        ? inputs[i + 1]
                        : cornu_cell_zero_state_(self, i, cornu_tensor_shape(inputs[0]));
        if (states[i] == NULL) status = cornu_error_status();
    }
    if (status == CORNU_OK) {
        if (cls->begin != NULL) cls->begin(self);
        cornu_tensor *x = cls->project != NULL ? cls->project(self, inputs[0], context) : inputs[0];
        status = x != NULL ? cls->step(self, x, states, context, outputs) : cornu_error_status();
    }
    cornu_free(states);
    return status;
}
