/* What the convolutional layers share. Layers of 1, 2 and 3 axes differ in `axes` alone, so that
 * each kind has one implementation and a class per number of axes. */
#ifndef CORNU_LAYERS_CONVOLUTIONAL_CONV_H
#define CORNU_LAYERS_CONVOLUTIONAL_CONV_H

#include <cornu/layers/convolutional.h>

/* How the input looks and what becomes of the result. */
typedef struct cornu_conv_base {
    int axes; /* spatial */
    bool channels_first;
    int64_t channels; /* of the input, since build */
    cornu_activation_function *activation;
    cornu_tensor *bias; /* [filters], or NULL */
} cornu_conv_base;

/* The arguments that all have, checked and written out in place. */
typedef struct cornu_conv_arguments {
    cornu_window *kernel_size, *strides, *dilation_rate;
    const char *padding, *data_format, *activation;
} cornu_conv_arguments;
cornu_status cornu_conv_base_init_(
    cornu_conv_base *base, int axes, const cornu_conv_arguments *arguments
);
/* One input of a known number of channels. */
cornu_status cornu_conv_base_build_(
    cornu_conv_base *base, const cornu_shape *shapes, size_t count
);
cornu_status cornu_conv_base_check_(const cornu_conv_base *base, const cornu_tensor *x);
cornu_tensor *cornu_conv_base_finish_(
    const cornu_conv_base *base, cornu_layer *layer, cornu_tensor *y
);
/* [size.., a, b]: the shape of a kernel. */
cornu_shape cornu_conv_kernel_shape_(int axes, const cornu_window *size, int64_t a, int64_t b);
/* CORNU_EINVAL unless the number is positive. */
cornu_status cornu_conv_positive_(const char *what, int64_t number);
/* Keras 2 wrote `groups` for layers that have none. */
cornu_status cornu_conv_no_groups_(void *self, const cornu_config *config);

typedef struct cornu_conv {
    cornu_layer base;
    cornu_layer_conv_args args;
    cornu_conv_base conv;
    cornu_tensor *kernel; /* [size.., channels / groups, filters] */
} cornu_conv;
extern const cornu_layer_conv_args cornu_conv_defaults_;
extern const cornu_field cornu_conv_fields_[19];
cornu_status cornu_conv_init_(cornu_conv *self, int axes);
cornu_status cornu_conv_build_(cornu_layer *layer, const cornu_shape *shapes, size_t count);
cornu_tensor *cornu_conv_call_(
    cornu_layer *layer, cornu_tensor *const *inputs, const cornu_call_context *context
);

typedef struct cornu_conv_transpose {
    cornu_layer base;
    cornu_layer_conv_transpose_args args;
    cornu_conv_base conv;
    cornu_tensor *kernel; /* [size.., filters, channels] */
} cornu_conv_transpose;
extern const cornu_layer_conv_transpose_args cornu_conv_transpose_defaults_;
extern const cornu_field cornu_conv_transpose_fields_[19];
cornu_status cornu_conv_transpose_init_(cornu_conv_transpose *self, int axes);
cornu_status cornu_conv_transpose_build_(
    cornu_layer *layer, const cornu_shape *shapes, size_t count
);
cornu_tensor *cornu_conv_transpose_call_(
    cornu_layer *layer, cornu_tensor *const *inputs, const cornu_call_context *context
);

typedef struct cornu_depthwise_conv {
    cornu_layer base;
    cornu_layer_depthwise_conv_args args;
    cornu_conv_base conv;
    cornu_tensor *kernel; /* [size.., channels, depth_multiplier] */
} cornu_depthwise_conv;
extern const cornu_layer_depthwise_conv_args cornu_depthwise_conv_defaults_;
extern const cornu_field cornu_depthwise_conv_fields_[18];
cornu_status cornu_depthwise_conv_init_(cornu_depthwise_conv *self, int axes);
cornu_status cornu_depthwise_conv_build_(
    cornu_layer *layer, const cornu_shape *shapes, size_t count
);
cornu_tensor *cornu_depthwise_conv_call_(
    cornu_layer *layer, cornu_tensor *const *inputs, const cornu_call_context *context
);

typedef struct cornu_separable_conv {
    cornu_layer base;
    cornu_layer_separable_conv_args args;
    cornu_conv_base conv;
    cornu_tensor *depthwise_kernel; /* [size.., channels, depth_multiplier] */
    cornu_tensor *pointwise_kernel; /* [1.., channels * depth_multiplier, filters] */
} cornu_separable_conv;
extern const cornu_layer_separable_conv_args cornu_separable_conv_defaults_;
extern const cornu_field cornu_separable_conv_fields_[22];
cornu_status cornu_separable_conv_init_(cornu_separable_conv *self, int axes);
cornu_status cornu_separable_conv_build_(
    cornu_layer *layer, const cornu_shape *shapes, size_t count
);
cornu_tensor *cornu_separable_conv_call_(
    cornu_layer *layer, cornu_tensor *const *inputs, const cornu_call_context *context
);

#endif
