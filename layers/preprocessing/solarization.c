/* Solarization: negatives of what is bright.
 * keras/src/layers/preprocessing/image_preprocessing/solarization.py */
#include "image_random.h"

typedef struct {
    cornu_layer base;
    cornu_layer_solarization_args args;
    cornu_draw addition, threshold, range;
    cornu_seed_generator *seeds;
} solarization;

/* One number stands for 0 to that number. What is drawn goes from the first, as it is, to 255 times
 * the second. */
static cornu_status read(cornu_floats given, const char *name, cornu_draw *draw) {
    CORNU_TRY(cornu_factor_read_(given, name, (cornu_draw){0, 1}, 0, draw));
    return CORNU_OK;
}

static cornu_status init(void *object) {
    solarization *self = object;
    const cornu_layer_solarization_args *args = &self->args;
    CORNU_TRY(read(args->addition_factor, "addition_factor", &self->addition));
    CORNU_TRY(read(args->threshold_factor, "threshold_factor", &self->threshold));
    CORNU_TRY(cornu_value_range_read_(args->value_range, &self->range));
    self->seeds = cornu_layer_add_seed(&self->base, args->seed);
    return self->seeds != NULL ? CORNU_OK : cornu_error_status();
}

static cornu_tensor *draw(const solarization *self, const cornu_tensor *x, cornu_draw factor) {
    return cornu_draw_each_(self->seeds, x, (cornu_draw){factor.low, factor.high * 255});
}

static cornu_tensor *call(
    cornu_layer *layer, cornu_tensor *const *inputs, const cornu_call_context *context
) {
    const solarization *self = (solarization *)layer;
    const cornu_draw bytes = {0, 255};
    bool single = false;
    cornu_tensor *x = cornu_images_(layer, inputs[0], &single);
    if (x == NULL || !context->training) return cornu_images_back_(x, single);
    cornu_tensor *addition = draw(self, x, self->addition);
    cornu_tensor *threshold = draw(self, x, self->threshold);
    x = cornu_op_add(cornu_change_range_(x, self->range, bytes), addition);
    x = cornu_op_clip(x, 0, 255);
    x = cornu_op_where(cornu_op_less(x, threshold), x, cornu_op_subtract(cornu_scalar(255), x));
    return cornu_images_back_(cornu_change_range_(x, bytes, self->range), single);
}

static cornu_status get_config(const void *object, cornu_config *config) {
    const solarization *self = object;
    CORNU_TRY(cornu_draw_write_(config, "addition_factor", self->addition));
    CORNU_TRY(cornu_draw_write_(config, "threshold_factor", self->threshold));
    return cornu_draw_write_(config, "value_range", self->range);
}

static const cornu_layer_solarization_args defaults = {CORNU_LAYER_SOLARIZATION_DEFAULTS};
static const cornu_field fields[] = {
    CORNU_LAYER_FIELDS(cornu_layer_solarization_args),
    CORNU_FIELD(cornu_layer_solarization_args, FLOATS, value_range),
    CORNU_FIELD(cornu_layer_solarization_args, FLOATS, addition_factor),
    CORNU_FIELD(cornu_layer_solarization_args, FLOATS, threshold_factor),
    CORNU_FIELD(cornu_layer_solarization_args, INT, seed),
};

CORNU_LAYER_CLASS(solarization){
    CORNU_CLASS_ARGS(solarization, args, defaults, fields),
    .name = "Solarization",
    .init = init,
    .get_config = get_config,
    .call = call,
};

cornu_layer *cornu_layer_solarization_new(const cornu_layer_solarization_args *args) {
    return cornu_layer_create(&cornu_layer_solarization_class, args);
}
