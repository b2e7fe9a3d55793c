/* SpatialDropout1D, 2D and 3D: whole channels are left out at random in training. Tompson et al.
 * (2014); keras/src/layers/regularization/spatial_dropout.py */
#include <cornu/layers/regularization.h>

/* The three have the same members up to where their arguments begin to differ. */
typedef struct {
    cornu_layer base;
    cornu_seed_generator *seeds;
} spatial_dropout;

static cornu_status check(spatial_dropout *self, double rate, int64_t seed, const char *format) {
    if (!(rate >= 0 && rate <= 1))
        CORNU_FAIL(CORNU_EINVAL, "rate must be a number from 0 to 1, got %g", rate);
    bool channels_first;
    CORNU_TRY(cornu_is_channels_first(format, &channels_first));
    if (rate == 0) return CORNU_OK;
    self->seeds = cornu_layer_add_seed(&self->base, seed);
    return self->seeds != NULL ? CORNU_OK : cornu_error_status();
}

/* One draw for each channel of each sample. */
static cornu_tensor *drop(
    const spatial_dropout *self, cornu_tensor *x, double rate, int rank, const char *format,
    const cornu_call_context *context
) {
    cornu_shape noise = *cornu_tensor_shape(x);
    if (noise.rank != rank) {
        char text[256];
        CORNU_FAIL_NULL(
            CORNU_ESHAPE, "the input must have %d axes, got the shape %s", rank,
            cornu_shape_format(&noise, text, sizeof text)
        );
    }
    if (!context->training || rate == 0) return x;
    if (rate == 1) return cornu_op_zeros_like(x);
    bool channels_first;
    if (cornu_is_channels_first(format, &channels_first) != CORNU_OK) return NULL;
    int channels = channels_first ? 1 : rank - 1;
    for (int i = 1; i < rank; i++)
        if (i != channels) noise.dims[i] = 1;
    cornu_dtype dtype = cornu_tensor_dtype(x);
    cornu_tensor *kept = cornu_random_bernoulli_from(
        cornu_seed_generator_next(self->seeds), noise, dtype, 1 - rate
    ); /* 1 or 0 */
    kept = cornu_op_multiply(kept, cornu_scalar_of(dtype, 1 / (1 - rate)));
    return cornu_op_multiply(x, kept);
}

/* Keras writes the type as a plain text here. */
static cornu_status put_dtype(cornu_config *config, const char *dtype) {
    return cornu_config_set_string(config, "dtype", dtype != NULL ? dtype : "float32");
}

/* ---- 1D ---- */
typedef struct {
    spatial_dropout base;
    cornu_layer_spatial_dropout1d_args args;
} spatial_dropout1d;

static cornu_status init_1d(void *object) {
    spatial_dropout1d *self = object;
    const cornu_layer_spatial_dropout1d_args *args = &self->args;
    return check(&self->base, args->rate, args->seed, "channels_last");
}

static cornu_tensor *call_1d(
    cornu_layer *layer, cornu_tensor *const *inputs, const cornu_call_context *context
) {
    const spatial_dropout1d *self = (spatial_dropout1d *)(void *)layer;
    const cornu_layer_spatial_dropout1d_args *args = &self->args;
    return drop(&self->base, inputs[0], args->rate, 3, "channels_last", context);
}

static cornu_status get_config_1d(const void *object, cornu_config *config) {
    return put_dtype(config, ((const spatial_dropout1d *)object)->args.dtype);
}

static const cornu_layer_spatial_dropout1d_args defaults_1d = {
    CORNU_LAYER_SPATIAL_DROPOUT1D_DEFAULTS};
static const cornu_field fields_1d[] = {
    CORNU_FIELD(cornu_layer_spatial_dropout1d_args, FLOAT, rate),
    CORNU_FIELD(cornu_layer_spatial_dropout1d_args, INT, seed),
    CORNU_FIELD(cornu_layer_spatial_dropout1d_args, STRING, name),
    CORNU_FIELD(cornu_layer_spatial_dropout1d_args, STRING, dtype),
    CORNU_FIELD_OMITTED(cornu_layer_spatial_dropout1d_args, BOOL, trainable),
};

CORNU_LAYER_CLASS(spatial_dropout1d){
    CORNU_CLASS_ARGS(spatial_dropout1d, args, defaults_1d, fields_1d),
    .name = "SpatialDropout1D",
    .init = init_1d,
    .get_config = get_config_1d,
    .call = call_1d,
    .masking = CORNU_MASK_PASSES,
};

cornu_layer *cornu_layer_spatial_dropout1d_new(const cornu_layer_spatial_dropout1d_args *args) {
    return cornu_layer_create(&cornu_layer_spatial_dropout1d_class, args);
}

/* ---- 2D ---- */
typedef struct {
    spatial_dropout base;
    cornu_layer_spatial_dropout2d_args args;
} spatial_dropout2d;

static cornu_status init_2d(void *object) {
    spatial_dropout2d *self = object;
    const cornu_layer_spatial_dropout2d_args *args = &self->args;
    return check(&self->base, args->rate, args->seed, args->data_format);
}

static cornu_tensor *call_2d(
    cornu_layer *layer, cornu_tensor *const *inputs, const cornu_call_context *context
) {
    const spatial_dropout2d *self = (spatial_dropout2d *)(void *)layer;
    const cornu_layer_spatial_dropout2d_args *args = &self->args;
    return drop(&self->base, inputs[0], args->rate, 4, args->data_format, context);
}

static cornu_status get_config_2d(const void *object, cornu_config *config) {
    return put_dtype(config, ((const spatial_dropout2d *)object)->args.dtype);
}

static const cornu_layer_spatial_dropout2d_args defaults_2d = {
    CORNU_LAYER_SPATIAL_DROPOUT2D_DEFAULTS};
static const cornu_field fields_2d[] = {
    CORNU_FIELD(cornu_layer_spatial_dropout2d_args, FLOAT, rate),
    CORNU_FIELD(cornu_layer_spatial_dropout2d_args, INT, seed),
    CORNU_FIELD(cornu_layer_spatial_dropout2d_args, STRING, name),
    CORNU_FIELD(cornu_layer_spatial_dropout2d_args, STRING, dtype),
    CORNU_FIELD(cornu_layer_spatial_dropout2d_args, STRING, data_format),
    CORNU_FIELD_OMITTED(cornu_layer_spatial_dropout2d_args, BOOL, trainable),
};

CORNU_LAYER_CLASS(spatial_dropout2d){
    CORNU_CLASS_ARGS(spatial_dropout2d, args, defaults_2d, fields_2d),
    .name = "SpatialDropout2D",
    .init = init_2d,
    .get_config = get_config_2d,
    .call = call_2d,
    .masking = CORNU_MASK_PASSES,
};

cornu_layer *cornu_layer_spatial_dropout2d_new(const cornu_layer_spatial_dropout2d_args *args) {
    return cornu_layer_create(&cornu_layer_spatial_dropout2d_class, args);
}

/* ---- 3D ---- */
typedef struct {
    spatial_dropout base;
    cornu_layer_spatial_dropout3d_args args;
} spatial_dropout3d;

static cornu_status init_3d(void *object) {
    spatial_dropout3d *self = object;
    const cornu_layer_spatial_dropout3d_args *args = &self->args;
    return check(&self->base, args->rate, args->seed, args->data_format);
}

static cornu_tensor *call_3d(
    cornu_layer *layer, cornu_tensor *const *inputs, const cornu_call_context *context
) {
    const spatial_dropout3d *self = (spatial_dropout3d *)(void *)layer;
    const cornu_layer_spatial_dropout3d_args *args = &self->args;
    return drop(&self->base, inputs[0], args->rate, 5, args->data_format, context);
}

static cornu_status get_config_3d(const void *object, cornu_config *config) {
    return put_dtype(config, ((const spatial_dropout3d *)object)->args.dtype);
}

static const cornu_layer_spatial_dropout3d_args defaults_3d = {
    CORNU_LAYER_SPATIAL_DROPOUT3D_DEFAULTS};
static const cornu_field fields_3d[] = {
    CORNU_FIELD(cornu_layer_spatial_dropout3d_args, FLOAT, rate),
    CORNU_FIELD(cornu_layer_spatial_dropout3d_args, INT, seed),
    CORNU_FIELD(cornu_layer_spatial_dropout3d_args, STRING, name),
    CORNU_FIELD(cornu_layer_spatial_dropout3d_args, STRING, dtype),
    CORNU_FIELD(cornu_layer_spatial_dropout3d_args, STRING, data_format),
    CORNU_FIELD_OMITTED(cornu_layer_spatial_dropout3d_args, BOOL, trainable),
};

CORNU_LAYER_CLASS(spatial_dropout3d){
    CORNU_CLASS_ARGS(spatial_dropout3d, args, defaults_3d, fields_3d),
    .name = "SpatialDropout3D",
    .init = init_3d,
    .get_config = get_config_3d,
    .call = call_3d,
    .masking = CORNU_MASK_PASSES,
};

cornu_layer *cornu_layer_spatial_dropout3d_new(const cornu_layer_spatial_dropout3d_args *args) {
    return cornu_layer_create(&cornu_layer_spatial_dropout3d_class, args);
}
