/* Ops: pure functions of tensors. They broadcast as NumPy does, promote types (bool < ints <
 * floats; cornu_scalar takes the other operand's type), and return results that belong to the
 * innermost scope. An op given NULL returns NULL and keeps the pending error. Any op may fail, with
 * NULL, by CORNU_ESHAPE, CORNU_EDTYPE, CORNU_EINVAL (an axis or a parameter) or CORNU_ENOMEM.
 * Negative axes count from the last. Names and rules are those of keras.ops
 * (https://keras.io/api/ops/).
 *
 * On symbolic tensors (model.h) an op computes nothing: it becomes a node of the graph, the
 * operation that Keras would record, and is saved with the model. Ops that are no such operations
 * here fail by CORNU_EUNSUPPORTED, and so do variables among the operands, whose values the graph
 * would freeze: both are for layers.
 *
 * Example:
 *
 *     #include <cornu/cornu.h>
 *
 *     int main(void) {
 *         const float values[] = {1, 2, 3, 4, 5, 9};
 *         CORNU_SCOPE {
 *             cornu_tensor *x = cornu_tensor_from(CORNU_FLOAT32, cornu_shape(3, 2), values);
 *             cornu_tensor *mean = cornu_op_mean(x, .axis = cornu_axes(0), .keepdims = true);
 *             cornu_tensor *centred = cornu_op_subtract(x, mean);    // [3, 2] - [1, 2]
 *             cornu_tensor *product = cornu_op_matmul(centred, centred, .transpose_a = true);
 *             cornu_check(cornu_tensor_print(product, stdout));      // [[ 8. 14.]  [14. 26.]]
 *             cornu_tensor_free(x);
 *         }
 *     }
 */
#ifndef CORNU_OPS_H
#define CORNU_OPS_H

#include <cornu/tensor.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- elementwise, one operand ---------------------------------------------------------------- */
/* Results have the shape of x. Functions of real numbers give floats for integer input. */
CORNU_API cornu_tensor *cornu_op_negative(cornu_tensor *x);   /* -x */
CORNU_API cornu_tensor *cornu_op_absolute(cornu_tensor *x);   /* |x| */
CORNU_API cornu_tensor *cornu_op_sign(cornu_tensor *x);       /* -1, 0 or 1 */
CORNU_API cornu_tensor *cornu_op_square(cornu_tensor *x);     /* x * x */
CORNU_API cornu_tensor *cornu_op_sqrt(cornu_tensor *x);
CORNU_API cornu_tensor *cornu_op_rsqrt(cornu_tensor *x);      /* 1 / sqrt(x) */
CORNU_API cornu_tensor *cornu_op_reciprocal(cornu_tensor *x); /* 1 / x */
CORNU_API cornu_tensor *cornu_op_exp(cornu_tensor *x);
CORNU_API cornu_tensor *cornu_op_expm1(cornu_tensor *x);      /* exp(x) - 1 */
CORNU_API cornu_tensor *cornu_op_log(cornu_tensor *x);
CORNU_API cornu_tensor *cornu_op_log1p(cornu_tensor *x);      /* log(1 + x) */
CORNU_API cornu_tensor *cornu_op_log2(cornu_tensor *x);
CORNU_API cornu_tensor *cornu_op_log10(cornu_tensor *x);
CORNU_API cornu_tensor *cornu_op_sin(cornu_tensor *x);
CORNU_API cornu_tensor *cornu_op_cos(cornu_tensor *x);
CORNU_API cornu_tensor *cornu_op_tan(cornu_tensor *x);
CORNU_API cornu_tensor *cornu_op_arcsin(cornu_tensor *x);
CORNU_API cornu_tensor *cornu_op_arccos(cornu_tensor *x);
CORNU_API cornu_tensor *cornu_op_arctan(cornu_tensor *x);
CORNU_API cornu_tensor *cornu_op_sinh(cornu_tensor *x);
CORNU_API cornu_tensor *cornu_op_cosh(cornu_tensor *x);
CORNU_API cornu_tensor *cornu_op_tanh(cornu_tensor *x);
CORNU_API cornu_tensor *cornu_op_arcsinh(cornu_tensor *x);
CORNU_API cornu_tensor *cornu_op_arccosh(cornu_tensor *x);
CORNU_API cornu_tensor *cornu_op_arctanh(cornu_tensor *x);
CORNU_API cornu_tensor *cornu_op_erf(cornu_tensor *x);
CORNU_API cornu_tensor *cornu_op_erfinv(cornu_tensor *x);
CORNU_API cornu_tensor *cornu_op_floor(cornu_tensor *x);
CORNU_API cornu_tensor *cornu_op_ceil(cornu_tensor *x);
CORNU_API cornu_tensor *cornu_op_round(cornu_tensor *x);      /* half to even */
CORNU_API cornu_tensor *cornu_op_trunc(cornu_tensor *x);
CORNU_API cornu_tensor *cornu_op_isnan(cornu_tensor *x);      /* bool */
CORNU_API cornu_tensor *cornu_op_isinf(cornu_tensor *x);
CORNU_API cornu_tensor *cornu_op_isfinite(cornu_tensor *x);
CORNU_API cornu_tensor *cornu_op_logical_not(cornu_tensor *x);
/* x, through which no gradient flows */
CORNU_API cornu_tensor *cornu_op_stop_gradient(cornu_tensor *x);

/* ---- elementwise, two operands or three ------------------------------------------------------ */
CORNU_API cornu_tensor *cornu_op_add(cornu_tensor *a, cornu_tensor *b);
CORNU_API cornu_tensor *cornu_op_subtract(cornu_tensor *a, cornu_tensor *b);
CORNU_API cornu_tensor *cornu_op_multiply(cornu_tensor *a, cornu_tensor *b);
/* integers give float32 */
CORNU_API cornu_tensor *cornu_op_divide(cornu_tensor *a, cornu_tensor *b);
/* 0 where b is 0 */
CORNU_API cornu_tensor *cornu_op_divide_no_nan(cornu_tensor *a, cornu_tensor *b);
CORNU_API cornu_tensor *cornu_op_floor_divide(cornu_tensor *a, cornu_tensor *b);
CORNU_API cornu_tensor *cornu_op_mod(cornu_tensor *a, cornu_tensor *b); /* sign of b */
CORNU_API cornu_tensor *cornu_op_power(cornu_tensor *a, cornu_tensor *b);
CORNU_API cornu_tensor *cornu_op_maximum(cornu_tensor *a, cornu_tensor *b);
CORNU_API cornu_tensor *cornu_op_minimum(cornu_tensor *a, cornu_tensor *b);
CORNU_API cornu_tensor *cornu_op_arctan2(cornu_tensor *a, cornu_tensor *b);
/* bool, like the next seven */
CORNU_API cornu_tensor *cornu_op_equal(cornu_tensor *a, cornu_tensor *b);
CORNU_API cornu_tensor *cornu_op_not_equal(cornu_tensor *a, cornu_tensor *b);
CORNU_API cornu_tensor *cornu_op_less(cornu_tensor *a, cornu_tensor *b);
CORNU_API cornu_tensor *cornu_op_less_equal(cornu_tensor *a, cornu_tensor *b);
CORNU_API cornu_tensor *cornu_op_greater(cornu_tensor *a, cornu_tensor *b);
CORNU_API cornu_tensor *cornu_op_greater_equal(cornu_tensor *a, cornu_tensor *b);
CORNU_API cornu_tensor *cornu_op_logical_and(cornu_tensor *a, cornu_tensor *b);
CORNU_API cornu_tensor *cornu_op_logical_or(cornu_tensor *a, cornu_tensor *b);
CORNU_API cornu_tensor *cornu_op_logical_xor(cornu_tensor *a, cornu_tensor *b);
/* condition ? a : b */
CORNU_API cornu_tensor *cornu_op_where(cornu_tensor *condition, cornu_tensor *a, cornu_tensor *b);
/* min(max(x, low), high); CORNU_EINVAL for low > high */
CORNU_API cornu_tensor *cornu_op_clip(cornu_tensor *x, double low, double high);
/* Floats lose their fraction on the way to integers, and stop at the ends of their range. */
CORNU_API cornu_tensor *cornu_op_cast(cornu_tensor *x, cornu_dtype dtype);

/* ---- reductions ------------------------------------------------------------------------------ */
/* Which axes: cornu_axes(0, -1); cornu_axes() and leaving it out: all. Those axes vanish from the
 * result, or have size 1 with `keepdims`. CORNU_EINVAL for an axis that is not there, or is given
 * twice. */
typedef struct cornu_axes {
    int count;
    int axis[CORNU_MAX_RANK];
} cornu_axes;
#ifndef __cplusplus
#define cornu_axes(...)                                                                            \
    cornu_axes_make(                                                                               \
        (const int[]){0, __VA_ARGS__} + 1, sizeof((const int[]){0, __VA_ARGS__}) / sizeof(int) - 1 \
    )
#endif
CORNU_API cornu_axes cornu_axes_make(const int *axes, size_t count);

typedef struct cornu_op_reduce_args {
    CORNU_ARG(size_t, size_, sizeof(cornu_op_reduce_args));
    CORNU_ARG(cornu_tensor *, x, NULL);
    CORNU_ARG(cornu_axes, axis, {});
    CORNU_ARG(bool, keepdims, false);
} cornu_op_reduce_args;
#define CORNU_OP_REDUCE_DEFAULTS .size_ = sizeof(cornu_op_reduce_args)
#define CORNU_OP_REDUCE_(maker, ...)                                                               \
    CORNU_KW_(maker(&(cornu_op_reduce_args){CORNU_OP_REDUCE_DEFAULTS, .x = __VA_ARGS__}))
/* integers stay integers */
CORNU_API cornu_tensor *cornu_op_sum_new(const cornu_op_reduce_args *args);
CORNU_API cornu_tensor *cornu_op_mean_new(const cornu_op_reduce_args *args);
CORNU_API cornu_tensor *cornu_op_prod_new(const cornu_op_reduce_args *args);
/* the gradient is shared by equal elements */
CORNU_API cornu_tensor *cornu_op_max_new(const cornu_op_reduce_args *args);
CORNU_API cornu_tensor *cornu_op_min_new(const cornu_op_reduce_args *args);
CORNU_API cornu_tensor *cornu_op_any_new(const cornu_op_reduce_args *args);
CORNU_API cornu_tensor *cornu_op_all_new(const cornu_op_reduce_args *args);
CORNU_API cornu_tensor *cornu_op_var_new(const cornu_op_reduce_args *args); /* divides by n */
CORNU_API cornu_tensor *cornu_op_std_new(const cornu_op_reduce_args *args);
CORNU_API cornu_tensor *cornu_op_logsumexp_new(const cornu_op_reduce_args *args);
#ifndef __cplusplus
#define cornu_op_sum(...) CORNU_OP_REDUCE_(cornu_op_sum_new, __VA_ARGS__)
#define cornu_op_mean(...) CORNU_OP_REDUCE_(cornu_op_mean_new, __VA_ARGS__)
#define cornu_op_prod(...) CORNU_OP_REDUCE_(cornu_op_prod_new, __VA_ARGS__)
#define cornu_op_max(...) CORNU_OP_REDUCE_(cornu_op_max_new, __VA_ARGS__)
#define cornu_op_min(...) CORNU_OP_REDUCE_(cornu_op_min_new, __VA_ARGS__)
#define cornu_op_any(...) CORNU_OP_REDUCE_(cornu_op_any_new, __VA_ARGS__)
#define cornu_op_all(...) CORNU_OP_REDUCE_(cornu_op_all_new, __VA_ARGS__)
#define cornu_op_var(...) CORNU_OP_REDUCE_(cornu_op_var_new, __VA_ARGS__)
#define cornu_op_std(...) CORNU_OP_REDUCE_(cornu_op_std_new, __VA_ARGS__)
#define cornu_op_logsumexp(...) CORNU_OP_REDUCE_(cornu_op_logsumexp_new, __VA_ARGS__)
#endif
/* Index of the first largest (smallest) element along an axis; int32, without that axis. */
CORNU_API cornu_tensor *cornu_op_argmax(cornu_tensor *x, int axis);
CORNU_API cornu_tensor *cornu_op_argmin(cornu_tensor *x, int axis);
CORNU_API cornu_tensor *cornu_op_cumsum(cornu_tensor *x, int axis);
CORNU_API cornu_tensor *cornu_op_argsort(cornu_tensor *x, int axis); /* int32; ascending, stable */
CORNU_API cornu_tensor *cornu_op_sort(cornu_tensor *x, int axis);

/* ---- linear algebra -------------------------------------------------------------------------- */
/* a[.., m, k] * b[.., k, n] -> [.., m, n]; vectors as in NumPy. transpose_*: the last two axes are
 * swapped first. CORNU_ESHAPE for inner sizes that differ, and for scalars. */
typedef struct cornu_op_matmul_args {
    CORNU_ARG(size_t, size_, sizeof(cornu_op_matmul_args));
    CORNU_ARG(cornu_tensor *, a, NULL);
    CORNU_ARG(cornu_tensor *, b, NULL);
    CORNU_ARG(bool, transpose_a, false);
    CORNU_ARG(bool, transpose_b, false);
} cornu_op_matmul_args;
#define CORNU_OP_MATMUL_DEFAULTS .size_ = sizeof(cornu_op_matmul_args)
CORNU_API cornu_tensor *cornu_op_matmul_new(const cornu_op_matmul_args *args);
#ifndef __cplusplus
#define cornu_op_matmul(...)                                                                       \
    CORNU_KW_(cornu_op_matmul_new(                                                                 \
        &(cornu_op_matmul_args){CORNU_OP_MATMUL_DEFAULTS, .a = __VA_ARGS__}))
#endif
/* Einstein's summation, e.g. cornu_op_einsum("bij,bjk->bik", cornu_tensors(a, b)); "..."
 * broadcasts. CORNU_EINVAL names what is wrong with an equation, CORNU_ESHAPE a label with two
 * sizes. */
CORNU_API cornu_tensor *cornu_op_einsum(const char *equation, cornu_tensor_list operands);

/* Of matrices x[.., m, n], in float32 or float64 (other types become float32).
 * https://keras.io/api/ops/linalg/ Signs that are free are those of LAPACK for qr; an eigenvector
 * ends with a component that is not negative, a left singular vector begins with one that is not
 * positive. CORNU_EINVAL for a matrix that is not positive definite (cholesky) or holds what is no
 * number; the inverse of a singular one is not finite. */
CORNU_API cornu_tensor *cornu_op_cholesky(cornu_tensor *x, bool upper); /* x = l l^T; or l^T */
CORNU_API cornu_tensor *cornu_op_inv(cornu_tensor *x);
CORNU_API cornu_tensor *cornu_op_det(cornu_tensor *x);
/* the sign of the determinant, and the logarithm of its absolute value */
CORNU_API cornu_status
cornu_op_slogdet(cornu_tensor *x, cornu_tensor **sign, cornu_tensor **logarithm);
/* x with a x = b, b[.., m] or [.., m, k]; of the upper triangle of a alone, or of the lower one */
CORNU_API cornu_tensor *cornu_op_solve(cornu_tensor *a, cornu_tensor *b);
CORNU_API cornu_tensor *cornu_op_solve_triangular(cornu_tensor *a, cornu_tensor *b, bool lower);
/* l (without its ones) and u in one matrix; int32 pivots: row i was exchanged with pivots[i] */
CORNU_API cornu_status
cornu_op_lu_factor(cornu_tensor *x, cornu_tensor **lu, cornu_tensor **pivots);
/* q[.., m, k], r[.., k, n], k the smaller of m and n, or m if `complete` */
CORNU_API cornu_status
cornu_op_qr(cornu_tensor *x, bool complete, cornu_tensor **q, cornu_tensor **r);
/* eigenvalues [.., m], ascending, and eigenvectors as columns, of the symmetric part of x */
CORNU_API cornu_status
cornu_op_eigh(cornu_tensor *x, cornu_tensor **values, cornu_tensor **vectors);
/* u[.., m, k], s[.., k], descending, and vt[.., k, n]; with full_matrices, u and vt are square */
CORNU_API cornu_status cornu_op_svd(
    cornu_tensor *x, bool full_matrices, cornu_tensor **u, cornu_tensor **s, cornu_tensor **vt
);

/* ---- shape ----------------------------------------------------------------------------------- */
/* one size may be -1 */
CORNU_API cornu_tensor *cornu_op_reshape(cornu_tensor *x, cornu_shape shape);
/* cornu_axes(): all reversed */
CORNU_API cornu_tensor *cornu_op_transpose(cornu_tensor *x, cornu_axes permutation);
CORNU_API cornu_tensor *cornu_op_swapaxes(cornu_tensor *x, int axis1, int axis2);
CORNU_API cornu_tensor *cornu_op_moveaxis(cornu_tensor *x, int source, int destination);
CORNU_API cornu_tensor *cornu_op_expand_dims(cornu_tensor *x, int axis);
/* cornu_axes(): every axis of size 1 */
CORNU_API cornu_tensor *cornu_op_squeeze(cornu_tensor *x, cornu_axes axis);
CORNU_API cornu_tensor *cornu_op_broadcast_to(cornu_tensor *x, cornu_shape shape);
/* along an axis that is there; cornu_op_stack: along a new one */
CORNU_API cornu_tensor *cornu_op_concatenate(cornu_tensor_list xs, int axis);
CORNU_API cornu_tensor *cornu_op_stack(cornu_tensor_list xs, int axis);
/* `parts` pieces of equal size into pieces[0 .. parts-1], which belong to the scope. CORNU_EINVAL
 * if the axis does not split so. */
CORNU_API cornu_status cornu_op_split(cornu_tensor *x, int parts, int axis, cornu_tensor **pieces);
/* x[start : start + size]; `start` has a number per axis, and so has `size`. */
CORNU_API cornu_tensor *cornu_op_slice(cornu_tensor *x, const int64_t *start, cornu_shape size);
/* x[start:stop:step], three arrays with a number per axis, as in Python: negative numbers count
 * from the end, steps may be negative (CORNU_EINVAL for 0). CORNU_SLICE_NONE stands for an omitted
 * bound. */
#define CORNU_SLICE_NONE INT64_MIN
CORNU_API cornu_tensor *cornu_op_strided_slice(
    cornu_tensor *x, const int64_t *start, const int64_t *stop, const int64_t *step
);
typedef enum cornu_pad_mode {
    CORNU_PAD_CONSTANT,
    CORNU_PAD_REFLECT,
    CORNU_PAD_SYMMETRIC
} cornu_pad_mode;
/* `before` and `after` hold one count per axis; `value` fills in CORNU_PAD_CONSTANT. */
CORNU_API cornu_tensor *cornu_op_pad(
    cornu_tensor *x, const int64_t *before, const int64_t *after, cornu_pad_mode mode, double value
);
/* one count per axis */
CORNU_API cornu_tensor *cornu_op_tile(cornu_tensor *x, cornu_shape repeats);
/* each element in a row */
CORNU_API cornu_tensor *cornu_op_repeat(cornu_tensor *x, int64_t repeats, int axis);
CORNU_API cornu_tensor *cornu_op_flip(cornu_tensor *x, cornu_axes axis);
/* The elements of x that int32 or int64 `indices` name along an axis, whose place in the shape the
 * shape of `indices` takes. Negative indices count from the end; CORNU_EINVAL for one outside. */
CORNU_API cornu_tensor *cornu_op_take(cornu_tensor *x, cornu_tensor *indices, int axis);
CORNU_API cornu_tensor *cornu_op_take_along_axis(cornu_tensor *x, cornu_tensor *indices, int axis);
/* y[i] is the sum of the x[j] whose ids[j] is i; ids [n], x [n, ..] -> [segments, ..]. What has an
 * id outside 0 .. segments-1 counts nowhere. */
CORNU_API cornu_tensor *
cornu_op_segment_sum(cornu_tensor *x, cornu_tensor *ids, int64_t segments);
/* new last axis; zeros for an index outside */
CORNU_API cornu_tensor *cornu_op_one_hot(cornu_tensor *indices, int64_t classes, cornu_dtype dtype);

/* ---- convolution and pooling ----------------------------------------------------------------- */
/* One number per spatial axis; the list ends at the first 0, and a single number stands for all
 * axes: {3} is {3, 3} for images. */
typedef struct cornu_window {
    int64_t size[3];
} cornu_window;
/* Writes a window out for `axes` axes, 1 to 3; an empty one becomes `otherwise` everywhere.
 * CORNU_EINVAL names `what` if there are too many numbers, too few, or one below 1. */
CORNU_API cornu_status cornu_window_complete(
    cornu_window *window, const char *what, int axes, int64_t otherwise
);
/* Whether a data format is "channels_first" and not "channels_last" (or NULL); CORNU_EINVAL. */
CORNU_API cornu_status cornu_is_channels_first(const char *data_format, bool *channels_first);

/* x[batch, spatial.., channels] with 1 to 3 spatial axes, or [batch, channels, spatial..] with
 * "channels_first". Padding: "valid", "same" (as many places as strides fit, zeros on both sides,
 * an odd one behind), "causal" (one axis; all zeros in front). CORNU_ESHAPE (a window larger than
 * the input, channels that do not fit the kernel), CORNU_EINVAL (a word or number out of range). */
typedef struct cornu_op_conv_args {
    CORNU_ARG(size_t, size_, sizeof(cornu_op_conv_args));
    CORNU_ARG(cornu_tensor *, x, NULL);
    CORNU_ARG(cornu_tensor *, kernel, NULL);
    CORNU_ARG(cornu_window, strides, {});       /* 1 */
    CORNU_ARG(const char *, padding, NULL);     /* "valid" */
    CORNU_ARG(cornu_window, dilation_rate, {}); /* 1 */
    CORNU_ARG(const char *, data_format, NULL); /* "channels_last" */
    /* conv_transpose: what each size has more than the least; rank 0: Keras' choice */
    CORNU_ARG(cornu_shape, output_padding, {});
} cornu_op_conv_args;
#define CORNU_OP_CONV_DEFAULTS .size_ = sizeof(cornu_op_conv_args)
/* kernel[size.., channels / groups, filters]: the shapes say how many groups there are */
CORNU_API cornu_tensor *cornu_op_conv_new(const cornu_op_conv_args *args);
/* kernel[size.., channels, multiplier]: each channel for itself */
CORNU_API cornu_tensor *cornu_op_depthwise_conv_new(const cornu_op_conv_args *args);
/* kernel[size.., filters, channels]: the gradient of a convolution, as a layer */
CORNU_API cornu_tensor *cornu_op_conv_transpose_new(const cornu_op_conv_args *args);

typedef struct cornu_op_pool_args {
    CORNU_ARG(size_t, size_, sizeof(cornu_op_pool_args));
    CORNU_ARG(cornu_tensor *, x, NULL);
    CORNU_ARG(cornu_window, pool_size, {});
    CORNU_ARG(cornu_window, strides, {});       /* pool_size */
    CORNU_ARG(const char *, padding, NULL);     /* "valid"; or "same" */
    CORNU_ARG(const char *, data_format, NULL); /* "channels_last" */
} cornu_op_pool_args;
#define CORNU_OP_POOL_DEFAULTS .size_ = sizeof(cornu_op_pool_args)
/* the gradient goes to the first of equal elements */
CORNU_API cornu_tensor *cornu_op_max_pool_new(const cornu_op_pool_args *args);
/* padding does not count */
CORNU_API cornu_tensor *cornu_op_average_pool_new(const cornu_op_pool_args *args);
/* Windows that share out the axes as evenly as they can be: place i of n reads from floor(i * size
 * / n) up to ceil((i + 1) * size / n). */
CORNU_API cornu_tensor *cornu_op_adaptive_max_pool(
    cornu_tensor *x, cornu_window output_size, const char *data_format
);
CORNU_API cornu_tensor *cornu_op_adaptive_average_pool(
    cornu_tensor *x, cornu_window output_size, const char *data_format
);
#ifndef __cplusplus
#define CORNU_OP_CONV_(maker, ...)                                                                 \
    CORNU_KW_(maker(&(cornu_op_conv_args){CORNU_OP_CONV_DEFAULTS, .x = __VA_ARGS__}))
#define cornu_op_conv(...) CORNU_OP_CONV_(cornu_op_conv_new, __VA_ARGS__)
#define cornu_op_depthwise_conv(...) CORNU_OP_CONV_(cornu_op_depthwise_conv_new, __VA_ARGS__)
#define cornu_op_conv_transpose(...) CORNU_OP_CONV_(cornu_op_conv_transpose_new, __VA_ARGS__)
#define CORNU_OP_POOL_(maker, ...)                                                                 \
    CORNU_KW_(maker(&(cornu_op_pool_args){CORNU_OP_POOL_DEFAULTS, .x = __VA_ARGS__}))
#define cornu_op_max_pool(...) CORNU_OP_POOL_(cornu_op_max_pool_new, __VA_ARGS__)
#define cornu_op_average_pool(...) CORNU_OP_POOL_(cornu_op_average_pool_new, __VA_ARGS__)
#endif

/* ---- recurrence ------------------------------------------------------------------------------ */
/* What runs over time: x[batch, time, features] and its kernel [features, gates * units], h (and c)
 * [batch, units], the states at first, and the recurrent kernel [units, gates * units] of h. */
typedef struct cornu_recurrence {
    cornu_tensor *x, *kernel, *recurrent_kernel;
    cornu_tensor *bias; /* may be NULL */
    cornu_tensor *h, *c;
    cornu_tensor *mask; /* [batch, time], bool, or NULL: where false, a step changes nothing */
    bool reverse;       /* from the last step to the first */
} cornu_recurrence;
/* Long short-term memory over time, as one kernel: gates i, f, g, o; bias[4 * units]; activations
 * tanh and sigmoid. Gives outputs[0], the h of all steps [batch, time, units] in the order of x,
 * and outputs[1], [2], h and c after the step that was taken last. */
CORNU_API cornu_status cornu_op_lstm(const cornu_recurrence *of, cornu_tensor **outputs);
/* The same for gated recurrent units with reset_after: gates z, r, g; bias[2, 3 * units] of x and
 * of h; no c. */
CORNU_API cornu_status cornu_op_gru(const cornu_recurrence *of, cornu_tensor **outputs);

/* Images [batch, rows, columns, channels] (the batch may be missing) in another size.
 * Interpolation: "nearest", "bilinear", "bicubic", "lanczos3", "lanczos5". With antialias the
 * kernel grows as an image shrinks, so that every pixel counts. */
typedef struct cornu_op_image_resize_args {
    CORNU_ARG(size_t, size_, sizeof(cornu_op_image_resize_args));
    CORNU_ARG(cornu_tensor *, x, NULL);
    CORNU_ARG(int64_t, rows, 0);
    CORNU_ARG(int64_t, columns, 0);
    CORNU_ARG(const char *, interpolation, NULL); /* "bilinear" */
    CORNU_ARG(bool, antialias, false);
    CORNU_ARG(const char *, data_format, NULL);   /* "channels_last" */
} cornu_op_image_resize_args;
#define CORNU_OP_IMAGE_RESIZE_DEFAULTS .size_ = sizeof(cornu_op_image_resize_args)
CORNU_API cornu_tensor *cornu_op_image_resize_new(const cornu_op_image_resize_args *args);
#ifndef __cplusplus
#define cornu_op_image_resize(...)                                                                 \
    CORNU_KW_(cornu_op_image_resize_new(                                                           \
        &(cornu_op_image_resize_args){CORNU_OP_IMAGE_RESIZE_DEFAULTS, .x = __VA_ARGS__}))
#endif

/* ---- creation -------------------------------------------------------------------------------- */
CORNU_API cornu_tensor *cornu_op_full(cornu_shape shape, double value, cornu_dtype dtype);
CORNU_API cornu_tensor *cornu_op_zeros(cornu_shape shape, cornu_dtype dtype);
CORNU_API cornu_tensor *cornu_op_ones(cornu_shape shape, cornu_dtype dtype);
CORNU_API cornu_tensor *cornu_op_zeros_like(cornu_tensor *x);
CORNU_API cornu_tensor *cornu_op_ones_like(cornu_tensor *x);
/* float32, both ends included */
CORNU_API cornu_tensor *cornu_op_linspace(double start, double stop, int64_t count);
/* start, start + step, ... up to but without `stop` */
CORNU_API cornu_tensor *cornu_op_arange(double start, double stop, double step, cornu_dtype dtype);
/* [rows, columns] with ones on a diagonal: 0 the main one, positive above it */
CORNU_API cornu_tensor *cornu_op_eye(
    int64_t rows, int64_t columns, int64_t diagonal, cornu_dtype dtype
);

/* ---- neural networks: softmax and the functions of keras.activations ------------------------- */
/* Results have the shape of x; glu halves its axis. https://keras.io/api/layers/activations/ */
CORNU_API cornu_tensor *cornu_op_softmax(cornu_tensor *x, int axis);
CORNU_API cornu_tensor *cornu_op_log_softmax(cornu_tensor *x, int axis);
/* log_softmax(x, -1) at one place of each row: x [.., n] and labels [..], int32 or int64 in
 * 0 .. n-1, give [..]. One pass over x, and one for its gradient. CORNU_EDTYPE, CORNU_ESHAPE;
 * CORNU_EINVAL for a label outside. */
CORNU_API cornu_tensor *cornu_op_label_log_softmax(cornu_tensor *x, cornu_tensor *labels);
/* Mean and variance over axes, which stay with size 1 if `keepdims`. keras.ops.moments */
CORNU_API cornu_status cornu_op_moments(
    cornu_tensor *x, cornu_axes axes, bool keepdims, cornu_tensor **mean, cornu_tensor **variance
);
/* (x - mean) / sqrt(variance + epsilon) * scale + offset, all but x of the size of `axis`:
 * cornu_op_batch_normalization(x, mean, variance, .scale = gamma). keras.ops.batch_normalization,
 * https://keras.io/api/ops/nn/ */
typedef struct cornu_op_batch_normalization_args {
    CORNU_ARG(cornu_tensor *, x, NULL);
    CORNU_ARG(cornu_tensor *, mean, NULL);
    CORNU_ARG(cornu_tensor *, variance, NULL);
    CORNU_ARG(int, axis, -1);
    CORNU_ARG(cornu_tensor *, offset, NULL);
    CORNU_ARG(cornu_tensor *, scale, NULL);
    CORNU_ARG(double, epsilon, 1e-3);
} cornu_op_batch_normalization_args;
#define CORNU_OP_BATCH_NORMALIZATION_DEFAULTS .axis = -1, .epsilon = 1e-3
CORNU_API cornu_tensor *cornu_op_batch_normalization_new(
    const cornu_op_batch_normalization_args *args
);
#ifndef __cplusplus
#define cornu_op_batch_normalization(...)                                                          \
    CORNU_KW_(cornu_op_batch_normalization_new(&(cornu_op_batch_normalization_args                 \
    ){CORNU_OP_BATCH_NORMALIZATION_DEFAULTS, .x = __VA_ARGS__}))
#endif
/* Connectionist temporal classification: for each sample minus the logarithm of the probability
 * that logits output[batch, time, classes] spell the labels target[batch, length], of which the
 * first target_length[batch] count; mask_index is the class of the blank. Only the first
 * output_length[batch] steps count, all if it is NULL. [batch], INFINITY where the labels do not
 * fit the time. keras.ops.ctc_loss, https://keras.io/api/ops/nn/ */
CORNU_API cornu_tensor *cornu_op_ctc_loss(
    cornu_tensor *target, cornu_tensor *output, cornu_tensor *target_length,
    cornu_tensor *output_length, int64_t mask_index
);
/* over several axes together */
CORNU_API cornu_tensor *cornu_op_softmax_over(cornu_tensor *x, cornu_axes axes);
CORNU_API cornu_tensor *cornu_op_relu(cornu_tensor *x);
/* keras.activations.relu with all its arguments; max_value INFINITY for none. */
CORNU_API cornu_tensor *cornu_op_relu_general(
    cornu_tensor *x, double negative_slope, double max_value, double threshold
);
CORNU_API cornu_tensor *cornu_op_relu6(cornu_tensor *x);
CORNU_API cornu_tensor *cornu_op_leaky_relu(cornu_tensor *x, double negative_slope);
CORNU_API cornu_tensor *cornu_op_elu(cornu_tensor *x, double alpha);
CORNU_API cornu_tensor *cornu_op_selu(cornu_tensor *x);
CORNU_API cornu_tensor *cornu_op_celu(cornu_tensor *x, double alpha);
CORNU_API cornu_tensor *cornu_op_gelu(cornu_tensor *x, bool approximate);
CORNU_API cornu_tensor *cornu_op_glu(cornu_tensor *x, int axis);
CORNU_API cornu_tensor *cornu_op_sigmoid(cornu_tensor *x);
CORNU_API cornu_tensor *cornu_op_log_sigmoid(cornu_tensor *x);
CORNU_API cornu_tensor *cornu_op_hard_sigmoid(cornu_tensor *x);
CORNU_API cornu_tensor *cornu_op_sparse_sigmoid(cornu_tensor *x);
CORNU_API cornu_tensor *cornu_op_silu(cornu_tensor *x);
CORNU_API cornu_tensor *cornu_op_hard_silu(cornu_tensor *x);
CORNU_API cornu_tensor *cornu_op_hard_tanh(cornu_tensor *x);
CORNU_API cornu_tensor *cornu_op_tanh_shrink(cornu_tensor *x);
CORNU_API cornu_tensor *cornu_op_soft_shrink(cornu_tensor *x, double threshold);
CORNU_API cornu_tensor *cornu_op_hard_shrink(cornu_tensor *x, double threshold);
CORNU_API cornu_tensor *cornu_op_softplus(cornu_tensor *x);
CORNU_API cornu_tensor *cornu_op_sparse_plus(cornu_tensor *x);
CORNU_API cornu_tensor *cornu_op_softsign(cornu_tensor *x);
CORNU_API cornu_tensor *cornu_op_squareplus(cornu_tensor *x, double b);
CORNU_API cornu_tensor *cornu_op_mish(cornu_tensor *x);
CORNU_API cornu_tensor *cornu_op_threshold(cornu_tensor *x, double threshold, double default_value);
CORNU_API cornu_tensor *cornu_op_sparsemax(cornu_tensor *x, int axis);

#ifdef __cplusplus
}
#endif
#endif
