#include "support/kernels.h"

#include "base/memory.h"

cornu_operand cornu_test_operand_(cornu_dtype dtype, cornu_shape shape) {
    return cornu_operand_dense_(dtype, &shape);
}

cornu_status cornu_test_kernel(
    const cornu_backend *backend, const cornu_kernel_desc *desc, void *const *buffers
) {
    cornu_kernel *kernel = NULL;
    CORNU_TRY(backend->kernel_create(desc, &kernel));
    void *workspace = cornu_alloc_aligned_(kernel->workspace_size);
    cornu_status status =
        workspace != NULL ? kernel->execute(kernel, buffers, workspace) : CORNU_ENOMEM;
    cornu_free_(workspace);
    kernel->destroy(kernel);
    return status;
}
