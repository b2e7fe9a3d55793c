/* StackedRNNCells: cells on top of one another as one cell.
 * keras/src/layers/rnn/stacked_rnn_cells.py */
#include "recurrent.h"

typedef struct {
    cornu_layer base;
    cornu_layer_stacked_rnn_cells_args args;
    cornu_layer **read;  /* of a config, until init; references of this object */
    cornu_layer **cells; /* the base holds them */
    size_t count;
} stacked;

static void drop_read(stacked *self) {
    for (size_t i = 0; self->read != NULL && i < self->args.cell_count; i++)
        cornu_layer_free(self->read[i]);
    cornu_free(self->read);
    self->read = NULL;
}

static cornu_status add_cell(stacked *self, cornu_layer *cell) {
    if (cell == NULL) return cornu_error_null("cell");
    if (cell->cls->cell == NULL)
        CORNU_FAIL(
            CORNU_EINVAL, "a layer of class %s is no cell: its class has no `cell`",
            cornu_layer_class_name(cell)
        );
    CORNU_TRY(cornu_layer_add_layer(&self->base, "cells[]", cornu_layer_retain(cell)));
    self->cells[self->count++] = cell;
    return CORNU_OK;
}

static cornu_status init(void *object) {
    stacked *self = object;
    if (self->args.cell_count == 0) CORNU_FAIL(CORNU_EINVAL, "needs a cell");
    self->cells = cornu_allocate(self->args.cell_count * sizeof *self->cells);
    if (self->cells == NULL) return cornu_error_status();
    for (size_t i = 0; i < self->args.cell_count; i++)
        CORNU_TRY(add_cell(self, self->args.cells[i]));
    drop_read(self);
    self->args.cells = NULL; /* the caller's list may end now */
    return CORNU_OK;
}

static void destroy(void *object) {
    stacked *self = object;
    drop_read(self);
    cornu_free(self->cells);
}

static cornu_status get_config(const void *object, cornu_config *config) {
    const stacked *self = object;
    return cornu_config_set_layers(config, "cells", self->cells, self->count);
}

static cornu_status from_config(void *object, const cornu_config *config) {
    stacked *self = object;
    CORNU_TRY(cornu_config_get_layers(config, "cells", &self->read, &self->args.cell_count));
    self->args.cells = self->read;
    return CORNU_OK;
}

/* ---- as a cell ---- */
static const cornu_cell_class *class_of(const cornu_layer *cell) { return cell->cls->cell; }

static size_t state_count(const cornu_layer *layer) {
    const stacked *self = (const stacked *)layer;
    size_t count = 0;
    for (size_t i = 0; i < self->count; i++)
        count += class_of(self->cells[i])->state_count(self->cells[i]);
    return count;
}

/* The shape of what cell `index` is given. */
static cornu_status input_of(
    const stacked *self, size_t index, const cornu_shape *input, cornu_shape *shape
) {
    *shape = *input;
    for (size_t i = 0; i < index; i++) {
        cornu_shape output;
        CORNU_TRY(cornu_cell_output_shape_(self->cells[i], shape, &output));
        *shape = output;
    }
    return CORNU_OK;
}

static cornu_status state_shape(
    const cornu_layer *layer, size_t index, const cornu_shape *input, cornu_shape *state
) {
    const stacked *self = (const stacked *)layer;
    for (size_t i = 0; i < self->count; i++) {
        size_t own = class_of(self->cells[i])->state_count(self->cells[i]);
        cornu_shape shape;
        CORNU_TRY(input_of(self, i, input, &shape));
        if (index < own)
            return class_of(self->cells[i])->state_shape(self->cells[i], index, &shape, state);
        index -= own;
    }
    CORNU_FAIL(CORNU_EINVAL, "there is no such state");
}

static cornu_status output_shape(
    const cornu_layer *layer, const cornu_shape *input, cornu_shape *output
) {
    return input_of((const stacked *)layer, ((const stacked *)layer)->count, input, output);
}

static cornu_status build(cornu_layer *layer, const cornu_shape *shapes, size_t count) {
    stacked *self = (stacked *)layer;
    (void)count; /* states follow */
    for (size_t i = 0; i < self->count; i++) {
        cornu_shape shape;
        CORNU_TRY(input_of(self, i, &shapes[0], &shape));
        CORNU_TRY(cornu_layer_build(self->cells[i], &shape, 1));
    }
    return CORNU_OK;
}

static void begin(cornu_layer *layer) {
    stacked *self = (stacked *)layer;
    for (size_t i = 0; i < self->count; i++)
        if (class_of(self->cells[i])->begin != NULL)
            class_of(self->cells[i])->begin(self->cells[i]);
}

static cornu_tensor *project_for(
    cornu_layer *cell, cornu_tensor *x, const cornu_call_context *context
) {
    return class_of(cell)->project != NULL ? class_of(cell)->project(cell, x, context) : x;
}

/* Only the first cell knows all its inputs before the first step. */
static cornu_tensor *project(
    cornu_layer *layer, cornu_tensor *x, const cornu_call_context *context
) {
    return project_for(((stacked *)layer)->cells[0], x, context);
}

static cornu_status step(
    cornu_layer *layer, cornu_tensor *x, cornu_tensor *const *states,
    const cornu_call_context *context, cornu_tensor **outputs
) {
    stacked *self = (stacked *)layer;
    cornu_tensor **at = outputs; /* each cell's output falls where the state before it stood */
    for (size_t i = 0; i < self->count; i++) {
        cornu_layer *cell = self->cells[i];
        if (i > 0) x = project_for(cell, x, context);
        if (x == NULL) return cornu_error_status();
        cornu_tensor *last = at[0]; /* the last state of the cell below, but for the first */
        CORNU_TRY(class_of(cell)->step(cell, x, states, context, at), "cell %zu", i);
        x = at[0];
        if (i > 0) at[0] = last;
        at += class_of(cell)->state_count(cell);
        states += class_of(cell)->state_count(cell);
    }
    outputs[0] = x;
    return CORNU_OK;
}

static const cornu_layer_stacked_rnn_cells_args defaults = {CORNU_LAYER_STACKED_RNN_CELLS_DEFAULTS};
static const cornu_field fields[] = {CORNU_LAYER_FIELDS(cornu_layer_stacked_rnn_cells_args)};

static const cornu_cell_class cell_class = {
    .state_count = state_count,
    .state_shape = state_shape,
    .output_shape = output_shape,
    .begin = begin,
    .project = project,
    .step = step,
};

CORNU_LAYER_CLASS(stacked_rnn_cells){
    CORNU_CLASS_ARGS(stacked, args, defaults, fields),
    .name = "StackedRNNCells",
    .init = init,
    .destroy = destroy,
    .get_config = get_config,
    .from_config = from_config,
    .build = build,
    .call_many = cornu_cell_call_,
    .output_count = cornu_cell_output_count_,
    .arguments = cornu_cell_arguments_,
    .cell = &cell_class,
};

cornu_layer *cornu_layer_stacked_rnn_cells_new(const cornu_layer_stacked_rnn_cells_args *args) {
    cornu_layer *layer = cornu_layer_create(&cornu_layer_stacked_rnn_cells_class, args);
    for (size_t i = 0; i < args->cell_count; i++) cornu_layer_free(args->cells[i]);
    return layer;
}
