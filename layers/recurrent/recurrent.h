/* What the recurrent layers share: cells with a kernel for inputs and one for states (cell.c), and
 * the walk of a cell over time (rnn.c). */
#ifndef CORNU_LAYERS_RECURRENT_LOCAL_H
#define CORNU_LAYERS_RECURRENT_LOCAL_H

#include <cornu/layers/recurrent.h>

/* ---- cells ---- */
/* What the arguments of a cell say, gathered from whatever struct holds them. */
typedef struct cornu_cell_spec {
    int64_t units;
    int gates;     /* blocks of `units` columns in the kernels */
    int bias_rows; /* 1: the bias is a vector; 2: inputs and states have a row each */
    const char *activation, *recurrent_activation;
    bool use_bias;
    cornu_initializer *kernel_initializer, *recurrent_initializer, *bias_initializer;
    cornu_regularizer *kernel_regularizer, *recurrent_regularizer, *bias_regularizer;
    cornu_constraint *kernel_constraint, *recurrent_constraint, *bias_constraint;
    double dropout, recurrent_dropout;
    int64_t seed;
} cornu_cell_spec;
#define CORNU_CELL_SPEC_(args)                                                                     \
    .units = (args)->units, .activation = (args)->activation, .use_bias = (args)->use_bias,        \
    .kernel_initializer = (args)->kernel_initializer,                                              \
    .recurrent_initializer = (args)->recurrent_initializer,                                        \
    .bias_initializer = (args)->bias_initializer,                                                  \
    .kernel_regularizer = (args)->kernel_regularizer,                                              \
    .recurrent_regularizer = (args)->recurrent_regularizer,                                        \
    .bias_regularizer = (args)->bias_regularizer, .kernel_constraint = (args)->kernel_constraint,  \
    .recurrent_constraint = (args)->recurrent_constraint,                                          \
    .bias_constraint = (args)->bias_constraint, .dropout = (args)->dropout,                        \
    .recurrent_dropout = (args)->recurrent_dropout, .seed = (args)->seed
/* The arguments of the cell inside a layer, from those of the layer: objects are shared. */
#define CORNU_CELL_ARGS_OF_(args)                                                                  \
    .dtype = (args)->dtype, .trainable = (args)->trainable, .units = (args)->units,                \
    .activation = (args)->activation, .use_bias = (args)->use_bias,                                \
    .kernel_initializer = cornu_initializer_retain((args)->kernel_initializer),                    \
    .recurrent_initializer = cornu_initializer_retain((args)->recurrent_initializer),              \
    .bias_initializer = cornu_initializer_retain((args)->bias_initializer),                        \
    .kernel_regularizer = cornu_regularizer_retain((args)->kernel_regularizer),                    \
    .recurrent_regularizer = cornu_regularizer_retain((args)->recurrent_regularizer),              \
    .bias_regularizer = cornu_regularizer_retain((args)->bias_regularizer),                        \
    .kernel_constraint = cornu_constraint_retain((args)->kernel_constraint),                       \
    .recurrent_constraint = cornu_constraint_retain((args)->recurrent_constraint),                 \
    .bias_constraint = cornu_constraint_retain((args)->bias_constraint),                           \
    .dropout = (args)->dropout, .recurrent_dropout = (args)->recurrent_dropout,                    \
    .seed = (args)->seed

/* Rows of field tables, in the order in which Keras writes them. */
#define CORNU_CELL_INITIALIZER_FIELDS_(args)                                                       \
    CORNU_FIELD_DEFAULT(args, INITIALIZER, kernel_initializer, "GlorotUniform"),                   \
        CORNU_FIELD_DEFAULT(args, INITIALIZER, recurrent_initializer, "Orthogonal"),               \
        CORNU_FIELD_DEFAULT(args, INITIALIZER, bias_initializer, "Zeros")
#define CORNU_CELL_REGULARIZER_FIELDS_(args)                                                       \
    CORNU_FIELD(args, REGULARIZER, kernel_regularizer),                                            \
        CORNU_FIELD(args, REGULARIZER, recurrent_regularizer),                                     \
        CORNU_FIELD(args, REGULARIZER, bias_regularizer)
#define CORNU_CELL_CONSTRAINT_FIELDS_(args)                                                        \
    CORNU_FIELD(args, CONSTRAINT, kernel_constraint),                                              \
        CORNU_FIELD(args, CONSTRAINT, recurrent_constraint),                                       \
        CORNU_FIELD(args, CONSTRAINT, bias_constraint)
#define CORNU_CELL_DROPOUT_FIELDS_(args)                                                           \
    CORNU_FIELD(args, FLOAT, dropout), CORNU_FIELD(args, FLOAT, recurrent_dropout)

/* A cell of this library. */
typedef struct cornu_plain_cell {
    cornu_layer base;
    cornu_activation_function *activation, *recurrent_activation;
    int64_t units;
    int64_t features; /* of an input, once built */
    double dropout, recurrent_dropout;
    cornu_seed_generator *seeds;    /* NULL: nothing is dropped */
    cornu_tensor *kernel;           /* [features, gates * units] */
    cornu_tensor *recurrent_kernel; /* [units, gates * units] */
    cornu_tensor *bias;             /* [gates * units] or [2, gates * units], or NULL */
    /* what is dropped in this sequence; NULL until it is drawn. They live as long as the call. */
    cornu_tensor *input_mask;       /* of the shape of one step of the input */
    cornu_tensor *state_mask;       /* of that of a state */
} cornu_plain_cell;

cornu_status cornu_cell_init_(cornu_plain_cell *cell, const cornu_cell_spec *spec);
cornu_status cornu_cell_build_(
    cornu_plain_cell *cell, const cornu_cell_spec *spec, const cornu_shape *shapes
);
/* Members of cornu_cell_class: one state [batch, units], and what begins a sequence. */
size_t cornu_cell_one_state_(const cornu_layer *self);
cornu_status cornu_cell_state_shape_(
    const cornu_layer *self, size_t index, const cornu_shape *input, cornu_shape *state
);
void cornu_cell_begin_(cornu_layer *self);
/* x @ kernel of one step or all, without the bias; inputs are dropped in training. */
cornu_tensor *cornu_cell_multiply_(
    cornu_plain_cell *cell, cornu_tensor *x, const cornu_call_context *context
);
/* An input with elements dropped in training; one step of it has `rank` axes, and all steps have
 * the axis of time besides. */
cornu_tensor *cornu_cell_drop_input_(
    cornu_plain_cell *cell, cornu_tensor *x, int rank, const cornu_call_context *context
);
/* The operands of an op over all steps but c, mask and direction, from the cell's weights, the
 * inputs and h. */
cornu_status cornu_cell_recurrence_(
    cornu_plain_cell *cell, cornu_tensor *x, cornu_tensor *h, const cornu_call_context *context,
    cornu_recurrence *of
);
/* Whether a state has elements dropped in this call. */
bool cornu_cell_drops_state_(const cornu_plain_cell *cell, const cornu_call_context *context);
/* A state with elements dropped in training. */
cornu_tensor *cornu_cell_drop_state_(
    cornu_plain_cell *cell, cornu_tensor *state, const cornu_call_context *context
);
/* The step of an LSTM from x + h, gates i, f, g, o along the axis, and the state c. */
cornu_status cornu_lstm_step_(
    const cornu_plain_cell *cell, cornu_tensor *sum, int axis, cornu_tensor *c,
    cornu_tensor **outputs
);
/* An initializer for the bias of gates i, f, g, o that is 1 for f, and what `others` gives for the
 * other gates. *new*. */
cornu_initializer *cornu_unit_forget_bias_(cornu_initializer *others);
/* Zeros for a state of `cell`, given one step of its input. */
cornu_tensor *cornu_cell_zero_state_(
    const cornu_layer *cell, size_t index, const cornu_shape *input
);
cornu_status cornu_cell_output_shape_(
    const cornu_layer *cell, const cornu_shape *input, cornu_shape *output
);
/* Members of the class of a cell as a layer: inputs x and states, outputs the output and states. */
cornu_status cornu_cell_call_(
    cornu_layer *self, cornu_tensor *const *inputs, const cornu_call_context *context,
    cornu_tensor **outputs
);
size_t cornu_cell_output_count_(const cornu_layer *self, const cornu_config *kwargs);
extern const char *const cornu_cell_arguments_[]; /* inputs, states */

/* The cell of ConvLSTM layers over 1 to 3 spatial axes. *new*. */
cornu_layer *cornu_conv_lstm_cell_(const cornu_layer_conv_lstm_args *args, int axes);

/* ---- layers ---- */
typedef struct cornu_rnn_options {
    bool return_sequences, return_state, go_backwards, stateful, unroll, zero_output_for_mask;
    bool in_order; /* all outputs in the order of the inputs, though the steps go backwards */
} cornu_rnn_options;
#define CORNU_RNN_OPTIONS_(args)                                                                   \
    (cornu_rnn_options) {                                                                          \
        (args)->return_sequences, (args)->return_state, (args)->go_backwards, (args)->stateful,    \
            (args)->unroll, (args)->zero_output_for_mask, false                                    \
    }
#define CORNU_RNN_FIELDS_(args)                                                                    \
    CORNU_FIELD(args, BOOL, return_sequences), CORNU_FIELD(args, BOOL, return_state),              \
        CORNU_FIELD(args, BOOL, go_backwards), CORNU_FIELD(args, BOOL, stateful),                  \
        CORNU_FIELD(args, BOOL, unroll), CORNU_FIELD(args, BOOL, zero_output_for_mask)

typedef struct cornu_rnn {
    cornu_layer base;
    /* those of the arguments, but that Bidirectional may turn the direction */
    cornu_rnn_options options;
    cornu_layer *cell;     /* the base holds it */
    cornu_tensor **states; /* of a stateful layer that is built: variables, one per state */
} cornu_rnn;

/* Takes the cell; NULL is a cell that could not be made. */
cornu_status cornu_rnn_init_(cornu_rnn *rnn, cornu_layer *cell, cornu_rnn_options options);
/* Members of a recurrent layer's class. */
void cornu_rnn_destroy_(void *object);
cornu_status cornu_rnn_get_config_(const void *object, cornu_config *config);
cornu_status cornu_rnn_build_(cornu_layer *self, const cornu_shape *shapes, size_t count);
cornu_status cornu_rnn_call_(
    cornu_layer *self, cornu_tensor *const *inputs, const cornu_call_context *context,
    cornu_tensor **outputs
);
size_t cornu_rnn_output_count_(const cornu_layer *self, const cornu_config *kwargs);
cornu_status cornu_rnn_output_shape_(
    const cornu_layer *self, const cornu_shape *inputs, size_t count, cornu_shape *outputs
);
cornu_tensor *cornu_rnn_mask_(
    cornu_layer *self, cornu_tensor *const *inputs, const cornu_call_context *context
);
cornu_status cornu_rnn_reset_(cornu_layer *self);
extern const char *const cornu_rnn_arguments_[];
#define CORNU_RNN_MEMBERS_                                                                         \
    .destroy = cornu_rnn_destroy_, .get_config = cornu_rnn_get_config_,                            \
    .build = cornu_rnn_build_, .call_many = cornu_rnn_call_,                                       \
    .output_count = cornu_rnn_output_count_, .output_shape = cornu_rnn_output_shape_,              \
    .compute_mask = cornu_rnn_mask_, .masking = CORNU_MASK_PRODUCES,                               \
    .reset_state = cornu_rnn_reset_, .arguments = cornu_rnn_arguments_
/* The layer as one of these, or NULL. */
cornu_rnn *cornu_rnn_of_(cornu_layer *layer);
/* The initial states of a call, further inputs or arguments by that name: how many there are, and
 * the index-th. */
size_t cornu_rnn_given_states_(const cornu_call_context *context);
cornu_tensor *cornu_rnn_given_state_(
    cornu_tensor *const *inputs, const cornu_call_context *context, size_t index
);

#endif
