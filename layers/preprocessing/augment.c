/* Shares, rectangles, and draws from beta and gamma distributions: see augment.h. */
#include "augment.h"

cornu_status cornu_share_read_(
    cornu_floats given, const char *name, cornu_draw missing, cornu_draw *share
) {
    *share = missing;
    if (given.count == 0) return CORNU_OK;
    return cornu_factor_read_(given, name, (cornu_draw){0, 1}, 0, share);
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

cornu_tensor *cornu_mix_labels_(cornu_tensor *labels, cornu_tensor *weight, cornu_tensor *order) {
    char text[256];
    if (weight == NULL) return labels;
    if (cornu_tensor_rank(labels) != 2 ||
        cornu_tensor_dim(labels, 0) != cornu_tensor_dim(weight, 0))
        CORNU_FAIL_NULL(
            CORNU_ESHAPE, "takes labels [batch, classes] for its images, got the shape %s",
            cornu_shape_format(cornu_tensor_shape(labels), text, sizeof text)
        );
    if (!cornu_dtype_is_float(cornu_tensor_dtype(labels)))
        labels = cornu_op_cast(labels, cornu_tensor_dtype(weight));
    if (labels == NULL) return NULL;
    weight = cornu_op_reshape(weight, cornu_shape(cornu_tensor_dim(weight, 0), 1));
    weight = cornu_op_cast(weight, cornu_tensor_dtype(labels));
    cornu_tensor *others = cornu_op_take(labels, order, 0);
    return cornu_op_add(
        cornu_op_multiply(weight, labels),
        cornu_op_multiply(cornu_op_subtract(cornu_scalar(1), weight), others)
    );
}

int64_t cornu_inner_seed_(int64_t seed, int index) {
    return seed == CORNU_NONE ? CORNU_NONE : (int64_t)((uint64_t)seed + (uint64_t)index);
}
