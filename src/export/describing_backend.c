/* The describing backend: creating a kernel keeps a copy of its description. */
#include "base/memory.h"
#include "export/export.h"

typedef struct described {
    cornu_kernel base;
    cornu_kernel_desc *desc;
} described;

static cornu_status execute(const cornu_kernel *kernel, void *const *buffers, void *workspace) {
    (void)kernel, (void)buffers, (void)workspace;
    CORNU_FAIL(CORNU_ESTATE, "a kernel that only describes was run");
}

static void destroy(cornu_kernel *kernel) {
    cornu_free_(((described *)(void *)kernel)->desc);
    cornu_free_(kernel);
}

static cornu_status kernel_create(const cornu_kernel_desc *desc, cornu_kernel **kernel) {
    described *made = cornu_alloc_(sizeof *made);
    if (!made) return CORNU_ENOMEM;
    made->desc = cornu_kernel_desc_copy_(desc);
    if (!made->desc) return cornu_free_(made), CORNU_ENOMEM;
    made->base =
        (cornu_kernel){.execute = execute, .destroy = destroy, .implementation = "description"};
    *kernel = &made->base;
    return CORNU_OK;
}

static void buffer_free(void *buffer, size_t size) {
    (void)size;
    cornu_free_(buffer);
}

const cornu_backend cornu_backend_describing_ = {
    .name = "description",
    .buffer_alloc = cornu_alloc_aligned_,
    .buffer_free = buffer_free,
    .kernel_create = kernel_create,
};

const cornu_kernel_desc *cornu_described_(const cornu_kernel *kernel) {
    return kernel->destroy == destroy ? ((const described *)(const void *)kernel)->desc : NULL;
}
