/* UpSampling2D: images enlarged, by repeating pixels or by interpolation.
 * keras/src/layers/reshaping/up_sampling2d.py */
#include "borders.h"

#include <string.h>

typedef struct {
    cornu_layer base;
    cornu_layer_up_sampling2d_args args;
    bool repeats;
} up_sampling2d;

static cornu_status init(void *object) {
    up_sampling2d *self = object;
    static const char *const known[] = {"nearest", "bilinear", "bicubic", "lanczos3", "lanczos5"};
    const char *given = self->args.interpolation;
    bool channels_first, found = false;
    CORNU_TRY(cornu_window_complete(&self->args.size, "size", 2, 2));
    for (size_t i = 0; i < sizeof known / sizeof *known && given != NULL; i++)
        found = found || strcmp(given, known[i]) == 0;
    if (!found)
        CORNU_FAIL(
            CORNU_EINVAL,
            "interpolation must be \"nearest\", \"bilinear\", \"bicubic\", \"lanczos3\" or "
            "\"lanczos5\", got \"%s\"",
            given != NULL ? given : "None"
        );
    self->repeats = strcmp(given, "nearest") == 0;
    return cornu_is_channels_first(self->args.data_format, &channels_first);
}

static cornu_tensor *call(
    cornu_layer *layer, cornu_tensor *const *inputs, const cornu_call_context *context
) {
    const up_sampling2d *self = (const up_sampling2d *)layer;
    const cornu_layer_up_sampling2d_args *args = &self->args;
    const int64_t *size = args->size.size;
    cornu_tensor *x = inputs[0];
    int first;
    (void)context;
    if (cornu_first_spatial_axis_(x, 2, args->data_format, &first) != CORNU_OK) return NULL;
    if (self->repeats)
        return cornu_op_repeat(cornu_op_repeat(x, size[0], first), size[1], first + 1);
    return cornu_op_image_resize(
        x, cornu_tensor_dim(x, first) * size[0], cornu_tensor_dim(x, first + 1) * size[1],
        .interpolation = args->interpolation, .data_format = args->data_format
    );
}

static const cornu_layer_up_sampling2d_args defaults = {CORNU_LAYER_UP_SAMPLING2D_DEFAULTS};
static const cornu_field fields[] = {
    CORNU_LAYER_FIELDS(cornu_layer_up_sampling2d_args),
    CORNU_FIELD(cornu_layer_up_sampling2d_args, WINDOW, size),
    CORNU_FIELD(cornu_layer_up_sampling2d_args, STRING, data_format),
    CORNU_FIELD(cornu_layer_up_sampling2d_args, STRING, interpolation),
};

CORNU_LAYER_CLASS(up_sampling2d){
    CORNU_CLASS_ARGS(up_sampling2d, args, defaults, fields),
    .name = "UpSampling2D",
    .init = init,
    .call = call,
};

cornu_layer *cornu_layer_up_sampling2d_new(const cornu_layer_up_sampling2d_args *args) {
    return cornu_layer_create(&cornu_layer_up_sampling2d_class, args);
}
