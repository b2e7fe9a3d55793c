/* Recurrent layers: SimpleRNN, LSTM, GRU, their cells, RNN over any cell, StackedRNNCells,
 * Bidirectional, ConvLSTM1D to 3D. https://keras.io/api/layers/recurrent_layers/
 *
 * A recurrent layer takes [batch, time, features] and gives the last output, [batch, units], or
 * with .return_sequences all of them, [batch, time, units]; with .return_state the final states
 * follow as further outputs. Initial states are further inputs: cornu_call(lstm, x, h, c).
 *
 * In an input with a mask, steps that are masked leave the states as they are, and repeat the
 * output of the step before. Their weights are those of the cell, in files under "cell". */
#ifndef CORNU_LAYERS_RECURRENT_H
#define CORNU_LAYERS_RECURRENT_H

#include <cornu/extend.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What the weights of a cell take. The inputs' kernel is made by Glorot's uniform distribution, the
 * one of the states orthogonal, the bias zero. In training, `dropout` of the features of an input
 * and `recurrent_dropout` of those of a state are left out, the same ones at every step. */
#define CORNU_CELL_ARGS                                                                            \
    CORNU_ARG(bool, use_bias, true);                                                               \
    CORNU_ARG(cornu_initializer *, kernel_initializer, NULL);                                      \
    CORNU_ARG(cornu_initializer *, recurrent_initializer, NULL);                                   \
    CORNU_ARG(cornu_initializer *, bias_initializer, NULL);                                        \
    CORNU_ARG(cornu_regularizer *, kernel_regularizer, NULL);                                      \
    CORNU_ARG(cornu_regularizer *, recurrent_regularizer, NULL);                                   \
    CORNU_ARG(cornu_regularizer *, bias_regularizer, NULL);                                        \
    CORNU_ARG(cornu_constraint *, kernel_constraint, NULL);                                        \
    CORNU_ARG(cornu_constraint *, recurrent_constraint, NULL);                                     \
    CORNU_ARG(cornu_constraint *, bias_constraint, NULL);                                          \
    CORNU_ARG(double, dropout, 0);                                                                 \
    CORNU_ARG(double, recurrent_dropout, 0);                                                       \
    CORNU_ARG(int64_t, seed, CORNU_NONE)
#define CORNU_CELL_DEFAULTS .use_bias = true, .seed = CORNU_NONE

/* What a recurrent layer does with its cell. */
#define CORNU_RNN_ARGS                                                                             \
    /* all outputs, not the last one alone */                                                      \
    CORNU_ARG(bool, return_sequences, false);                                                      \
    /* the final states as further outputs */                                                      \
    CORNU_ARG(bool, return_state, false);                                                          \
    /* from the last step to the first; the outputs come in that order */                          \
    CORNU_ARG(bool, go_backwards, false);                                                          \
    /* each batch begins where the one before ended, until cornu_layer_reset_state. The size of    \
     * the batch must be known. */                                                                 \
    CORNU_ARG(bool, stateful, false);                                                              \
    /* accepted for Keras' sake, without effect: how steps are run is decided here */              \
    CORNU_ARG(bool, unroll, false);                                                                \
    /* masked steps give zeros in place of the output before */                                    \
    CORNU_ARG(bool, zero_output_for_mask, false)

/* ---- cells ----------------------------------------------------------------------------------- */
/* One step: of an input [batch, features] and states (zero unless given), the output and the new
 * states. */
/* h = activation(x @ kernel + h @ recurrent_kernel + bias) */
typedef struct cornu_layer_simple_rnn_cell_args {
    CORNU_LAYER_ARGS(cornu_layer_simple_rnn_cell_args);
    CORNU_ARG(int64_t, units, 0);
    CORNU_ARG(const char *, activation, "tanh");
    CORNU_CELL_ARGS;
} cornu_layer_simple_rnn_cell_args;
#define CORNU_LAYER_SIMPLE_RNN_CELL_DEFAULTS                                                       \
    CORNU_LAYER_DEFAULTS(cornu_layer_simple_rnn_cell_args), .activation = "tanh",                  \
        CORNU_CELL_DEFAULTS
CORNU_API cornu_layer *cornu_layer_simple_rnn_cell_new(
    const cornu_layer_simple_rnn_cell_args *args
);

/* Long short-term memory, Hochreiter and Schmidhuber (1997), with gates i, f, o and candidate g:
 * c = f * c + i * g, h = o * activation(c). States h, c; gates in kernels in the order i, f, g, o.
 * With unit_forget_bias, the bias of f begins at 1. */
typedef struct cornu_layer_lstm_cell_args {
    CORNU_LAYER_ARGS(cornu_layer_lstm_cell_args);
    CORNU_ARG(int64_t, units, 0);
    CORNU_ARG(const char *, activation, "tanh");
    CORNU_ARG(const char *, recurrent_activation, "sigmoid");
    CORNU_ARG(bool, unit_forget_bias, true);
    CORNU_CELL_ARGS;
} cornu_layer_lstm_cell_args;
#define CORNU_LAYER_LSTM_CELL_DEFAULTS                                                             \
    CORNU_LAYER_DEFAULTS(cornu_layer_lstm_cell_args), .activation = "tanh",                        \
        .recurrent_activation = "sigmoid", .unit_forget_bias = true, CORNU_CELL_DEFAULTS
CORNU_API cornu_layer *cornu_layer_lstm_cell_new(const cornu_layer_lstm_cell_args *args);

/* Gated recurrent unit, Cho et al. (2014): gates z, r and candidate g, in that order in kernels,
 * h = z * h + (1 - z) * g. The reset gate r is applied to h @ recurrent_kernel if reset_after (the
 * bias is then [2, 3 units], of inputs and of states), or else to h. */
typedef struct cornu_layer_gru_cell_args {
    CORNU_LAYER_ARGS(cornu_layer_gru_cell_args);
    CORNU_ARG(int64_t, units, 0);
    CORNU_ARG(const char *, activation, "tanh");
    CORNU_ARG(const char *, recurrent_activation, "sigmoid");
    CORNU_ARG(bool, reset_after, true);
    CORNU_CELL_ARGS;
} cornu_layer_gru_cell_args;
#define CORNU_LAYER_GRU_CELL_DEFAULTS                                                              \
    CORNU_LAYER_DEFAULTS(cornu_layer_gru_cell_args), .activation = "tanh",                         \
        .recurrent_activation = "sigmoid", .reset_after = true, CORNU_CELL_DEFAULTS
CORNU_API cornu_layer *cornu_layer_gru_cell_new(const cornu_layer_gru_cell_args *args);

/* Cells on top of one another as one cell, whose states are those of all, in order. */
typedef struct cornu_layer_stacked_rnn_cells_args {
    CORNU_LAYER_ARGS(cornu_layer_stacked_rnn_cells_args);
    CORNU_ARG(cornu_layer *const *, cells, NULL); /* taken */
    CORNU_ARG(size_t, cell_count, 0);
} cornu_layer_stacked_rnn_cells_args;
#define CORNU_LAYER_STACKED_RNN_CELLS_DEFAULTS                                                     \
    CORNU_LAYER_DEFAULTS(cornu_layer_stacked_rnn_cells_args)
CORNU_API cornu_layer *cornu_layer_stacked_rnn_cells_new(
    const cornu_layer_stacked_rnn_cells_args *args
);

/* ---- layers ---------------------------------------------------------------------------------- */
/* Any cell over time: cornu_layer_rnn(cornu_layer_gru_cell(32), .return_sequences = true). A cell
 * of one's own is a layer whose class has `cell`. */
typedef struct cornu_layer_rnn_args {
    CORNU_LAYER_ARGS(cornu_layer_rnn_args);
    CORNU_ARG(cornu_layer *, cell, NULL); /* taken */
    CORNU_RNN_ARGS;
    CORNU_ARG(cornu_regularizer *, activity_regularizer, NULL);
} cornu_layer_rnn_args;
#define CORNU_LAYER_RNN_DEFAULTS CORNU_LAYER_DEFAULTS(cornu_layer_rnn_args)
CORNU_API cornu_layer *cornu_layer_rnn_new(const cornu_layer_rnn_args *args);

typedef struct cornu_layer_simple_rnn_args {
    CORNU_LAYER_ARGS(cornu_layer_simple_rnn_args);
    CORNU_ARG(int64_t, units, 0);
    CORNU_ARG(const char *, activation, "tanh");
    CORNU_CELL_ARGS;
    CORNU_RNN_ARGS;
    CORNU_ARG(cornu_regularizer *, activity_regularizer, NULL);
} cornu_layer_simple_rnn_args;
#define CORNU_LAYER_SIMPLE_RNN_DEFAULTS                                                            \
    CORNU_LAYER_DEFAULTS(cornu_layer_simple_rnn_args), .activation = "tanh", CORNU_CELL_DEFAULTS
CORNU_API cornu_layer *cornu_layer_simple_rnn_new(const cornu_layer_simple_rnn_args *args);

typedef struct cornu_layer_lstm_args {
    CORNU_LAYER_ARGS(cornu_layer_lstm_args);
    CORNU_ARG(int64_t, units, 0);
    CORNU_ARG(const char *, activation, "tanh");
    CORNU_ARG(const char *, recurrent_activation, "sigmoid");
    CORNU_ARG(bool, unit_forget_bias, true);
    CORNU_CELL_ARGS;
    CORNU_RNN_ARGS;
    CORNU_ARG(cornu_regularizer *, activity_regularizer, NULL);
} cornu_layer_lstm_args;
#define CORNU_LAYER_LSTM_DEFAULTS                                                                  \
    CORNU_LAYER_DEFAULTS(cornu_layer_lstm_args), .activation = "tanh",                             \
        .recurrent_activation = "sigmoid", .unit_forget_bias = true, CORNU_CELL_DEFAULTS
CORNU_API cornu_layer *cornu_layer_lstm_new(const cornu_layer_lstm_args *args);

typedef struct cornu_layer_gru_args {
    CORNU_LAYER_ARGS(cornu_layer_gru_args);
    CORNU_ARG(int64_t, units, 0);
    CORNU_ARG(const char *, activation, "tanh");
    CORNU_ARG(const char *, recurrent_activation, "sigmoid");
    CORNU_ARG(bool, reset_after, true);
    CORNU_CELL_ARGS;
    CORNU_RNN_ARGS;
    CORNU_ARG(cornu_regularizer *, activity_regularizer, NULL);
} cornu_layer_gru_args;
#define CORNU_LAYER_GRU_DEFAULTS                                                                   \
    CORNU_LAYER_DEFAULTS(cornu_layer_gru_args), .activation = "tanh",                              \
        .recurrent_activation = "sigmoid", .reset_after = true, CORNU_CELL_DEFAULTS
CORNU_API cornu_layer *cornu_layer_gru_new(const cornu_layer_gru_args *args);

/* LSTM over images (or lines, or volumes) instead of vectors, Shi et al. (2015): the products with
 * kernels are convolutions. [batch, time, spatial.., channels] -> [batch, spatial.., filters], with
 * data_format "channels_first" the channels before the spatial axes. Strides, padding and dilation
 * are those of the inputs; states are convolved with padding "same". */
typedef struct cornu_layer_conv_lstm_args {
    CORNU_LAYER_ARGS(cornu_layer_conv_lstm_args);
    CORNU_ARG(int64_t, filters, 0);
    CORNU_ARG(cornu_window, kernel_size, {});
    CORNU_ARG(cornu_window, strides, {{1}});
    CORNU_ARG(const char *, padding, "valid");
    CORNU_ARG(const char *, data_format, "channels_last");
    CORNU_ARG(cornu_window, dilation_rate, {{1}});
    CORNU_ARG(const char *, activation, "tanh");
    CORNU_ARG(const char *, recurrent_activation, "sigmoid");
    CORNU_ARG(bool, unit_forget_bias, true);
    CORNU_CELL_ARGS;
    CORNU_RNN_ARGS;
    CORNU_ARG(cornu_regularizer *, activity_regularizer, NULL);
} cornu_layer_conv_lstm_args;
#define CORNU_LAYER_CONV_LSTM_DEFAULTS                                                             \
    CORNU_LAYER_DEFAULTS(cornu_layer_conv_lstm_args), .strides = {{1}}, .padding = "valid",        \
        .data_format = "channels_last", .dilation_rate = {{1}}, .activation = "tanh",              \
        .recurrent_activation = "sigmoid", .unit_forget_bias = true, CORNU_CELL_DEFAULTS
typedef cornu_layer_conv_lstm_args cornu_layer_conv_lstm1d_args;
typedef cornu_layer_conv_lstm_args cornu_layer_conv_lstm2d_args;
typedef cornu_layer_conv_lstm_args cornu_layer_conv_lstm3d_args;
CORNU_API cornu_layer *cornu_layer_conv_lstm1d_new(const cornu_layer_conv_lstm1d_args *args);
CORNU_API cornu_layer *cornu_layer_conv_lstm2d_new(const cornu_layer_conv_lstm2d_args *args);
CORNU_API cornu_layer *cornu_layer_conv_lstm3d_new(const cornu_layer_conv_lstm3d_args *args);

/* A recurrent layer in both directions, Schuster and Paliwal (1997):
 * cornu_layer_bidirectional(cornu_layer_lstm(32, .return_sequences = true)). `merge_mode`:
 * "concat", "sum", "mul", "ave", or "none" (Keras: None) for two outputs. Without
 * `backward_layer`, that is a copy of `layer` which goes the other way. Both are taken. */
typedef struct cornu_layer_bidirectional_args {
    CORNU_LAYER_ARGS(cornu_layer_bidirectional_args);
    CORNU_ARG(cornu_layer *, layer, NULL);
    CORNU_ARG(const char *, merge_mode, "concat");
    CORNU_ARG(cornu_layer *, backward_layer, NULL);
} cornu_layer_bidirectional_args;
#define CORNU_LAYER_BIDIRECTIONAL_DEFAULTS                                                         \
    CORNU_LAYER_DEFAULTS(cornu_layer_bidirectional_args), .merge_mode = "concat"
CORNU_API cornu_layer *cornu_layer_bidirectional_new(const cornu_layer_bidirectional_args *args);

/* A layer, or a model, applied to every step of [batch, time, ...]:
 * cornu_layer_time_distributed(cornu_layer_dense(8)). */
typedef struct cornu_layer_time_distributed_args {
    CORNU_LAYER_ARGS(cornu_layer_time_distributed_args);
    CORNU_ARG(cornu_layer *, layer, NULL); /* taken; must be given */
} cornu_layer_time_distributed_args;
#define CORNU_LAYER_TIME_DISTRIBUTED_DEFAULTS                                                      \
    CORNU_LAYER_DEFAULTS(cornu_layer_time_distributed_args)
CORNU_API cornu_layer *cornu_layer_time_distributed_new(
    const cornu_layer_time_distributed_args *args
);

#ifndef __cplusplus
#define cornu_layer_time_distributed(...)                                                          \
    CORNU_LAYER_KW_(time_distributed, TIME_DISTRIBUTED, .layer = __VA_ARGS__)
#define cornu_layer_simple_rnn_cell(...)                                                           \
    CORNU_LAYER_KW_(simple_rnn_cell, SIMPLE_RNN_CELL, .units = __VA_ARGS__)
#define cornu_layer_lstm_cell(...) CORNU_LAYER_KW_(lstm_cell, LSTM_CELL, .units = __VA_ARGS__)
#define cornu_layer_gru_cell(...) CORNU_LAYER_KW_(gru_cell, GRU_CELL, .units = __VA_ARGS__)
/* the cells, and nothing else: cornu_layer_stacked_rnn_cells(cornu_layer_lstm_cell(8), ...) */
#define cornu_layer_stacked_rnn_cells(...)                                                         \
    CORNU_LAYER_KW_(                                                                               \
        stacked_rnn_cells, STACKED_RNN_CELLS, .cells = (cornu_layer *const[]){__VA_ARGS__},        \
        .cell_count = sizeof((cornu_layer *const[]){__VA_ARGS__}) / sizeof(cornu_layer *)          \
    )
#define cornu_layer_rnn(...) CORNU_LAYER_KW_(rnn, RNN, .cell = __VA_ARGS__)
#define cornu_layer_simple_rnn(...) CORNU_LAYER_KW_(simple_rnn, SIMPLE_RNN, .units = __VA_ARGS__)
#define cornu_layer_lstm(...) CORNU_LAYER_KW_(lstm, LSTM, .units = __VA_ARGS__)
#define cornu_layer_gru(...) CORNU_LAYER_KW_(gru, GRU, .units = __VA_ARGS__)
/* cornu_layer_conv_lstm2d(16, 3): filters, kernel_size */
#define CORNU_LAYER_CONV_LSTM_(name, ...)                                                          \
    CORNU_KW_(cornu_layer_##name##_new(                                                            \
        &(cornu_layer_conv_lstm_args){CORNU_LAYER_CONV_LSTM_DEFAULTS, .filters = __VA_ARGS__}))
#define cornu_layer_conv_lstm1d(...) CORNU_LAYER_CONV_LSTM_(conv_lstm1d, __VA_ARGS__)
#define cornu_layer_conv_lstm2d(...) CORNU_LAYER_CONV_LSTM_(conv_lstm2d, __VA_ARGS__)
#define cornu_layer_conv_lstm3d(...) CORNU_LAYER_CONV_LSTM_(conv_lstm3d, __VA_ARGS__)
#define cornu_layer_bidirectional(...)                                                             \
    CORNU_LAYER_KW_(bidirectional, BIDIRECTIONAL, .layer = __VA_ARGS__)
#endif

#ifdef __cplusplus
}
#endif
#endif
