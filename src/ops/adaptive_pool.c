/* adaptive_max_pool and adaptive_average_pool: pooling into a given number of windows per axis.
 * keras/src/ops/nn.py, AdaptiveMaxPool, AdaptiveAveragePool
 *
 * A window is a product of one interval per axis, so the axes are done one after the other. Where
 * the number of windows divides the size, this is plain pooling. */
#include <cornu/ops.h>

#include "base/memory.h"
#include "ops/axis_product.h"
#include "ops/promote.h"
#include "ops/stencil.h"
#include "ops/symbolic.h"

typedef struct interval {
    int64_t begin, end;
} interval;

static interval window_of(int64_t place, int64_t count, int64_t size) {
    return (interval){place * size / count, ((place + 1) * size + count - 1) / count};
}

/* The mean of every interval, as a product with a matrix of shares. */
static cornu_tensor *mean_along(cornu_tensor *x, int axis, int64_t count) {
    int64_t size = x->shape.dims[axis];
    double *share = cornu_alloc_array_((size_t)(count * size), sizeof *share);
    if (share == NULL) return NULL;
    for (int64_t i = 0; i < count; i++) {
        interval window = window_of(i, count, size);
        for (int64_t k = window.begin; k < window.end; k++)
            share[i * size + k] = 1 / (double)(window.end - window.begin);
    }
    cornu_tensor *y = cornu_axis_product_(share, count, x, axis);
    cornu_free_(share);
    return y;
}

/* The largest of every interval: its elements side by side on an axis of their own, the last of a
 * shorter interval repeated. */
static cornu_tensor *max_along(cornu_tensor *x, int axis, int64_t count) {
    int64_t size = x->shape.dims[axis], longest = 0;
    for (int64_t i = 0; i < count; i++) {
        interval window = window_of(i, count, size);
        if (window.end - window.begin > longest) longest = window.end - window.begin;
    }
    cornu_tensor *index =
        cornu_scope_add_(cornu_tensor_new(CORNU_INT64, cornu_shape(count, longest)));
    int64_t *to = index != NULL ? cornu_tensor_data_mut(index) : NULL;
    if (to == NULL) return NULL;
    for (int64_t i = 0; i < count; i++) {
        interval window = window_of(i, count, size);
        for (int64_t k = 0; k < longest; k++)
            to[i * longest + k] = window.begin + k < window.end ? window.begin + k : window.end - 1;
    }
    return cornu_op_max(cornu_op_take(x, index, axis), .axis = cornu_axes(axis + 1));
}

static cornu_status prepare(
    cornu_tensor **x, const cornu_window *output_size, const char *data_format,
    bool *channels_first, int *rank, int64_t *counts
) {
    if (*x == NULL) return cornu_error_null("x");
    CORNU_TRY(cornu_is_channels_first(data_format, channels_first));
    CORNU_TRY(cornu_spatial_rank_(*x, rank));
    CORNU_TRY(cornu_window_resolve_(output_size, "output_size", *rank, 0, counts));
    *x = cornu_channels_last_(*x, *channels_first);
    if (*x == NULL) return cornu_error_status();
    for (int i = 0; i < *rank; i++)
        if ((*x)->shape.dims[i + 1] < 1)
            CORNU_FAIL(CORNU_ESHAPE, "axis %d of the input is empty", i + 1);
    return CORNU_OK;
}

static cornu_tensor *adaptive(
    cornu_tensor *x, const cornu_window *output_size, const char *data_format, bool mean
) {
    if (cornu_is_symbolic_(x))
        return cornu_symbolic_unary_(
            mean ? "adaptive_average_pool" : "adaptive_max_pool", x,
            CORNU_SETTINGS_(
                cornu_set_window_("output_size", output_size, 0),
                cornu_set_data_format_(data_format)
            )
        );
    bool channels_first, divides = true;
    int rank = 0;
    int64_t counts[CORNU_MAX_SPATIAL] = {1, 1, 1};
    if (prepare(&x, output_size, data_format, &channels_first, &rank, counts) != CORNU_OK)
        return (void)cornu_error_context(mean ? "adaptive_average_pool" : "adaptive_max_pool"),
               NULL;
    cornu_window window = {{0}};
    for (int i = 0; i < rank; i++) {
        divides = divides && x->shape.dims[i + 1] % counts[i] == 0;
        window.size[i] = x->shape.dims[i + 1] / counts[i];
    }
    if (mean) x = cornu_as_(x, cornu_real_type_(x->dtype));
    if (divides)
        x = mean ? cornu_op_average_pool(x, .pool_size = window)
                 : cornu_op_max_pool(x, .pool_size = window);
    for (int i = 0; i < rank && x != NULL && !divides; i++)
        x = (mean ? mean_along : max_along)(x, i + 1, counts[i]);
    return cornu_channels_back_(x, channels_first);
}

cornu_tensor *cornu_op_adaptive_max_pool(
    cornu_tensor *x, cornu_window output_size, const char *data_format
) {
    return adaptive(x, &output_size, data_format, false);
}

cornu_tensor *cornu_op_adaptive_average_pool(
    cornu_tensor *x, cornu_window output_size, const char *data_format
) {
    return adaptive(x, &output_size, data_format, true);
}
