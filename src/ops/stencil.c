/* How windows stand on an axis. keras/src/ops/operation_utils.py, compute_conv_output_shape;
 * keras/src/backend/common/backend_utils.py, compute_conv_transpose_padding_args_for_jax */
#include "ops/stencil.h"

#include <string.h>

cornu_status cornu_is_channels_first(const char *format, bool *channels_first) {
    *channels_first = format != NULL && strcmp(format, "channels_first") == 0;
    if (format != NULL && !*channels_first && strcmp(format, "channels_last") != 0)
        CORNU_FAIL(
            CORNU_EINVAL, "data_format must be \"channels_last\" or \"channels_first\", got \"%s\"",
            format
        );
    return CORNU_OK;
}

cornu_status cornu_spatial_rank_(const cornu_tensor *x, int *rank) {
    char text[256];
    *rank = x->shape.rank - 2;
    if (*rank < 1 || *rank > CORNU_MAX_SPATIAL)
        CORNU_FAIL(
            CORNU_ESHAPE, "an input with 1 to %d axes beside batch and channels is needed, got %s",
            CORNU_MAX_SPATIAL, cornu_shape_format(&x->shape, text, sizeof text)
        );
    return CORNU_OK;
}

cornu_status cornu_window_resolve_(
    const cornu_window *window, const char *what, int rank, int64_t otherwise, int64_t *sizes
) {
    int count = 0;
    bool is_list = window->size[1] == -1; /* a list of one, from a config */
    while (count < (is_list ? 1 : CORNU_MAX_SPATIAL) && window->size[count] != 0) count++;
    if ((count > 1 || is_list) && count != rank)
        CORNU_FAIL(CORNU_EINVAL, "%s has %d numbers for %d axes", what, count, rank);
    for (int i = 0; i < rank; i++) {
        sizes[i] = count == 0 ? otherwise : window->size[count == 1 ? 0 : i];
        if (sizes[i] < 1)
            CORNU_FAIL(CORNU_EINVAL, "%s must be positive, got %lld", what, (long long)sizes[i]);
    }
    return CORNU_OK;
}

cornu_status cornu_window_complete(
    cornu_window *window, const char *what, int axes, int64_t otherwise
) {
    if (window == NULL) return cornu_error_null("window");
    cornu_window complete = {{0}};
    if (axes < 1 || axes > CORNU_MAX_SPATIAL)
        CORNU_FAIL(CORNU_EINVAL, "windows have 1 to %d axes, not %d", CORNU_MAX_SPATIAL, axes);
    CORNU_TRY(cornu_window_resolve_(window, what, axes, otherwise, complete.size));
    *window = complete;
    return CORNU_OK;
}

typedef enum padding_rule { VALID, SAME, CAUSAL } padding_rule;

static cornu_status rule_of(const char *padding, bool causal, padding_rule *rule) {
    static const char *const names[] = {"valid", "same", "causal"};
    if (padding == NULL) padding = "valid";
    for (int i = VALID; i <= (causal ? CAUSAL : SAME); i++)
        if (strcmp(padding, names[i]) == 0) return *rule = (padding_rule)i, CORNU_OK;
    CORNU_FAIL(
        CORNU_EINVAL, "padding must be \"valid\"%s, got \"%s\"",
        causal ? ", \"same\" or \"causal\"" : " or \"same\"", padding
    );
}

/* How many input elements a window spans. */
static cornu_status reach_of(const cornu_stencil *stencil, int axis, int64_t *reach) {
    if (__builtin_mul_overflow(stencil->size[axis] - 1, stencil->dilation[axis], reach) ||
        __builtin_add_overflow(*reach, 1, reach))
        CORNU_FAIL(CORNU_EINVAL, "the window is too large");
    return CORNU_OK;
}

cornu_status cornu_stencil_place_(
    cornu_stencil *stencil, const int64_t *in, const char *padding, cornu_shape *out
) {
    padding_rule rule;
    CORNU_TRY(rule_of(padding, stencil->rank == 1, &rule));
    *out = (cornu_shape){.rank = stencil->rank};
    for (int i = 0; i < stencil->rank; i++) {
        int64_t reach, stride = stencil->stride[i], before = 0;
        CORNU_TRY(reach_of(stencil, i, &reach));
        int64_t padded = in[i];
        if (rule == SAME) {
            out->dims[i] = in[i] / stride + (in[i] % stride != 0);
            padded = (out->dims[i] - 1) * stride + reach;
            before = padded > in[i] ? (padded - in[i]) / 2 : 0;
            if (out->dims[i] < 1) CORNU_FAIL(CORNU_ESHAPE, "axis %d of the input is empty", i + 1);
        } else {
            if (rule == CAUSAL) before = reach - 1;
            if (__builtin_add_overflow(padded, before, &padded) || padded < reach)
                CORNU_FAIL(
                    CORNU_ESHAPE, "a window over %lld elements does not fit the %lld of axis %d",
                    (long long)reach, (long long)in[i], i + 1
                );
            out->dims[i] = (padded - reach) / stride + 1;
        }
        stencil->before[i] = before;
    }
    return CORNU_OK;
}

/* Seen from the result, which is the input of the convolution that is transposed: `missing` is what
 * the padding of that takes away on both sides together. */
cornu_status cornu_stencil_place_transposed_(
    cornu_stencil *stencil, const int64_t *in, const char *padding,
    const cornu_shape *output_padding, cornu_shape *out
) {
    padding_rule rule;
    CORNU_TRY(rule_of(padding, false, &rule));
    int rank = stencil->rank;
    bool given = output_padding->rank > 0;
    if (given && output_padding->rank != 1 && output_padding->rank != rank)
        CORNU_FAIL(
            CORNU_EINVAL, "output_padding has %d numbers for %d axes", output_padding->rank, rank
        );
    *out = (cornu_shape){.rank = rank};
    for (int i = 0; i < rank; i++) {
        int64_t reach, stride = stencil->stride[i], more = 0;
        CORNU_TRY(reach_of(stencil, i, &reach));
        if (given) more = output_padding->dims[output_padding->rank == 1 ? 0 : i];
        if (more < 0)
            CORNU_FAIL(
                CORNU_EINVAL, "output_padding must not be negative, got %lld", (long long)more
            );
        int64_t least; /* what the input's places alone span */
        if (in[i] < 1) CORNU_FAIL(CORNU_ESHAPE, "axis %d of the input is empty", i + 1);
        if (__builtin_mul_overflow(in[i] - 1, stride, &least) || least > INT64_MAX / 4)
            CORNU_FAIL(CORNU_ESHAPE, "axis %d would become too large", i + 1);
        if (rule == VALID) {
            stencil->before[i] = 0;
            out->dims[i] = least + (given || reach > stride ? reach : stride) + more;
        } else {
            /* zeros on both sides of the spread input, of which `front` stand before it */
            int64_t zeros = given ? reach + reach % 2 - 2 + more : stride + reach - 2;
            int64_t front = zeros / 2 + zeros % 2;
            if (front > reach - 1) front = reach - 1;
            stencil->before[i] = reach - 1 - front;
            out->dims[i] = given ? least + reach % 2 + more : least + stride;
        }
        if (out->dims[i] < 1)
            CORNU_FAIL(CORNU_ESHAPE, "axis %d of the result would be empty", i + 1);
    }
    return CORNU_OK;
}

cornu_tensor *cornu_channels_last_(cornu_tensor *x, bool channels_first) {
    return channels_first ? cornu_op_moveaxis(x, 1, -1) : x;
}

cornu_tensor *cornu_channels_back_(cornu_tensor *y, bool channels_first) {
    return channels_first ? cornu_op_moveaxis(y, -1, 1) : y;
}
