/* The cell of ConvLSTM1D to ConvLSTM3D: an LSTM whose products are convolutions. Shi et al. (2015);
 * keras/src/layers/rnn/conv_lstm.py, ConvLSTMCell */
#include "recurrent.h"

#include <string.h>

typedef struct {
    cornu_plain_cell cell;
    cornu_layer_conv_lstm_args args;
    int axes; /* spatial ones */
    bool channels_first;
    cornu_window kernel_size, strides, dilation_rate; /* one number per axis */
} conv_lstm_cell;

/* ---- shapes: of steps, [batch, spatial.., channels] or [batch, channels, spatial..] ---- */
/* The axis of channels, counted from the end, so that it is right with the axis of time as well. */
static int channel_axis(const conv_lstm_cell *self) {
    return self->channels_first ? -1 - self->axes : -1;
}

static int64_t output_size(const conv_lstm_cell *self, int64_t size, int axis) {
    int64_t stride = self->strides.size[axis];
    int64_t reach = (self->kernel_size.size[axis] - 1) * self->dilation_rate.size[axis];
    if (size < 0) return -1;
    bool same = strcmp(self->args.padding, "same") == 0;
    return same ? (size + stride - 1) / stride : (size - reach - 1) / stride + 1;
}

static cornu_status state_shape(
    const cornu_layer *layer, size_t index, const cornu_shape *input, cornu_shape *state
) {
    const conv_lstm_cell *self = (const conv_lstm_cell *)layer;
    (void)index;
    *state = *input;
    for (int i = 0; i < self->axes; i++) {
        int axis = self->channels_first ? i + 2 : i + 1;
        state->dims[axis] = output_size(self, input->dims[axis], i);
    }
    state->dims[input->rank + channel_axis(self)] = self->args.filters;
    return CORNU_OK;
}

static size_t state_count(const cornu_layer *layer) {
    (void)layer;
    return 2;
}

/* ---- weights ---- */
static cornu_shape kernel_shape(const conv_lstm_cell *self, int64_t channels) {
    cornu_shape shape = {.rank = self->axes + 2};
    for (int i = 0; i < self->axes; i++) shape.dims[i] = self->kernel_size.size[i];
    shape.dims[self->axes] = channels;
    shape.dims[self->axes + 1] = 4 * self->args.filters;
    return shape;
}

static cornu_status init_for(conv_lstm_cell *self, int axes) {
    const cornu_layer_conv_lstm_args *args = &self->args;
    self->axes = axes;
    self->kernel_size = args->kernel_size;
    self->strides = args->strides;
    self->dilation_rate = args->dilation_rate;
    if (args->filters <= 0)
        CORNU_FAIL(CORNU_EINVAL, "filters must be positive, got %lld", (long long)args->filters);
    if (args->kernel_size.size[0] == 0) CORNU_FAIL(CORNU_EINVAL, "needs a kernel_size");
    if (strcmp(args->padding, "valid") != 0 && strcmp(args->padding, "same") != 0)
        CORNU_FAIL(
            CORNU_EINVAL, "padding must be \"valid\" or \"same\", got \"%s\"", args->padding
        );
    CORNU_TRY(cornu_is_channels_first(args->data_format, &self->channels_first));
    CORNU_TRY(cornu_window_complete(&self->kernel_size, "kernel_size", axes, 1));
    CORNU_TRY(cornu_window_complete(&self->strides, "strides", axes, 1));
    CORNU_TRY(cornu_window_complete(&self->dilation_rate, "dilation_rate", axes, 1));
    const cornu_cell_spec spec = {
        .units = args->filters,
        .activation = args->activation,
        .recurrent_activation = args->recurrent_activation,
        .dropout = args->dropout,
        .recurrent_dropout = args->recurrent_dropout,
        .seed = args->seed,
    };
    return cornu_cell_init_(&self->cell, &spec);
}

static cornu_status add_bias(conv_lstm_cell *self) {
    const cornu_layer_conv_lstm_args *args = &self->args;
    cornu_initializer *initializer = args->unit_forget_bias
                                         ? cornu_unit_forget_bias_(args->bias_initializer)
                                         : cornu_initializer_retain(args->bias_initializer);
    if (initializer == NULL) return cornu_error_status();
    self->cell.bias = cornu_layer_add_weight(
        &self->cell.base, "bias", cornu_shape(4 * args->filters), .initializer = initializer,
        .regularizer = args->bias_regularizer, .constraint = args->bias_constraint
    );
    cornu_initializer_free(initializer);
    return self->cell.bias != NULL ? CORNU_OK : cornu_error_status();
}

static cornu_status build(cornu_layer *layer, const cornu_shape *shapes, size_t count) {
    conv_lstm_cell *self = (conv_lstm_cell *)layer;
    const cornu_layer_conv_lstm_args *args = &self->args;
    char text[256];
    (void)count; /* states follow */
    int64_t channels =
        shapes[0].rank == self->axes + 2 ? shapes[0].dims[shapes[0].rank + channel_axis(self)] : -1;
    if (channels < 0)
        CORNU_FAIL(
            CORNU_ESHAPE,
            "wants steps with a batch, %d spatial axes and known channels, got the shape %s",
            self->axes, cornu_shape_format(&shapes[0], text, sizeof text)
        );
    self->cell.kernel = cornu_layer_add_weight(
        layer, "kernel", kernel_shape(self, channels), .initializer = args->kernel_initializer,
        .regularizer = args->kernel_regularizer, .constraint = args->kernel_constraint
    );
    if (self->cell.kernel == NULL) return cornu_error_status();
    self->cell.recurrent_kernel = cornu_layer_add_weight(
        layer, "recurrent_kernel", kernel_shape(self, args->filters),
        .initializer = args->recurrent_initializer, .regularizer = args->recurrent_regularizer,
        .constraint = args->recurrent_constraint
    );
    if (self->cell.recurrent_kernel == NULL) return cornu_error_status();
    return args->use_bias ? add_bias(self) : CORNU_OK;
}

/* ---- computing ---- */
/* [4 * filters] as it is added to what has channels on its axis. */
static cornu_tensor *shaped_bias(conv_lstm_cell *self) {
    cornu_tensor *bias = cornu_layer_cast(&self->cell.base, self->cell.bias);
    if (!self->channels_first) return bias;
    cornu_shape shape = {.rank = self->axes + 1, .dims = {4 * self->args.filters, 1, 1, 1}};
    return cornu_op_reshape(bias, shape);
}

static cornu_tensor *project(
    cornu_layer *layer, cornu_tensor *x, const cornu_call_context *context
) {
    conv_lstm_cell *self = (conv_lstm_cell *)layer;
    cornu_shape shape = *cornu_tensor_shape(x), merged = shape;
    bool all = shape.rank == self->axes + 3; /* [batch, time, ...]: the steps are one large batch */
    x = cornu_cell_drop_input_(&self->cell, x, self->axes + 2, context);
    if (all) {
        merged.rank--;
        merged.dims[0] = shape.dims[0] * shape.dims[1];
        for (int i = 1; i < merged.rank; i++) merged.dims[i] = shape.dims[i + 1];
        x = cornu_op_reshape(x, merged);
    }
    x = cornu_op_conv(
        x, cornu_layer_cast(layer, self->cell.kernel), .strides = self->strides,
        .padding = self->args.padding, .dilation_rate = self->dilation_rate,
        .data_format = self->args.data_format
    );
    if (self->cell.bias != NULL) x = cornu_op_add(x, shaped_bias(self));
    if (!all || x == NULL) return x;
    const cornu_shape *found = cornu_tensor_shape(x);
    for (int i = 1; i < found->rank; i++) shape.dims[i + 1] = found->dims[i];
    return cornu_op_reshape(x, shape);
}

static cornu_status step(
    cornu_layer *layer, cornu_tensor *x, cornu_tensor *const *states,
    const cornu_call_context *context, cornu_tensor **outputs
) {
    conv_lstm_cell *self = (conv_lstm_cell *)layer;
    cornu_tensor *h = cornu_cell_drop_state_(&self->cell, states[0], context);
    h = cornu_op_conv(
        h, cornu_layer_cast(layer, self->cell.recurrent_kernel), .padding = "same",
        .data_format = self->args.data_format
    );
    return cornu_lstm_step_(
        &self->cell, cornu_op_add(x, h), channel_axis(self), states[1], outputs
    );
}

/* ---- the class: not registered, as Keras has none of this name either ---- */
static const cornu_layer_conv_lstm_args defaults = {CORNU_LAYER_CONV_LSTM_DEFAULTS};
static const cornu_field fields[] = {
    CORNU_LAYER_FIELDS(cornu_layer_conv_lstm_args),
    CORNU_FIELD(cornu_layer_conv_lstm_args, STRING, padding),
    CORNU_FIELD(cornu_layer_conv_lstm_args, STRING, data_format),
    CORNU_FIELD(cornu_layer_conv_lstm_args, ACTIVATION, activation),
    CORNU_FIELD(cornu_layer_conv_lstm_args, ACTIVATION, recurrent_activation),
    CORNU_CELL_INITIALIZER_FIELDS_(cornu_layer_conv_lstm_args),
    CORNU_CELL_REGULARIZER_FIELDS_(cornu_layer_conv_lstm_args),
    CORNU_CELL_CONSTRAINT_FIELDS_(cornu_layer_conv_lstm_args),
};

static const cornu_cell_class cell_class = {
    .state_count = state_count,
    .state_shape = state_shape,
    .begin = cornu_cell_begin_,
    .project = project,
    .step = step,
};

#define CELL_CLASS(count)                                                                          \
    static cornu_status init##count(void *object) { return init_for(object, count); }              \
    static const cornu_layer_class class##count = {                                                \
        CORNU_CLASS_ARGS(conv_lstm_cell, args, defaults, fields),                                  \
        .name = "ConvLSTMCell",                                                                    \
        .init = init##count,                                                                       \
        .build = build,                                                                            \
        .call_many = cornu_cell_call_,                                                             \
        .output_count = cornu_cell_output_count_,                                                  \
        .cell = &cell_class,                                                                       \
    }
CELL_CLASS(1);
CELL_CLASS(2);
CELL_CLASS(3);

cornu_layer *cornu_conv_lstm_cell_(const cornu_layer_conv_lstm_args *args, int axes) {
    static const cornu_layer_class *const classes[] = {&class1, &class2, &class3};
    cornu_layer_conv_lstm_args own = *args;
    own.name = "conv_lstm_cell";
    own.activity_regularizer = NULL; /* of the layer */
    cornu_initializer_retain(own.kernel_initializer);
    cornu_initializer_retain(own.recurrent_initializer);
    cornu_initializer_retain(own.bias_initializer);
    cornu_regularizer_retain(own.kernel_regularizer);
    cornu_regularizer_retain(own.recurrent_regularizer);
    cornu_regularizer_retain(own.bias_regularizer);
    cornu_constraint_retain(own.kernel_constraint);
    cornu_constraint_retain(own.recurrent_constraint);
    cornu_constraint_retain(own.bias_constraint);
    return cornu_layer_create(classes[axes - 1], &own);
}
