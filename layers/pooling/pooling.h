/* What the pooling layers share. Layers of 1, 2 and 3 axes differ in `axes` alone, so that each
 * kind has one implementation and a class per number of axes. */
#ifndef CORNU_LAYERS_POOLING_POOLING_H
#define CORNU_LAYERS_POOLING_POOLING_H

#include <cornu/layers/pooling.h>

/* CORNU_ESHAPE unless x has that many spatial axes beside batch and channels. */
cornu_status cornu_pooling_check_(const cornu_tensor *x, int axes, const char *data_format);

typedef struct cornu_pooling {
    cornu_layer base;
    cornu_layer_pooling_args args;
    int axes;
} cornu_pooling;
extern const cornu_layer_pooling_args cornu_pooling_defaults_;
extern const cornu_field cornu_pooling_fields_[7];
cornu_status cornu_pooling_init_(cornu_pooling *self, int axes);
cornu_tensor *cornu_max_pooling_call_(
    cornu_layer *layer, cornu_tensor *const *inputs, const cornu_call_context *context
);
cornu_tensor *cornu_average_pooling_call_(
    cornu_layer *layer, cornu_tensor *const *inputs, const cornu_call_context *context
);

typedef struct cornu_global_pooling {
    cornu_layer base;
    cornu_layer_global_pooling_args args;
    int axes;
    bool channels_first;
} cornu_global_pooling;
extern const cornu_layer_global_pooling_args cornu_global_pooling_defaults_;
extern const cornu_field cornu_global_pooling_fields_[5];
cornu_status cornu_global_pooling_init_(cornu_global_pooling *self, int axes);
/* Which axes of an input are pooled. */
cornu_axes cornu_global_pooling_axes_(const cornu_global_pooling *self);
cornu_tensor *cornu_global_max_pooling_call_(
    cornu_layer *layer, cornu_tensor *const *inputs, const cornu_call_context *context
);
cornu_tensor *cornu_global_average_pooling_call_(
    cornu_layer *layer, cornu_tensor *const *inputs, const cornu_call_context *context
);

typedef struct cornu_adaptive_pooling {
    cornu_layer base;
    cornu_layer_adaptive_pooling_args args;
    int axes;
} cornu_adaptive_pooling;
extern const cornu_layer_adaptive_pooling_args cornu_adaptive_pooling_defaults_;
extern const cornu_field cornu_adaptive_pooling_fields_[5];
cornu_status cornu_adaptive_pooling_init_(cornu_adaptive_pooling *self, int axes);
cornu_tensor *cornu_adaptive_max_pooling_call_(
    cornu_layer *layer, cornu_tensor *const *inputs, const cornu_call_context *context
);
cornu_tensor *cornu_adaptive_average_pooling_call_(
    cornu_layer *layer, cornu_tensor *const *inputs, const cornu_call_context *context
);

#endif
