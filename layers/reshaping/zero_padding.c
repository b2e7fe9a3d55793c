/* ZeroPadding1D to 3D. keras/src/layers/reshaping/zero_padding2d.py */
#include "borders.h"

cornu_status cornu_first_spatial_axis_(
    const cornu_tensor *x, int axes, const char *data_format, int *first
) {
    char text[256];
    bool channels_first;
    CORNU_TRY(cornu_is_channels_first(data_format, &channels_first));
    if (cornu_tensor_rank(x) != axes + 2)
        CORNU_FAIL(
            CORNU_ESHAPE, "the input must have %d axes, %s, got the shape %s", axes + 2,
            channels_first ? "[batch, channels, spatial..]" : "[batch, spatial.., channels]",
            cornu_shape_format(cornu_tensor_shape(x), text, sizeof text)
        );
    *first = channels_first ? 2 : 1;
    return CORNU_OK;
}

cornu_status cornu_zero_padding_init_(cornu_zero_padding *self, int axes) {
    bool channels_first;
    self->axes = axes;
    for (int i = 0; i < axes; i++)
        for (int end = 0; end < 2; end++)
            if (self->args.padding[i][end] < 0)
                CORNU_FAIL(
                    CORNU_EINVAL, "padding must not be negative, got %lld",
                    (long long)self->args.padding[i][end]
                );
    return cornu_is_channels_first(self->args.data_format, &channels_first);
}

cornu_status cornu_zero_padding_get_config_(const cornu_zero_padding *self, cornu_config *config) {
    const int64_t(*padding)[2] = self->args.padding;
    if (self->axes == 1) return cornu_config_set_ints(config, "padding", padding[0], 2);
    return cornu_config_set_pairs(config, "padding", padding, (size_t)self->axes);
}

cornu_status cornu_zero_padding_from_config_(
    cornu_zero_padding *self, const cornu_config *config, int axes
) {
    return cornu_config_get_pairs(config, "padding", self->args.padding, (size_t)axes);
}

cornu_tensor *cornu_zero_padding_call_(
    cornu_layer *layer, cornu_tensor *const *inputs, const cornu_call_context *context
) {
    const cornu_zero_padding *self = (const cornu_zero_padding *)layer;
    int64_t before[CORNU_MAX_RANK] = {0}, after[CORNU_MAX_RANK] = {0};
    int first;
    (void)context;
    if (cornu_first_spatial_axis_(inputs[0], self->axes, self->args.data_format, &first) !=
        CORNU_OK)
        return NULL;
    for (int i = 0; i < self->axes; i++) {
        before[first + i] = self->args.padding[i][0];
        after[first + i] = self->args.padding[i][1];
    }
    return cornu_op_pad(inputs[0], before, after, CORNU_PAD_CONSTANT, 0);
}

const cornu_layer_zero_padding_args cornu_zero_padding_defaults_ = {
    CORNU_LAYER_ZERO_PADDING_DEFAULTS};
const cornu_field cornu_zero_padding_fields_[4] = {
    CORNU_LAYER_FIELDS(cornu_layer_zero_padding_args),
    CORNU_FIELD(cornu_layer_zero_padding_args, STRING, data_format),
};
