/* Cropping1D to 3D. keras/src/layers/reshaping/cropping2d.py */
#include "borders.h"

cornu_status cornu_cropping_init_(cornu_cropping *self, int axes) {
    bool channels_first;
    self->axes = axes;
    for (int i = 0; i < axes; i++)
        for (int end = 0; end < 2; end++)
            if (self->args.cropping[i][end] < 0)
                CORNU_FAIL(
                    CORNU_EINVAL, "cropping must not be negative, got %lld",
                    (long long)self->args.cropping[i][end]
                );
    return cornu_is_channels_first(self->args.data_format, &channels_first);
}

cornu_status cornu_cropping_get_config_(const cornu_cropping *self, cornu_config *config) {
    const int64_t(*cropping)[2] = self->args.cropping;
    if (self->axes == 1) return cornu_config_set_ints(config, "cropping", cropping[0], 2);
    CORNU_TRY(cornu_config_set_pairs(config, "cropping", cropping, (size_t)self->axes));
    return cornu_config_set_string(config, "data_format", self->args.data_format);
}

cornu_status cornu_cropping_from_config_(
    cornu_cropping *self, const cornu_config *config, int axes
) {
    return cornu_config_get_pairs(config, "cropping", self->args.cropping, (size_t)axes);
}

cornu_tensor *cornu_cropping_call_(
    cornu_layer *layer, cornu_tensor *const *inputs, const cornu_call_context *context
) {
    const cornu_cropping *self = (const cornu_cropping *)layer;
    cornu_tensor *x = inputs[0];
    int64_t start[CORNU_MAX_RANK] = {0};
    int first;
    (void)context;
    if (cornu_first_spatial_axis_(x, self->axes, self->args.data_format, &first) != CORNU_OK)
        return NULL;
    cornu_shape size = *cornu_tensor_shape(x);
    char text[256];
    for (int i = 0; i < self->axes; i++) {
        const int64_t *cut = self->args.cropping[i];
        int64_t *left = &size.dims[first + i];
        start[first + i] = cut[0];
        if (*left <= cut[0] || (*left -= cut[0]) <= cut[1])
            CORNU_FAIL_NULL(
                CORNU_ESHAPE,
                "%lld and %lld elements cut off leave nothing of axis %d of the shape %s",
                (long long)cut[0], (long long)cut[1], first + i,
                cornu_shape_format(cornu_tensor_shape(x), text, sizeof text)
            );
        *left -= cut[1];
    }
    return cornu_op_slice(x, start, size);
}

const cornu_layer_cropping_args cornu_cropping_defaults_ = {CORNU_LAYER_CROPPING_DEFAULTS};
const cornu_layer_cropping_args cornu_cropping2d_defaults_ = {CORNU_LAYER_CROPPING2D_DEFAULTS};
/* Cropping1D has no data_format: get_config writes it where it belongs */
const cornu_field cornu_cropping_fields_[4] = {
    CORNU_LAYER_FIELDS(cornu_layer_cropping_args),
    CORNU_FIELD_OMITTED(cornu_layer_cropping_args, STRING, data_format),
};
