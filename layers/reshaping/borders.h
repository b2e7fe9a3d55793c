/* What the layers that add or take away borders, or enlarge samples, share. Layers of 1, 2 and 3
 * axes differ in `axes` alone, so that each kind has one implementation and a class per number of
 * axes. */
#ifndef CORNU_LAYERS_RESHAPING_BORDERS_H
#define CORNU_LAYERS_RESHAPING_BORDERS_H

#include <cornu/layers/reshaping.h>

/* Where the spatial axes of x begin; CORNU_ESHAPE unless it has `axes` of them beside batch and
 * channels. */
cornu_status cornu_first_spatial_axis_(
    const cornu_tensor *x, int axes, const char *data_format, int *first
);

typedef struct cornu_zero_padding {
    cornu_layer base;
    cornu_layer_zero_padding_args args;
    int axes;
} cornu_zero_padding;
extern const cornu_layer_zero_padding_args cornu_zero_padding_defaults_;
extern const cornu_field cornu_zero_padding_fields_[4];
cornu_status cornu_zero_padding_init_(cornu_zero_padding *self, int axes);
cornu_status cornu_zero_padding_get_config_(const cornu_zero_padding *self, cornu_config *config);
cornu_status cornu_zero_padding_from_config_(
    cornu_zero_padding *self, const cornu_config *config, int axes
);
cornu_tensor *cornu_zero_padding_call_(
    cornu_layer *layer, cornu_tensor *const *inputs, const cornu_call_context *context
);

typedef struct cornu_cropping {
    cornu_layer base;
    cornu_layer_cropping_args args;
    int axes;
} cornu_cropping;
extern const cornu_layer_cropping_args cornu_cropping_defaults_, cornu_cropping2d_defaults_;
extern const cornu_field cornu_cropping_fields_[4];
cornu_status cornu_cropping_init_(cornu_cropping *self, int axes);
cornu_status cornu_cropping_get_config_(const cornu_cropping *self, cornu_config *config);
cornu_status cornu_cropping_from_config_(
    cornu_cropping *self, const cornu_config *config, int axes
);
cornu_tensor *cornu_cropping_call_(
    cornu_layer *layer, cornu_tensor *const *inputs, const cornu_call_context *context
);

#endif
