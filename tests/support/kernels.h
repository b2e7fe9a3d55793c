/* For tests of kernels: describes operands in a line, runs a description on a backend with a
 * workspace of its own. */
#ifndef CORNU_TESTS_KERNELS_H
#define CORNU_TESTS_KERNELS_H

#include "backend/kernel.h"

/* operand(CORNU_FLOAT32, 2, 3): dense. */
#define operand(dtype, ...) cornu_test_operand_((dtype), cornu_shape(__VA_ARGS__))
cornu_operand cornu_test_operand_(cornu_dtype dtype, cornu_shape shape);

/* Creates the kernel on `backend` (no cache, no fallback), executes it on the buffers and destroys
 * it. */
cornu_status cornu_test_kernel(
    const cornu_backend *backend, const cornu_kernel_desc *desc, void *const *buffers
);

#endif
