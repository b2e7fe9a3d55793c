/* RandomGaussianBlur: images blurred at random.
 * keras/src/layers/preprocessing/image_preprocessing/random_gaussian_blur.py; the kernel is that of
 * keras/src/backend/numpy/image.py: gaussian_blur */
#include "augment.h"

typedef struct {
    cornu_layer base;
    cornu_layer_random_gaussian_blur_args args;
    cornu_draw factor, sigma, range;
    cornu_seed_generator *seeds;
    int64_t across, down; /* sizes of the kernel */
    bool channels_first;
} random_gaussian_blur;

static cornu_status read_size(random_gaussian_blur *self, cornu_ints given) {
    self->across = self->down = 3;
    if (given.count == 0) return CORNU_OK;
    if (given.count > 2)
        CORNU_FAIL(
            CORNU_EINVAL, "kernel_size must be one number or two, got %zu numbers", given.count
        );
    for (size_t i = 0; i < given.count; i++)
        if (given.items[i] < 1 || given.items[i] % 2 == 0)
            CORNU_FAIL(
                CORNU_EINVAL, "kernel_size must be odd, got %lld", (long long)given.items[i]
            );
    self->across = given.items[0];
    self->down = given.items[given.count - 1];
    return CORNU_OK;
}

static cornu_status init(void *object) {
    random_gaussian_blur *self = object;
    const cornu_layer_random_gaussian_blur_args *args = &self->args;
    const cornu_draw unit = {0, 1};
    CORNU_TRY(cornu_share_read_(args->factor, "factor", unit, &self->factor));
    CORNU_TRY(cornu_share_read_(args->sigma, "sigma", unit, &self->sigma));
    CORNU_TRY(read_size(self, args->kernel_size));
    CORNU_TRY(cornu_value_range_read_(args->value_range, &self->range));
    CORNU_TRY(cornu_is_channels_first(args->data_format, &self->channels_first));
    self->seeds = cornu_layer_add_seed(&self->base, args->seed);
    return self->seeds != NULL ? CORNU_OK : cornu_error_status();
}

/* The weights along one axis, [size], for a deviation that is drawn. */
static cornu_tensor *weights(const random_gaussian_blur *self, int64_t size, cornu_dtype dtype) {
    cornu_tensor *sigma = cornu_op_full(cornu_shape(1), self->sigma.low, dtype);
    if (self->sigma.low < self->sigma.high)
        sigma = cornu_random_uniform_from(
            cornu_seed_generator_next(self->seeds), cornu_shape(1), dtype, self->sigma.low,
            self->sigma.high
        );
    sigma = cornu_op_add(sigma, cornu_scalar(1e-6));
    double middle = ((double)size - 1) / 2;
    cornu_tensor *x = cornu_op_arange(-middle, middle + 0.5, 1, dtype);
    cornu_tensor *bell = cornu_op_exp(
        cornu_op_multiply(cornu_op_square(cornu_op_divide(x, sigma)), cornu_scalar(-0.5))
    );
    return cornu_op_divide(bell, cornu_op_sum(bell));
}

static cornu_tensor *blur(const random_gaussian_blur *self, cornu_tensor *images) {
    cornu_dtype dtype = cornu_tensor_dtype(images);
    cornu_tensor *across = weights(self, self->across, dtype);
    cornu_tensor *down = weights(self, self->down, dtype);
    cornu_tensor *kernel = cornu_op_multiply(
        cornu_op_reshape(down, cornu_shape(self->down, 1, 1, 1)),
        cornu_op_reshape(across, cornu_shape(1, self->across, 1, 1))
    );
    kernel = cornu_op_tile(kernel, cornu_shape(1, 1, cornu_tensor_dim(images, 3), 1));
    return cornu_op_depthwise_conv(images, kernel, .padding = "same");
}

static cornu_tensor *change(const random_gaussian_blur *self, cornu_tensor *images) {
    cornu_tensor *chosen = cornu_chosen_(self->seeds, images, self->factor);
    images = cornu_to_channels_last_(images, self->channels_first);
    if (images == NULL) return NULL;
    if (cornu_tensor_size(images) > 0) images = cornu_op_where(chosen, blur(self, images), images);
    images = cornu_op_clip(images, self->range.low, self->range.high);
    return cornu_from_channels_last_(images, self->channels_first);
}

static cornu_tensor *call(
    cornu_layer *layer, cornu_tensor *const *inputs, const cornu_call_context *context
) {
    bool single = false;
    cornu_tensor *images = cornu_images_(layer, inputs[0], &single);
    if (images != NULL && context->training)
        images = change((const random_gaussian_blur *)layer, images);
    return cornu_images_back_(images, single);
}

static cornu_status get_config(const void *object, cornu_config *config) {
    const random_gaussian_blur *self = object;
    const int64_t sizes[2] = {self->across, self->down};
    CORNU_TRY(cornu_draw_write_(config, "factor", self->factor));
    CORNU_TRY(cornu_config_set_ints(config, "kernel_size", sizes, 2));
    CORNU_TRY(cornu_draw_write_(config, "sigma", self->sigma));
    if (self->channels_first)
        CORNU_TRY(cornu_config_set_string(config, "data_format", self->args.data_format));
    return cornu_draw_write_(config, "value_range", self->range);
}

static const cornu_layer_random_gaussian_blur_args defaults = {
    CORNU_LAYER_RANDOM_GAUSSIAN_BLUR_DEFAULTS};
static const cornu_field fields[] = {
    CORNU_LAYER_FIELDS(cornu_layer_random_gaussian_blur_args),
    CORNU_FIELD(cornu_layer_random_gaussian_blur_args, FLOATS, factor),
    CORNU_FIELD(cornu_layer_random_gaussian_blur_args, INTS, kernel_size),
    CORNU_FIELD(cornu_layer_random_gaussian_blur_args, FLOATS, sigma),
    CORNU_FIELD(cornu_layer_random_gaussian_blur_args, FLOATS, value_range),
    CORNU_FIELD(cornu_layer_random_gaussian_blur_args, INT, seed),
    CORNU_FIELD_OMITTED(cornu_layer_random_gaussian_blur_args, STRING, data_format),
};

CORNU_LAYER_CLASS(random_gaussian_blur){
    CORNU_CLASS_ARGS(random_gaussian_blur, args, defaults, fields),
    .name = "RandomGaussianBlur",
    .init = init,
    .get_config = get_config,
    .call = call,
};

cornu_layer *cornu_layer_random_gaussian_blur_new(const cornu_layer_random_gaussian_blur_args *args
) {
    return cornu_layer_create(&cornu_layer_random_gaussian_blur_class, args);
}
