/* Shares, rectangles, and draws from beta and gamma distributions: see augment.h. */
#include "augment.h"

cornu_status cornu_share_read_(
    cornu_floats given, const char *name, cornu_draw missing, cornu_draw *share
) {
    *share = missing;
    if (given.count == 0) return CORNU_OK;
    return cornu_base_factor_read_(given, name, (cornu_draw){0, 1}, 0, share);
}

cornu_tensor *cornu_to_channels_last_(cornu_tensor *images, bool channels_first) {
    return channels_first ? cornu_op_transpose(images, cornu_axes(0, 2, 3, 1)) : images;
}

cornu_tensor *cornu_from_channels_last_(cornu_tensor *images, bool channels_first) {
    return channels_first ? cornu_op_transpose(images, cornu_axes(0, 3, 1, 2)) : images;
}

cornu_tensor *cornu_chosen_(
    cornu_seed_generator *seeds, const cornu_tensor *images, cornu_draw factor
) {
    cornu_tensor *probability = cornu_draw_each_(seeds, images, factor);
    return cornu_op_less(cornu_draw_each_(seeds, images, (cornu_draw){0, 1}), probability);
}

/* Whether a place along one axis lies in a random stretch that takes `share` of it. */
static cornu_tensor *stretch(
    cornu_seed_generator *seeds, const cornu_tensor *images, cornu_tensor *share, int axis
) {
    int64_t size = cornu_tensor_dim(images, axis);
    cornu_shape shape = axis == 1 ? cornu_shape(1, size, 1, 1) : cornu_shape(1, 1, size, 1);
    cornu_tensor *at =
        cornu_op_reshape(cornu_op_arange(0, (double)size, 1, cornu_tensor_dtype(images)), shape);
    cornu_tensor *length = cornu_op_multiply(share, cornu_scalar((double)size));
    cornu_tensor *start = cornu_op_multiply(
        cornu_draw_each_(seeds, images, (cornu_draw){0, 1}),
        cornu_op_subtract(cornu_scalar((double)size), length)
    );
    return cornu_op_logical_and(
        cornu_op_greater_equal(at, start), cornu_op_less(at, cornu_op_add(start, length))
    );
}

cornu_tensor *cornu_rectangle_(
    cornu_seed_generator *seeds, const cornu_tensor *images, cornu_tensor *width,
    cornu_tensor *height
) {
    cornu_tensor *columns = stretch(seeds, images, width, 2);
    return cornu_op_logical_and(columns, stretch(seeds, images, height, 1));
}

/* The logarithm of a draw for shapes d + 1/3 of 1 or more. A proposal is taken with a probability
 * above 0.95, so that one of ten is, but for a case in 10^13, which gets d. */
static cornu_tensor *log_gamma_from_one(
    cornu_seed_generator *seeds, cornu_shape shape, cornu_dtype dtype, cornu_tensor *d
) {
    enum { PROPOSALS = 10 };
    cornu_tensor *c = cornu_op_rsqrt(cornu_op_multiply(d, cornu_scalar(9)));
    cornu_tensor *found = cornu_op_zeros(shape, dtype); /* log v */
    for (int i = 0; i < PROPOSALS; i++) {
        cornu_tensor *x =
            cornu_random_normal_from(cornu_seed_generator_next(seeds), shape, dtype, 0, 1);
        cornu_tensor *u =
            cornu_random_uniform_from(cornu_seed_generator_next(seeds), shape, dtype, 1e-30, 1);
        cornu_tensor *root = cornu_op_add(cornu_op_multiply(c, x), cornu_scalar(1));
        cornu_tensor *positive = cornu_op_greater(root, cornu_scalar(0));
        root = cornu_op_where(positive, root, cornu_op_ones_like(root));
        cornu_tensor *v = cornu_op_multiply(cornu_op_square(root), root);
        cornu_tensor *log_v = cornu_op_log(v);
        /* x^2 / 2 + d (1 - v + log v) */
        cornu_tensor *limit = cornu_op_add(
            cornu_op_multiply(cornu_op_square(x), cornu_scalar(0.5)),
            cornu_op_multiply(d, cornu_op_add(cornu_op_subtract(cornu_scalar(1), v), log_v))
        );
        cornu_tensor *taken = cornu_op_logical_and(positive, cornu_op_less(cornu_op_log(u), limit));
        found = cornu_op_where(taken, log_v, found);
    }
    return cornu_op_add(found, cornu_op_log(d));
}

cornu_tensor *cornu_log_gamma_draw_(
    cornu_seed_generator *seeds, cornu_shape shape, cornu_dtype dtype, cornu_tensor *alpha
) {
    /* a draw for alpha is one for alpha + 1 times u^(1 / alpha) */
    cornu_tensor *d = cornu_op_add(cornu_op_cast(alpha, dtype), cornu_scalar(2.0 / 3));
    cornu_tensor *u =
        cornu_random_uniform_from(cornu_seed_generator_next(seeds), shape, dtype, 1e-30, 1);
    return cornu_op_add(
        log_gamma_from_one(seeds, shape, dtype, d), cornu_op_divide(cornu_op_log(u), alpha)
    );
}

cornu_tensor *cornu_beta_draw_(
    cornu_seed_generator *seeds, cornu_shape shape, cornu_dtype dtype, cornu_tensor *alpha
) {
    cornu_tensor *a = cornu_log_gamma_draw_(seeds, shape, dtype, alpha);
    cornu_tensor *b = cornu_log_gamma_draw_(seeds, shape, dtype, alpha);
    return cornu_op_sigmoid(cornu_op_subtract(a, b));
}

size_t cornu_mixed_count_(const cornu_layer *layer, const cornu_config *kwargs) {
    (void)layer;
    return kwargs != NULL && cornu_config_has(kwargs, "labels") ? 2 : 1;
}

cornu_tensor *cornu_mixed_(cornu_tensor *x, cornu_tensor *share, cornu_tensor *order) {
    cornu_tensor *rest = cornu_op_subtract(cornu_scalar(1), share);
    cornu_tensor *others = cornu_op_take(x, order, 0);
    return cornu_op_add(cornu_op_multiply(share, x), cornu_op_multiply(rest, others));
}

static cornu_tensor *mix_labels(cornu_tensor *labels, cornu_mixture mixture) {
    char text[256];
    cornu_tensor *share = mixture.share;
    if (share == NULL) return labels;
    int64_t batch = cornu_tensor_dim(share, 0);
    if (cornu_tensor_rank(labels) != 2 || cornu_tensor_dim(labels, 0) != batch)
        CORNU_FAIL_NULL(
            CORNU_ESHAPE, "takes labels [batch, classes] for its images, got the shape %s",
            cornu_shape_format(cornu_tensor_shape(labels), text, sizeof text)
        );
    if (!cornu_dtype_is_float(cornu_tensor_dtype(labels)))
        labels = cornu_op_cast(labels, cornu_tensor_dtype(share));
    if (labels == NULL) return NULL;
    share =
        cornu_op_cast(cornu_op_reshape(share, cornu_shape(batch, 1)), cornu_tensor_dtype(labels));
    return cornu_mixed_(labels, share, mixture.order);
}

cornu_status cornu_mix_call_(
    cornu_layer *layer, cornu_tensor *const *inputs, const cornu_call_context *context,
    cornu_tensor **outputs, cornu_mix_function *change
) {
    bool single = false;
    cornu_mixture mixture = {NULL, NULL};
    cornu_tensor *labels = cornu_call_argument_get(context, "labels", 0);
    cornu_tensor *images = cornu_images_(layer, inputs[0], &single);
    if (images != NULL && context->training && !single) images = change(layer, images, &mixture);
    outputs[0] = cornu_images_back_(images, single);
    if (labels != NULL && images != NULL) outputs[1] = mix_labels(labels, mixture);
    bool made = outputs[0] != NULL && (labels == NULL || outputs[1] != NULL);
    return made ? CORNU_OK : cornu_error_status();
}

int64_t cornu_inner_seed_(int64_t seed, int index) {
    return seed == CORNU_NONE ? CORNU_NONE : (int64_t)((uint64_t)seed + (uint64_t)index);
}
