/* RandomElasticTransform: images distorted by a smooth random field. Simard et al., "Best Practices
 * for Convolutional Neural Networks" (2003).
 * keras/src/layers/preprocessing/image_preprocessing/random_elastic_transform.py */
#include "augment.h"

typedef struct {
    cornu_layer base;
    cornu_layer_random_elastic_transform_args args;
    cornu_move move;
    cornu_draw factor, scale, range;
} random_elastic_transform;

static cornu_status init(void *object) {
    random_elastic_transform *self = object;
    const cornu_layer_random_elastic_transform_args *args = &self->args;
    const cornu_draw unit = {0, 1};
    CORNU_TRY(cornu_share_read_(args->factor, "factor", unit, &self->factor));
    CORNU_TRY(cornu_share_read_(args->scale, "scale", unit, &self->scale));
    CORNU_TRY(cornu_value_range_read_(args->value_range, &self->range));
    return cornu_move_read_(
        &self->base, args->fill_mode, args->interpolation, args->fill_value, args->seed,
        args->data_format, &self->move
    );
}

/* Weights of a bell for distances, 0 beyond three deviations. */
static cornu_tensor *bell(cornu_tensor *distance, cornu_tensor *sigma) {
    cornu_tensor *square = cornu_op_square(cornu_op_divide(distance, sigma));
    cornu_tensor *weight = cornu_op_exp(cornu_op_multiply(square, cornu_scalar(-0.5)));
    cornu_tensor *reach = cornu_op_floor(cornu_op_multiply(sigma, cornu_scalar(3)));
    cornu_tensor *near = cornu_op_less_equal(cornu_op_absolute(distance), reach);
    return cornu_op_where(near, weight, cornu_op_zeros_like(weight));
}

/* The matrix [size, size] that blurs along an axis; beyond the border there are zeros. */
static cornu_tensor *blur(int64_t size, cornu_tensor *sigma, cornu_dtype dtype) {
    cornu_tensor *at = cornu_op_arange(0, (double)size, 1, dtype);
    cornu_tensor *distance = cornu_op_subtract(
        cornu_op_reshape(at, cornu_shape(size, 1)), cornu_op_reshape(at, cornu_shape(1, size))
    );
    cornu_tensor *all = cornu_op_arange(-(double)size, (double)size + 1, 1, dtype);
    return cornu_op_divide(bell(distance, sigma), cornu_op_sum(bell(all, sigma)));
}

static cornu_tensor *change(random_elastic_transform *self, cornu_tensor *images) {
    cornu_tensor *chosen = cornu_chosen_(self->move.seeds, images, self->factor);
    images = cornu_to_channels_last_(images, self->move.channels_first);
    if (images == NULL) return NULL;
    cornu_dtype dtype = cornu_tensor_dtype(images);
    int64_t batch = cornu_tensor_dim(images, 0);
    int64_t rows = cornu_tensor_dim(images, 1), columns = cornu_tensor_dim(images, 2);
    if (cornu_tensor_size(images) > 0 && self->scale.high > 0 && self->factor.high > 0) {
        double longer = (double)(rows > columns ? rows : columns);
        double shorter = (double)(rows > columns ? columns : rows);
        cornu_tensor *strength = cornu_op_full(cornu_shape(1), self->scale.low, dtype);
        if (self->scale.low < self->scale.high)
            strength = cornu_random_uniform_from(
                cornu_seed_generator_next(self->move.seeds), cornu_shape(1), dtype, self->scale.low,
                self->scale.high
            );
        cornu_tensor *sigma = cornu_op_multiply(strength, cornu_scalar(0.05 * shorter));
        cornu_tensor *alpha = cornu_op_multiply(strength, cornu_scalar(0.1 * longer));
        cornu_tensor *size = cornu_op_multiply(alpha, sigma); /* of the field before the blur */
        sigma = cornu_op_maximum(sigma, cornu_scalar(1e-6));
        cornu_tensor *down = blur(rows, sigma, dtype), *across = blur(columns, sigma, dtype);
        cornu_tensor *at[2];
        for (int i = 0; i < 2; i++) {
            cornu_tensor *noise = cornu_random_normal_from(
                cornu_seed_generator_next(self->move.seeds), cornu_shape(batch, rows, columns),
                dtype, 0, 1
            );
            cornu_tensor *field = cornu_op_matmul(cornu_op_matmul(down, noise), across);
            cornu_tensor *place = cornu_op_arange(0, (double)(i == 0 ? columns : rows), 1, dtype);
            place = cornu_op_reshape(
                place, i == 0 ? cornu_shape(1, 1, columns) : cornu_shape(1, rows, 1)
            );
            at[i] = cornu_op_add(place, cornu_op_multiply(field, size));
        }
        images =
            cornu_op_where(chosen, cornu_pixels_at_(&self->move, images, at[0], at[1]), images);
        images = cornu_op_clip(images, self->range.low, self->range.high);
    }
    return cornu_from_channels_last_(images, self->move.channels_first);
}

static cornu_tensor *call(
    cornu_layer *layer, cornu_tensor *const *inputs, const cornu_call_context *context
) {
    bool single;
    cornu_tensor *images = cornu_images_(layer, inputs[0], &single);
    if (images != NULL && context->training)
        images = change((random_elastic_transform *)layer, images);
    return cornu_images_back_(images, single);
}

static cornu_status get_config(const void *object, cornu_config *config) {
    const random_elastic_transform *self = object;
    CORNU_TRY(cornu_draw_write_(config, "factor", self->factor));
    CORNU_TRY(cornu_draw_write_(config, "scale", self->scale));
    if (self->move.channels_first)
        CORNU_TRY(cornu_config_set_string(config, "data_format", self->args.data_format));
    return cornu_draw_write_(config, "value_range", self->range);
}

static const cornu_layer_random_elastic_transform_args defaults = {
    CORNU_LAYER_RANDOM_ELASTIC_TRANSFORM_DEFAULTS};
static const cornu_field fields[] = {
    CORNU_LAYER_FIELDS(cornu_layer_random_elastic_transform_args),
    CORNU_FIELD(cornu_layer_random_elastic_transform_args, FLOATS, factor),
    CORNU_FIELD(cornu_layer_random_elastic_transform_args, FLOATS, scale),
    CORNU_FIELD(cornu_layer_random_elastic_transform_args, STRING, interpolation),
    CORNU_FIELD(cornu_layer_random_elastic_transform_args, STRING, fill_mode),
    CORNU_FIELD(cornu_layer_random_elastic_transform_args, FLOAT, fill_value),
    CORNU_FIELD(cornu_layer_random_elastic_transform_args, FLOATS, value_range),
    CORNU_FIELD(cornu_layer_random_elastic_transform_args, INT, seed),
    CORNU_FIELD_OMITTED(cornu_layer_random_elastic_transform_args, STRING, data_format),
};

CORNU_LAYER_CLASS(random_elastic_transform){
    CORNU_CLASS_ARGS(random_elastic_transform, args, defaults, fields),
    .name = "RandomElasticTransform",
    .init = init,
    .get_config = get_config,
    .call = call,
};

cornu_layer *cornu_layer_random_elastic_transform_new(
    const cornu_layer_random_elastic_transform_args *args
) {
    return cornu_layer_create(&cornu_layer_random_elastic_transform_class, args);
}
