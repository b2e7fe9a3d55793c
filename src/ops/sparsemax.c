/* sparsemax: a sparse relative of softmax, of which many elements are exactly 0. Martins and
 * Astudillo,
 * "From Softmax to Sparsemax" (2016); keras/src/backend/jax/nn.py, sparsemax.
 *
 * The numbers are those of Keras (3.16), which differ from the paper's where more than one
 * element is
 * above the threshold: Keras sums the running sums of the support, the paper the elements
 * themselves.
 * Models that were trained with the one would not predict with the other. */
#include <cornu/ops.h>

#include "ops/promote.h"
#include "ops/symbolic.h"

cornu_tensor *cornu_op_sparsemax(cornu_tensor *x, int axis) {
    if (cornu_is_symbolic_(x))
        return cornu_symbolic_unary_("sparsemax", x, CORNU_SETTINGS_(CORNU_SET_INT_("axis", axis)));
    if (x == NULL) return cornu_op_relu(x);
    x = cornu_as_(x, cornu_real_type_(x->dtype));
    int at;
    if (cornu_axis_resolve_(axis, x->shape.rank, "sparsemax: axis", &at) != CORNU_OK) return NULL;
    cornu_axes along = {.count = 1, .axis = {at}};
    cornu_shape ranks = {.rank = x->shape.rank}; /* n along the axis, 1 elsewhere */
    for (int i = 0; i < ranks.rank; i++) ranks.dims[i] = 1;
    ranks.dims[at] = x->shape.dims[at];

    cornu_tensor *descending = cornu_op_flip(cornu_op_sort(x, at), along);
    cornu_tensor *sums = cornu_op_cumsum(descending, at);
    cornu_tensor *excess = cornu_op_subtract(sums, cornu_like_(sums, 1));
    cornu_tensor *rank = cornu_op_arange(1, (double)ranks.dims[at] + 1, 1, x->dtype);
    rank = cornu_op_reshape(rank, ranks);
    /* element k is in the support if it exceeds what the k largest have to give up each */
    cornu_tensor *support = cornu_op_greater(descending, cornu_op_divide(excess, rank));
    cornu_tensor *inside = cornu_op_where(support, sums, cornu_like_(x, 0));
    cornu_tensor *total = cornu_op_sum(inside, .axis = along, .keepdims = true);
    cornu_tensor *size =
        cornu_op_sum(cornu_op_cast(support, x->dtype), .axis = along, .keepdims = true);
    cornu_tensor *level = cornu_op_divide(cornu_op_subtract(total, cornu_like_(x, 1)), size);
    return cornu_op_relu(cornu_op_subtract(x, level));
}
