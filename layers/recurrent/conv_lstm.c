/* ConvLSTM1D, ConvLSTM2D and ConvLSTM3D: the cell of conv_lstm_cell.c over time. Shi et al. (2015);
 * keras/src/layers/rnn/conv_lstm.py */
#include "recurrent.h"

typedef struct {
    cornu_rnn rnn;
    cornu_layer_conv_lstm_args args;
} conv_lstm;

static cornu_status init_for(conv_lstm *self, int axes) {
    cornu_layer_conv_lstm_args *args = &self->args;
    if (args->kernel_size.size[0] == 0) CORNU_FAIL(CORNU_EINVAL, "kernel_size is missing");
    CORNU_TRY(cornu_window_complete(&args->kernel_size, "kernel_size", axes, 1));
    CORNU_TRY(cornu_window_complete(&args->strides, "strides", axes, 1));
    CORNU_TRY(cornu_window_complete(&args->dilation_rate, "dilation_rate", axes, 1));
    return cornu_rnn_init_(
        &self->rnn, cornu_conv_lstm_cell_(&self->args, axes), CORNU_RNN_OPTIONS_(&self->args)
    );
}

static cornu_status init1(void *object) { return init_for(object, 1); }
static cornu_status init2(void *object) { return init_for(object, 2); }
static cornu_status init3(void *object) { return init_for(object, 3); }

static const cornu_layer_conv_lstm_args defaults = {CORNU_LAYER_CONV_LSTM_DEFAULTS};
static const cornu_field fields[] = {
    CORNU_LAYER_FIELDS(cornu_layer_conv_lstm_args),
    CORNU_RNN_FIELDS_(cornu_layer_conv_lstm_args),
    CORNU_FIELD(cornu_layer_conv_lstm_args, INT, filters),
    CORNU_FIELD(cornu_layer_conv_lstm_args, WINDOW, kernel_size),
    CORNU_FIELD(cornu_layer_conv_lstm_args, WINDOW, strides),
    CORNU_FIELD(cornu_layer_conv_lstm_args, STRING, padding),
    CORNU_FIELD(cornu_layer_conv_lstm_args, STRING, data_format),
    CORNU_FIELD(cornu_layer_conv_lstm_args, WINDOW, dilation_rate),
    CORNU_FIELD(cornu_layer_conv_lstm_args, ACTIVATION, activation),
    CORNU_FIELD(cornu_layer_conv_lstm_args, ACTIVATION, recurrent_activation),
    CORNU_FIELD(cornu_layer_conv_lstm_args, BOOL, use_bias),
    CORNU_CELL_INITIALIZER_FIELDS_(cornu_layer_conv_lstm_args),
    CORNU_FIELD(cornu_layer_conv_lstm_args, BOOL, unit_forget_bias),
    CORNU_CELL_REGULARIZER_FIELDS_(cornu_layer_conv_lstm_args),
    CORNU_FIELD(cornu_layer_conv_lstm_args, REGULARIZER, activity_regularizer),
    CORNU_CELL_CONSTRAINT_FIELDS_(cornu_layer_conv_lstm_args),
    CORNU_CELL_DROPOUT_FIELDS_(cornu_layer_conv_lstm_args),
    CORNU_FIELD(cornu_layer_conv_lstm_args, INT, seed),
};

CORNU_LAYER_CLASS(conv_lstm1d){
    CORNU_CLASS_ARGS(conv_lstm, args, defaults, fields),
    .name = "ConvLSTM1D",
    .init = init1,
    CORNU_RNN_MEMBERS_,
};

CORNU_LAYER_CLASS(conv_lstm2d){
    CORNU_CLASS_ARGS(conv_lstm, args, defaults, fields),
    .name = "ConvLSTM2D",
    .init = init2,
    CORNU_RNN_MEMBERS_,
};

CORNU_LAYER_CLASS(conv_lstm3d){
    CORNU_CLASS_ARGS(conv_lstm, args, defaults, fields),
    .name = "ConvLSTM3D",
    .init = init3,
    CORNU_RNN_MEMBERS_,
};

cornu_layer *cornu_layer_conv_lstm1d_new(const cornu_layer_conv_lstm1d_args *args) {
    return cornu_layer_create(&cornu_layer_conv_lstm1d_class, args);
}

cornu_layer *cornu_layer_conv_lstm2d_new(const cornu_layer_conv_lstm2d_args *args) {
    return cornu_layer_create(&cornu_layer_conv_lstm2d_class, args);
}

cornu_layer *cornu_layer_conv_lstm3d_new(const cornu_layer_conv_lstm3d_args *args) {
    return cornu_layer_create(&cornu_layer_conv_lstm3d_class, args);
}
