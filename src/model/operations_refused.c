/* Operations of Keras that cannot be nodes of a graph here, each with the reason.
 * Keras: keras/src/ops/core.py, keras/src/ops/nn.py, keras/src/ops/numpy.py. */
#include "model/operation.h"

static cornu_tensor *needs_function(const cornu_operation_call *call) {
    (void)call;
    CORNU_FAIL_NULL(
        CORNU_EUNSUPPORTED, "takes functions of Python: put the computation into a layer"
    );
}
static cornu_tensor *needs_complex(const cornu_operation_call *call) {
    (void)call;
    CORNU_FAIL_NULL(
        CORNU_EUNSUPPORTED, "is about complex numbers, for which there is no type: keep the real "
                            "part and the imaginary part as two tensors"
    );
}
static cornu_tensor *depends_on_values(const cornu_operation_call *call) {
    (void)call;
    CORNU_FAIL_NULL(
        CORNU_EUNSUPPORTED, "has a result whose shape depends on values, not on shapes"
    );
}

const cornu_operation_class cornu_operations_refused_[] = {
    CORNU_OPERATION_(AssociativeScan, core, compute, needs_function),
    CORNU_OPERATION_(Bartlett, numpy, compute, depends_on_values),
    CORNU_OPERATION_(Bincount, numpy, compute, depends_on_values),
    CORNU_OPERATION_(Blackman, numpy, compute, depends_on_values),
    CORNU_OPERATION_(Cond, core, compute, needs_function),
    CORNU_OPERATION_(Eig, linalg, compute, needs_complex),
    CORNU_OPERATION_(ForiLoop, core, compute, needs_function),
    CORNU_OPERATION_(Hamming, numpy, compute, depends_on_values),
    CORNU_OPERATION_(Hanning, numpy, compute, depends_on_values),
    CORNU_OPERATION_(JVP, linalg, compute, needs_function),
    CORNU_OPERATION_(Kaiser, numpy, compute, depends_on_values),
    CORNU_OPERATION_(Map, core, compute, needs_function),
    CORNU_OPERATION_(Nonzero, numpy, compute, depends_on_values),
    CORNU_OPERATION_(Polar, nn, compute, needs_complex),
    CORNU_OPERATION_(Scan, core, compute, needs_function),
    CORNU_OPERATION_(Switch, core, compute, needs_function),
    CORNU_OPERATION_(VectorizedMap, core, compute, needs_function),
    CORNU_OPERATION_(ViewAsComplex, math, compute, needs_complex),
    CORNU_OPERATION_(ViewAsReal, math, compute, needs_complex),
    CORNU_OPERATION_(WhileLoop, core, compute, needs_function),
    {.layer = {.name = NULL}},
};
