/* RNN: a cell taken over time, and what SimpleRNN, LSTM, GRU and the ConvLSTM layers are made of.
 * What a cell computes of its inputs alone is computed for all steps at once; then the steps follow
 * one another, in ops, or in one kernel where the cell has one. keras/src/layers/rnn/rnn.py, and
 * `rnn` of keras/src/backend/torch/rnn.py */
#include "recurrent.h"

#include <string.h>

const char *const cornu_rnn_arguments_[] = {"sequences", "initial_state[]", NULL};

/* ---- making and freeing ---- */
static const cornu_cell_class *cell_class(const cornu_rnn *rnn) { return rnn->cell->cls->cell; }

static size_t state_count(const cornu_rnn *rnn) { return cell_class(rnn)->state_count(rnn->cell); }

cornu_status cornu_rnn_init_(cornu_rnn *rnn, cornu_layer *cell, cornu_rnn_options options) {
    if (cell == NULL) return cornu_error_null("cell");
    rnn->options = options;
    CORNU_TRY(cornu_layer_add_layer(&rnn->base, "cell", cell));
    rnn->cell = cell;
    if (cell->cls->cell == NULL)
        CORNU_FAIL(
            CORNU_EINVAL, "a layer of class %s is no cell: its class has no `cell`",
            cornu_layer_class_name(cell)
        );
    return CORNU_OK;
}

static void free_states(cornu_rnn *rnn) {
    size_t count = rnn->states != NULL ? state_count(rnn) : 0;
    for (size_t i = 0; i < count; i++) cornu_tensor_free(rnn->states[i]);
    cornu_free(rnn->states);
    rnn->states = NULL;
}

void cornu_rnn_destroy_(void *object) { free_states(object); }

cornu_status cornu_rnn_get_config_(const void *object, cornu_config *config) {
    const cornu_rnn *rnn = object;
    CORNU_TRY(cornu_config_set_bool(config, "go_backwards", rnn->options.go_backwards));
    return cornu_config_set_bool(config, "zero_output_for_mask", rnn->options.zero_output_for_mask);
}

cornu_rnn *cornu_rnn_of_(cornu_layer *layer) {
    return layer != NULL && layer->cls->call_many == cornu_rnn_call_ ? (cornu_rnn *)layer : NULL;
}

/* ---- shapes ---- */
static cornu_status check_sequence(const cornu_shape *shape) {
    char text[256];
    if (shape->rank < 3)
        CORNU_FAIL(
            CORNU_ESHAPE, "wants sequences of shape [batch, time, features], got %s",
            cornu_shape_format(shape, text, sizeof text)
        );
    return CORNU_OK;
}

/* [batch, time, ...] -> [batch, ...] */
static cornu_shape step_shape(const cornu_shape *sequence) {
    cornu_shape step = {.rank = sequence->rank - 1, .dims = {sequence->dims[0]}};
    for (int i = 1; i < step.rank; i++) step.dims[i] = sequence->dims[i + 1];
    return step;
}

size_t cornu_rnn_output_count_(const cornu_layer *self, const cornu_config *kwargs) {
    (void)kwargs;
    const cornu_rnn *rnn = (const cornu_rnn *)self;
    return rnn->options.return_state ? 1 + state_count(rnn) : 1;
}

cornu_status cornu_rnn_output_shape_(
    const cornu_layer *self, const cornu_shape *inputs, size_t count, cornu_shape *outputs
) {
    const cornu_rnn *rnn = (const cornu_rnn *)self;
    const cornu_cell_class *cls = cell_class(rnn);
    (void)count; /* states follow */
    CORNU_TRY(check_sequence(&inputs[0]));
    cornu_shape step = step_shape(&inputs[0]), output;
    CORNU_TRY(cornu_cell_output_shape_(rnn->cell, &step, &output));
    if (rnn->options.return_sequences) {
        for (int i = output.rank++; i > 1; i--) output.dims[i] = output.dims[i - 1];
        output.dims[1] = inputs[0].dims[1];
    }
    outputs[0] = output;
    for (size_t i = 1; i < cornu_rnn_output_count_(self, NULL); i++)
        CORNU_TRY(cls->state_shape(rnn->cell, i - 1, &step, &outputs[i]));
    return CORNU_OK;
}

/* The variables in which a stateful layer keeps its states. */
static cornu_status make_states(cornu_rnn *rnn, const cornu_shape *step) {
    size_t count = state_count(rnn);
    char text[256];
    if (step->dims[0] < 0)
        CORNU_FAIL(
            CORNU_ESHAPE,
            "a stateful layer must know the size of the batch, got steps of the shape %s; give the "
            "input a batch_size",
            cornu_shape_format(step, text, sizeof text)
        );
    rnn->states = cornu_allocate((count + 1) * sizeof *rnn->states);
    if (rnn->states == NULL) return cornu_error_status();
    CORNU_SCOPE {
        for (size_t i = 0; i < count; i++) {
            cornu_tensor *zeros = cornu_cell_zero_state_(rnn->cell, i, step);
            if (zeros == NULL) return cornu_error_status();
            rnn->states[i] = cornu_variable(zeros, .name = "rnn_state", .trainable = false);
            if (rnn->states[i] == NULL) return cornu_error_status();
        }
    }
    return CORNU_OK;
}

cornu_status cornu_rnn_build_(cornu_layer *self, const cornu_shape *shapes, size_t count) {
    cornu_rnn *rnn = (cornu_rnn *)self;
    if (count < 1) CORNU_FAIL(CORNU_EINVAL, "takes an input");
    CORNU_TRY(check_sequence(&shapes[0]));
    cornu_shape step = step_shape(&shapes[0]);
    CORNU_TRY(cornu_layer_build(rnn->cell, &step, 1));
    if (!rnn->options.stateful) return CORNU_OK;
    free_states(rnn);
    return make_states(rnn, &step);
}

cornu_status cornu_rnn_reset_(cornu_layer *self) {
    cornu_rnn *rnn = (cornu_rnn *)self;
    for (size_t i = 0; rnn->states != NULL && i < state_count(rnn); i++)
        CORNU_TRY(cornu_assign(rnn->states[i], cornu_op_zeros_like(rnn->states[i])));
    return CORNU_OK;
}

/* ---- states at the beginning ---- */
size_t cornu_rnn_given_states_(const cornu_call_context *context) {
    size_t count = 0;
    for (size_t i = 0; i < context->argument_count; i++)
        if (strcmp(context->arguments[i].name, "initial_state") == 0) count++;
    return count + context->input_count - 1;
}

cornu_tensor *cornu_rnn_given_state_(
    cornu_tensor *const *inputs, const cornu_call_context *context, size_t index
) {
    size_t positional = context->input_count - 1;
    return index < positional
               ? inputs[index + 1]
               : cornu_call_argument_get(context, "initial_state", index - positional);
}

static cornu_tensor *initial_state(
    const cornu_rnn *rnn, cornu_tensor *const *inputs, const cornu_call_context *context,
    const cornu_shape *step, size_t index
) {
    cornu_dtype dtype = rnn->base.compute_dtype;
    if (cornu_rnn_given_states_(context) == 0)
        return rnn->states != NULL ? cornu_op_cast(rnn->states[index], dtype)
                                   : cornu_cell_zero_state_(rnn->cell, index, step);
    cornu_tensor *state = cornu_rnn_given_state_(inputs, context, index);
    cornu_shape wanted;
    char given[256], fits[256];
    if (state == NULL || cell_class(rnn)->state_shape(rnn->cell, index, step, &wanted) != CORNU_OK)
        return NULL;
    if (!cornu_shape_equal(cornu_tensor_shape(state), &wanted))
        CORNU_FAIL_NULL(
            CORNU_ESHAPE, "initial_state[%zu] has the shape %s, must have %s", index,
            cornu_shape_format(cornu_tensor_shape(state), given, sizeof given),
            cornu_shape_format(&wanted, fits, sizeof fits)
        );
    return cornu_op_cast(state, dtype);
}

/* ---- the walk ---- */
/* Where a walk is: `states` before the step, `results` the output and the states after it. */
typedef struct {
    cornu_rnn *rnn;
    const cornu_call_context *context;
    cornu_tensor *projected; /* [batch, time, ...] */
    cornu_tensor *mask;      /* [batch, time], or NULL */
    size_t state_count;
    cornu_tensor **states, **results, **sequence;
    cornu_tensor *whole; /* the outputs of all steps, if they were taken at once */
} walk;

/* x[:, t] */
static cornu_tensor *at_time(cornu_tensor *x, int64_t t) {
    cornu_shape size = *cornu_tensor_shape(x);
    int64_t start[CORNU_MAX_RANK] = {0};
    size.dims[1] = 1;
    start[1] = t;
    return cornu_op_reshape(cornu_op_slice(x, start, size), step_shape(&size));
}

/* The mask of step t, with axes of size 1 so that it broadcasts over `rank` axes. */
static cornu_tensor *mask_at(const walk *w, int64_t t, int rank) {
    cornu_shape shape = {.rank = rank, .dims = {cornu_tensor_dim(w->mask, 0)}};
    for (int i = 1; i < rank; i++) shape.dims[i] = 1;
    return cornu_op_reshape(at_time(w->mask, t), shape);
}

/* Where step t is masked: the old states, and the output before or zeros. */
static cornu_status apply_mask(const walk *w, int64_t t) {
    cornu_tensor *output = w->results[0];
    cornu_tensor *mask = mask_at(w, t, cornu_tensor_rank(output));
    cornu_tensor *before = t > 0 && !w->rnn->options.zero_output_for_mask
                               ? w->sequence[t - 1]
                               : cornu_op_zeros_like(output);
    w->results[0] = cornu_op_where(mask, output, before);
    for (size_t i = 0; i < w->state_count; i++) {
        mask = mask_at(w, t, cornu_tensor_rank(w->states[i]));
        w->results[i + 1] = cornu_op_where(mask, w->results[i + 1], w->states[i]);
        if (w->results[i + 1] == NULL) return cornu_error_status();
    }
    return w->results[0] != NULL ? CORNU_OK : cornu_error_status();
}

/* What the cell computes of its inputs alone, in the order of the steps. */
static cornu_status project(walk *w, cornu_tensor *x) {
    const cornu_rnn *rnn = w->rnn;
    const cornu_cell_class *cls = cell_class(rnn);
    if (rnn->options.go_backwards) {
        x = cornu_op_flip(x, cornu_axes(1));
        if (w->mask != NULL) w->mask = cornu_op_flip(w->mask, cornu_axes(1));
    }
    w->projected = cls->project != NULL ? cls->project(rnn->cell, x, w->context) : x;
    return w->projected != NULL ? CORNU_OK : cornu_error_status();
}

static cornu_status take_steps(walk *w, cornu_tensor *x, int64_t time) {
    const cornu_cell_class *cls = cell_class(w->rnn);
    CORNU_TRY(project(w, x));
    for (int64_t t = 0; t < time; t++) {
        cornu_tensor *now = at_time(w->projected, t);
        if (now == NULL) return cornu_error_status();
        CORNU_TRY(
            cls->step(w->rnn->cell, now, w->states, w->context, w->results), "step %lld",
            (long long)t
        );
        if (w->mask != NULL) CORNU_TRY(apply_mask(w, t), "step %lld", (long long)t);
        w->sequence[t] = w->results[0];
        for (size_t i = 0; i < w->state_count; i++) w->states[i] = w->results[i + 1];
    }
    return CORNU_OK;
}

static cornu_status begin(walk *w, cornu_tensor *const *inputs, const cornu_shape *step) {
    cornu_rnn *rnn = w->rnn;
    const cornu_cell_class *cls = cell_class(rnn);
    if (cornu_rnn_given_states_(w->context) % w->state_count != 0 ||
        cornu_rnn_given_states_(w->context) > w->state_count)
        CORNU_FAIL(
            CORNU_EINVAL, "the cell has %zu states, got %zu", w->state_count,
            cornu_rnn_given_states_(w->context)
        );
    for (size_t i = 0; i < w->state_count; i++) {
        w->states[i] = initial_state(rnn, inputs, w->context, step, i);
        if (w->states[i] == NULL) return cornu_error_status();
    }
    w->mask = w->context->masks != NULL ? w->context->masks[0] : NULL;
    if (cls->begin != NULL) cls->begin(rnn->cell);
    return CORNU_OK;
}

/* All steps at once, if the cell can. Then w->whole are the outputs of all steps. */
static cornu_status take_all_steps(walk *w, cornu_tensor *x, bool *done) {
    const cornu_cell_class *cls = cell_class(w->rnn);
    bool reverse = w->rnn->options.go_backwards, zeros = w->rnn->options.zero_output_for_mask;
    /* before the first step that counts the output is zero, whatever the state */
    bool starts_elsewhere = w->rnn->states != NULL || cornu_rnn_given_states_(w->context) > 0;
    *done = false;
    if (cls->sequence == NULL || (w->mask != NULL && starts_elsewhere && !zeros)) return CORNU_OK;
    CORNU_TRY(
        cls->sequence(w->rnn->cell, x, w->states, w->mask, reverse, w->context, w->results, done)
    );
    if (!*done) return CORNU_OK;
    w->whole = w->results[0];
    if (w->mask != NULL && zeros)
        w->whole = cornu_op_where(
            cornu_op_expand_dims(w->mask, -1), w->whole, cornu_op_zeros_like(w->whole)
        );
    for (size_t i = 0; i < w->state_count; i++) w->states[i] = w->results[i + 1];
    return w->whole != NULL ? CORNU_OK : cornu_error_status();
}

/* What the layer gives first: all outputs, or the last. */
static cornu_tensor *output_of(const walk *w, int64_t time) {
    const cornu_rnn_options *options = &w->rnn->options;
    if (!options->return_sequences) {
        if (w->whole == NULL) return w->sequence[time - 1];
        return at_time(w->whole, options->go_backwards ? 0 : time - 1);
    }
    cornu_tensor *all = w->whole;
    if (all == NULL) all = cornu_op_stack((cornu_tensor_list){w->sequence, (size_t)time}, 1);
    /* all at once they are in the order of the inputs, one by one in that of the steps */
    bool in_order = w->whole != NULL || !options->go_backwards;
    bool wanted = options->in_order || !options->go_backwards;
    return in_order == wanted ? all : cornu_op_flip(all, cornu_axes(1));
}

static cornu_status finish(walk *w, int64_t time, cornu_tensor **outputs) {
    cornu_rnn *rnn = w->rnn;
    outputs[0] = output_of(w, time);
    if (outputs[0] == NULL) return cornu_error_status();
    for (size_t i = 0; i < w->state_count; i++) {
        if (rnn->options.return_state) outputs[i + 1] = w->states[i];
        if (rnn->states == NULL) continue;
        cornu_dtype dtype = cornu_tensor_dtype(rnn->states[i]);
        CORNU_TRY(cornu_assign(rnn->states[i], cornu_op_cast(w->states[i], dtype)));
    }
    return CORNU_OK;
}

cornu_status cornu_rnn_call_(
    cornu_layer *self, cornu_tensor *const *inputs, const cornu_call_context *context,
    cornu_tensor **outputs
) {
    cornu_rnn *rnn = (cornu_rnn *)self;
    const cornu_shape *shape = cornu_tensor_shape(inputs[0]);
    CORNU_TRY(check_sequence(shape));
    int64_t time = shape->dims[1];
    if (time < 1) CORNU_FAIL(CORNU_ESHAPE, "the sequences have no steps");
    cornu_shape step = step_shape(shape);
    size_t states = state_count(rnn);
    cornu_tensor **room = cornu_allocate((2 * states + 1 + (size_t)time) * sizeof(cornu_tensor *));
    if (room == NULL) return cornu_error_status();
    walk w = {
        .rnn = rnn,
        .context = context,
        .state_count = states,
        .states = room,
        .results = room + states,
        .sequence = room + 2 * states + 1,
    };
    cornu_status status = begin(&w, inputs, &step);
    bool done = false;
    if (status == CORNU_OK) status = take_all_steps(&w, inputs[0], &done);
    if (status == CORNU_OK && !done) status = take_steps(&w, inputs[0], time);
    if (status == CORNU_OK) status = finish(&w, time, outputs);
    cornu_free(room);
    return status;
}

cornu_tensor *cornu_rnn_mask_(
    cornu_layer *self, cornu_tensor *const *inputs, const cornu_call_context *context
) {
    (void)inputs;
    return context->masks != NULL && ((cornu_rnn *)self)->options.return_sequences
               ? context->masks[0]
               : NULL;
}

/* ---- RNN ---- */
typedef struct {
    cornu_rnn rnn;
    cornu_layer_rnn_args args;
} rnn_layer;

static cornu_status init(void *object) {
    rnn_layer *self = object;
    if (self->args.cell == NULL) CORNU_FAIL(CORNU_EINVAL, "needs a cell");
    return cornu_rnn_init_(
        &self->rnn, cornu_layer_retain(self->args.cell), CORNU_RNN_OPTIONS_(&self->args)
    );
}

static const cornu_layer_rnn_args defaults = {CORNU_LAYER_RNN_DEFAULTS};
static const cornu_field fields[] = {
    CORNU_LAYER_FIELDS(cornu_layer_rnn_args),
    CORNU_RNN_FIELDS_(cornu_layer_rnn_args),
    CORNU_FIELD(cornu_layer_rnn_args, LAYER, cell),
    CORNU_FIELD_OMITTED(cornu_layer_rnn_args, REGULARIZER, activity_regularizer),
};

CORNU_LAYER_CLASS(rnn){
    CORNU_CLASS_ARGS(rnn_layer, args, defaults, fields),
    .name = "RNN",
    .init = init,
    CORNU_RNN_MEMBERS_,
};

cornu_layer *cornu_layer_rnn_new(const cornu_layer_rnn_args *args) {
    return cornu_layer_create(&cornu_layer_rnn_class, args);
}
