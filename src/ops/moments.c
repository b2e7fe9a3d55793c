/* Variance, standard deviation and log-sum-exp, put together from other ops. keras/src/ops/numpy.py
 * (Var, Std) and keras/src/ops/math.py (Logsumexp). */
#include "ops/promote.h"
#include "ops/reduction.h"
#include "ops/symbolic.h"

/* Drops the axes that a reduction of args->x would drop from `kept`, which has them as size 1. */
static cornu_tensor *drop_axes(cornu_tensor *kept, const cornu_op_reduce_args *args) {
    if (kept == NULL || args->keepdims) return kept;
    cornu_attrs attrs = {.axes.count = args->axis.count};
    for (int i = 0; i < CORNU_MAX_RANK; i++) attrs.axes.axis[i] = args->axis.axis[i];
    cornu_shape shape;
    if (cornu_reduced_shape_(&attrs, args->x, &shape) != CORNU_OK) return NULL;
    return cornu_op_reshape(kept, shape);
}

cornu_tensor *cornu_op_var_new(const cornu_op_reduce_args *args) {
    if (cornu_is_symbolic_(args->x)) return cornu_symbolic_reduce_("var", args);
    cornu_op_reduce_args over = *args;
    if (args->x != NULL) over.x = cornu_as_(args->x, cornu_real_type_(args->x->dtype));
    over.keepdims = true;
    /* in two passes: the mean of squares less the square of the mean loses all digits where the
     * mean is large */
    cornu_tensor *deviation = cornu_op_subtract(over.x, cornu_op_mean_new(&over));
    over.x = cornu_op_square(deviation);
    over.keepdims = args->keepdims;
    return cornu_op_mean_new(&over);
}

cornu_tensor *cornu_op_std_new(const cornu_op_reduce_args *args) {
    if (cornu_is_symbolic_(args->x)) return cornu_symbolic_reduce_("std", args);
    return cornu_op_sqrt(cornu_op_var_new(args));
}

cornu_tensor *cornu_op_logsumexp_new(const cornu_op_reduce_args *args) {
    if (cornu_is_symbolic_(args->x)) return cornu_symbolic_reduce_("logsumexp", args);
    cornu_op_reduce_args over = *args;
    if (args->x != NULL) over.x = cornu_as_(args->x, cornu_real_type_(args->x->dtype));
    over.keepdims = true;
    cornu_tensor *x = over.x, *largest = cornu_op_stop_gradient(cornu_op_max_new(&over));
    /* an infinite shift would make NaN of inf - inf; without a shift exp gives the right 0 or
     * infinity */
    cornu_tensor *finite = cornu_op_isfinite(largest);
    cornu_tensor *shift = cornu_op_where(finite, largest, cornu_like_(largest, 0));
    over.x = cornu_op_exp(cornu_op_subtract(x, shift));
    cornu_tensor *kept = cornu_op_add(cornu_op_log(cornu_op_sum_new(&over)), shift);
    return drop_axes(kept, args);
}
