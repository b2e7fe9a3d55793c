/* one_hot: y[.., c] = 1 where index[..] is c, else 0; a row of zeros for an index outside 0 ..
 * classes-1. keras/src/ops/nn.py, OneHot */
#include <cornu/ops.h>

#include "ops/symbolic.h"
#include "tensor/tensor.h"

cornu_tensor *cornu_op_one_hot(cornu_tensor *indices, int64_t classes, cornu_dtype dtype) {
    if (cornu_is_symbolic_(indices))
        return cornu_symbolic_unary_(
            "one_hot", indices,
            CORNU_SETTINGS_(
                CORNU_SET_INT_("num_classes", classes), CORNU_SET_INT_("axis", -1),
                CORNU_SET_TEXT_("dtype", cornu_dtype_name(dtype))
            )
        );
    if (indices == NULL) return (void)cornu_error_null("one_hot: indices"), NULL;
    if (cornu_dtype_is_float(indices->dtype) || indices->dtype == CORNU_BOOL)
        CORNU_FAIL_NULL(
            CORNU_EDTYPE, "one_hot: indices are integers, not %s", cornu_dtype_name(indices->dtype)
        );
    if (classes < 0) CORNU_FAIL_NULL(CORNU_EINVAL, "one_hot: %lld classes", (long long)classes);
    /* in int64, which holds every class and every index */
    cornu_tensor *every = cornu_op_arange(0, (double)classes, 1, CORNU_INT64);
    cornu_tensor *column = cornu_op_expand_dims(indices, -1);
    return cornu_op_cast(cornu_op_equal(column, every), dtype);
}
